"""The choice of a trial."""

from dataclasses import dataclass
from typing import Self

from task.config.protocol import Protocol
from task.scene.base import AsksForSide, Scene, Side, TrialFacts


@dataclass(frozen=True)
class Choice(AsksForSide):
    """Two Deciders to choose between; the chosen one is framed."""

    slot_name = "choice"

    left: str
    right: str
    chosen: Side | None = None

    @classmethod
    def of_trial(cls, facts: TrialFacts) -> Self:
        """Offer the trial's two Deciders."""
        return cls(facts.left, facts.right)

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the offer, and the offer with a choice made."""
        return {"choice": cls(first, second), "choice_made": cls(first, second, "left")}
