"""What a preflight asks of whoever lies in the scanner."""

from dataclasses import dataclass
from typing import Any, Literal

from task.config.protocol import Protocol
from task.scene.base import Scene, Side

_LONGEST_S = 600


@dataclass(frozen=True)
class Check(Scene):
    """Before any run: the participant is asked for a press that shows whether the room works, or for nothing.

    With ``asks="side"`` there is a dot to the left or right, with ``asks="height"`` above or below the words.
    """

    asks: Literal["left", "right", "alarm", "side", "height", "nothing"]
    dot: Side | Literal["above", "below"] | None = None
    seconds: int | None = None

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give one of each question, with the longest time that an operator can allow, and what stands between them."""
        asked: dict[Any, Any] = {"left": None, "right": None, "alarm": None, "side": "left", "height": "above"}
        scenes = {f"check_{asks}": cls(asks, dot, _LONGEST_S) for asks, dot in asked.items()}
        return {**scenes, "check_nothing": cls("nothing")}
