"""``show``: the readable story of a run, from its journal alone."""

from pathlib import Path

from task.cli.status import DONE
from task.record.journal import read_whole
from task.report.story import story_of
from task.visit.requests import RequestError


def refuse_what_is_no_file(journal: Path) -> None:
    """Raise RequestError if no file was named."""
    where = "they end in _journal.jsonl, below sourcedata/ of a dataset"
    if journal.is_dir():
        raise RequestError(f"{journal}: this is a folder, and no journal; {where}")
    if not journal.is_file():
        raise RequestError(f"{journal}: there is no such journal; {where}")


def show(*, journal: Path, full: bool) -> int:
    """Print the story of a run."""
    refuse_what_is_no_file(journal)
    records, damage = read_whole(journal)
    for line in story_of(records, full=full, damage=str(damage) if damage else None, name=str(journal)):
        print(line)
    return DONE
