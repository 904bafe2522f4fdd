"""One of each kind of screen."""

from task.config.protocol import Protocol
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback, TooSlow
from task.scene.fixation import Fixation
from task.scene.messages import EndOfRun, Paused, Waiting
from task.scene.share import Share


def every_screen(left: str, right: str, protocol: Protocol) -> dict[str, Scene]:
    """Give each kind of screen once, by a name to show it under, with two avatars as examples."""
    few, many = 2, protocol.deciders.responders - 1
    return {
        "Waiting": Waiting(),
        "Fixation": Fixation(),
        "Choice": Choice(left, right),
        "Choice, left chosen": Choice(left, right, "left"),
        "Feedback, match": Feedback(left, many, True, few),
        "Feedback, no match": Feedback(left, few, False, many),
        "Feedback, match, rank hidden": Feedback(right, many, True, None),
        "Feedback, no match, rank hidden": Feedback(right, few, False, None),
        "Match alone": MatchFeedback(left, many, True),
        "No match alone": MatchFeedback(left, few, False),
        "Rank alone": RankFeedback(left, few),
        "Rank alone, hidden": RankFeedback(right, None),
        "Share": Share(left, "left"),
        "Share, split chosen": Share(left, "left", "right"),
        "Too slow": TooSlow(),
        "Paused": Paused(),
        "End of a run": EndOfRun(1, protocol.runs.count, 8 * protocol.trust_game.pot),
    }
