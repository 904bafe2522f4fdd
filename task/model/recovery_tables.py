"""What ``recover`` writes: its tables, what their columns mean, and the picture."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pandas as pd

from task.computer.spreading import spread
from task.config.protocol import Protocol
from task.model.derivatives import write_table
from task.model.models import MODELS
from task.model.plots import draw_recovery
from task.model.recovery import BATCH, COHORT, STUDY_BETA, Band, recovered_batch

_BAND = {"low": "Least true beta", "high": "Greatest true beta", "participants": "How many were simulated"}
_INTERVAL = "end of its 95 % interval"
_COLUMNS = {
    "participants": {
        "participant": "Number of the participant; each model simulated all of them",
        "simulated": "Model that made the choices",
        "w": "True w; the simulated model's own",
        "beta": "True beta",
        "fitted_w": "w by the learner's fit: maximum a posteriori",
        "fitted_beta": "beta by the learner's fit: maximum a posteriori",
        **{
            f"{name}_{which}": f"{what} of the posterior of the learner's {name}"
            for name in ("beta", "w")
            for which, what in (("low", "2.5 % quantile"), ("median", "Median"), ("high", "97.5 % quantile"))
        },
        "best": "Model of the highest evidence",
        **{f"evidence_{model}": f"Log evidence (sampled) of {model}" for model in MODELS},
    },
    "parameters": {
        **_BAND,
        **{
            f"{what}_{name}{end}": text.format(name)
            for name in ("w", "beta")
            for what, end, text in (
                ("correlation", "", "Correlation of true and fitted {} (of beta: of their logarithms)"),
                ("correlation", "_low", f"Lower {_INTERVAL}"),
                ("correlation", "_high", f"Upper {_INTERVAL}"),
                ("bias", "", "Mean of fitted less true {} (of beta: as a factor)"),
                ("error", "", "Root mean square error of fitted {} (of beta: as a factor)"),
                ("covered", "", "Share of the posterior's 95 % intervals that hold the true {}"),
                (
                    "apart",
                    "",
                    "True difference in {} (of beta: factor) that is detected in 80 % of pairs at p < .05; inf: none "
                    "suffices, n/a: too few to say",
                ),
            )
        },
    },
    "models": {
        "simulated": "Model that made the choices",
        **_BAND,
        **{model: f"Share of whom {model} has the highest evidence" for model in MODELS},
    },
    "groups": {
        "simulated": "Model that made the choices of everybody in a cohort",
        "pool": f"From how many people (beta {STUDY_BETA[0]:g} to {STUDY_BETA[1]:g}) cohorts were drawn; they overlap",
        "cohorts": f"How many cohorts of {COHORT}; none if the pool is smaller",
        **{f"highest_{model}": f"Share in which {model} has the highest protected exceedance" for model in MODELS},
        **{f"above_95_{model}": f"Share in which that of {model} exceeds .95" for model in MODELS},
    },
}


def recovered_from(protocol: Protocol, participants: int, seed: int, advance: Callable[[int], None]) -> pd.DataFrame:
    """Give what ``recovered_batch`` gives for all participants; ``advance`` is told how many more are done."""
    batches = [(first, min(first + BATCH - 1, participants)) for first in range(1, participants + 1, BATCH)]
    tables = []
    for (first, last), table in zip(batches, spread(partial(_batch, protocol, seed), batches), strict=True):
        tables.append(table)
        advance(last - first + 1)
    return pd.concat(tables).sort_values(["participant", "simulated"]).reset_index(drop=True)


def _batch(protocol: Protocol, seed: int, participants: tuple[int, int]) -> pd.DataFrame:
    return recovered_batch(protocol, *participants, seed)


def write_recovery(
    folder: Path, recovered: pd.DataFrame, bands: list[Band], confusion: pd.DataFrame, groups: pd.DataFrame
) -> None:
    """Write the tables, each with a description of its columns, and the picture."""
    tables = {"participants": recovered, "parameters": _table_of(bands), "models": confusion, "groups": groups}
    for name, table in tables.items():
        described = {column: {"Description": _COLUMNS[name][column]} for column in table}
        write_table(folder / f"{name}.tsv", table, described)
    draw_recovery(recovered, bands, confusion, groups, folder / "recovery.png")


def _table_of(bands: list[Band]) -> pd.DataFrame:
    rows = []
    for band in bands:
        row = asdict(band)
        for name in ("correlation_w", "correlation_beta"):
            row[name], row[f"{name}_low"], row[f"{name}_high"] = row[name]
        rows.append(row)
    return pd.DataFrame(rows)
