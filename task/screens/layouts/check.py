"""What a preflight asks."""

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.check import Check
from task.screens.parts import FULL_WIDTH, QUESTION_Y, TEXT, Frame, Part, Words, block, layout_of, message
from task.screens.typeface import height_that_fits

_DOT = 0.2
_DOT_AT = {"left": (-0.42, 0.0), "right": (0.42, 0.0), "above": (0.0, 0.34), "below": (0.0, -0.34)}
_LINE = 0.1


@layout_of.register
def check(scene: Check, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out what is asked, and the dot where it is asked for."""
    words = wording.check
    more = wording.session.waiting_more if scene.seconds is None else words.seconds.format(seconds=scene.seconds)
    dot = [Frame(*_DOT_AT[scene.dot], _DOT, _DOT, _DOT / 2)] if scene.dot else []
    if scene.asks == "side":
        asked = block(words.side, 0, QUESTION_Y, FULL_WIDTH, TEXT)
        return *dot, *asked, *block(more, 0, -QUESTION_Y, FULL_WIDTH, TEXT)
    if scene.asks == "height":
        lines = {words.above: _LINE, words.below: 0.0, more: -_LINE}
        height = height_that_fits(list(lines), FULL_WIDTH, TEXT, bold=False, most_lines=1)
        return *dot, *(Words(line, 0, y, height) for line, y in lines.items())
    return message(getattr(words, scene.asks), more)
