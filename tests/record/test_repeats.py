"""Presses told from repeats: of what is held, however it is sent again, the first stroke alone is a press."""

import itertools
from typing import NamedTuple

import pytest

from task.record.repeats import Repeats

KEY = ("box", "1")


def presses(times: list[float], repeats: Repeats | None = None) -> list[float]:
    """Which of these strokes are presses, once all is known."""
    told = repeats or Repeats()
    return [t for i, t in enumerate(times) if not told.is_repeat(t, KEY, times[i + 1 :], float("inf"))]


def held(at: float, for_s: float, per_s: float, pause_s: float = 0.0) -> list[float]:
    """What a box sends for a press: at once, and then again and again, maybe after a pause."""
    first = at + (pause_s or 1 / per_s)
    return [at, *itertools.takewhile(lambda t: t <= at + for_s, (first + i / per_s for i in range(100_000)))]


@pytest.mark.parametrize("gap", [0.14, 0.2, 0.3, 0.5, 0.9, 1.0, 3.0])
def test_presses_as_quick_as_a_finger_can_be_are_presses(gap: float) -> None:
    times = [10 + gap * i for i in range(6)]
    assert presses(times) == times


@pytest.mark.parametrize("per_s", [10, 15, 20, 30, 60, 90, 120])
@pytest.mark.parametrize("for_s", [0.3, 3.0, 300.0])
def test_a_box_that_sends_as_long_as_a_button_is_down_was_pressed_once(per_s: float, for_s: float) -> None:
    again = 10 + for_s + 0.35
    assert presses([*held(10, for_s, per_s), *held(again, for_s, per_s)]) == [10, again]


@pytest.mark.parametrize("pause_s", [0.2, 0.25, 0.5, 0.66, 1.0])
@pytest.mark.parametrize("per_s", [16, 25, 30, 40])
def test_a_box_that_repeats_after_a_pause_was_pressed_once(pause_s: float, per_s: float) -> None:
    again = 14.2
    strokes = [*held(10, 4.0, per_s, pause_s), *held(again, 2.0, per_s, pause_s), again + 5.0]
    assert presses(strokes) == [10, again, again + 5.0]


@pytest.mark.parametrize("per_s", [10, 30, 60])
def test_one_stroke_that_is_lost_or_late_makes_no_press(per_s: float) -> None:
    strokes = held(10, 2.0, per_s)
    for number in range(2, len(strokes)):
        assert presses([t for i, t in enumerate(strokes) if i != number]) == [10]
        late = [t + 0.4 / per_s * (i == number) for i, t in enumerate(strokes)]
        assert presses(late) == [10]


def test_a_switch_that_bounces_was_pressed_once_each_time() -> None:
    strokes = [at + bounce for at in (10.0, 10.6, 13.0) for bounce in (0.0, 0.004, 0.013)]
    assert presses(strokes) == [10.0, 10.6, 13.0]


def test_a_second_press_that_bounces_as_the_first_did_not_is_a_press() -> None:
    assert presses([10.0, 10.6, 10.604, 10.613]) == [10.0, 10.6]


def test_a_press_within_a_second_of_a_lone_one_is_told_by_what_follows() -> None:
    repeats = Repeats()
    assert repeats.is_repeat(10.0, KEY, [], 10.0) is False
    assert repeats.is_repeat(10.5, KEY, [], 10.5) is None
    assert repeats.is_repeat(10.5, KEY, [], 10.56) is None
    assert repeats.is_repeat(10.5, KEY, [10.533], 10.56) is True
    assert repeats.is_repeat(14.0, KEY, [], 14.0) is False
    assert repeats.is_repeat(14.4, KEY, [], 14.48) is False


def test_a_box_that_sends_all_the_time_lets_a_second_press_be_told_at_once() -> None:
    repeats = Repeats()
    assert presses(held(10, 0.1, 60), repeats) == [10]
    assert repeats.is_repeat(10.5, KEY, [], 10.5) is False


def test_codes_and_devices_do_not_repeat_each_other() -> None:
    repeats = Repeats()
    for i, key in enumerate([("box", "1"), ("box", "2"), ("other", "1")]):
        assert repeats.is_repeat(10 + i * 0.01, key, [], 20.0) is False


class Stroke(NamedTuple):
    time: float
    code: str = "1"
    device: str = "box"
    again: bool | None = None


def test_a_device_that_knows_itself_what_repeats_is_believed() -> None:
    strokes = [Stroke(1.0, again=False), Stroke(1.05, again=False), Stroke(1.5, again=True)]
    told, kept = Repeats().tell(strokes, 1.5)
    assert ([is_repeat for _, is_repeat in told], kept) == ([False, False, True], [])


def test_of_a_pulse_each_stroke_counts_whatever_else_is_known() -> None:
    strokes = [Stroke(1.0), Stroke(1.001), Stroke(1.002, again=True)]
    told, _ = Repeats({("box", "1")}).tell(strokes, 1.1)
    assert [is_repeat for _, is_repeat in told] == [False] * 3


def test_what_cannot_be_told_yet_is_kept_with_what_follows_but_for_pulses() -> None:
    repeats = Repeats({("scanner", "t")})
    strokes = [Stroke(1.0), Stroke(1.5), Stroke(1.51, "2"), Stroke(1.52, "t", "scanner"), Stroke(1.53, "3", again=True)]
    told, kept = repeats.tell(strokes, 1.53)
    assert [stroke.time for stroke, _ in told] == [1.0, 1.52]
    assert [stroke.time for stroke in kept] == [1.5, 1.51, 1.53]
    told, kept = repeats.tell(kept, 1.6)
    assert [(stroke.time, is_repeat) for stroke, is_repeat in told] == [(1.5, False), (1.51, False), (1.53, True)]
    assert kept == []


def test_of_many_strokes_only_so_many_are_told_at_a_time_and_the_others_looked_at() -> None:
    repeats = Repeats()
    strokes = [Stroke(1.0), Stroke(1.5), Stroke(1.533), Stroke(1.566)]
    told, kept = repeats.tell(strokes, 1.566, at_most=2)
    assert ([is_repeat for _, is_repeat in told], kept) == ([False, True], strokes[2:])
