"""What layouts are made of: parts, where things stand that several scenes show, and text set in readable lines."""

from dataclasses import dataclass
from functools import singledispatch
from pathlib import Path
from typing import Literal

from task.config.avatars import picture_of
from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.base import Scene
from task.screens.typeface import LEADING, height_that_fits, lines_of

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
FULL_WIDTH, COLUMN_WIDTH = 1.1, 0.5
QUESTION_Y = 0.34
ABOVE_Y = 0.025  # of what a screen with one avatar says before its message
_AVATAR, _AVATAR_Y = 0.31, 0.26
_THICK, _GAP = 0.02, 0.012


@singledispatch
def layout_of(scene: Scene, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out a scene; modules of ``task.screens.layouts`` register how for each kind."""
    raise TypeError(f"no module of task.screens.layouts lays out a {type(scene).__name__}")


def avatar_above(avatar: str) -> Picture:
    """Give the one avatar of a screen, above what it says."""
    return Picture(picture_of(avatar), 0, _AVATAR_Y, _AVATAR)


def frame_around(x: float, y: float, width: float, height: float, corner: float) -> Frame:
    """Frame what was chosen, leaving it where and as it is."""
    more = _GAP + _THICK
    return Frame(x, y, width + 2 * more, height + 2 * more, corner + more, _THICK)


def message(first: str, more: str) -> tuple[Part, ...]:
    """Set a message, and below it what more there is to say."""
    return (
        *block(first, 0, 0.06, FULL_WIDTH, TITLE, bold=True, anchor=0),
        *block(more, 0, -0.08, FULL_WIDTH, TEXT, anchor=1),
    )


def block(
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
