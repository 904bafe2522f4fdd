"""Bringing home the copies of journals that runs left behind, after a disk or a folder failed."""

from contextlib import ExitStack
from pathlib import Path

from task.computer.typed import as_typed
from task.record.layout import Dataset, Person, dataset_and_person
from task.record.lock import LockedError, locked
from task.record.spare import Spare, bring_home, left_behind
from task.visit.requests import RequestError


class NotBroughtHome(Exception):
    """A copy that could not be brought home; the text says why, and what to do."""


class _HomeMissing(Exception):
    """The dataset that a copy belongs to is not there: an empty folder must not take its place."""


def rescue_copy(copy: Spare, to: Path | None) -> tuple[Dataset, Person, str]:
    """Bring a copy home, to its own dataset or to another.

    Returns
    -------
    dataset, person
        Where it is now, and whose it is.
    done : str
        What was done, in words.

    Raises
    ------
    NotBroughtHome
        If it could not be done; the copy is as it was.
    """
    try:
        dataset, person = dataset_and_person(copy.home)
        if to is None and not dataset.sourcedata(person).is_dir():
            raise _HomeMissing
        target = Dataset(to) if to else dataset
        home = target.sourcedata(person) / copy.home.name
        with ExitStack() as locks:
            for one in {target.root.resolve(): target, dataset.root.resolve(): dataset}.values():
                if one is target or one.sourcedata(person).is_dir():
                    locks.enter_context(locked(one, person))
            return target, person, f"{home} {bring_home(copy, home)}."
    except (_HomeMissing, LockedError, OSError, ValueError) as error:
        raise NotBroughtHome(f"{copy.home}: not brought home. {_why(error, copy)}") from None


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
    if isinstance(error, _HomeMissing):
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
