"""The keyboard device, with real key events on a virtual screen."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from task.devices.keyboard import Keyboard
from task.devices.strokes import DeviceError
from tests.devices.toolbox import Clocks, a_keyboard
from tests.presser import Press, Presser

LISTENER = Path(__file__).with_name("listener.py")
LAST = "q"


@pytest.fixture
def presser(display: str) -> Iterator[Presser]:
    made = Presser(display)
    yield made
    made.close()


@pytest.fixture
def listener(display: str) -> Iterator[subprocess.Popen[str]]:
    """A program that prints what the device hears until the last key, and is listening."""
    env = os.environ | {"DISPLAY": display}
    program = subprocess.Popen([sys.executable, str(LISTENER), LAST], stdout=subprocess.PIPE, text=True, env=env)
    assert program.stdout is not None
    assert "listening\n" in iter(program.stdout.readline, "")
    yield program
    program.kill()
    program.communicate()


def heard(
    listener: subprocess.Popen[str], presser: Presser, schedule: list[Press], hold: float
) -> tuple[list[Press], list[list[str]]]:
    """Press some keys, and the last one after them; give what was pressed, and time, code and device as heard."""
    presser.press(*schedule, hold=hold)
    presser.press((schedule[-1][0] + hold + 0.5, LAST))
    *pressed, _ = presser.pressed()
    *strokes, last = (line.split() for line in listener.communicate(timeout=60)[0].splitlines())
    assert last[1] == LAST
    return pressed, strokes


def test_no_press_of_five_milliseconds_is_lost(listener: subprocess.Popen[str], presser: Presser) -> None:
    keys = ["5", "f", "j", "left", "space"]
    xkeys = {"left": "Left"}
    schedule = [(0.02 * n, xkeys.get(keys[n % 5], keys[n % 5])) for n in range(150)]
    pressed, strokes = heard(listener, presser, schedule, hold=0.005)
    assert len(pressed) == 150
    assert [code for _, code, _ in strokes] == [keys[n % 5] for n in range(150)]
    assert {device for _, _, device in strokes} == {"keyboard"}


def test_strokes_come_in_order_on_the_clock_of_the_run(listener: subprocess.Popen[str], presser: Presser) -> None:
    pressed, strokes = heard(listener, presser, [(0.1 * n, "a") for n in range(20)], hold=0.03)
    times = [float(stamp) for stamp, _, _ in strokes]
    assert all(a < b for a, b in pairwise(times))
    # no press is stamped before it was made; clocks that differ do so by far more than a mapping may err
    assert all(before - 0.5 < stamp for (before, _), stamp in zip(pressed, times, strict=True))
    assert times[-1] < time.perf_counter()


def test_a_key_that_is_held_is_one_press(listener: subprocess.Popen[str], presser: Presser) -> None:
    _, strokes = heard(listener, presser, [(0.0, "g")], hold=1.5)
    assert [code for _, code, _ in strokes] == ["g"]


def test_without_a_display_the_keyboard_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    with pytest.raises(DeviceError, match="without a display"):
        Keyboard("keyboard").open()


def test_a_box_that_types_a_key_again_while_a_button_is_down_says_so_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks()
    keyboard, queued = a_keyboard(monkeypatch, clocks)
    typed = [(0.0, 7), (1 / 60, 7), (2 / 60, 7), (0.05, 6), (0.2, 7)]
    for after, key in typed:
        for is_press, lasts in ((True, 0.0), (False, 0.004)):
            queued.append({"Pressed": is_press, "Keycode": key, "Time": clocks.theirs() + after + lasts})
    clocks.now += 1.0
    strokes = keyboard.read(clocks.now)
    assert [(stroke.code, stroke.again) for stroke in strokes] == [
        ("f", False),
        ("f", True),
        ("f", True),
        ("5", False),
        ("f", False),
    ]
    keyboard.close()
