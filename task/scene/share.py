"""The trust game after a match."""

from dataclasses import dataclass
from typing import Self

from task.config.protocol import Protocol
from task.scene.base import AsksForSide, Scene, Side, TrialFacts


@dataclass(frozen=True)
class Share(AsksForSide):
    """After a match: keep the pot or split it; the chosen one is framed."""

    slot_name = "share"

    avatar: str
    keep_side: Side
    chosen: Side | None = None

    @classmethod
    def of_trial(cls, facts: TrialFacts) -> Self:
        """Ask what to do with what the chosen Decider has given."""
        return cls(facts.feedback.avatar, facts.keep_side)

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the question, and the question answered."""
        return {"share": cls(first, "left"), "share_made": cls(first, "left", "right")}
