"""Writing files that are there whole or not at all, so that an export cut short leaves no half a table behind."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from task.record.events import write_events


class Written(NamedTuple):
    """The files that a writer wrote, and what the analyst has to know about them, in plain words."""

    paths: list[Path]
    notes: Sequence[str] = ()


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


def write_text(path: Path, text: str) -> None:
    """Write a text file in UTF-8, its line ends as they stand in the text."""
    with replaced(path) as unfinished:
        unfinished.write_bytes(text.encode())


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


def as_table(table: pd.DataFrame) -> str:
    """Give the text of a table of tab-separated values."""
    return table.to_csv(sep="\t", index=False, float_format="%.10g", lineterminator="\n")


def as_json(content: dict[str, Any]) -> str:
    """Give the text of a JSON file, its keys in the order given."""
    return json.dumps(content, ensure_ascii=False, indent=2) + "\n"


def write_described(path: Path, events: pd.DataFrame, sidecar: dict[str, Any]) -> None:
    """Write an events table, and its description beside it."""
    with replaced(path) as unfinished:
        write_events(events, unfinished)
    write_text(path.with_suffix(".json"), as_json(sidecar))


def remove_described(path: Path) -> None:
    """Remove an events table and its description, if they are there."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)
