"""Writing a whole file in one step: afterwards it is as it was before, or as it should be, and never in between."""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

UNFETCHED = "it is a link to a file that is not here; fetch that first, as by `datalad get` or `git annex get`"


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a file to write to beside ``path``, and put it in its place if all went well.

    Its name begins with a dot, so that BIDS tools look past it, should the power fail in between.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_safely(path: Path, content: bytes) -> None:
    """Write a file that cannot be made again: it is on disk before it takes the place of what stood there."""
    with replaced(path) as unfinished, unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, its line ends as they stand in the text."""
    with replaced(path) as unfinished:
        unfinished.write_bytes(text.encode(errors="surrogateescape"))  # as odd names of files stand on disk


def is_there(path: Path) -> bool:
    """Say whether something has this name, also a link that leads to nothing: a file whose content was not fetched."""
    return os.path.lexists(path)


def is_unfetched(path: Path) -> bool:
    """Say whether a file is there in name only: a link whose content is elsewhere, as in a DataLad dataset."""
    return path.is_symlink() and not os.path.exists(path)


def refuse_unfetched(path: Path) -> None:
    """Raise FileNotFoundError if a file is there in name only: nobody knows what would be replaced."""
    if is_unfetched(path):
        raise FileNotFoundError(errno.ENOENT, UNFETCHED, str(path))


def read_if_there(path: Path, errors: str = "strict") -> str:
    """Give the text of a file that people may have changed; none if there is no such file."""
    return path.read_bytes().decode("utf-8-sig", errors) if path.exists() else ""


def write_if_absent(path: Path, text: str) -> None:
    """Write a text file unless it is there: people may have put their own words into it."""
    if not path.exists():
        write_text(path, text)


def as_text(number: float) -> str:
    """Write a number as all formats have it: a tenth of a millisecond is kept in a session of days."""
    return f"{number:.10g}"


def as_json(content: dict[str, Any]) -> str:
    """Give the text of a JSON file, its keys in the order given."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"
