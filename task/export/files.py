"""The files of an export: what a writer of onset files gives back, and events tables with their descriptions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from task.computer.files import NotFetchedError
from task.record.events import write_events
from task.record.hand_kept import LeftAlone, amend
from task.record.members import with_members


class Written(NamedTuple):
    """The files that a writer wrote, and what the analyst has to know about them, in plain words."""

    paths: list[Path]
    notes: Sequence[str] = ()


def write_described(path: Path, events: pd.DataFrame, sidecar: dict[str, Any]) -> list[str]:
    """Write an events table, and its description beside it, in which what others have put there stays.

    Returns
    -------
    list of str
        What was left as it was, and why: a file that is not here, or that is no JSON any more.
    """
    written = path
    try:
        write_events(events, path)
        written = path.with_suffix(".json")
        amend(written, lambda content: with_members(content, sidecar))
    except (LeftAlone, NotFetchedError) as why:
        reason = why.strerror if isinstance(why, NotFetchedError) else why
        return [f"{written} was left as it is: {reason}"]
    return []


def remove_described(path: Path) -> None:
    """Remove an events table and its description, if they are there."""
    path.unlink(missing_ok=True)
    path.with_suffix(".json").unlink(missing_ok=True)
