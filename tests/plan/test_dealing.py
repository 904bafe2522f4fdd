"""The four cells fill, whatever the participant chooses, as far as arithmetic allows."""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from itertools import permutations
from typing import Any, NamedTuple

import numpy as np
import pytest

from task.config.protocol import Protocol
from task.model.mind import LearningMind
from task.plan.dealing import Dealer, Tally
from task.plan.generative import Card
from task.plan.plan import Plan, Trial
from task.plan.rules import CELLS, Cell, matched, ranked_high
from task.scene.choice import Choice
from task.scene.feedback import Feedback
from tests.factories import a_plan, a_protocol

PROTOCOL = a_protocol("relational_value", runs={"spare_versions": 0})
BY_NAME = {
    "relational_value": PROTOCOL,
    "separate_feedback": a_protocol("separate_feedback", runs={"spare_versions": 0}),
}
EXPLICIT = 72
Chooser = Callable[[Plan, Trial], str | None]


def odd_protocol(trials: int, kinds: tuple[str, ...], types: slice = slice(None)) -> Protocol:
    """The main protocol with other numbers of trials, kinds and types."""
    raw: dict[str, Any] = PROTOCOL.model_dump()
    raw["runs"]["trials"] = trials
    raw["deciders"] |= {"kinds": kinds, "types": raw["deciders"]["types"][types]}
    return Protocol.model_validate(raw, strict=False)


class Learner:
    """Chooses and learns as the model of the study does."""

    def __init__(self, w: float, beta: float, seed: int) -> None:
        self._mind = LearningMind(w, beta, 0.5, np.random.default_rng(seed))

    def __call__(self, plan: Plan, trial: Trial) -> str:
        side = self._mind.decide(Choice(plan.decider(trial.left).avatar, plan.decider(trial.right).avatar))
        return getattr(trial, side)

    def learn(self, scene: Feedback) -> None:
        self._mind.learn(scene)


class Missing:
    """Chooses as somebody else does, but leaves out some trials."""

    def __init__(self, chooser: Chooser, rate: float, seed: int) -> None:
        self._chooser, self._rate, self._draw = chooser, rate, np.random.default_rng(seed)

    def __call__(self, plan: Plan, trial: Trial) -> str | None:
        return None if self._draw.random() < self._rate else self._chooser(plan, trial)

    def learn(self, scene: Feedback) -> None:
        if isinstance(self._chooser, Learner):
            self._chooser.learn(scene)


class Seen(NamedTuple):
    """What a run showed: its cells, and the answered explicit trials of the high and of the low half."""

    cells: Counter[Cell]
    answered: Counter[bool]

    @property
    def was_short_needlessly(self) -> bool:
        """Whether a cell has fewer than two though its half had four answered trials, two for each of its cells."""
        return any(self.answered[cell.high] >= 4 and self.cells[cell] < 2 for cell in CELLS)


@lru_cache
def plan_of(protocol: Protocol, number: int) -> Plan:
    return a_plan(protocol, f"{number:02d}", number)


def seen_by_run(chooser: Chooser, number: int, protocol: Protocol = PROTOCOL) -> list[Seen]:
    plan, before, seen = plan_of(protocol, number), Tally(), []
    mean_ranks = {kind.name: kind.mean_rank for kind in protocol.deciders.types}
    for run in plan.runs:
        dealer, answered = Dealer(run, plan.deciders, protocol, before), Counter[bool]()
        for trial in run.trials:
            chosen = chooser(plan, trial)
            dealt = dealer.deal(trial.trial, chosen)
            if dealt is None or chosen is None:
                continue
            card, decider, explicit = dealt[0], plan.decider(chosen), trial.kind == "explicit"
            if explicit:
                answered[ranked_high(mean_ranks[decider.type], protocol.deciders.responders)] += 1
            if isinstance(chooser, Learner | Missing):
                rank = card.rank if explicit else None
                chooser.learn(Feedback(decider.avatar, card.spots, matched(*card), rank))
        seen.append(Seen(dealer.tally.cells, answered))
        before = before + dealer.tally
    return seen


