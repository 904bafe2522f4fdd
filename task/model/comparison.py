"""Which model, over a group: random-effects Bayesian model selection, with protected exceedance probabilities.

Each participant may follow another model. Stephan et al. (2009), NeuroImage 46, 1004-1017: a Dirichlet posterior over
the models' frequencies, by variational Bayes. Rigoux et al. (2014), NeuroImage 84, 971-985: the probability that all
models are equally frequent after all, and exceedance probabilities protected against that.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.special import digamma, gammainc, gammaincinv, gammaln, logsumexp, xlogy

from task.model.beliefs import Array

_MOST_ROUNDS = 10_000
_nodes = cache(np.polynomial.legendre.leggauss)  # takes longer than all the rest


@dataclass(frozen=True)
class Comparison:
    """What a group's log evidences say of the models.

    Attributes
    ----------
    counts : array of models
        The Dirichlet posterior's parameters: one for each model, and the participants shared out among them.
    frequencies : array of models
        Expected share of the population that follows each model.
    exceedance, protected : array of models
        Probability that a model is more frequent than any other; the same, protected.
    omnibus_risk : float
        Probability that all models are equally frequent.
    attributions : array of participants x models
        Probability of each model for each participant, given the group.
    """

    counts: Array
    frequencies: Array
    exceedance: Array
    protected: Array
    omnibus_risk: float
    attributions: Array


def compare(log_evidence: Array) -> Comparison:
    """Compare models by their log evidences, an array of participants x models."""
    models = log_evidence.shape[1]
    counts, odds = np.ones(models), np.exp(log_evidence - log_evidence.max(axis=1, keepdims=True))
    for _ in range(_MOST_ROUNDS):
        weighed = odds * np.exp(digamma(counts) - digamma(counts.sum()))
        attributions = weighed / weighed.sum(axis=1, keepdims=True)
        before, counts = counts, 1 + attributions.sum(axis=0)
        if np.abs(counts - before).max() < 1e-10:
            break
    same = (logsumexp(log_evidence, axis=1) - np.log(models)).sum()
    risk = float(1 / (1 + np.exp(np.clip(_free_energy(log_evidence, counts, attributions) - same, -700, 700))))
    exceedance = exceedance_of(counts)
    protected = (1 - risk) * exceedance + risk / models
    return Comparison(counts, counts / counts.sum(), exceedance, protected, risk, attributions)


def exceedance_of(counts: Array) -> Array:
    """Give each frequency's probability to be the greatest, under a Dirichlet distribution.

    A Dirichlet variable is made of Gamma variables, and the greatest of one is the greatest of the other: an integral
    over a single variable, taken by its quantiles.
    """
    points, sizes = _nodes(500)
    exceedance = []
    for k, count in enumerate(counts):
        values = gammaincinv(count, (points + 1) / 2)
        below = np.prod([gammainc(other, values) for j, other in enumerate(counts) if j != k], axis=0)
        exceedance.append((sizes / 2 * below).sum())
    return np.array(exceedance) / sum(exceedance)


def _free_energy(log_evidence: Array, counts: Array, attributions: Array) -> float:
    """Give the lower bound on the log evidence of frequencies that may differ, with a flat prior over them."""
    expected = digamma(counts) - digamma(counts.sum())
    chosen = (attributions * (log_evidence + expected)).sum() - xlogy(attributions, attributions).sum()
    prior = gammaln(len(counts))
    posterior = gammaln(counts.sum()) - gammaln(counts).sum() + ((counts - 1) * expected).sum()
    return float(chosen + prior - posterior)
