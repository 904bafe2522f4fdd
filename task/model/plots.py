"""Pictures of a fit and of a recovery. Drawn without a display."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from task.model.comparison import Comparison
from task.model.models import MODELS
from task.model.recovery import Band

_BLUE, _GREY, _ORANGE = "#2b6cb0", "#8a8a8a", "#c05621"
_MODEL_WORDS = [name.replace("_", "\n").replace("rescorla\nwagner", "Rescorla-\nWagner") for name in MODELS]
_BETAS = (0.1, 0.2, 0.5, 1, 2, 4, 8, 16, 32)


def draw_fit(table: pd.DataFrame, comparison: Comparison, path: Path) -> None:
    """Draw each participant's w and beta with their 95 % intervals, and how frequent each model is.

    Parameters
    ----------
    table : pandas.DataFrame
        A row for each participant who was fitted: ``participant_id``, ``w``, ``w_se``, ``beta``, ``beta_se``.
    comparison : Comparison
        Of the models, in the order of ``MODELS``.
    path : Path
        The picture to write.
    """
    figure = Figure(figsize=(11, 4.2), layout="constrained")
    people, models = figure.subplots(1, 2)
    beta, w = table["beta"].to_numpy(float), table["w"].to_numpy(float)
    logit, half = np.log(w / (1 - w)), 1.96 * table["w_se"].to_numpy(float) / (w * (1 - w))
    spread = np.exp(1.96 * table["beta_se"].to_numpy(float) / beta)
    low, high = (1 / (1 + np.exp(-(logit + sign * half))) for sign in (-1, 1))
    people.errorbar(
        beta,
        w,
        xerr=[beta - beta / spread, beta * spread - beta],
        yerr=[w - low, high - w],
        fmt="o",
        color=_BLUE,
        ecolor="#b9cfe6",
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


def draw_recovery(recovered: pd.DataFrame, bands: Sequence[Band], confusion: pd.DataFrame, path: Path) -> None:
    """Draw fitted against true parameters, how well each beta lets w be known, and which models are told apart."""
    figure = Figure(figsize=(11, 9.2), layout="constrained")
    (of_w, of_beta), (by_beta, of_models) = figure.subplots(2, 2)
    learners = recovered[recovered["simulated"] == "learner"]
    colours = np.log2(learners["beta"])
    points: dict[str, Any] = {"c": colours, "s": 11, "cmap": "viridis_r"}
    shown = of_w.scatter(learners["w"], learners["fitted_w"], **points)
    of_w.plot([0, 1], [0, 1], color=_GREY, linewidth=0.8)
    of_w.set(xlabel="true w", ylabel="fitted w", title=f"w: r = {bands[-1].correlation_w[0]:.2f}")
    bar = figure.colorbar(shown, ax=of_w, label="true beta")
    ticks = [band.low for band in bands[:-1]] + [bands[-1].high]
    bar.set_ticks([float(np.log2(tick)) for tick in ticks], labels=[f"{tick:g}" for tick in ticks])
    of_beta.scatter(learners["beta"], learners["fitted_beta"], s=11, color=_BLUE)
    span = [bands[-1].low, bands[-1].high]
    of_beta.plot(span, span, color=_GREY, linewidth=0.8)
    of_beta.set(xscale="log", yscale="log", xlabel="true beta", ylabel="fitted beta")
    of_beta.set(title=f"beta: r = {bands[-1].correlation_beta[0]:.2f} (logarithms)")
    _plain_ticks(of_beta.xaxis)
    _plain_ticks(of_beta.yaxis)
    names = [f"{band.low:g} to {band.high:g}" for band in bands[:-1]]
    r, low, high = np.array([band.correlation_w for band in bands[:-1]]).T
    by_beta.errorbar(names, r, yerr=[r - low, high - r], fmt="o-", color=_BLUE, label="correlation, 95 % interval")
    by_beta.plot(names, [band.apart_w for band in bands[:-1]], "s--", color=_ORANGE, label="difference told apart")
    by_beta.set(xlabel="true beta", ylabel="correlation; difference in w", title="How well w is known, by beta")
    by_beta.set_ylim(min(0, low.min()), 1.3)
    by_beta.legend(frameon=False, loc="upper right")
    of_models.imshow(confusion.to_numpy(), cmap="Blues", vmin=0, vmax=1)
    of_models.set_xticks(range(len(MODELS)), _MODEL_WORDS)
    of_models.set_yticks(range(len(MODELS)), _MODEL_WORDS)
    of_models.set(xlabel="fits best", ylabel="simulated", title="Models: share of participants")
    for i, row in enumerate(confusion.to_numpy()):
        for j, share in enumerate(row):
            of_models.text(j, i, f"{share:.2f}", ha="center", va="center", color="white" if share > 0.5 else "black")
    _save(figure, path)


def _plain_ticks(axis: Any) -> None:
    limits = axis.get_view_interval()
    shown = [value for value in _BETAS if limits[0] <= value <= limits[1]]
    axis.set_ticks(shown, labels=[f"{value:g}" for value in shown])
    axis.set_ticks([], minor=True)


def _save(figure: Figure, path: Path) -> None:
    for axes in figure.axes:
        axes.spines[["top", "right"]].set_visible(False)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    try:
        figure.savefig(unfinished, format="png", dpi=130)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)
