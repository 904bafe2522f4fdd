"""A competitor of the ideal observer: Rescorla and Wagner's learner, with the same two channels.

After each feedback the chosen Decider's expectation moves towards what was shown, by a fixed fraction: its rank value
by the learning rate for ranks, its match by the one for outcomes. Both begin at 1/2. A hidden rank moves nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, log_expit, logit

from task.model import maximum as concave
from task.model.beliefs import RESPONDERS, Array, rank_value
from task.model.priors import BETA_SCALE, BETA_SHAPE, SHARE_SHAPE, log_prior, log_prior_of_shares
from task.model.trials import MISSED, Trials

START = 0.5
GRID = np.array([0.03, 0.08, 0.17, 0.32, 0.5, 0.68, 0.83, 0.95])
STARTS = 4
MOST_STEPS = 200
LONGEST_STEP = 2.0


class RescorlaWagner:
    """What several such participants expect of several Deciders each.

    Parameters
    ----------
    rank_rate, outcome_rate : array of participants
        The learning rates, from 0 to 1.
    deciders : int
        How many.
    responders : int or array of int
        The lowest rank that there is; one for all, or one for each participant.
    """

    def __init__(
        self, rank_rate: Array, outcome_rate: Array, deciders: int, responders: Array | int = RESPONDERS
    ) -> None:
        shape = len(rank_rate), deciders
        self._rank_rate, self._outcome_rate = rank_rate, outcome_rate
        self._responders = np.broadcast_to(responders, len(rank_rate))
        self._ranks, self._outcomes = np.full(shape, START), np.full(shape, START)

    def values(self, who: Array, decider: Array) -> tuple[Array, Array]:
        """Give what these participants (by index) expect of these Deciders: rank as a value, and match."""
        return self._ranks[who, decider], self._outcomes[who, decider]

    def see_match(self, who: Array, decider: Array, spots: Array, match: Array) -> None:
        """Take in a match, or none; the spots say nothing to this learner."""
        at = who, decider
        self._outcomes[at] += self._outcome_rate[who] * (match - self._outcomes[at])

    def see_rank(self, who: Array, decider: Array, rank: Array) -> None:
        """Take in a rank that was shown."""
        at = who, decider
        self._ranks[at] += self._rank_rate[who] * (rank_value(rank, self._responders[who]) - self._ranks[at])


@dataclass(frozen=True)
class Maximum:
    """The best maximum that was found for each of several participants.

    Attributes
    ----------
    unbounded : array of 4 x participants
        log beta, logit w, logit of the learning rate for ranks, and of the one for outcomes.
    log_likelihood, log_posterior : array of participants
        Log probability of the choices, and log joint density of choices and unbounded parameters.
    curvature : array of participants x 4 x 4
        The Hessian of the negative log posterior.
    """

    unbounded: Array
    log_likelihood: Array
    log_posterior: Array
    curvature: Array


def maximum_of(trials: Trials) -> Maximum:
    """Find the maximum for each participant.

    Given the learning rates the log posterior has one maximum (see ``maximum``), which is found for each pair of rates
    on a grid. From the highest tops of that grid it is climbed by Newton's method over all four parameters.
    """
    count = trials.side.shape[1]
    starts = _tops_of_grid(trials)
    person = np.tile(np.arange(count), len(starts))
    climbed = _climbed(np.concatenate(starts, axis=1), trials, person)
    value = _evaluated(climbed, trials, person)[0].reshape(len(starts), count)
    best = value.argmax(axis=0) * count + np.arange(count)
    unbounded = climbed[:, best]
    value, _, curvature = _evaluated(unbounded, trials, np.arange(count))
    return Maximum(unbounded, value - log_prior(unbounded), value, curvature)


def log_likelihood(unbounded: Array, trials: Trials, who: slice) -> Array:
    """Give the log probability of the choices of some participants, each under many sets of parameters.

    Parameters
    ----------
    unbounded : array of 4 x participants x sets
        As in ``Maximum``.
    trials : Trials
        What was chosen and shown.
    who : slice
        Whom the parameters are for.
    """
    beta, (w, *rates) = np.exp(unbounded[0]), expit(unbounded[1:])
    weights = beta * w, beta * (1 - w)
    side, chosen = trials.side[:, who], trials.chosen[:, who]
    unchosen = np.where(side > 0, trials.right[:, who], trials.left[:, who])
    targets = [targets[:, who] for targets in _targets(trials)]
    expected, everybody = np.full((2, trials.deciders, *beta.shape), START), np.arange(side.shape[1])

    def advantages() -> Iterator[Array]:
        for t in range(len(side)):
            ranks, outcomes = expected[:, chosen[t], everybody] - expected[:, unchosen[t], everybody]
            yield np.where(side[t, :, None] == MISSED, np.inf, weights[0] * ranks + weights[1] * outcomes)
            for channel, rate, target in zip(expected, rates, targets, strict=True):
                taught = np.flatnonzero(~np.isnan(target[t]))
                places = chosen[t, taught], taught
                channel[places] += rate[taught] * (target[t, taught, None] - channel[places])

    return concave.log_probability_of(advantages())


def _tops_of_grid(trials: Trials) -> list[Array]:
    """Give some starts for each participant, the best first: unbounded parameters x participants."""
    trial_count, count = trials.side.shape
    choices = (trials.side != MISSED).sum(axis=0)
    rates = np.repeat(GRID, count)
    person = np.tile(np.arange(count), len(GRID))
    expected = [
        _expected(rates, trials, person, targets)[0].reshape(trial_count, len(GRID), count).T
        for targets in _targets(trials)
    ]
    height = np.empty((len(GRID), len(GRID), count))
    weights = np.empty((2, *height.shape))
    for i in range(len(GRID)):
        for j in range(len(GRID)):
            found = concave.maximum_of(np.stack([expected[0][:, i], expected[1][:, j]]), choices)
            logits = logit(GRID[[i, j]])[:, None]
            height[i, j] = found.log_posterior + log_prior_of_shares(logits).sum(axis=0)
            weights[:, i, j] = found.weights
    around = np.pad(height, ((1, 1), (1, 1), (0, 0)), constant_values=-np.inf)
    size = len(GRID)
    neighbours = [around[1 + i : 1 + i + size, 1 + j : 1 + j + size] for i in (-1, 0, 1) for j in (-1, 0, 1)]
    is_top = height >= np.max(neighbours, axis=0)
    ranked = np.where(is_top, height, -np.inf).reshape(size**2, count).argsort(axis=0)[::-1][:STARTS]
    starts = []
    for cells in ranked:
        first, second = weights.reshape(2, size**2, count)[:, cells, np.arange(count)]
        by_rank, by_outcome = logit(GRID)[cells // size], logit(GRID)[cells % size]
        starts.append(np.stack([np.log(first + second), np.log(first / second), by_rank, by_outcome]))
    return starts


def _climbed(unbounded: Array, trials: Trials, person: Array) -> Array:
    """Climb from each start, by Newton's steps where the ground is curved down, and along the slope where it is not."""
    climbed = unbounded.copy()
    who = np.arange(len(person))
    value, slope, curvature = _evaluated(unbounded, trials, person)
    step, length = _step(slope, curvature), np.ones(len(who))
    for _ in range(MOST_STEPS):
        gain = (slope * step).sum(axis=0)
        goes_on = (gain > 1e-10) & (length > 1e-12)
        climbed[:, who[~goes_on]] = unbounded[:, ~goes_on]
        if not goes_on.any():
            return climbed
        who, value, length, gain, person = (x[goes_on] for x in (who, value, length, gain, person))
        unbounded, slope, curvature, step = (
            unbounded[:, goes_on],
            slope[:, goes_on],
            curvature[goes_on],
            step[:, goes_on],
        )
        tried = unbounded + length * step
        new_value, new_slope, new_curvature = _evaluated(tried, trials, person)
        is_higher = new_value >= value + 1e-4 * length * gain
        unbounded, slope = np.where(is_higher, tried, unbounded), np.where(is_higher, new_slope, slope)
        value = np.where(is_higher, new_value, value)
        curvature = np.where(is_higher[:, None, None], new_curvature, curvature)
        step = _step(slope, curvature)
        length = np.where(is_higher, 1.0, length / 2)
    climbed[:, who] = unbounded
    return climbed


