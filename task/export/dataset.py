"""Exporting people: their journals are read, and all that can be made from them is made again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from task.config.protocol import Protocol
from task.export.conditions import cells_of, conditions_of, modulators_of
from task.export.description import describe_dataset, put_participant
from task.export.files import remove_described, write_described
from task.export.fsl import write_fsl
from task.export.sidecar import Json, sidecar_of
from task.record.events import events_of
from task.record.history import Attempt, attempt_of, that_count
from task.record.journal import JournalError, Record, read_journal
from task.record.layout import Dataset, Person


@dataclass(frozen=True)
class Exported:
    """What was made for a person, and what the operator should know about it, in plain words."""

    person: Person
    events: tuple[Path, ...]
    onset_folders: tuple[Path, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Performed:
    """An attempt, and what its journal gives."""

    attempt: Attempt
    head: Record
    protocol: Protocol
    events: pd.DataFrame
    sidecar: Json

    def __str__(self) -> str:
        return f"run {self.attempt.run}, attempt {self.attempt.attempt}"


def export_person(dataset: Dataset, person: Person) -> Exported:
    """Make a person's events, sidecars and onset files, and the dataset's own files, again from the journals.

    ``func`` holds the attempt at each run that counts; the events of the others lie beside their journals. An attempt
    that ended before its first event was answered has no files, as a table without rows is of no use to anybody.

    Parameters
    ----------
    dataset : Dataset
        Where the journals lie, and where the export goes.
    person : Person
        Whose journals to read.

    Returns
    -------
    Exported
        The events in ``func``, the folders of onset files, and remarks for the operator; a journal that cannot be read
        is among these, and keeps nothing else from being exported.
    """
    performed, notes = _read(dataset.journals(person))
    counting = {attempt.journal for attempt in that_count(one.attempt for one in performed).values()}
    folder, paths = dataset.onsets("fsl", person), []
    for one in performed:
        beside = dataset.attempt_events(one.attempt.journal)
        if one.attempt.journal not in counting:
            _put(beside, one)
            continue
        remove_described(beside)
        path = dataset.events(person, one.attempt.run)
        paths += _put(path, one)
        modulators, left_out = modulators_of(one.events, one.protocol)
        conditions = [*conditions_of(one.events, one.protocol), *cells_of(one.events, one.protocol), *modulators]
        write_fsl([] if one.events.empty else conditions, folder / path.name.removesuffix("_events.tsv"))
        notes += [f"{person.stem}, {one}: {remark}" for remark in _remarks(one, left_out)]
    if performed:
        describe_dataset(dataset, [one.head for one in performed])
        sessions = [one for one in dataset.people() if one.participant == person.participant]
        others = {one: _read(dataset.journals(one))[0] for one in sessions if one != person}
        heads = [one.head for session in sessions for one in others.get(session, performed)]
        notes += put_participant(dataset, person.participant, heads)
    return Exported(person, tuple(paths), (folder,) if paths else (), tuple(notes))


def export_all(dataset: Dataset, progress: Callable[[int, int], None] | None = None) -> list[Exported]:
    """Export everybody of whom there is a journal.

    Parameters
    ----------
    dataset : Dataset
        The dataset.
    progress : callable, optional
        Is told, after each person, how many of how many are done.
    """
    people = dataset.people()
    exported = []
    for person in people:
        exported.append(export_person(dataset, person))
        if progress is not None:
            progress(len(exported), len(people))
    return exported


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
            performed.append(_Performed(attempt, head, protocol, events_of(records), sidecar_of(records)))
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


def _remarks(one: _Performed, left_out: list[str]) -> list[str]:
    if one.events.empty:
        return [f"no events, as the run ended before the first choice was made or missed ({one.attempt.cause})"]
    remarks = []
    if not one.attempt.is_complete:
        remarks.append(f"the run ended early ({one.attempt.cause}), and so do its events")
    if one.sidecar["TimeZero"] == "manual_start":
        remarks.append("the run was started by hand, so its onsets are not tied to a pulse of the scanner")
    if left_out:
        remarks.append(f"onset files left out, as these modulators do not vary over the run: {', '.join(left_out)}")
    return remarks
