"""Parts as pictures: where their ink is, pixel by pixel."""

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageDraw

from task.screens.errors import ScreenError
from task.screens.parts import INK, Frame, Part, Picture, Shape, Words
from task.screens.sprites import Fit, Sprite, sprite_of
from task.screens.typeface import CAPITAL, font, width_of

FIT = Fit((1200, 1000))  # a unit is 1000 pixels
RED = (255, 0, 0)


def ink_of(part: Part, fit: Fit = FIT) -> np.ndarray:
    """How much ink each pixel has, from 0 to 255; rows from the top."""
    return np.array(sprite_of(part, fit).image.getchannel("A")).astype(int)


def shape(kind: Any, height: float = 0.2) -> np.ndarray:
    return ink_of(Shape(kind, 0, 0, height))


def edges(part: Part) -> tuple[float, float, float, float]:
    """Left, right, bottom and top of a part's ink, in pixels from the middle of the screen."""
    sprite = sprite_of(part, FIT)
    left, top, right, bottom = sprite.image.getchannel("A").point(lambda level: 255 * (level > 127)).getbbox()
    height = sprite.image.height
    return (
        sprite.left + left - 600,
        sprite.left + right - 600,
        sprite.bottom + height - bottom - 500,
        sprite.bottom + height - top - 500,
    )


# --- the canvas on a screen ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("size_px", "visible", "unit"),
    [
        ((1200, 1000), (1.0, 1.0), 1000),
        ((1920, 1080), (1.0, 1.0), 1080),  # the height decides
        ((960, 1000), (1.0, 1.0), 800),  # the width does
        ((1920, 1080), (0.5, 1.0), 800),
        ((1920, 1080), (1.0, 0.5), 540),
    ],
)
def test_a_unit_is_as_large_as_lets_the_canvas_fit(
    size_px: tuple[int, int], visible: tuple[float, float], unit: float
) -> None:
    assert Fit(size_px, visible).unit_px == pytest.approx(unit)
    if visible == (1.0, 1.0):
        assert Fit(size_px) == Fit(size_px, visible)


@pytest.mark.parametrize("part", [Shape("match", 0.2, -0.3, 0.1), Frame(0.2, -0.3, 0.1, 0.06, 0.01)])
def test_a_part_lies_around_its_place_which_is_counted_from_the_middle_upwards(part: Part) -> None:
    left, right, bottom, top = edges(part)
    assert (left + right) / 2 == pytest.approx(200, abs=1)
    assert (bottom + top) / 2 == pytest.approx(-300, abs=1)
    assert right - left == pytest.approx(100, abs=1)
    sprite = sprite_of(part, FIT)
    assert isinstance(sprite.left, int) and isinstance(sprite.bottom, int)  # a whole pixel, or it is blurred


@pytest.mark.parametrize(("horizontal", "vertical"), [(False, False), (True, False), (False, True), (True, True)])
def test_in_a_mirror_a_screen_looks_as_it_does_without_one(horizontal: bool, vertical: bool) -> None:
    def screen_with(sprite: Sprite) -> np.ndarray:
        whole = Image.new("RGBA", (60, 40))
        whole.paste(sprite.image, (sprite.left, 40 - sprite.bottom - sprite.image.height))
        return np.array(whole)

    draw = np.random.default_rng(1)
    image = Image.fromarray(draw.integers(0, 256, (7, 11, 4), dtype=np.uint8))
    sprite = Sprite(image, 5, 8)
    seen = screen_with(sprite.mirrored((60, 40), horizontal, vertical))
    seen = seen[:, ::-1] if horizontal else seen
    assert np.array_equal(seen[::-1] if vertical else seen, screen_with(sprite))


# --- words -----------------------------------------------------------------------------------------------------------


def test_capitals_stand_in_the_middle_of_their_line_and_as_high_as_the_typeface_has_them() -> None:
    left, right, bottom, top = edges(Words("H", 0.1, 0.2, 0.1))
    assert (bottom + top) / 2 == pytest.approx(200, abs=1)
    assert top - bottom == pytest.approx(1000 * CAPITAL * 0.1, abs=1)
    assert (left + right) / 2 == pytest.approx(100, abs=1)
    bold = edges(Words("H", 0.1, 0.2, 0.1, bold=True))
    assert bold[1] - bold[0] > right - left


