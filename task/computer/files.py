"""Writing a whole file in one step: afterwards it is as it was before, or as it should be, and never in between."""

import errno
import json
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

_POINTERS = (b"/annex/objects/", b"version https://git-lfs.github.com/")  # begin a file that stands for another
NOT_FETCHED = "what it holds is not here; fetch that first, as by `datalad get`, `git annex get` or `git lfs pull`"


class NotFetchedError(FileNotFoundError):
    """A file that is there in name only: what it holds was not fetched, and is not known."""


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a file to write to beside ``path``, and put it in its place if all went well.

    Its name begins with a dot, so that BIDS tools look past it, should the power fail in between; and no other program
    takes the same, so that of two which write one file each writes it whole. A link is replaced, not what it leads to.

    Raises
    ------
    NotFetchedError
        If ``path`` is there in name only (``is_unfetched``): nobody knows what would be replaced.
    """
    refuse_unfetched(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError:  # what is there is no folder, and the file cannot be below it
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(path)) from None
    unfinished = path.with_name(f".{path.name}.{os.urandom(4).hex()}.unfinished")
    try:
        yield unfinished
        if path.is_file() and not path.is_symlink():
            with suppress(OSError):  # not every disk has rights
                shutil.copymode(path, unfinished)
        unfinished.replace(path)
    finally:
        with suppress(OSError):  # it has taken its place, or never was
            unfinished.unlink()


def write_safely(path: Path, content: bytes) -> None:
    """Write a file that cannot be made again: it is on disk before it takes the place of what stood there."""
    with replaced(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on disk, so that a new file has its name after a power failure; not on Windows."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        except OSError as error:
            if error.errno not in (errno.EINVAL, errno.ENOTSUP):  # a disk that has no such thing
                raise
        finally:
            os.close(handle)


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, its line ends as they stand in the text."""
    with replaced(path) as unfinished:
        unfinished.write_bytes(text.encode(errors="surrogateescape"))  # as odd names of files stand on disk


def is_there(path: Path) -> bool:
    """Say whether something has this name, also a link that leads to nothing: a file whose content was not fetched."""
    return os.path.lexists(path)


def is_unfetched(path: Path) -> bool:
    """Say whether a file is there in name only, as in a DataLad dataset whose files were not fetched.

    It is a link to nothing then or, on a disk without links, a short text that stands for what the file holds.
    """
    if not path.is_file():
        return path.is_symlink() and not os.path.exists(path)
    try:
        with path.open("rb") as file:
            return file.read(max(map(len, _POINTERS))).startswith(_POINTERS)
    except OSError:
        return False


def listed(folder: Path, *patterns: str) -> list[Path]:
    """List what lies below a folder by these patterns, in order; not the ``._`` files that macOS puts beside others."""
    found = {path for pattern in patterns for path in folder.glob(pattern)}
    return sorted(path for path in found if not path.name.startswith("._"))


def refuse_unfetched(path: Path) -> None:
    """Raise NotFetchedError if a file is there in name only."""
    if is_unfetched(path):
        raise NotFetchedError(errno.ENOENT, NOT_FETCHED, str(path))


def content_if_there(path: Path) -> bytes | None:
    """Give what a file holds, None if there is none.

    Raises
    ------
    OSError
        If it is there and cannot be read: its content was not fetched, it is no file, it is another's.
    """
    refuse_unfetched(path)
    if not is_there(path):
        return None
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "it is no file", str(path))
    return path.read_bytes()


def read_if_there(path: Path, errors: str = "strict") -> str:
    """Give the text of a file that people may have changed; none if there is no such file."""
    return path.read_bytes().decode("utf-8-sig", errors) if path.exists() else ""


def write_if_absent(path: Path, text: str) -> None:
    """Write a text file unless it is there: people may have put their own words into it."""
    if not is_there(path):
        write_text(path, text)


def as_text(number: float) -> str:
    """Write a number as all formats have it: a tenth of a millisecond is kept in a session of days."""
    return f"{number:.10g}"


def as_json(content: dict[str, Any]) -> str:
    """Give the text of a JSON file, its keys in the order given."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def keep_beside(path: Path) -> Path | None:
    """Give a file that is to be replaced a name of its own beside its place, as in plan.replaced-1.json; none if none.

    Nothing that is there is overwritten.
    """
    if not path.exists():
        return None
    number = 1
    while (kept := path.with_name(f"{path.stem}.replaced-{number}{path.suffix}")).exists():
        number += 1
    path.rename(kept)
    return kept
