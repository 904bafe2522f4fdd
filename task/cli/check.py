"""``check``: the preflight of a room, as a table of what passed, what to think about, and what failed."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from task.cli.status import BAD_INPUT, DONE, ENDED_EARLY, FAILED
from task.computer.interrupts import interrupts
from task.preflight.checks import CHECKS, make_checks, read_files
from task.preflight.results import Result, Status
from task.record.layout import Person, checked_label
from task.visit.requests import RequestError


def check(
    *,
    site: str,
    participant: str | None,
    session: str | None,
    protocol: str | None,
    data: Path | None,
    no_person: bool,
    as_json: bool,
    time_limit: float,
) -> int:
    """Check a room; give 0 only if nothing failed."""
    if session and not participant:
        raise RequestError("--session says whose session only together with --participant")
    person = None
    if participant:
        person = Person(checked_label("participant", participant), session and checked_label("session", session))
    with _output_for(as_json) as (show, tell):
        results, room = read_files(site, protocol, person, data)
        status = BAD_INPUT
        if room is not None:
            room.tell, room.time_limit_s = tell, time_limit
            room.no_hands = "--no-person" if no_person else ""
            with interrupts() as room.was_interrupted:
                is_whole = make_checks(room, CHECKS, results)
            status = status_of(results, is_whole)
        about = {"site": site, "protocol": room.protocol.name if room else protocol, "participant": participant}
        show(results, status, about)
    return status


def status_of(results: list[Result], is_whole: bool) -> int:
    """Give the exit status of a preflight: only what failed makes it fail."""
    if not is_whole:
        return ENDED_EARLY
    return FAILED if any(result.status == "fail" for result in results) else DONE


# --- what is shown ----------------------------------------------------------------------------------------------------

Show = Callable[[list[Result], int, dict[str, Any]], None]


@contextmanager
def _output_for(as_json: bool) -> Iterator[tuple[Show, Callable[[str], None]]]:
    """Give how to show the results, and how to tell the operator something meanwhile."""
    if not as_json:
        yield _show_table, lambda line: print(line, flush=True)
        return
    # libraries in C write to standard output as they like: until the object is printed, that leads to standard error
    sys.stdout.flush()
    own = os.dup(1)
    os.dup2(2, 1)

    def show(results: list[Result], status: int, about: dict[str, Any]) -> None:
        record = {
            "utc": datetime.now(UTC).isoformat(timespec="seconds"),
            **about,
            "exit_status": status,
            "results": [vars(result) for result in results],
        }
        sys.stdout.flush()
        os.dup2(own, 1)
        print(json.dumps(record, indent=2), flush=True)  # ASCII, as any pipe takes it

    try:
        yield show, lambda line: print(line, file=sys.stderr, flush=True)
    finally:
        os.dup2(own, 1)
        os.close(own)


_STYLES: dict[Status, str] = {"pass": "green", "warn": "yellow", "fail": "bold red", "not asked": "dim"}


def _show_table(results: list[Result], status: int, about: dict[str, Any]) -> None:
    from rich.box import SIMPLE
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console()
    if console.is_terminal:
        table = Table(title=f"Preflight of {about['site']}", box=SIMPLE)
        for heading, share in (("", None), ("checked", 2), ("found", 5), ("what to do", 5)):
            table.add_column(heading, ratio=share, overflow="fold")
        for one in results:
            cells = (one.name, one.found, one.advice)
            table.add_row(Text(one.status, _STYLES[one.status]), *map(Text, cells))
        console.print(table)
    else:
        for one in results:
            print(f"{one.status:<9}  {one.name}: {one.found}")
            if one.advice:
                print(f"{'':<9}  -> {one.advice}")
    counts = Counter(one.status for one in results)
    print(", ".join(f"{counts[kind]} {kind}" for kind in _STYLES if counts[kind]) + ".")
    failing, warnings = [one.name for one in results if one.status == "fail"], counts["warn"]
    said = "Not finished" if status == ENDED_EARLY else "This room is not ready" if failing else "Nothing failed"
    said += f": {', '.join(failing)} failed" if failing else ""
    print(f"{said}; {warnings} warning{'s' * (warnings != 1)}." if warnings else f"{said}.")
