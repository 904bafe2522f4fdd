"""Bringing home the copies of journals that runs left behind, after a disk or a folder failed."""

from contextlib import ExitStack
from datetime import datetime, timedelta
from pathlib import Path

from task.computer.typed import as_typed
from task.record.history import Attempt, attempt_of, attempts_of
from task.record.journal import JournalError, damage_of, read_journal
from task.record.kinds.marks import Clock, End
from task.record.kinds.notes import Decision
from task.record.layout import Dataset, Person, dataset_and_person
from task.record.lock import LockedError, locked
from task.record.records import Record, first, stamp_of
from task.record.spare import Spare, bring_home, left_behind, refuse_if_not_brought_home
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


def is_of(dataset: Dataset, copy: Spare) -> bool:
    """Say whether a copy is of a journal of this dataset, by whatever path the dataset is named."""
    try:
        return dataset_and_person(copy.home)[0].root.resolve() == dataset.root.resolve()
    except ValueError:
        return False


def left_behind_of(dataset: Dataset, person: Person) -> list[Spare]:
    """List the copies of one person's journals that no program looks after any more."""
    folder = dataset.sourcedata(person).resolve()
    return [copy for copy in left_behind() if copy.home.parent.resolve() == folder and not copy.is_in_use]


def rescue_command(dataset: Dataset) -> str:
    """Give the command that brings the copies of a dataset's journals home, as it is to be typed."""
    return as_typed("rescue", "--data", str(dataset.root.absolute()))


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
            raise _cannot_be_taken_home(error, copy) from None
        print(f"The interrupted run's record {done}.")


def refuse_if_cannot_be_taken_home(copy: Spare) -> None:
    """Raise RequestError if ``take_home`` would, for what lies at home already; nothing is changed."""
    try:
        refuse_if_not_brought_home(copy)
    except OSError as error:
        raise _cannot_be_taken_home(error, copy) from None


def attempts_when_home(dataset: Dataset, person: Person) -> list[Attempt]:
    """Sum up all attempts of a person as ``take_home`` would leave them; nothing is changed."""
    attempts = {attempt.journal.resolve(): attempt for attempt in attempts_of(dataset, person)}
    for copy in left_behind_of(dataset, person):
        attempts[copy.home.resolve()] = attempt_of(copy.path)
    return sorted(attempts.values(), key=lambda one: (one.run, one.attempt))


def _cannot_be_taken_home(error: OSError, copy: Spare) -> RequestError:
    return RequestError(
        f"A copy of {copy.home} was left behind, and cannot be brought home. {_why(error, copy)}\n"
        "Nothing was done yet. When that is mended, type the same again"
    )


def _why(error: Exception, copy: Spare) -> str:
    """Say why a copy could not be brought home, and what to do, in whole sentences."""
    if isinstance(error, _HomeMissing):
        return (
            f"Its folder {copy.home.parent} is not there. Bring it back (a network drive?), or name another dataset "
            f"with --to. The copy is safe in {copy.path}."
        )
    if isinstance(error, LockedError):
        return f"It belongs to a run that is going on just now: {error}."
    if isinstance(error, FileExistsError):
        return _why_two(Path(error.filename), copy)
    return (
        f"The computer refused: {error}. The copy is safe in {copy.path}. Look after that folder, or name another "
        "dataset with --to."
    )


def _why_two(home: Path, copy: Spare) -> str:
    """Say what each of two journals of one name holds, and how to go on with either; both can be kept."""
    at_home, in_copy = _records(home), _records(copy.path)
    same = "they began as one attempt" if at_home[:1] == in_copy[:1] else "they are of two different attempts"
    same = same if at_home and in_copy else "they cannot be compared"
    words = ["rescue", "--data", str(dataset_and_person(copy.home)[0].root)]
    if home != copy.home:
        words += ["--to", str(dataset_and_person(home)[0].root)]
    return (
        f"Another journal lies there. Both were left as they are; {same}:\n"
        f"    there:    {home}\n              {_in_short(home, at_home)}\n"
        f"    the copy: {copy.path}\n              {_in_short(copy.path, in_copy)}\n"
        f"To look at either: {as_typed('show')} FILE\n"
        f"If the one that is there is right, move the folder {copy.path.parent} to a safe place.\n"
        f"If the copy is right, rename the one that is there to {home.name}.set_aside, and type: {as_typed(*words)}\n"
        "Keep both in any case; the temporary folder may be emptied when this computer is started anew."
    )


def _records(journal: Path) -> list[Record]:
    try:
        return read_journal(journal)
    except JournalError:
        return []


def _in_short(journal: Path, records: list[Record]) -> str:
    """Say how much a journal holds, until when, and whether its run has come to an end."""
    if not records:
        return "cannot be read: its first line, the head, is damaged or missing"
    end, damage = first(records, End), damage_of(journal)
    ended = f"its run ended ({end.cause})" if end else "without the end of its run"
    more = f"; line {damage.line} is damaged, and more follows it" if damage else ""
    return f"{len(records)} records{_until(records)}; {ended}{more}"


def _until(records: list[Record]) -> str:
    """Say when the last record of a journal was written, as far as it tells."""
    stamped = [(one.utc, one.t) for one in records if isinstance(one, Clock | Decision) and one.utc is not None]
    if not stamped:
        return ""
    (utc_then, then), last = stamped[-1], stamp_of(records[-1])
    utc = datetime.fromisoformat(utc_then)
    later_s = last - then if last is not None and then is not None else 0.0
    return f", the last at {utc + timedelta(seconds=later_s):%Y-%m-%d %H:%M:%S} UTC"
