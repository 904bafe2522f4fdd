"""Which two Deciders each trial offers, in which order, and on which side each stands."""

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import Literal, NamedTuple

from task.plan.draw import Draw
from task.plan.rules import Side

Kind = Literal["explicit", "hidden"]


class Offer(NamedTuple):
    """A trial's two Deciders, by their place in the list of types."""

    kind: Kind
    left: int
    right: int


def offers(
    kinds: Sequence[Kind], types: int, trials: int, run: int, flip: int, most_in_a_row: int, draw: Draw
) -> list[Offer]:
    """Work out the offers of a run.

    Every pair within a kind comes equally often, once in each round of all pairs and never twice running. Its sides
    differ by at most one within a run, and even out over two runs.

    Parameters
    ----------
    kinds : sequence of str
        The kinds of Deciders, which are interleaved.
    types : int
        Deciders of a kind.
    trials : int
        Trials of the run: a multiple of the number of pairs.
    run : int
        The run's number; odd and even runs favour opposite sides.
    flip : int
        0 or 1: swaps the sides for every other participant.
    most_in_a_row : int
        Most trials of a kind in a row, where there are several kinds.
    draw : Draw
        The source of randomness.
    """
    per_kind = trials // len(kinds)
    by_kind = {kind: _pairs_in_order(types, per_kind, run + flip, draw) for kind in kinds}
    order = interleaved(per_kind, len(kinds), most_in_a_row, draw)
    return [Offer(kinds[index], *by_kind[kinds[index]].pop(0)) for index in order]


def _pairs_in_order(types: int, trials: int, favour: int, draw: Draw) -> list[tuple[int, int]]:
    pairs = list(combinations(range(types), 2))
    rounds = trials // len(pairs)
    first_left = {}
    for a, b in pairs:
        # of an odd number of rounds, the side that comes once more depends on the pair and the run
        more = (rounds + (a + b + favour) % 2) // 2
        first_left[a, b] = draw.shuffled([True] * more + [False] * (rounds - more))
    ordered: list[tuple[int, int]] = []
    for number in range(rounds):
        mixed = draw.shuffled(pairs)
        if ordered and set(mixed[0]) == set(ordered[-1]):
            mixed.append(mixed.pop(0))
        ordered += [(a, b) if first_left[a, b][number] else (b, a) for a, b in mixed]
    return ordered


def interleaved(per_kind: int, kinds: int, most_in_a_row: int, draw: Draw) -> list[int]:
    """Draw an order of kinds, each ``per_kind`` times, none more than ``most_in_a_row`` times in a row.

    All such orders are equally likely: each step is drawn by the number of orders that it leaves open.
    """
    if kinds == 1:
        return [0] * per_kind
    left, order, last, streak = [per_kind] * kinds, [], -1, 0
    while any(left):
        ways = []
        for kind in range(kinds):
            allowed = left[kind] > 0 and (kind != last or streak < most_in_a_row)
            after = tuple(n - (k == kind) for k, n in enumerate(left))
            ways.append(_ways(after, kind, streak + 1 if kind == last else 1, most_in_a_row) if allowed else 0)
        pick, kind = draw.below(sum(ways)), 0
        while pick >= ways[kind]:
            pick -= ways[kind]
            kind += 1
        left[kind] -= 1
        streak = streak + 1 if kind == last else 1
        last = kind
        order.append(kind)
    return order


@lru_cache(maxsize=100_000)
def _ways(left: tuple[int, ...], last: int, streak: int, most: int) -> int:
    """Count the orders of what is left."""
    if not any(left):
        return 1
    return sum(
        _ways(tuple(n - (k == kind) for k, n in enumerate(left)), kind, streak + 1 if kind == last else 1, most)
        for kind in range(len(left))
        if left[kind] and (kind != last or streak < most)
    )


def balanced_sides(count: int, more: int, draw: Draw) -> list[Side]:
    """Give ``count`` sides, half of them left; ``more`` (0 or 1) says which side an odd one is."""
    left = (count + more % 2) // 2
    sides: list[Side] = ["left"] * left
    return draw.shuffled(sides + ["right"] * (count - left))
