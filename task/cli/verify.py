"""``verify``: every run of a dataset is held against its plan, and every events file against its journal.

Nothing is written. Events that differ are made again by `export`; a run that is broken was changed after it, or was
not performed as it should have been.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from task.cli.progress import progress_bar
from task.cli.requests import RequestError
from task.cli.rescue import left_behind_of
from task.cli.status import DONE, FAILED
from task.cli.typed import as_typed
from task.config.scan import Scan
from task.export.files import as_json
from task.export.sidecar import sidecar_of
from task.plan.plan import Plan, PlanError, RunPlan, read_plan
from task.plan.promises import uneven_pairs
from task.record.events import events_of, events_text
from task.record.history import Attempt, attempt_of, that_count
from task.record.invariants import MALFORMED, Verdict, check_run, damage_in, in_short, plan_in
from task.record.journal import JournalError, Record, check_of, read_journal
from task.record.layout import ROOT, TASK, Dataset, Person, checked_label

_MOST_LINES = 8
_OF_THE_PLAN = ("participant", "session", "seed", "order_index", "avatar_set", "ticks_per_s", "deciders")


@dataclass
class _Run:
    """An attempt at a run: its name, how it ended, and what was found in it."""

    name: str
    journal: Path
    attempt: Attempt
    records: list[Record]
    verdict: Verdict = field(default_factory=Verdict)

    @property
    def lines(self) -> Iterator[str]:
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


def verify(*, data: Path | None, participant: str | None) -> int:
    """Check all runs and events files of a dataset, or of one participant."""
    dataset = Dataset(data or ROOT / "data" / "study")
    label = checked_label("participant", participant) if participant else None
    people = [person for person in dataset.people() if label in (None, person.participant)]
    if not people:
        whose = f" of participant {label}" if label else ""
        raise RequestError(f"{dataset.root} holds no journals{whose}. Name the folder of a dataset with --data")
    began = time.perf_counter()
    lines: list[str] = []
    files: list[str] = []
    runs = broken = 0
    with progress_bar(len(people), "Verifying") as advance:
        for person in people:
            performed = [_checked(dataset, person, journal) for journal in dataset.journals(person)]
            _hold_against_plan(dataset, person, performed)
            lines += [line for one in performed for line in one.lines]
            files += list(_events_files(dataset, person, performed))
            for copy in left_behind_of(dataset, person):
                files.append(
                    f"{copy.home}: a copy was left behind in {copy.path}; bring it home first: {as_typed('rescue')}"
                )
            runs, broken = runs + len(performed), broken + sum(bool(one.verdict.broken) for one in performed)
            advance()
    files += [f"{path}: no journal gives it" for path in _events_of_nobody(dataset, label)]
    files += [f"{path}: not named like the journal of a run, and so used by nobody" for path in _strays(dataset, label)]
    for line in (*lines, *files):  # only now, as the progress bar keeps the terminal to itself
        print(line)
    took_s = time.perf_counter() - began
    participants = len({person.participant for person in people})
    print(f"\nChecked in {took_s:.1f} s: {_count(runs, 'run')} of {_count(participants, 'participant')}.")
    if not broken and not files:
        print("All is well: every run holds what was planned, and every events file is what its journal says.")
        return DONE
    if broken:
        print(f"{broken} broken: keep the journals as they are, and find out who changed them or what went wrong.")
    if files:
        print(f"{_count(len(files), 'file')} not as it should be: `export` makes what differs or is missing again.")
    return FAILED


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _checked(dataset: Dataset, person: Person, journal: Path) -> _Run:
    """Read a journal and check it by itself."""
    try:
        records = read_journal(journal)
    except JournalError as error:
        attempt = attempt_of(journal)
        if b"\n" not in journal.read_bytes():
            verdict = Verdict(remarks=["the program was stopped before its first record was on disk"])
        else:
            verdict = Verdict([str(error)])
        return _Run(_name(person, attempt), journal, attempt, [], verdict)
    attempt = attempt_of(journal, records)
    one = _Run(_name(person, attempt), journal, attempt, records, check_run(records))
    head = records[0]
    says = tuple(head.get(key) for key in ("participant", "session", "run", "attempt"))
    if says != (person.participant, person.session, attempt.run, attempt.attempt):
        one.verdict.broken.insert(0, "its head is of participant {}, session {}, run {}, attempt {}".format(*says))
    one.verdict.broken[:0] = [problem for problem in (damage_in(journal), attempt.problem) if problem]
    with journal.open("rb") as file:
        if not check_of(file.readline()):
            one.verdict.remarks.append("its lines have no checksums, as this program writes them: changes go unnoticed")
    return one


def _name(person: Person, attempt: Attempt) -> str:
    return f"{person.stem} run {attempt.run} attempt {attempt.attempt}"


# --- the saved plan ------------------------------------------------------------------------------------------------


def _hold_against_plan(dataset: Dataset, person: Person, performed: list[_Run]) -> None:
    """Hold each run against the saved plan, and against the run that it evens out with."""
    saved = _saved_plan(dataset.plan(person), performed[:1])
    digest_with = cache(lambda scan: _with_scan(saved, scan).digest if saved else "")
    by_run: dict[int, RunPlan] = {}
    for one in performed:
        try:
            plan, run = plan_in(one.records[0])
        except MALFORMED:
            continue  # said already
        if saved is not None:
            digest = digest_with(plan.protocol.scan)
            one.verdict.broken[:0] = _differences(one.records[0], plan, saved, digest)  # first, as they explain others
        before = by_run.get(run.run - 1) if run.run % 2 == 0 else None
        for pair in uneven_pairs(before, run) if before else ():
            one.verdict.broken.append(f"the sides of {pair} do not even out over runs {run.run - 1} and {run.run}")
        by_run[run.run] = run


def _saved_plan(path: Path, first: list[_Run]) -> Plan | None:
    """Read a saved plan; what is wrong with it is told with the person's first run."""
    try:
        if path.exists():
            return read_plan(path)
        for one in first:
            one.verdict.remarks.append(f"there is no saved plan to hold the runs against: {path}")
    except PlanError as error:
        for one in first:
            one.verdict.broken.append(str(error))
    return None


