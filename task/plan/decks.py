"""Feedback as balanced decks: each Decider's cards are dealt in the order in which it is chosen.

A deck holds, over the runs of a set of Deciders, the cards of the generative model in the model's own proportions,
and matches are spread evenly over it. So nobody gets an unlucky Decider, however often it is chosen. Beside each
explicit deck lies a reserve of cards for trials that fill a cell which would else stay short (see ``dealing``).
"""

from collections.abc import Sequence

from task.config.protocol import DeciderType, Protocol
from task.plan.draw import Draw
from task.plan.generative import Card, apportion, card_probabilities, match_probability
from task.plan.rules import cell_of, matched, ranked_high


def decks_of(kind: DeciderType, protocol: Protocol, runs: int, draw: Draw) -> list[list[Card]]:
    """Deal out one Decider's cards over the runs in which it takes part.

    Parameters
    ----------
    kind : DeciderType
        The Decider's type.
    protocol : Protocol
        Gives the number of trials and the Deciders' model.
    runs : int
        In how many runs the Decider takes part.
    draw : Draw
        The source of randomness.

    Returns
    -------
    list of list of Card
        One deck a run, each with as many cards as the Decider is offered in a run.
    """
    size = protocol.runs.trials // protocol.pairs * (len(protocol.deciders.types) - 1)
    probabilities = card_probabilities(kind, protocol.deciders)
    matches = round(size * runs * match_probability(kind, protocol.deciders))
    pools = {}
    for outcome, count in ((True, matches), (False, size * runs - matches)):
        weights = {card: p for card, p in probabilities.items() if matched(*card) is outcome}
        pools[outcome] = draw.shuffled(apportion(weights, count))
    decks = []
    for number in _spread(matches, [size] * runs, draw):
        blocks = _spread(number, _blocks(size), draw)
        deck: list[Card] = []
        for block, in_block in zip(_blocks(size), blocks, strict=True):
            outcomes = draw.shuffled([True] * in_block + [False] * (block - in_block))
            deck += [pools[outcome].pop() for outcome in outcomes]
        decks.append(deck)
    return decks


def reserve_of(kind: DeciderType, protocol: Protocol, draw: Draw) -> list[Card]:
    """Give the cards that can be dealt to fill a cell: those of the Decider's own half of the ranks."""
    responders, cells = protocol.deciders.responders, protocol.feedback_cells
    explicit = protocol.runs.trials * protocol.runs.count // len(protocol.deciders.kinds)
    count = max(2 * cells.trials_per_cell_in_a_run, round(cells.share_per_cell * explicit + 0.5))
    high = ranked_high(kind.mean_rank, responders)
    reserve: list[Card] = []
    for outcome in (True, False):
        weights = {
            card: p
            for card, p in card_probabilities(kind, protocol.deciders).items()
            if cell_of(*card, responders) == (outcome, high) and p > 1e-3
        }
        reserve += draw.shuffled(apportion(weights, count))
    return reserve


def _blocks(size: int) -> list[int]:
    """Cut a deck into blocks of three, the last one shorter."""
    return [min(3, size - start) for start in range(0, size, 3)]


def _spread(count: int, sizes: Sequence[int], draw: Draw) -> list[int]:
    """Spread ``count`` over parts in proportion to their sizes, the odd ones where a drawn offset lets them fall."""
    total, offset = sum(sizes), draw.below(sum(sizes))
    parts, seen = [], 0
    for size in sizes:
        parts.append(((seen + size) * count + offset) // total - (seen * count + offset) // total)
        seen += size
    return parts
