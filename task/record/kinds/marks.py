"""The moments that a run is timed by, and its end."""

from dataclasses import dataclass
from typing import Annotated, Literal

from task.record.fields import About
from task.record.records import Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock(Timed):
    """The clock and UTC at the same moment: after the head, when the run is ready, at zero and at the end."""

    utc: Annotated[str, About("UTC, as in 2024-05-06T07:08:09.123456+00:00")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready(Timed):
    """The waiting screen is up: strokes with a later stamp count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Zero(Timed):
    """Time zero, from which all onsets count, at the stamp of the stroke that made it."""

    source: Annotated[Literal["pulse", "manual_start"], About("What made it")]
    pulses_before: Annotated[int, About("Pulses before it, since the run was ready")]


@dataclass(frozen=True, slots=True, kw_only=True)
class End(Timed):
    """Why the run ended, and what it came to."""

    cause: Annotated[str, About('"complete", or why it ended early')]
    points: Annotated[int, About("Points earned in the run")]
    pulses: Annotated[int | None, About("Pulses since the run was ready")] = None
    dropped_frames: Annotated[int | None, About("Frames that came late")] = None
    slowest_write_s: Annotated[float | None, About("The longest that a record took until it was on disk", "s")] = None
    error: Annotated[str | None, About("The error that ended it", if_any=True)] = None
    traceback: Annotated[str | None, About("The error in full", if_any=True)] = None
