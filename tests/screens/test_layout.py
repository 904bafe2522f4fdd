"""What the participant sees, checked where it is laid out: no window is needed."""

from functools import cache
from itertools import combinations, product

import pytest

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback
from task.scene.fixation import Fixation
from task.scene.share import Share
from task.screens.errors import ScreenError
from task.screens.layout import lay_out
from task.screens.parts import BACKGROUND, CANVAS, INK, Frame, Part, Shape, Words
from task.screens.sprites import Fit, sprite_of
from task.screens.typeface import SMALLEST, width_of
from tests.preflight.test_asking_screens import GERMAN as GERMAN_CHECK
from tests.screens.examples import every_screen

LEFT, RIGHT = "neutral/01", "neutral/02"

GERMAN = {
    "choice_question": "Mit welcher dieser beiden Personen möchten Sie spielen?",
    "feedback": {
        "spots": "Hat insgesamt {spots} von {responders} Personen ausgewählt",
        "ranked_you": "Ihr Rangplatz bei dieser Person",
        "of_responders": "von {responders}",
        "rank_hidden": "?",
        "match": "Übereinstimmung",
        "no_match": "Keine Übereinstimmung",
        "too_slow": "Sie haben leider zu langsam geantwortet",
    },
    "share": {
        "received": "Sie erhalten von dieser Person {pot} Punkte",
        "keep": "Alle {keep} Punkte behalten",
        "split": "Gleichmäßig aufteilen: je {split}",
    },
    "session": {
        "waiting": "Die Messung wird gleich beginnen",
        "waiting_more": "Bitte bleiben Sie ganz ruhig und entspannt liegen",
        "paused": "Wir machen jetzt eine kurze Unterbrechung",
        "paused_more": "Bitte bleiben Sie ganz ruhig und entspannt liegen",
        "end_of_run": "Ende des {run}. Abschnitts von insgesamt {runs}",
        "points": "Ihre Punkte in diesem Abschnitt: {points}",
    },
    "check": GERMAN_CHECK,
}


@pytest.fixture(params=["english", "german"])
def words(request: pytest.FixtureRequest, wording: Wording) -> Wording:
    if request.param == "english":
        return wording
    return Wording.model_validate({"name": "de", "language": "Deutsch", **GERMAN})


def screens(protocol: Protocol) -> list[Scene]:
    """All kinds of screens, with every spots, match and rank among them."""
    n = protocol.deciders.responders
    cards = product(range(1, n + 1), (True, False), (None, *range(1, n + 1)))
    return [*every_screen(LEFT, RIGHT, protocol).values(), *(Feedback(LEFT, *card) for card in cards)]


def extent(part: Part) -> tuple[float, float]:
    """How far a part reaches from the middle, in units."""
    fit = Fit((2000, 2000))
    sprite = sprite_of(part, fit)
    edges = [
        (sprite.left, sprite.left + sprite.image.width),
        (sprite.bottom, sprite.bottom + sprite.image.height),
    ]
    x, y = (max(abs(a - 1000), abs(b - 1000)) / fit.unit_px for a, b in edges)
    return x, y


def test_every_screen_stays_within_the_canvas(words: Wording, protocol: Protocol) -> None:
    for part in {part for scene in screens(protocol) for part in lay_out(scene, words, protocol)}:
        x, y = extent(part)
        assert x <= CANVAS[0] / 2 and y <= CANVAS[1] / 2, part


@pytest.mark.parametrize("size_px", [(1024, 768), (1280, 1024), (1280, 720), (1920, 1200)])
@pytest.mark.parametrize("visible", [(1.0, 1.0), (0.7, 0.7), (0.5, 1.0), (1.0, 0.4)])
def test_the_canvas_fits_into_the_visible_part_of_any_screen(
    size_px: tuple[int, int], visible: tuple[float, float]
) -> None:
    unit = Fit(size_px, visible).unit_px
    assert CANVAS[0] * unit <= size_px[0] * visible[0] + 1e-6
    assert CANVAS[1] * unit <= size_px[1] * visible[1] + 1e-6


def test_no_text_is_too_small_to_read(words: Wording, protocol: Protocol) -> None:
    for scene in screens(protocol):
        for part in lay_out(scene, words, protocol):
            assert not isinstance(part, Words) or part.height >= SMALLEST, (scene, part)


def test_words_stand_clear_of_each_other(words: Wording, protocol: Protocol) -> None:
    @cache
    def box(part: Part) -> tuple[int, int, int, int]:
        sprite = sprite_of(part, Fit((1280, 1000)))
        return (
            sprite.left,
            sprite.bottom,
            sprite.left + sprite.image.width,
            sprite.bottom + sprite.image.height,
        )

    for scene in screens(protocol):
        parts = [part for part in lay_out(scene, words, protocol) if not isinstance(part, Frame)]
        for one, other in combinations(parts, 2):
            a, b = box(one), box(other)
            assert a[0] >= b[2] or b[0] >= a[2] or a[1] >= b[3] or b[1] >= a[3], (scene, one, other)


