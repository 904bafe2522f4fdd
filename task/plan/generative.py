"""The Deciders' generative model: how they rank, how many spots they have, and how often that makes a match."""

import math
from fractions import Fraction
from itertools import pairwise
from typing import NamedTuple

from task.config.protocol import Deciders, DeciderType
from task.plan.rules import matched


class Card(NamedTuple):
    """What a Decider's feedback says: the participant's rank (1 is best), and the Decider's spots."""

    rank: int
    spots: int


def clipped_normal(mean: float, sd: float, highest: int) -> list[float]:
    """Give P(k) for k = 1 .. ``highest`` of a normal variable, rounded and cut to that range."""

    def below(limit: float) -> float:
        return math.erf((limit - mean) / (sd * math.sqrt(2))) / 2 + 0.5

    edges = [0.0, *(below(k + 0.5) for k in range(1, highest)), 1.0]
    return [high - low for low, high in pairwise(edges)]


def card_probabilities(kind: DeciderType, deciders: Deciders) -> dict[Card, float]:
    """Give the probability of each card of a type: rank and spots are independent."""
    ranks = clipped_normal(kind.mean_rank, deciders.rank_sd, deciders.responders)
    spots = clipped_normal(kind.mean_spots, deciders.spots_sd, deciders.responders)
    return {Card(r, s): p * q for r, p in enumerate(ranks, 1) for s, q in enumerate(spots, 1)}


def match_probability(kind: DeciderType, deciders: Deciders) -> float:
    """Give the exact probability that a Decider of this type has room for the participant."""
    return math.fsum(p for card, p in card_probabilities(kind, deciders).items() if matched(card.rank, card.spots))


def apportion(weights: dict[Card, float], count: int) -> list[Card]:
    """Give ``count`` cards as near to their probabilities as whole cards can be (largest remainder).

    The result is in the order of the cards; no card of zero weight is used.
    """
    total = math.fsum(weights.values())
    if not total or not count:
        return []
    # rounded, so that the last bit of a machine's erf decides nothing
    quotas = {card: Fraction(round(weight / total * 10**9), 10**9) * count for card, weight in weights.items()}
    numbers = {card: int(quota) for card, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda card: (numbers[card] - quotas[card], card))
    for card in by_remainder[: count - sum(numbers.values())]:
        numbers[card] += 1
    return [card for card in sorted(numbers) for _ in range(numbers[card])]
