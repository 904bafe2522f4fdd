"""What ideal observers believe of each Decider: how it ranks them, and how often it makes a match.

Updating has no free parameter. Its forms are extracted from a summary of the study, its constants are our defaults
(docs/model.md). Rank, when shown: Normal prior, Normal noise. Rank, when hidden: what match and spots say about it,
integrated over a grid. Outcome: Beta. A Decider's ranks count from the first that was shown; until then, what its
matches say of them. All is done for many participants at once.
"""

import numpy as np
from scipy.special import digamma, ndtr, rel_entr

PRIOR_SD = 2.0
NOISE_SD = 1.5
RESPONDERS = 8
"""Lowest rank of the study, and so the default; the prior's mean is the middle of all ranks, 4.5."""
_POINTS = 64

Array = np.ndarray


def room_probability(spots: Array, mean_rank: Array, responders: Array | int = RESPONDERS) -> Array:
    """Give P(rank <= spots | mean rank), for arrays that broadcast.

    It is Phi((spots + 1/2 - mean rank) / sigma), and 1 where there is room for everybody.
    """
    return np.where(spots >= responders, 1.0, ndtr((spots + 0.5 - mean_rank) / NOISE_SD))


def rank_value(mean_rank: Array, responders: Array | int = RESPONDERS) -> Array:
    """Give the value of being ranked so, from 0 (last) to 1 (first)."""
    return 1 - (mean_rank - 1) / (responders - 1)


class Beliefs:
    """Beliefs of several participants about several Deciders each.

    Parameters
    ----------
    participants, deciders : int
        How many.
    responders : int or array of int
        The lowest rank that there is; one for all, or one for each participant.

    Attributes
    ----------
    mean, sd : array of participants x Deciders
        Normal belief about each Decider's mean rank, by the ranks that it has shown.
    weights : array of participants x Deciders x points
        Belief about it by match and spots alone: weights on ``grid`` (participants x points) that sum to 1.
    has_shown_rank : array of participants x Deciders
        Which of the two counts.
    matches, misses : array of participants x Deciders
        Beta belief about each Decider's match probability, uniform at first.
    """

    def __init__(self, participants: int, deciders: int, responders: Array | int = RESPONDERS) -> None:
        self._responders = np.broadcast_to(responders, participants).astype(float)
        shape, middle = (participants, deciders), (1 + self._responders[:, None]) / 2
        # the points and weights of Gauss and Legendre: sums over these few are integrals, to ten digits and more
        points, sizes = np.polynomial.legendre.leggauss(_POINTS)
        self.grid = middle + (self._responders[:, None] - 1) / 2 * points
        prior = sizes * np.exp(-0.5 * ((self.grid - middle) / PRIOR_SD) ** 2)
        prior /= prior.sum(axis=1, keepdims=True)
        self.weights = np.repeat(prior[:, None, :], deciders, axis=1)
        self.mean, self.sd = np.broadcast_to(middle, shape).copy(), np.full(shape, PRIOR_SD)
        self.has_shown_rank = np.zeros(shape, dtype=bool)
        self.matches, self.misses = np.ones(shape), np.ones(shape)

    def values(self, who: Array, decider: Array) -> tuple[Array, Array]:
        """Give what these participants (by index) expect of these Deciders: rank as a value, and match probability."""
        at = who, decider
        inferred = np.einsum("pg,pg->p", self.weights[at], self.grid[who])
        mean = np.where(self.has_shown_rank[at], self.mean[at], inferred)
        return rank_value(mean, self._responders[who]), self.matches[at] / (self.matches[at] + self.misses[at])

    def see_match(self, who: Array, decider: Array, spots: Array, match: Array) -> tuple[Array, Array, Array]:
        """Take in a match or none, with so many spots, for participants by index.

        No match where there is room for everybody cannot happen, and teaches nothing of the rank.

        Returns
        -------
        outcome_update : array
            KL(posterior || prior) of the match probability, in nats; negative if there was no match.
        surprise : array
            -log of the match's, or the miss's, expected probability.
        rank_update : array
            KL of the rank belief by match and spots; 0 if the Decider shows its ranks.
        """
        at, match = (who, decider), np.asarray(match, dtype=bool)
        room = room_probability(spots[:, None], self.grid[who], self._responders[who, None])
        before = self.weights[at]
        after = before * np.where(match[:, None], room, 1 - room)
        total = after.sum(axis=1, keepdims=True)
        after = np.where(total > 0, after / np.where(total > 0, total, 1), before)
        self.weights[at] = after
        gained = np.maximum(rel_entr(after, before).sum(axis=1), 0)  # rounding may put nothing just below nothing
        rank_update = np.where(self.has_shown_rank[at], 0.0, gained)
        counts = self.matches[at] + self.misses[at]
        same = np.where(match, self.matches[at], self.misses[at])
        surprise = np.log(counts / same)
        update = surprise + digamma(same + 1) - digamma(counts + 1)
        self.matches[at] += match
        self.misses[at] += ~match
        return np.where(match, update, -update), surprise, rank_update

    def see_rank(self, who: Array, decider: Array, rank: Array) -> tuple[Array, Array]:
        """Take in a rank that was shown: precisions add up, and the mean is weighted by them.

        Returns
        -------
        rank_update : array
            KL(posterior || prior) of the rank belief, in nats.
        surprise : array
            -log of the expected probability of this very rank, a whole number from 1 to the Responders.
        """
        at = who, decider
        mean, sd = self.mean[at], self.sd[at]
        surprise = -np.log(_rank_probability(rank, mean, np.hypot(sd, NOISE_SD), self._responders[who]))
        variance = 1 / (sd**-2 + NOISE_SD**-2)
        self.mean[at] = after = variance * (mean / sd**2 + rank / NOISE_SD**2)
        self.sd[at] = np.sqrt(variance)
        self.has_shown_rank[at] = True
        update = np.log(sd**2 / variance) / 2 + (variance + (after - mean) ** 2) / (2 * sd**2) - 0.5
        return update, surprise


def _rank_probability(rank: Array, mean: Array, sd: Array, responders: Array) -> Array:
    """Give the probability that a Normal variable, rounded and cut to 1 .. responders, is this rank."""
    low = np.where(rank <= 1, -np.inf, (rank - 0.5 - mean) / sd)
    high = np.where(rank >= responders, np.inf, (rank + 0.5 - mean) / sd)
    return np.where(low > 0, ndtr(-low) - ndtr(-high), ndtr(high) - ndtr(low))  # from the side without cancellation
