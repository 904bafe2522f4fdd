"""``verify``: every run of a dataset is held against its plan, and every events file against its journal.

Nothing is written. Events that differ are made again by `export`; a run that is broken was changed after it, has lost
something, or was not performed as it should have been.
"""

import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from task.cli.events_files import NO_JOURNAL, NO_RECORD, Found, Run, check_events_files
from task.cli.progress import progress_bar
from task.cli.requests import RequestError
from task.cli.rescue import left_behind_of
from task.cli.status import DONE, FAILED
from task.cli.typed import as_typed
from task.plan.plan import Plan, PlanError, RunPlan, read_plan
from task.plan.promises import uneven_pairs
from task.record.history import Attempt, attempt_of
from task.record.invariants import MALFORMED, Verdict, check_run, damage_in, plan_in
from task.record.journal import JournalError, check_of, first, read_journal
from task.record.layout import ROOT, TASK, Dataset, Person, checked_label
from task.record.lock import is_recording

_OF_THE_PLAN = ("participant", "session", "seed", "order_index", "avatar_set", "ticks_per_s", "deciders")


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
    found = Found()
    runs = broken = 0
    with progress_bar(len(people), "Verifying") as advance:
        for person in people:
            performed, going_on = _performed(dataset, person)
            found.others += _hold_against_plan(dataset, person, performed)
            check_events_files(dataset, person, performed, found)
            lines += [line for one in performed for line in one.lines]
            lines += [f"{one.name}: is being performed now, and is left out" for one in going_on]
            for copy in left_behind_of(dataset, person):
                found.others.append(
                    f"{copy.home}: a copy was left behind in {copy.path}; bring it home first: {as_typed('rescue')}"
                )
            runs, broken = runs + len(performed), broken + sum(bool(one.verdict.broken) for one in performed)
            advance()
    found.others += [f"{path}: {NO_JOURNAL}" for path in _events_of_nobody(dataset, label)]
    found.others += [
        f"{path}: not named like the journal of a run, and so used by nobody" for path in _strays(dataset, label)
    ]
    for line in (*lines, *found.others, *found.of_broken_runs, *found.to_make_again):  # now the terminal is free for it
        print(line)
    took_s = time.perf_counter() - began
    participants = len({person.participant for person in people})
    print(f"\nChecked in {took_s:.1f} s: {_count(runs, 'run')} of {_count(participants, 'participant')}.")
    if broken:
        print(f"{broken} broken: keep the journals as they are, and find out who changed them or what went wrong.")
    if found.of_broken_runs:
        print(
            f"{_count(len(found.of_broken_runs), 'file')} of broken runs: do not `export` before their journals are "
            "restored, from your backup. An events file may be the only whole record of its run."
        )
    if found.to_make_again:
        are = "is not as it" if len(found.to_make_again) == 1 else "are not as they"
        then = ", after that" if found.of_broken_runs else ""
        print(
            f"{_count(len(found.to_make_again), 'file')} {are} should be: `export` makes what differs or is missing "
            f"again{then}."
        )
    if broken or found.others or found.of_broken_runs or found.to_make_again:
        return FAILED
    print("All is well: every run holds what was planned, and every events file is what its journal says.")
    return DONE


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _performed(dataset: Dataset, person: Person) -> tuple[list[Run], list[Run]]:
    """Check each journal of a person by itself; apart from them stands the one that is being written just now."""
    was_recording = is_recording(dataset, person)
    performed = [_checked(person, journal) for journal in dataset.journals(person)]
    if was_recording or is_recording(dataset, person):  # a run may have begun or ended meanwhile
        unfinished = [one for one in performed if first(one.records, "end") is None]
        newest = max(unfinished, key=lambda one: one.journal.stat().st_mtime, default=None)
        return [one for one in performed if one is not newest], [newest] if newest else []
    return performed, []


def _checked(person: Person, journal: Path) -> Run:
    """Read a journal and check it by itself."""
    try:
        records = read_journal(journal)
    except JournalError as error:
        attempt = attempt_of(journal)
        has_begun = b"\n" in journal.read_bytes()
        verdict = Verdict([str(error)]) if has_begun else Verdict(remarks=[NO_RECORD])
        return Run(_name(person, attempt), journal, attempt, [], verdict)
    attempt = attempt_of(journal, records)
    one = Run(_name(person, attempt), journal, attempt, records, check_run(records))
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


def _hold_against_plan(dataset: Dataset, person: Person, performed: list[Run]) -> Iterator[str]:
    """Hold each run against the saved plan, and against the run that it evens out with.

    Each head has the digest of the plan that its run was performed with. If that is not the saved plan's, the plan was
    changed: that is told once, and is no fault of the runs.
    """
    path = dataset.plan(person)
    saved = None
    try:
        saved = read_plan(path) if path.exists() else None
        if saved is None and performed:
            performed[0].verdict.remarks.append(f"there is no saved plan to hold the runs against: {path}")
    except PlanError as error:
        yield str(error)
    digest_with = cache(lambda scan: saved.with_scan(scan).digest if saved else "")
    by_run: dict[int, RunPlan] = {}
    changed_since = None
    for one in performed:
        try:
            plan, run = plan_in(one.records[0])
        except MALFORMED:
            continue  # said already
        if saved is None or "plan_digest" not in one.records[0]:
            pass
        elif one.records[0]["plan_digest"] == digest_with(plan.protocol.scan):
            one.verdict.broken[:0] = _differences(plan, saved)  # first, as they explain others
        else:
            changed_since = changed_since or run.run
        before = by_run.get(run.run - 1) if run.run % 2 == 0 else None
        for pair in uneven_pairs(before, run) if before else ():
            one.verdict.broken.append(f"the sides of {pair} do not even out over runs {run.run - 1} and {run.run}")
        by_run[run.run] = run
    if changed_since:
        yield (
            f"{path}: the saved plan was changed since run {changed_since}. Restore it from your backup; each journal "
            "has the run as it was performed"
        )


def _differences(plan: Plan, saved: Plan) -> Iterator[str]:
    run = plan.runs[0]
    if not (1 <= run.run <= saved.protocol.runs.count and run.version >= 1 and saved.run(run.run, run.version) == run):
        yield f"the run that its head holds is not version {run.version} of run {run.run} of the saved plan"
    different = [key for key in _OF_THE_PLAN if getattr(plan, key) != getattr(saved, key)]
    if plan.protocol != saved.with_scan(plan.protocol.scan).protocol:
        different.append("protocol")
    if different:
        yield f"its head differs from the saved plan in: {', '.join(different)}"


# --- files of nobody -------------------------------------------------------------------------------------------------


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
