"""Beliefs about one Decider: how it ranks the participant, and how often it makes a match.

Ideal-observer updating without a free parameter. The forms are extracted from a summary of the study, the constants
are our defaults (docs/science.md). Rank, when shown: Normal prior, Normal noise. Rank, when hidden: what match and
spots say about it, on a grid. Outcome: Beta.
"""

import math

import numpy as np

PRIOR_SD = 2.0
NOISE_SD = 1.5
RESPONDERS = 8
"""Lowest rank of the study, and so the default; the prior's mean is the middle of all ranks, 4.5."""

_erf = np.vectorize(math.erf, otypes=[float])


def room_probability(spots: int, mean_rank: np.ndarray, responders: int = RESPONDERS) -> np.ndarray:
    """Give P(rank <= spots | mean rank), for an array of mean ranks of any shape.

    It is Phi((spots + 1/2 - mean rank) / sigma), and 1 where there is room for everybody.
    """
    if spots >= responders:
        return np.ones_like(mean_rank)
    z = (spots + 0.5 - mean_rank) / NOISE_SD
    return (1 + _erf(z / math.sqrt(2))) / 2


class RankBelief:
    """Belief about a Decider's mean rank, where ranks are shown: Normal(``mean``, ``sd``)."""

    def __init__(self, responders: int = RESPONDERS) -> None:
        self.mean, self.sd = (1 + responders) / 2, PRIOR_SD

    def see_rank(self, rank: int) -> None:
        """Take in a rank: precisions add up, and the mean is weighted by them."""
        precision = self.sd**-2 + NOISE_SD**-2
        self.mean = (self.mean / self.sd**2 + rank / NOISE_SD**2) / precision
        self.sd = precision**-0.5


class HiddenRankBelief:
    """Belief about a Decider's mean rank, where ranks are hidden: ``weights`` on ``grid`` that sum to 1."""

    def __init__(self, responders: int = RESPONDERS) -> None:
        self._responders = responders
        self.grid = np.linspace(1, responders, 20 * (responders - 1) + 1)
        weights = np.exp(-0.5 * ((self.grid - (1 + responders) / 2) / PRIOR_SD) ** 2)
        self.weights = weights / weights.sum()

    @property
    def mean(self) -> float:
        """Posterior mean of the mean rank."""
        return float(self.weights @ self.grid)

    def see_match(self, spots: int, match: bool) -> None:
        """Take in a match, or none, with so many spots. One that cannot have happened teaches nothing."""
        likelihood = room_probability(spots, self.grid, self._responders)
        posterior = self.weights * (likelihood if match else 1 - likelihood)
        if posterior.sum() > 0:
            self.weights = posterior / posterior.sum()


class OutcomeBelief:
    """Belief about a Decider's match probability: Beta(``matches``, ``misses``), uniform at first."""

    def __init__(self) -> None:
        self.matches, self.misses = 1.0, 1.0

    @property
    def mean(self) -> float:
        """Expected probability of a match."""
        return self.matches / (self.matches + self.misses)

    def see_match(self, match: bool) -> None:
        """Take in a match, or none."""
        self.matches += match
        self.misses += not match


def value(mean_rank: float, match_probability: float, w: float, responders: int = RESPONDERS) -> float:
    """Give the value of a Decider, from 0 to 1: ``w`` weighs the rank (1 is best) against the match."""
    return w * (1 - (mean_rank - 1) / (responders - 1)) + (1 - w) * match_probability
