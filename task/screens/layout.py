"""Where everything stands: a scene is laid out as parts, in units of the height of the visible area.

Nothing here knows a window, so what the participant sees can be checked without one. A thing that several
scenes show has one place for all of them: what changes from one screen to the next is what the task means to
change. The two outcomes differ in a symbol and a word, and give off about as much light; a hidden rank stands
where a shown one would. All of it lies within a canvas that fits a 5:4 screen, near where the eyes rest.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from task.config.avatars import picture_of
from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene import scenes
from task.screens.typeface import CAPITAL, LEADING, height_that_fits, lines_of, width_of

Colour = tuple[int, int, int]

BACKGROUND: Colour = (108, 108, 108)
PANEL: Colour = (86, 86, 86)
INK: Colour = (240, 240, 240)

CANVAS = (1.2, 1.0)
"""Width and height within which every scene stays; the origin is in the middle, y points up."""


@dataclass(frozen=True)
class Picture:
    """A square picture from a file."""

    path: Path
    x: float
    y: float
    height: float


@dataclass(frozen=True)
class Words:
    """A line of text; ``y`` is the middle of its capital letters, ``x`` where ``align`` says."""

    text: str
    x: float
    y: float
    height: float
    bold: bool = False
    align: Literal["left", "centre", "right"] = "centre"
    colour: Colour = INK


@dataclass(frozen=True)
class Shape:
    """A drawn sign: the fixation cross, or an outcome."""

    kind: Literal["cross", "match", "no_match"]
    x: float
    y: float
    height: float
    colour: Colour = INK


@dataclass(frozen=True)
class Frame:
    """A rectangle with round corners: a line of this thickness around, or filled if it has none."""

    x: float
    y: float
    width: float
    height: float
    corner: float
    thickness: float | None = None
    colour: Colour = INK


Part = Picture | Words | Shape | Frame

TEXT, TITLE, NUMERAL = 0.072, 0.09, 0.27
_FULL_WIDTH, _COLUMN_WIDTH = 1.1, 0.5
_LEFT, _RIGHT = -0.26, 0.26

_CHOICE_AVATAR, _CHOICE_X, _QUESTION_Y = 0.4, 0.28, 0.34
_AVATAR, _AVATAR_Y = 0.31, 0.26
_ABOVE_Y = 0.025  # of what a screen with one avatar says before its message
_LABEL_Y, _MESSAGE_Y, _SYMBOL = -0.125, -0.295, 0.2
_BOX, _BOX_X, _BOX_Y, _BOX_INSIDE = (0.48, 0.22), 0.28, -0.235, 0.4
_THICK, _GAP = 0.02, 0.012
_DOT = 0.2
_DOT_AT = {"left": (-0.42, 0.0), "right": (0.42, 0.0), "above": (0.0, 0.34), "below": (0.0, -0.34)}
_LINE = 0.1
_BOX_CORNER, _CHOICE_CORNER = 0.03, 0.048  # the latter is that of the avatars' own pictures


def lay_out(scene: scenes.Scene, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out a scene.

    Parameters
    ----------
    scene : Scene
        What to show.
    wording : Wording
        The words to show it with.
    protocol : Protocol
        How many Responders there are, and what a match is worth.

    Returns
    -------
    tuple of Part
        In the order of drawing.

    Raises
    ------
    ScreenError
        If words do not fit into their place in readable type.
    """
    match scene:
        case scenes.Fixation():
            return (Shape("cross", 0, 0, 0.07),)
        case scenes.Choice():
            return _choice(scene, wording)
        case scenes.Feedback():
            return (
                _avatar(scene.avatar),
                *_match(scene.spots, scene.match, _LEFT, wording, protocol),
                *_rank(scene.rank, _RIGHT, wording, protocol),
            )
        case scenes.MatchFeedback():
            return (_avatar(scene.avatar), *_match(scene.spots, scene.match, 0, wording, protocol))
        case scenes.RankFeedback():
            return (_avatar(scene.avatar), *_rank(scene.rank, 0, wording, protocol))
        case scenes.Share():
            return _share(scene, wording, protocol)
        case scenes.TooSlow():
            return tuple(_block(wording.feedback.too_slow, 0, 0, _FULL_WIDTH, TITLE, bold=True))
        case scenes.Waiting():
            return _message(wording.session.waiting, wording.session.waiting_more)
        case scenes.Paused():
            return _message(wording.session.paused, wording.session.paused_more)
        case scenes.EndOfRun():
            return _message(
                wording.session.end_of_run.format(run=scene.run, runs=scene.runs),
                wording.session.points.format(points=scene.points),
            )
        case scenes.Check():
            return _check(scene, wording)


def _choice(scene: scenes.Choice, wording: Wording) -> tuple[Part, ...]:
    parts: list[Part] = [*_block(wording.choice_question, 0, _QUESTION_Y, _FULL_WIDTH, TEXT)]
    for side, avatar in (("left", scene.left), ("right", scene.right)):
        x = -_CHOICE_X if side == "left" else _CHOICE_X
        parts.append(Picture(picture_of(avatar), x, 0, _CHOICE_AVATAR))
        if scene.chosen == side:
            parts.append(_around(x, 0, _CHOICE_AVATAR, _CHOICE_AVATAR, _CHOICE_CORNER))
    return tuple(parts)