def _step(slope: Array, curvature: Array) -> Array:
    sizes, axes = np.linalg.eigh(curvature)
    along = np.einsum("pij,ip->pj", axes, slope) / np.maximum(np.abs(sizes), 0.05)
    step = np.einsum("pij,pj->ip", axes, along)
    return step / np.maximum(1, np.linalg.norm(step, axis=0) / LONGEST_STEP)


def _evaluated(unbounded: Array, trials: Trials, person: Array) -> tuple[Array, Array, Array]:
    """Give the log posterior, its gradient (4 x n) and its negative Hessian (n x 4 x 4), for n sets of parameters."""
    beta, (w, rank_rate, outcome_rate) = np.exp(unbounded[0]), expit(unbounded[1:])
    ranks, outcomes = (
        _expected(rate, trials, person, targets)
        for rate, targets in zip((rank_rate, outcome_rate), _targets(trials), strict=True)
    )
    is_choice = trials.side[:, person] != MISSED
    a, b, turn = beta * w, beta * (1 - w), beta * w * (1 - w)
    eta = a * ranks[0] + b * outcomes[0]
    first = np.stack([eta, turn * (ranks[0] - outcomes[0]), a * ranks[1], b * outcomes[1]])
    second = {
        (0, 0): eta,
        (0, 1): first[1],
        (0, 2): first[2],
        (0, 3): first[3],
        (1, 1): (1 - 2 * w) * first[1],
        (1, 2): turn * ranks[1],
        (1, 3): -turn * outcomes[1],
        (2, 2): a * ranks[2],
        (3, 3): b * outcomes[2],
    }
    against = expit(-eta) * is_choice
    value = (np.where(is_choice, log_expit(eta), 0)).sum(axis=0) + log_prior(unbounded)
    slope = np.einsum("tn,itn->in", against, first)
    curvature = np.einsum("tn,itn,jtn->nij", against * expit(eta), first, first, optimize=True)
    for (i, j), term in second.items():
        curved = np.einsum("tn,tn->n", against, term)
        curvature[:, i, j] -= curved
        if i != j:
            curvature[:, j, i] -= curved
    shares = expit(unbounded[1:])
    slope[0] += BETA_SHAPE - beta / BETA_SCALE
    slope[1:] += SHARE_SHAPE * (1 - 2 * shares)
    curvature[:, 0, 0] += beta / BETA_SCALE
    for i, share in enumerate(shares, 1):
        curvature[:, i, i] += 2 * SHARE_SHAPE * share * (1 - share)
    return value, slope, curvature


