"""The two Deciders of a choice."""

from task.config.avatars import picture_of
from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.choice import Choice
from task.screens.parts import FULL_WIDTH, QUESTION_Y, TEXT, Part, Picture, block, frame_around, layout_of

_CHOICE_AVATAR, _CHOICE_X = 0.4, 0.28
_CHOICE_CORNER = 0.048  # that of the avatars' own pictures


@layout_of.register
def choice(scene: Choice, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out the two Deciders, side by side about the middle."""
    parts: list[Part] = [*block(wording.choice_question, 0, QUESTION_Y, FULL_WIDTH, TEXT)]
    for side, avatar in (("left", scene.left), ("right", scene.right)):
        x = -_CHOICE_X if side == "left" else _CHOICE_X
        parts.append(Picture(picture_of(avatar), x, 0, _CHOICE_AVATAR))
        if scene.chosen == side:
            parts.append(frame_around(x, 0, _CHOICE_AVATAR, _CHOICE_AVATAR, _CHOICE_CORNER))
    return tuple(parts)
