"""Exporting people: their journals are read, and all that can be made from them is made again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import pandas as pd

from task.computer.files import NotFetchedError, is_there, is_unfetched
from task.computer.spreading import spread
from task.config.glm import Glm
from task.config.mistakes import ConfigError
from task.export.description import describe_dataset, in_short, put_participants
from task.export.files import remove_described, write_described
from task.export.onsets import describe_onsets, note_on_absent, older_onsets, write_onsets
from task.export.performed import Performed, read_attempts, remarks_on
from task.glm.conditions import Modelled, glm_to_export, model_run
from task.glm.learner import needs_signals, signals_for
from task.record.history import that_count
from task.record.identity import journals_of
from task.record.journal import Record, damaged_line, first
from task.record.layout import TASK, Dataset, Person, run_and_attempt

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
    """

    person: Person
    events: tuple[Path, ...]
    onset_folders: tuple[Path, ...]
    for_operator: tuple[str, ...]
    for_analyst: tuple[str, ...] = ()

    @property
    def notes(self) -> tuple[str, ...]:
        """All there is to know."""
        return self.for_operator + self.for_analyst


@dataclass(frozen=True)
class _Made:
    """What was made for a person, and what the dataset's own files say of it."""

    exported: Exported
    heads: tuple[Record, ...]
    glm: Glm | None


def export_person(
    dataset: Dataset, person: Person, formats: Sequence[str] = ("fsl",), glm: Glm | None = None
) -> Exported:
    """Make a person's events, sidecars and onset files, and the dataset's own files, again from the journals.

    ``func`` holds the attempt at each run that counts; the events of the others lie beside their journals. An attempt
    that ended before its first event was answered has no files, as a table without rows is of no use to anybody.

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
    made = _make(person, dataset=dataset, formats=formats, glm=glm)
    return _describe(dataset, [made], formats)[0]


def export_all(
    dataset: Dataset,
    progress: Callable[[int, int], None] | None = None,
    people: Sequence[Person] | None = None,
    formats: Sequence[str] = ("fsl",),
    glm: Glm | None = None,
) -> list[Exported]:
    """Export everybody of whom there is a journal, several at a time.

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
    make = partial(_make, dataset=dataset, formats=formats, glm=glm)
    made = []
    for one in spread(make, people, batch=_FEW):
        made.append(one)
        if progress is not None:
            progress(len(made), len(people))
    return _describe(dataset, made, formats)


def _make(person: Person, *, dataset: Dataset, formats: Sequence[str], glm: Glm | None) -> _Made:
    """Make what is a person's own."""
    journals = journals_of(dataset, person)
    performed, notes = read_attempts(journals)
    not_here = {run_and_attempt(journal)[0] for journal in journals if is_unfetched(journal)}
    counting = {attempt.journal for attempt in that_count(one.attempt for one in performed).values()}
    paths, counted = [], []
    for one in performed:
        beside = dataset.attempt_events(one.attempt.journal)
        if one.attempt.journal not in counting:
            notes += _put(beside, one)
            continue
        remove_described(beside)
        place = dataset.events(person, one.attempt.run)
        if rows := _rows_to_lose(place, one):
            notes.append(
                f"{person.stem}, {one}: {one.attempt.cause}. Its journal now gives {len(one.events)} events, and "
                f"{place.name} of an earlier export has {rows}: that was kept as it is, and no onset files made of the "
                "run. Restore the journal from your backup, or move that file away"
            )
            paths.append(place)
            continue
        if one.attempt.run in not_here and is_there(place):
            notes.append(
                f"{person.stem}, {one}: {place.name} of an earlier export was kept as it is, and no onset files made "
                "of the run, as another attempt at it may count, whose journal is not here"
            )
            paths.append(place)
            continue
        notes += _put(place, one)
        paths += [] if one.events.empty else [place]
        counted.append(one)
    notes += [
        f"{person.stem}, {one}: no events, as the run ended before the first choice was made or missed "
        f"({one.attempt.cause})"
        for one in counted
        if one.events.empty
    ]
    ours = dataset.events(person, 1).parent.glob(f"{person.stem}_task-{TASK}_run-*_events.tsv")
    orphans = sorted({path.name for path in ours} - {path.name for path in paths})
    if orphans:
        notes.append(
            f"{person.stem}: kept from an earlier export, as no journal gives it now, and without onset files: "
            + ", ".join(orphans)
        )
    folders: list[Path] = []
    of_glm: list[str] = []
    if performed and formats:
        was_asked_for = glm is not None
        try:
            glm = glm or glm_to_export()
        except ConfigError as error:
            notes.append(f"no onset files were made: {error}")
        else:
            runs, said, of_glm = _model(dataset, person, performed, counted, glm)
            notes += said
            of_glm += note_on_absent(person, runs, glm) if was_asked_for else []
            base = dataset.root / "derivatives" / "onsets"
            try:
                folders, said = write_onsets(base, person, runs, formats, glm)
            except NotFetchedError as error:
                notes.append(f"{person.stem}: no onset files were made: {error.filename}: {error.strerror}")
                said = []
            of_glm += [*said, *older_onsets(base, person, [one.attempt.journal for one in performed])]
    exported = Exported(person, tuple(paths), tuple(folders), tuple(notes), tuple(of_glm))
    return _Made(exported, tuple(in_short(one.records[0]) for one in performed), glm)


