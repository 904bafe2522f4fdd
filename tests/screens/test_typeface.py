"""How large words are set, and where they are broken into lines."""

from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from PIL import ImageFont

from task.screens import typeface
from task.screens.errors import ScreenError
from task.screens.typeface import SMALLEST, font, height_that_fits, lines_of, width_of

LONG = "one two three four five six"


def test_a_width_is_that_of_the_line_in_the_type_it_is_drawn_in() -> None:
    for bold in (False, True):
        drawn = ImageFont.truetype(typeface.typeface(bold), 500).getlength("Whom would you like?")
        assert width_of("Whom would you like?", bold) == pytest.approx(drawn / 500, rel=0.002)
    assert typeface.typeface(True).name == "NotoSans-Bold.ttf"
    assert typeface.typeface(False).name == "NotoSans-Regular.ttf"
    assert font(False, 40).size == 40


def test_what_fits_in_one_line_is_as_high_as_was_asked_for() -> None:
    width = width_of(LONG, False) * 0.08
    assert height_that_fits([LONG], width + 1e-6, 0.08, bold=False) == 0.08
    assert lines_of(LONG, width + 1e-6, 0.08, bold=False) == [LONG]


def test_one_line_is_kept_as_long_as_it_need_not_be_set_smaller_than_several() -> None:
    # several lines are set at .8 of the height: at .81 one line is larger than two, at .79 it is not
    for part, lines in ((0.81, 1), (0.79, 2)):
        width = width_of(LONG, False) * part * 0.1
        height = height_that_fits([LONG], width, 0.1, bold=False)
        assert height == pytest.approx(max(part, 0.8) * 0.1)
        assert len(lines_of(LONG, width, height, bold=False)) == lines


def test_two_lines_that_are_too_wide_are_set_smaller() -> None:
    halves = ["one two three", "four five six"]
    widest = max(width_of(line, False) for line in halves)
    assert height_that_fits([LONG], 0.06 * widest, 0.1, bold=False) == pytest.approx(0.06)
    assert lines_of(LONG, 0.06 * widest, 0.06, bold=False) == halves


def test_a_text_is_broken_where_its_widest_line_is_narrowest() -> None:
    assert lines_of("a b c d e f internationally", 0.6, 0.08, bold=False) == ["a b c d e f", "internationally"]
    assert lines_of("internationally a b c d e f", 0.6, 0.08, bold=False) == ["internationally", "a b c d e f"]


def test_there_are_no_more_lines_than_allowed_nor_than_words() -> None:
    narrow = width_of("three four", False) * 0.08
    assert lines_of(LONG, narrow, 0.08, bold=False, most_lines=3) == ["one two", "three four", "five six"]
    with pytest.raises(ScreenError, match=f"'{LONG}' is too long to be readable in its place on the screen: shorten"):
        lines_of(LONG, narrow, 0.08, bold=False)
    with pytest.raises(ScreenError, match="shorten it"):
        lines_of(LONG, width_of(LONG, False) * 0.08 - 0.001, 0.08, bold=False, most_lines=1)
    assert lines_of("word", width_of("word", False) * 0.08, 0.08, bold=False, most_lines=3) == ["word"]


def test_three_lines_are_used_only_where_two_would_be_smaller() -> None:
    narrow = width_of("three four", False) * 0.08
    assert height_that_fits([LONG], narrow, 0.1, bold=False, most_lines=3) == pytest.approx(0.08)
    assert height_that_fits([LONG], narrow, 0.1, bold=False) < 0.08
    assert height_that_fits([LONG], width_of(LONG, False) * 0.06, 0.1, bold=False, most_lines=1) == pytest.approx(0.06)


def test_texts_that_take_turns_get_the_height_of_the_one_that_needs_most_room() -> None:
    width = width_of("a longer text", True) * 0.06
    alone = height_that_fits(["a longer text"], width, 0.07, bold=True, most_lines=1)
    assert alone == pytest.approx(0.06)
    assert height_that_fits(["short", "a longer text"], width, 0.07, bold=True, most_lines=1) == alone
    assert height_that_fits(["short"], width, 0.07, bold=True, most_lines=1) == 0.07


def test_type_is_as_small_as_can_be_read_and_no_smaller() -> None:
    width = width_of("text", False) * SMALLEST
    assert height_that_fits(["text"], width * 1.001, 0.07, bold=False) == pytest.approx(SMALLEST, rel=0.002)
    with pytest.raises(ScreenError, match="'text' is too long"):
        height_that_fits(["text"], width * 0.99, 0.07, bold=False)
    assert SMALLEST == 0.05


def test_letters_without_a_width_are_set_as_high_as_was_asked_for() -> None:
    assert width_of("\u200b", False) == 0
    assert height_that_fits(["\u200b"], 1.0, 0.07, bold=False) == 0.07


def test_the_first_letter_that_the_typeface_lacks_is_named() -> None:
    for text, letter in (("Ja 你", "你"), ("b文你", "文"), ("b你文a", "你")):
        with pytest.raises(
            ScreenError, match=rf"'{text}': the typeface Noto Sans has no '{letter}' \(U\+{ord(letter):04X}\)"
        ):
            height_that_fits([text], 1.0, 0.07, bold=False)
    assert height_that_fits(["Grüße, Ωμέγα, Привет!"], 1.5, 0.07, bold=True) == 0.07


@pytest.mark.parametrize("spec", [None, ModuleSpec("psychopy", None)])
def test_without_psychopy_it_is_said_what_to_do(spec: ModuleSpec | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typeface, "find_spec", lambda name: spec)
    with pytest.raises(ScreenError, match="PsychoPy is not installed here; run: make setup"):
        typeface.typeface(False)


def test_a_psychopy_without_its_typeface_is_told_by_the_missing_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = ModuleSpec("psychopy", None, origin=str(tmp_path / "psychopy" / "__init__.py"))
    monkeypatch.setattr(typeface, "find_spec", lambda name: spec)
    missing = r"psychopy.assets.fonts.NotoSans-Bold\.ttf is missing, though PsychoPy brings it; install PsychoPy again"
    with pytest.raises(ScreenError, match=missing):
        typeface.typeface(True)
