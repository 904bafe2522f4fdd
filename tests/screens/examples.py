"""One of each kind of screen."""

from task.config.protocol import Protocol
from task.scene import scenes


def every_screen(left: str, right: str, protocol: Protocol) -> dict[str, scenes.Scene]:
    """Give each kind of screen once, by a name to show it under, with two avatars as examples."""
    few, many = 2, protocol.deciders.responders - 1
    return {
        "Waiting": scenes.Waiting(),
        "Fixation": scenes.Fixation(),
        "Choice": scenes.Choice(left, right),
        "Choice, left chosen": scenes.Choice(left, right, "left"),
        "Feedback, match": scenes.Feedback(left, many, True, few),
        "Feedback, no match": scenes.Feedback(left, few, False, many),
        "Feedback, match, rank hidden": scenes.Feedback(right, many, True, None),
        "Feedback, no match, rank hidden": scenes.Feedback(right, few, False, None),
        "Match alone": scenes.MatchFeedback(left, many, True),
        "No match alone": scenes.MatchFeedback(left, few, False),
        "Rank alone": scenes.RankFeedback(left, few),
        "Rank alone, hidden": scenes.RankFeedback(right, None),
        "Share": scenes.Share(left, "left"),
        "Share, split chosen": scenes.Share(left, "left", "right"),
        "Too slow": scenes.TooSlow(),
        "Paused": scenes.Paused(),
        "End of a run": scenes.EndOfRun(1, protocol.runs.count, 8 * protocol.trust_game.pot),
    }
