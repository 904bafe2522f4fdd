"""The order of kinds, of pairs and of sides."""

from collections import Counter
from fractions import Fraction
from itertools import combinations, groupby, pairwise, permutations
from math import prod

import pytest

from task.plan.draw import Draw
from task.plan.trials import balanced_sides, interleaved, offers


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


class AllOutcomes:
    """Draws that go through every outcome there is: those of ``path`` first, and then the lowest ones."""

    def __init__(self, path: list[int]) -> None:
        self.path, self.limits = path, list[int]()

    def below(self, limit: int) -> int:
        self.limits.append(limit)
        if len(self.limits) > len(self.path):
            self.path.append(0)
        return self.path[len(self.limits) - 1]


def chances_of_orders(per_kind: int, kinds: int, most: int) -> dict[tuple[int, ...], Fraction]:
    """The exact probability of each order."""
    chances: dict[tuple[int, ...], Fraction] = {}
    path: list[int] = []
    while True:
        draw = AllOutcomes(path)
        order = tuple(interleaved(per_kind, kinds, most, draw))  # type: ignore[arg-type]
        chances[order] = chances.get(order, Fraction(0)) + Fraction(1, prod(draw.limits))
        while path and path[-1] + 1 == draw.limits[len(path) - 1]:
            path.pop()
        if not path:
            return chances
        path[-1] += 1


@pytest.mark.parametrize(("per_kind", "kinds", "most"), [(3, 2, 1), (3, 2, 2), (2, 3, 1)])
def test_each_order_that_is_allowed_has_exactly_the_same_chance(per_kind: int, kinds: int, most: int) -> None:
    chances = chances_of_orders(per_kind, kinds, most)
    allowed = {
        order
        for order in permutations([kind for kind in range(kinds) for _ in range(per_kind)])
        if max(len(list(streak)) for _, streak in groupby(order)) <= most
    }
    assert chances == dict.fromkeys(allowed, Fraction(1, len(allowed)))


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


def test_each_round_offers_every_pair_of_a_kind_once_and_none_twice_running() -> None:
    for seed in range(50):
        run = offers(("explicit", "hidden"), 4, 36, 1, 0, 3, Draw("rounds", seed))
        for kind in ("explicit", "hidden"):
            pairs = [frozenset((offer.left, offer.right)) for offer in run if offer.kind == kind]
            for start in (0, 6, 12):
                assert set(pairs[start : start + 6]) == set(map(frozenset, combinations(range(4), 2)))
            assert all(one != after for one, after in pairwise(pairs))


def test_two_types_make_one_pair_which_has_to_come_twice_running() -> None:
    run = offers(("explicit",), 2, 6, 1, 0, 3, Draw("one pair"))
    assert sorted((offer.left, offer.right) for offer in run) == [(0, 1)] * 3 + [(1, 0)] * 3


@pytest.mark.parametrize(("run", "flip"), [(1, 0), (2, 0), (1, 1), (2, 1)])
def test_of_an_odd_number_of_offers_runs_and_participants_take_turns_and_half_of_the_pairs_favour_the_first(
    run: int, flip: int
) -> None:
    lefts = Counter((offer.left, offer.right) for offer in offers(("explicit",), 4, 18, run, flip, 3, Draw(run, flip)))
    for a, b in combinations(range(4), 2):
        favoured = (a + b + run + flip) % 2 == 1
        assert (lefts[a, b], lefts[b, a]) == ((2, 1) if favoured else (1, 2))


def test_of_an_even_number_of_offers_both_sides_come_equally_often() -> None:
    lefts = Counter((offer.left, offer.right) for offer in offers(("hidden",), 3, 12, 1, 0, 3, Draw("even")))
    assert lefts == dict.fromkeys([(0, 1), (1, 0), (0, 2), (2, 0), (1, 2), (2, 1)], 2)


def test_sides_of_a_pair_come_in_no_order_over_the_rounds() -> None:
    first = Counter[bool]()
    for seed in range(200):
        run = offers(("explicit",), 4, 36, 1, 0, 3, Draw("sides", seed))
        first.update(offer.left < offer.right for offer in run[:6])
    assert first[True] / first.total() == pytest.approx(0.5, abs=0.07)


def test_every_pair_is_as_likely_as_any_other_to_open_a_run() -> None:
    first = Counter[frozenset[int]]()
    for seed in range(600):
        offer = offers(("explicit",), 4, 6, 1, 0, 3, Draw("opens", seed))[0]
        first[frozenset((offer.left, offer.right))] += 1
    assert all(abs(first[frozenset(pair)] - 100) < 50 for pair in combinations(range(4), 2))


def test_every_place_has_keep_on_the_left_as_often_as_on_the_right() -> None:
    left = Counter[int]()
    for seed in range(400):
        sides = balanced_sides(6, 0, Draw("keep", seed))
        left.update(place for place, side in enumerate(sides) if side == "left")
    assert all(abs(left[place] - 200) < 50 for place in range(6))
