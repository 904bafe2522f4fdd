"""The four cells fill, whatever the participant chooses, as far as arithmetic allows."""

from collections import Counter
from collections.abc import Callable
from itertools import permutations

import numpy as np
import pytest

from task.config.protocol import Protocol
from task.model.mind import LearningMind
from task.plan.dealing import Dealer, Tally
from task.plan.plan import Plan, Trial
from task.plan.rules import CELLS, Cell, matched
from task.scene.scenes import Choice, Feedback
from tests.factories import a_plan, a_protocol

PROTOCOL = a_protocol("relational_value", runs={"spare_versions": 0})
EXPLICIT = 72
Chooser = Callable[[Plan, Trial], str | None]


class Learner:
    """Chooses and learns as the model of the study does."""

    def __init__(self, w: float, beta: float, seed: int) -> None:
        self._mind = LearningMind(w, beta, 0.5, np.random.default_rng(seed))

    def __call__(self, plan: Plan, trial: Trial) -> str:
        side = self._mind.decide(Choice(plan.decider(trial.left).avatar, plan.decider(trial.right).avatar))
        return getattr(trial, side)

    def learn(self, scene: Feedback) -> None:
        self._mind.learn(scene)


def cells_by_run(chooser: Chooser, number: int, protocol: Protocol = PROTOCOL) -> list[Counter[Cell]]:
    plan, before, cells = a_plan(protocol, f"{number:02d}", number), Tally(), []
    for run in plan.runs:
        dealer = Dealer(run, plan.deciders, protocol, before)
        for trial in run.trials:
            chosen = chooser(plan, trial)
            dealt = dealer.deal(trial.trial, chosen)
            if isinstance(chooser, Learner) and dealt and chosen:
                card, avatar = dealt[0], plan.decider(chosen).avatar
                rank = card.rank if trial.kind == "explicit" else None
                chooser.learn(Feedback(avatar, card.spots, matched(*card), rank))
        cells.append(dealer.tally.cells)
        before = before + dealer.tally
    return cells


def smallest_share(cells: list[Counter[Cell]]) -> float:
    total = sum(cells, Counter())
    return min(total[cell] for cell in CELLS) / EXPLICIT


def smallest_in_a_run(cells: list[Counter[Cell]]) -> int:
    return min(run[cell] for run in cells for cell in CELLS)


@pytest.mark.parametrize(("w", "beta"), [(0, 0), (0, 1.5), (0, 20), (0.5, 1.5), (0.5, 3), (1, 1.5)])
def test_every_cell_fills_for_participants_who_learn(w: float, beta: float) -> None:
    for number in range(1, 11):
        cells = cells_by_run(Learner(w, beta, number), number)
        assert smallest_share(cells) >= 0.08
        assert smallest_in_a_run(cells) >= 2


@pytest.mark.parametrize("side", ["left", "right"])
def test_every_cell_fills_for_participants_who_always_press_the_same_button(side: str) -> None:
    for number in range(1, 11):
        cells = cells_by_run(lambda plan, trial: getattr(trial, side), number)
        assert smallest_share(cells) >= 0.08
        assert smallest_in_a_run(cells) >= 2


@pytest.mark.parametrize("order", list(permutations(["D1", "D2", "D3", "D4"])))
def test_every_cell_fills_as_far_as_arithmetic_allows_for_the_stubborn(order: tuple[str, ...]) -> None:
    """Who strictly prefers one half sees the other in three trials of a run: enough for one and two, not for two
    and two; over the session for six and six of 72, which is 8.3 %."""

    def chooser(plan: Plan, trial: Trial) -> str:
        return min((trial.left, trial.right), key=lambda who: order.index(who) if who in order else 0)

    prefers_one_half = {*order[:2]} in ({"D1", "D2"}, {"D3", "D4"})
    for number in (1, 2, 3):
        cells = cells_by_run(chooser, number)
        assert smallest_share(cells) >= 0.08
        assert smallest_in_a_run(cells) >= (1 if prefers_one_half else 2)


def test_who_never_answers_fills_no_cell_and_breaks_nothing() -> None:
    assert sum(cells_by_run(lambda plan, trial: None, 1), Counter()) == {}


def test_whoever_chooses_at_random_meets_the_model_s_match_probabilities() -> None:
    seen: dict[str, list[bool]] = {}
    sources: Counter[str] = Counter()
    for number in range(1, 25):
        plan, before, draw = a_plan(PROTOCOL, f"{number:02d}", number), Tally(), np.random.default_rng(number)
        for run in plan.runs:
            dealer = Dealer(run, plan.deciders, PROTOCOL, before)
            for trial in run.trials:
                chosen = trial.left if draw.random() < 0.5 else trial.right
                dealt = dealer.deal(trial.trial, chosen)
                assert dealt is not None
                seen.setdefault(plan.decider(chosen).type, []).append(matched(*dealt[0]))
                sources[dealt[1]] += 1
            before = before + dealer.tally
    rates = {name: float(np.mean(outcomes)) for name, outcomes in seen.items()}
    assert rates["high_value_low_outcome"] == pytest.approx(0.37, abs=0.03)
    assert rates["high_value_high_outcome"] == pytest.approx(0.85, abs=0.03)
    assert rates["low_value_low_outcome"] == pytest.approx(0.37, abs=0.03)
    assert rates["low_value_high_outcome"] == pytest.approx(0.88, abs=0.03)
    assert sources["deck"] / sources.total() > 0.95


def test_hidden_deciders_deal_their_decks_as_they_lie() -> None:
    plan = a_plan(PROTOCOL)
    run = plan.run(1, 1)
    dealer = Dealer(run, plan.deciders, PROTOCOL, Tally())
    dealt: dict[str, list] = {}
    for trial in run.trials:
        result = dealer.deal(trial.trial, trial.left)
        if trial.kind == "hidden" and result:
            assert result[1] == "deck"
            dealt.setdefault(trial.left, []).append(result[0])
    assert all(tuple(cards) == run.decks[who][: len(cards)] for who, cards in dealt.items())


def test_dealing_again_by_the_same_choices_deals_the_same() -> None:
    def chooser(plan: Plan, trial: Trial) -> str | None:
        return None if trial.trial % 7 == 0 else trial.right

    assert cells_by_run(chooser, 5) == cells_by_run(chooser, 5)


def test_nothing_is_moved_where_the_protocol_asks_for_no_cells() -> None:
    protocol = a_protocol("relational_value", feedback_cells={"trials_per_cell_in_a_run": 0, "share_per_cell": 0.0})
    plan = a_plan(protocol)
    dealer = Dealer(plan.run(1, 1), plan.deciders, protocol, Tally())
    assert {dealer.deal(t.trial, t.left)[1] for t in plan.run(1, 1).trials} == {"deck"}
