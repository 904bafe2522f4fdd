"""Simulated participants without the conductor: offered, dealt and shown what the conductor would."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from task.config.protocol import Protocol
from task.model import recovery
from task.model.models import MODELS, differences_of, fit, fit_all
from task.model.recovery import bands_of, confusion_of, groups_of, recovered_batch, told_apart
from task.model.signals import learned_from
from task.model.simulation import performed, plans_for, simulated
from task.model.trials import LEFT, MISSED, RIGHT, as_arrays, trials_of
from task.record.journal import read_journal
from task.visit.minds import SimulatedMindSettings
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
    few = [recovered_batch(protocol, 1, 3, seed) for seed in (3, 3, 4)]
    assert few[0].equals(few[1])
    assert not few[0].equals(few[2])
    strict = recovered[(recovered["simulated"] == "learner") & (recovered["beta"] > 3)]
    assert np.corrcoef(strict["w"], strict["fitted_w"])[0, 1] > 0.8
    confusion = confusion_of(recovered).set_index(["simulated", "low"])
    assert confusion[list(MODELS)].sum(axis=1)[confusion["participants"] > 0].to_numpy() == pytest.approx(1)
    everybody = confusion[confusion["high"] == 16].xs(0.5, level="low")
    assert everybody["participants"].tolist() == [20] * 4
    assert everybody.loc["outcomes_only", "ranks_only"] < 0.1
    assert confusion.xs("chance")["chance"].item() > 0.7
    bands = bands_of(recovered)
    assert (bands[-1].low, bands[-1].high, bands[-1].participants) == (0.5, 16, 20)
    low, high = bands[-1].correlation_beta[1:]
    assert low < bands[-1].correlation_beta[0] < high
    groups = groups_of(recovered, seed=1)
    assert groups["cohorts"].tolist() == [0] * 5  # of so few no cohort of 42 can be drawn
    assert groups.filter(regex="highest|above").isna().all(axis=None)


def test_most_intervals_hold_the_true_value_of_people_who_are_what_the_prior_says() -> None:
    draw, people = np.random.default_rng(8), 300
    w, beta = draw.beta(1.1, 1.1, people), draw.gamma(2, 3, people)
    plans = plans_for(a_protocol("relational_value"), range(1, 21), 1)
    trials = simulated([plans[i % 20] for i in range(people)], w, beta, draw)
    found = fit("learner", trials, learned_from(trials))
    for name, true in (("w", w), ("beta", beta)):
        low, middle, high = found.intervals[name]
        assert 0.91 < ((low <= true) & (true <= high)).mean() < 0.99, name
        assert 0.4 < (true < middle).mean() < 0.6, name


def test_cohorts_are_drawn_from_people_with_about_the_study_s_beta(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recovery, "COHORTS", 20)
    people = 60
    table = pd.DataFrame({"simulated": np.repeat(list(MODELS), people), "beta": np.tile(np.linspace(0.6, 3.5, 60), 5)})
    table.loc[table["simulated"] == "chance", "beta"] = np.nan
    for model in MODELS:  # the evidence is clear for the model that was simulated, but reversed where beta is another
        sign = np.where(table["beta"].between(0.75, 3) | table["beta"].isna(), 1, -5)
        table[f"evidence_{model}"] = 6.0 * (table["simulated"] == model) * sign
    groups = groups_of(table, seed=1).set_index("simulated")
    assert groups["pool"].tolist() == [45] * 4 + [60]
    assert (groups["cohorts"] == 20).all()
    for what in ("highest", "above_95"):
        shares = groups[[f"{what}_{model}" for model in MODELS]]
        assert shares.to_numpy() == pytest.approx(np.eye(5))
    table[[f"evidence_{model}" for model in MODELS]] = 0.0
    nothing = groups_of(table, seed=1)
    assert nothing.filter(like="above_95").to_numpy() == pytest.approx(0)


# --- telling people apart --------------------------------------------------------------------------------------------


def people_known_within(error: float, count: int = 150) -> tuple[np.ndarray, tuple[np.ndarray, ...]]:
    draw = np.random.default_rng(1)
    true = draw.random(count)
    found = true + draw.normal(0, error, count)
    return true, (found - 1.96 * error, found, found + 1.96 * error)


@pytest.mark.parametrize("error", [0.05, 0.1, 0.2])
def test_what_is_told_apart_is_detected_in_four_of_five_pairs(error: float) -> None:
    apart = told_apart(*people_known_within(error), 0.05)
    assert apart == pytest.approx((1.96 + stats.norm.ppf(0.8)) * 2**0.5 * error, abs=0.06)


def test_an_estimator_that_always_says_the_same_tells_nobody_apart() -> None:
    true, _ = people_known_within(0.1)
    constant = np.full(len(true), 0.5)
    assert told_apart(true, (constant - 0.4, constant, constant + 0.4), 0.05) == np.inf
    assert told_apart(true, (constant, constant, constant), 0.05) == np.inf


def test_finding_the_wrong_one_higher_is_no_detection() -> None:
    true, (low, middle, high) = people_known_within(0.05)
    assert told_apart(true, (1 - high, 1 - middle, 1 - low), 0.05) == np.inf


def test_of_too_few_people_nothing_is_said() -> None:
    assert np.isnan(told_apart(*people_known_within(0.05, count=5), 0.05))


def test_only_those_of_a_band_may_be_the_lower_one_of_a_pair() -> None:
    true, (_, middle, _) = people_known_within(0.05, count=300)
    is_lower = true < 0.5
    middle = np.where(is_lower, middle, 0.75)  # those above .5 are all said to be the same
    found = (middle - 0.1, middle, middle + 0.1)
    assert told_apart(true, found, 0.05, is_lower) < 0.5
    assert told_apart(true, found, 0.05, ~is_lower) == np.inf
