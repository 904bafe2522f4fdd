"""The files that fitting makes, below ``derivatives/model`` of a dataset: where they lie, and how they are written."""

import csv
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from task.computer.files import as_json, content_if_there, is_there, write_text
from task.computer.quoting import as_tsv
from task.model.models import Fit
from task.model.participants import LEAST_CHOICES, Participant, read_participants
from task.model.signals import SIGNALS, Learned, Parameters, signals_by_journal
from task.record.layout import Dataset, dataset_and_person

_AGAIN = "Run `run_session.py fit` again"
_TABLES = ("comparison", "modulators", "stay", "group")


def model_folder(root: Path) -> Path:
    """Give the folder of a dataset that fitting writes to."""
    return root / "derivatives" / "model"


def fitted_rows(root: Path) -> dict[str, dict[str, str]]:
    """Give the rows of ``fit.tsv`` by participant_id, as text; OSError, KeyError or ValueError if that cannot be."""
    lines = (content_if_there(model_folder(root) / "fit.tsv") or b"").decode().splitlines()
    return {row["participant_id"]: row for row in csv.DictReader(lines, delimiter="\t")}


def stale_fits(dataset: Dataset, label: str | None = None) -> list[str]:
    """Say what of a fit does not follow from the journals any more; of one participant only, if named."""
    folder = model_folder(dataset.root)
    if not folder.exists():
        return []
    try:
        rows = fitted_rows(dataset.root)
    except (OSError, KeyError, ValueError) as error:
        return [f"{folder / 'fit.tsv'}: it cannot be read ({error}), and the other results rest on it. {_AGAIN}"]
    people = {f"sub-{one.label}": one for one in read_participants(dataset) if label in (None, one.label)}
    said = {
        "not fitted to the trials that the journals hold now": [
            name
            for name, one in people.items()
            if rows.get(name, {}).get("learned_from") != (one.learned_from or "n/a")
        ],
        "without the signals of all attempts": [
            name for name, one in people.items() if any(not path.exists() for path in signals_due(folder, one))
        ],
        "fitted, but without journals": [name for name in rows if name not in people and label is None],
    }
    return [f"{folder}: {what}: {', '.join(names)}. {_AGAIN}" for what, names in said.items() if names]


def signals_due(folder: Path, one: Participant) -> list[Path]:
    """Give the files of signals that a participant's trials make."""
    return [_signals_file(folder, one.journals[place]) for place in dict.fromkeys(seen.journal for seen in one.seen)]


def _signals_file(folder: Path, journal: Path) -> Path:
    name = journal.name.replace("_journal.jsonl", "_signals.tsv")
    return folder / "signals" / dataset_and_person(journal)[1].folder / name


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
    write_text(path, as_tsv(table, "%.6g"))
    write_text(path.with_suffix(".json"), as_json(described))


def write_signals(
    folder: Path, usable: Sequence[Participant], learned: Learned, found: Fit, advance: Callable[[], None]
) -> dict[Path, pd.DataFrame]:
    """Write the signals of each attempt; give those of the attempts that count, by journal.

    Parameters
    ----------
    folder : Path
        The folder that fitting writes to.
    usable : sequence of Participant
        Whose signals; ``advance`` is called after each.
    learned, found : Learned, Fit
        What they have come to believe, and their w and beta.
    """
    columns = {"trial": "Number of the trial in its run", **SIGNALS}
    write_text(
        folder / "signals" / "signals.json", as_json({name: {"Description": text} for name, text in columns.items()})
    )
    counting = {}
    for i, one in enumerate(usable):
        known = one.choices >= LEAST_CHOICES
        w, beta = (float(found.parameters[name][i]) for name in ("w", "beta"))
        for place, table in signals_by_journal(one.seen, learned, i, Parameters(w, beta) if known else None):
            journal = one.journals[place]
            write_text(_signals_file(folder, journal), as_tsv(table, "%.6g"))
            if journal in one.counting:
                counting[journal] = table
        advance()
    return counting
