"""Beliefs about one Decider: how it ranks the participant, and how often it makes a match.

Ideal-observer updating without a free parameter. The forms are those reported for the study; the constants are our
defaults. Rank, when shown: Normal prior, Normal noise. Rank, when hidden: what match and spots say about it, on a
grid. Outcome: Beta.
"""

import math
from dataclasses import dataclass, field

import numpy as np

PRIOR_MEAN, PRIOR_SD = 4.5, 2.0
NOISE_SD = 1.5
HIGHEST = 8
GRID = np.linspace(1, HIGHEST, 141)

_erf = np.vectorize(math.erf, otypes=[float])


def room_probability(spots: int, mean_rank: np.ndarray) -> np.ndarray:
    """Give P(rank <= spots | mean rank), for an array of mean ranks of any shape.

    It is Phi((spots + 1/2 - mean rank) / sigma), and 1 where there is room for everybody.
    """
    if spots >= HIGHEST:
        return np.ones_like(mean_rank)
    z = (spots + 0.5 - mean_rank) / NOISE_SD
    return (1 + _erf(z / math.sqrt(2))) / 2


def _prior_on_grid() -> np.ndarray:
    weights = np.exp(-0.5 * ((GRID - PRIOR_MEAN) / PRIOR_SD) ** 2)
    return weights / weights.sum()


@dataclass
class RankBelief:
    """Belief about a Decider's mean rank, where ranks are shown: Normal(``mean``, ``sd``)."""

    mean: float = PRIOR_MEAN
    sd: float = PRIOR_SD

    def see_rank(self, rank: int) -> None:
        """Take in a rank: precisions add up, and the mean is weighted by them."""
        precision = self.sd**-2 + NOISE_SD**-2
        self.mean = (self.mean / self.sd**2 + rank / NOISE_SD**2) / precision
        self.sd = precision**-0.5


@dataclass
class HiddenRankBelief:
    """Belief about a Decider's mean rank, where ranks are hidden: weights on ``GRID`` that sum to 1."""

    weights: np.ndarray = field(default_factory=_prior_on_grid)

    @property
    def mean(self) -> float:
        """Posterior mean of the mean rank."""
        return float(self.weights @ GRID)

    def see_match(self, spots: int, match: bool) -> None:
        """Take in a match, or none, with so many spots. One that cannot have happened teaches nothing."""
        likelihood = room_probability(spots, GRID)
        posterior = self.weights * (likelihood if match else 1 - likelihood)
        if posterior.sum() > 0:
            self.weights = posterior / posterior.sum()


@dataclass
class OutcomeBelief:
    """Belief about a Decider's match probability: Beta(``matches``, ``misses``), uniform at first."""

    matches: float = 1.0
    misses: float = 1.0

    @property
    def mean(self) -> float:
        """Expected probability of a match."""
        return self.matches / (self.matches + self.misses)

    def see_match(self, match: bool) -> None:
        """Take in a match, or none."""
        self.matches += match
        self.misses += not match


def value(mean_rank: float, match_probability: float, w: float) -> float:
    """Give the value of a Decider, from 0 to 1: ``w`` weighs the rank (1 is best) against the match."""
    return w * (1 - (mean_rank - 1) / (HIGHEST - 1)) + (1 - w) * match_probability
