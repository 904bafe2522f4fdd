"""Whose a journal is. Its head says so; where a file lies, or what it is called, may have been changed by hand.

A journal counts where its head and its place agree. One that lies elsewhere, such as a copy under another attempt's
name or in another person's folder, is counted nowhere, and named by every command that looks at the dataset.
"""

from collections.abc import Iterator
from pathlib import Path

from task.computer.files import is_there
from task.record.kinds.head import Head
from task.record.layout import Dataset, Person
from task.record.lines import BYTE_ORDER_MARK, record_of


def head_of(journal: Path) -> Head | None:
    """Read the head alone; None if it is not whole, or not there."""
    try:
        with journal.open("rb") as file:
            lines = (line.removeprefix(BYTE_ORDER_MARK).strip() for line in file)  # as ``read_journal`` does
            line = next(filter(None, lines), b"")
    except OSError:
        return None
    head = record_of(line, 0)
    return head if isinstance(head, Head) else None


def journals_of(dataset: Dataset, person: Person) -> list[Path]:
    """List the journals of a person, in the order of runs and attempts.

    Left out are those that are somebody else's by their heads, and copies of one that lies in its place. One whose
    head cannot be read stays, as does one that was only given another number: they are told of where they are read.
    """
    return [path for path in dataset.journals(person) if not _elsewhere(dataset, person, path)]


def misplaced(dataset: Dataset, participant: str | None = None) -> list[str]:
    """Say of each journal that is not in its place whose it is, and what to do; of one participant only, if named."""
    return [
        _in_words(dataset, path, said)
        for person, path, said in _all_elsewhere(dataset)
        if participant in (None, person.participant, said[0].participant)
    ]


def mixed_up(dataset: Dataset, participant: str) -> list[str]:
    """Say of each journal of one participant that lies among another's, and of another's that lies among theirs."""
    return [
        _in_words(dataset, path, said)
        for person, path, said in _all_elsewhere(dataset)
        if person.participant != said[0].participant and participant in (person.participant, said[0].participant)
    ]


_Whose = tuple[Person, int, int]


def _all_elsewhere(dataset: Dataset) -> Iterator[tuple[Person, Path, _Whose]]:
    for person in dataset.people():
        for path in dataset.journals(person):
            said = _elsewhere(dataset, person, path)
            if said is not None:
                yield person, path, said


def _elsewhere(dataset: Dataset, person: Person, path: Path) -> _Whose | None:
    """Give whose a journal is, with run and attempt, if it is not this person's, or a copy; else None."""
    head = head_of(path)
    if head is None:
        return None
    said = Person(head.participant, head.session), head.run, head.attempt
    own = dataset.journal(*said)
    if said[0] == person and path.name == own.name:
        return None
    return said if said[0] != person or (own != path and head_of(own) == head) else None


def _in_words(dataset: Dataset, path: Path, said: _Whose) -> str:
    whose, run, attempt = said
    own = dataset.journal(whose, run, attempt)
    what = f"{path}: by its first line this is the journal of {whose.stem}, run {run}, attempt {attempt}"
    if not is_there(own):
        return f"{what}. It counts nowhere until it lies where it belongs: move it to {own}"
    if head_of(own) == head_of(path):
        return f"{what}, which lies in its own place. This copy counts nowhere: move it out of the dataset"
    return f"{what}, and another journal lies in that place. It counts nowhere: find out which of them is right"
