"""What every scene is. Avatars are named "set/picture"; ranks and spots are whole numbers from 1."""

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar, Literal, Self

from task.computer.modules import import_all
from task.config.protocol import Protocol

Side = Literal["left", "right"]


@dataclass(frozen=True)
class Dealt:
    """What the chosen Decider has dealt: its avatar, its spots, whether it was a match, and the rank unless hidden."""

    avatar: str
    spots: int
    match: bool
    rank: int | None


@dataclass(frozen=True)
class TrialFacts:
    """What the scenes of a trial can show of it; nothing is dealt before the choice, or after a miss."""

    left: str
    right: str
    keep_side: Side
    dealt: Dealt | None = None

    @property
    def feedback(self) -> Dealt:
        """What was dealt, for scenes that can come after an answered choice only."""
        if self.dealt is None:
            raise ValueError("nothing was dealt in this trial")
        return self.dealt


@dataclass(frozen=True)
class Scene:
    """A thing that can be shown.

    Attributes
    ----------
    slot_name : str or None
        What a protocol's slots call it; None if no slot of a trial can show it.
    """

    slot_name: ClassVar[str | None] = None

    @classmethod
    def of_trial(cls, facts: TrialFacts) -> Self:
        """Make the scene that a slot shows in a trial."""
        return cls()

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, "Scene"]:
        """Give one of each form that it takes under a protocol, by a name for its picture, with two avatars."""
        return {}


class AsksForSide(Scene):
    """A scene that takes a response, left or right; the chosen side is framed."""

    def answered(self, side: Side) -> Self:
        """Give the scene with the response framed."""
        framed: dict[str, Any] = {"chosen": side}
        return replace(self, **framed)


@cache
def kinds_of_scene() -> dict[str, type[Scene]]:
    """Give every kind of scene by its name: all that the modules of this room define."""
    import_all("task.scene")
    kinds = [kind for parent in (Scene, AsksForSide) for kind in parent.__subclasses__() if kind is not AsksForSide]
    return {kind.__name__: kind for kind in kinds}


@cache
def scenes_by_slot_name() -> dict[str, type[Scene]]:
    """Give the kinds of scene that slots can show, by what a protocol calls them."""
    return {kind.slot_name: kind for kind in kinds_of_scene().values() if kind.slot_name is not None}
