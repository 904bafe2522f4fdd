"""The models that are held against each other, and fitting each to every participant.

All but the Rescorla-Wagner learner share the ideal observer's beliefs, which depend on no parameter. Each is fitted by
its maximum a posteriori over unbounded parameters (log beta, logit w, logit of a learning rate), Jacobian included, so
that Laplace's approximation of the evidence is defined at the borders too.
"""

import math
from dataclasses import dataclass

import numpy as np

from task.model import rescorla_wagner
from task.model.beliefs import Array
from task.model.maximum import Maximum, maximum_of
from task.model.signals import Learned, learned_from
from task.model.trials import MISSED, Trials

MODELS = {
    "learner": "ideal observer of ranks and outcomes, weighed by w",
    "outcomes_only": "ideal observer who goes by outcomes alone (w = 0)",
    "ranks_only": "ideal observer who goes by ranks alone (w = 1)",
    "rescorla_wagner": "ranks and outcomes, weighed by w, learned with a fixed rate each",
    "chance": "either side with equal probability",
}
"""The models, and what they are."""
_CHANNELS = {"learner": [0, 1], "ranks_only": [0], "outcomes_only": [1]}


@dataclass(frozen=True)
class Fit:
    """A model fitted to several participants.

    Attributes
    ----------
    parameters, errors : dict of arrays of participants
        By name: the most probable values (of the density over unbounded parameters), and their standard errors by
        the delta method.
    log_likelihood, log_posterior, log_evidence : arrays of participants
        Log probability of the choices at the maximum, log joint density there, and Laplace's log evidence.
    """

    parameters: dict[str, Array]
    errors: dict[str, Array]
    log_likelihood: Array
    log_posterior: Array
    log_evidence: Array


def fit_all(trials: Trials, learned: Learned | None = None) -> dict[str, Fit]:
    """Fit every model to every participant; ``learned`` is what ideal observers learn, if it is known already."""
    learned = learned or learned_from(trials)
    return {name: fit(name, trials, learned) for name in MODELS}


def fit(model: str, trials: Trials, learned: Learned) -> Fit:
    """Fit a model of ``MODELS`` to every participant.

    Parameters
    ----------
    model : str
        Its name.
    trials : Trials
        What was chosen and shown.
    learned : Learned
        What ideal observers learn from it.
    """
    if model == "rescorla_wagner":
        return _fit_rescorla_wagner(trials)
    choices = (trials.side != MISSED).sum(axis=0)
    if model == "chance":
        evidence = -choices * math.log(2)
        return Fit({}, {}, evidence, evidence, evidence)
    return _with_laplace(maximum_of(differences_of(trials, learned)[_CHANNELS[model]], choices))


def differences_of(trials: Trials, learned: Learned) -> Array:
    """Give what the chosen Decider was worth less the other one: an array of 2 x participants x trials, rank first."""
    differences = np.where(trials.side == MISSED, 0.0, learned.chosen - learned.unchosen)
    return np.ascontiguousarray(differences.swapaxes(1, 2))


def _with_laplace(found: Maximum) -> Fit:
    beta = found.weights.sum(axis=0)
    if len(found.weights) == 1:
        hessian = found.curvature * beta[:, None, None] ** 2
        names, scales = ["beta"], [beta]
    else:
        w = found.weights[0] / beta
        change = np.stack([found.weights.T, np.stack([beta * w * (1 - w), -beta * w * (1 - w)], axis=1)], axis=2)
        hessian = change.swapaxes(1, 2) @ found.curvature @ change  # the gradient is zero: no term of second order
        names, scales = ["beta", "w"], [beta, w * (1 - w)]
    values = [beta] if len(names) == 1 else [beta, found.weights[0] / beta]
    return _fit(names, values, scales, hessian, found.log_likelihood, found.log_posterior)


def _fit_rescorla_wagner(trials: Trials) -> Fit:
    found = rescorla_wagner.maximum_of(trials)
    beta, (w, rank_rate, outcome_rate) = np.exp(found.unbounded[0]), 1 / (1 + np.exp(-found.unbounded[1:]))
    shares = [w, rank_rate, outcome_rate]
    names, scales = ["beta", "w", "rank_rate", "outcome_rate"], [beta, *(share * (1 - share) for share in shares)]
    return _fit(names, [beta, *shares], scales, found.curvature, found.log_likelihood, found.log_posterior)


def _fit(
    names: list[str], values: list[Array], scales: list[Array], hessian: Array, likelihood: Array, posterior: Array
) -> Fit:
    """Put a fit together; ``hessian`` is that of the negative log posterior by the unbounded parameters."""
    variances = np.diagonal(np.linalg.inv(hessian), axis1=1, axis2=2).T
    errors = [scale * np.sqrt(variance) for scale, variance in zip(scales, variances, strict=True)]
    evidence = posterior + len(names) / 2 * math.log(2 * math.pi) - np.linalg.slogdet(hessian)[1] / 2
    by_name = dict(zip(names, values, strict=True)), dict(zip(names, errors, strict=True))
    return Fit(*by_name, likelihood, posterior, evidence)