def cells_by_run(chooser: Chooser, number: int, protocol: Protocol = PROTOCOL) -> list[Counter[Cell]]:
    return [run.cells for run in seen_by_run(chooser, number, protocol)]


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


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("side", ["left", "right"])
def test_every_cell_fills_for_participants_who_always_press_the_same_button(side: str, name: str) -> None:
    for number in range(1, 11):
        cells = cells_by_run(lambda plan, trial: getattr(trial, side), number, BY_NAME[name])
        assert smallest_share(cells) >= 0.08
        assert smallest_in_a_run(cells) >= 2


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize("order", list(permutations(["D1", "D2", "D3", "D4"])))
def test_every_cell_fills_as_far_as_arithmetic_allows_for_the_stubborn(order: tuple[str, ...], name: str) -> None:
    """Who strictly prefers one half sees the other in three trials of a run.

    That is enough for one and two, not for two and two; over the session for six and six of 72, which is 8.3 %.
    """

    def chooser(plan: Plan, trial: Trial) -> str:
        return min((trial.left, trial.right), key=lambda who: order.index(who) if who in order else 0)

    prefers_one_half = {*order[:2]} in ({"D1", "D2"}, {"D3", "D4"})
    for number in (1, 2, 3):
        cells = cells_by_run(chooser, number, BY_NAME[name])
        assert smallest_share(cells) >= 0.08
        assert smallest_in_a_run(cells) >= (1 if prefers_one_half else 2)


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize(("w", "beta"), [(1, 8), (0.5, 20)])
def test_where_a_half_had_at_least_four_answered_trials_both_its_cells_have_at_least_two(
    w: float, beta: float, name: str
) -> None:
    runs = [run for number in range(1, 21) for run in seen_by_run(Learner(w, beta, number), number, BY_NAME[name])]
    assert not [run for run in runs if run.was_short_needlessly]
    # else nothing would have been tried: such participants hardly ever choose one of the halves
    assert any(run.answered[high] < 4 for run in runs for high in (True, False))


@pytest.mark.parametrize("name", BY_NAME)
@pytest.mark.parametrize(("w", "beta"), [(0, 1.5), (1, 8), (0.5, 20)])
def test_a_tenth_of_trials_missed_leaves_a_cell_short_needlessly_in_at_most_one_run_of_twenty(
    w: float, beta: float, name: str
) -> None:
    """What is still to come cannot be known if any of it may go unanswered."""
    runs = [
        run
        for number in range(1, 21)
        for run in seen_by_run(Missing(Learner(w, beta, number), 0.1, number), number, BY_NAME[name])
    ]
    assert sum(run.was_short_needlessly for run in runs) <= len(runs) / 20


@pytest.mark.parametrize(
    "protocol",
    [
        odd_protocol(24, ("explicit", "hidden"), slice(0, 3)),
        odd_protocol(36, ("hidden", "explicit"), slice(1, 4)),
        odd_protocol(18, ("explicit",), slice(0, 3)),
        odd_protocol(12, ("explicit",)),
        odd_protocol(24, ("explicit",)),
        odd_protocol(12, ("explicit",), slice(0, 4, 3)),
    ],
    ids=["two high, one low", "one high, two low", "three, explicit only", "explicit only, short", "explicit only",
         "two, explicit only"],
)  # fmt: skip
@pytest.mark.parametrize(("w", "beta"), [(0, 3), (0.5, 20)])
def test_odd_protocols_are_dealt_to_the_end_and_leave_no_cell_short_needlessly(
    protocol: Protocol, w: float, beta: float
) -> None:
    explicit = protocol.runs.trials // len(protocol.deciders.kinds)
    for number in range(1, 11):
        for run in seen_by_run(Learner(w, beta, number), number, protocol):
            assert run.cells.total() == run.answered.total() == explicit
            assert not run.was_short_needlessly


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


# --- by hand: when a cell is filled, with what, and what is expected of the trials to come ---------------------------

