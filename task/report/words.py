"""How the live view says things: times, presses, and what is on the screen."""

from task.record.kinds import answers
from task.record.kinds.screen import Onset, name_of
from task.record.strokes import Recorded
from task.scene.choice import Choice
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback, TooSlow
from task.scene.share import Share

Answer = answers.Choice | answers.Share


def minutes(seconds: float) -> str:
    """Give seconds as 2:05, with hours as 1:02:05."""
    whole = int(abs(seconds))
    hours, rest = divmod(whole, 3600)
    sign = "-" if seconds < 0 and whole else ""
    return sign + (f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}")


def printable(text: object) -> str:
    """Give a text without what a terminal would obey; noise on a cable may look like anything."""
    return "".join(char if char.isprintable() else "?" for char in " ".join(str(text).split()))


def in_words(stroke: Recorded) -> str:
    """Say what was pressed, and on which device."""
    meaning, where = stroke.meaning, f"{stroke.device} {stroke.code}"
    text = f"{meaning.replace('_', ' ')} ({where})" if meaning else f"{where}, which means nothing here"
    text += ", before the task was ready" * stroke.before_ready + ", the same press once more" * stroke.repeat
    return printable(text)


def on_screen(onset: Onset, offer: tuple[str, str] | None, chosen: str | None, answer: Answer | None) -> str:
    """Say what an onset shows.

    Parameters
    ----------
    onset : Onset
        The onset's record.
    offer : tuple of str or None
        The Deciders on the left and on the right, if it belongs to a trial.
    chosen : str or None
        The Decider chosen in this trial, if one was.
    answer : Choice or Share or None
        The record of how the question on the screen was answered, if it is one and is decided.
    """
    scene, slot = onset.scene, onset.slot
    answered = "" if answer is None else "; no answer" if answer.side is None else f"; pressed {answer.side}"
    if isinstance(scene, Choice) and offer is not None:
        text = f"choice between {offer[0]} (left) and {offer[1]} (right){answered}"
    elif isinstance(scene, Share):
        keep, split = ("left", "right") if scene.keep_side == "left" else ("right", "left")
        text = f"share with {chosen}: keep ({keep}) or split ({split}){answered}"
    elif isinstance(scene, Feedback | MatchFeedback | RankFeedback):
        said = []
        if isinstance(scene, Feedback | MatchFeedback):
            said.append("match" if scene.match else "no match")
        if isinstance(scene, Feedback | RankFeedback):
            said.append("rank hidden" if scene.rank is None else f"rank {scene.rank}")
        if isinstance(scene, Feedback | MatchFeedback):
            said.append(f"{scene.spots} spots")
        text = f"feedback of {chosen}: {', '.join(said)}"
    elif isinstance(scene, TooSlow):
        text = "too slow: no choice was made in time"
    else:
        place = {"lead_in": "before the first trial", "tail": "after the last trial"}
        text = f"{name_of(scene).lower()} ({place.get(slot, slot.replace('_', ' '))})"
    return printable(text)
