"""What a Decider says of the participant: match and rank, together or one after the other, or that there was none."""

from dataclasses import dataclass
from typing import Self

from task.config.protocol import Protocol
from task.scene.base import Scene, TrialFacts


@dataclass(frozen=True)
class Feedback(Scene):
    """Match and rank together; a rank of None is a hidden one."""

    slot_name = "feedback"

    avatar: str
    spots: int
    match: bool
    rank: int | None

    @classmethod
    def of_trial(cls, facts: TrialFacts) -> Self:
        """Show what the chosen Decider has dealt."""
        dealt = facts.feedback
        return cls(dealt.avatar, dealt.spots, dealt.match, dealt.rank)

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the four cells, and match and no match with the rank hidden if the protocol hides any."""
        responders = protocol.deciders.responders
        spots, high, low = responders // 2, 2, responders - 1
        shown: dict[str, Scene] = {
            "feedback_match_high": cls(first, spots, True, high),
            "feedback_match_low": cls(first, responders, True, low),
            "feedback_no_match_high": cls(first, 1, False, high),
            "feedback_no_match_low": cls(first, spots, False, low),
        }
        if "hidden" in protocol.deciders.kinds:
            shown["feedback_match_hidden"] = cls(second, spots, True, None)
            shown["feedback_no_match_hidden"] = cls(second, spots, False, None)
        return shown


@dataclass(frozen=True)
class MatchFeedback(Scene):
    """Match alone, for protocols that show match and rank one after the other."""

    slot_name = "match"

    avatar: str
    spots: int
    match: bool

    @classmethod
    def of_trial(cls, facts: TrialFacts) -> Self:
        """Show whether it was a match."""
        return cls(facts.feedback.avatar, facts.feedback.spots, facts.feedback.match)

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give a match and none."""
        spots = protocol.deciders.responders // 2
        return {"match": cls(first, spots, True), "no_match": cls(first, spots, False)}


@dataclass(frozen=True)
class RankFeedback(Scene):
    """Rank alone; None is a hidden one."""

    slot_name = "rank"

    avatar: str
    rank: int | None

    @classmethod
    def of_trial(cls, facts: TrialFacts) -> Self:
        """Show the rank, or that it stays hidden."""
        return cls(facts.feedback.avatar, facts.feedback.rank)

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give a rank, and a hidden one if the protocol hides any."""
        shown: dict[str, Scene] = {"rank": cls(first, protocol.deciders.responders - 1)}
        return shown | ({"rank_hidden": cls(second, None)} if "hidden" in protocol.deciders.kinds else {})


@dataclass(frozen=True)
class TooSlow(Scene):
    """No choice was made in time."""

    slot_name = "too_slow"

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the one form that it has."""
        return {"too_slow": cls()}
