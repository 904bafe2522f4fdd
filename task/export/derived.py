"""Holding what was made of journals, plans and fits against them, and naming what does not follow any more."""

from collections.abc import Iterable, Iterator

from task.export.events_files import Found
from task.export.kept import Kept, all_kept
from task.export.modelling import Stale, stale_onsets
from task.export.performed import read_person
from task.export.planned import stale_planned
from task.plan.plan import Plan, PlanError, read_plan
from task.record.layout import Dataset, Person


def stale_of(dataset: Dataset, person: Person, kept: Iterable[Kept]) -> Iterator[Stale]:
    """Give a person's onset files that do not follow any more; without any, no journal is read."""
    there = list(kept)
    return stale_onsets(dataset, person, read_person(dataset, person), there) if there else iter(())


def check_onsets(dataset: Dataset, person: Person, found: Found, *, is_broken: bool) -> None:
    """Name a person's onset files that do not follow from the journals, the GLM's file and the fit."""
    for kept, why, glm, _ in stale_of(dataset, person, all_kept(dataset.onset_base, person)):
        line = f"{kept.folder}: {why}"
        if is_broken:
            found.of_broken_runs.append(line)
        else:
            (found.others if glm is None else found.to_make_again).append(line)


def onsets_of_nobody(dataset: Dataset, label: str | None) -> Iterator[str]:
    """Name onset files of people of whom there is no journal."""
    known = dataset.people()
    for kept in all_kept(dataset.onset_base):
        if kept.person not in known and label in (None, kept.person.participant):
            yield f"{kept.folder}: no journal gives these onset files. Restore the journals, or remove them"


def check_planned(dataset: Dataset, label: str | None) -> Iterator[str]:
    """Name what was made of plans and does not follow from those that are saved now."""
    for person in dataset.people_in(dataset.root / "derivatives" / "planned", "_events.tsv"):
        if label in (None, person.participant):
            for place, why, _ in stale_planned(dataset, person, _plan(dataset, person)):
                yield f"{place}: {why}. `export --planned` makes it of the plan that is saved now"


def _plan(dataset: Dataset, person: Person) -> Plan | None:
    try:
        return read_plan(dataset.plan(person))
    except PlanError:
        return None