def _with_scan(saved: Plan, scan: Scan) -> Plan:
    """Give a plan with the [scan] that a run was performed with: that may change at any time."""
    return saved.model_copy(update={"protocol": saved.protocol.model_copy(update={"scan": scan})})


def _differences(head: Record, plan: Plan, saved: Plan, digest: str) -> Iterator[str]:
    run = plan.runs[0]
    if head.get("plan_digest") != digest:
        yield "the digest of its plan is not that of the saved plan"
    if not (1 <= run.run <= saved.protocol.runs.count and run.version >= 1 and saved.run(run.run, run.version) == run):
        yield f"the run that its head holds is not version {run.version} of run {run.run} of the saved plan"
    different = [key for key in _OF_THE_PLAN if getattr(plan, key) != getattr(saved, key)]
    if plan.protocol != _with_scan(saved, plan.protocol.scan).protocol:
        different.append("protocol")
    if different:
        yield f"its head differs from the saved plan in: {', '.join(different)}"


# --- events files ----------------------------------------------------------------------------------------------------


def _events_files(dataset: Dataset, person: Person, performed: Iterable[_Run]) -> Iterator[str]:
    """Name the person's events files and sidecars that differ from what the journals give, are missing, or too many."""
    usable = [one for one in performed if one.attempt.problem is None]
    counting = {attempt.journal for attempt in that_count(one.attempt for one in usable).values()}
    due: dict[Path, bytes] = {}
    unknown = []
    for one in usable:
        counts = one.journal in counting
        path = dataset.events(person, one.attempt.run) if counts else dataset.attempt_events(one.journal)
        try:
            events = events_of(one.records)
            if not events.empty:
                due[path] = events_text(events).encode()
                due[path.with_suffix(".json")] = as_json(sidecar_of(one.records)).encode()
        except MALFORMED as error:
            unknown.append(f"{path}: cannot be made, as its journal is broken ({in_short(error)})")
    yield from unknown
    for path, content in due.items():
        if not path.exists():
            yield f"{path}: missing"
        elif path.read_bytes() != content:
            yield f"{path}: differs from what its journal gives"
    folders = (dataset.root / person.folder / "func", dataset.sourcedata(person))
    there = [path for folder in folders for path in sorted(folder.glob(f"{person.stem}_task-{TASK}_*_events.*"))]
    yield from (f"{path}: no journal gives it" for path in there if path not in due)


def _events_of_nobody(dataset: Dataset, label: str | None) -> list[Path]:
    """Find events files of people of whom there is no journal."""
    known = {person.folder for person in dataset.people()}
    found = dataset.root.glob(f"sub-{label or '*'}/**/func/*_task-{TASK}_*_events.tsv")
    return sorted(path for path in found if path.parent.parent.relative_to(dataset.root) not in known)


def _strays(dataset: Dataset, label: str | None) -> list[Path]:
    """Find files that are named a little like journals."""
    known = {path for person in dataset.people() for path in dataset.journals(person)}
    found = (dataset.root / "sourcedata").glob(f"sub-{label or '*'}/**/*_journal.jsonl")
    return sorted(path for path in found if path not in known)
