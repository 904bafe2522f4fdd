"""The files that a run reads and writes, from its lock to its onset files: whether this account may, asked beforehand.

Each is tried as it will be used, and left as it was: what modes, owners, access lists and network drives allow together
is nothing that one can read off.
"""

import errno
import os
import stat
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from task.computer.refusals import what_was_refused
from task.config.mistakes import ConfigError
from task.glm.conditions import DEFAULT_GLM, glm_to_export
from task.record.layout import Dataset, Person


@dataclass(frozen=True)
class Refused:
    """What this account may not do with a file or folder, and whether nothing can be recorded without it."""

    text: str
    is_for_recording: bool


def refused_files(dataset: Dataset, person: Person, *, with_pictures: bool = False) -> list[Refused]:
    """List what a run of this person could not read or write; nothing is changed, and nothing stays behind.

    Parameters
    ----------
    dataset, person
        Where a run would be recorded, and whose.
    with_pictures : bool
        Whether it draws its screens afterwards, as pilots do.
    """
    root, record = dataset.root, dataset.sourcedata(person)
    onsets = root / "derivatives" / "onsets"
    made = [dataset.events(person, 1).parent, onsets / "fsl" / DEFAULT_GLM / person.folder]
    about = [path for path in _files_in(root) if path.name in ("participants.tsv", "participants.json")]
    pictures = [dataset.reports(person)] * with_pictures
    for_recording = [*_folders_refused([record]), *_files_refused(_locks_in(record), change=True)]
    for_events = [
        *_folders_refused([root, root / "sourcedata", onsets, *made, *pictures]),
        *_files_refused(_locks_in(root / "sourcedata"), change=True),
        *_files_refused([*about, *(path for folder in (record, *made) for path in _files_in(folder))]),
    ]
    found = {text: True for text in for_recording}
    return [Refused(text, is_for) for text, is_for in (dict.fromkeys(for_events, False) | found).items()]


def what_keeps_from_onset_files() -> str:
    """Say what is wrong with the file that says what onset files are made of; nothing if it is well."""
    try:
        glm_to_export()
    except ConfigError as error:
        return str(error)
    return ""


def folder_that_is_there(path: Path) -> Path:
    """Give a folder, or the nearest above it that is there: where it would be made."""
    return next(one for one in (path.absolute(), *path.absolute().parents) if os.path.lexists(one))


def _folders_refused(folders: Iterable[Path]) -> Iterator[str]:
    for folder in folders:
        there = folder_that_is_there(folder)
        try:
            os.listdir(there)
            tempfile.TemporaryFile(dir=there).close()
        except OSError as error:
            yield what_was_refused(error)


def _files_in(folder: Path) -> list[Path]:
    try:
        return [path for path in sorted(folder.iterdir()) if path.is_file()]
    except OSError:
        return []  # of the folder itself it is told


def _locks_in(folder: Path) -> list[Path]:
    """List the lock, and the note beside it: these are written as they are, and not replaced."""
    return [path for path in _files_in(folder) if path.name.startswith(".lock")]


def _files_refused(paths: Iterable[Path], *, change: bool = False) -> Iterator[str]:
    for path in paths:
        try:
            path.open("r+b" if change else "rb").close()
            if not change:
                _refuse_what_cannot_be_replaced(path)
        except OSError as error:
            yield what_was_refused(error)


def _refuse_what_cannot_be_replaced(path: Path) -> None:
    """Raise PermissionError for a file that another cannot take the place of, though the folder takes new ones."""
    if os.name == "nt":
        is_kept = not os.access(path, os.W_OK)
    else:
        folder, own = path.parent.stat(), os.geteuid()
        is_kept = bool(folder.st_mode & stat.S_ISVTX) and own not in (0, folder.st_uid, path.stat().st_uid)
    if is_kept:
        raise PermissionError(errno.EACCES, "this file cannot be replaced", str(path))
