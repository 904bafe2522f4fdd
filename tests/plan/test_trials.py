"""The order of kinds."""

from collections import Counter
from itertools import groupby

import pytest

from task.plan.draw import Draw
from task.plan.trials import balanced_sides, interleaved


@pytest.mark.parametrize(("per_kind", "kinds", "most"), [(18, 2, 3), (6, 2, 1), (100, 2, 2), (9, 3, 2), (1, 2, 3)])
def test_no_kind_comes_more_often_in_a_row_than_allowed(per_kind: int, kinds: int, most: int) -> None:
    for seed in range(20):
        order = interleaved(per_kind, kinds, most, Draw(seed))
        assert Counter(order) == dict.fromkeys(range(kinds), per_kind)
        assert max(len(list(streak)) for _, streak in groupby(order)) <= most


def test_all_allowed_orders_are_equally_likely() -> None:
    orders = Counter(tuple(interleaved(3, 2, 2, Draw("orders", seed))) for seed in range(6000))
    # of the 20 orders of three and three, those without three in a row: 14
    assert len(orders) == 14
    assert all(abs(count - 6000 / 14) < 5 * (6000 / 14) ** 0.5 for count in orders.values())


def test_one_kind_alone_is_not_interleaved() -> None:
    assert interleaved(5, 1, 3, Draw(0)) == [0] * 5


def test_an_odd_number_of_sides_leans_by_one() -> None:
    assert Counter(balanced_sides(7, 1, Draw(0))) == {"left": 4, "right": 3}
    assert Counter(balanced_sides(7, 0, Draw(0))) == {"left": 3, "right": 4}


def test_draws_do_not_depend_on_what_else_was_drawn() -> None:
    first = Draw("a", 1).shuffled(range(50))
    other = Draw("b")
    other.below(10**30)
    assert Draw("a", 1).shuffled(range(50)) == first
    assert Draw("a", 2).shuffled(range(50)) != first


def test_whole_numbers_are_drawn_evenly() -> None:
    draw = Draw("even")
    counts = Counter(draw.below(7) for _ in range(14_000))
    assert set(counts) == set(range(7))
    assert all(abs(count - 2000) < 5 * 2000**0.5 for count in counts.values())
    assert 0 <= draw.below(10**40) < 10**40
