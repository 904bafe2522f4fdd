"""Files that people keep by hand: what is ours goes into its place, and every other byte stays as it was.

Where that cannot be done for sure the file is left alone, and the reason says where in it the difficulty lies. A link
is written through, so that it stays one. But what git-annex has locked is left alone: behind its link lies the one copy
of what was committed, under the name of its checksum. What goes where is said in ``tables`` and ``members``.
"""

import codecs
import os
from collections.abc import Callable
from pathlib import Path

from task.computer.files import content_if_there, write_safely

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark it begins with
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class LeftAlone(Exception):
    """A file that was not changed; the text says why, and where in the file."""


def amend(path: Path, change: Callable[[bytes], bytes]) -> None:
    """Change a file that people keep by hand, or make it; nothing is written if nothing changes.

    Parameters
    ----------
    path : Path
        The file. No other program of ours may be at it meanwhile.
    change : callable
        Gives the new content for the old one, which is empty if there is no file.

    Raises
    ------
    LeftAlone
        If the file cannot be read or may not be written, or ``change`` raised it; it is as it was.
    OSError
        If it could not be written for another reason, as on a full disk; it is as it was.
    """
    try:
        before = content_if_there(path)
    except OSError as error:
        raise LeftAlone(error.strerror or str(error)) from None
    after = change(before or b"")
    if after == before:
        return
    place = Path(os.path.realpath(path))
    if path.is_symlink() and ".git" in place.parts:
        raise LeftAlone("it is locked by git-annex; `datalad unlock` or `git annex unlock` lets it be changed")
    if before is not None and not os.stat(path).st_mode & 0o222:
        raise LeftAlone("it is write-protected")
    try:
        write_safely(place, after)
    except PermissionError as error:
        raise LeftAlone(f"{place.parent} may not be written to ({error.strerror})") from None


def edited(content: bytes, edit: Callable[[str], str]) -> bytes:
    """Edit a text in whatever encoding it is; what was not edited comes out as the bytes that it was."""
    mark, codec = next((one for one in _MARKS if content.startswith(one[0])), (b"", "utf-8"))
    text = content[len(mark) :]
    if not mark and 0 in text:
        raise LeftAlone(f"byte {text.index(0) + 1} is zero: it is no text, or of an encoding that it does not name")
    if not mark and not _is_utf8(text):
        codec = "ascii"  # with the letters of an old code page, which pass through as they are
    errors = "strict" if mark else "surrogateescape"
    try:
        return mark + edit(text.decode(codec, errors)).encode(codec, errors)
    except UnicodeDecodeError as error:
        byte = len(mark) + error.start + 1
        raise LeftAlone(f"it begins as {codec.upper()}, and cannot be read as such from byte {byte} on") from None
    except UnicodeEncodeError as error:
        letters = error.object[error.start : error.end]
        raise LeftAlone(
            f"{letters!r} cannot be written into it, as its encoding is not known or has no such letter"
        ) from None


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
