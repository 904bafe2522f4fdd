"""What is said when another button comes, an unknown code, or none; and of a picture that is mirrored."""

from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any

import pytest

from task.config.site import Strokes
from task.preflight import hands
from task.preflight.results import Result
from task.preflight.room import Room
from task.scene.check import Check
from tests.preflight.test_hands import Box, a_room


class Screen:
    """Stands for the participant's window: what was shown last, for somebody to look at."""

    def __init__(self) -> None:
        self.shown: list[Check] = []

    def prepare(self, scenes: list[Check]) -> None: ...

    def show(self, scene: Check) -> None:
        self.shown.append(scene)

    def flip(self, due: float) -> float:
        return 0.0


def rows_of(results: Iterable[Result]) -> dict[str, Result]:
    return {one.name: one for one in results}


def answered(code: str) -> dict[str, Result]:
    """What is found if every question is answered by one code."""
    return rows_of(hands.buttons(a_room(lambda question: [(0.6, code)], time_limit_s=2.0)))


def test_exchanged_buttons_are_told_by_what_came_and_prove_nothing() -> None:
    room = a_room(lambda question: [(0.6, "j" if "LEFT" in question else "f")])
    rows = rows_of(hands.buttons(room))
    assert rows["left button"].status == rows["right button"].status == "fail"
    assert rows["left button"].found == "keyboard:j arrived, which means right here"
    assert "correct left and right under [strokes]" in rows["left button"].advice
    assert room.proven == set()


def test_a_code_that_means_nothing_is_given_as_it_is_to_be_written() -> None:
    row = answered("q")["left button"]
    assert row.found == "keyboard:q arrived, which means nothing at this site"
    assert 'left = ["keyboard:q"]' in row.advice


def test_a_key_of_another_meaning_is_no_button_and_shows_that_strokes_arrive() -> None:
    row = answered("escape")["left button"]
    assert row.found == "not pressed within 2 s, while other strokes do arrive"
    assert row.advice.startswith("keyboard:f or keyboard:left was expected.")


def test_without_any_stroke_it_is_said_that_none_arrives_at_all() -> None:
    row = rows_of(hands.buttons(a_room(lambda question: [], time_limit_s=0.2)))["right button"]
    assert row.found == "no key arrived at all within 0.2 s: keyboard:j or keyboard:right was expected"
    assert "Input Monitoring" in row.advice


def test_only_buttons_that_the_site_has_are_asked_for() -> None:
    room = a_room(lambda question: [], time_limit_s=0.1)
    assert set(rows_of(hands.buttons(room))) == {"left button", "right button"}
    strokes = room.site.strokes.model_copy(update={"alarm": ("keyboard:b",)})
    room.site = room.site.model_copy(update={"strokes": strokes})
    assert set(rows_of(hands.buttons(room))) == {"left button", "right button", "alarm"}


class Looking(Box):
    """Somebody who presses the side on which the dot is seen, in a mirror that may turn the picture."""

    def __init__(self, screen: Screen, *turned: str) -> None:
        super().__init__(lambda question: [(0.3, "")])
        self.screen, self.turned = screen, turned

    def read(self, until: float) -> list[Any]:
        due = super().read(until)
        dot = next((scene.dot for scene in reversed(self.screen.shown) if scene.dot), None)
        is_first = dot in ("left", "above")
        is_turned = ("side" if dot in ("left", "right") else "height") in self.turned
        return [type(one)(one.time, "f" if is_first != is_turned else "j", one.device) for one in due]


def looking_room(*turned: str, draw: int = 0) -> Room:
    screen = Screen()
    box = Looking(screen, *turned)
    room = a_room(lambda question: [])
    room.window, room.devices, room.tell = screen, [box], box.asked  # type: ignore[assignment]
    room.proven = {"left", "right"}
    room.draw = SimpleNamespace(integers=lambda high: draw)  # type: ignore[assignment]
    return room


@pytest.mark.parametrize(("draw", "places"), [(0, ("left", "above")), (1, ("right", "below"))])
def test_a_dot_that_is_seen_where_it_is_passes(draw: int, places: tuple[str, str]) -> None:
    side, height = hands.dot(looking_room(draw=draw))
    assert (side.name, height.name) == ("left and right of the picture", "top and bottom of the picture")
    for row, place in ((side, places[0]), (height, places[1])):
        assert (row.status, row.found) == ("pass", f"the dot was seen where it is: {place}")


@pytest.mark.parametrize("draw", [0, 1])
@pytest.mark.parametrize(("turned", "setting"), [("side", "mirror_horizontal"), ("height", "mirror_vertical")])
@pytest.mark.parametrize("is_set", [False, True])
def test_a_dot_that_is_seen_elsewhere_fails_with_the_setting_to_change(
    turned: str, setting: str, draw: int, is_set: bool
) -> None:
    room = looking_room(turned, draw=draw)
    room.site = room.site.model_copy(update={"display": room.site.display.model_copy(update={setting: is_set})})
    rows = list(hands.dot(room))
    row, other = rows if turned == "side" else reversed(rows)
    assert (row.status, other.status) == ("fail", "pass")
    assert f"Set {setting} = {'false' if is_set else 'true'} under [display]" in row.advice
    where = {"side": ("on the left", "on the right"), "height": ("above", "below")}[turned][draw]
    pressed = ("right", "left")[draw]
    assert row.found == f"the dot was meant to be seen {where}, and the {pressed} button was pressed"


def test_a_dot_that_nobody_answers_fails_and_one_that_cannot_be_asked_is_not() -> None:
    room = a_room(lambda question: [], time_limit_s=0.1)
    room.window = Screen()  # type: ignore[assignment]
    assert [row.found for row in hands.dot(room)] == [
        "it is answered by the buttons, and these did not come out right"
    ] * 2
    room.proven = {"left"}
    assert {row.status for row in hands.dot(room)} == {"not asked"}
    room.proven = {"left", "right"}
    assert [row.found for row in hands.dot(room)] == ["no button arrived within 0.1 s"] * 2
    room.window = None
    assert {row.found for row in hands.dot(room)} == {"the participant's screen could not be opened"}
    room.no_hands = "--no-person"
    assert {row.found for row in (*hands.dot(room), *hands.buttons(room))} == {"--no-person"}


def test_codes_of_several_devices_are_asked_for_as_long_as_one_is_open() -> None:
    room = a_room(lambda question: [])
    room.site = room.site.model_copy(
        update={"strokes": Strokes(left=("a:1", "b:1"), right=("b:2",), pulse=("a:5",), abort=("c:x",))}
    )
    room.not_open = {"a"}
    assert [room.why_not_asked(meaning) for meaning in ("left", "right")] == ["", ""]
    assert room.why_not_asked("pulse") == "a could not be opened, so nothing can arrive"
    room.not_open = {"a", "b"}
    assert room.why_not_asked("left") == "a and b could not be opened, so nothing can arrive"
    room.no_hands = "--no-person"
    assert room.why_not_asked("left") == "--no-person"
