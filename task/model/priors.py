"""What is held of the parameters before any choice: beta ~ Gamma(2, scale 3); w and any rate ~ Beta(1.1, 1.1).

Everything is fitted over unbounded parameters, log beta first and then the logits of w and of the rates; the densities
here are over these.
"""

import math

import numpy as np
from scipy.special import betaincinv, betaln, gammaincinv, log_expit, logit

from task.model.beliefs import Array

BETA_SHAPE, BETA_SCALE, SHARE_SHAPE = 2.0, 3.0, 1.1
BETA_CONSTANT = -math.lgamma(BETA_SHAPE) - BETA_SHAPE * math.log(BETA_SCALE)
SHARE_CONSTANT = -float(betaln(SHARE_SHAPE, SHARE_SHAPE))


def log_prior(unbounded: Array) -> Array:
    """Give the log density of unbounded parameters, the first axis; all models' are alike."""
    of_beta = BETA_SHAPE * unbounded[0] - np.exp(unbounded[0]) / BETA_SCALE + BETA_CONSTANT
    return of_beta + log_prior_of_shares(unbounded[1:]).sum(axis=0)


def log_prior_of_shares(logits: Array) -> Array:
    """Give the log density of each of these logits."""
    return SHARE_SHAPE * (log_expit(logits) + log_expit(-logits)) + SHARE_CONSTANT


def prior_quantiles(probabilities: Array) -> Array:
    """Give the unbounded parameters, the first axis, at these probabilities of their priors."""
    log_beta = np.log(BETA_SCALE * gammaincinv(BETA_SHAPE, probabilities[:1]))
    return np.concatenate([log_beta, logit(betaincinv(SHARE_SHAPE, SHARE_SHAPE, probabilities[1:]))])
