"""A real window on a virtual display: what the X server shows is what was laid out."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageGrab

from task.config.protocol import Protocol
from task.config.site import PhotodiodePatch, ScreenSettings
from task.config.wording import Wording
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.feedback import Feedback
from task.scene.fixation import Fixation
from task.screens.contact_sheet import contact_sheet
from task.screens.layout import lay_out
from task.screens.parts import BACKGROUND
from task.screens.sprites import Fit, sprite_of
from task.screens.window import ScreenError, Window
from tests.screens.examples import every_screen

FEEDBACK = Feedback("neutral/01", 3, False, 5)
CHOICE = Choice("neutral/01", "neutral/02")
ON_SCREEN = (1280, 960)

Open = Callable[..., Window]


@pytest.fixture
def opened(display: str, settings: ScreenSettings, wording: Wording, protocol: Protocol) -> Iterator[Open]:
    """Open windows with changed settings, and close them after the test."""
    windows = []

    def open_window(**changes: object) -> Window:
        window = Window(settings.model_copy(update=changes), wording, protocol)
        windows.append(window)
        window.open()
        return window

    yield open_window
    for window in windows:
        window.close()


def composed(scene: Scene, size_px: tuple[int, int], wording: Wording, protocol: Protocol) -> Image.Image:
    """Put a scene's parts together without a window."""
    picture = Image.new("RGBA", size_px, (*BACKGROUND, 255))
    for part in lay_out(scene, wording, protocol):
        sprite = sprite_of(part, Fit(size_px))
        top = size_px[1] - sprite.bottom - sprite.image.height
        picture.alpha_composite(sprite.image, (sprite.left, top))
    return picture.convert("RGB")


