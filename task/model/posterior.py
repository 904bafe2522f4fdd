"""What a participant's choices leave open: the evidence of a model, and intervals of its parameters.

Laplace's approximation puts a Normal density in the posterior's place. With the few choices of a session the posterior
is skewed, and may have several tops; so it is sampled instead, by weighing draws (importance sampling). Three quarters
of the draws are from a Student t around the maximum, shaped by the curvature there, one quarter from the prior: so no
other top is overlooked, and no draw weighs more than four times its likelihood. The points are those of Sobol, the same
for everybody and always, so that the same choices give the same numbers.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import chdtri, logsumexp, ndtri
from scipy.stats import qmc

from task.model.beliefs import Array
from task.model.priors import log_prior, prior_quantiles

DRAWS = 2048
LEAST_EFFECTIVE = 100
"""With fewer effective draws evidence and intervals are to be mistrusted."""
QUANTILES = (0.025, 0.5, 0.975)
_FROM_PRIOR = 0.25
_FREEDOM, _WIDER = 5, 1.2
_AT_ONCE = 8  # participants; what is worked out for them stays in the processor's cache

LogLikelihood = Callable[[Array, slice], Array]
"""From unbounded parameters x participants x draws, and which participants these are, to participants x draws."""


@dataclass(frozen=True)
class Posterior:
    """What was sampled for several participants.

    Attributes
    ----------
    log_evidence : array of participants
        Log probability of the choices, over all that the prior allows.
    quantiles : array of 3 x parameters x participants
        2.5 %, 50 % and 97.5 % quantiles of the unbounded parameters.
    effective : array of participants
        How many independent draws from the posterior itself these are worth (Kish).
    """

    log_evidence: Array
    quantiles: Array
    effective: Array


def posterior_of(log_likelihood: LogLikelihood, top: Array, curvature: Array) -> Posterior:
    """Sample the posterior of each participant.

    Parameters
    ----------
    log_likelihood : callable
        See ``LogLikelihood``.
    top : array of parameters x participants
        The unbounded parameters at the maximum.
    curvature : array of participants x parameters x parameters
        The Hessian of the negative log posterior there.
    """
    size, count = top.shape
    evidence, effective, quantiles = np.empty(count), np.empty(count), np.empty((len(QUANTILES), size, count))
    around, from_prior = _points(size)
    spread = np.linalg.cholesky(np.linalg.inv(curvature)) * _WIDER
    for start in range(0, count, _AT_ONCE):
        part = slice(start, min(start + _AT_ONCE, count))
        shape = spread[part]
        near = top[:, part, None] + np.einsum("pij,jd->ipd", shape, around)
        drawn = np.concatenate([near, np.repeat(from_prior[:, None], near.shape[1], axis=1)], axis=2)
        prior = log_prior(drawn)
        height = log_likelihood(drawn, part) + prior
        weights = height - _log_density(drawn, prior, top[:, part], shape)
        total = logsumexp(weights, axis=1)
        evidence[part] = total - math.log(DRAWS)
        weights = np.exp(weights - total[:, None])
        effective[part] = 1 / (weights**2).sum(axis=1)
        quantiles[..., part] = _quantiles(drawn, weights)
    return Posterior(evidence, quantiles, effective)


@cache
def _points(size: int) -> tuple[Array, Array]:
    """Give the draws of a standard Student t, and those of the prior, each as parameters x draws."""
    even = qmc.Sobol(size + 1, rng=np.random.default_rng(1)).random_base2(round(math.log2(DRAWS))).T
    near = even[:, : round(DRAWS * (1 - _FROM_PRIOR))]
    around = ndtri(near[:-1]) / np.sqrt(chdtri(_FREEDOM, near[-1]) / _FREEDOM)
    return around, prior_quantiles(even[:-1, near.shape[1] :])


def _log_density(drawn: Array, prior: Array, top: Array, shape: Array) -> Array:
    """Give the log density that the draws are from: the mixture of both."""
    size = len(drawn)
    standard = np.einsum("pij,jpd->ipd", np.linalg.inv(shape), drawn - top[..., None])
    constant = math.lgamma((_FREEDOM + size) / 2) - math.lgamma(_FREEDOM / 2) - size / 2 * math.log(_FREEDOM * math.pi)
    volume = np.log(np.diagonal(shape, axis1=1, axis2=2)).sum(axis=1)
    student = -(_FREEDOM + size) / 2 * np.log1p((standard**2).sum(axis=0) / _FREEDOM) + constant - volume[:, None]
    return np.logaddexp(math.log(1 - _FROM_PRIOR) + student, math.log(_FROM_PRIOR) + prior)


def _quantiles(drawn: Array, weights: Array) -> Array:
    """Give the quantiles of weighted draws: an array of quantiles x parameters x participants."""
    order = drawn.argsort(axis=2)
    below = np.take_along_axis(weights[None], order, axis=2).cumsum(axis=2)
    places = np.stack([(below < probability).sum(axis=2) for probability in QUANTILES])
    places = np.take_along_axis(order[None], np.minimum(places, DRAWS - 1)[..., None], axis=3)[..., 0]
    return np.take_along_axis(drawn[None], places[..., None], axis=3)[..., 0]