def _avatar(avatar: str) -> Picture:
    return Picture(picture_of(avatar), 0, _AVATAR_Y, _AVATAR)


def _match(spots: int, match: bool, x: float, wording: Wording, protocol: Protocol) -> list[Part]:
    words, responders = wording.feedback, protocol.deciders.responders
    widest = words.spots.format(spots=responders, responders=responders)
    height = height_that_fits([widest], _FULL_WIDTH, TEXT, bold=False, most_lines=1)
    return [
        Words(words.spots.format(spots=spots, responders=responders), 0, _ABOVE_Y, height),
        *_block(
            words.match if match else words.no_match,
            x,
            _LABEL_Y,
            _COLUMN_WIDTH,
            TEXT,
            bold=True,
            as_high_as=[words.match, words.no_match],
            anchor=0.25,
        ),
        Shape("match" if match else "no_match", x, _MESSAGE_Y, _SYMBOL),
    ]


def _rank(rank: int | None, x: float, wording: Wording, protocol: Protocol) -> list[Part]:
    words, responders = wording.feedback, protocol.deciders.responders
    shown = words.rank_hidden if rank is None else str(rank)
    of = words.of_responders.format(responders=responders)
    gap = 0.03
    numerals = [words.rank_hidden, str(responders)]
    numeral = height_that_fits(numerals, 0.6 * _COLUMN_WIDTH, NUMERAL, bold=True, most_lines=1)
    numeral_width = width_of(str(responders), bold=True) * numeral
    of_height = height_that_fits([of], _COLUMN_WIDTH - gap - numeral_width, TEXT, bold=False, most_lines=1)
    whole = numeral_width + gap + width_of(of, bold=False) * of_height
    left = x - whole / 2
    baseline = _MESSAGE_Y - CAPITAL * numeral / 2
    return [
        *_block(words.ranked_you, x, _LABEL_Y, _COLUMN_WIDTH, TEXT, anchor=0.25),
        Words(shown, left + numeral_width / 2, _MESSAGE_Y, numeral, bold=True),
        Words(of, left + numeral_width + gap, baseline + CAPITAL * of_height / 2, of_height, align="left"),
    ]


def _share(scene: scenes.Share, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    pot = protocol.trust_game.pot
    keep, split = wording.share.keep.format(keep=pot), wording.share.split.format(split=pot // 2)
    parts: list[Part] = [
        _avatar(scene.avatar),
        *_block(wording.share.received.format(pot=pot), 0, _ABOVE_Y, _FULL_WIDTH, TEXT, anchor=0.75),
    ]
    for side, x in (("left", -_BOX_X), ("right", _BOX_X)):
        option = keep if side == scene.keep_side else split
        parts.append(Frame(x, _BOX_Y, *_BOX, _BOX_CORNER, colour=PANEL))
        parts += _block(option, x, _BOX_Y, _BOX_INSIDE, TEXT, bold=True, as_high_as=[keep, split])
        if scene.chosen == side:
            parts.append(_around(x, _BOX_Y, *_BOX, _BOX_CORNER))
    return tuple(parts)


def _message(first: str, more: str) -> tuple[Part, ...]:
    return (
        *_block(first, 0, 0.06, _FULL_WIDTH, TITLE, bold=True, anchor=0),
        *_block(more, 0, -0.08, _FULL_WIDTH, TEXT, anchor=1),
    )


def _check(scene: scenes.Check, wording: Wording) -> tuple[Part, ...]:
    words = wording.check
    more = wording.session.waiting_more if scene.seconds is None else words.seconds.format(seconds=scene.seconds)
    dot = [Frame(*_DOT_AT[scene.dot], _DOT, _DOT, _DOT / 2)] if scene.dot else []
    if scene.asks == "side":
        asked = _block(words.side, 0, _QUESTION_Y, _FULL_WIDTH, TEXT)
        return *dot, *asked, *_block(more, 0, -_QUESTION_Y, _FULL_WIDTH, TEXT)
    if scene.asks == "height":
        lines = {words.above: _LINE, words.below: 0.0, more: -_LINE}
        height = height_that_fits(list(lines), _FULL_WIDTH, TEXT, bold=False, most_lines=1)
        return *dot, *(Words(line, 0, y, height) for line, y in lines.items())
    return _message(getattr(words, scene.asks), more)


def _around(x: float, y: float, width: float, height: float, corner: float) -> Frame:
    """Frame what was chosen, leaving it where and as it is."""
    more = _GAP + _THICK
    return Frame(x, y, width + 2 * more, height + 2 * more, corner + more, _THICK)


def _block(
    text: str,
    x: float,
    y: float,
    width: float,
    height: float,
    bold: bool = False,
    as_high_as: list[str] | None = None,
    anchor: float = 0.5,
) -> list[Words]:
    """Set a text, in lines if it must be, in the type that ``as_high_as`` fits in too.

    ``y`` is where the last line stands if ``anchor`` is 0, the first if it is 1, the middle if it is 0.5.
    """
    fits = height_that_fits(as_high_as or [text], width, height, bold)
    lines = lines_of(text, width, fits, bold)
    top = y + (1 - anchor) * (len(lines) - 1) * LEADING * fits
    return [Words(line, x, top - i * LEADING * fits, fits, bold) for i, line in enumerate(lines)]