@pytest.mark.parametrize(("align", "from_place"), [("left", 0), ("centre", -0.5), ("right", -1)])
def test_words_are_set_from_their_place_to_the_left_around_it_or_to_the_right(align: Any, from_place: float) -> None:
    left, right, *_ = edges(Words("HHHHH", 0.1, 0, 0.05, align=align))
    width = 1000 * width_of("HHHHH", False) * 0.05
    bearing = (width - (right - left)) / 2  # of the first and the last letter
    assert left == pytest.approx(100 + from_place * width + bearing, abs=1.5)


@pytest.mark.parametrize("text", ["jÅgÿ", "fff", "Q,", "(f)", "_", "ij"])
@pytest.mark.parametrize(("bold", "align", "part"), [(False, "left", 0), (True, "centre", 0.5), (False, "right", 1)])
def test_every_pixel_of_words_is_where_the_typeface_puts_it(text: str, bold: bool, align: Any, part: float) -> None:
    """From the whole pixel nearest to their place; no letter is cut off at the edges of its picture."""
    typeface, x, y = font(bold, 100), 0.1234, -0.0567
    start = round(600 + 1000 * x - part * typeface.getlength(text))
    baseline = round(500 + 1000 * y - 1000 * CAPITAL * 0.1 / 2)
    expected, paper = Image.new("L", (1200, 1000)), Image.new("L", (1200, 1000))
    ImageDraw.Draw(expected).text((start, 1000 - baseline), text, fill=255, font=typeface, anchor="ls")
    sprite = sprite_of(Words(text, x, y, 0.1, bold, align), FIT)
    assert isinstance(sprite.left, int) and isinstance(sprite.bottom, int)
    paper.paste(sprite.image.getchannel("A"), (sprite.left, 1000 - sprite.bottom - sprite.image.height))
    assert ImageChops.difference(paper, expected).getbbox() is None


@pytest.mark.parametrize("part", [Words("H", 0, 0, 0.1, colour=RED), Shape("cross", 0, 0, 0.1, colour=RED)])
def test_ink_has_its_colour_and_is_solid(part: Part) -> None:
    pixels = np.array(sprite_of(part, FIT).image)
    assert set(map(tuple, pixels[..., :3].reshape(-1, 3).tolist())) == {RED}
    assert pixels[..., 3].max() == 255


