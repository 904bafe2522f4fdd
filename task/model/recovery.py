"""What a protocol can tell: participants with known parameters are simulated on its plans, and fitted.

beta is drawn evenly on a logarithmic scale and w evenly between its limits, so that it shows for which participants w
can be known at all. Each model simulates every participant once, so that it shows, too, which models can be told apart:
in single participants, and in groups of the study's size and beta.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from task.config.protocol import Protocol
from task.model.beliefs import Array
from task.model.comparison import compare
from task.model.models import MODELS, fit_all
from task.model.simulation import plans_for, simulated
from task.plan.draw import Draw

LEAST_BETA, MOST_BETA = 0.5, 16.0
BETA_LIMITS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
MISS_RATE = 0.03
BATCH = 40
LEAST_IN_BAND = 4
POWER = 0.8
_NEAR_W, _NEAR_LOG_BETA = 0.05, float(np.log(1.1))
_LEAST_PAIRS = 20
COHORT, COHORTS = 42, 200
STUDY_BETA = (0.75, 3.0)
"""Half and twice the study's median of 1.51, about."""


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
        Share of the posterior's 95 % intervals that hold the true value.
    apart_w, apart_beta : float
        How far two participants' true w, or beta (as a factor; the lower one is of this band), have to be apart, so
        that in 80 % of such pairs the right one is found to be higher, with p < .05; infinite if no difference among
        those simulated suffices, NaN if they are too few to say.
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
        ``fitted_beta`` (maxima a posteriori) with their posterior's quantiles (``w_low``, ``w_median``, ``w_high``; of
        beta the same), and the log evidences.
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
                    **{f"fitted_{one}": values for one, values in learner.parameters.items()},
                    **{
                        f"{one}_{which}": values
                        for one, quantiles in learner.intervals.items()
                        for which, values in zip(("low", "median", "high"), quantiles, strict=True)
                    },
                    "best": np.array(list(MODELS))[np.argmax(list(evidence.values()), axis=0)],
                    **evidence,
                }
            )
        )
    return pd.concat(tables, ignore_index=True)


def bands_of(recovered: pd.DataFrame) -> list[Band]:
    """Sum up how well the learner's parameters are recovered, by beta; the last band has all.

    A band with fewer than four participants is left out.
    """
    learners = recovered[recovered["simulated"] == "learner"]
    limits = [*pairwise(BETA_LIMITS), (LEAST_BETA, MOST_BETA)]
    return [_band(low, high, learners) for low, high in limits if _is_in(learners, low, high).sum() >= LEAST_IN_BAND]


def confusion_of(recovered: pd.DataFrame) -> pd.DataFrame:
    """Give the share of participants, simulated by each model, whom each model fits best.

    Returns
    -------
    pandas.DataFrame
        A row for each model and band of beta that it simulated (all bands together for chance, which has no beta):
        ``simulated``, ``low``, ``high``, ``participants``, and the share of each model.
    """
    rows: list[dict[str, object]] = []
    for name, of_model in recovered.groupby("simulated")[recovered.columns.tolist()]:
        limits = [*pairwise(BETA_LIMITS), (LEAST_BETA, MOST_BETA)] if name != "chance" else [(np.nan, np.nan)]
        for low, high in limits:
            best = of_model["best"] if name == "chance" else of_model["best"][_is_in(of_model, low, high)]
            shares = {model: (best == model).mean() for model in MODELS}
            rows.append({"simulated": name, "low": low, "high": high, "participants": len(best), **shares})
    return pd.DataFrame(rows).sort_values("simulated", key=lambda names: names.map(list(MODELS).index), kind="stable")


