"""The rules of the game: what makes a match, what it is worth, and which of the four cells a trial belongs to."""

from typing import Literal, NamedTuple

from task.config.protocol import TrustGame

Side = Literal["left", "right"]
Share = Literal["keep", "split"]


class Cell(NamedTuple):
    """One of the four cells: match or not, ranked high (in the better half) or low."""

    matched: bool
    high: bool


CELLS = tuple(Cell(matched, high) for matched in (True, False) for high in (True, False))


def matched(rank: int, spots: int) -> bool:
    """Say whether a Decider with so many spots has room for somebody of this rank (1 is best)."""
    return rank <= spots


def ranked_high(rank: float, responders: int) -> bool:
    """Say whether a rank lies in the better half: 1 to 4 of 8."""
    return rank <= responders / 2


def cell_of(rank: int, spots: int, responders: int) -> Cell:
    """Give the cell that a trial's feedback belongs to."""
    return Cell(matched(rank, spots), ranked_high(rank, responders))


def payoff(share: Share, game: TrustGame) -> int:
    """Give the participant's points for keeping or splitting the pot after a match."""
    return game.pot if share == "keep" else game.pot // 2
