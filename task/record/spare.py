"""The spare copy of each journal that is being written, in the system's temporary folder: see ``rescue``.

Each lies in a folder of its own, with a file that says where its home is. Only who ran the task may look inside.
"""

import errno
import getpass
import os
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from task.computer.files import content_if_there, write_safely

_MARKER = "home.txt"


@dataclass(frozen=True)
class Spare:
    """A copy, the path of the journal that it is a copy of, and whether the program that writes it is still there."""

    path: Path
    home: Path
    is_in_use: bool = False


@dataclass(frozen=True)
class Homeless:
    """What may be a copy, or hold some, and why nobody can tell of which journal."""

    path: Path
    why: str


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
    _refuse_of_another(root)
    copy.parent.mkdir(mode=0o700, exist_ok=True)
    marker = copy.with_name(_MARKER)
    if not marker.exists():
        home = os.fsencode(os.path.abspath(journal))
        write_safely(marker, home + b"\n" + str(os.getpid()).encode() + b"\n")


def searched() -> list[Path]:
    """List the temporary folders in which copies may lie, also those that cannot be looked into."""
    named = [os.environ.get(name) for name in ("TMPDIR", "TEMP", "TMP")]
    folders = [Path(one) for one in [*named, tempfile.gettempdir(), "/tmp", "/var/tmp"] if one]
    return [folder for folder in dict.fromkeys(folders) if _may_be_a_folder(folder)]


def left_behind() -> list[Spare]:
    """List the copies that are there: of runs that go on just now, and of those that could not be written home."""
    return [one for one in _found() if isinstance(one, Spare)]


def of_no_home() -> list[Homeless]:
    """List what may be copies, though nobody can tell of which journal; they hinder no other copy."""
    return [one for one in _found() if isinstance(one, Homeless)]


def _found() -> Iterator[Spare | Homeless]:
    for root in {root.resolve(): root for root in map(_root, searched())}.values():  # each once, by whatever path
        try:
            if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
                continue  # of another account
            folders = sorted(root.iterdir())
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            yield Homeless(root, f"this folder cannot be looked into ({error.strerror})")
            continue
        yield from filter(None, map(_looked_into, folders))


def _looked_into(folder: Path) -> Spare | Homeless | None:
    """Give what a copy's folder holds; None if that is no journal: one that was just made, or is being removed."""
    try:
        journals = [path for path in folder.iterdir() if path.name.endswith("_journal.jsonl")]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return Homeless(folder, f"this folder cannot be looked into ({error.strerror})")
    marker = folder / _MARKER
    try:
        named, process = marker.read_bytes().split(b"\n")[:2]
        home = Path(os.fsdecode(named))
        if home.is_absolute() and folder / home.name in journals:
            return Spare(folder / home.name, home, _is_alive(int(process), marker))
    except (OSError, ValueError):
        pass  # as good as another journal's
    if not journals:
        return None
    return Homeless(journals[0], f"{_MARKER} beside it does not say which journal it is a copy of")


def remove(copy: Path) -> None:
    """Remove a copy with its folder."""
    for path in (copy, copy.with_name(_MARKER)):
        path.unlink(missing_ok=True)
    copy.parent.rmdir()


def _root(temporary: Path) -> Path:
    user = os.getuid() if hasattr(os, "getuid") else getpass.getuser()
    return temporary / f"decider-task-{user}"


def _may_be_a_folder(path: Path) -> bool:
    try:
        return stat.S_ISDIR(os.stat(path).st_mode)
    except OSError as error:
        return isinstance(error, PermissionError)


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
    content, was = _to_bring(copy, home)
    if content is not None:
        write_safely(home, content)
    remove(copy.path)
    return was


def refuse_if_not_brought_home(copy: Spare) -> None:
    """Raise OSError if ``bring_home`` would do so for what lies at home already; nothing is changed."""
    _to_bring(copy, copy.home)


def _to_bring(copy: Spare, home: Path) -> tuple[bytes | None, str]:
    """Give what is to be written to a journal's place, if anything is, and say what the journal was, and is then."""
    content = copy.path.read_bytes()
    there = content_if_there(home)
    if there is None:
        return content, "was missing, and is there again"
    if there.startswith(content):
        return None, "is complete; nothing to do"
    if content.startswith(there):
        return content, "was cut off, and is whole again"
    raise FileExistsError(errno.EEXIST, "another journal lies there; both were left as they are", str(home))


def refuse_without_copies() -> None:
    """Raise OSError if the temporary folder cannot take the copy of a journal; nothing stays behind there."""
    temporary = Path(tempfile.gettempdir())
    root = _root(temporary)
    if root.exists():
        _refuse_of_another(root)
    tempfile.TemporaryFile(dir=root if root.exists() else temporary).close()


def _refuse_of_another(root: Path) -> None:
    if hasattr(os, "getuid") and root.stat().st_uid != os.getuid():
        raise PermissionError(errno.EACCES, "it belongs to somebody else", str(root))