# --- signs -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("height", [0.005, 0.02, 0.07, 0.071, 0.2])
def test_a_cross_is_two_bars_on_whole_pixels_as_long_as_it_is_high(height: float) -> None:
    ink = shape("cross", height)
    size, bar = ink.shape[0], max(2, round(1000 * height * 0.14))
    assert size in (round(1000 * height), round(1000 * height) + 1)
    middle = slice((size - bar) // 2, (size + bar) // 2)
    expected = np.zeros_like(ink)
    expected[middle, :] = expected[:, middle] = 255
    assert np.array_equal(ink, expected)
    assert np.array_equal(ink, ink[::-1]) and np.array_equal(ink, ink.T)


def inked(ink: np.ndarray, x: float, y: float) -> float:
    """How much ink there is at a place, given in parts of the sign from its left upper corner; from 0 to 1."""
    side = ink.shape[0]
    row, column = round(y * (side - 1)), round(x * (side - 1))
    return ink[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2].mean() / 255


def within_disc(side: int) -> np.ndarray:
    """Where each pixel lies from the middle, 1 at the rim."""
    across = (np.arange(side) + 0.5) / side * 2 - 1
    return np.hypot(*np.meshgrid(across, across))


@pytest.mark.parametrize("kind", ["match", "no_match"])
def test_both_signs_are_round_and_fill_their_height(kind: str) -> None:
    ink = shape(kind)
    distance = within_disc(200)
    assert ink.shape == (200, 200)
    assert ink[distance > 1.02].max() == 0
    assert ink[(distance > 0.93) & (distance < 0.98)].min() == 255
    for edge in (ink[0], ink[-1], ink[:, 0], ink[:, -1]):
        assert edge.max() > 200 and np.flatnonzero(edge).mean() == pytest.approx(99.5, abs=0.6)


def test_a_match_is_a_tick_cut_out_of_a_disc() -> None:
    ink = shape("match")
    corners = [(0.25, 0.52), (0.43, 0.70), (0.75, 0.33)]
    for (ax, ay), (bx, by) in pairwise(corners):
        for part in (0, 0.25, 0.5, 0.75, 1):
            assert inked(ink, ax + part * (bx - ax), ay + part * (by - ay)) == 0
    # the line is .16 wide: ink begins beyond half of that, and its ends and corners are round
    for x, y in ((0.25 - 0.1, 0.52), (0.43, 0.70 + 0.125), (0.75 + 0.1, 0.33), (0.43, 0.5), (0.6, 0.65)):
        assert inked(ink, x, y) == 1
    for x, y in ((0.25 - 0.065, 0.52), (0.43, 0.70 + 0.065), (0.75 + 0.05, 0.33 - 0.04)):
        assert inked(ink, x, y) == 0
    cut_out = 1 - ink.sum() / 255 / (np.pi * 100**2)
    assert cut_out == pytest.approx(0.173, abs=0.005)


def test_no_match_is_a_cross_within_a_ring() -> None:
    ink = shape("no_match")
    distance = within_disc(200)
    assert ink[(distance > 0.68) & (distance < 0.98)].min() == 255  # the ring is .165 of the sign thick
    for ax, ay in ((0.35, 0.35), (0.65, 0.35), (0.35, 0.65), (0.65, 0.65)):
        for part in (0, 0.5, 1):
            assert inked(ink, ax + part * (0.5 - ax), ay + part * (0.5 - ay)) == 1
    for x, y in ((0.5, 0.3), (0.5, 0.7), (0.3, 0.5), (0.7, 0.5)):
        assert inked(ink, x, y) == 0
    assert max(np.abs(ink - ink[::-1]).max(), np.abs(ink - ink.T).max()) < 40  # but for the smoothed edges
    assert ink.sum() / 255 / (np.pi * 100**2) == pytest.approx(0.743, abs=0.003)


# --- frames ----------------------------------------------------------------------------------------------------------


def test_a_frame_is_a_line_of_its_thickness_around_nothing() -> None:
    ink = ink_of(Frame(0, 0, 0.3, 0.2, 0.04, thickness=0.02))
    assert ink.shape == (200, 300)
    assert ink[100, :20].min() == ink[100, -20:].min() == ink[:20, 150].min() == ink[-20:, 150].min() == 255
    assert ink[21:-21, 21:-21][40:-40, 40:-40].max() == 0
    assert ink[100, 21:-21].max() == ink[21:-21, 150].max() == 0
    assert np.array_equal(ink, ink[::-1]) and np.array_equal(ink, ink[:, ::-1])


def test_the_corners_of_a_frame_are_round_inside_and_outside() -> None:
    ink = ink_of(Frame(0, 0, 0.3, 0.2, 0.04, thickness=0.02))
    # the corner's circle has its middle 40 pixels from both edges, and radii of 40 and 20
    for angle in (30, 45, 60):
        x, y = np.cos(np.radians(angle)), np.sin(np.radians(angle))

        def at(radius: float, x: float = x, y: float = y) -> int:
            return int(ink[round(39.5 - radius * y), round(39.5 - radius * x)])

        assert (at(42), at(37), at(30), at(23), at(17)) == (0, 255, 255, 255, 0)


def test_a_frame_without_a_line_is_filled() -> None:
    ink = ink_of(Frame(0, 0, 0.3, 0.2, 0.04))
    assert ink.shape == (200, 300)
    assert ink[0, 0] == ink[-1, -1] == 0
    assert ink[40:-40].min() == ink[:, 40:-40].min() == 255


# --- pictures --------------------------------------------------------------------------------------------------------


def test_a_picture_is_scaled_and_what_is_transparent_leaves_no_trace_of_its_colour(tmp_path: Path) -> None:
    pixels = np.zeros((40, 40, 4), dtype=np.uint8)
    pixels[...] = (0, 255, 0, 0)  # green that nobody sees
    pixels[:, 20:] = (*RED, 255)
    Image.fromarray(pixels).save(tmp_path / "half.png")
    sprite = sprite_of(Picture(tmp_path / "half.png", 0, 0, 0.1), FIT)
    assert sprite.image.size == (100, 100)
    assert (sprite.left, sprite.bottom) == (550, 450)
    scaled = np.array(sprite.image).astype(int)
    seen = scaled[scaled[..., 3] > 8]
    assert seen[:, 0].min() > 245 and seen[:, 1].max() < 10
    assert scaled[:, :45, 3].max() < 10 and scaled[:, 55:, 3].min() > 245


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.png").write_bytes(b"no picture")
    for name in ("broken.png", "missing.png"):
        with pytest.raises(ScreenError, match=rf"{name} cannot be read as a picture: "):
            sprite_of(Picture(tmp_path / name, 0, 0, 0.1), FIT)


def test_what_is_shown_is_drawn_in_ink_unless_it_says_otherwise() -> None:
    assert {Words("H", 0, 0, 0.1).colour, Shape("cross", 0, 0, 0.1).colour, Frame(0, 0, 1, 1, 0).colour} == {INK}
