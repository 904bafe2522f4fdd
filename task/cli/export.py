"""``export``: events and onset files of a dataset, made again from its journals or from its plans."""

import re
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from task.cli.status import DONE, FAILED
from task.computer.progress import progress_bar
from task.computer.quoting import for_terminal
from task.computer.refusals import what_was_refused
from task.computer.words import and_others
from task.config.base import one_of
from task.config.glm import Glm
from task.export.dataset import export_all
from task.export.nilearn import nilearn_is_there
from task.export.onsets import FORMATS
from task.export.planned import export_planned
from task.glm.conditions import glm_to_export
from task.plan.plan import read_plan
from task.record.identity import misplaced
from task.record.layout import ROOT, Dataset, Person, checked_label
from task.record.lock import is_recording
from task.visit.requests import RequestError
from task.visit.simulated import records_of_simulated

_NUMBER = re.compile(r"(?<![\w.-])-?\d+(?:\.\d+)?(?!\w)")


def export(
    *,
    data: Path | None,
    participant: str | None = None,
    file_format: str = "fsl",
    glm: str | None = None,
    planned: bool = False,
    choices: str = "none",
) -> int:
    """Make events and onset files of a dataset again from its journals, or from its plans."""
    dataset = Dataset(data or ROOT / "data" / "study")
    formats = _formats(file_format)
    if choices not in ("none", "simulated"):
        raise RequestError(f"--choices {choices}: {one_of(choices, ('none', 'simulated'), quote='')}")
    if choices != "none" and not planned:
        raise RequestError(f"--choices {choices} is for plans: add --planned, or leave it out")
    model = None if glm is None else glm_to_export(glm)
    people, notes, is_whole = _people(dataset, participant, planned), list[str](), True
    with progress_bar(len(people), "Exporting") as advance:
        if planned:
            for person in people:
                try:
                    notes += _export_plan(dataset, person, formats, model, choices)
                except OSError as error:
                    is_whole = False
                    said = what_was_refused(error)
                    notes.append(f"{person.stem}: its planned files could not be written, or not all of them. {said}")
                advance()
        else:
            busy = [person for person in people if is_recording(dataset, person)]
            notes += [f"{person.stem}: a run is being performed now, so nothing was exported" for person in busy]
            people = [person for person in people if person not in busy]
            exported = export_all(dataset, lambda done, total: advance(), people, formats, model)
            notes += [note for one in exported for note in one.notes]
            is_whole = all(one.is_whole for one in exported)
            notes += misplaced(dataset, participant and checked_label("participant", participant))
    for note in _gathered(notes):
        print(f"Note: {note}")
    where = dataset.root / "derivatives" / ("planned" if planned else "onsets")
    what = f" and onset files ({', '.join(formats)})" if formats else ""
    participants = len({person.participant for person in people})
    count = f"{participants} participant{'s' * (participants != 1)}"
    print(f"{'Planned events' if planned else 'Events'}{what} of {count}: {dataset.root}")
    if formats:
        print(f"What was left out and why, and how to go on: README beside the onset files, below {where}")
    return DONE if is_whole else FAILED


def _formats(name: str) -> list[str]:
    """Give the packages that a format means; the events are always made."""
    if name not in ("bids", "all", *FORMATS):
        raise RequestError(f"--format {name}: {one_of(name, ('bids', *FORMATS, 'all'), quote='')}")
    formats = [one for one in FORMATS if name in (one, "all")]
    if "nilearn" in formats and not nilearn_is_there():
        how = f"install it: {for_terminal(sys.executable, '-m', 'pip', 'install', 'nilearn')}"
        if name == "nilearn":
            raise RequestError(f"--format nilearn: nilearn makes the design matrices, and is not installed; {how}")
        print(f"Note: nilearn is not installed, so its own files and those for FitLins are left out; {how}")
        formats.remove("nilearn")
    return formats


def _people(dataset: Dataset, participant: str | None, planned: bool) -> list[Person]:
    what = "plans" if planned else "journals"
    people = dataset.planned_people() if planned else dataset.people()
    if not people:
        raise RequestError(f"{dataset.root}: there are no {what} here. Name a dataset with --data, such as data/pilot")
    if participant is None:
        return people
    label = checked_label("participant", participant)
    chosen = [one for one in people if one.participant == label]
    if not chosen:
        known = one_of(label, dict.fromkeys(one.participant for one in people), quote="")
        raise RequestError(f"{dataset.root}: there are no {what} of participant {label}; {known}")
    return chosen


def _export_plan(
    dataset: Dataset, person: Person, formats: list[str], glm: Glm | None, choices: str
) -> tuple[str, ...]:
    made = read_plan(dataset.plan(person))
    simulated = None
    if choices == "simulated":
        simulated = records_of_simulated(made, person)
        glm = glm or glm_to_export()
    return export_planned(dataset, made, person, formats, glm, simulated).notes


def _gathered(notes: Iterable[str]) -> list[str]:
    """Say the same of many runs once, numbers that differ as a range; the README of each has it all."""
    alike: dict[str, dict[str, list[str]]] = {}  # by all but the numbers: what is said of whom
    for note in notes:
        name, _, what = note.partition(": ") if note.startswith("sub-") else ("", "", note)
        form = _NUMBER.sub("#", what) if name else what
        alike.setdefault(form, {}).setdefault(name, []).append(what)
    together: dict[tuple[tuple[str, ...], str], list[str]] = {}  # by whom, and what it is about
    for of_whom in alike.values():
        about, colon, rest = _ranged([what for said in of_whom.values() for what in said]).partition(": ")
        together.setdefault((tuple(of_whom), about + colon), []).append(rest)
    return [
        (f"{_whose(names)}: " if names[0] else "") + about + "; ".join(rests)
        for (names, about), rests in together.items()
    ]


def _whose(names: Sequence[str]) -> str:
    """Name those of whom the same is said, as in "sub-01 run 1 and 3 other runs"."""
    kinds = ["run" if ", run " in name else "session" if "_ses-" in name else "participant" for name in names]
    return and_others([name.replace(",", "") for name in names], kinds[0] if len(set(kinds)) == 1 else "")


def _ranged(alike: list[str]) -> str:
    """Give sentences that differ in numbers only as one."""
    columns = zip(*(_NUMBER.findall(one) for one in alike), strict=True)
    ends = [(min(column, key=float), max(column, key=float)) for column in columns]
    ranges = iter([low if float(low) == float(high) else f"{low} to {high}" for low, high in ends])
    return _NUMBER.sub(lambda _: next(ranges), alike[0])