def on_screen(display: str, size_px: tuple[int, int]) -> Image.Image:
    """Take what the X server shows where the window is: in the middle of the screen."""
    left, top = ((whole - part) // 2 for whole, part in zip(ON_SCREEN, size_px, strict=True))
    whole = ImageGrab.grab(xdisplay=display)
    return whole.crop((left, top, left + size_px[0], top + size_px[1])).convert("RGB")


def largest_difference(a: Image.Image, b: Image.Image) -> int:
    return int(np.asarray(ImageChops.difference(a, b)).max())


def test_the_x_server_shows_what_was_laid_out(opened: Open, display: str, wording: Wording, protocol: Protocol) -> None:
    window = opened()
    scenes = every_screen("neutral/01", "neutral/02", protocol)
    window.prepare(scenes.values())
    for name, scene in scenes.items():
        window.show(scene)
        window.flip(math.inf)
        shown = on_screen(display, (960, 540))
        assert largest_difference(shown, composed(scene, (960, 540), wording, protocol)) <= 2, name


def test_what_was_shown_stays_on_the_screen_through_rests_and_frames(opened: Open, display: str) -> None:
    window = opened()
    window.prepare([FEEDBACK, CHOICE])
    window.show(CHOICE)
    window.flip(math.inf)
    window.show(FEEDBACK)
    now = window.flip(math.inf)
    shown = on_screen(display, (960, 540))
    for due in (math.inf, now):
        for _ in range(4):
            now = window.flip(due)
            assert largest_difference(on_screen(display, (960, 540)), shown) == 0


def test_a_full_screen_window_fills_the_screen(opened: Open, display: str) -> None:
    window = opened(full_screen=True)
    assert window.facts["size_px"] == [1280, 960]
    window.prepare([FEEDBACK])
    window.show(FEEDBACK)
    window.flip(math.inf)
    assert ImageGrab.grab(xdisplay=display).getpixel((2, 2))[:3] == BACKGROUND


@pytest.mark.parametrize(("horizontal", "vertical"), [(True, False), (False, True), (True, True)])
def test_mirrored_screens_are_put_right_by_the_mirror(
    opened: Open,
    display: str,
    tmp_path: Path,
    horizontal: bool,
    vertical: bool,
    wording: Wording,
    protocol: Protocol,
) -> None:
    window = opened(mirror_horizontal=horizontal, mirror_vertical=vertical)
    seen = composed(FEEDBACK, (960, 540), wording, protocol)
    window.screenshot(FEEDBACK, tmp_path / "seen.png")
    assert largest_difference(Image.open(tmp_path / "seen.png"), seen) <= 2
    window.show(FEEDBACK)
    window.flip(math.inf)
    shown = on_screen(display, (960, 540))
    if horizontal:
        shown = shown.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    if vertical:
        shown = shown.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    assert largest_difference(shown, seen) <= 2


def test_nothing_is_drawn_outside_of_the_visible_part(opened: Open, tmp_path: Path, protocol: Protocol) -> None:
    window = opened(visible_width=0.6, visible_height=0.7)
    for scene in every_screen("neutral/01", "neutral/02", protocol).values():
        window.screenshot(scene, tmp_path / "seen.png")
        with Image.open(tmp_path / "seen.png") as seen:
            left, top, right, bottom = ImageChops.difference(
                seen, Image.new("RGB", seen.size, BACKGROUND)
            ).getbbox() or (480, 270, 480, 270)
        assert left >= 0.2 * 960 and right <= 0.8 * 960
        assert top >= 0.15 * 540 and bottom <= 0.85 * 540


def test_showing_what_was_prepared_builds_nothing(
    opened: Open, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    from psychopy import visual

    window = opened()
    scenes = every_screen("neutral/01", "neutral/02", protocol).values()
    window.prepare(scenes)

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("built at an onset")

    monkeypatch.setattr("task.screens.window.lay_out", refuse)
    monkeypatch.setattr("task.screens.window.sprite_of", refuse)
    monkeypatch.setattr(visual.ImageStim, "__init__", refuse)
    monkeypatch.setattr(visual.ImageStim, "setImage", refuse)
    monkeypatch.setattr(visual.ImageStim, "_updateList", refuse)
    for scene in scenes:
        window.show(scene)
        window.flip(math.inf)
    window.prepare(scenes)


def test_a_scene_that_was_not_prepared_is_refused(opened: Open) -> None:
    with pytest.raises(ScreenError, match="without having been prepared"):
        opened().show(Fixation())


def test_a_display_that_does_not_wait_is_said_to_be_paced_in_software(opened: Open) -> None:
    window = opened(refresh_hz=100.0)
    assert window.facts["flips_wait"] is False
    assert window.facts["paced_by"] == "software"
    assert window.frame_s == pytest.approx(0.01)
    assert window.facts["renderer"]


def test_neither_escape_nor_the_mouse_closes_the_window(opened: Open, display: str) -> None:
    from pyglet.window import key

    window = opened()
    window.prepare([FEEDBACK])
    window.show(FEEDBACK)
    window.flip(math.inf)
    before = on_screen(display, (960, 540))
    handle = window._window.winHandle
    handle.dispatch_event("on_key_press", key.ESCAPE, 0)
    handle.dispatch_event("on_close")
    window.show(FEEDBACK)
    window.flip(math.inf)
    window.flip(math.inf)
    assert largest_difference(on_screen(display, (960, 540)), before) == 0


def test_the_window_takes_the_focus_and_notices_when_it_is_gone(opened: Open) -> None:
    from Xlib import X
    from Xlib.display import Display

    window = opened()
    assert window.has_focus()
    server = Display()
    server.set_input_focus(X.NONE, X.RevertToNone, X.CurrentTime)
    server.sync()
    assert not window.has_focus()
    server.close()


def test_a_screen_that_is_not_there_is_named_with_what_is(opened: Open) -> None:
    with pytest.raises(ScreenError, match=r"no screen 3: this computer has one screen, 0 \(1280x960\).*change screen"):
        opened(screen=3)


def test_a_window_larger_than_the_screen_is_refused(opened: Open) -> None:
    with pytest.raises(ScreenError, match="1920x1080 pixels does not fit onto screen 0, which has 1280x960"):
        opened(size_px=(1920, 1080))


def test_without_a_display_the_error_says_so(
    settings: ScreenSettings, wording: Wording, protocol: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(ScreenError, match="there is no display"):
        Window(settings, wording, protocol).open()


def test_a_closed_window_can_be_closed_again(opened: Open) -> None:
    window = opened()
    window.close()
    window.close()


def test_an_avatar_that_is_missing_is_named(opened: Open) -> None:
    with pytest.raises(ScreenError, match=r"nobody\.png cannot be read"):
        opened().prepare([Choice("neutral/nobody", "neutral/01")])


def test_the_contact_sheet_holds_every_picture(tmp_path: Path) -> None:
    pictures = {}
    for i in range(5):
        pictures[f"Screen {i}"] = tmp_path / f"{i}.png"
        Image.new("RGB", (320, 240), (50 * i, 0, 0)).save(pictures[f"Screen {i}"])
    contact_sheet(pictures, tmp_path / "sheet.png", columns=2, width_px=160)
    with Image.open(tmp_path / "sheet.png") as sheet:
        colours = {colour for _, colour in sheet.getcolors(maxcolors=100_000)}
        assert {(50 * i, 0, 0) for i in range(5)} <= colours


def brightness(display: str, size_px: tuple[int, int], box: tuple[int, int, int, int]) -> list[int]:
    """The lowest and the highest value of red in a part of the screen: left, top, right, bottom in pixels."""
    return list(on_screen(display, size_px).crop(box).getchannel("R").getextrema())


def test_the_photodiode_s_patch_is_white_from_each_onset_on_and_then_black(opened: Open, display: str) -> None:
    patch = PhotodiodePatch(corner="top_right", size_px=40, white_s=0.2)
    window = opened(photodiode=patch, mirror_horizontal=True, visible_width=0.5)
    window.prepare([FEEDBACK, Fixation()])
    corner, beside = (920, 0, 960, 40), (870, 0, 920, 100)
    for scene in (FEEDBACK, Fixation()):
        window.show(scene, is_onset=True)
        onset = window.flip(math.inf)
        assert brightness(display, (960, 540), corner) == [255, 255]
        assert max(brightness(display, (960, 540), beside)) < 200
        while (now := window.flip(math.inf)) < onset + 0.25:
            pass
        assert brightness(display, (960, 540), corner) == [0, 0]
        assert now < onset + 5
    window.show(FEEDBACK)  # as when the chosen one is framed: no onset
    window.flip(math.inf)
    assert brightness(display, (960, 540), corner) == [0, 0]


def test_without_a_photodiode_there_is_no_patch(opened: Open, display: str) -> None:
    window = opened()
    window.prepare([Fixation()])
    window.show(Fixation(), is_onset=True)
    window.flip(math.inf)
    low, high = brightness(display, (960, 540), (0, 0, 200, 540))
    assert low == high