def _targets(trials: Trials) -> tuple[Array, Array]:
    """Give what each trial moves the expectations of rank and of outcome to; NaN where it showed nothing."""
    ranks = np.where(trials.rank > 0, rank_value(trials.rank, trials.responders), np.nan)
    return ranks, np.where(trials.match >= 0, trials.match, np.nan)


def _expected(rate: Array, trials: Trials, person: Array, targets: Array) -> Array:
    """Give how much more was expected of the chosen Decider than of the other, with derivatives by the rate's logit.

    Parameters
    ----------
    rate : array of n
        Learning rates.
    trials : Trials
        What was chosen and shown.
    person : array of n
        Whose trials each rate is for.
    targets : array of trials x participants
        From ``_targets``.

    Returns
    -------
    array of 3 x trials x n
        The difference in expectation at each choice, its first and its second derivative; 0 after a miss.
    """
    n = len(rate)
    state = np.zeros((3, n, trials.deciders))
    state[0] = START
    everybody = np.arange(n)
    bend = rate * (1 - rate)
    keep, turn = 1 - rate, bend * (1 - 2 * rate)
    chosen, unchosen = trials.chosen[:, person], np.where(trials.side > 0, trials.right, trials.left)[:, person]
    targets = targets[:, person]
    expected = np.empty((3, len(targets), n))
    for t, target in enumerate(targets):
        before = state[:, everybody, chosen[t]]
        expected[:, t] = before - state[:, everybody, unchosen[t]]
        value, first, second = before
        error = target - value
        after = np.stack(
            [value + rate * error, keep * first + bend * error, keep * second - 2 * bend * first + turn * error]
        )
        state[:, everybody, chosen[t]] = np.where(np.isnan(target), before, after)
    return np.where(trials.side[:, person] != MISSED, expected, 0.0)
