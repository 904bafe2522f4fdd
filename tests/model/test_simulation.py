"""Simulated participants without the conductor: offered, dealt and shown what the conductor would."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from task.cli.minds import SimulatedMindSettings
from task.config.protocol import Protocol
from task.model.models import differences_of, fit_all
from task.model.recovery import bands_of, confusion_of, recovered_batch
from task.model.signals import learned_from
from task.model.simulation import performed, plans_for, simulated
from task.model.trials import LEFT, MISSED, RIGHT, as_arrays, trials_of
from task.record.journal import read_journal
from tests.factories import a_protocol, simulate_session


@pytest.mark.parametrize("protocol", ["relational_value", "separate_feedback", "demo"])
@pytest.mark.parametrize("mind", [SimulatedMindSettings(w=1, beta=30), SimulatedMindSettings(w=0.3, beta=2, seed=4)])
def test_a_session_of_the_conductor_is_dealt_again_without_it(
    tmp_path: Path, protocol: str, mind: SimulatedMindSettings
) -> None:
    _, plan, attempts = simulate_session(tmp_path, protocol, mind=mind)
    journals = [read_journal(attempt.journal) for attempt in attempts]
    by_conductor = as_arrays([trials_of(journals)], [8])
    w, beta = np.array([mind.w]), np.array([mind.beta])
    expected_left = []

    def choose(trial: int, p_left: np.ndarray) -> np.ndarray:
        expected_left.append(p_left[0])
        return by_conductor.side[trial]

    again = performed([plan], w, beta, choose)
    avatars = {decider.id: decider.avatar for decider in plan.deciders}
    labels = list(avatars)
    seen = trials_of(journals)
    assert [avatars[labels[i]] for i in again.left[:, 0]] == [one.left for one in seen]
    for name in ("side", "match", "spots", "rank"):
        assert np.array_equal(getattr(again, name), getattr(by_conductor, name)), name
    assert (again.side == MISSED).any() or protocol == "demo"
    assert np.allclose(*(differences_of(one, learned_from(one)) for one in (again, by_conductor)))
    learned = learned_from(by_conductor)
    value = mind.w * learned.chosen[0] + (1 - mind.w) * learned.chosen[1]
    other = mind.w * learned.unchosen[0] + (1 - mind.w) * learned.unchosen[1]
    left_less_right = np.where(by_conductor.side == LEFT, value - other, other - value)[:, 0]
    assert expected_left == pytest.approx(1 / (1 + np.exp(-mind.beta * left_less_right)))


def a_batch(protocol: str | Protocol = "demo", people: int = 60, **who: Any) -> Any:
    science = a_protocol(protocol) if isinstance(protocol, str) else protocol
    settings = {"w": 0.5, "beta": 3.0} | who
    w, beta = (np.full(people, settings.pop(name)) for name in ("w", "beta"))
    return simulated(plans_for(science, range(1, people + 1), 1), w, beta, np.random.default_rng(1), **settings)


def test_choices_are_drawn_by_their_probability() -> None:
    trials = a_batch(people=200, beta=4.0)
    differences = differences_of(trials, learned_from(trials)).mean(axis=0) * 4
    likely = 1 / (1 + np.exp(-np.abs(differences)))
    assert (differences > 0)[differences != 0].mean() == pytest.approx(likely[differences != 0].mean(), abs=0.02)
    left = a_batch(people=200, beta=0.0).side == LEFT
    assert left.mean() == pytest.approx(0.5, abs=0.03)


def test_trials_are_missed_as_often_as_asked_and_show_nothing() -> None:
    trials = a_batch(people=200, miss_rate=0.2)
    missed = trials.side == MISSED
    assert missed.mean() == pytest.approx(0.2, abs=0.03)
    assert (trials.match[missed] == -1).all()
    assert (trials.rank[missed] == 0).all()
    assert (trials.match[~missed] >= 0).all()
    assert set(np.unique(trials.side)) == {LEFT, MISSED, RIGHT}


def test_a_strict_participant_who_counts_outcomes_is_matched_more_often_than_one_who_counts_ranks() -> None:
    outcomes, ranks = (a_batch("relational_value", people=8, w=w, beta=20.0) for w in (0.0, 1.0))
    assert (outcomes.match == 1).mean() > (ranks.match == 1).mean() + 0.05
    assert ranks.rank[ranks.rank > 0].mean() < outcomes.rank[outcomes.rank > 0].mean() - 0.3


def test_rescorla_wagner_s_learners_are_told_from_ideal_observers() -> None:
    fast = (np.full(8, 0.9), np.full(8, 0.9))
    trials = a_batch("relational_value", people=8, beta=6.0, rates=fast)
    fits = fit_all(trials)
    assert (fits["rescorla_wagner"].log_evidence > fits["learner"].log_evidence + 2).mean() > 0.7
    assert np.median(fits["rescorla_wagner"].parameters["outcome_rate"]) > 0.6


def test_a_batch_is_recovered_the_same_whoever_else_is() -> None:
    protocol = a_protocol("relational_value")
    recovered = recovered_batch(protocol, 1, 20, seed=3)
    assert recovered.equals(recovered_batch(protocol, 1, 20, seed=3))
    assert not recovered.equals(recovered_batch(protocol, 1, 20, seed=4))
    strict = recovered[(recovered["simulated"] == "learner") & (recovered["beta"] > 3)]
    assert np.corrcoef(strict["w"], strict["fitted_w"])[0, 1] > 0.8
    confusion = confusion_of(recovered)
    assert confusion.sum(axis=1).to_numpy() == pytest.approx(np.ones(5))
    assert confusion.loc["chance", "chance"] > 0.7
    assert confusion.loc["outcomes_only", "ranks_only"] < 0.1
    bands = bands_of(recovered)
    assert (bands[-1].low, bands[-1].high, bands[-1].participants) == (0.5, 16, 20)
    low, high = bands[-1].correlation_beta[1:]
    assert low < bands[-1].correlation_beta[0] < high
