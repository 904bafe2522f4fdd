"""Beliefs, updates and surprises against numerical integration."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy import integrate, stats

from task.model.beliefs import Beliefs, rank_value, room_probability

ME = np.array([0])
SPOTS_AND_MATCHES = [(2, False), (4, True), (3, True), (8, True), (5, False), (1, False), (6, True)]
RANKS = [3, 2, 8, 1, 3]


def integral(density: Callable[[float], float], low: float = 1, high: float = 8) -> float:
    return integrate.quad(density, low, high, epsabs=0, epsrel=1e-10, limit=200)[0]


def normal_posterior(ranks: list[int]) -> Callable[[float], float]:
    def unnormalised(mu: float) -> float:
        return stats.norm.pdf(mu, 4.5, 2) * np.prod(stats.norm.pdf(ranks, mu, 1.5))

    total = integral(unnormalised, -15, 25)
    return lambda mu: unnormalised(mu) / total


def hidden_posterior(seen: list[tuple[int, bool]], responders: int = 8) -> Callable[[float], float]:
    def unnormalised(mu: float) -> float:
        p = stats.norm.pdf(mu, (1 + responders) / 2, 2)
        for spots, match in seen:
            room = 1.0 if spots == responders else stats.norm.cdf((spots + 0.5 - mu) / 1.5)
            p *= room if match else 1 - room
        return p

    total = integral(unnormalised, 1, responders)
    return lambda mu: unnormalised(mu) / total


def see_match(beliefs: Beliefs, spots: int, match: bool) -> tuple[float, float, float]:
    outcome, surprise, rank = beliefs.see_match(ME, ME, np.array([spots]), np.array([match]))
    return outcome[0], surprise[0], rank[0]


def see_rank(beliefs: Beliefs, rank: int) -> tuple[float, float]:
    update, surprise = beliefs.see_rank(ME, ME, np.array([rank]))
    return update[0], surprise[0]


def expected_rank(beliefs: Beliefs, responders: int = 8) -> float:
    return 1 + (1 - beliefs.values(ME, ME)[0][0]) * (responders - 1)


def test_shown_ranks_give_the_normal_posterior() -> None:
    beliefs = Beliefs(1, 1)
    for rank in RANKS:
        see_rank(beliefs, rank)
    posterior = normal_posterior(RANKS)
    mean = integral(lambda mu: mu * posterior(mu), -15, 25)
    variance = integral(lambda mu: (mu - mean) ** 2 * posterior(mu), -15, 25)
    assert expected_rank(beliefs) == pytest.approx(mean, abs=1e-8)
    assert beliefs.sd[0, 0] == pytest.approx(variance**0.5, abs=1e-8)


@pytest.mark.parametrize("before", range(len(RANKS)))
def test_a_rank_update_is_the_divergence_of_posterior_from_prior(before: int) -> None:
    beliefs = Beliefs(1, 1)
    for rank in RANKS[:before]:
        see_rank(beliefs, rank)
    update, _ = see_rank(beliefs, RANKS[before])
    prior, posterior = normal_posterior(RANKS[:before]), normal_posterior(RANKS[: before + 1])
    expected = integral(lambda mu: posterior(mu) * np.log(posterior(mu) / prior(mu)), -8, 16)
    assert update == pytest.approx(expected, abs=1e-8)


@pytest.mark.parametrize("rank", [1, 2, 5, 8])
def test_a_rank_s_surprise_is_that_of_the_whole_number(rank: int) -> None:
    beliefs = Beliefs(1, 1)
    see_rank(beliefs, 2)
    _, surprise = see_rank(beliefs, rank)
    belief = normal_posterior([2])
    low, high = (-np.inf if rank == 1 else rank - 0.5), (np.inf if rank == 8 else rank + 0.5)

    def probability(mu: float) -> float:
        return stats.norm.cdf(high, mu, 1.5) - stats.norm.cdf(low, mu, 1.5)

    expected = -np.log(integral(lambda mu: belief(mu) * probability(mu), -15, 25))
    assert surprise == pytest.approx(expected, abs=1e-8)


def test_the_surprises_of_all_ranks_are_those_of_probabilities_that_sum_to_one() -> None:
    total = 0.0
    for rank in range(1, 9):
        beliefs = Beliefs(1, 1)
        for seen in (1, 1, 1):
            see_rank(beliefs, seen)
        total += np.exp(-see_rank(beliefs, rank)[1])
    assert total == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("responders", [4, 8, 20])
def test_hidden_ranks_are_inferred_from_match_and_spots(responders: int) -> None:
    seen = [
        (spots, match) for spots, match in SPOTS_AND_MATCHES if spots <= responders and (spots, match) != (4, False)
    ]
    beliefs = Beliefs(1, 1, responders)
    for spots, match in seen:
        see_match(beliefs, spots, match)
    posterior = hidden_posterior(seen, responders)
    mean = integral(lambda mu: mu * posterior(mu), 1, responders)
    assert expected_rank(beliefs, responders) == pytest.approx(mean, abs=1e-8)
    assert beliefs.weights.sum() == pytest.approx(1)


def test_many_hidden_ranks_are_still_integrated_exactly() -> None:
    beliefs, seen = Beliefs(1, 1), [(3, True), (2, False)] * 36
    for spots, match in seen:
        see_match(beliefs, spots, match)
    posterior = hidden_posterior(seen)
    assert expected_rank(beliefs) == pytest.approx(integral(lambda mu: mu * posterior(mu)), abs=1e-8)


@pytest.mark.parametrize("before", range(len(SPOTS_AND_MATCHES)))
def test_a_hidden_rank_s_update_is_the_divergence_of_posterior_from_prior(before: int) -> None:
    beliefs = Beliefs(1, 1)
    for spots, match in SPOTS_AND_MATCHES[:before]:
        see_match(beliefs, spots, match)
    _, _, update = see_match(beliefs, *SPOTS_AND_MATCHES[before])
    prior, posterior = hidden_posterior(SPOTS_AND_MATCHES[:before]), hidden_posterior(SPOTS_AND_MATCHES[: before + 1])
    expected = integral(lambda mu: posterior(mu) * np.log(posterior(mu) / prior(mu)))
    assert update == pytest.approx(expected, abs=1e-8)


def test_room_for_everybody_is_certain_and_teaches_nothing_of_the_rank() -> None:
    beliefs = Beliefs(1, 1)
    assert see_match(beliefs, 8, True)[2] == 0
    assert see_match(beliefs, 8, False)[2] == 0  # cannot happen; must not spoil the belief
    assert expected_rank(beliefs) == pytest.approx(4.5)
    assert np.all(room_probability(np.array(8), np.array([1.0, 8.0])) == 1)


def divergence(posterior: Any, prior: Any) -> float:
    return integral(lambda p: posterior.pdf(p) * np.log(posterior.pdf(p) / prior.pdf(p)), 1e-12, 1 - 1e-12)


def test_outcomes_are_counted_with_their_divergences_and_surprises() -> None:
    beliefs, matches, misses = Beliefs(1, 1), 1, 1
    for match in (True, True, False, True, False, False):
        update, surprise, _ = see_match(beliefs, 4, match)
        prior = stats.beta(matches, misses)
        matches, misses = matches + match, misses + (not match)
        posterior = stats.beta(matches, misses)
        assert update == pytest.approx(divergence(posterior, prior) * (1 if match else -1), abs=1e-7)
        assert surprise == pytest.approx(-np.log(prior.mean() if match else 1 - prior.mean()))
        assert beliefs.values(ME, ME)[1][0] == pytest.approx(posterior.mean())


def test_once_a_rank_was_shown_ranks_alone_count() -> None:
    beliefs = Beliefs(1, 1)
    see_match(beliefs, 2, True)
    inferred = expected_rank(beliefs)
    assert inferred < 4.5
    see_rank(beliefs, 7)
    assert expected_rank(beliefs) == pytest.approx((4.5 / 4 + 7 / 2.25) / (1 / 4 + 1 / 2.25))
    assert see_match(beliefs, 2, True)[2] == 0
    assert expected_rank(beliefs) == pytest.approx((4.5 / 4 + 7 / 2.25) / (1 / 4 + 1 / 2.25))


def test_many_participants_at_once_believe_what_each_would_alone() -> None:
    draw = np.random.default_rng(1)
    responders = np.array([8, 5, 12])
    together, alone = Beliefs(3, 2, responders), [Beliefs(1, 2, int(number)) for number in responders]
    for _ in range(60):
        who = np.flatnonzero(draw.random(3) < 0.6)
        decider, spots = draw.integers(0, 2, len(who)), draw.integers(1, 6, len(who))
        match, rank = draw.random(len(who)) < 0.5, draw.integers(1, 6, len(who))
        show = np.flatnonzero(draw.random(len(who)) < 0.3)
        updates = together.see_match(who, decider, spots, match)
        ranked = together.see_rank(who[show], decider[show], rank[show])
        for i, one in enumerate(who):
            own = alone[one].see_match(ME, decider[[i]], spots[[i]], match[[i]])
            assert [x[0] for x in own] == pytest.approx([x[i] for x in updates])
        for i, place in enumerate(show):
            own = alone[who[place]].see_rank(ME, decider[[place]], rank[[place]])
            assert [x[0] for x in own] == pytest.approx([x[i] for x in ranked])
    for decider in (0, 1):
        values = together.values(np.arange(3), np.full(3, decider))
        for one in range(3):
            own = alone[one].values(ME, np.array([decider]))
            assert [x[0] for x in own] == pytest.approx([x[one] for x in values])


def test_being_ranked_first_is_worth_one_and_last_nothing() -> None:
    assert rank_value(np.array([1.0, 4.5, 8.0])) == pytest.approx([1, 0.5, 0])
