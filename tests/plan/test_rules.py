"""The rules of the game."""

import pytest

from task.config.protocol import TrustGame
from task.plan.rules import CELLS, Cell, Share, cell_of, matched, payoff, ranked_high


@pytest.mark.parametrize(("rank", "spots", "match"), [(1, 1, True), (3, 2, False), (3, 3, True), (3, 4, True)])
def test_a_match_is_a_rank_within_the_spots(rank: int, spots: int, match: bool) -> None:
    assert matched(rank, spots) is match


@pytest.mark.parametrize(("rank", "responders", "high"), [(4, 8, True), (5, 8, False), (3, 7, True), (4, 7, False)])
def test_high_is_the_better_half_of_the_ranks(rank: int, responders: int, high: bool) -> None:
    assert ranked_high(rank, responders) is high


def test_the_four_cells_are_match_or_not_by_high_or_low() -> None:
    assert set(CELLS) == {(True, True), (True, False), (False, True), (False, False)}
    assert cell_of(rank=5, spots=6, responders=8) == Cell(matched=True, high=False)
    assert cell_of(rank=2, spots=1, responders=8) == Cell(matched=False, high=True)


@pytest.mark.parametrize(("share", "points"), [("keep", 30), ("split", 15)])
def test_whoever_keeps_gets_the_pot_and_whoever_splits_half_of_it(share: Share, points: int) -> None:
    paid = payoff(share, TrustGame(invested=10, multiplier=3))
    assert paid == points
    assert isinstance(paid, int)
