"""The files that fitting makes, below ``derivatives/model`` of a dataset: where they lie, and how they are written."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from task.computer.files import as_json, is_there, write_text
from task.model.models import Fit
from task.model.participants import LEAST_CHOICES, Participant
from task.model.signals import SIGNALS, Learned, Parameters, signals_by_journal
from task.record.layout import dataset_and_person

_TABLES = ("comparison", "modulators", "stay", "group")


def model_folder(root: Path) -> Path:
    """Give the folder of a dataset that fitting writes to."""
    return root / "derivatives" / "model"


def group_results(root: Path) -> list[Path]:
    """List the results of a group that are there: they go when one of the group is forgotten."""
    folder = model_folder(root)
    names = [*(f"{name}.{kind}" for name in _TABLES for kind in ("tsv", "json")), "fit.png"]
    return [folder / name for name in names if is_there(folder / name)]


def remove_earlier(root: Path) -> None:
    """Remove what an earlier fit made of the group, perhaps of other people and runs, and its signals."""
    for path in group_results(root):
        path.unlink()
    shutil.rmtree(model_folder(root) / "signals", ignore_errors=True)


def write_table(path: Path, table: pd.DataFrame, described: dict[str, Any]) -> None:
    """Write a table, and what its columns mean beside it."""
    write_text(path, _as_text(table))
    write_text(path.with_suffix(".json"), as_json(described))


def write_signals(
    folder: Path, usable: Sequence[Participant], learned: Learned, found: Fit, advance: Callable[[], None]
) -> dict[Path, pd.DataFrame]:
    """Write the signals of each attempt; give those of the attempts that count, by journal.

    Parameters
    ----------
    folder : Path
        Where they go.
    usable : sequence of Participant
        Whose signals; ``advance`` is called after each.
    learned, found : Learned, Fit
        What they have come to believe, and their w and beta.
    """
    columns = {"trial": "Number of the trial in its run", **SIGNALS}
    write_text(folder / "signals.json", as_json({name: {"Description": text} for name, text in columns.items()}))
    counting = {}
    for i, one in enumerate(usable):
        known = one.choices >= LEAST_CHOICES
        w, beta = (float(found.parameters[name][i]) for name in ("w", "beta"))
        for place, table in signals_by_journal(one.seen, learned, i, Parameters(w, beta) if known else None):
            journal = one.journals[place]
            name = journal.name.replace("_journal.jsonl", "_signals.tsv")
            write_text(folder / dataset_and_person(journal)[1].folder / name, _as_text(table))
            if journal in one.counting:
                counting[journal] = table
        advance()
    return counting


def _as_text(table: pd.DataFrame) -> str:
    return table.to_csv(sep="\t", na_rep="n/a", index=False, float_format="%.6g", lineterminator="\n")
