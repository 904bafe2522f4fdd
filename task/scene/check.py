"""What a preflight asks of whoever lies in the scanner."""

from dataclasses import dataclass
from typing import Literal

from task.scene.base import Scene, Side


@dataclass(frozen=True)
class Check(Scene):
    """Before any run: the participant is asked for a press that shows whether the room works, or for nothing.

    With ``asks="side"`` there is a dot to the left or right, with ``asks="height"`` above or below the words.
    """

    asks: Literal["left", "right", "alarm", "side", "height", "nothing"]
    dot: Side | Literal["above", "below"] | None = None
    seconds: int | None = None
