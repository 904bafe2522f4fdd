"""What lies in the decks and in the reserves, and in which order."""

from collections import Counter
from itertools import pairwise

import pytest

from task.config.protocol import DeciderType, Protocol
from task.plan.decks import decks_of, reserve_of
from task.plan.draw import Draw
from task.plan.generative import card_probabilities, match_probability
from task.plan.rules import cell_of, matched, ranked_high
from tests.factories import a_protocol

PROTOCOL = a_protocol("relational_value")
TYPES = PROTOCOL.deciders.types


@pytest.fixture(params=TYPES, ids=lambda kind: kind.name)
def kind(request: pytest.FixtureRequest) -> DeciderType:
    return request.param


def with_cells(trials_per_cell_in_a_run: int, share_per_cell: float) -> Protocol:
    cells = {"trials_per_cell_in_a_run": trials_per_cell_in_a_run, "share_per_cell": share_per_cell}
    return a_protocol("relational_value", feedback_cells=cells)


@pytest.mark.parametrize("runs", [1, 2, 4])
def test_the_decks_of_all_runs_together_hold_the_model_s_cards_in_the_model_s_proportions(
    kind: DeciderType, runs: int
) -> None:
    decks = decks_of(kind, PROTOCOL, runs, Draw("proportions"))
    assert [len(deck) for deck in decks] == [9] * runs
    cards = Counter(card for deck in decks for card in deck)
    probabilities = card_probabilities(kind, PROTOCOL.deciders)
    matches = round(9 * runs * match_probability(kind, PROTOCOL.deciders))
    for outcome, count in ((True, matches), (False, 9 * runs - matches)):
        weights = {card: p for card, p in probabilities.items() if matched(*card) is outcome}
        assert sum(cards[card] for card in weights) == count
        assert all(abs(cards[card] - count * p / sum(weights.values())) < 1 for card, p in weights.items())


def test_no_run_and_no_third_of_a_run_is_luckier_than_another_by_more_than_one_match(kind: DeciderType) -> None:
    for seed in range(20):
        decks = decks_of(kind, PROTOCOL, 4, Draw("luck", seed))
        by_run = [[matched(*card) for card in deck] for deck in decks]
        assert max(map(sum, by_run)) - min(map(sum, by_run)) <= 1
        for deck in by_run:
            by_third = [sum(deck[start : start + 3]) for start in (0, 3, 6)]
            assert max(by_third) - min(by_third) <= 1


def test_of_a_deck_that_is_no_multiple_of_three_the_last_block_is_the_shorter_one() -> None:
    # with 12 types a Decider is offered 11 times in each run: 3 + 3 + 3 + 2
    deciders = PROTOCOL.deciders.model_copy(
        update={"types": tuple(TYPES[i % 4].model_copy(update={"name": f"type_{i}"}) for i in range(12))}
    )
    protocol = a_protocol("relational_value", runs={"trials": 132}).model_copy(update={"deciders": deciders})
    for seed in range(20):
        (deck,) = decks_of(TYPES[0], protocol, 1, Draw("blocks", seed))
        assert len(deck) == 11
        lucky = [matched(*card) for card in deck]
        share = sum(lucky) / 11
        assert all(abs(sum(lucky[start : start + 3]) - 3 * share) < 1 for start in (0, 3, 6))
        assert abs(sum(lucky[9:]) - 2 * share) < 1


def test_each_place_in_the_decks_is_as_lucky_as_any_other(kind: DeciderType) -> None:
    """Else a participant could learn the order instead of the Deciders."""
    times, p = 400, match_probability(kind, PROTOCOL.deciders)
    lucky = Counter[int]()
    for seed in range(times):
        cards = [card for deck in decks_of(kind, PROTOCOL, 4, Draw("places", seed)) for card in deck]
        lucky.update(place for place, card in enumerate(cards) if matched(*card))
    assert all(abs(lucky[place] / times - p) < 5 * (p * (1 - p) / times) ** 0.5 for place in range(36))


def test_cards_of_one_outcome_come_in_no_order(kind: DeciderType) -> None:
    rises = Counter[bool]()
    for seed in range(100):
        cards = [card for deck in decks_of(kind, PROTOCOL, 4, Draw("order", seed)) for card in deck]
        alike = [card for card in cards if matched(*card)]
        rises.update(after > card for card, after in pairwise(alike) if after != card)
    assert rises[True] / rises.total() == pytest.approx(0.5, abs=0.1)


@pytest.mark.parametrize(
    ("in_a_run", "share", "count"), [(2, 0.08, 6), (4, 0.0, 8), (4, 0.08, 8), (1, 0.1, 8), (2, 0.25, 18), (0, 0.0, 0)]
)
def test_a_reserve_could_fill_both_cells_of_its_half_alone(
    kind: DeciderType, in_a_run: int, share: float, count: int
) -> None:
    """Twice what a run asks of a cell, or what a session of 72 explicit trials does, whichever is more."""
    reserve = reserve_of(kind, with_cells(in_a_run, share), Draw("reserve"))
    high = ranked_high(kind.mean_rank, 8)
    cells = Counter(cell_of(*card, 8) for card in reserve)
    assert cells == Counter({cell: count for cell in ((True, high), (False, high)) if count})


def test_a_reserve_holds_the_model_s_cards_of_each_cell_and_none_rarer_than_one_in_a_thousand(
    kind: DeciderType,
) -> None:
    reserve = Counter(reserve_of(kind, with_cells(2, 0.25), Draw("reserve")))
    probabilities = card_probabilities(kind, PROTOCOL.deciders)
    for outcome in (True, False):
        cell = (outcome, ranked_high(kind.mean_rank, 8))
        weights = {card: p for card, p in probabilities.items() if cell_of(*card, 8) == cell and p > 0.001}
        quotas = {card: 18 * p / sum(weights.values()) for card, p in weights.items()}
        dealt = {card: n for card, n in reserve.items() if cell_of(*card, 8) == cell}
        assert dealt.keys() <= weights.keys()
        assert all(abs(dealt.get(card, 0) - quota) < 1 for card, quota in quotas.items())


def test_cards_of_a_reserve_come_in_no_order(kind: DeciderType) -> None:
    reserves = {tuple(reserve_of(kind, PROTOCOL, Draw("order", seed))) for seed in range(20)}
    assert len({tuple(sorted(reserve)) for reserve in reserves}) == 1
    for start in (0, 6):
        assert len({reserve[start : start + 6] for reserve in reserves}) > 1
