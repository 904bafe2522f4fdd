"""The files of an export: what a writer of onset files gives back, and events tables with their descriptions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from task.computer.files import as_json, replaced, write_text
from task.record.events import write_events


class Written(NamedTuple):
    """The files that a writer wrote, and what the analyst has to know about them, in plain words."""

    paths: list[Path]
    notes: Sequence[str] = ()


def as_table(table: pd.DataFrame) -> str:
    """Give the text of a table of tab-separated values."""
    return table.to_csv(sep="\t", index=False, float_format="%.10g", lineterminator="\n")


def write_described(path: Path, events: pd.DataFrame, sidecar: dict[str, Any]) -> None:
    """Write an events table, and its description beside it."""
    with replaced(path) as unfinished:
        write_events(events, unfinished)
    write_text(path.with_suffix(".json"), as_json(sidecar))


def remove_described(path: Path) -> None:
    """Remove an events table and its description, if they are there."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)