def groups_of(recovered: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Compare models over cohorts, each of people who were simulated by one model with about the study's beta.

    The cohorts are drawn from the same people, so they overlap, and shares are less certain than their number suggests.

    Returns
    -------
    pandas.DataFrame
        A row for each model: ``simulated``, ``pool`` (of how many people cohorts were drawn), ``cohorts`` (0 if the
        pool is smaller than a cohort), and for each model in how many of them it has the highest protected exceedance
        probability, and one above .95: ``highest_...`` and ``above_95_...``.
    """
    rows = []
    for name in MODELS:
        people = recovered[recovered["simulated"] == name]
        evidence = people[_is_in(people, *STUDY_BETA) | (name == "chance")][[f"evidence_{one}" for one in MODELS]]
        draw = np.random.Generator(np.random.PCG64(Draw("cohorts", seed, name).below(2**63)))
        count = COHORTS if len(evidence) >= COHORT else 0
        cohorts = [evidence.to_numpy()[draw.permutation(len(evidence))[:COHORT]] for _ in range(count)]
        protected = np.array([compare(one).protected for one in cohorts]).reshape(-1, len(MODELS))
        is_highest = protected == protected.max(axis=1, keepdims=True, initial=0)
        row: dict[str, object] = {"simulated": name, "pool": len(evidence), "cohorts": count}
        for what, shares in (("highest", is_highest), ("above_95", protected > 0.95)):
            values = shares.mean(axis=0) if count else np.full(len(MODELS), np.nan)
            row |= {f"{what}_{model}": value for model, value in zip(MODELS, values, strict=True)}
        rows.append(row)
    return pd.DataFrame(rows)


def correlation(one: Sequence[float], other: Sequence[float]) -> tuple[float, float, float]:
    """Give a correlation and its 95 % interval, by Fisher's transformation."""
    r = float(np.corrcoef(one, other)[0, 1])
    middle, half = np.arctanh(np.clip(r, -1 + 1e-12, 1 - 1e-12)), 1.96 / np.sqrt(max(len(one) - 3, 1))
    return r, float(np.tanh(middle - half)), float(np.tanh(middle + half))


def told_apart(true: Array, found: tuple[Array, Array, Array], near: float, is_lower: Array | None = None) -> float:
    """Give the least true difference that is detected in 80 % of pairs (``POWER``).

    A pair is told apart (p < .05) if the one that is truly higher is found higher, by more than the halves of both 95 %
    intervals that face each other, squared and added (Newcombe, 1998, Statistics in Medicine 17, 873-890). For each
    size of difference, in steps of ``near``, the share of pairs is taken that differ by as much, give or take ``near``;
    these shares are made monotone (isotonic regression).

    Parameters
    ----------
    true : array of participants
        Their true values.
    found : tuple of arrays of participants
        Lower end of the interval, estimate, upper end, on the same scale.
    near : float
        See above.
    is_lower : array of bool, optional
        Who may be the lower one of a pair; left out, everybody.

    Returns
    -------
    float
        Infinite if no difference suffices; NaN if there are too few pairs to say.
    """
    order = np.argsort(true)
    true, (low, middle, high) = true[order], (values[order] for values in found)
    one, other = np.triu_indices(len(true), 1)
    if is_lower is not None:
        one, other = (places[is_lower[order][one]] for places in (one, other))
    size = true[other] - true[one]
    is_told = middle[other] - middle[one] > np.hypot(high[one] - middle[one], middle[other] - low[other])
    steps = np.arange(near, size.max(initial=0), near)
    pairs = [np.abs(size - step) <= near for step in steps]
    known = [i for i, these in enumerate(pairs) if these.sum() >= _LEAST_PAIRS]
    if not known:
        return float("nan")
    power = [is_told[pairs[i]].mean() for i in known]
    power = isotonic_regression(power, weights=[pairs[i].sum() for i in known]).x
    return float(min(steps[known][power >= POWER], default=np.inf))


def _is_in(table: pd.DataFrame, low: float, high: float) -> pd.Series:
    return table["beta"].between(low, high)


def _band(low: float, high: float, learners: pd.DataFrame) -> Band:
    is_here = _is_in(learners, low, high)
    rows, log_beta = learners[is_here], np.log(learners["beta"].to_numpy())
    off_w, off_beta = rows["fitted_w"] - rows["w"], np.log(rows["fitted_beta"]) - np.log(rows["beta"])
    of_w, of_beta = (
        tuple(table[f"{name}_{which}"].to_numpy() for which in ("low", "median", "high"))
        for name, table in (("w", rows), ("beta", np.log(learners.filter(like="beta_"))))
    )
    return Band(
        low=low,
        high=high,
        participants=len(rows),
        correlation_w=correlation(rows["w"], rows["fitted_w"]),
        correlation_beta=correlation(np.log(rows["beta"]), np.log(rows["fitted_beta"])),
        bias_w=float(off_w.mean()),
        bias_beta=float(np.exp(off_beta.mean())),
        error_w=float((off_w**2).mean() ** 0.5),
        error_beta=float(np.exp((off_beta**2).mean() ** 0.5)),
        covered_w=float(rows["w"].between(rows["w_low"], rows["w_high"]).mean()),
        covered_beta=float(rows["beta"].between(rows["beta_low"], rows["beta_high"]).mean()),
        apart_w=told_apart(rows["w"].to_numpy(), of_w, _NEAR_W),
        apart_beta=float(np.exp(told_apart(log_beta, of_beta, _NEAR_LOG_BETA, is_here.to_numpy()))),
    )
