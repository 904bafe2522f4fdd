"""A dataset's participants, for the model: what each has chosen and seen over all sessions and attempts."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from task.model.signals import responders_of
from task.model.trials import Seen, digest_of, trials_of
from task.record.history import attempt_of, that_count
from task.record.identity import journals_of, misplaced
from task.record.journal import JournalError, read_whole
from task.record.kinds.head import Head, head_in
from task.record.kinds.marks import End
from task.record.layout import Dataset
from task.record.order import order_of
from task.record.records import Record, first

LEAST_CHOICES = 20
"""With fewer choices a fit would be little else than its prior."""


@dataclass
class Participant:
    """One participant.

    Attributes
    ----------
    label : str
        Without its prefix.
    journals : list of Path
        Those that could be read; ``Seen.journal`` is a place in this list.
    counting : set of Path
        Those of them that are their run's events.
    seen : list of Seen
        All trials, in the order in which they were performed.
    responders : int or None
        The lowest rank; None if nothing can be learned from these journals.
    head : Head or None
        The head of the first journal.
    protocols : set of str
        Names of the protocols of these journals.
    problems : list of str
        What is wrong, in plain words; files by their place in the dataset.
    """

    label: str
    journals: list[Path] = field(default_factory=list)
    counting: set[Path] = field(default_factory=set)
    seen: list[Seen] = field(default_factory=list)
    responders: int | None = None
    head: Head | None = None
    protocols: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def choices(self) -> int:
        """How many trials were answered."""
        return sum(one.side is not None for one in self.seen)

    @property
    def learned_from(self) -> str | None:
        """The digest of the trials that a fit rests on; None if they are too few for one."""
        return digest_of(self.seen, self.responders or 0) if self.choices >= LEAST_CHOICES else None


def read_participants(dataset: Dataset) -> Iterator[Participant]:
    """Read the journals of everybody, one participant after the other."""
    people = dataset.people()
    for label in dict.fromkeys(person.participant for person in people):
        one, records = Participant(label), []
        for person in people:
            if person.participant != label:
                continue
            attempts = []
            for path in journals_of(dataset, person):
                read = _read(path, one)
                if read is not None:
                    records.append(read)
                    one.journals.append(path)
                    attempts.append(attempt_of(path, read))
            one.counting |= {attempt.journal for attempt in that_count(attempts).values()}
        one.problems += misplaced(dataset, label)
        if records:
            one.head = head_in(records[0])
            _learn(one, records)
        root = f"{dataset.root}{os.sep}"  # the table may be handed on
        one.problems = [problem.replace(root, "") for problem in one.problems]
        yield one


def _read(path: Path, one: Participant) -> list[Record] | None:
    try:
        records, damage = read_whole(path)
        attempt = attempt_of(path, records)
    except JournalError as error:
        one.problems.append(f"{error}: what it showed is missing from what was learned")
        return None
    if attempt.problem:
        one.problems.append(f"{attempt.problem}: what it showed is missing from what was learned")
        return None
    if damage is not None and first(records, End) is None:
        one.problems.append(f"{path}: {attempt.cause}")
    return records


def _learn(one: Participant, records: list[list[Record]]) -> None:
    try:
        one.responders = responders_of(records)
        one.protocols = {head_in(journal).protocol["name"] for journal in records}
        one.seen = trials_of(records)
        one.problems += order_of(records).doubts
    except ValueError as error:
        one.problems.append(f"not fitted: {error}")
    except (LookupError, TypeError) as error:
        one.problems.append(f"not fitted: a journal lacks something that it should hold ({error!r})")
        one.responders, one.seen = None, []
