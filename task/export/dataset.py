"""Exporting people: their journals are read, and all that can be made from them is made again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from task.computer.files import NotFetchedError
from task.computer.refusals import what_was_refused
from task.computer.spreading import spread
from task.config.glm import Glm
from task.config.mistakes import ConfigError
from task.export.description import InShort, describe_dataset, in_short, put_participants
from task.export.files import remove_described, write_described
from task.export.kept import all_kept
from task.export.modelling import model_runs, sessions_beside, stale_onsets
from task.export.onsets import OnsetFiles, describe_onsets, note_on_absent, note_on_refused, write_onsets
from task.export.performed import Attempts, Performed, read_attempts, read_person, remarks_on
from task.glm.conditions import glm_to_export
from task.record.identity import journals_of
from task.record.kinds.head import head_in
from task.record.layout import TASK, Dataset, Person

_FEW = 4  # so few people are exported before other processes have started


@dataclass(frozen=True)
class Exported:
    """What was made for a person, and what there is to know about it, in plain words.

    Attributes
    ----------
    person : Person
        Whose it is.
    events, onset_folders : tuple of Path
        The events in ``func``, and the folders of onset files.
    for_operator : tuple of str
        What is to be known of the runs and their journals.
    for_analyst : tuple of str
        What is to be known of the GLM: conditions without an event, contrasts that cannot be answered.
    is_whole : bool
        Whether the computer has refused nothing of it.
    """

    person: Person
    events: tuple[Path, ...]
    onset_folders: tuple[Path, ...]
    for_operator: tuple[str, ...]
    for_analyst: tuple[str, ...] = ()
    is_whole: bool = True

    @property
    def notes(self) -> tuple[str, ...]:
        """All there is to know."""
        return self.for_operator + self.for_analyst


@dataclass(frozen=True)
class _Made:
    """What was made for a person, and what the dataset's own files say of it; the GLMs are those made for nilearn."""

    exported: Exported
    heads: tuple[InShort, ...] = ()
    glms: tuple[Glm, ...] = ()


def export_person(
    dataset: Dataset, person: Person, formats: Sequence[str] = ("fsl",), glm: Glm | None = None
) -> Exported:
    """Make a person's events, sidecars and onset files, and the dataset's own files, again from the journals.

    ``func`` holds the attempt at each run that counts; the events of the others lie beside their journals. An attempt
    that ended before its first event was answered has no files, as a table without rows is of no use to anybody.
    Onset files that earlier exports made, for whatever package and GLM, are made again if they no longer follow.

    Parameters
    ----------
    dataset : Dataset
        Where the journals lie, and where the export goes.
    person : Person
        Whose journals to read.
    formats : sequence of str
        Analysis packages to make onset files for, of ``task.export.onsets.FORMATS``.
    glm : Glm, optional
        What to model; left out, the default, and if that cannot be read, a remark in the place of onset files.

    Returns
    -------
    Exported
        The events in ``func``, the folders of onset files, and remarks for the operator; a journal that cannot be read
        is among these, and keeps nothing else from being exported.
    """
    return _describe(dataset, [_make(person, dataset=dataset, formats=formats, glm=glm)])[0]


def export_or_say(dataset: Dataset, person: Person) -> Exported:
    """Export a person as after a run; what the computer refuses is among the notes, as the record is safe."""
    return export_all(dataset, people=[person])[0]


def export_all(
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    people: Sequence[Person] | None = None,
    formats: Sequence[str] = ("fsl",),
    glm: Glm | None = None,
) -> list[Exported]:
    """Export everybody of whom there is a journal, several at a time; what the computer refuses is among the notes.

    Parameters
    ----------
    dataset, formats, glm
        As for ``export_person``.
    progress : callable, optional
        Is told, after each person, how many of how many are done.
    people : sequence of Person, optional
        Only these.
    """
    people = dataset.people() if people is None else people
    make = partial(_make_or_say, dataset=dataset, formats=formats, glm=glm)
    made = []
    for one in spread(make, people, batch=_FEW):
        made.append(one)
        if progress is not None:
            progress(len(made), len(people))
    return _describe(dataset, made)


def _make_or_say(person: Person, *, dataset: Dataset, formats: Sequence[str], glm: Glm | None) -> _Made:
    """Make what is a person's own, or say why the computer refuses it: others may fare better."""
    try:
        return _make(person, dataset=dataset, formats=formats, glm=glm)
    except OSError as error:
        note = (
            f"the events of {person.stem} could not be made, or not all of them. {what_was_refused(error)} All is in "
            "the journals: `export` again when that is mended"
        )
        return _Made(Exported(person, (), (), (note,), is_whole=False))


