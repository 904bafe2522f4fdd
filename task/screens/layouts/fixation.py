"""The fixation cross."""

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.fixation import Fixation
from task.screens.parts import Part, Shape, layout_of


@layout_of.register
def fixation(scene: Fixation, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out the cross, in the middle."""
    return (Shape("cross", 0, 0, 0.07),)
