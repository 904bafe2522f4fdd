"""``recover``: which parameters and models a protocol can tell apart, by simulation."""

from pathlib import Path

import numpy as np
import pandas as pd

from task.computer.progress import progress_bar
from task.computer.tables import in_words, print_table
from task.config.read import read_protocol
from task.model.models import MODELS
from task.model.recovery import COHORT, LEAST_IN_BAND, MISS_RATE, STUDY_BETA, Band, bands_of, confusion_of, groups_of
from task.model.recovery_tables import recovered_from, write_recovery
from task.record.layout import ROOT


def recover(*, participants: int, protocol: str, seed: int | None, out: Path | None) -> int:
    """Simulate participants by every model, fit every model to each, and sum up what comes back."""
    science, seed = read_protocol(protocol), 1 if seed is None else seed
    folder = out or ROOT / "data" / "recovery" / science.name
    with progress_bar(participants, "Recovering") as advance:
        recovered = recovered_from(science, participants, seed, advance)
    bands, confusion, groups = bands_of(recovered), confusion_of(recovered), groups_of(recovered, seed)
    write_recovery(folder, recovered, bands, confusion, groups)
    print(
        f"Protocol {science.name}: {participants} participants simulated by each of {len(MODELS)} models, with "
        f"{MISS_RATE:.0%} of trials missed.\n"
    )
    _print_bands(bands)
    _print_confusion(confusion)
    _print_groups(groups)
    print(f"\nTables and picture: {folder}")
    return 0


def _print_bands(bands: list[Band]) -> None:
    rows = []
    for band in bands:
        name = "all" if band is bands[-1] else f"{band.low:g} to {band.high:g}"
        w, beta = (f"{r:.2f} ({low:.2f} to {high:.2f})" for r, low, high in (band.correlation_w, band.correlation_beta))
        of_w = (w, f"{band.covered_w:.0%}", _apart(band.apart_w))
        of_beta = (beta, f"{band.bias_beta:.1f} x", f"{band.covered_beta:.0%}", _apart(band.apart_beta))
        rows.append((name, band.participants, *of_w, *of_beta))
    headings = ("true beta", "N", "r(w), 95 % interval", "held", "w apart")
    print_table((*headings, "r(beta), 95 % interval", "bias", "held", "beta apart"), rows, "<><>><>>>")
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
    rows, last = [], None
    for row in confusion.to_dict("records"):
        beta = "" if np.isnan(row["low"]) else f"{row['low']:g} to {row['high']:g}"
        name = "" if row["simulated"] == last else in_words(row["simulated"])
        last = row["simulated"]
        shares = ("n/a" if np.isnan(row[model]) else format(row[model], ".2f") for model in MODELS)
        rows.append((name, beta, row["participants"], *shares))
    print_table(("", "", "N", *map(in_words, MODELS)), rows, "<<>" + ">" * len(MODELS))


def _print_groups(groups: pd.DataFrame) -> None:
    low, high = STUDY_BETA
    print(f"\n  Groups of {COHORT} with beta {low:g} to {high:g}, by random-effects model selection: share in which a")
    print("  model has the highest protected exceedance probability (and one above .95):")
    if not groups["cohorts"].all():
        least = groups["pool"].min()
        print(f"  left out: of a model only {least} were simulated with such a beta, and {COHORT} are needed.")
        return
    rows = [
        (
            in_words(row["simulated"]),
            *(f"{row[f'highest_{model}']:.2f} ({row[f'above_95_{model}']:.2f})" for model in MODELS),
        )
        for row in groups.to_dict("records")
    ]
    print_table(("", *map(in_words, MODELS)), rows, "<" + ">" * len(MODELS))
