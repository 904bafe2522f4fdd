"""The spare copy of each journal that is being written, in the system's temporary folder: see ``rescue``.

Each lies in a folder of its own, with a file that says where its home is. Only who ran the task may look inside.
"""

import errno
import getpass
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from task.computer.files import write_safely

_MARKER = "home.txt"


@dataclass(frozen=True)
class Spare:
    """A copy, the path of the journal that it is a copy of, and whether the program that writes it is still there."""

    path: Path
    home: Path
    is_in_use: bool = False


def place_for(journal: Path) -> Path:
    """Give the path of a new copy of a journal: in a folder of its own, which ``make_ready`` makes."""
    return _root(Path(tempfile.gettempdir())) / os.urandom(8).hex() / journal.name


def make_ready(copy: Path, journal: Path) -> None:
    """Make the folder of a copy, and the file in it that says where its home is and which program writes it.

    Raises
    ------
    OSError
        If the temporary folder cannot be used.
    """
    root = copy.parent.parent
    root.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
        raise PermissionError(errno.EACCES, "it belongs to somebody else", str(root))
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    marker = copy.with_name(_MARKER)
    if not marker.exists():
        home = os.fsencode(os.path.abspath(journal))
        write_safely(marker, home + b"\n" + str(os.getpid()).encode() + b"\n")


def searched() -> list[Path]:
    """List the temporary folders in which copies may lie."""
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    folders = [Path(one) for one in [*named, tempfile.gettempdir(), "/tmp", "/var/tmp"] if one]
    return [folder for folder in dict.fromkeys(folders) if folder.is_dir()]


def left_behind() -> list[Spare]:
    """List the copies that are there: of runs that go on just now, and of those that could not be written home."""
    found = []
    for folder in searched():
        for marker in sorted(_root(folder).glob(f"*/{_MARKER}")):
            with suppress(OSError, ValueError):  # of somebody else, or half made
                home, process = marker.read_bytes().split(b"\n")[:2]
                path = Path(os.fsdecode(home))
                copy = marker.with_name(path.name)
                if path.is_absolute() and copy.is_file():
                    found.append(Spare(copy, path, _is_alive(int(process), marker)))
    return found


def remove(copy: Path) -> None:
    """Remove a copy with its folder."""
    for path in (copy, copy.with_name(_MARKER)):
        path.unlink(missing_ok=True)
    copy.parent.rmdir()


def _root(temporary: Path) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    return temporary / f"decider-task-{user}"


def _is_alive(process: int, marker: Path) -> bool:
    """Say whether the program that made a copy is still there, and not another one with its number."""
    try:
        return process != os.getpid() and psutil.Process(process).create_time() <= marker.stat().st_mtime + 1
    except psutil.Error:
        return False


def bring_home(copy: Spare, home: Path | None = None) -> str:
    """Make a journal whole from its copy, remove the copy, and say in words what the journal was, or is.

    Nothing is overwritten but a journal that ends where the copy goes on.

    Parameters
    ----------
    copy : Spare
        The copy.
    home : Path, optional
        Where to bring it, if not to where it came from.

    Raises
    ------
    OSError
        If home cannot be read or written; the copy stays.
    FileExistsError
        If another journal lies there; both stay.
    """
    home = home or copy.home
    content = copy.path.read_bytes()
    there = home.read_bytes() if home.exists() else None
    if there is not None and there.startswith(content):
        done = "is complete; nothing to do"
    elif there is None or content.startswith(there):
        write_safely(home, content)
        done = "was missing, and is there again" if there is None else "was cut off, and is whole again"
    else:
        raise FileExistsError(errno.EEXIST, "another journal lies there; both were left as they are", str(home))
    remove(copy.path)
    return done
