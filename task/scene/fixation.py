"""Nothing but a cross to look at."""

from dataclasses import dataclass

from task.config.protocol import Protocol
from task.scene.base import Scene


@dataclass(frozen=True)
class Fixation(Scene):
    """A cross to look at."""

    slot_name = "fixation"

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the cross."""
        return {"fixation": cls()}