def _make(person: Person, *, dataset: Dataset, formats: Sequence[str], glm: Glm | None) -> _Made:
    """Make what is a person's own."""
    attempts = read_person(dataset, person)
    notes, paths = list(attempts.problems), list[Path]()
    counting = {one.attempt.journal for one in attempts.counted} | set(attempts.kept)
    for one in attempts.performed:
        beside, place = dataset.attempt_events(one.attempt.journal), dataset.events(person, one.attempt.run)
        if one.attempt.journal not in counting:
            notes += _put(beside, one)
            continue
        remove_described(beside)
        if why := attempts.kept.get(one.attempt.journal):
            notes.append(f"{person.stem}, {one}: {why}")
            paths.append(place)
        else:
            notes += _put(place, one)
            paths += [] if one.events.empty else [place]
    notes += [
        f"{person.stem}, {one}: no events, as the run ended before the first choice was made or missed "
        f"({one.attempt.cause})"
        for one in attempts.counted
        if one.events.empty
    ]
    ours = dataset.events(person, 1).parent.glob(f"{person.stem}_task-{TASK}_run-*_events.tsv")
    orphans = sorted({path.name for path in ours} - {path.name for path in paths})
    if orphans:
        notes.append(
            f"{person.stem}: kept from an earlier export, as no journal gives it now, and without onset files: "
            + ", ".join(orphans)
        )
    notes += [
        f"{person.stem}, {one}: {text}" for one in attempts.counted if not one.events.empty for text in remarks_on(one)
    ]
    made = _Made(
        Exported(person, tuple(paths), (), tuple(notes)),
        tuple(in_short(head_in(one.records)) for one in attempts.performed),
    )
    return _with_onsets(made, dataset, attempts, formats, glm) if attempts.performed else made


def _with_onsets(made: _Made, dataset: Dataset, attempts: Attempts, formats: Sequence[str], glm: Glm | None) -> _Made:
    """Make the onset files that were asked for, and those of earlier exports that no longer follow."""
    person, base, was_asked_for = made.exported.person, dataset.onset_base, glm is not None
    for_operator, for_analyst, written, glms = list[str](), list[str](), list[OnsetFiles](), list[Glm]()
    if formats:
        try:
            glm = glm or glm_to_export()
        except ConfigError as error:
            for_operator.append(f"no onset files were made: {error}")
            formats = ()
        else:
            runs, of_learner, left_out = model_runs(dataset, person, attempts, glm)
            for_analyst += [*of_learner, *left_out, *(note_on_absent(person, runs, glm) if was_asked_for else ())]
            written.append(write_onsets(base, person, runs, formats, glm))
            for_analyst += written[-1].notes
            glms += [glm] * ("nilearn" in formats)
    asked = [f"{one}/{glm.name}" for one in formats if glm]
    again = list[str]()
    others = (one for one in all_kept(base, person) if one.name not in asked)
    for kept, why, by, modelled in stale_onsets(dataset, person, attempts, others):
        if by is None:
            for_operator.append(f"{person.stem}: the onset files {kept.name} do not follow from the runs now: {why}")
            continue
        written.append(write_onsets(base, person, modelled.runs, [kept.software], by))
        again.append(kept.name)
        for_analyst += modelled.of_learner
        glms += [by] * (kept.software == "nilearn")
    if again:
        for_analyst.append(f"{person.stem}: made again as well, as they did not follow any more: {', '.join(again)}")
    refused = [note_on_refused(person, error) for one in written for error in one.refused]
    exported = replace(
        made.exported,
        onset_folders=tuple(folder for one in written for folder in one.folders),
        for_operator=(*made.exported.for_operator, *for_operator, *refused),
        for_analyst=tuple(dict.fromkeys(for_analyst)),
        is_whole=not refused,
    )
    return replace(made, exported=exported, glms=tuple(glms))


def _describe(dataset: Dataset, made: list[_Made]) -> list[Exported]:
    """Write what a dataset says of itself; what is to be told of it is told with the first person."""
    exported = [one.exported for one in made]
    try:
        notes, is_whole = _described(dataset, [one for one in made if one.heads]), True
    except OSError as error:
        notes, is_whole = [f"what the dataset says of itself could not be written. {what_was_refused(error)}"], False
    if not exported:
        return exported
    told = replace(
        exported[0],
        for_operator=(*exported[0].for_operator, *notes),
        is_whole=exported[0].is_whole and is_whole,
    )
    return [told, *exported[1:]]


def _described(dataset: Dataset, known: list[_Made]) -> list[str]:
    if not known:
        return []
    describe_dataset(dataset, [head for one in known for head in one.heads])
    notes: list[str] = []
    for glm in {glm.name: glm for one in known for glm in one.glms}.values():
        try:
            notes += describe_onsets(dataset.onset_base, glm)
        except NotFetchedError as error:
            notes.append(f"{error.filename} was left as it is: {error.strerror}")
    here = {one.exported.person: one.heads for one in known}
    heads: dict[str, list[InShort]] = {}
    for person in here:
        sessions = [person, *(one for one in sessions_beside(dataset, person) if one not in here)]
        read = [
            here.get(one) or [in_short(head_in(each.records)) for each in read_attempts(journals_of(dataset, one))[0]]
            for one in sorted(sessions, key=lambda one: one.session or "")
        ]
        heads.setdefault(person.participant, []).extend(head for each in read for head in each)
    return notes + put_participants(dataset, heads)


def _put(path: Path, one: Performed) -> list[str]:
    """Write an attempt's events, or clear away what an earlier export left if there are none; say what was left."""
    if one.events.empty:
        remove_described(path)
        return []
    return write_described(path, one.events, one.sidecar)
