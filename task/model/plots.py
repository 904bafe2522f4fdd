"""Pictures of a fit and of a recovery. Drawn without a display."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from task.computer.files import replaced
from task.model.beliefs import Array
from task.model.comparison import Comparison
from task.model.models import MODELS
from task.model.recovery import BETA_LIMITS, COHORT, LEAST_BETA, MOST_BETA, STUDY_BETA, Band

_BLUE, _GREY, _ORANGE = "#2b6cb0", "#8a8a8a", "#c05621"
_MODEL_WORDS = [name.replace("_", "\n").replace("rescorla\nwagner", "Rescorla-\nWagner") for name in MODELS]
_BETAS = (0.1, 0.2, 0.5, 1, 2, 4, 8, 16, 32)


def draw_fit(table: pd.DataFrame, comparison: Comparison, path: Path) -> None:
    """Draw each participant's w and beta with their 95 % intervals, and how frequent each model is.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each participant who was fitted: ``w``, ``beta``, and their posterior's ``w_low``, ``w_high``,
        ``beta_low``, ``beta_high``.
    comparison : Comparison
        Of the models, in the order of ``MODELS``.
    path : Path
        The picture to write.
    """
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    people, models = figure.subplots(1, 2)
    beta, w = table["beta"].to_numpy(float), table["w"].to_numpy(float)
    sides = [
        np.maximum([middle - table[f"{name}_low"], table[f"{name}_high"] - middle], 0)  # the top may lie beyond an end
        for name, middle in (("beta", beta), ("w", w))
    ]
    people.errorbar(
        beta,
        w,
        xerr=sides[0],
        yerr=sides[1],
        fmt="o",
        color=_BLUE,
        ecolor="#7fa3cc",
        markersize=4,
        elinewidth=0.8,
    )
    people.set(xscale="log", xlabel="beta: how strictly value decides", ylim=(-0.02, 1.02))
    people.set(ylabel="w: 0 outcomes only, 1 ranks only", title=f"Each participant, with 95 % intervals (N = {len(w)})")
    _plain_ticks(people.xaxis)
    places = np.arange(len(MODELS))
    models.bar(places - 0.2, comparison.frequencies, 0.38, color=_BLUE, label="expected frequency")
    models.bar(places + 0.2, comparison.protected, 0.38, color=_ORANGE, label="protected exceedance probability")
    models.axhline(1 / len(MODELS), color=_GREY, linewidth=0.8, linestyle=":")
    models.set(ylim=(0, 1.02), title="Models in the group")
    models.set_xticks(places, _MODEL_WORDS)
    models.legend(frameon=False)
    _save(figure, path)


def draw_recovery(
    recovered: pd.DataFrame, bands: Sequence[Band], confusion: pd.DataFrame, groups: pd.DataFrame, path: Path
) -> None:
    """Draw fitted against true parameters, how well w is known by beta, and which models are told apart."""
    figure = Figure(figsize=(15, 9.2), layout="constrained")
    (of_w, of_beta, by_beta), (apart, of_models, of_groups) = figure.subplots(2, 3)
    learners = recovered[recovered["simulated"] == "learner"]
    limits = np.log2([LEAST_BETA, MOST_BETA])
    points: dict[str, Any] = {"c": np.log2(learners["beta"]), "s": 11, "cmap": "viridis_r"}
    shown = of_w.scatter(learners["w"], learners["fitted_w"], vmin=limits[0], vmax=limits[1], **points)
    of_w.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8)
    of_w.set(xlabel="true w", ylabel="fitted w", title=f"w: r = {_r(learners['w'], learners['fitted_w']):.2f}")
    bar = figure.colorbar(shown, ax=of_w, label="true beta")
    bar.set_ticks(np.log2(BETA_LIMITS).tolist(), labels=[f"{limit:g}" for limit in BETA_LIMITS])
    of_beta.scatter(learners["beta"], learners["fitted_beta"], s=11, color=_BLUE)
    of_beta.plot([LEAST_BETA, MOST_BETA], [LEAST_BETA, MOST_BETA], color=_GREY, linewidth=0.8)
    of_beta.set(xscale="log", yscale="log", xlabel="true beta", ylabel="fitted beta")
    r = _r(np.log(learners["beta"]), np.log(learners["fitted_beta"]))
    of_beta.set(title=f"beta: r = {r:.2f} (logarithms)")
    _plain_ticks(of_beta.xaxis)
    _plain_ticks(of_beta.yaxis)
    by_band = bands[:-1]
    names = [f"{band.low:g} to {band.high:g}" for band in by_band]
    if by_band:
        r, low, high = np.array([band.correlation_w for band in by_band]).T
        by_beta.errorbar(names, r, yerr=[r - low, high - r], fmt="o-", color=_BLUE, label="r(w), with 95 % interval")
        by_beta.plot(names, [band.covered_w for band in by_band], "^:", color=_GREY, label="95 % intervals that hold w")
        by_beta.legend(frameon=False, loc="lower right")
    else:
        for axes in (by_beta, apart):
            axes.text(0.5, 0.5, "too few simulated", ha="center", va="center", transform=axes.transAxes)
        by_beta.set_xticks([])
    by_beta.axhline(0.95, color=_GREY, linewidth=0.8, linestyle=":")
    by_beta.set(xlabel="true beta", ylabel="correlation; share", title="How well w is known", ylim=(0, 1.02))
    for place, band in enumerate(by_band):
        if np.isfinite(band.apart_w):
            apart.bar(place, band.apart_w, 0.6, color=_ORANGE)
        else:
            apart.text(place, 0.03, "none\nsuffices" if np.isinf(band.apart_w) else "too few\nto say", ha="center")
    apart.set_xticks(range(len(names)), names)
    apart.set(xlabel="true beta", ylabel="difference in w", ylim=(0, 1.02), xlim=(-0.6, len(names) - 0.4))
    apart.set_title("Difference in w that is detected\nin 80 % of pairs, at p < .05")
    study = BETA_LIMITS[1:3]
    of_band = confusion[(confusion["low"] == study[0]) & (confusion["high"] == study[1]) | confusion["low"].isna()]
    title = f"Single participants, beta {study[0]:g} to {study[1]:g}:\nshare with the highest evidence"
    _draw_shares(of_models, of_band[list(MODELS)].to_numpy(float), title)
    highest, above = (
        groups[[f"{what}_{model}" for model in MODELS]].to_numpy(float) for what in ("highest", "above_95")
    )
    title = f"Groups of {COHORT}, beta {STUDY_BETA[0]:g} to {STUDY_BETA[1]:g}: share with the\n"
    title += "highest protected exceedance (above .95)"
    _draw_shares(of_groups, highest, title, above)
    _save(figure, path)


def _r(one: pd.Series, other: pd.Series) -> float:
    return float(np.corrcoef(one, other)[0, 1])


def _draw_shares(axes: Any, shares: Array, title: str, bracketed: Array | None = None) -> None:
    axes.set(title=title, xlabel="found", ylabel="simulated")
    axes.set_xticks(range(len(MODELS)), _MODEL_WORDS)
    axes.set_yticks(range(len(MODELS)), _MODEL_WORDS)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (i, j), share in np.ndenumerate(shares):
        text = "n/a" if np.isnan(share) else f"{share:.2f}"
        if bracketed is not None and share > 0:
            text += f"\n({bracketed[i, j]:.2f})"
        axes.text(j, i, text, ha="center", va="center", color="white" if share > 0.5 else "black")


def _plain_ticks(axis: Any) -> None:
    limits = axis.get_view_interval()
    shown = [value for value in _BETAS if limits[0] <= value <= limits[1]]
    axis.set_ticks(shown, labels=[f"{value:g}" for value in shown])
    axis.set_ticks([], minor=True)


def _save(figure: Figure, path: Path) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    with replaced(path) as unfinished:
        figure.savefig(unfinished, format="png", dpi=130)
