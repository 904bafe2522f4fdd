"""``rescue``: bring the spare copies of journals home, after a disk or a folder failed during a run."""

from contextlib import ExitStack
from pathlib import Path

from task.cli.requests import RequestError
from task.cli.typed import as_typed
from task.export.dataset import export_person
from task.record.layout import Dataset, Person, dataset_and_person
from task.record.lock import LockedError, locked
from task.record.spare import Spare, bring_home, left_behind, searched


class HomeMissing(Exception):
    """The dataset that a copy belongs to is not there: an empty folder must not take its place."""


def rescue(*, to: Path | None) -> int:
    """Bring home every copy that was left behind; 1 if one could not be brought home."""
    copies = left_behind()
    if not copies:
        where = ", ".join(map(str, searched()))
        print(f"There is nothing to rescue: no copy of a journal was left behind by this user in {where}.")
        return 0
    failed = 0
    rescued: dict[tuple[Path, Person], None] = {}
    for copy in copies:
        try:
            dataset, person = dataset_and_person(copy.home)
            if copy.is_in_use:
                print(f"{copy.home}: its run is going on just now, and looks after its copy itself.")
                continue
            if to is None and not dataset.sourcedata(person).is_dir():
                raise HomeMissing
            target = Dataset(to) if to else dataset
            home = target.sourcedata(person) / copy.home.name
            with ExitStack() as locks:
                for one in {target.root.resolve(): target, dataset.root.resolve(): dataset}.values():
                    if one is target or one.sourcedata(person).is_dir():
                        locks.enter_context(locked(one, person))
                print(f"{home} {bring_home(copy, home)}.")
            rescued[target.root, person] = None
        except (HomeMissing, LockedError, OSError, ValueError) as error:
            failed += 1
            print(f"{copy.home}: not brought home. {_why(error, copy)}")
    for root, person in rescued:
        for note in export_person(Dataset(root), person).for_operator:
            print(f"Note: {note}")
        if to:
            print(f"From now on {person.stem} is in {root}: add --data {root} to `run` and all other commands.")
    return 1 if failed else 0


def left_behind_of(dataset: Dataset, person: Person) -> list[Spare]:
    """List the copies of one person's journals that no program looks after any more."""
    folder = dataset.sourcedata(person).absolute()
    return [copy for copy in left_behind() if copy.home.parent == folder and not copy.is_in_use]


def take_home(dataset: Dataset, person: Person) -> None:
    """Make a person's journals whole before anything is done with them; the person is locked.

    Raises
    ------
    RequestError
        If a copy cannot be brought home: what would be done would be done to half a record.
    """
    for copy in left_behind_of(dataset, person):
        try:
            done = bring_home(copy)
        except OSError as error:
            raise RequestError(
                f"a copy of {copy.home} was left behind, and cannot be brought home: {_why(error, copy)} Look after "
                f"that first, then type: {as_typed('rescue')}"
            ) from None
        print(f"The interrupted run's record {done}.")


def _why(error: Exception, copy: Spare) -> str:
    if isinstance(error, HomeMissing):
        return (
            f"Its folder {copy.home.parent} is not there. Bring it back (a network drive?), or name another dataset "
            f"with --to. The copy is safe in {copy.path}."
        )
    if isinstance(error, LockedError):
        return f"It belongs to a run that is going on just now: {error}."
    if isinstance(error, FileExistsError):
        return f"Another journal lies there. Both were left as they are: the copy is {copy.path}."
    return (
        f"The computer refused: {error}. The copy is safe in {copy.path}. Look after that folder, or name another "
        "dataset with --to."
    )
