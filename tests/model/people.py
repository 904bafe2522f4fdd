"""Simulated people to fit, ordinary and odd."""

import numpy as np

from task.model.trials import LEFT, MISSED, RIGHT, Trials


def some_trials(participants: int = 40, trials: int = 96, deciders: int = 8, seed: int = 1) -> Trials:
    """People who choose at random among Deciders who show what they like; among them some who are odd.

    The first chooses left always, the second right; the third misses nearly all; the fourth never sees feedback.
    """
    draw = np.random.default_rng(seed)
    shape = trials, participants
    left = draw.integers(0, deciders, shape)
    right = (left + draw.integers(1, deciders, shape)) % deciders
    side = np.where(draw.random(shape) < draw.uniform(0.2, 0.8, participants), LEFT, RIGHT)
    side[draw.random(shape) < 0.05] = MISSED
    side[:, 0], side[:, 1] = LEFT, RIGHT
    side[2:, 2] = MISSED
    spots = draw.integers(1, 9, shape)
    match = (draw.integers(1, 9, shape) <= spots).astype(int)
    chosen = np.where(side == LEFT, left, right)
    rank = np.where(chosen < deciders // 2, draw.integers(1, 9, shape), 0)
    nothing = side == MISSED
    nothing[:, 3] = True
    match[nothing], spots[nothing], rank[nothing] = -1, 0, 0
    return Trials(left, right, side, match, spots, rank, np.full(participants, 8))


def some_differences(participants: int, trials: int = 144, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Differences of belief (2 x participants x trials, of the chosen less the other), and numbers of choices.

    Simulated learners first; then, of each ten: perfectly strict, perfectly contrary, random, all misses but three,
    one channel without any difference, both channels the same, and huge or tiny differences.
    """
    draw = np.random.default_rng(seed)
    raw = np.clip(draw.normal(0, 0.25, (2, participants, trials)), -1, 1)
    beta, w = draw.gamma(2, 3, participants), draw.beta(1.1, 1.1, participants)
    kind = np.arange(participants) % 10
    beta[kind == 1] = 1e6
    beta[kind == 2] = -1e6
    beta[kind == 3] = 0
    raw[0, kind == 5] = 0
    raw[1, kind == 6] = raw[0, kind == 6]
    raw[:, kind == 7] *= 1e-3
    raw[:, kind == 8] = np.sign(raw[:, kind == 8])
    drawn = draw.logistic(size=(participants, trials))
    weighed = beta[:, None] * (w[:, None] * raw[0] + (1 - w[:, None]) * raw[1])
    sides = np.where(weighed + drawn > 0, 1.0, -1.0)
    sides[draw.random(sides.shape) < 0.03] = 0
    sides[kind == 4, 3:] = 0
    return raw * sides, (sides != 0).sum(axis=1)
