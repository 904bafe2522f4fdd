"""The learner's signals beside a run's events: worked out only if something is to be modelled by them."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from task.computer.files import is_there
from task.config.glm import Glm
from task.glm.conditions import SIGNALS, VALUES
from task.model.derivatives import fitted_rows, model_folder
from task.model.signals import Parameters, responders_of, signals_of
from task.model.trials import digest_of, trials_of
from task.record.layout import Dataset, Person
from task.record.order import order_of
from task.record.records import Record


def needs_signals(glm: Glm) -> bool:
    """Whether a GLM models anything by the learner's signals."""
    return bool(glm.columns_used & {*SIGNALS, *VALUES})


def signals_for(
    dataset: Dataset, person: Person, journals: Mapping[Path, list[Record]], glm: Glm
) -> tuple[dict[Path, pd.DataFrame], list[str]]:
    """Work out the learner's signals for all attempts of a participant.

    Parameters
    ----------
    dataset, person
        Whose w and beta to look for, in what ``fit`` has left in the dataset.
    journals : mapping of Path to list of Record
        The records of all attempts of the participant, of all sessions.
    glm : Glm
        Says which signals are needed.

    Returns
    -------
    signals : dict of Path to pandas.DataFrame
        A table for each journal, a row for each trial.
    notes : list of str
        What could not be worked out, and what to do.
    """
    parameters, notes = None, [f"{person.stem}: {doubt}" for doubt in order_of(list(journals.values())).doubts]
    wanted = [name for name in VALUES if name in glm.columns_used]
    if wanted:
        try:
            parameters = _fitted(dataset, person, list(journals.values()))
        except ValueError as error:
            notes.append(f"{person.stem}: {error}, so {', '.join(wanted)} are left out")
    try:
        tables = signals_of(list(journals.values()), parameters)
    except ValueError as error:
        return {}, [*notes, f"{person.stem}: the learner's signals are left out: {error}"]
    return dict(zip(journals, tables, strict=True)), notes


def _fitted(dataset: Dataset, person: Person, journals: list[list[Record]]) -> Parameters:
    """Read a participant's w and beta; raise ValueError if there are none, or none of what the journals hold now."""
    path, name = model_folder(dataset.root) / "fit.tsv", f"sub-{person.participant}"
    again = "run `run_session.py fit`, and export again"
    if not is_there(path):
        raise ValueError(f"no model was fitted to this dataset ({again})")
    try:
        rows = fitted_rows(dataset.root)
        if name not in rows:
            raise ValueError(f"{path} has no {name} ({again})")
        if "n/a" in (rows[name]["w"], rows[name]["beta"]):
            raise ValueError(f"{name} has too few choices for a w and a beta of their own ({path})")
        if rows[name]["learned_from"] != digest_of(trials_of(journals), responders_of(journals)):
            raise ValueError(f"{name} was fitted to other trials than the journals hold now ({again})")
        return Parameters(w=float(rows[name]["w"]), beta=float(rows[name]["beta"]))
    except OSError as error:
        raise ValueError(f"{path} cannot be read: {error.strerror}") from None
    except (KeyError, TypeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path} cannot be read: {type(error).__name__} {error} ({again})") from None
