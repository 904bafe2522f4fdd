"""The keyboard device, with real key events on a virtual screen."""

import os
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

from task.record.layout import ROOT

LISTENER = Path(__file__).with_name("listener.py")


def heard(display: str, seconds: float, schedule: list[tuple[float, float, str]]) -> tuple[list[str], list[str]]:
    """Press (after, hold, key) on a display; give what was pressed and what the device heard, a line each."""
    env = os.environ | {"DISPLAY": display}
    listener = subprocess.Popen(
        [sys.executable, str(LISTENER), str(seconds)], stdout=subprocess.PIPE, text=True, env=env
    )
    assert listener.stdout is not None
    assert listener.stdout.readline() == "listening\n"
    now = time.perf_counter()
    lines = "".join(f"{now + after} {hold} {key}\n" for after, hold, key in schedule)
    presser = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "presser.py"), display],
        input=lines,
        capture_output=True,
        text=True,
        check=True,
    )
    return presser.stdout.splitlines(), listener.communicate(timeout=60)[0].splitlines()


def test_no_press_of_five_milliseconds_is_lost(display: str) -> None:
    keys = ["5", "f", "j", "left", "space"]
    xkeys = {"left": "Left"}
    schedule = [(0.5 + 0.02 * n, 0.005, xkeys.get(keys[n % 5], keys[n % 5])) for n in range(150)]
    pressed, strokes = heard(display, 6, schedule)
    assert len(pressed) == 150
    assert [stroke.split()[1] for stroke in strokes] == [keys[n % 5] for n in range(150)]
    assert {stroke.split()[2] for stroke in strokes} == {"keyboard"}


def test_strokes_come_in_order_on_the_clock_of_the_run(display: str) -> None:
    began = time.perf_counter()
    _, strokes = heard(display, 4, [(0.5 + 0.1 * n, 0.03, "a") for n in range(20)])
    times = [float(stroke.split()[0]) for stroke in strokes]
    assert all(a < b for a, b in pairwise(times))
    assert began < times[0] < times[-1] < time.perf_counter()


def test_a_key_that_is_held_is_one_press(display: str) -> None:
    _, strokes = heard(display, 4, [(0.5, 1.5, "g")])
    assert [stroke.split()[1] for stroke in strokes] == ["g"]
