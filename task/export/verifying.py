"""Holding the runs of a person against their plan, and finding files that belong to nobody."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from task.computer.files import listed
from task.export.events_files import NO_RECORD, Run
from task.plan.plan import Plan, PlanError, RunPlan, saved_plan
from task.plan.promises import uneven_pairs
from task.record.history import Attempt, attempt_of
from task.record.identity import journals_of
from task.record.invariants import MALFORMED, Verdict, check_run
from task.record.journal import JournalError, read_whole
from task.record.kinds.head import head_in
from task.record.kinds.marks import End
from task.record.layout import TASK, Dataset, Person
from task.record.lines import check_of
from task.record.lock import is_recording
from task.record.order import order_of
from task.record.records import first

_OF_THE_PLAN = ("participant", "session", "seed", "order_index", "avatar_set", "ticks_per_s", "deciders")


def performed_runs(dataset: Dataset, person: Person) -> tuple[list[Run], list[Run]]:
    """Check each journal of a person by itself; apart from them stands the one that is being written just now."""
    was_recording = is_recording(dataset, person)
    performed = [_checked(person, journal) for journal in journals_of(dataset, person)]
    if was_recording or is_recording(dataset, person):  # a run may have begun or ended meanwhile
        unfinished = [one for one in performed if first(one.records, End) is None]
        newest = _latest(unfinished)
        return [one for one in performed if one is not newest], [newest] if newest else []
    readable = [one for one in performed if one.attempt.problem is None]
    for doubt in order_of([one.records for one in readable]).doubts:
        readable[-1].verdict.remarks.append(doubt)
    return performed, []


def _latest(runs: list[Run]) -> Run | None:
    """Give the run that was begun last: one that has no head yet, or else the last by what the heads say."""
    if without_head := [one for one in runs if one.attempt.problem]:
        return without_head[-1]
    return runs[order_of([one.records for one in runs]).places[-1]] if runs else None


def _checked(person: Person, journal: Path) -> Run:
    """Read a journal and check it by itself."""
    try:
        records, damage = read_whole(journal)
    except JournalError as error:
        attempt = attempt_of(journal)
        verdict = Verdict(remarks=[NO_RECORD]) if _has_no_record(journal) else Verdict([str(error)])
        return Run(_name(person, attempt), journal, attempt, [], verdict)
    attempt = attempt_of(journal, records)
    one = Run(_name(person, attempt), journal, attempt, records, check_run(records))
    one.verdict.broken[:0] = [str(problem) for problem in (damage, attempt.problem) if problem]
    with journal.open("rb") as file:
        if not check_of(file.readline()):
            one.verdict.remarks.append("its lines have no checksums, as this program writes them: changes go unnoticed")
    return one


def _has_no_record(journal: Path) -> bool:
    """Whether a journal was begun and no record came to be in it; one that cannot be opened may have any."""
    try:
        return b"\n" not in journal.read_bytes()
    except OSError:
        return False


def _name(person: Person, attempt: Attempt) -> str:
    return f"{person.stem} run {attempt.run} attempt {attempt.attempt}"


# --- the saved plan ------------------------------------------------------------------------------------------------


def hold_against_plan(dataset: Dataset, person: Person, performed: list[Run]) -> Iterator[str]:
    """Hold each run against the saved plan, and against the run that it evens out with.

    Each head has the digest of the plan that its run was performed with. If that is not the saved plan's, the plan was
    changed: that is told once, and is no fault of the runs.
    """
    path = dataset.plan(person)
    saved = None
    try:
        saved = saved_plan(path)
        if saved is None and performed:
            performed[0].verdict.remarks.append(f"there is no saved plan to hold the runs against: {path}")
    except PlanError as error:
        yield str(error)
    digest_with = cache(lambda scan: saved.with_scan(scan).digest if saved else "")
    by_run: dict[int, RunPlan] = {}
    changed_since = None
    for one in performed:
        try:
            head = head_in(one.records)
            plan, run = head.plan, head.planned
        except MALFORMED:
            continue  # said already
        if not one.attempt.has_shown_trials:
            continue  # a false start binds nobody to its plan
        if saved is None:
            pass
        elif head.plan_digest == digest_with(plan.protocol.scan):
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


def events_of_nobody(dataset: Dataset, label: str | None) -> list[Path]:
    """Find events files of people of whom there is no journal."""
    known = {person.folder for person in dataset.people()}
    found = listed(dataset.root, f"sub-{label or '*'}/**/func/*_task-{TASK}_*_events.tsv")
    return [path for path in found if path.parent.parent.relative_to(dataset.root) not in known]


def strays(dataset: Dataset, label: str | None) -> list[Path]:
    """Find files that are named a little like journals."""
    known = {path for person in dataset.people() for path in dataset.journals(person)}
    found = listed(dataset.root / "sourcedata", f"sub-{label or '*'}/**/*_journal.jsonl")
    return [path for path in found if path not in known]
