"""Beliefs against independent computation."""

import numpy as np
import pytest
from scipy import integrate, stats

from task.model.beliefs import HiddenRankBelief, OutcomeBelief, RankBelief, room_probability, value
from task.model.mind import LearningMind
from task.scene.scenes import Choice, Feedback, MatchFeedback, RankFeedback


def test_shown_ranks_give_the_normal_posterior() -> None:
    ranks = [3, 2, 4, 3]
    belief = RankBelief()
    for rank in ranks:
        belief.see_rank(rank)

    def unnormalised(mu: float) -> float:
        return stats.norm.pdf(mu, 4.5, 2) * np.prod(stats.norm.pdf(ranks, mu, 1.5))

    total = integrate.quad(unnormalised, -10, 20)[0]
    mean = integrate.quad(lambda mu: mu * unnormalised(mu), -10, 20)[0] / total
    variance = integrate.quad(lambda mu: (mu - mean) ** 2 * unnormalised(mu), -10, 20)[0] / total
    assert belief.mean == pytest.approx(mean)
    assert belief.sd == pytest.approx(variance**0.5)


def test_hidden_ranks_are_inferred_from_match_and_spots() -> None:
    seen = [(2, False), (4, True), (3, True), (8, True), (5, False)]
    belief = HiddenRankBelief()
    for spots, match in seen:
        belief.see_match(spots, match)

    def unnormalised(mu: float) -> float:
        p = stats.norm.pdf(mu, 4.5, 2)
        for spots, match in seen:
            room = 1.0 if spots == 8 else stats.norm.cdf((spots + 0.5 - mu) / 1.5)
            p *= room if match else 1 - room
        return p

    total = integrate.quad(unnormalised, 1, 8)[0]
    assert belief.mean == pytest.approx(integrate.quad(lambda mu: mu * unnormalised(mu), 1, 8)[0] / total, abs=0.01)
    assert belief.weights.sum() == pytest.approx(1)


def test_room_for_everybody_is_certain_and_teaches_nothing() -> None:
    belief = HiddenRankBelief()
    before = belief.mean
    belief.see_match(8, True)
    assert belief.mean == pytest.approx(before)
    belief.see_match(8, False)  # cannot happen; must not spoil the belief
    assert belief.mean == pytest.approx(before)
    assert np.all(room_probability(8, np.array([1.0, 8.0])) == 1)


def test_outcomes_are_counted() -> None:
    belief = OutcomeBelief()
    for match in (True, True, False):
        belief.see_match(match)
    assert belief.mean == pytest.approx(stats.beta(3, 2).mean())


@pytest.mark.parametrize(
    ("rank", "p", "w", "expected"), [(1, 0.2, 1, 1.0), (8, 0.2, 1, 0.0), (8, 0.2, 0, 0.2), (4.5, 0.5, 0.5, 0.5)]
)
def test_value_weighs_rank_against_match(rank: float, p: float, w: float, expected: float) -> None:
    assert value(rank, p, w) == pytest.approx(expected)


def test_a_mind_that_counts_ranks_comes_to_prefer_who_ranks_it_high() -> None:
    mind = LearningMind(w=1, beta=50, split_rate=0.5, draw=np.random.default_rng(1))
    for _ in range(5):
        mind.learn(Feedback("a/1", 1, False, 2))
        mind.learn(Feedback("a/2", 8, True, 7))
    assert [mind.decide(Choice("a/1", "a/2")) for _ in range(20)] == ["left"] * 20


def test_a_mind_that_counts_outcomes_comes_to_prefer_who_matches() -> None:
    mind = LearningMind(w=0, beta=50, split_rate=0.5, draw=np.random.default_rng(1))
    for _ in range(5):
        mind.learn(MatchFeedback("a/1", 1, False))
        mind.learn(RankFeedback("a/1", 2))
        mind.learn(MatchFeedback("a/2", 8, True))
        mind.learn(RankFeedback("a/2", 7))
    assert [mind.decide(Choice("a/1", "a/2")) for _ in range(20)] == ["right"] * 20


def test_without_beta_choices_are_a_coin_s() -> None:
    mind = LearningMind(w=0.5, beta=0, split_rate=0.5, draw=np.random.default_rng(1))
    mind.learn(Feedback("a/1", 8, True, 1))
    lefts = sum(mind.decide(Choice("a/1", "a/2")) == "left" for _ in range(1000))
    assert 420 < lefts < 580
