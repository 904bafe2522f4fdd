"""The Deciders' generative model."""

import itertools

import numpy as np
import pytest
from scipy.stats import norm

from task.config.protocol import DeciderType
from task.config.read import read_protocol
from task.plan.generative import apportion, card_probabilities, clipped_normal, match_probability
from tests.factories import a_protocol

REPORTED = {
    "high_value_low_outcome": 0.3686,
    "high_value_high_outcome": 0.8506,
    "low_value_low_outcome": 0.3686,
    "low_value_high_outcome": 0.8777,
}


@pytest.mark.parametrize("name", ["relational_value", "separate_feedback", "demo"])
def test_the_four_match_probabilities_are_those_of_the_science(name: str) -> None:
    deciders = read_protocol(name).deciders
    assert {kind.name: round(match_probability(kind, deciders), 4) for kind in deciders.types} == REPORTED


@pytest.mark.parametrize(("mean_rank", "mean_spots"), list(itertools.product([1.0, 3.0, 4.4, 8.0], [1.2, 4.0, 7.9])))
def test_match_probability_equals_what_brute_force_finds(mean_rank: float, mean_spots: float) -> None:
    deciders = a_protocol().deciders
    draw = np.random.default_rng(1)
    ranks, spots = (np.clip(np.round(draw.normal(mean, 1, 400_000)), 1, 8) for mean in (mean_rank, mean_spots))
    exact = match_probability(DeciderType(name="x", mean_rank=mean_rank, mean_spots=mean_spots), deciders)
    assert exact == pytest.approx(np.mean(ranks <= spots), abs=0.004)


def test_a_clipped_normal_gives_its_ends_all_that_lies_beyond() -> None:
    probabilities = clipped_normal(7.0, 1.0, 8)
    assert sum(probabilities) == pytest.approx(1)
    assert probabilities[7] == pytest.approx(norm.sf(7.5, 7, 1))
    assert probabilities[0] == pytest.approx(norm.cdf(1.5, 7, 1))


def test_cards_are_apportioned_within_one_card_of_their_probability() -> None:
    deciders = a_protocol().deciders
    for kind in deciders.types:
        weights = card_probabilities(kind, deciders)
        cards = apportion(weights, 36)
        assert len(cards) == 36
        assert all(abs(cards.count(card) - 36 * weight) < 1 for card, weight in weights.items())
