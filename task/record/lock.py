"""One program at a time for a participant: a lock of the operating system, which ends with whoever holds it."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path

from filelock import FileLock, Timeout

from task.computer.files import write_text
from task.record.layout import Dataset, Person

_NAME = ".lock"


class LockedError(Exception):
    """Another program is at work for the same participant."""


@contextmanager
def locked(dataset: Dataset, person: Person) -> Iterator[None]:
    """Keep every other program of ours from this person's data until the block is left.

    A program that was killed leaves the file behind, but not the lock: what lies there holds nobody up.

    Raises
    ------
    LockedError
        If another program has the lock.
    """
    with _held(dataset.sourcedata(person), person.stem, patience_s=0.2):
        yield


@contextmanager
def tables_locked(dataset: Dataset, patience_s: float = 60.0) -> Iterator[None]:
    """Wait for other programs of ours that are at the dataset's own tables, and keep them away until the block is left.

    Raises
    ------
    LockedError
        If another program has the lock for longer than ``patience_s`` seconds.
    """
    with _held(dataset.root / "sourcedata", f"the tables of {dataset.root}", patience_s=patience_s):
        yield
        with suppress(OSError):  # who waits for it notices, and makes another
            (dataset.root / "sourcedata" / _NAME).unlink()


@contextmanager
def _held(folder: Path, whose: str, *, patience_s: float) -> Iterator[None]:
    """Hold the lock of a folder, which is made if need be, and removed again if nothing came of it."""
    new = [one for one in (folder, *folder.parents) if not one.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _NAME
    if path.is_symlink():  # it was committed with all else, and git-annex made a link of it
        path.unlink()
    try:
        lock = FileLock(path, timeout=patience_s).acquire()
    except Timeout:
        raise LockedError(_who_has_it(path, whose)) from None
    except NotImplementedError:
        raise LockedError(_no_locks(path)) from None
    try:
        with lock:
            who = f"process {os.getpid()} on computer {socket.gethostname()}, since {datetime.now():%Y-%m-%d %H:%M}"
            write_text(_note(path), who + "\n")
            yield
    finally:
        with suppress(OSError):
            _note(path).unlink()
        with suppress(OSError):  # the folder itself may be gone by now
            if new and {*folder.iterdir()} <= {path}:  # nothing came of it: no trace of it either
                path.unlink(missing_ok=True)
                for one in new:
                    one.rmdir()


def refuse_if_locked(dataset: Dataset, person: Person) -> None:
    """Raise LockedError if ``locked`` would do so because of another program; nothing is made or changed."""
    if is_recording(dataset, person):
        raise LockedError(_who_has_it(dataset.sourcedata(person) / _NAME, person.stem))


def refuse_without_locks(folder: Path) -> None:
    """Raise LockedError if the disk of a folder cannot keep two programs apart; nothing stays behind there."""
    probe = folder / f".lock_{os.urandom(8).hex()}"
    try:
        with FileLock(probe, timeout=0.2):
            pass
    except NotImplementedError:
        raise LockedError(_no_locks(folder)) from None
    finally:
        probe.unlink(missing_ok=True)


def is_recording(dataset: Dataset, person: Person) -> bool:
    """Say whether a program has this person's lock just now, this one included: as a rule, a run is going on.

    Nothing is made or changed, and whoever has the lock, or asks for it meanwhile, is not disturbed. On a disk that
    has no locks nobody is recorded, as ``locked`` refuses it.
    """
    path = dataset.sourcedata(person) / _NAME
    if not path.exists():
        return False
    if sys.platform == "win32":
        try:
            FileLock(path, blocking=False).acquire().release()
        except Timeout:
            return True
        return False
    import fcntl

    try:
        with path.open("rb") as file:  # to read is enough, and two who ask at a time are not in each other's way
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


def _note(lock: Path) -> Path:
    """The file beside the lock that says who has it; Windows lets nobody read the lock itself."""
    return lock.with_name(".lock_holder")


def _no_locks(path: Path) -> str:
    return (
        f"{path}: this disk cannot keep two programs apart, as some network folders cannot. Put the data on a local "
        "disk (--data), and copy them afterwards"
    )


def _who_has_it(path: Path, whose: str) -> str:
    try:
        who = _note(path).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        who = "an unknown process"
    return (
        f"another program is at work for {whose}: {who}. Let it finish, or end it. If no such program is to be "
        "seen any more, end that process (or restart that computer): the lock goes with it. Nothing has to be deleted"
    )