MATCH, NO_MATCH = Card(3, 4), Card(3, 2)  # ranked high
OTHER_MATCH, OTHER_NO_MATCH = Card(7, 8), Card(7, 6)  # ranked low


def a_dealer(
    offers: list[tuple[str, str]],
    decks: dict[str, list[Card]],
    reserves: dict[str, list[Card]] | None = None,
    in_a_run: int = 2,
    share: float = 0.0,
    before: Tally | None = None,
    run: int = 1,
) -> Dealer:
    """A dealer for a run of these offers: D1 and D2 rank high, D3 and D4 low, D5 to D8 are hidden."""
    cells = {"trials_per_cell_in_a_run": in_a_run, "share_per_cell": share}
    protocol = a_protocol("relational_value", feedback_cells=cells)
    plan = plan_of(PROTOCOL, 1)
    trials = tuple(
        Trial.model_construct(trial=number, kind="hidden" if left > "D4" else "explicit", left=left, right=right)
        for number, (left, right) in enumerate(offers, 1)
    )
    piles = {"decks": decks, "reserves": reserves or {who: [] for who in decks}}
    planned = plan.run(1, 1).model_copy(update={"run": run, "trials": trials, **piles})
    return Dealer(planned, plan.deciders, protocol, before or Tally())


def deal_all(dealer: Dealer, choices: list[str | None]) -> list[tuple[Card, str] | None]:
    return [dealer.deal(trial, chosen) for trial, chosen in enumerate(choices, 1)]


def test_a_cell_is_filled_when_no_more_trials_are_certain_than_it_still_needs_and_not_before() -> None:
    dealer = a_dealer([("D1", "D2")] * 6, {"D1": [MATCH] * 6}, {"D1": [OTHER_NO_MATCH, NO_MATCH, MATCH, NO_MATCH]})
    assert deal_all(dealer, ["D1"] * 6) == [(MATCH, "deck")] * 4 + [(NO_MATCH, "reserve")] * 2
    assert dealer.tally.cells == {(True, True): 4, (False, True): 2}


def test_a_card_further_down_in_the_deck_is_moved_up_before_the_reserve_is_touched() -> None:
    deck = [MATCH, MATCH, MATCH, MATCH, NO_MATCH, MATCH]
    dealer = a_dealer([("D1", "D2")] * 4, {"D1": deck}, {"D1": [NO_MATCH] * 4})
    assert deal_all(dealer, ["D1"] * 4) == [
        (MATCH, "deck"),
        (NO_MATCH, "moved_up"),
        (MATCH, "deck"),
        (NO_MATCH, "reserve"),
    ]


def test_a_needed_card_that_lies_on_top_comes_from_the_deck_as_any_other() -> None:
    dealer = a_dealer([("D1", "D2")] * 4, {"D1": [NO_MATCH, MATCH, NO_MATCH, MATCH]})
    assert deal_all(dealer, ["D1"] * 4) == [
        (NO_MATCH, "deck"),
        (MATCH, "deck"),
        (NO_MATCH, "deck"),
        (MATCH, "deck"),
    ]


def test_where_neither_deck_nor_reserve_has_a_needed_card_the_deck_takes_its_course() -> None:
    dealer = a_dealer([("D1", "D2")] * 3, {"D1": [MATCH] * 3})
    assert deal_all(dealer, ["D1"] * 3) == [(MATCH, "deck")] * 3


