"""Parts as pictures in pixels.

Words and signs are drawn here, smoothly and at their final size, and not by the graphics card: they look the
same on every system, an onset draws nothing but ready pictures, and words are as wide as they were measured.
"""

from dataclasses import dataclass

from PIL import Image, ImageDraw

from task.screens.errors import ScreenError
from task.screens.parts import CANVAS, Colour, Frame, Part, Picture, Shape, Words
from task.screens.typeface import CAPITAL, font

_FINER = 8


@dataclass(frozen=True)
class Fit:
    """How the canvas lies on a screen: scaled into its visible part, in the middle.

    Attributes
    ----------
    size_px : tuple of int
        Width and height of the screen.
    visible : tuple of float
        Part of its width and of its height that can be seen.
    """

    size_px: tuple[int, int]
    visible: tuple[float, float] = (1.0, 1.0)

    @property
    def unit_px(self) -> float:
        """Pixels of one unit of a layout."""
        width, height = (size * part for size, part in zip(self.size_px, self.visible, strict=True))
        return min(width / CANVAS[0], height / CANVAS[1])


@dataclass(frozen=True)
class Sprite:
    """A picture (RGBA) and the pixel where its left lower corner goes, counted from the screen's."""

    image: Image.Image
    left: int
    bottom: int

    def mirrored(self, size_px: tuple[int, int], horizontal: bool, vertical: bool) -> "Sprite":
        """Give this sprite as it must be drawn for a mirror to show it the right way."""
        image, left, bottom = self.image, self.left, self.bottom
        if horizontal:
            image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
            left = size_px[0] - left - image.width
        if vertical:
            image = image.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
            bottom = size_px[1] - bottom - image.height
        return Sprite(image, left, bottom)


def sprite_of(part: Part, fit: Fit) -> Sprite:
    """Draw a part.

    Raises
    ------
    ScreenError
        If a picture cannot be read.
    """
    unit = fit.unit_px
    x, y = fit.size_px[0] / 2 + part.x * unit, fit.size_px[1] / 2 + part.y * unit
    if isinstance(part, Words):
        return _words(part, unit, x, y)
    if isinstance(part, Picture):
        image = _picture(part, round(part.height * unit))
    elif isinstance(part, Shape):
        image = _DRAWN[part.kind](round(part.height * unit), part.colour)
    else:
        image = _frame(part, unit)
    return Sprite(image, round(x - image.width / 2), round(y - image.height / 2))


def _words(part: Words, unit: float, x: float, y: float) -> Sprite:
    typeface = font(part.bold, round(part.height * unit))
    left, top, right, bottom = typeface.getbbox(part.text, anchor="ls")
    ink = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2), 0)
    ImageDraw.Draw(ink).text((1 - left, 1 - top), part.text, fill=255, font=typeface, anchor="ls")
    start = x - {"left": 0.0, "centre": 0.5, "right": 1.0}[part.align] * typeface.getlength(part.text)
    baseline = round(y - CAPITAL * part.height * unit / 2)
    return Sprite(_inked(ink, part.colour), round(start) + int(left) - 1, baseline - int(bottom) - 1)


def _picture(part: Picture, size: int) -> Image.Image:
    try:
        with Image.open(part.path) as file:
            # Premultiplied, or the colour of what is transparent bleeds into the edges.
            picture: Image.Image = file.convert("RGBA").convert("RGBa")
    except OSError as error:
        raise ScreenError(f"{part.path} cannot be read as a picture: {error}") from None
    return picture.resize((size, size), Image.Resampling.LANCZOS).convert("RGBA")


def _frame(part: Frame, unit: float) -> Image.Image:
    size = round(part.width * unit), round(part.height * unit)
    large = Image.new("L", (size[0] * _FINER // 2, size[1] * _FINER // 2), 0)
    scale = unit * _FINER / 2
    thickness = None if part.thickness is None else part.thickness * scale
    box = (0, 0, large.width - 1, large.height - 1)
    draw = ImageDraw.Draw(large)
    corner = part.corner * scale
    draw.rounded_rectangle(box, corner, fill=255)
    if thickness is not None:
        inner = (thickness, thickness, large.width - 1 - thickness, large.height - 1 - thickness)
        draw.rounded_rectangle(inner, corner - thickness, fill=0)
    return _inked(large.resize(size, Image.Resampling.BOX), part.colour)


def _cross(size: int, colour: Colour) -> Image.Image:
    bar = max(2, round(size * 0.14))
    size += (size - bar) % 2  # so that the bars lie on whole pixels
    ink = Image.new("L", (size, size), 0)
    draw, start = ImageDraw.Draw(ink), (size - bar) // 2
    draw.rectangle((start, 0, start + bar - 1, size - 1), fill=255)
    draw.rectangle((0, start, size - 1, start + bar - 1), fill=255)
    return _inked(ink, colour)


def _match_sign(size: int, colour: Colour) -> Image.Image:
    """Draw a disc with a tick cut out."""
    large, side = _large(size)
    draw = ImageDraw.Draw(large)
    draw.ellipse((0, 0, side - 1, side - 1), fill=255)
    _stroke(draw, [(0.25, 0.52), (0.43, 0.70), (0.75, 0.33)], 0.16, side, fill=0)
    return _inked(large.resize((size, size), Image.Resampling.BOX), colour)


def _no_match_sign(size: int, colour: Colour) -> Image.Image:
    """Draw a ring around a cross, with about as much ink as the disc."""
    large, side = _large(size)
    draw = ImageDraw.Draw(large)
    draw.ellipse((0, 0, side - 1, side - 1), fill=255)
    rim = 0.165 * side
    draw.ellipse((rim, rim, side - 1 - rim, side - 1 - rim), fill=0)
    for line in ([(0.35, 0.35), (0.65, 0.65)], [(0.35, 0.65), (0.65, 0.35)]):
        _stroke(draw, line, 0.16, side, fill=255)
    return _inked(large.resize((size, size), Image.Resampling.BOX), colour)


_DRAWN = {"cross": _cross, "match": _match_sign, "no_match": _no_match_sign}


def _large(size: int) -> tuple[Image.Image, int]:
    return Image.new("L", (size * _FINER, size * _FINER), 0), size * _FINER


def _stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], width: float, side: int, fill: int) -> None:
    """Draw a line with round ends and corners; points and width are parts of the side."""
    corners, radius = [(x * side, y * side) for x, y in points], width * side / 2
    draw.line(corners, fill=fill, width=round(2 * radius))
    for x, y in corners:
        draw.ellipse((x - radius, y - radius, x + radius, y + radius), fill=fill)


def _inked(ink: Image.Image, colour: Colour) -> Image.Image:
    """Give a colour to what was drawn as coverage."""
    image = Image.new("RGB", ink.size, colour)
    image.putalpha(ink)
    return image
