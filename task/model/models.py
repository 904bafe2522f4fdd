"""The models that are held against each other, and fitting each to every participant.

All but the Rescorla-Wagner learner share the ideal observer's beliefs, which depend on no parameter. Each is fitted by
its maximum a posteriori over unbounded parameters (log beta, logit w, logit of a learning rate), Jacobian included, so
that Laplace's approximation of the evidence is defined at the borders too; from there the posterior is sampled, for
the evidence and for intervals.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from task.model import maximum as concave
from task.model import rescorla_wagner
from task.model.beliefs import Array
from task.model.maximum import maximum_of
from task.model.posterior import LogLikelihood, posterior_of
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
    intervals : dict of arrays of 3 x participants
        By name: the posterior's 2.5 % quantile, median, and 97.5 % quantile.
    log_likelihood, log_posterior : arrays of participants
        Log probability of the choices at the maximum, and log joint density there.
    log_evidence, laplace : arrays of participants
        Log evidence, sampled; the same by Laplace's approximation, which comes out too low.
    effective_samples : array of participants
        How many independent draws evidence and intervals rest on; NaN where nothing had to be sampled.
    """

    parameters: dict[str, Array]
    errors: dict[str, Array]
    intervals: dict[str, Array]
    log_likelihood: Array
    log_posterior: Array
    log_evidence: Array
    laplace: Array
    effective_samples: Array


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
        return Fit({}, {}, {}, evidence, evidence, evidence, evidence, np.full(len(choices), np.nan))
    return _fit_weights(differences_of(trials, learned)[_CHANNELS[model]], choices)


def differences_of(trials: Trials, learned: Learned) -> Array:
    """Give what the chosen Decider was worth less the other one: an array of 2 x participants x trials, rank first."""
    differences = np.where(trials.side == MISSED, 0.0, learned.chosen - learned.unchosen)
    return np.ascontiguousarray(differences.swapaxes(1, 2))


def _fit_weights(differences: Array, choices: Array) -> Fit:
    """Fit w and beta, or beta alone where there is one channel."""
    found = maximum_of(differences, choices)
    beta = found.weights.sum(axis=0)
    unanswered = (differences.shape[2] - choices) * math.log(2)  # each has counted as an even choice

    def log_likelihood(unbounded: Array, who: slice) -> Array:
        weights = np.exp(unbounded[:1])
        if len(unbounded) == 2:
            weights = weights * np.stack([expit(unbounded[1]), expit(-unbounded[1])])
        return concave.log_likelihood(weights, differences[:, who]) + unanswered[who, None]

    if len(differences) == 1:
        return _fit(("beta",), np.log([beta]), found, found.curvature * beta[:, None, None] ** 2, log_likelihood)
    w = found.weights[0] / beta
    change = np.stack([found.weights.T, np.stack([beta * w * (1 - w), -beta * w * (1 - w)], axis=1)], axis=2)
    curvature = change.swapaxes(1, 2) @ found.curvature @ change  # the gradient is zero: no term of second order
    unbounded = np.log([beta, found.weights[0] / found.weights[1]])
    return _fit(("beta", "w"), unbounded, found, curvature, log_likelihood)


def _fit_rescorla_wagner(trials: Trials) -> Fit:
    found = rescorla_wagner.maximum_of(trials)

    def log_likelihood(unbounded: Array, who: slice) -> Array:
        return rescorla_wagner.log_likelihood(unbounded, trials, who)

    names = ("beta", "w", "rank_rate", "outcome_rate")
    return _fit(names, found.unbounded, found, found.curvature, log_likelihood)


def _fit(
    names: Sequence[str],
    unbounded: Array,
    found: concave.Maximum | rescorla_wagner.Maximum,
    curvature: Array,
    log_likelihood: LogLikelihood,
) -> Fit:
    """Put a fit together; ``curvature`` is the Hessian of the negative log posterior by the unbounded parameters."""
    posterior = posterior_of(log_likelihood, unbounded, curvature)
    variances = np.diagonal(np.linalg.inv(curvature), axis1=1, axis2=2).T
    laplace = len(names) / 2 * math.log(2 * math.pi) - np.linalg.slogdet(curvature)[1] / 2
    parameters, errors, intervals = {}, {}, {}
    for i, name in enumerate(names):
        bounded = np.exp if name == "beta" else expit
        value = parameters[name] = bounded(unbounded[i])
        errors[name] = (value if name == "beta" else value * (1 - value)) * np.sqrt(variances[i])
        intervals[name] = bounded(posterior.quantiles[:, i])
    return Fit(
        parameters=parameters,
        errors=errors,
        intervals=intervals,
        log_likelihood=found.log_likelihood,
        log_posterior=found.log_posterior,
        log_evidence=posterior.log_evidence,
        laplace=found.log_posterior + laplace,
        effective_samples=posterior.effective,
    )
