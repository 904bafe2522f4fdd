"""What needs hands: each button pressed once, and a dot that shows whether the picture is mirrored as it should be.

Buttons come first: they prove that keys arrive, and that left is left; only then an answer tells where a dot is seen.
"""

import time
from collections.abc import Iterator
from typing import Literal, NamedTuple

from task.devices.strokes import Stroke
from task.preflight.results import Result, failed, not_asked, passed, warned
from task.preflight.room import Room
from task.record.answering import FASTEST_S
from task.scene.check import Check as CheckScene

Button = Literal["left", "right", "alarm"]
Place = Literal["left", "right", "above", "below"]
_BUTTONS: tuple[Button, ...] = ("left", "right", "alarm")
_SIDES = ("left", "right")
_HELD_S = 0.8


def buttons(room: Room) -> Iterator[Result]:
    """Each button of the site, pressed once."""
    for meaning in _BUTTONS:
        if getattr(room.site.strokes, meaning):
            yield _button(room, meaning)


def dot(room: Room) -> Iterator[Result]:
    """A dot to the left or right, then one above or below: whether both are seen where they are meant to be."""
    yield _dot(room, "side", ("left", "right"), "mirror_horizontal", "left and right of the picture")
    yield _dot(room, "height", ("above", "below"), "mirror_vertical", "top and bottom of the picture")


def _button(room: Room, meaning: Button) -> Result:
    name = "alarm" if meaning == "alarm" else f"{meaning} button"
    if why := room.why_not_asked(meaning):
        return not_asked(name, why)
    question = f"Press the {name.upper()} once, and hold it for a second"
    came, answer = _answer(room, CheckScene(meaning, None, round(room.time_limit_s)), question)
    if answer is None:
        return failed(name, *_nothing_came(room, name, meaning, came))
    stroke, means, after_s = answer
    if means == meaning:
        room.proven.add(meaning)
        return _arrived(room, name, stroke, after_s)
    return failed(
        name,
        f"{_written(stroke)} arrived, which means {means} here",
        f"If it was the {name}, correct {meaning} and {means} under [strokes] of the site file; if it was another one, "
        "check again.",
        stroke=_written(stroke),
    )


def _arrived(room: Room, name: str, stroke: Stroke, after_s: float) -> Result:
    """Judge a button that arrived: by what else its press sends, and whether a person can have pressed it."""
    ends = time.perf_counter() + _HELD_S
    while time.perf_counter() < ends:
        room.listen()
    code = _written(stroke)
    again = [one.time for one in room.repeated if _written(one) == code and one.time > stroke.time]
    if again:
        times = f"{len(again)} more time{'s' * (len(again) > 1)}"
        return warned(
            name,
            f"{code} arrived, and {times} for the same press, after {(again[0] - stroke.time) * 1000:.0f} ms first: "
            "the box repeats it while it is held, or its switch bounces",
            "In a run only the first counts. Set the box to send each press once; if it cannot, have it mended.",
            stroke=code,
            repeats=len(again),
        )
    if after_s < FASTEST_S:
        return warned(
            name,
            f"{code} arrived {max(after_s, 0.0) * 1000:.0f} ms after it was asked for, sooner than any person presses",
            "Check again. If it is so every time, the box sends by itself: look at its mode and its cable.",
            stroke=code,
        )
    return passed(name, f"{code} arrived", stroke=code)


def _dot(room: Room, asks: Literal["side", "height"], places: tuple[Place, Place], setting: str, name: str) -> Result:
    if room.no_hands:
        return not_asked(name, room.no_hands)
    if room.window is None:
        return not_asked(name, "the participant's screen could not be opened")
    if not room.proven.issuperset(_SIDES):
        return not_asked(name, "it is answered by the buttons, and these did not come out right")
    place = places[int(room.draw.integers(2))]
    question = {
        "side": "Press the button on the SIDE where the dot is seen",
        "height": "Dot ABOVE the words: press left. BELOW: press right",
    }[asks]
    _, answer = _answer(room, CheckScene(asks, place, round(room.time_limit_s)), question, _SIDES)
    if answer is None:
        return failed(name, f"no button arrived within {room.time_limit_s:g} s", "Check again, with somebody to press.")
    if answer.means == _SIDES[places.index(place)]:
        return passed(name, f"the dot was seen where it is: {place}")
    is_set = getattr(room.site.display, setting)
    where = place if asks == "height" else f"on the {place}"
    return failed(
        name,
        f"the dot was meant to be seen {where}, and the {answer.means} button was pressed",
        f"Set {setting} = {str(not is_set).lower()} under [display] of the site file, and check again. If the press "
        "was a mistake, only check again.",
    )


class _Answer(NamedTuple):
    stroke: Stroke
    means: str
    after_s: float


def _answer(
    room: Room, scene: CheckScene, question: str, takes: tuple[str, ...] = _BUTTONS
) -> tuple[list[Stroke], _Answer | None]:
    """Ask, and wait for any of these buttons until the time limit; give all presses, and the first that is one."""
    room.ask(scene, f"{question}. ({room.time_limit_s:g} s)")
    came: list[Stroke] = []
    asked = time.perf_counter()
    while time.perf_counter() < asked + room.time_limit_s:
        new = room.listen()
        came += new
        for stroke in new:
            meaning = room.meaning(stroke)
            if meaning in takes:
                return came, _Answer(stroke, meaning, stroke.time - asked)
    return came, None


def _nothing_came(room: Room, name: str, meaning: Button, came: list[Stroke]) -> tuple[str, str]:
    """Say what did not arrive, or arrived and is not known; and what to do."""
    unknown = list(dict.fromkeys(_written(stroke) for stroke in came if room.meaning(stroke) is None))[:3]
    within = f"within {room.time_limit_s:g} s"
    if unknown:
        verb = "means" if len(unknown) == 1 else "mean"
        return (
            f"{', '.join(unknown)} arrived, which {verb} nothing at this site",
            f'If that was the {name}, write {meaning} = ["{unknown[0]}"] under [strokes] of the site file.',
        )
    expected = " or ".join(getattr(room.site.strokes, meaning))
    stuck = [one for one in room.repeated[-1:] if time.perf_counter() - one.time < _HELD_S]
    if stuck:
        return (
            f"no press {within}, while {_written(stuck[0])} is sent all the time, as if it were held down",
            "Let go of that button. If nobody holds it, it is stuck, or the box sends by itself: have it mended.",
        )
    if room.heard:
        return (
            f"not pressed {within}, while other strokes do arrive",
            f"{expected} was expected. Check the box's cable, and that its mode is the one of the site file.",
        )
    return (
        f"no key arrived at all {within}: {expected} was expected",
        "Check that the box is on, its cable in, and its mode the one that the site file is made for. On macOS the "
        "terminal needs the Input Monitoring permission. Then press keys of the computer's own keyboard: if these are "
        "listed under other strokes, it is the box.",
    )


def _written(stroke: Stroke) -> str:
    """Write a stroke as a site file does."""
    return f"{stroke.device}:{stroke.code}"
