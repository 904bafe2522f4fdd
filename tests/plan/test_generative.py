"""The Deciders' generative model."""

import itertools

import numpy as np
import pytest
from scipy.stats import norm

from task.config.protocol import DeciderType
from task.config.read import read_protocol
from task.plan.generative import Card, apportion, card_probabilities, clipped_normal, match_probability
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


def test_what_is_left_over_goes_to_the_largest_remainders_and_of_equal_ones_to_the_lowest_cards() -> None:
    a, b, c = Card(1, 1), Card(1, 2), Card(2, 1)
    assert apportion({c: 0.5, b: 0.3, a: 0.2}, 3) == [a, b, c]  # quotas 0.6, 0.9, 1.5
    assert apportion({c: 0.5, b: 0.3, a: 0.2}, 4) == [a, b, c, c]  # quotas 0.8, 1.2, 2.0
    assert apportion({c: 1.0, b: 1.0, a: 1.0}, 4) == [a, a, b, c]
    assert apportion({c: 3.0, b: 0.0, a: 5.0}, 2) == [a, c]  # quotas 0.75, 0, 1.25
    assert apportion({c: 1 / 3, b: 1 / 3 + 1e-12, a: 1 / 3}, 1) == [a]  # the last bits decide nothing


def test_no_cards_are_asked_for_or_none_can_be_dealt() -> None:
    assert apportion({Card(1, 1): 1.0}, 0) == []
    assert apportion({Card(1, 1): 0.0}, 5) == []
    assert apportion({}, 5) == []


def test_ranks_and_spots_are_drawn_with_standard_deviations_of_their_own() -> None:
    deciders = a_protocol(deciders={"rank_sd": 0.5, "spots_sd": 2.0}).deciders
    kind = DeciderType(name="x", mean_rank=3.0, mean_spots=5.0)
    probabilities = card_probabilities(kind, deciders)
    assert len(probabilities) == 8 * 8
    assert probabilities[Card(3, 5)] == pytest.approx(
        (norm.cdf(3.5, 3, 0.5) - norm.cdf(2.5, 3, 0.5)) * (norm.cdf(5.5, 5, 2) - norm.cdf(4.5, 5, 2))
    )
    assert sum(p for card, p in probabilities.items() if card.rank == 4) == pytest.approx(
        norm.cdf(4.5, 3, 0.5) - norm.cdf(3.5, 3, 0.5)
    )
