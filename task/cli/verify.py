"""``verify``: every run of a dataset is held against its plan, and all that was made of it against its journal.

Nothing is written. What differs is made again by `export`; a run that is broken was changed after it, has lost
something, or was not performed as it should have been.
"""

import time
from pathlib import Path

from task.cli.status import DONE, FAILED
from task.computer.progress import progress_bar
from task.export.derived import check_onsets, check_planned, onsets_of_nobody
from task.export.events_files import NO_JOURNAL, Found, check_events_files
from task.export.verifying import events_of_nobody, hold_against_plan, performed_runs, strays
from task.glm.modulators import stale_modulators
from task.model.derivatives import stale_fits
from task.record.identity import misplaced
from task.record.layout import ROOT, Dataset, checked_label
from task.visit.requests import RequestError
from task.visit.rescue import left_behind_of, rescue_command


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
            performed, going_on = performed_runs(dataset, person)
            found.others += hold_against_plan(dataset, person, performed)
            check_events_files(dataset, person, performed, found)
            lines += [line for one in performed for line in one.lines]
            lines += [f"{one.name}: is being performed now, and is left out" for one in going_on]
            if not going_on:
                is_broken = any(one.verdict.broken for one in performed)
                check_onsets(dataset, person, found, is_broken=is_broken)
            for copy in left_behind_of(dataset, person):
                found.others.append(
                    f"{copy.home}: a copy was left behind in {copy.path}; bring it home first: "
                    + rescue_command(dataset)
                )
            runs, broken = runs + len(performed), broken + sum(bool(one.verdict.broken) for one in performed)
            advance()
    found.others += [f"{path}: {NO_JOURNAL}" for path in events_of_nobody(dataset, label)]
    found.others += misplaced(dataset, label)
    found.others += [*onsets_of_nobody(dataset, label), *check_planned(dataset, label)]
    found.others += [*stale_fits(dataset, label), *(stale_modulators(dataset.root) if label is None else ())]
    found.others += [
        f"{path}: not named like the journal of a run, and so used by nobody" for path in strays(dataset, label)
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
    print(
        "All is well: every run holds what was planned, all that was made of them follows from what there is now, "
        "and every events file is what its journal says."
    )
    return DONE


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"
