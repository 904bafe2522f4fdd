"""Buttons that are asked for: which boxes send a press once, and which send what no hand has done."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from task.config.read import read_wording
from task.devices.strokes import Notice, Stroke
from task.preflight import hands
from task.preflight.results import Result
from task.preflight.room import EndedByOperator, Room
from task.record.layout import Dataset
from tests.factories import a_protocol, a_site


class Box:
    """A device on real time: what it sends once a button was asked for, by seconds from then."""

    def __init__(self, sends: Callable[[str], Iterable[tuple[float, str]]]) -> None:
        self.sends, self.coming = sends, list[Stroke]()

    def asked(self, question: str) -> None:
        now = time.perf_counter()
        self.coming += [Stroke(now + after, code, "keyboard") for after, code in self.sends(question)]

    def open(self) -> None: ...

    def close(self) -> None: ...

    def notices(self) -> list[Notice]:
        return []

    def read(self, until: float) -> list[Stroke]:
        due = sorted(stroke for stroke in self.coming if stroke.time <= until)
        self.coming = [stroke for stroke in self.coming if stroke.time > until]
        return due


def a_room(sends: Callable[[str], Iterable[tuple[float, str]]], time_limit_s: float = 1.5) -> Room:
    box = Box(sends)
    room = Room(
        a_site(),
        a_protocol(),
        read_wording("en"),
        Dataset(Path("nowhere")),
        None,
        box.asked,
        time_limit_s,
        devices=[box],
    )
    return room


def buttons(sends: Callable[[str], Iterable[tuple[float, str]]], **how: float) -> list[Result]:
    return list(hands.buttons(a_room(sends, **how)))


def pressing(*after: float) -> Callable[[str], Iterable[tuple[float, str]]]:
    """A box that sends the button that is asked for at these times."""
    return lambda question: [(one, "f" if "LEFT" in question else "j") for one in after]


def test_a_box_that_sends_each_press_once_passes() -> None:
    assert [(one.status, one.found) for one in buttons(pressing(0.6))] == [
        ("pass", "keyboard:f arrived"),
        ("pass", "keyboard:j arrived"),
    ]


@pytest.mark.parametrize("per_s", [10, 30, 60, 120])
def test_a_box_that_repeats_while_a_button_is_held_is_noticed(per_s: float) -> None:
    results = buttons(pressing(*(0.6 + i / per_s for i in range(round(0.5 * per_s)))))
    assert [one.status for one in results] == ["warn", "warn"]
    assert f"more times for the same press, after {1000 / per_s:.0f} ms first" in results[0].found
    assert "Set the box to send each press once" in results[0].advice


def test_a_box_that_repeats_after_a_pause_is_noticed() -> None:
    results = buttons(pressing(0.6, *(1.1 + i / 30 for i in range(8))))
    assert [one.status for one in results] == ["warn", "warn"]
    assert "more times for the same press, after 500 ms first" in results[0].found


def test_a_switch_that_bounces_is_noticed() -> None:
    results = buttons(pressing(0.6, 0.606))
    assert [one.status for one in results] == ["warn", "warn"]
    assert "1 more time for the same press, after 6 ms first" in results[0].found


def test_a_press_that_no_person_can_have_made_is_noticed() -> None:
    results = buttons(pressing(0.01))
    assert [one.status for one in results] == ["warn", "warn"]
    assert "sooner than any person presses" in results[0].found


def test_a_button_that_is_stuck_fails_and_answers_for_no_other() -> None:
    started: list[float] = []

    def stuck(question: str) -> list[tuple[float, str]]:
        if started:
            return []
        started.append(0.0)
        return [(0.6 + i / 60, "f") for i in range(320)]

    left, right = buttons(stuck, time_limit_s=1.0)
    assert (left.status, right.status) == ("warn", "fail")
    assert "keyboard:f is sent all the time, as if it were held down" in right.found


def test_an_abort_key_that_is_held_ends_no_check_and_one_that_is_pressed_twice_does() -> None:
    def holding(question: str) -> list[tuple[float, str]]:
        return [(0.05 + i / 30, "escape") for i in range(9)] + [(0.7, "f" if "LEFT" in question else "j")]

    assert [one.status for one in buttons(holding)] == ["pass", "pass"]
    with pytest.raises(EndedByOperator):
        buttons(lambda question: [(0.1, "escape"), (0.6, "escape")])


def test_a_ball_that_stays_squeezed_is_told_once() -> None:
    told: list[str] = []
    box = Box(lambda question: [(i / 60, "b") for i in range(30)])
    site = a_site()
    strokes = site.strokes.model_copy(update={"alarm": ("keyboard:b",)})
    site = site.model_copy(update={"strokes": strokes})
    room = Room(site, a_protocol(), read_wording("en"), Dataset(Path("nowhere")), None, told.append, devices=[box])
    box.asked("")
    ends = time.perf_counter() + 0.6
    while time.perf_counter() < ends:
        room.listen()
    assert sum("ALARM" in line for line in told) == 1
    assert (len(room.heard), len(room.repeated)) == (30, 29)
