"""Exporting people: their journals are read, and everything that can be made from them is made again."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from task.config.protocol import Protocol
from task.export import fsl
from task.export.conditions import conditions_of, modulators_of
from task.export.description import describe_dataset, put_participant, write_if_absent
from task.export.files import replaced, write_json
from task.export.sidecar import Json, sidecar_of
from task.record.events import events_of, write_events
from task.record.history import Attempt, attempt_of, that_count
from task.record.journal import JournalError, Record, first, read_journal
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
    """An attempt, with all that its journal gives."""

    attempt: Attempt
    records: list[Record]
    events: pd.DataFrame

    @property
    def head(self) -> Record:
        return self.records[0]


def export_person(dataset: Dataset, person: Person) -> Exported:
    """Make a person's events, sidecars and onset files, and the dataset's own files, again from the journals.

    Parameters
    ----------
    dataset : Dataset
        Where the journals lie, and where the export goes.
    person : Person
        Whose journals to read.

    Returns
    -------
    Exported
        The events in ``func``, the folders of onset files, and remarks for the operator. A journal that cannot be read
        is such a remark, and stops nothing else.
    """
    performed, notes = _read(dataset.journals(person))
    counting = {attempt.journal for attempt in that_count(one.attempt for one in performed).values()}
    events, folder = [], dataset.onsets("fsl", person)
    for one in performed:
        beside = dataset.attempt_events(one.attempt.journal)
        if one.attempt.journal not in counting:
            put_events(one.events, beside, one.records)
            continue
        _remove_events(beside)
        path = dataset.events(person, one.attempt.run)
        ...
    return Exported(person, tuple(events), (folder,) if events else (), tuple(notes))
