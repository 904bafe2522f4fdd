"""Curves and a supersampled pen for the avatars.

Faces are described in a coordinate system that makes symmetry cheap: ``x`` runs from -256 to 256 with
the middle of the face at 0, ``y`` from 0 (top of the tile) to 512, before the face is framed. A shape is
an array: two columns are the corners of a polygon, three columns are discs ``(x, y, radius)`` whose union
is the shape. Strokes, curls and locks are all discs, because a union of discs cannot cross itself and
leave holes as a thick outline can.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops, ImageDraw

SIZE = 512
OVERSAMPLE = 4
# Fills the tile with as much face as the tallest hair allows: it is seen at a few degrees.
ZOOM = 1.12
RAISE = 23

Colour = tuple[int, int, int]
Shape = npt.NDArray[np.float64]
Points = Sequence[tuple[float, ...]]


def mix(first: Colour, second: Colour, amount: float) -> Colour:
    """Blend two colours.

    Parameters
    ----------
    first, second : Colour
        Eight-bit RGB.
    amount : float
        Share of `second`, from 0 to 1.

    Returns
    -------
    Colour
    """
    r, g, b = (round(a + (c - a) * amount) for a, c in zip(first, second, strict=True))
    return r, g, b


def curve(points: Points, closed: bool = True, steps: int = 24) -> Shape:
    """Lead a smooth line through points.

    Parameters
    ----------
    points : sequence of tuple
        ``(x, y)`` to pass smoothly, ``(x, y, 1)`` to turn a sharp corner there.
    closed : bool
        Whether the last point joins the first.
    steps : int
        Samples between two points.

    Returns
    -------
    Shape
        Polygon of two columns.
    """
    knots = np.array([point[:2] for point in points], dtype=float)
    count = len(knots)
    tangent = (np.roll(knots, -1, axis=0) - np.roll(knots, 1, axis=0)) / 2
    sharp = {index for index, point in enumerate(points) if len(point) == 3}
    if not closed:
        tangent[0], tangent[-1] = knots[1] - knots[0], knots[-1] - knots[-2]
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    pieces = []
    for i in range(count if closed else count - 1):
        j = (i + 1) % count
        chord = knots[j] - knots[i]
        reach = np.hypot(*chord)
        # Tangents no longer than the chord keep short segments beside long ones from looping.
        ends = []
        for k in (i, j):
            leave = chord if k in sharp else tangent[k]
            length = np.hypot(*leave)
            ends.append(leave * min(1.0, reach / length) if length else leave)
        pieces.append(
            (2 * t**3 - 3 * t**2 + 1) * knots[i]
            + (t**3 - 2 * t**2 + t) * ends[0]
            + (3 * t**2 - 2 * t**3) * knots[j]
            + (t**3 - t**2) * ends[1]
        )
    if not closed:
        pieces.append(knots[-1:])
    return np.concatenate(pieces)


def mirrored(points: Points) -> Shape:
    """Close a right half into a symmetric outline.

    Parameters
    ----------
    points : sequence of tuple
        Right half from top to bottom, as for :func:`curve`.

    Returns
    -------
    Shape
    """
    left = [(-p[0], *p[1:]) for p in reversed(points) if p[0]]
    return curve([*points, *left])


def flip(shape: Shape) -> Shape:
    """Return the mirror image of a shape.

    Parameters
    ----------
    shape : Shape
        Polygon or discs.

    Returns
    -------
    Shape
    """
    out = shape.copy()
    out[:, 0] *= -1
    return out


def both(shape: Shape) -> list[Shape]:
    """Return a shape and its mirror image, for what comes in pairs.

    Parameters
    ----------
    shape : Shape
        Polygon or discs on one side of the face.

    Returns
    -------
    list of Shape
    """
    return [shape, flip(shape)]


def shifted(shape: Shape, dx: float, dy: float) -> Shape:
    """Move a shape.

    Parameters
    ----------
    shape : Shape
        Polygon or discs.
    dx, dy : float
        Distance.

    Returns
    -------
    Shape
    """
    out = shape.copy()
    out[:, :2] += (dx, dy)
    return out


def ellipse(x: float, y: float, rx: float, ry: float | None = None) -> Shape:
    """Return an ellipse, or a circle when `ry` is left out.

    Parameters
    ----------
    x, y : float
        Centre.
    rx : float
        Horizontal radius.
    ry : float, optional
        Vertical radius.

    Returns
    -------
    Shape
    """
    angle = np.linspace(0, 2 * np.pi, 96, endpoint=False)
    return np.column_stack([x + rx * np.cos(angle), y + (rx if ry is None else ry) * np.sin(angle)])


def along(path: Shape, spacing: float) -> Shape:
    """Resample a line at equal distances.

    Parameters
    ----------
    path : Shape
        Line of two columns.
    spacing : float
        Distance wanted between samples.

    Returns
    -------
    Shape
    """
    travelled = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(path, axis=0).T))])
    at = np.linspace(0, travelled[-1], max(2, round(travelled[-1] / spacing) + 1))
    return np.column_stack([np.interp(at, travelled, path[:, 0]), np.interp(at, travelled, path[:, 1])])


def stroke(points: Points, width: float, end: float | None = None, start: float | None = None) -> Shape:
    """Draw a round-capped line whose width may change on the way.

    Parameters
    ----------
    points : sequence of tuple
        As for :func:`curve`, open.
    width : float
        Width in the middle.
    end, start : float, optional
        Widths of the two ends; as wide as the middle when left out.

    Returns
    -------
    Shape
        Discs.
    """
    path = along(curve(points, closed=False), 0.8)
    stops = [width if start is None else start, width, width if end is None else end]
    return np.column_stack([path, np.interp(np.linspace(0, 2, len(path)), [0, 1, 2], stops) / 2])


def curls(points: Points, radius: float, swing: float = 0.18, closed: bool = True) -> Shape:
    """Set discs along a line, so that its edge is a row of curls.

    Parameters
    ----------
    points : sequence of tuple
        As for :func:`curve`.
    radius : float
        Mean radius of a curl.
    swing : float
        How much the radii differ, as a share of `radius`.
    closed : bool
        Whether the line is closed.

    Returns
    -------
    Shape
        Discs.
    """
    path = curve(points, closed=closed)
    path = along(np.concatenate([path, path[:1]]) if closed else path, radius * 1.15)
    # A fixed wave instead of chance: the bytes have to be the same wherever the script runs.
    return np.column_stack([path, radius * (1 + swing * np.sin(2.4 * np.arange(len(path))))])


class Pen:
    """An oversized picture that shapes are painted on.

    Parameters
    ----------
    ground : Colour
        Colour of the empty picture.
    """

    def __init__(self, ground: Colour) -> None:
        self.side = SIZE * OVERSAMPLE
        self.image = Image.new("RGB", (self.side, self.side), ground)

    def mask(self, shapes: Shape | Iterable[Shape]) -> Image.Image:
        """Rasterise the union of shapes.

        Parameters
        ----------
        shapes : Shape or iterable of Shape
            Polygons and discs.

        Returns
        -------
        PIL.Image.Image
            White inside, black outside.
        """
        out = Image.new("L", (self.side, self.side), 0)
        draw = ImageDraw.Draw(out)
        for shape in [shapes] if isinstance(shapes, np.ndarray) else shapes:
            places = (shape[:, :2] * ZOOM + (SIZE / 2, -RAISE)) * OVERSAMPLE
            if shape.shape[1] == 2:
                draw.polygon([(float(x), float(y)) for x, y in places], fill=255)
                continue
            for (x, y), r in zip(places.tolist(), (shape[:, 2] * ZOOM * OVERSAMPLE).tolist(), strict=True):
                draw.ellipse((x - r, y - r, x + r, y + r), fill=255)
        return out

    def fill(
        self,
        shapes: Shape | Iterable[Shape],
        colour: Colour,
        opacity: float = 1.0,
        within: Image.Image | None = None,
        outside: Image.Image | None = None,
    ) -> Image.Image:
        """Paint the union of shapes.

        Parameters
        ----------
        shapes : Shape or iterable of Shape
            Polygons and discs.
        colour : Colour
            Paint.
        opacity : float
            From 0 to 1.
        within, outside : PIL.Image.Image, optional
            Masks the paint has to stay in, or keep off.

        Returns
        -------
        PIL.Image.Image
            Mask of what was painted.
        """
        mask = self.mask(shapes)
        if within is not None:
            mask = ImageChops.multiply(mask, within)
        if outside is not None:
            mask = ImageChops.subtract(mask, outside)
        self.image.paste(colour, mask=mask if opacity >= 1 else mask.point(lambda v: round(v * opacity)))
        return mask

    def finish(self, radius: float) -> Image.Image:
        """Scale the picture down and round the corners of the tile.

        Parameters
        ----------
        radius : float
            Corner radius; outside it the picture is transparent.

        Returns
        -------
        PIL.Image.Image
            RGBA picture of the final size.
        """
        tile = Image.new("L", (self.side, self.side), 0)
        corner = radius * OVERSAMPLE
        ImageDraw.Draw(tile).rounded_rectangle((0, 0, self.side - 1, self.side - 1), corner, fill=255)
        # Lanczos would ring: a halo along every edge of the flat colours, and files half as big again.
        out = self.image.resize((SIZE, SIZE), Image.Resampling.HAMMING).convert("RGBA")
        out.putalpha(tile.resize((SIZE, SIZE), Image.Resampling.HAMMING))
        return out
