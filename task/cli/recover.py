"""``recover``: which parameters and models a protocol can tell apart, by simulation."""

import os
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import asdict
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pandas as pd

from task.cli.progress import progress_bar
from task.config.protocol import Protocol
from task.config.read import read_protocol
from task.export.files import as_json, write_text
from task.model.models import MODELS
from task.model.plots import draw_recovery
from task.model.recovery import (
    BATCH,
    COHORT,
    LEAST_IN_BAND,
    MISS_RATE,
    STUDY_BETA,
    Band,
    bands_of,
    confusion_of,
    groups_of,
    recovered_batch,
)
from task.record.layout import ROOT

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


def recover(*, participants: int, protocol: str, seed: int | None, out: Path | None) -> int:
    """Simulate participants by every model, fit every model to each, and sum up what comes back."""
    science, seed = read_protocol(protocol), 1 if seed is None else seed
    folder = out or ROOT / "data" / "recovery" / science.name
    recovered = recovered_from(science, participants, seed)
    bands, confusion, groups = bands_of(recovered), confusion_of(recovered), groups_of(recovered, seed)
    tables = {"participants": recovered, "parameters": _table_of(bands), "models": confusion, "groups": groups}
    for name, table in tables.items():
        text = table.to_csv(sep="\t", na_rep="n/a", index=False, float_format="%.6g", lineterminator="\n")
        write_text(folder / f"{name}.tsv", text)
        described = {column: {"Description": _COLUMNS[name][column]} for column in table}
        write_text(folder / f"{name}.json", as_json(described))
    draw_recovery(recovered, bands, confusion, groups, folder / "recovery.png")
    print(
        f"Protocol {science.name}: {participants} participants simulated by each of {len(MODELS)} models, with "
        f"{MISS_RATE:.0%} of trials missed.\n"
    )
    _print_bands(bands)
    _print_confusion(confusion)
    _print_groups(groups)
    print(f"\nTables and picture: {folder}")
    return 0


def recovered_from(protocol: Protocol, participants: int, seed: int) -> pd.DataFrame:
    """Give what ``recovered_batch`` gives for all participants; the batches are shared out among the processors."""
    batches = [(first, min(first + BATCH - 1, participants)) for first in range(1, participants + 1, BATCH)]
    tables: list[pd.DataFrame] = []
    with _workers(min(len(batches), os.cpu_count() or 1)) as pool, progress_bar(participants, "Recovering") as advance:
        waiting = {pool.submit(recovered_batch, protocol, *batch, seed): batch for batch in batches}
        for done in as_completed(waiting):
            tables.append(done.result())
            first, last = waiting[done]
            for _ in range(first, last + 1):
                advance()
    return pd.concat(tables).sort_values(["participant", "simulated"]).reset_index(drop=True)


@contextmanager
def _workers(count: int) -> Iterator[ProcessPoolExecutor]:
    """Give a pool of processes; when interrupted, what has not begun is dropped."""
    pool = ProcessPoolExecutor(count, mp_context=get_context("spawn"))
    try:
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def _table_of(bands: list[Band]) -> pd.DataFrame:
    rows = []
    for band in bands:
        row = asdict(band)
        for name in ("correlation_w", "correlation_beta"):
            row[name], row[f"{name}_low"], row[f"{name}_high"] = row[name]
        rows.append(row)
    return pd.DataFrame(rows)


def _print_bands(bands: list[Band]) -> None:
    print(
        "  true beta      N    r(w), 95 % interval    held  w apart   r(beta), 95 % interval  bias    held  beta apart"
    )
    for band in bands:
        is_all = band is bands[-1]
        name = "all" if is_all else f"{band.low:g} to {band.high:g}"
        w, beta = (f"{r:.2f} ({low:.2f} to {high:.2f})" for r, low, high in (band.correlation_w, band.correlation_beta))
        print(
            f"  {name:<12} {band.participants:>4}    {w:<20} {band.covered_w:>6.0%} {_apart(band.apart_w):>8}   "
            f"{beta:<22} {band.bias_beta:>3.1f} x {band.covered_beta:>6.0%} {_apart(band.apart_beta):>11}"
        )
    print(
        f"  A band with fewer than {LEAST_IN_BAND} participants is left out.\n"
        "\n  held: share of 95 % intervals that hold the true value. bias: fitted beta by true beta."
        "\n  apart: the true difference in w (in beta: the factor, from one of the band upwards) that is detected in"
        "\n  80 % of pairs of participants at p < .05; none: no difference suffices; ?: too few simulated to say."
        "\n  Within a narrow range of beta r(beta) is small of necessity: there is little to tell.\n"
    )


def _apart(difference: float) -> str:
    return "?" if np.isnan(difference) else "none" if np.isinf(difference) else f"{difference:.2f}"


def _print_confusion(confusion: pd.DataFrame) -> None:
    print("  simulated by, with beta (rows); of the highest evidence (columns):")
    print(" " * 37 + "N" + "".join(f"{name.replace('_', ' '):>16}" for name in MODELS))
    last = None
    for row in confusion.to_dict("records"):
        beta = "" if np.isnan(row["low"]) else f"{row['low']:g} to {row['high']:g}"
        name = "" if row["simulated"] == last else row["simulated"].replace("_", " ")
        last = row["simulated"]
        shares = "".join(f"{'n/a' if np.isnan(row[model]) else format(row[model], '.2f'):>16}" for model in MODELS)
        print(f"  {name:<17} {beta:<12} {row['participants']:>5}{shares}")


def _print_groups(groups: pd.DataFrame) -> None:
    low, high = STUDY_BETA
    print(f"\n  Groups of {COHORT} with beta {low:g} to {high:g}, by random-effects model selection: share in which a")
    print("  model has the highest protected exceedance probability (and one above .95):")
    if not groups["cohorts"].all():
        least = groups["pool"].min()
        print(f"  left out: of a model only {least} were simulated with such a beta, and {COHORT} are needed.")
        return
    print(" " * 19 + "".join(f"{name.replace('_', ' '):>16}" for name in MODELS))
    for row in groups.to_dict("records"):
        shares = "".join(f"{row[f'highest_{model}']:>9.2f} ({row[f'above_95_{model}']:.2f})" for model in MODELS)
        print(f"  {row['simulated'].replace('_', ' '):<17}{shares}")