def test_match_and_no_match_differ_in_the_sign_and_its_word_alone(wording: Wording, protocol: Protocol) -> None:
    yes = lay_out(Feedback(LEFT, 3, True, 2), wording, protocol)
    no = lay_out(Feedback(LEFT, 3, False, 2), wording, protocol)
    different = [(a, b) for a, b in zip(yes, no, strict=True) if a != b]
    (word, no_word), (sign, no_sign) = different
    assert isinstance(word, Words) and isinstance(no_word, Words)
    assert (word.text, no_word.text) == (wording.feedback.match, wording.feedback.no_match)
    assert (word.x, word.y, word.height) == (no_word.x, no_word.y, no_word.height)
    assert isinstance(sign, Shape) and isinstance(no_sign, Shape)
    assert (sign.kind, no_sign.kind) == ("match", "no_match")
    assert (sign.x, sign.y, sign.height, sign.colour) == (
        no_sign.x,
        no_sign.y,
        no_sign.height,
        no_sign.colour,
    )


def test_the_two_outcomes_give_off_about_the_same_light() -> None:
    def light(kind: str) -> float:
        sprite = sprite_of(Shape(kind, 0, 0, 0.2), Fit((1280, 720)))  # type: ignore[arg-type]
        return sum(sprite.image.getchannel("A").tobytes())

    assert light("no_match") == pytest.approx(light("match"), rel=0.12)


def test_a_hidden_rank_stands_where_a_shown_one_would(wording: Wording, protocol: Protocol) -> None:
    for rank in range(1, protocol.deciders.responders + 1):
        shown = lay_out(Feedback(LEFT, 3, True, rank), wording, protocol)
        hidden = lay_out(Feedback(LEFT, 3, True, None), wording, protocol)
        ((a, b),) = [(a, b) for a, b in zip(shown, hidden, strict=True) if a != b]
        assert isinstance(a, Words) and isinstance(b, Words)
        assert (a.text, b.text) == (str(rank), wording.feedback.rank_hidden)
        assert (a.x, a.y, a.height) == (b.x, b.y, b.height)


def test_match_and_rank_shown_alone_stand_as_high_as_together_but_in_the_middle(
    wording: Wording, protocol: Protocol
) -> None:
    together = {(type(part), part.y, part.height) for part in lay_out(Feedback(LEFT, 3, True, 2), wording, protocol)}
    match = lay_out(MatchFeedback(LEFT, 3, True), wording, protocol)
    rank = lay_out(RankFeedback(LEFT, 2), wording, protocol)
    assert {(type(part), part.y, part.height) for part in (*match, *rank)} == together
    assert {part.x for part in match} == {0}
    numerals = [part.x for part in rank if isinstance(part, Words) and part.text in ("2", "of 8")]
    assert min(numerals) < 0 < max(numerals)


@pytest.mark.parametrize("scene", [Choice, Share])
def test_choosing_adds_a_frame_and_moves_nothing(scene: type, wording: Wording, protocol: Protocol) -> None:
    arguments = (LEFT, RIGHT) if scene is Choice else (LEFT, "left")
    before = lay_out(scene(*arguments), wording, protocol)
    for side, sign in (("left", -1), ("right", 1)):
        after = lay_out(scene(*arguments, side), wording, protocol)
        assert [part for part in after if part in before] == list(before)
        (frame,) = [part for part in after if part not in before]
        assert isinstance(frame, Frame) and frame.thickness is not None and frame.x * sign > 0


def test_the_box_to_keep_is_on_its_side(wording: Wording, protocol: Protocol) -> None:
    for side, sign in (("left", -1), ("right", 1)):
        parts = lay_out(Share(LEFT, side), wording, protocol)  # type: ignore[arg-type]
        keep = wording.share.keep.format(keep=protocol.trust_game.pot)
        (word,) = [part for part in parts if isinstance(part, Words) and part.text == keep]
        assert word.x * sign > 0


def test_the_cross_is_in_the_middle(wording: Wording, protocol: Protocol) -> None:
    (cross,) = lay_out(Fixation(), wording, protocol)
    assert (cross.x, cross.y) == (0, 0)


def test_words_too_long_to_be_readable_are_refused_with_what_to_do(wording: Wording, protocol: Protocol) -> None:
    long = "Nahrungsmittelunverträglichkeitsbescheinigung"
    feedback = wording.feedback.model_copy(update={"ranked_you": long})
    with pytest.raises(ScreenError, match=f"{long}.*shorten it in the wording file"):
        lay_out(RankFeedback(LEFT, 1), wording.model_copy(update={"feedback": feedback}), protocol)


def test_letters_that_the_typeface_lacks_are_named(wording: Wording, protocol: Protocol) -> None:
    with pytest.raises(ScreenError, match=r"has no '你' \(U\+4F60\)"):
        lay_out(Choice(LEFT, RIGHT), wording.model_copy(update={"choice_question": "你?"}), protocol)


def test_digits_are_equally_wide_so_that_nothing_shifts_with_a_rank() -> None:
    for bold in (False, True):
        assert len({width_of(digit, bold) for digit in "0123456789"}) == 1


def test_ink_stands_out_from_the_background_without_being_white() -> None:
    def luminance(level: int) -> float:
        part = level / 255
        return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4

    contrast = (luminance(INK[0]) + 0.05) / (luminance(BACKGROUND[0]) + 0.05)
    assert contrast >= 4.5  # WCAG 2 AA for text of any size
    assert INK[0] < 255


def test_a_scene_that_nobody_lays_out_is_refused_by_its_name(wording: Wording, protocol: Protocol) -> None:
    with pytest.raises(TypeError, match=r"no module of task\.screens\.layouts lays out a Scene"):
        lay_out(Scene(), wording, protocol)