def _model(
    dataset: Dataset, person: Person, performed: list[Performed], counted: list[Performed], glm: Glm
) -> tuple[list[Modelled], list[str], list[str]]:
    """Model the runs that count; say of each what the operator, and what the analyst has to know."""
    signals: dict[Path, pd.DataFrame] = {}
    notes: list[str] = []
    of_glm: list[str] = []
    if needs_signals(glm):  # what was learned in one session goes on in the next
        others = [one for other in _sessions(dataset, person) for one in read_attempts(journals_of(dataset, other))[0]]
        everything = {one.attempt.journal: one.records for one in [*performed, *others]}
        signals, of_glm = signals_for(dataset, person, everything, glm)
    runs = []
    for one in counted:
        if one.events.empty:
            continue
        run = one.attempt.run
        modelled = model_run(
            one.events,
            glm,
            one.protocol,
            stem=dataset.events(person, run).name.removesuffix("_events.tsv"),
            run=run,
            volumes=one.volumes,
            signals=signals.get(one.attempt.journal),
        )
        runs.append(replace(modelled, doubts=(*remarks_on(one), *modelled.doubts)))
        notes += [f"{person.stem}, {one}: {remark}" for remark in remarks_on(one)]
        of_glm += modelled.notes(f"{person.stem}, {one}", glm)
    return runs, notes, of_glm


def _sessions(dataset: Dataset, person: Person) -> list[Person]:
    """List the other sessions of a person's participant."""
    return [one for one in dataset.sessions(person.participant) if one != person and journals_of(dataset, one)]


def _describe(dataset: Dataset, made: list[_Made], formats: Sequence[str]) -> list[Exported]:
    """Write what a dataset says of itself; what is to be told of it is told with the first person."""
    known = [one for one in made if one.heads]
    exported = [one.exported for one in made]
    if not known:
        return exported
    describe_dataset(dataset, [head for one in known for head in one.heads])
    notes: list[str] = []
    if known[0].glm is not None:
        try:
            notes += describe_onsets(dataset.root / "derivatives" / "onsets", formats, known[0].glm)
        except NotFetchedError as error:
            notes.append(f"{error.filename} was left as it is: {error.strerror}")
    here = {one.exported.person: one.heads for one in known}
    heads: dict[str, list[Record]] = {}
    for person in here:
        sessions = [person, *(one for one in _sessions(dataset, person) if one not in here)]
        read = [
            here.get(one) or [each.records[0] for each in read_attempts(journals_of(dataset, one))[0]]
            for one in sorted(sessions, key=lambda one: one.session or "")
        ]
        heads.setdefault(person.participant, []).extend(head for each in read for head in each)
    notes += put_participants(dataset, heads)
    return [replace(exported[0], for_operator=(*exported[0].for_operator, *notes)), *exported[1:]]


def _rows_to_lose(path: Path, one: Performed) -> int:
    """Count the events of an earlier export, if a journal was damaged since and gives fewer; otherwise 0."""
    if first(one.records, "end") or damaged_line(one.attempt.journal) is None or not path.exists():
        return 0
    rows = path.read_bytes().count(b"\n") - 1
    return rows if rows > len(one.events) else 0


def _put(path: Path, one: Performed) -> list[str]:
    """Write an attempt's events, or clear away what an earlier export left if there are none; say what was left."""
    if one.events.empty:
        remove_described(path)
        return []
    return write_described(path, one.events, one.sidecar)
