"""Exporting people: their journals are read, and all that can be made from them is made again."""

import math
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pandas as pd

from task.config.glm import Glm
from task.config.mistakes import ConfigError
from task.config.protocol import Protocol
from task.export.conditions import Modelled, glm_to_export, model_run
from task.export.description import describe_dataset, in_short, put_participants
from task.export.files import remove_described, write_described
from task.export.learner import needs_signals, signals_for
from task.export.onsets import describe_onsets, note_on_absent, older_onsets, write_onsets
from task.export.sidecar import Json, sidecar_of
from task.record.events import events_of
from task.record.history import Attempt, attempt_of, that_count
from task.record.journal import JournalError, Record, read_journal
from task.record.layout import TASK, Dataset, Person

_FEW = 4  # so few people are exported before other processes have started


@dataclass(frozen=True)
class Exported:
    """What was made for a person, and what the operator should know about it, in plain words."""

    person: Person
    events: tuple[Path, ...]
    onset_folders: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Made:
    """What was made for a person, and what the dataset's own files say of it."""

    exported: Exported
    heads: tuple[Record, ...]
    glm: Glm | None


@dataclass(frozen=True)
class _Performed:
    """An attempt, and what its journal gives."""

    attempt: Attempt
    records: list[Record]
    protocol: Protocol
    events: pd.DataFrame
    sidecar: Json

    def __str__(self) -> str:
        return f"run {self.attempt.run}, attempt {self.attempt.attempt}"

    @property
    def volumes(self) -> int:
        """Volumes of the image: as planned; after an early end, as many as pulses came, or as cover what happened."""
        planned, scan = int(self.sidecar["VolumesPlanned"]), self.protocol.scan
        if self.attempt.is_complete:
            return planned
        last_s = float((self.events["onset"] + self.events["duration"]).max())
        covering = math.ceil(last_s / scan.tr_s)
        came = 0 if scan.pulses == "first_only" else self.sidecar["PulsesSinceZero"] // scan.pulses_per_volume
        return min(planned, max(covering, came))


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

    def collect(results: Iterable[_Made]) -> None:
        for one in results:
            made.append(one)
            if progress is not None:
                progress(len(made), len(people))

    if len(people) <= _FEW:
        collect(map(make, people))
    else:
        with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as processes:
            collect(processes.map(make, people, chunksize=_FEW))
    return _describe(dataset, made, formats)


def _make(person: Person, *, dataset: Dataset, formats: Sequence[str], glm: Glm | None) -> _Made:
    """Make what is a person's own."""
    performed, notes = _read(dataset.journals(person))
    counting = {attempt.journal for attempt in that_count(one.attempt for one in performed).values()}
    paths, counted = [], []
    for one in performed:
        beside = dataset.attempt_events(one.attempt.journal)
        if one.attempt.journal not in counting:
            _put(beside, one)
            continue
        remove_described(beside)
        paths += _put(dataset.events(person, one.attempt.run), one)
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
    if performed and formats:
        was_asked_for = glm is not None
        try:
            glm = glm or glm_to_export()
        except ConfigError as error:
            notes.append(f"no onset files were made: {error}")
        else:
            runs, said = _model(dataset, person, performed, counted, glm)
            notes += [*said, *(note_on_absent(person, runs, glm) if was_asked_for else [])]
            base = dataset.root / "derivatives" / "onsets"
            folders, said = write_onsets(base, person, runs, formats, glm)
            notes += said
            notes += older_onsets(base, person, [one.attempt.journal for one in performed])
    exported = Exported(person, tuple(paths), tuple(folders), tuple(notes))
    return _Made(exported, tuple(in_short(one.records[0]) for one in performed), glm)


