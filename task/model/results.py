"""What ``fit`` leaves behind: tables, and what their columns mean."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from task.model.beliefs import Array
from task.model.comparison import Comparison
from task.model.hierarchy import LEAST_EFFECTIVE as FEWEST_SAMPLES
from task.model.hierarchy import MOST_R_HAT, Population
from task.model.models import MODELS, Fit
from task.model.participants import LEAST_CHOICES, Participant
from task.model.posterior import LEAST_EFFECTIVE
from task.model.stay import EFFECTS, StayEffects

Descriptions = dict[str, dict[str, str]]

ON_BETA = (
    "The prior pulls small betas up (by docs/model.md 1.8 times at 0.5 to 1, 1.3 at 1 to 2), and their median too."
)
ON_GROUPS = (
    "In 40 simulated groups of 42 with the study's beta the true model won 36 (19 above .95), chance 4 (docs/model.md)."
)
_TOO_WIDE = 0.5
_PARAMETERS = {
    "w": "Weight of ranks against outcomes: 0 outcomes only, 1 ranks only",
    "beta": "How strictly value decides: the slope of the softmax",
    "rank_rate": "Learning rate for ranks, from 0 to 1",
    "outcome_rate": "Learning rate for outcomes, from 0 to 1",
}
_OF_A_PARAMETER = {
    "se": "Standard error of {}, by the delta method",
    "low": "2.5 % quantile of the posterior of {}",
    "median": "Median of the posterior of {}",
    "high": "97.5 % quantile of the posterior of {}",
}
_OF_A_FIT = {
    "log_likelihood": "Log probability of the choices at the maximum a posteriori",
    "log_evidence": "Log evidence, sampled (importance sampling)",
    "laplace": "Log evidence by Laplace's approximation, for comparison",
    "effective_samples": "How many independent draws from the posterior evidence and intervals rest on",
}


def fit_table(everybody: Sequence[Participant], usable: Sequence[Participant], fits: dict[str, Fit]) -> pd.DataFrame:
    """Give the learner's fit, a row for each participant; whom nothing can be said of has NaN.

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
            **_values_of(fits["learner"], at, ("w", "beta")),
            "best_model": None if at is None else max(fits, key=lambda model: fits[model].log_evidence[at]),
            "learned_from": one.learned_from,
        }
        row["note"] = "; ".join(_notes(one, row, fits, at)) or None
        rows.append(row)
    return pd.DataFrame(rows)


def models_table(usable: Sequence[Participant], fits: dict[str, Fit]) -> pd.DataFrame:
    """Give the fit of each model to each participant with enough choices, a row for each."""
    return pd.DataFrame(
        {"participant_id": f"sub-{one.label}", "model": model, **_values_of(fit, at, list(_PARAMETERS))}
        for at, one in enumerate(usable)
        if one.choices >= LEAST_CHOICES
        for model, fit in fits.items()
    )


def _values_of(fit: Fit, at: int | None, names: Sequence[str]) -> dict[str, object]:
    """Give the parameters of these names with errors and intervals, then how good the fit is; NaN where unknown."""
    row: dict[str, object] = {}
    for name in names:
        is_known = at is not None and name in fit.parameters
        low, median, high = fit.intervals[name][:, at] if is_known else [np.nan] * 3
        most_probable, error = (fit.parameters[name][at], fit.errors[name][at]) if is_known else (np.nan, np.nan)
        values = (most_probable, error, low, median, high)
        row |= dict(zip((name, *(f"{name}_{what}" for what in _OF_A_PARAMETER)), values, strict=True))
    return row | {name: np.nan if at is None else getattr(fit, name)[at] for name in _OF_A_FIT}


