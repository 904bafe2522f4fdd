"""A plan's own events, before anybody has chosen anything: to look at a design, or to set up an analysis beforehand.

With a simulated participant's choices, a plan also has the conditions that only choices make.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from task.computer.files import listed, write_if_absent
from task.computer.refusals import what_was_refused
from task.config.glm import Glm
from task.config.scan import Scan
from task.export.description import put_description
from task.export.files import remove_described, write_described
from task.export.kept import all_kept, glm_of, made_from
from task.export.onsets import describe_onsets, note_on_absent, write_onsets
from task.export.sidecar import planned_sidecar, simulated_sidecar
from task.glm.conditions import Modelled, glm_to_export, model_run
from task.model.signals import Parameters, signals_of
from task.plan.plan import Plan
from task.record.events import events_of, planned_events
from task.record.kinds.head import head_in
from task.record.layout import TASK, Dataset, Person
from task.record.records import Record

GLM_OF_PLANS = "trial_types"
_KEY = "MadeFromPlan"  # in the sidecar: the digest of the plan without its [scan]
README = """\
Planned events: nothing here was recorded
=========================================

Made from a participant's plan. "desc-planned" in a file's name: before anybody has chosen anything; each trial stands
there as it goes after a match, and what only the participant decides is n/a. "desc-simulated": as a simulated
participant performed the plan; the .json says who that was.

sub-*/func holds the events, onsets_planned and onsets_simulated the onset files: PACKAGE/GLM/sub-*, with a README.
"""


class Planned(NamedTuple):
    """The files made of a plan, the events tables first, and what the operator has to know about them."""

    paths: tuple[Path, ...]
    notes: tuple[str, ...]


def export_planned(
    dataset: Dataset,
    plan: Plan,
    person: Person,
    formats: Sequence[str] = ("fsl",),
    glm: Glm | None = None,
    simulated: Mapping[int, list[Record]] | None = None,
) -> Planned:
    """Write the planned events of each run's first version, as an events table and as onset files.

    What was made of another plan of the person before is removed.

    Parameters
    ----------
    dataset : Dataset
        Where they go: ``derivatives/planned``, apart from all that was recorded.
    plan : Plan
        The plan.
    person : Person
        Whose plan it is.
    formats : sequence of str
        Packages to make onset files for, of ``task.export.onsets.FORMATS``.
    glm : Glm, optional
        What to model; left out, every trial type.
    simulated : mapping of int to list of Record, optional
        The journal of each run, as a simulated participant performed it; left out, nobody has chosen anything.

    Returns
    -------
    Planned
        The files made, and remarks for the operator.

    Raises
    ------
    OSError
        If the computer refuses a file; what can be written is.
    """
    everybody, protocol = dataset.root / "derivatives" / "planned", plan.protocol
    was_asked_for = glm is not None
    glm = glm or glm_to_export(GLM_OF_PLANS)
    put_description(everybody, "Decider task: planned events", "derivative")
    write_if_absent(everybody / "README", README)
    signals = _signals_of(simulated) if simulated else {}
    what, key = "simulated" if simulated else "planned", _key_of(plan)
    tables: list[Path] = []
    runs: list[Modelled] = []
    notes: list[str] = []
    for number in range(1, protocol.runs.count + 1):
        planned = plan.run(number, 1)
        records = simulated[number] if simulated else None
        events = planned_events(plan, planned) if records is None else events_of(records)
        sidecar = planned_sidecar(plan, planned) if records is None else simulated_sidecar(records)
        stem = f"{person.stem}_task-{TASK}_run-{number:02d}_desc-{what}"
        tables.append(dataset.planned(person) / "func" / f"{stem}_events.tsv")
        notes += write_described(tables[-1], events, {**sidecar, _KEY: key})
        volumes, table = protocol.volumes, signals.get(number)
        modelled = model_run(events, glm, protocol, stem=stem, run=number, volumes=volumes, signals=table)
        notes += modelled.notes(f"{person.stem}, run {number}", glm)
        runs.append(replace(modelled, doubts=(f"{sidecar['PlannedNote']}", *modelled.doubts)))
    base = _base(dataset, what)
    notes += note_on_absent(person, runs, glm) if was_asked_for else []
    written = write_onsets(base, person, runs, formats, glm, made_of=(what, key))
    notes += [*written.notes, *(describe_onsets(base, glm) if "nilearn" in formats else ())]
    notes += removed_as_stale(dataset, person, plan)
    for error in written.refused:
        raise error
    onsets = [path for folder in written.folders for path in listed(folder, "*")]
    return Planned((*tables, *(table.with_suffix(".json") for table in tables), *onsets), tuple(notes))


class StalePlanned(NamedTuple):
    """Files of a plan that do not follow any more: where, why, and how to remove them if they are of another plan."""

    place: Path
    why: str
    remove: Callable[[], object] | None = None


def stale_planned(dataset: Dataset, person: Person, plan: Plan | None) -> Iterator[StalePlanned]:
    """Hold what was made of a person's plan against the plan; without one, nothing follows from it."""
    another = "it was made of another plan" if plan else "its plan is not there"
    key = _key_of(plan) if plan else ""
    for what in ("planned", "simulated"):
        for kept in all_kept(_base(dataset, what), person):
            now = made_from(kept.stamp, (what, key))
            if kept.made_from != now:
                yield StalePlanned(kept.folder, another, kept.clear)
            elif why := glm_of(kept)[1] or kept.why_stale(now):
                yield StalePlanned(kept.folder, why)
    for path in sorted((dataset.planned(person) / "func").glob(f"{person.stem}_task-{TASK}_run-*_desc-*_events.tsv")):
        if _key_in(path.with_suffix(".json")) != key or plan is None:
            yield StalePlanned(path, another, partial(remove_described, path))


def removed_as_stale(dataset: Dataset, person: Person, plan: Plan) -> list[str]:
    """Remove what was made of another plan of a person; say what it was, and what could not be removed."""
    places, notes = list[str](), list[str]()
    for one in stale_planned(dataset, person, plan):
        if one.remove is None:
            continue
        try:
            one.remove()
            places.append(one.place.relative_to(dataset.root / "derivatives" / "planned").as_posix())
        except OSError as error:  # nothing that is to be performed depends on it
            notes.append(
                f"{one.place}: it was made of another plan and could not be removed. {what_was_refused(error)}"
            )
    said = f"{person.stem}: removed from derivatives/planned, as they were made of another plan: {', '.join(places)}"
    return [said, *notes] if places else notes


def _base(dataset: Dataset, what: str) -> Path:
    return dataset.root / "derivatives" / "planned" / f"onsets_{what}"


def _key_of(plan: Plan) -> str:
    """Give the digest of all of a plan but its [scan], which may change at any time."""
    return plan.with_scan(Scan(tr_s=1.0)).digest


def _key_in(sidecar: Path) -> str:
    try:
        return str(json.loads(sidecar.read_bytes())[_KEY])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _signals_of(simulated: Mapping[int, list[Record]]) -> dict[int, pd.DataFrame]:
    """Work out the learner's signals, by the simulated participant's own w and beta."""
    who = head_in(next(iter(simulated.values()))).simulated_participant or {}
    tables = signals_of(list(simulated.values()), Parameters(who["w"], who["beta"]))
    return dict(zip(simulated, tables, strict=True))
