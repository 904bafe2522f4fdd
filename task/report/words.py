"""How the live view says things: times, presses, and what is on the screen."""

from typing import Any

from task.record.journal import Record
from task.record.strokes import Recorded


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


def on_screen(onset: Record, trial: dict[str, Any] | None, chosen: str | None, answer: Record | None) -> str:
    """Say what an onset shows.

    Parameters
    ----------
    onset : dict
        The onset's record.
    trial : dict or None
        The trial as planned, if it belongs to one.
    chosen : str or None
        The Decider chosen in this trial, if one was.
    answer : dict or None
        How the question on the screen was answered, if it is one and is decided.
    """
    scene, trial = onset.get("scene"), trial or {}
    answered = "" if answer is None else "; no answer" if answer.get("side") is None else f"; pressed {answer['side']}"
    if scene == "Choice":
        text = f"choice between {trial.get('left')} (left) and {trial.get('right')} (right){answered}"
    elif scene == "Share":
        keep, split = ("left", "right") if onset.get("keep_side") == "left" else ("right", "left")
        text = f"share with {chosen}: keep ({keep}) or split ({split}){answered}"
    elif scene in ("Feedback", "MatchFeedback", "RankFeedback"):
        match = {True: "match", False: "no match"}.get(onset.get("match", ""), "")
        rank = "" if "rank" not in onset else "rank hidden" if onset["rank"] is None else f"rank {onset['rank']}"
        spots = f"{onset['spots']} spots" if "spots" in onset else ""
        text = f"feedback of {chosen}: " + ", ".join(part for part in (match, rank, spots) if part)
    elif scene == "TooSlow":
        text = "too slow: no choice was made in time"
    else:
        place = {"lead_in": "before the first trial", "tail": "after the last trial"}
        slot = str(onset.get("slot"))
        text = f"{str(scene).lower()} ({place.get(slot, slot.replace('_', ' '))})"
    return printable(text)
