"""The screens on which a participant is asked for a press: laid out within what can be seen, dot and words apart."""

import pytest

from task.config.read import read_protocol, read_wording
from task.scene.check import Check
from task.screens.layout import lay_out
from task.screens.parts import CANVAS, Frame, Words
from task.screens.sprites import Fit, sprite_of
from tests.factories import as_journalled

SCENES = [
    *(Check(asks, None, 15) for asks in ("left", "right", "alarm")),
    *(Check("side", dot, 15) for dot in ("left", "right")),
    *(Check("height", dot, 15) for dot in ("above", "below")),
    Check("nothing"),
]


GERMAN = {
    "left": "Bitte drücken Sie die linke Taste",
    "right": "Bitte drücken Sie die rechte Taste",
    "alarm": "Bitte drücken Sie den Alarmball",
    "side": "Bitte drücken Sie die Taste auf der Seite, auf der der Punkt ist",
    "above": "Punkt über diesen Wörtern: bitte linke Taste",
    "below": "Punkt unter diesen Wörtern: bitte rechte Taste",
    "nothing": "Wir überprüfen die Geräte",
    "seconds": "Sie haben {seconds} Sekunden Zeit",
}


@pytest.mark.parametrize("changes", [{}, GERMAN], ids=["english", "german"])
@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_all_of_it_can_be_seen_and_nothing_covers_anything(scene: Check, changes: dict[str, str]) -> None:
    english = read_wording("en")
    words = english.model_copy(update={"check": english.check.model_copy(update=changes)})
    size = 1000 * int(CANVAS[0] * 10) // 10, 1000
    boxes = []
    for part in lay_out(scene, words, read_protocol("demo")):
        sprite = sprite_of(part, Fit(size))
        box = sprite.left, sprite.bottom, sprite.left + sprite.image.width, sprite.bottom + sprite.image.height
        assert min(box) >= 0 and box[2] <= size[0] and box[3] <= size[1]
        for other in boxes:
            assert box[0] >= other[2] or box[2] <= other[0] or box[1] >= other[3] or box[3] <= other[1]
        boxes.append(box)
    assert as_journalled(scene) == scene


def test_the_dot_is_where_it_is_asked_for() -> None:
    dots = {}
    for scene in SCENES:
        parts = lay_out(scene, read_wording("en"), read_protocol("demo"))
        dots[scene.dot] = [(part.x, part.y) for part in parts if isinstance(part, Frame)]
        words_y = [part.y for part in parts if isinstance(part, Words)]
        if scene.dot in ("above", "below"):
            ((_, y),) = dots[scene.dot]
            assert y > max(words_y) if scene.dot == "above" else y < min(words_y)
    assert dots[None] == []
    assert dots["left"][0][0] < 0 < dots["right"][0][0]
    assert dots["left"][0][1] == dots["right"][0][1] == 0


def test_the_time_limit_is_said_wherever_a_press_is_asked_for() -> None:
    for scene in SCENES:
        words = [
            part.text for part in lay_out(scene, read_wording("en"), read_protocol("demo")) if hasattr(part, "text")
        ]
        assert ("You have 15 seconds" in words) == (scene.asks != "nothing")
