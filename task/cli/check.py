"""``check``: the preflight of a room, as a table of what passed, what to think about, and what failed."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from task.cli.interrupts import interrupts
from task.cli.preflight import computer, data, devices, hands, pulses, screen
from task.cli.preflight.results import Result, Status, failed, passed
from task.cli.preflight.room import EndedByOperator, Room
from task.cli.requests import USUAL_PROTOCOL, RequestError
from task.cli.status import BAD_INPUT, DONE, ENDED_EARLY, FAILED
from task.config.protocol import Protocol
from task.config.read import ConfigError, names_in, read_protocol, read_site, read_wording
from task.plan.plan import PlanError, read_plan
from task.record.layout import ROOT, Dataset, Person, checked_label

CHECKS: tuple[Callable[[Room], Iterable[Result]], ...] = (
    computer.versions,
    computer.clock,
    computer.power,
    computer.load,
    computer.sleep,
    data.disk,
    data.folder,
    data.participant,
    screen.screen,
    screen.frames,
    devices.devices,
    devices.adapters,
    hands.buttons,
    hands.dot,
    pulses.pulses,
    devices.other_strokes,
    screen.focus,
)
"""In this order: what the computer says of itself, then what is opened, then what needs hands."""

Read = TypeVar("Read")


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
        results, room = _read_files(site, protocol, person, data)
        status = BAD_INPUT
        if room is not None:
            room.tell, room.time_limit_s = tell, time_limit
            room.no_hands = "--no-person" if no_person else ""
            with interrupts() as room.was_interrupted:
                status = _run(room, CHECKS, results)
        about = {"site": site, "protocol": room.protocol.name if room else protocol, "participant": participant}
        show(results, status, about)
    return status


def _run(room: Room, checks: Sequence[Callable[[Room], Iterable[Result]]], results: list[Result]) -> int:
    """Make the checks one after the other; one that breaks is a row that failed, and the others are made."""
    try:
        with room.closing:
            for one in checks:
                try:
                    for result in one(room):
                        results.append(result)
                        room.stop_if_asked()
                except EndedByOperator:
                    raise
                except Exception as error:
                    if os.environ.get("TASK_TRACEBACK"):
                        raise
                    name = getattr(one, "__name__", "check").replace("_", " ")
                    found = f"this check could not be made: {error} ({type(error).__name__})"
                    results.append(failed(name, found, "Mend the cause if you know it; else report this."))
    except EndedByOperator:
        room.tell("Ended by the operator; what had been checked by then:")
        return ENDED_EARLY
    return FAILED if any(result.status == "fail" for result in results) else DONE


# --- the files --------------------------------------------------------------------------------------------------------


def _read_files(
    site: str, protocol: str | None, person: Person | None, data: Path | None
) -> tuple[list[Result], Room | None]:
    """Read site, protocol and wording; each that is wrong is a row, so that all their mistakes are seen at once."""
    results: list[Result] = []

    def read(what: str, reader: Callable[[str], Read], name: str) -> Read | None:
        try:
            value = reader(name)
        except ConfigError as error:
            advice = "Correct the file; all its mistakes are listed." if error.mistakes else ""  # else it says all
            results.append(failed(f"{what} file", str(error), advice))
            return None
        results.append(passed(f"{what} file", name))
        return value

    room = read("site", read_site, site)
    dataset = Dataset(data or ROOT / "data" / ("pilot" if room and room.is_emulated else "study"))
    saved = _saved_protocol(dataset, person) if protocol is None else None
    if saved is not None and saved.name not in names_in("protocols"):
        science = read("protocol", lambda name: saved, f"{saved.name}, as it was saved with the plan")
    else:
        science = read("protocol", read_protocol, protocol or (saved.name if saved else USUAL_PROTOCOL))
    words = read("wording", read_wording, science.wording) if science else None
    if room is None or science is None or words is None:
        return results, None
    return results, Room(room, science, words, dataset, person)


def _saved_protocol(dataset: Dataset, person: Person | None) -> Protocol | None:
    """Give the protocol of the saved plan, which `run` takes too; a plan that cannot be read is told of later."""
    if person is not None and dataset.plan(person).exists():
        with suppress(PlanError):
            return read_plan(dataset.plan(person)).protocol
    return None


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
        print(json.dumps(record, indent=2, ensure_ascii=False), flush=True)

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
