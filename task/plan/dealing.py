"""Dealing feedback while a run goes on: in the order of the decks, unless a cell would stay short.

The four cells (match or not, ranked high or low) are counted over answered explicit trials. Before each deal the
dealer forecasts how many trials of the chosen Decider's half (high or low) are still to come, from the offers left
and from this participant's own choices so far. If those may not suffice for what the half's two cells still need,
the next card of a short cell is dealt first: one from further down in the deck, or else one from the reserve. The
dealer is a function of the plan and of the choices, so it deals the same again when a run is verified.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from task.config.protocol import Protocol
from task.plan.generative import Card
from task.plan.plan import Decider, RunPlan
from task.plan.rules import CELLS, Cell, cell_of, ranked_high

Source = Literal["deck", "moved_up", "reserve"]


@dataclass
class Tally:
    """What has been seen of a participant's explicit trials: cells filled, and choices between the halves."""

    cells: Counter[Cell] = field(default_factory=Counter)
    offered: int = 0
    answered: int = 0
    mixed: int = 0
    mixed_high: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        """Add up two tallies."""
        return Tally(
            self.cells + other.cells,
            self.offered + other.offered,
            self.answered + other.answered,
            self.mixed + other.mixed,
            self.mixed_high + other.mixed_high,
        )

    def count(self, offered: tuple[bool, bool], chosen: bool | None, cell: Cell | None) -> None:
        """Count an explicit trial.

        Parameters
        ----------
        offered : tuple of bool
            Whether each Decider on offer is of the high half.
        chosen : bool or None
            Whether the chosen one is; None after a miss.
        cell : Cell or None
            The cell of the feedback; None if none was dealt.
        """
        self.offered += 1
        if chosen is None or cell is None:
            return
        self.answered += 1
        self.cells[cell] += 1
        if offered[0] != offered[1]:
            self.mixed += 1
            self.mixed_high += chosen


def halves_of(type_of: Mapping[str, str], mean_ranks: Mapping[str, float], responders: int) -> dict[str, bool]:
    """Say of each Decider whether its type ranks high: by the Decider's label, its type, and the types' mean ranks."""
    return {label: ranked_high(mean_ranks[kind], responders) for label, kind in type_of.items()}


class Dealer:
    """Deals the feedback of one run.

    Parameters
    ----------
    run : RunPlan
        The run's offers and decks.
    deciders : iterable of Decider
        The Deciders of the plan.
    protocol : Protocol
        Says how well the cells are to be filled.
    before : Tally
        What earlier runs of this participant showed.
    """

    def __init__(self, run: RunPlan, deciders: Iterable[Decider], protocol: Protocol, before: Tally) -> None:
        self._run, self._protocol, self._before = run, protocol, before
        self._responders = protocol.deciders.responders
        mean_ranks = {kind.name: kind.mean_rank for kind in protocol.deciders.types}
        self._high = halves_of({d.id: d.type for d in deciders}, mean_ranks, self._responders)
        self._decks = {name: list(cards) for name, cards in run.decks.items()}
        self._reserves = {name: list(cards) for name, cards in run.reserves.items()}
        self.tally = Tally()

    def deal(self, trial: int, chosen: str | None) -> tuple[Card, Source] | None:
        """Deal the feedback of a trial.

        Parameters
        ----------
        trial : int
            The trial's number in the run, from 1.
        chosen : str or None
            The chosen Decider; None after a miss, for which no card is dealt.

        Returns
        -------
        tuple of Card and str, or None
            The card, and whether it was the deck's next one, one moved up, or one of the reserve.
        """
        explicit = self._run.trials[trial - 1].kind == "explicit"
        dealt = None
        if chosen is not None:
            cell = self._needed(trial, chosen) if explicit else None
            dealt = self._take(chosen, cell)
        if explicit:
            offer = self._run.trials[trial - 1]
            self.tally.count(
                (self._high[offer.left], self._high[offer.right]),
                None if chosen is None else self._high[chosen],
                cell_of(*dealt[0], self._responders) if dealt else None,
            )
        return dealt

    def _take(self, chosen: str, cell: Cell | None) -> tuple[Card, Source]:
        deck, reserve = self._decks[chosen], self._reserves[chosen]
        if cell is not None:
            for pile, source in ((deck, "moved_up"), (reserve, "reserve")):
                for i, card in enumerate(pile):
                    if cell_of(*card, self._responders) == cell:
                        return pile.pop(i), "deck" if pile is deck and i == 0 else source  # type: ignore[return-value]
        return deck.pop(0), "deck"

    def _needed(self, trial: int, chosen: str) -> Cell | None:
        """Give the cell that this trial has to fill, or None if the deck may take its course."""
        high = self._high[chosen]
        short = {cell: self._short(cell) for cell in CELLS if cell.high == high}
        needed = sum(short.values())
        next_one = cell_of(*self._decks[chosen][0], self._responders)
        certain, likely = self._still_to_come(trial, high)
        if needed <= (likely if short.get(next_one) else min(certain, likely)):
            return None
        so_far = self._before.cells + self.tally.cells
        return max(short, key=lambda cell: (short[cell], -so_far[cell], cell == next_one))

    def _short(self, cell: Cell) -> int:
        cells = self._protocol.feedback_cells
        here = self.tally.cells[cell]
        explicit = len([t for t in self._run.trials if t.kind == "explicit"])
        by_now = math.ceil(cells.share_per_cell * explicit * self._run.run - 1e-9)
        return max(0, cells.trials_per_cell_in_a_run - here, by_now - here - self._before.cells[cell])

    def _still_to_come(self, trial: int, high: bool) -> tuple[int, int]:
        """Forecast how many later trials will be answered for a Decider of this half.

        Returns
        -------
        certain : int
            Trials in which both Deciders are of this half.
        likely : int
            The expected number, from this participant's choices so far, less one standard deviation.
        """
        seen = self._before + self.tally
        answers = (seen.answered + 1) / (seen.offered + 1)
        mixed_high = (seen.mixed_high + 0.5) / (seen.mixed + 1)
        certain, mean, variance = 0, 0.0, 0.0
        for later in self._run.trials[trial:]:
            halves = {self._high[later.left], self._high[later.right]}
            if later.kind != "explicit" or halves == {not high}:
                continue
            certain += len(halves) == 1
            p = answers * (1 if len(halves) == 1 else mixed_high if high else 1 - mixed_high)
            mean, variance = mean + p, variance + p * (1 - p)
        return certain, math.floor(mean - math.sqrt(variance) + 1e-9)
