"""What the computer does not do, and why, said to whoever can mend it; and paths as people write them."""

import errno
import os
from pathlib import Path

_LONGEST_NAME = 255  # of a file or folder, on every usual disk: bytes on Linux and macOS, letters on Windows


def what_was_refused(error: OSError) -> str:
    """Say what the computer did not do, and why, as far as that is known."""
    path = Path(os.fsdecode(error.filename)) if isinstance(error.filename, str | bytes) else None
    if path is None:
        return f"The computer refused: {error.strerror or error}. {_CHECK}"
    as_folders = path.parents if error.errno != errno.ENOTDIR else (path, *path.parents)
    in_the_way = next((one for one in as_folders if os.path.isfile(one)), None)
    if in_the_way is not None:
        return f"{in_the_way} is a file; a folder is needed."
    if too_long := what_is_too_long(path, error):
        return f"{too_long[0].upper()}{too_long[1:]}."
    whose = f" ({belonging})" if error.errno in (errno.EACCES, errno.EPERM) and (belonging := whose_is(path)) else ""
    return f"The computer refused: {path}: {error.strerror or error}{whose}. {_CHECK}"


_CHECK = "Check that the folder exists, may be written to, and that the disk is not full."


def what_is_too_long(path: Path, error: OSError | None = None) -> str:
    """Say which part of a path is longer than a name can be; nothing if none is, and the error is of another kind."""
    part = max(path.parts, key=_length, default="")
    if _length(part) <= _LONGEST_NAME and (error is None or error.errno != errno.ENAMETOOLONG):
        return ""
    if _length(part) > _LONGEST_NAME or len(part) > len(str(path)) / 2:
        return f"the name {_in_short(part)!r} ({len(part)} letters) is too long for a file or folder: shorten it"
    return (
        f"the path {_in_short(str(path))!r} ({len(str(path))} letters) is too long as a whole: take a place further up"
    )


def whose_is(path: Path) -> str:
    """Say to which account a file belongs, or the nearest folder above it that is there, if it is another one's."""
    there = next((one for one in (path, *path.absolute().parents) if os.path.lexists(one)), None)
    if there is None or not hasattr(os, "geteuid") or (owner := there.lstat().st_uid) == os.geteuid():
        return ""
    try:
        return f"{there} belongs to {there.owner()}"
    except KeyError:
        return f"{there} belongs to account {owner}"


class PathError(ValueError):
    """A path that no file or folder can have on this computer."""


def as_path(written: str | Path) -> Path:
    """Give a path as it was written, its ~ made into the home folder, which not every terminal does.

    Raises
    ------
    PathError
        If no home is known for its ~, or if a part of it is longer than a name can be.
    """
    path = Path(os.path.expanduser(written))
    if path == Path(written) and path.parts and path.parts[0].startswith("~"):
        raise PathError(f"no home folder of {path.parts[0]} is known on this computer; give the whole path")
    if too_long := what_is_too_long(path):
        raise PathError(too_long)
    return path


def _length(name: str) -> int:
    return len(name) if os.name == "nt" else len(os.fsencode(name))


def _in_short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:40]}...{name[-15:]}"
