"""Keep or split."""

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.share import Share
from task.screens.parts import (
    ABOVE_Y,
    FULL_WIDTH,
    PANEL,
    TEXT,
    Frame,
    Part,
    avatar_above,
    block,
    frame_around,
    layout_of,
)

_BOX, _BOX_X, _BOX_Y, _BOX_INSIDE = (0.48, 0.22), 0.28, -0.235, 0.4
_BOX_CORNER = 0.03


@layout_of.register
def share(scene: Share, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out the two answers, side by side below the Decider."""
    pot = protocol.trust_game.pot
    keep, split = wording.share.keep.format(keep=pot), wording.share.split.format(split=pot // 2)
    parts: list[Part] = [
        avatar_above(scene.avatar),
        *block(wording.share.received.format(pot=pot), 0, ABOVE_Y, FULL_WIDTH, TEXT, anchor=0.75),
    ]
    for side, x in (("left", -_BOX_X), ("right", _BOX_X)):
        option = keep if side == scene.keep_side else split
        parts.append(Frame(x, _BOX_Y, *_BOX, _BOX_CORNER, colour=PANEL))
        parts += block(option, x, _BOX_Y, _BOX_INSIDE, TEXT, bold=True, as_high_as=[keep, split])
        if scene.chosen == side:
            parts.append(frame_around(x, _BOX_Y, *_BOX, _BOX_CORNER))
    return tuple(parts)
