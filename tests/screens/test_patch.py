"""The photodiode's patch, drawn by something that only notes what it is asked for."""

from types import SimpleNamespace
from typing import Any

import pytest

from task.config.site import PhotodiodePatch
from task.screens.patch import Patch

WINDOW = SimpleNamespace(size=(1000, 600))
WHITE, BLACK = (255, 255, 255), (0, 0, 0)


class Rectangle(SimpleNamespace):
    """A rectangle as it was asked for, and the colours that it was drawn in."""

    def __init__(self, window: Any, **asked: Any) -> None:
        super().__init__(window=window, drawn=[], **asked)

    def draw(self) -> None:
        self.drawn.append(self.fillColor)


def a_patch(corner: str = "top_right", size_px: int = 50, white_s: float = 0.05) -> tuple[Patch, Rectangle]:
    made: list[Rectangle] = []

    def rectangle(*asked: Any, **named: Any) -> Rectangle:
        made.append(Rectangle(*asked, **named))
        return made[-1]

    settings = PhotodiodePatch.model_validate({"corner": corner, "size_px": size_px, "white_s": white_s})
    patch = Patch(WINDOW, SimpleNamespace(Rect=rectangle), settings)
    (square,) = made
    return patch, square


@pytest.mark.parametrize(
    ("corner", "pos"),
    [
        ("top_left", (-475, 275)),
        ("top_right", (475, 275)),
        ("bottom_left", (-475, -275)),
        ("bottom_right", (475, -275)),
    ],
)
def test_it_is_a_square_in_its_corner_of_the_screen(corner: str, pos: tuple[float, float]) -> None:
    _, square = a_patch(corner)
    assert (square.width, square.height, square.pos) == (50, 50, pos)
    assert (square.window, square.units, square.colorSpace) == (WINDOW, "pix", "rgb255")
    assert square.lineColor is None and square.autoLog is False


def test_it_is_white_from_an_onset_for_its_time_and_black_otherwise() -> None:
    patch, square = a_patch()
    patch.draw()
    patch.was_presented(0.9)  # while it is black
    assert not patch.is_over(100.0)
    patch.turn_white()
    patch.draw()
    assert not patch.is_over(100.0)  # it was not presented yet
    patch.was_presented(1.0)
    patch.was_presented(1.02)  # counts from the flip that showed it first
    assert not patch.is_over(1.049)
    assert patch.is_over(1.05)
    assert patch.is_over(1.06)
    patch.turn_black()
    patch.draw()
    assert not patch.is_over(2.0)
    patch.was_presented(2.0)
    assert not patch.is_over(3.0)
    assert square.drawn == [BLACK, WHITE, BLACK]


def test_an_onset_while_it_is_white_still_begins_its_time_anew() -> None:
    patch, _ = a_patch()
    for onset in (1.0, 1.03):
        patch.turn_white()
        patch.was_presented(onset)
    assert not patch.is_over(1.06)
    assert patch.is_over(1.08)
