"""The simulated participant's mind: what it comes to prefer, and that it is the learner that is fitted."""

from pathlib import Path

import numpy as np
import pytest

from task.model.mind import LearningMind
from task.model.signals import Parameters, signals_of
from task.record.journal import read_journal
from task.record.kinds import answers
from task.record.kinds.screen import Onset
from task.record.records import of_kind
from task.scene.choice import Choice
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback
from task.visit.minds import SimulatedMindSettings
from tests.factories import simulate_session


def a_mind(w: float, beta: float = 50, rates: tuple[float, float] | None = None) -> LearningMind:
    return LearningMind(w=w, beta=beta, split_rate=0.5, draw=np.random.default_rng(1), learning_rates=rates)


@pytest.mark.parametrize("rates", [None, (0.3, 0.3)])
def test_a_mind_that_counts_ranks_comes_to_prefer_who_ranks_it_high(rates: tuple[float, float] | None) -> None:
    mind = a_mind(1, rates=rates)
    for _ in range(5):
        mind.learn(Feedback("a/1", 1, False, 2))
        mind.learn(Feedback("a/2", 8, True, 7))
    assert [mind.decide(Choice("a/1", "a/2")) for _ in range(20)] == ["left"] * 20


@pytest.mark.parametrize("rates", [None, (0.3, 0.3)])
def test_a_mind_that_counts_outcomes_comes_to_prefer_who_matches(rates: tuple[float, float] | None) -> None:
    mind = a_mind(0, rates=rates)
    for _ in range(5):
        mind.learn(MatchFeedback("a/1", 1, False))
        mind.learn(RankFeedback("a/1", 2))
        mind.learn(MatchFeedback("a/2", 8, True))
        mind.learn(RankFeedback("a/2", 7))
    assert [mind.decide(Choice("a/1", "a/2")) for _ in range(20)] == ["right"] * 20


def test_without_beta_choices_are_a_coin_s() -> None:
    mind = a_mind(0.5, beta=0)
    mind.learn(Feedback("a/1", 8, True, 1))
    lefts = sum(mind.decide(Choice("a/1", "a/2")) == "left" for _ in range(1000))
    assert 420 < lefts < 580


def test_a_hidden_rank_is_inferred_by_the_ideal_observer_and_not_by_rescorla_and_wagner_s() -> None:
    values = []
    for rates in (None, (0.5, 0.5)):
        mind = a_mind(1, rates=rates)
        mind.learn(Feedback("a/1", 2, True, None))
        values.append(mind.value_of("a/1"))
    assert values[0] > 0.7
    assert values[1] == 0.5


def test_a_fixed_learning_rate_moves_expectations_by_that_fraction() -> None:
    mind = a_mind(1, rates=(0.25, 0.5))
    mind.learn(Feedback("a/1", 8, True, 1))
    assert mind.value_of("a/1") == pytest.approx(0.5 + 0.25 * 0.5)
    mind.learn(Feedback("a/1", 8, True, 8))
    assert mind.value_of("a/1") == pytest.approx(0.625 - 0.25 * 0.625)


@pytest.mark.parametrize("protocol", ["relational_value", "separate_feedback"])
def test_the_signals_of_a_session_are_what_its_simulated_participant_thought(tmp_path: Path, protocol: str) -> None:
    settings = SimulatedMindSettings(w=0.3, beta=4.0)
    _, _, attempts = simulate_session(tmp_path, protocol, mind=settings)
    journals = [read_journal(attempt.journal) for attempt in attempts]
    tables = signals_of(journals, Parameters(settings.w, settings.beta))
    mind, compared = a_mind(settings.w), 0
    for journal, table in zip(journals, tables, strict=True):
        signals = table.set_index("trial")
        sides = {choice.trial: choice.side for choice in of_kind(journal, answers.Choice)}
        for onset in of_kind(journal, Onset):
            scene = onset.scene
            if isinstance(scene, Choice) and sides[onset.trial]:
                chosen, other = scene.left, scene.right
                if sides[onset.trial] == "right":
                    chosen, other = other, chosen
                row = signals.loc[onset.trial]
                assert row["value_chosen"] == pytest.approx(mind.value_of(chosen), abs=1e-12)
                assert row["value_unchosen"] == pytest.approx(mind.value_of(other), abs=1e-12)
                compared += 1
            mind.learn(scene)
    assert compared > 130
