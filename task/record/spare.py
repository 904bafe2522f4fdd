"""The spare copy of each journal that is being written, in the system's temporary folder: see ``rescue``.

Each lies in a folder of its own, with a file that says where its home is. Only who ran the task may look inside.
"""

import errno
import getpass
import hashlib
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

from task.record.files import write_safely

_HOME = "home.txt"


@dataclass(frozen=True)
class Spare:
    """A copy that was left behind, and the path of the journal that it is a copy of."""

    path: Path
    home: Path


def made_for(journal: Path) -> Path:
    """Make the folder for a journal's copy, and give the copy's path.

    Raises
    ------
    OSError
        If the temporary folder cannot be used.
    """
    home = journal.resolve()
    root = _root()
    root.mkdir(mode=0o700, exist_ok=True)
    if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
        raise PermissionError(f"{root} belongs to somebody else")
    name = hashlib.sha256(f"{home}\n{os.getpid()}\n{os.urandom(8).hex()}".encode()).hexdigest()[:16]
    folder = root / name
    folder.mkdir(mode=0o700)
    (folder / _HOME).write_text(f"{home}\n", encoding="utf-8", errors="surrogateescape")
    return folder / journal.name


def left_behind() -> list[Spare]:
    """List the copies that are there: of runs that go on just now, and of those that could not be written home."""
    found = []
    for marker in sorted(_root().glob(f"*/{_HOME}")):
        home = Path(marker.read_text(encoding="utf-8", errors="surrogateescape").rstrip("\n"))
        copy = marker.with_name(home.name)
        if copy.exists():
            found.append(Spare(copy, home))
    return found


def remove(copy: Path) -> None:
    """Remove a copy with its folder."""
    for path in (copy, copy.with_name(_HOME)):
        path.unlink(missing_ok=True)
    copy.parent.rmdir()


def _root() -> Path:
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    return Path(tempfile.gettempdir()) / f"decider-task-{user}"


def bring_home(copy: Spare, home: Path | None = None) -> str:
    """Make a journal whole from its copy, remove the copy, and say in words what was done.

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
        done = "is whole: the copy was not needed"
    elif there is None or content.startswith(there):
        write_safely(home, content)
        done = "was missing, and is there again" if there is None else "was cut off, and is whole again"
    else:
        raise FileExistsError(errno.EEXIST, "another journal lies there; both were left as they are", str(home))
    remove(copy.path)
    return done
