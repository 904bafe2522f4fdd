"""Writing files that are there whole or not at all, so that an export cut short leaves no half a table behind."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def replaced(path: Path) -> Iterator[Path]:
    """Give a file to write to beside ``path``, and put it in its place if all went well.

    The name begins with a dot, so that BIDS tools look past it, should the power fail in between.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        yield unfinished
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_text(path: Path, text: str) -> None:
    """Write a text file: UTF-8, and line ends as they stand in the text."""
    with replaced(path) as unfinished:
        unfinished.write_bytes(text.encode())


def write_json(path: Path, content: dict[str, Any]) -> None:
    """Write a JSON file, its keys in the order given."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
