"""What a protocol can tell: participants with known parameters are simulated on its plans, and fitted.

beta is drawn evenly on a logarithmic scale and w evenly between its limits, so that it shows for which participants w
can be known at all. Each model simulates every participant once, so that it shows, too, which models can be told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from task.config.protocol import Protocol
from task.model.models import MODELS, fit_all
from task.model.simulation import plans_for, simulated
from task.plan.draw import Draw

LEAST_BETA, MOST_BETA = 0.5, 16.0
BETA_LIMITS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
MISS_RATE = 0.03
BATCH = 40
_TOLD_APART = 1.96 * 2**0.5  # two estimates, each with its error


@dataclass(frozen=True)
class Band:
    """How well w and beta are known, for participants whose beta lies from ``low`` to ``high``.

    Attributes
    ----------
    participants : int
        How many were simulated.
    correlation_w, correlation_beta : tuple of float
        Correlation of true and fitted values (of beta: their logarithms), and its 95 % interval.
    bias_w, bias_beta : float
        Mean of fitted less true; of beta as a factor, 1 for none.
    error_w, error_beta : float
        Root mean square error of w; of beta as a factor.
    covered_w, covered_beta : float
        Share of 95 % intervals (by the standard errors, in logit w and log beta) that hold the true value.
    apart_w, apart_beta : float
        How much two participants have to differ to be told apart with 95 %: in w; in beta as a factor.
    """

    low: float
    high: float
    participants: int
    correlation_w: tuple[float, float, float]
    correlation_beta: tuple[float, float, float]
    bias_w: float
    bias_beta: float
    error_w: float
    error_beta: float
    covered_w: float
    covered_beta: float
    apart_w: float
    apart_beta: float


def recovered_batch(protocol: Protocol, first: int, last: int, seed: int) -> pd.DataFrame:
    """Simulate participants ``first`` to ``last`` by every model, and fit every model to each.

    Returns
    -------
    pandas.DataFrame
        A row for each participant and simulated model: ``participant``, ``simulated``, the true ``w`` and ``beta``
        (NaN where the model has none), ``best`` (the model of the highest evidence), the learner's ``fitted_w`` and
        ``fitted_beta`` with ``w_se`` and ``beta_se``, and the log evidences.
    """
    plans, count = plans_for(protocol, range(first, last + 1), seed), last - first + 1
    tables = []
    for name in MODELS:
        draw = np.random.Generator(np.random.PCG64(Draw("recovery", seed, protocol.name, name, first).below(2**63)))
        w = draw.random(count)
        beta = np.exp(draw.uniform(np.log(LEAST_BETA), np.log(MOST_BETA), count))
        rates = draw.beta(1.1, 1.1, (2, count))
        w = {"outcomes_only": np.zeros(count), "ranks_only": np.ones(count)}.get(name, w)
        trials = simulated(
            plans,
            w,
            np.zeros(count) if name == "chance" else beta,
            draw,
            MISS_RATE,
            (rates[0], rates[1]) if name == "rescorla_wagner" else None,
        )
        fits = fit_all(trials)
        learner = fits["learner"]
        evidence = {f"evidence_{one}": found.log_evidence for one, found in fits.items()}
        is_chance = name == "chance"
        tables.append(
            pd.DataFrame(
                {
                    "participant": np.arange(first, last + 1),
                    "simulated": name,
                    "w": np.nan if is_chance else w,
                    "beta": np.nan if is_chance else beta,
                    "fitted_w": learner.parameters["w"],
                    "w_se": learner.errors["w"],
                    "fitted_beta": learner.parameters["beta"],
                    "beta_se": learner.errors["beta"],
                    "best": np.array(list(MODELS))[np.argmax(list(evidence.values()), axis=0)],
                    **evidence,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def bands_of(recovered: pd.DataFrame) -> list[Band]:
    """Sum up how well the learner's parameters are recovered, by beta; the last band has all."""
    learners = recovered[recovered["simulated"] == "learner"]
    limits = [*pairwise(BETA_LIMITS), (LEAST_BETA, MOST_BETA)]
    bands = [(low, high, learners[learners["beta"].between(low, high)]) for low, high in limits]
    return [_band(low, high, rows) for low, high, rows in bands if len(rows) >= 4]


def confusion_of(recovered: pd.DataFrame) -> pd.DataFrame:
    """Give the share of participants, simulated by each model (rows), whom each model (columns) fits best."""
    shares = pd.crosstab(recovered["simulated"], recovered["best"], normalize="index")
    return shares.reindex(index=list(MODELS), columns=list(MODELS), fill_value=0.0)


def correlation(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Give a correlation and its 95 % interval, by Fisher's transformation."""
    r = float(np.corrcoef(one, other)[0, 1])
    middle, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), 1.96 / np.sqrt(max(len(one) - 3, 1))
    return r, float(np.tanh(middle - half)), float(np.tanh(middle + half))


def _band(low: float, high: float, rows: pd.DataFrame) -> Band:
    off_w = rows["fitted_w"] - rows["w"]
    off_beta = np.log(rows["fitted_beta"]) - np.log(rows["beta"])
    logit_w = np.log(rows["fitted_w"] / (1 - rows["fitted_w"]))
    off_logit = logit_w - np.log(rows["w"] / (1 - rows["w"]))
    logit_se = rows["w_se"] / (rows["fitted_w"] * (1 - rows["fitted_w"]))
    error_w, error_beta = float((off_w**2).mean() ** 0.5), float((off_beta**2).mean() ** 0.5)
    return Band(
        low=low,
        high=high,
        participants=len(rows),
        correlation_w=correlation(rows["w"], rows["fitted_w"]),
        correlation_beta=correlation(np.log(rows["beta"]), np.log(rows["fitted_beta"])),
        bias_w=float(off_w.mean()),
        bias_beta=float(np.exp(off_beta.mean())),
        error_w=error_w,
        error_beta=float(np.exp(error_beta)),
        covered_w=float((np.abs(off_logit) <= 1.96 * logit_se).mean()),
        covered_beta=float((np.abs(off_beta) <= 1.96 * rows["beta_se"] / rows["fitted_beta"]).mean()),
        apart_w=_TOLD_APART * error_w,
        apart_beta=float(np.exp(_TOLD_APART * error_beta)),
    )