def test_of_two_short_cells_the_shorter_one_is_filled_and_of_equals_the_one_with_less_before_then_the_decks_own() -> (
    None
):
    reserves = {"D1": [MATCH, NO_MATCH] * 3}
    # one match is there: no match is short by two
    dealer = a_dealer([("D1", "D2")] * 2, {"D1": [MATCH] * 2}, reserves)
    dealer.tally.cells[Cell(True, True)] = 1
    assert dealer.deal(1, "D1") == (NO_MATCH, "reserve")
    # both are short by two, and earlier runs had more matches, or more without
    for filled, dealt in ((Cell(True, True), (NO_MATCH, "reserve")), (Cell(False, True), (MATCH, "deck"))):
        before = Tally(Counter({filled: 1}))
        dealer = a_dealer([("D1", "D2")] * 2, {"D1": [MATCH] * 2}, reserves, before=before)
        assert dealer.deal(1, "D1") == dealt
    # short by one each, the matches in this run, the others by their share: 10 matches so far, and 11 without
    before = Tally(Counter({Cell(True, True): 9, Cell(False, True): 9}))
    dealer = a_dealer([("D1", "D2")] * 10, {"D1": [NO_MATCH]}, {"D1": [MATCH]}, share=0.24, run=5, before=before)
    dealer.tally.cells.update({Cell(True, True): 1, Cell(False, True): 2})
    assert dealer.deal(10, "D1") == (MATCH, "reserve")
    for card in (MATCH, NO_MATCH):  # nothing tells them apart
        dealer = a_dealer([("D1", "D2")] * 2, {"D1": [card] * 2}, reserves)
        assert dealer.deal(1, "D1") == (card, "deck")


def test_each_half_is_filled_by_its_own_deciders_and_by_their_explicit_trials_alone() -> None:
    offers = [("D3", "D4"), ("D5", "D6"), ("D3", "D4"), ("D3", "D4"), ("D1", "D2"), ("D5", "D6"), ("D5", "D6")]
    decks = {"D1": [MATCH], "D3": [OTHER_MATCH] * 3, "D5": [MATCH] * 3}
    reserves = {"D1": [], "D3": [MATCH, NO_MATCH, OTHER_NO_MATCH], "D5": []}
    dealer = a_dealer(offers, decks, reserves, in_a_run=1)
    assert deal_all(dealer, ["D3", "D5", "D3", "D3", "D1", "D5", "D5"]) == [
        (OTHER_MATCH, "deck"),
        (MATCH, "deck"),
        (OTHER_MATCH, "deck"),
        (OTHER_NO_MATCH, "reserve"),  # the last trial of the low half
        (MATCH, "deck"),
        (MATCH, "deck"),
        (MATCH, "deck"),
    ]
    assert dealer.tally == Tally(
        Counter({(True, False): 2, (False, False): 1, (True, True): 1}), offered=4, answered=4, mixed=0, mixed_high=0
    )


def test_a_miss_is_dealt_nothing_and_counts_as_an_offer_without_an_answer() -> None:
    offers = [("D1", "D3"), ("D1", "D2"), ("D4", "D2"), ("D1", "D3"), ("D5", "D6")]
    dealer = a_dealer(offers, {"D1": [MATCH] * 2, "D4": [OTHER_MATCH], "D5": []})
    dealt = [None, (MATCH, "deck"), (OTHER_MATCH, "deck"), (MATCH, "deck"), None]
    assert deal_all(dealer, [None, "D1", "D4", "D1", None]) == dealt
    cells = Counter({(True, True): 2, (True, False): 1})
    assert dealer.tally == Tally(cells, offered=4, answered=3, mixed=2, mixed_high=1)


def test_tallies_add_up() -> None:
    one = Tally(Counter({Cell(True, True): 2}), offered=5, answered=4, mixed=3, mixed_high=2)
    other = Tally(
        Counter({Cell(True, True): 1, Cell(False, True): 3}), offered=50, answered=40, mixed=30, mixed_high=20
    )
    both = one + other
    assert both.cells == {Cell(True, True): 3, Cell(False, True): 3}
    assert (both.offered, both.answered, both.mixed, both.mixed_high) == (55, 44, 33, 22)
    assert one.cells == {Cell(True, True): 2}


def forecast(offers: list[tuple[str, str]], high: bool, before: Tally, trial: int = 1) -> tuple[int, int]:
    return a_dealer(offers, {}, before=before)._still_to_come(trial, high)


