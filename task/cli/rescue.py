"""``rescue``: bring the spare copies of journals home, after a disk or a folder failed during a run."""

from pathlib import Path

from task.export.dataset import export_person
from task.record.layout import Dataset, Person, dataset_and_person
from task.record.lock import LockedError, locked
from task.record.spare import Spare, bring_home, left_behind


def rescue(*, to: Path | None) -> int:
    """Bring home every copy that was left behind; 1 if one could not be brought home."""
    copies = left_behind()
    if not copies:
        print("There is nothing to rescue: no copy of a journal was left behind on this computer, by this user.")
        return 0
    failed = 0
    rescued: dict[tuple[Path, Person], None] = {}
    for copy in copies:
        try:
            dataset, person = dataset_and_person(copy.home)
            dataset = Dataset(to) if to else dataset
            home = dataset.sourcedata(person) / copy.home.name
            with locked(dataset, person):
                print(f"{home} {bring_home(copy, home)}.")
                rescued[dataset.root, person] = None
        except (LockedError, OSError, ValueError) as error:
            failed += 1
            print(f"{copy.home}: not brought home. {_why(error, copy)}")
    for root, person in rescued:
        for note in export_person(Dataset(root), person).notes:
            print(f"Note: {note}")
    return 1 if failed else 0


def left_behind_of(dataset: Dataset, person: Person) -> list[Spare]:
    """List the copies of one person's journals; nobody must be performing a run for that person."""
    folder = dataset.sourcedata(person).resolve()
    return [copy for copy in left_behind() if copy.home.parent == folder]


def _why(error: Exception, copy: Spare) -> str:
    if isinstance(error, LockedError):
        return f"It belongs to a run that is going on just now: {error}."
    if isinstance(error, FileExistsError):
        return f"Another journal lies there. Both were left as they are: the copy is {copy.path}."
    return (
        f"The computer refused: {error}. The copy is safe in {copy.path}. Look after that folder, or name another "
        "dataset with --to"
    )