def _model(
    dataset: Dataset, person: Person, performed: list[_Performed], counted: list[_Performed], glm: Glm
) -> tuple[list[Modelled], list[str]]:
    """Model the runs that count; say of each what the analyst has to know."""
    signals: dict[Path, pd.DataFrame] = {}
    notes: list[str] = []
    if needs_signals(glm):  # what was learned in one session goes on in the next
        others = [one for other in _sessions(dataset, person) for one in _read(dataset.journals(other))[0]]
        everything = {one.attempt.journal: one.records for one in [*performed, *others]}
        signals, notes = signals_for(dataset, person, everything, glm)
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
        runs.append(replace(modelled, doubts=(*_remarks(one), *modelled.doubts)))
        notes += runs[-1].notes(f"{person.stem}, {one}", glm)
    return runs, notes


def _sessions(dataset: Dataset, person: Person) -> list[Person]:
    """List the other sessions of a person's participant."""
    folder = dataset.sourcedata(Person(person.participant))
    labels = [None, *(path.name.removeprefix("ses-") for path in folder.glob("ses-*"))]
    sessions = [Person(person.participant, label) for label in labels]
    return [one for one in sessions if one != person and dataset.journals(one)]


def _describe(dataset: Dataset, made: list[_Made], formats: Sequence[str]) -> list[Exported]:
    """Write what a dataset says of itself; what is to be told of it is told with the first person."""
    known = [one for one in made if one.heads]
    exported = [one.exported for one in made]
    if not known:
        return exported
    describe_dataset(dataset, [head for one in known for head in one.heads])
    notes = []
    if known[0].glm is not None:
        notes += describe_onsets(dataset.root / "derivatives" / "onsets", formats, known[0].glm)
    here = {one.exported.person: one.heads for one in known}
    heads: dict[str, list[Record]] = {}
    for person in here:
        sessions = [person, *(one for one in _sessions(dataset, person) if one not in here)]
        read = [
            here.get(one) or [each.records[0] for each in _read(dataset.journals(one))[0]]
            for one in sorted(sessions, key=lambda one: one.session or "")
        ]
        heads.setdefault(person.participant, []).extend(head for each in read for head in each)
    notes += put_participants(dataset, heads)
    return [replace(exported[0], notes=(*exported[0].notes, *notes)), *exported[1:]]


def _read(journals: Iterable[Path]) -> tuple[list[_Performed], list[str]]:
    """Read journals; what is wrong with those that cannot be read is told in the second list."""
    performed, problems = [], []
    for journal in journals:
        try:
            records = read_journal(journal)
            attempt, head = attempt_of(journal, records), records[0]
            if attempt.problem:
                problems.append(f"{attempt.problem}; it was left out")
                continue
            protocol = Protocol.model_validate(head["protocol"], strict=False)
            performed.append(_Performed(attempt, records, protocol, events_of(records), sidecar_of(records)))
        except JournalError as error:
            problems.append(f"{error}; it was left out")
        except (LookupError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            problems.append(f"{journal}: this journal lacks something that it should hold ({reason}); it was left out")
    return performed, problems


def _put(path: Path, one: _Performed) -> list[Path]:
    """Write an attempt's events, or clear away what an earlier export left if there are none."""
    if one.events.empty:
        remove_described(path)
        return []
    write_described(path, one.events, one.sidecar)
    return [path]


def _remarks(one: _Performed) -> list[str]:
    remarks, scan = [], one.protocol.scan
    if not one.attempt.is_complete:
        remarks.append(f"the run ended early ({one.attempt.cause}), and so do its events")
    if one.sidecar["TimeZero"] == "manual_start":
        remarks.append("the run was started by hand, so its onsets are not tied to a pulse of the scanner")
    if one.sidecar["TimeZeroMovedBy"]:
        moved, why = one.sidecar["TimeZeroMovedBy"], one.sidecar["TimeZeroMovedBecause"]
        remarks.append(f"zero was moved by {moved:+g} s after the run ({why}); all onsets are from where it is now")
    if scan.volumes_dropped_in_analysis:
        dropped_s = scan.volumes_dropped_in_analysis * scan.tr_s
        remarks.append(
            f"the protocol drops the first {scan.volumes_dropped_in_analysis} stored volumes in the analysis: if your "
            f"image lacks them, subtract {dropped_s:g} s from all onsets (no onset was shifted here)"
        )
    return remarks
