"""A question to the participant: which press answers it is decided by the press's stamp, whenever it is read."""

from task.devices.strokes import Stroke
from task.plan.cues import Cue
from task.plan.rules import Side
from task.scene.base import AsksForSide


class Question:
    """A scene that takes one response: open from its actual flip to the planned end of its window."""

    def __init__(self, cue: Cue, scene: AsksForSide, opens: float, closes: float) -> None:
        self.cue, self.scene, self.opens, self.closes = cue, scene, opens, closes
        self.side: Side | None = None
        self.time: float | None = None

    def takes(self, stroke: Stroke) -> bool:
        """Say whether a press counts: the first one whose stamp lies within the window."""
        return self.side is None and self.opens <= stroke.time <= self.closes
