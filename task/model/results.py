"""What ``fit`` leaves behind: tables, and what their columns mean."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from task.model.beliefs import Array
from task.model.comparison import Comparison
from task.model.hierarchy import Estimate
from task.model.models import MODELS, Fit
from task.model.participants import LEAST_CHOICES, Participant
from task.model.stay import EFFECTS, StayEffects

Descriptions = dict[str, dict[str, str]]

_TOO_WIDE = 0.5
_PARAMETERS = {
    "w": "Weight of ranks against outcomes: 0 outcomes only, 1 ranks only",
    "beta": "How strictly value decides: the slope of the softmax",
    "rank_rate": "Learning rate for ranks, from 0 to 1",
    "outcome_rate": "Learning rate for outcomes, from 0 to 1",
}


def fit_table(everybody: Sequence[Participant], usable: Sequence[Participant], fits: dict[str, Fit]) -> pd.DataFrame:
    """Put the fits of all models side by side, a row for each participant; whom nothing can be said of has NaN.

    Parameters
    ----------
    everybody : sequence of Participant
        Who gets a row.
    usable : sequence of Participant
        Those of them who were fitted, in the order of ``fits``.
    fits : dict of Fit
        By model.
    """
    place = {one.label: i for i, one in enumerate(usable)}
    rows = []
    for one in everybody:
        at = place.get(one.label) if one.choices >= LEAST_CHOICES else None
        row: dict[str, object] = {
            "participant_id": f"sub-{one.label}",
            "n_choices": one.choices,
            "n_missed": len(one.seen) - one.choices,
        }
        for model, fit in fits.items():
            prefix = "" if model == "learner" else f"{model}_"
            for name in sorted(fit.parameters, key=list(_PARAMETERS).index):
                row[f"{prefix}{name}"] = np.nan if at is None else fit.parameters[name][at]
                row[f"{prefix}{name}_se"] = np.nan if at is None else fit.errors[name][at]
            row[f"{prefix}log_likelihood"] = np.nan if at is None else fit.log_likelihood[at]
            row[f"{prefix}log_evidence"] = np.nan if at is None else fit.log_evidence[at]
        evidence = {model: fit.log_evidence[at] for model, fit in fits.items()} if at is not None else {}
        best = max(evidence, key=lambda model: evidence[model]) if evidence else None
        row["best_model"] = best
        row["note"] = "; ".join(_notes(one, best, row)) or None
        rows.append(row)
    return pd.DataFrame(rows)


def _notes(one: Participant, best: str | None, row: dict[str, object]) -> list[str]:
    notes = list(one.problems)
    if one.responders is not None and one.choices < LEAST_CHOICES:
        notes.append(f"not fitted: {one.choices} choices, and fewer than {LEAST_CHOICES} say too little")
    if best is not None:
        if best == "chance":
            notes.append("no model explains the choices better than chance")
        low, high = interval_of_share(float(row["w"]), float(row["w_se"]))  # type: ignore[arg-type]
        if high - low > _TOO_WIDE:
            notes.append(f"w is hardly known ({low:.2f} to {high:.2f})")
    return notes


def interval_of_share(value: float, error: float) -> tuple[float, float]:
    """Give the 95 % interval of a parameter between 0 and 1, by its logit, from its standard error."""
    middle, half = np.log(value / (1 - value)), 1.96 * error / (value * (1 - value))
    low, high = 1 / (1 + np.exp(-np.array([middle - half, middle + half])))
    return float(low), float(high)


def fit_columns() -> Descriptions:
    """Describe the columns of ``fit_table``."""
    described = {
        "participant_id": "Label of the participant; all sessions and attempts together",
        "n_choices": "Choices that were made",
        "n_missed": "Choices that were missed",
    }
    names = {
        "learner": ["w", "beta"],
        "outcomes_only": ["beta"],
        "ranks_only": ["beta"],
        "rescorla_wagner": list(_PARAMETERS),
        "chance": [],
    }
    for model, what in MODELS.items():
        prefix = "" if model == "learner" else f"{model}_"
        for name in names[model]:
            described[f"{prefix}{name}"] = f"{_PARAMETERS[name]}. Maximum a posteriori. Model: {what}"
            described[f"{prefix}{name}_se"] = f"Standard error of {prefix}{name}, by the delta method"
        described[f"{prefix}log_likelihood"] = f"Log probability of the choices at the maximum. Model: {what}"
        described[f"{prefix}log_evidence"] = f"Laplace approximation of the log evidence. Model: {what}"
    described["best_model"] = "Model of the highest evidence"
    described["note"] = "What to know before using this row"
    return {name: {"Description": text} for name, text in described.items()}


def comparison_table(comparison: Comparison, log_evidence: Array) -> pd.DataFrame:
    """Give a row for each model."""
    return pd.DataFrame(
        {
            "model": list(MODELS),
            "log_evidence": log_evidence.sum(axis=0),
            "participants_best": np.bincount(log_evidence.argmax(axis=1), minlength=len(MODELS)),
            "frequency": comparison.frequencies,
            "exceedance": comparison.exceedance,
            "protected_exceedance": comparison.protected,
        }
    )


def comparison_columns(comparison: Comparison, participants: int) -> dict[str, object]:
    """Describe the columns of ``comparison_table``, and give what belongs to no model."""
    return {
        "model": {"Description": "Model", "Levels": MODELS},
        "log_evidence": {"Description": "Log evidence, summed over participants"},
        "participants_best": {"Description": "For how many participants it has the highest evidence"},
        "frequency": {"Description": "Expected share of the population that follows it (random effects)"},
        "exceedance": {"Description": "Probability that it is more frequent than any other"},
        "protected_exceedance": {"Description": "The same, protected against all being equally frequent"},
        "Participants": participants,
        "BayesianOmnibusRisk": round(comparison.omnibus_risk, 6),
    }


STAY_COLUMNS: Descriptions = {
    name: {"Description": text}
    for name, text in {
        "effect": "Intercept; rank as shown last, turned round so that more is better; outcome, match or none. Both "
        "standardised over all choices of the group",
        "mixed": "Log odds of staying: mixed logistic regression (statsmodels BinomialBayesMixedGLM, variational)",
        "spread": "Standard deviation of the mixed effect over participants",
        "averaged": "Log odds of staying: population-averaged logistic regression (statsmodels GEE)",
        "averaged_se": "Robust standard error of averaged, clustered by participant",
    }.items()
}


def stay_table(found: StayEffects) -> pd.DataFrame:
    """Give a row for each effect."""
    columns = {"mixed": found.mixed, "spread": found.spreads, "averaged": found.averaged, "averaged_se": found.errors}
    return pd.DataFrame({"effect": EFFECTS, **columns})


GROUP_COLUMNS: Descriptions = {
    name: {"Description": text}
    for name, text in {
        "parameter": "w and beta of the population's median participant; standard deviations over participants of "
        "logit w and log beta",
        "median": "Median of the posterior",
        "low": "2.5 % quantile",
        "high": "97.5 % quantile",
        "r_hat": "Split R-hat: the chains agree if it is below 1.01",
        "effective_samples": "How many independent samples these are worth",
    }.items()
}


def group_table(estimates: dict[str, Estimate]) -> pd.DataFrame:
    """Give a row for each parameter of the population."""
    return pd.DataFrame([{"parameter": name, **vars(estimate)} for name, estimate in estimates.items()])
