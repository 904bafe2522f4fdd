"""Holding the events files of a person against the journals, and the journals against the files made from them.

An events file may outlive its journal. Then it is the only whole record of its run, and nothing may be made again in
its place: so files of runs whose journals are broken are told apart from those that `export` puts right.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from task.computer.files import NOT_FETCHED, as_json, is_unfetched
from task.export.sidecar import sidecar_of
from task.record.events import events_of, events_text
from task.record.hand_kept import LeftAlone
from task.record.history import Attempt, that_count
from task.record.invariants import MALFORMED, Verdict, in_short
from task.record.kinds.marks import End
from task.record.kinds.notes import Decision
from task.record.layout import TASK, Dataset, Person
from task.record.members import with_members
from task.record.records import Record, first, of_kind

NO_JOURNAL = "no journal gives it. Restore its journal from your backup, or move this file away"
NO_RECORD = "the program was stopped before its first record was on disk"
_MOST_LINES = 8


@dataclass
class Run:
    """An attempt at a run: its name, how it ended, what was found in it, and the events table that it gives now."""

    name: str
    journal: Path
    attempt: Attempt
    records: list[Record]
    verdict: Verdict = field(default_factory=Verdict)
    table: bytes = b""

    @property
    def lines(self) -> Iterator[str]:
        """What is to be said of it."""
        ended = self.attempt.cause
        whole = "complete" if self.attempt.is_complete else f"as far as it goes: {ended}"
        broken, remarks = self.verdict.broken, self.verdict.remarks
        yield f"{self.name}: BROKEN" if broken else f"{self.name}: ok ({whole})"
        yield from (f"    broken: {text}" for text in broken[:_MOST_LINES])
        if len(broken) > _MOST_LINES:
            yield f"    broken: and {len(broken) - _MOST_LINES} more"
        yield from (f"    remark: {text}" for text in remarks[:_MOST_LINES])
        if len(remarks) > _MOST_LINES:
            yield f"    remark: and {len(remarks) - _MOST_LINES} more"


@dataclass
class Found:
    """What was found beside the runs, a line for each file, by what is to be done about it.

    Attributes
    ----------
    others : list of str
        What says itself what to do.
    of_broken_runs : list of str
        Events files of runs whose journals are broken: the journals come first.
    to_make_again : list of str
        What `export` puts right.
    """

    others: list[str] = field(default_factory=list)
    of_broken_runs: list[str] = field(default_factory=list)
    to_make_again: list[str] = field(default_factory=list)


def check_events_files(dataset: Dataset, person: Person, performed: list[Run], found: Found) -> None:
    """Name events files that are not what the journals give, and break runs that gave more than their journals hold."""
    due, there = _due(dataset, person, performed, found), _there(dataset, person)
    for table in sorted({path.with_suffix(".tsv") for path in there}):
        for one in performed:
            loss = "" if one.verdict.broken else _loss(dataset, person, one, table, due)
            if loss:
                one.verdict.broken.append(loss)
                one.verdict.remarks[:] = [remark for remark in one.verdict.remarks if remark != NO_RECORD]
    broken = {one.attempt.run for one in performed if one.verdict.broken}
    of_broken = {path for run in broken for path in {*due, *there} if f"_run-{run:02d}_" in path.name}
    for path in sorted({*due, *there}):
        differs = path not in there or (path in due and _differs(path, due[path]))
        if path not in due:
            said = "no journal gives it" if path in of_broken else NO_JOURNAL
            (found.of_broken_runs if path in of_broken else found.others).append(f"{path}: {said}")
        elif isinstance(differs, str):
            found.others.append(f"{path}: {differs}")
        elif differs:
            said = "differs from what its journal gives" if path in there else "missing"
            (found.of_broken_runs if path in of_broken else found.to_make_again).append(f"{path}: {said}")


def _due(dataset: Dataset, person: Person, performed: list[Run], found: Found) -> dict[Path, bytes]:
    """Make every events file and sidecar again, in memory."""
    usable = [one for one in performed if one.attempt.problem is None]
    counting = {attempt.journal for attempt in that_count(one.attempt for one in usable).values()}
    due: dict[Path, bytes] = {}
    for one in usable:
        counts = one.journal in counting
        path = dataset.events(person, one.attempt.run) if counts else dataset.attempt_events(one.journal)
        try:
            events = events_of(one.records)
            if not events.empty:
                due[path] = one.table = events_text(events).encode()
                due[path.with_suffix(".json")] = as_json(sidecar_of(one.records)).encode()
        except MALFORMED as error:
            found.of_broken_runs.append(f"{path}: cannot be made, as its journal is broken ({in_short(error)})")
    return due


def _there(dataset: Dataset, person: Person) -> set[Path]:
    folders = (dataset.root / person.folder / "func", dataset.sourcedata(person))
    return {path for folder in folders for path in folder.glob(f"{person.stem}_task-{TASK}_*_events.*")}


def _loss(dataset: Dataset, person: Person, one: Run, table: Path, due: dict[Path, bytes]) -> str:
    """Say what a journal has lost since an events table was made from it; nothing if it has lost nothing.

    The sidecar says of which attempt a table is, how its run ended and how its zero was moved.
    """
    beside, said = dataset.attempt_events(one.journal), _said(table.with_suffix(".json"))
    if table == dataset.events(person, one.attempt.run):
        is_its_own = said["Attempt"] == one.attempt.attempt if "Attempt" in said else due.get(table, b"") == one.table
    else:
        is_its_own = table == beside
    if not is_its_own:
        return ""
    if not one.records:
        return f"nothing is left in it of what {table} was made from"
    moved_by = said.get("TimeZeroMovedBy")
    if moved_by and moved_by not in [decision.by_s for decision in of_kind(one.records, Decision)]:
        return f"it lacks the decision to move zero by {moved_by} s, with which {table} was made"
    rows = table.read_bytes().count(b"\n") if table.exists() else 0
    has_ended_there = said.get("RunEnd", "cut off") != "cut off" or rows > one.table.count(b"\n")
    if first(one.records, End) is None and has_ended_there:
        return f"it has lost its end, from which {table} was made"
    return ""


def _differs(path: Path, due: bytes) -> bool | str:
    """Say whether a file is not as its journal gives it, or in words what keeps it from being made again.

    A description may hold more, which others have put there.
    """
    if is_unfetched(path):
        return NOT_FETCHED
    there = path.read_bytes()
    if path.suffix != ".json":
        return there != due
    try:
        return with_members(there, json.loads(due)) != there
    except LeftAlone as why:
        return f"{why}. Mend it, or delete it and `export`"


def _said(sidecar: Path) -> dict[str, Any]:
    try:
        said = json.loads(sidecar.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}