@pytest.mark.parametrize(
    ("offers", "high", "before", "expected"),
    [
        # (9 + 1) of (9 + 1) were answered: each of four trials of the half will be
        ([("D1", "D2")] * 4, True, Tally(offered=9, answered=9), (4, 4)),
        ([("D3", "D4")] * 4, False, Tally(offered=9, answered=9), (4, 4)),
        ([("D3", "D4")] * 4, True, Tally(offered=9, answered=9), (0, 0)),
        ([("D5", "D6")] * 4, True, Tally(offered=9, answered=9), (0, 0)),
        # 0.8 of ten: 8, less the square root of 1.6
        ([("D1", "D2")] * 10, True, Tally(offered=9, answered=7), (10, 6)),
        # mixed offers, 0.75 of them for the high half: of twelve 9 less 1.5, and 3 less 1.5
        ([("D1", "D3")] * 12, True, Tally(offered=9, answered=9, mixed=9, mixed_high=7), (0, 7)),
        ([("D4", "D2")] * 12, False, Tally(offered=9, answered=9, mixed=9, mixed_high=7), (0, 1)),
        # both kinds, and nothing known yet: 1 * 3 + 0.5 * 4, less 1
        ([("D1", "D2")] * 3 + [("D1", "D3")] * 4, True, Tally(), (3, 4)),
        # answers and mixed choices count together: 0.5 * 0.5 of 16 is 4, less the square root of 3
        ([("D1", "D3")] * 16, False, Tally(offered=9, answered=4, mixed=4, mixed_high=2), (0, 2)),
    ],
)
def test_what_is_to_come_is_forecast_from_what_was_answered_and_chosen_less_one_standard_deviation(
    offers: list[tuple[str, str]], high: bool, before: Tally, expected: tuple[int, int]
) -> None:
    now = ("D1", "D2")
    assert forecast([now, *offers], high, before) == expected
    assert forecast([now, now, now, *offers], high, before, trial=3) == expected


def test_a_short_cell_that_comes_next_anyway_needs_the_likely_trials_only() -> None:
    # a match is needed, and one mixed offer is likely still to be answered for the high half
    offers = [("D1", "D2"), *[("D1", "D3")] * 3]
    before = Tally(offered=99, answered=99, mixed=99, mixed_high=99)
    for top, dealt in ((MATCH, (MATCH, "deck")), (NO_MATCH, (MATCH, "reserve"))):
        dealer = a_dealer(offers, {"D1": [top] * 4}, {"D1": [MATCH] * 2}, in_a_run=1, before=before)
        dealer.tally.cells[Cell(False, True)] = 1
        assert dealer.deal(1, "D1") == dealt
    # both cells need one: what comes next is one of them, and the likely trials suffice for both
    dealer = a_dealer(offers, {"D1": [NO_MATCH] * 4}, {"D1": [MATCH] * 2}, in_a_run=1, before=before)
    assert dealer.deal(1, "D1") == (NO_MATCH, "deck")


@pytest.mark.parametrize(
    ("share", "run", "before", "short"),
    [
        (0.08, 1, 0, 1),  # .08 of 10 explicit trials, rounded up
        (0.08, 3, 0, 3),  # by the third run 2.4 of 30
        (0.08, 3, 2, 1),
        (0.08, 3, 3, 0),
        (0.08, 3, 9, 0),
        (0.1, 3, 0, 3),  # exactly 3: 0.1 * 30 is a little more than that only in a computer
        (0.0, 3, 0, 0),
    ],
)
def test_the_share_of_a_cell_is_counted_over_the_runs_so_far(share: float, run: int, before: int, short: int) -> None:
    cell = Cell(False, True)
    offers = [("D1", "D2")] * 10 + [("D5", "D6")] * 4
    dealer = a_dealer(offers, {}, in_a_run=0, share=share, run=run, before=Tally(Counter({cell: before})))
    assert dealer._short(cell) == short
    dealer.tally.cells[cell] += 1
    assert dealer._short(cell) == max(0, short - 1)


def test_a_run_of_its_own_needs_its_number_in_each_cell_whatever_was_before() -> None:
    cell = Cell(True, False)
    dealer = a_dealer([("D3", "D4")] * 10, {}, in_a_run=2, before=Tally(Counter({cell: 9})))
    assert [dealer._short(cell)] == [2]
    dealer.tally.cells[cell] = 3
    assert dealer._short(cell) == 0