def _notes(one: Participant, row: dict[str, object], fits: dict[str, Fit], at: int | None) -> list[str]:
    notes = list(one.problems)
    if at is None:
        if one.responders is not None:
            notes.append(f"not fitted: {one.choices} choices, and fewer than {LEAST_CHOICES} say too little")
        return notes
    if row["best_model"] == "chance":
        notes.append("no model explains the choices better than chance")
    low, _, high = fits["learner"].intervals["w"][:, at]
    if high - low > _TOO_WIDE:
        notes.append(f"w is hardly known ({low:.2f} to {high:.2f})")
    for model, fit in fits.items():
        if fit.effective_samples[at] < LEAST_EFFECTIVE:
            notes.append(
                f"evidence and intervals of {model} rest on {fit.effective_samples[at]:.0f} effective draws, which is "
                f"too few (at least {LEAST_EFFECTIVE}): do not use them"
            )
    return notes


def fit_columns() -> Descriptions:
    """Describe the columns of ``fit_table`` and of ``models_table``."""
    described = {
        "participant_id": "Label of the participant; all sessions and attempts together",
        "n_choices": "Choices that were made",
        "n_missed": "Choices that were missed",
        "model": "Model: " + "; ".join(f"{name}: {what}" for name, what in MODELS.items()),
    }
    for name, what in _PARAMETERS.items():
        described[name] = f"{what}. Maximum a posteriori"
        described |= {f"{name}_{suffix}": text.format(name) for suffix, text in _OF_A_PARAMETER.items()}
    described |= _OF_A_FIT
    described["best_model"] = "Model of the highest log_evidence, of all that were fitted"
    described["learned_from"] = (
        "Digest of the trials that were learned from, in their order. `export` leaves out what rests on w and beta if "
        "the journals give another by then"
    )
    described["note"] = "What to know before using this row"
    return {name: {"Description": text} for name, text in described.items()}


def comparison_table(comparison: Comparison, log_evidence: Array, laplace: Sequence[float]) -> pd.DataFrame:
    """Give a row for each model."""
    return pd.DataFrame(
        {
            "model": list(MODELS),
            "log_evidence": log_evidence.sum(axis=0),
            "laplace": laplace,
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
        "log_evidence": {"Description": "Log evidence (sampled), summed over participants; all else rests on it"},
        "laplace": {"Description": "The same by Laplace's approximation, for comparison"},
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
        "averaged_low": "95 % interval of averaged: report averaged with this",
        "averaged_high": "95 % interval of averaged",
        "n_choices": "Choices that went in: their rank was shown, and the Decider was offered again",
        "n_participants": "Participants that these are of",
    }.items()
}


def stay_table(found: StayEffects) -> pd.DataFrame:
    """Give a row for each effect."""
    return pd.DataFrame(
        {
            "effect": EFFECTS,
            "mixed": found.mixed,
            "spread": found.spreads,
            "averaged": found.averaged,
            "averaged_se": found.errors,
            "averaged_low": found.averaged - 1.96 * found.errors,
            "averaged_high": found.averaged + 1.96 * found.errors,
            "n_choices": found.choices,
            "n_participants": found.participants,
        }
    )


def group_table(found: Population) -> pd.DataFrame:
    """Give a row for each parameter of the population."""
    return pd.DataFrame([{"parameter": name, **vars(estimate)} for name, estimate in found.estimates.items()])


def group_columns(found: Population) -> dict[str, object]:
    """Describe the columns of ``group_table``, and give what belongs to no parameter."""
    described = {
        "parameter": "w and beta of the population's median participant; standard deviations over participants of "
        "logit w and log beta, which are taken for Normal",
        "median": "Median of the posterior",
        "low": "2.5 % quantile",
        "high": "97.5 % quantile",
        "r_hat": f"Split R-hat: the chains agree if it is below {MOST_R_HAT}",
        "effective_samples": f"How many independent samples these are worth: at least {FEWEST_SAMPLES} are needed",
    }
    columns = {name: {"Description": text} for name, text in described.items()}
    return {**columns, "Divergences": found.divergences, "DoNotUse": found.doubts}
