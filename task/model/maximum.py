"""The most probable w and beta of many participants at once, exactly.

With a = beta w and b = beta (1 - w) a choice is a logistic regression in the two differences of belief, without an
intercept, and so is each model with one channel alone. The log posterior density over (log beta, logit w), written
in a and b, is

    sum log expit(side (a dR + b dO)) + c log a + c log b + (s - 2c) log(a + b) - (a + b) / scale + constant

with beta ~ Gamma(s, scale) and w ~ Beta(c, c), Jacobian included. Since c > 0 and s > c it is strictly concave in
(a, b): it has one maximum and no other stationary point, whatever was chosen. So Newton's method, with steps that
stay inside and never go downhill, finds that maximum from anywhere, and no second start could find a better one.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from task.model.beliefs import Array
from task.model.priors import BETA_CONSTANT, BETA_SCALE, BETA_SHAPE, SHARE_CONSTANT, SHARE_SHAPE

_ENOUGH = 1e-9  # squared Newton decrement: the next step, which is still taken, leaves an error of its square
_AT_ONCE = 192  # participants; their trials stay in the processor's cache


@dataclass(frozen=True)
class Maximum:
    """The maximum for each of several participants.

    Attributes
    ----------
    weights : array of channels x participants
        ``a`` and ``b``; ``beta`` alone where there is one channel.
    log_likelihood, log_posterior : array of participants
        Log probability of the choices, and log joint density of choices and parameters over (log beta, logit w).
    curvature : array of participants x channels x channels
        The Hessian of the negative log posterior, by the weights.
    """

    weights: Array
    log_likelihood: Array
    log_posterior: Array
    curvature: Array


def maximum_of(differences: Array, choices: Array) -> Maximum:
    """Find the maximum for each participant.

    Parameters
    ----------
    differences : array of channels x participants x trials
        For each channel what the chosen Decider was worth less the other one; 0 where nothing was chosen.
    choices : array of participants
        How many choices each has made.
    """
    channels, count, trials = differences.shape
    weights = np.empty((channels, count))
    log_posterior, curvature = np.empty(count), np.empty((channels, channels, count))
    for start in range(0, count, _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        weights[:, part] = _climbed(differences[:, part])
        log_posterior[part], _, curvature[..., part] = _evaluated(weights[:, part], differences[:, part])
    log_posterior += (trials - choices) * math.log(2)  # a trial without a choice has counted as an even one
    return Maximum(weights, log_posterior - log_prior(weights), log_posterior, np.moveaxis(curvature, -1, 0))


def log_likelihood(weights: Array, differences: Array) -> Array:
    """Give the log probability of all trials under many sets of weights: channels x participants x sets.

    A trial without a choice counts as an even one.
    """
    return log_probability_of(np.einsum("cp,cps->ps", trial, weights) for trial in np.moveaxis(differences, 2, 0))


def log_probability_of(advantages: Iterable[Array]) -> Array:
    """Give the log probability of choices, trial by trial from how far what was chosen was ahead (beta times value)."""
    total, against = np.zeros(()), np.ones(())
    with np.errstate(over="ignore"):  # of parameters far out: what was chosen has a probability of nothing
        for trial, advantage in enumerate(advantages, 1):
            against = against * (1 + np.exp(-advantage))
            if trial % 8 == 0:  # a logarithm costs more than all the rest
                total, against = total - np.log(against), np.ones(())
        return total - np.log(against)


def log_prior(weights: Array) -> Array:
    """Give the log prior density over (log beta, logit w), or over log beta for one channel."""
    channels, beta = len(weights), weights.sum(axis=0)
    constant = BETA_CONSTANT + (channels - 1) * SHARE_CONSTANT
    logs = SHARE_SHAPE * np.log(weights).sum(axis=0)
    return logs + (BETA_SHAPE - channels * SHARE_SHAPE) * np.log(beta) - beta / BETA_SCALE + constant


def _climbed(differences: Array) -> Array:
    """Give the weights at the maximum: Newton's steps, halved where they go downhill."""
    channels, count, _ = differences.shape
    climbed = np.empty((channels, count))
    who, weights = np.arange(count), np.full((channels, count), BETA_SHAPE / channels)
    value, slope, curvature = _evaluated(weights, differences)
    step = _newton_step(slope, curvature)
    length = _longest(weights, step)
    while len(who):
        gain = (slope * step).sum(axis=0)  # the squared decrement, twice what the step gains if all is quadratic
        goes_on = gain > _ENOUGH
        if not goes_on.all():
            climbed[:, who[~goes_on]] = (weights + step)[:, ~goes_on]
            who, differences, value, length, gain = (
                who[goes_on],
                differences[:, goes_on],
                *(x[goes_on] for x in (value, length, gain)),
            )
            weights, slope, curvature, step = (x[..., goes_on] for x in (weights, slope, curvature, step))
        tried = weights + length * step
        new_value, new_slope, new_curvature = _evaluated(tried, differences)
        is_higher = new_value >= value + 1e-4 * length * gain
        weights, slope, value, curvature = (
            np.where(is_higher, new, old)
            for new, old in ((tried, weights), (new_slope, slope), (new_value, value), (new_curvature, curvature))
        )
        step = _newton_step(slope, curvature)
        length = np.where(is_higher, _longest(weights, step), length / 2)
    return climbed


def _longest(weights: Array, step: Array) -> Array:
    """Give how much of a step to take: all of it, or what leaves a tenth of each weight."""
    shrinks = step < 0
    return np.minimum(1, np.where(shrinks, -0.9 * weights / np.where(shrinks, step, 1), 1).min(axis=0))


def _newton_step(slope: Array, curvature: Array) -> Array:
    if len(slope) == 1:
        return slope / curvature[0]
    (aa, ab), (_, bb) = curvature
    return np.stack([bb * slope[0] - ab * slope[1], aa * slope[1] - ab * slope[0]]) / (aa * bb - ab**2)


def _evaluated(weights: Array, differences: Array) -> tuple[Array, Array, Array]:
    """Give the log posterior, its gradient, and its negative Hessian, of these weights (channels first)."""
    channels = len(weights)
    against = np.exp(-np.einsum("cp,cpt->pt", weights, differences))
    probability = 1 / (1 + against)
    against *= probability
    beta, rest = weights.sum(axis=0), BETA_SHAPE - channels * SHARE_SHAPE
    value = np.log(probability).sum(axis=1) + log_prior(weights)
    slope = SHARE_SHAPE / weights + rest / beta - 1 / BETA_SCALE
    slope += np.stack([_over_trials(against, one) for one in differences])
    curvature = np.empty((channels, *weights.shape))
    against *= probability
    for i, one in enumerate(differences):
        spread = against * one
        for j in range(i, channels):
            curvature[i, j] = curvature[j, i] = _over_trials(spread, differences[j]) + rest / beta**2
        curvature[i, i] += SHARE_SHAPE / weights[i] ** 2
    return value, slope, curvature


def _over_trials(one: Array, other: Array) -> Array:
    return np.einsum("pt,pt->p", one, other)
