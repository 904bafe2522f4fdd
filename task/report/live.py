"""What the operator should know of a run that goes on, as one value."""

from dataclasses import dataclass, field
from typing import Literal

Phase = Literal["preparing", "waiting", "running", "listening", "complete", "ended early"]
Level = Literal["quiet", "attention", "hand"]
"""How much something matters: "hand" is what needs a hand now."""


@dataclass(frozen=True)
class Note:
    """A warning or a decision: seconds from zero (None if there is no zero, or no time), and what it says."""

    since_zero_s: float | None
    text: str
    kind: Literal["warning", "decision"]


@dataclass(frozen=True)
class Live:
    """What the operator should know. Times are in seconds; None where there is nothing to say yet.

    Attributes
    ----------
    source : str
        REAL SCANNER, EMULATED SCANNER or SIMULATED.
    state, level : str, Level
        The phase in plain words, and how much it matters.
    alerts : tuple of (str, Level)
        What holds just now and should not be overlooked, the worst first.
    alarm_ago_s : float or None
        How long ago the participant pressed the alarm.
    left_s : float or None
        Until the end of scan and task, whichever is later.
    volumes_seen : int or None
        Planned volumes with a pulse; None if the scanner pulses once only.
    press, press_ago_s, response_s : str, float or None, float or None
        The last stroke that is no pulse, how long ago it was, and the response time if it answered a question.
    questions, misses, misses_in_a_row : int
        Choices and shares that were decided, and those without an answer.
    sentences, command : tuple of str, str
        What the pulses say; the command that re-zeroes the run, if the journal gives it.
    doubts : tuple of str
        After the run, what somebody should think about of its answers and strokes.
    """

    participant: str
    session: str | None
    run: int
    runs: int
    attempt: int
    protocol: str
    site: str
    source: str
    plays_by_itself: bool
    phase: Phase
    state: str
    level: Level
    alerts: tuple[tuple[str, Level], ...]
    alarm_ago_s: float | None
    trial: int | None
    trials: int
    screen: str
    since_zero_s: float | None
    left_s: float | None
    total_s: float
    pulses: int
    volumes_seen: int | None
    volumes: int
    since_pulse_s: float | None
    is_pulse_due: bool
    tr_s: float | None
    protocol_tr_s: float
    press: str
    press_ago_s: float | None
    response_s: float | None
    questions: int
    misses: int
    misses_in_a_row: int
    dropped_frames: int
    latest_frame_s: float
    points: int
    sentences: tuple[str, ...]
    doubts: tuple[str, ...]
    command: str
    notes: tuple[Note, ...] = field(repr=False)
