"""Match and rank: what each says has one place, whether they come together or one after the other."""

from task.config.protocol import Protocol
from task.config.wording import Wording
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback, TooSlow
from task.screens.parts import (
    ABOVE_Y,
    COLUMN_WIDTH,
    FULL_WIDTH,
    NUMERAL,
    TEXT,
    TITLE,
    Part,
    Shape,
    Words,
    avatar_above,
    block,
    layout_of,
)
from task.screens.typeface import CAPITAL, height_that_fits, width_of

_LEFT, _RIGHT = -0.26, 0.26
_LABEL_Y, _MESSAGE_Y, _SYMBOL = -0.125, -0.295, 0.2


@layout_of.register
def feedback(scene: Feedback, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out the match on the left and the rank on the right, below the Decider."""
    return (
        avatar_above(scene.avatar),
        *_match(scene.spots, scene.match, _LEFT, wording, protocol),
        *_rank(scene.rank, _RIGHT, wording, protocol),
    )


@layout_of.register
def match_alone(scene: MatchFeedback, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out the match below the Decider."""
    return (avatar_above(scene.avatar), *_match(scene.spots, scene.match, 0, wording, protocol))


@layout_of.register
def rank_alone(scene: RankFeedback, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out the rank below the Decider."""
    return (avatar_above(scene.avatar), *_rank(scene.rank, 0, wording, protocol))


@layout_of.register
def too_slow(scene: TooSlow, wording: Wording, protocol: Protocol) -> tuple[Part, ...]:
    """Lay out that the choice came too late, in the middle."""
    return tuple(block(wording.feedback.too_slow, 0, 0, FULL_WIDTH, TITLE, bold=True))


def _match(spots: int, match: bool, x: float, wording: Wording, protocol: Protocol) -> list[Part]:
    words, responders = wording.feedback, protocol.deciders.responders
    widest = words.spots.format(spots=responders, responders=responders)
    height = height_that_fits([widest], FULL_WIDTH, TEXT, bold=False, most_lines=1)
    return [
        Words(words.spots.format(spots=spots, responders=responders), 0, ABOVE_Y, height),
        *block(
            words.match if match else words.no_match,
            x,
            _LABEL_Y,
            COLUMN_WIDTH,
            TEXT,
            bold=True,
            as_high_as=[words.match, words.no_match],
            anchor=0.25,
        ),
        Shape("match" if match else "no_match", x, _MESSAGE_Y, _SYMBOL),
    ]


def _rank(rank: int | None, x: float, wording: Wording, protocol: Protocol) -> list[Part]:
    words, responders = wording.feedback, protocol.deciders.responders
    shown = words.rank_hidden if rank is None else str(rank)
    of = words.of_responders.format(responders=responders)
    gap = 0.03
    numerals = [words.rank_hidden, str(responders)]
    numeral = height_that_fits(numerals, 0.6 * COLUMN_WIDTH, NUMERAL, bold=True, most_lines=1)
    numeral_width = width_of(str(responders), bold=True) * numeral
    of_height = height_that_fits([of], COLUMN_WIDTH - gap - numeral_width, TEXT, bold=False, most_lines=1)
    whole = numeral_width + gap + width_of(of, bold=False) * of_height
    left = x - whole / 2
    baseline = _MESSAGE_Y - CAPITAL * numeral / 2
    return [
        *block(words.ranked_you, x, _LABEL_Y, COLUMN_WIDTH, TEXT, anchor=0.25),
        Words(shown, left + numeral_width / 2, _MESSAGE_Y, numeral, bold=True),
        Words(of, left + numeral_width + gap, baseline + CAPITAL * of_height / 2, of_height, align="left"),
    ]
