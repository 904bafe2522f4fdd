"""The one typeface, and how large words can be set.

Noto Sans comes with PsychoPy, so it is the same file on every machine, and words are drawn from that file: a
text is as wide in every room as it was measured here, and never in a font that a system found instead.
"""

from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from itertools import combinations, pairwise
from pathlib import Path

from PIL import ImageFont

from task.screens.errors import ScreenError

CAPITAL = 0.714
"""Height of a capital letter, as a part of the type's height (of Noto Sans)."""
LEADING = 1.25
"""From one line to the next, as a part of the type's height."""
SMALLEST = 0.05
"""No type is smaller than this part of the height of the visible area: it is read on a dim projector."""
_SET_IN_LINES = 0.8
_MEASURED_AT_PX = 1000
_UNKNOWN_LETTER = "\U0010fffd"


def typeface(bold: bool) -> Path:
    """Where the typeface lies.

    Raises
    ------
    ScreenError
        If PsychoPy came without it.
    """
    psychopy = find_spec("psychopy")
    if psychopy is None or psychopy.origin is None:
        raise ScreenError("PsychoPy is not installed here; run: make setup")
    path = Path(psychopy.origin).parent / "assets" / "fonts" / f"NotoSans-{'Bold' if bold else 'Regular'}.ttf"
    if not path.exists():
        raise ScreenError(f"{path} is missing, though PsychoPy brings it; install PsychoPy again")
    return path


@cache
def font(bold: bool, size_px: int) -> ImageFont.FreeTypeFont:
    """Load the typeface at a size in pixels."""
    return ImageFont.truetype(typeface(bold), size_px)


@cache
def width_of(text: str, bold: bool) -> float:
    """Width of a line of text, as a multiple of the type's height."""
    return font(bold, _MEASURED_AT_PX).getlength(text) / _MEASURED_AT_PX


def height_that_fits(texts: Sequence[str], width: float, height: float, bold: bool, most_lines: int = 2) -> float:
    """Find the type's height at which each of these texts fits into a place.

    Texts that take turns in one place get one height, so that nothing but the words changes.

    Parameters
    ----------
    texts : sequence of str
        What is shown in this place.
    width, height : float
        Room for a line, and the height wanted.
    bold : bool
        Whether the type is bold.
    most_lines : int
        How many lines a text may be broken into. Several lines are set a little smaller; one line is kept as
        long as it need not be smaller than that.

    Raises
    ------
    ScreenError
        If a text fits only in type too small to read, or has letters that the typeface lacks.
    """
    return min(_fit(text, width, height, bold, most_lines) for text in texts)


def lines_of(text: str, width: float, height: float, bold: bool, most_lines: int = 2) -> list[str]:
    """Break a text into lines that fit at this height, as few as possible and of even width."""
    for count in range(1, most_lines + 1):
        lines = _broken(text, count, bold)
        if _widest(lines, bold) * height <= width * (1 + 1e-9):
            return lines
    raise ScreenError(_too_long(text))


def _fit(text: str, width: float, height: float, bold: bool, most_lines: int) -> float:
    _check_letters(text)
    fits = 0.0
    for count in range(1, most_lines + 1):
        most = height if count == 1 else _SET_IN_LINES * height
        fits = max(fits, min(most, width / _widest(_broken(text, count, bold), bold)))
    if fits < SMALLEST:
        raise ScreenError(_too_long(text))
    return fits


def _broken(text: str, count: int, bold: bool) -> list[str]:
    """Break a text into so many lines that the widest is as narrow as can be."""
    words = text.split()
    count = min(count, len(words))
    options = []
    for places in combinations(range(1, len(words)), count - 1):
        edges = (0, *places, len(words))
        options.append([" ".join(words[a:b]) for a, b in pairwise(edges)])
    return min(options, key=lambda lines: _widest(lines, bold))


def _widest(lines: Sequence[str], bold: bool) -> float:
    return max(max(width_of(line, bold) for line in lines), 1e-3)


def _too_long(text: str) -> str:
    return f"{text!r} is too long to be readable in its place on the screen: shorten it in the wording file"


@cache
def _check_letters(text: str) -> None:
    missing = font(False, 40).getmask(_UNKNOWN_LETTER, mode="1")
    blank = bytes(missing), missing.size
    for letter in dict.fromkeys(text.replace(" ", "")):
        drawn = font(False, 40).getmask(letter, mode="1")
        if (bytes(drawn), drawn.size) == blank:
            raise ScreenError(f"{text!r}: the typeface Noto Sans has no {letter!r} (U+{ord(letter):04X})")
