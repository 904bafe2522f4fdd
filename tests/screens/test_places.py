"""Where everything stands on every screen, so that nothing moves unnoticed between participants of one study.

Whoever means to change a screen changes its lines in ``places.txt``: the failed test shows them.
"""

from pathlib import Path

import pytest

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.base import Scene, kinds_of_scene
from task.scene.check import Check
from task.screens.layout import lay_out
from task.screens.parts import BACKGROUND, CANVAS, INK, PANEL, Frame, Part, Picture, Words
from tests.factories import a_protocol
from tests.screens.test_layout import GERMAN

COLOURS = {INK: "", PANEL: "of a panel "}
LONG = GERMAN | {"feedback": GERMAN["feedback"] | {"match": "Treffer", "of_responders": "der {responders}"}}


def told(part: Part) -> str:
    """A part in a line: what, where (units, from the middle), and how large."""
    at = f"at {part.x:.3f} {part.y:.3f}".replace("-0.000", "0.000")
    if isinstance(part, Picture):
        return f"{part.path.parent.name}/{part.path.stem} {at}, {part.height:.3f} high"
    if isinstance(part, Words):
        how = f"{part.height:.3f} high{', bold' * part.bold}{', from the left' * (part.align == 'left')}"
        return f"{part.text!r} {COLOURS[part.colour]}{at}, {how}"
    if isinstance(part, Frame):
        line = "filled" if part.thickness is None else f"a line of {part.thickness:.3f}"
        size = f"{part.width:.3f} by {part.height:.3f}"
        return f"frame {COLOURS[part.colour]}{at}, {size}, corner {part.corner:.3f}, {line}"
    return f"{part.kind} {COLOURS[part.colour]}{at}, {part.height:.3f} high"


def screens_of(wording: Wording, protocol: Protocol) -> dict[str, str]:
    """Every form of every screen, by its name, as lines."""
    forms: dict[str, Scene] = {"dot_right": Check("side", "right", 30), "dot_below": Check("height", "below", 30)}
    for kind in kinds_of_scene().values():
        forms |= kind.examples(protocol, "neutral/01", "neutral/02")
    return {name: "\n".join(map(told, lay_out(scene, wording, protocol))) for name, scene in forms.items()}


def expected(words: str) -> dict[str, str]:
    """The screens of ``places.txt`` in short or long words: ``## short: name``, then their lines."""
    blocks = (Path(__file__).parent / "places.txt").read_text(encoding="utf-8").strip().split("## ")[1:]
    screens = dict(block.rstrip().split("\n", 1) for block in blocks)
    return {name.partition(": ")[2]: lines for name, lines in screens.items() if name.startswith(f"{words}: ")}


@pytest.mark.parametrize("words", ["short", "long"])
def test_everything_stands_where_it_stood(words: str, wording: Wording) -> None:
    """In the shipped words, and with twelve Responders in words so long that they are set in two lines or smaller."""
    if words == "long":
        wording = Wording.model_validate({"name": "de", "language": "Deutsch", **LONG})
    protocol = a_protocol(deciders={"responders": 8 if words == "short" else 12})
    assert screens_of(wording, protocol) == expected(words)


def test_the_screen_is_grey_and_what_it_shows_is_within_a_canvas_of_five_to_six() -> None:
    assert (BACKGROUND, PANEL, INK) == ((108,) * 3, (86,) * 3, (240,) * 3)
    assert CANVAS == (1.2, 1.0)
