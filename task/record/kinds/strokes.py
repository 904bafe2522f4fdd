"""Strokes: every input, of the scanner, the participant and the operator."""

from dataclasses import dataclass
from typing import Annotated

from task.record.fields import About
from task.record.kinds.head import REPEATS_SINCE
from task.record.records import Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse(Timed):
    """A pulse of the scanner, at the time of its stamp."""

    device: Annotated[str, About("The device, as the site names it")]
    code: Annotated[str, About("What the device sent")]
    pulse: Annotated[int | None, About("Its number since the run was ready, from 1", if_any=True)] = None
    before_ready: Annotated[bool, About("Whether it came too early to count", if_any=True)] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Press(Timed):
    """Any other stroke, at the time of its stamp."""

    device: Annotated[str, About("The device, as the site names it")]
    code: Annotated[str, About("What the device sent")]
    meaning: Annotated[str | None, About("What the site says that it means; null if nothing")]
    before_ready: Annotated[bool, About("Whether it came too early to count", if_any=True)] = False
    repeat: Annotated[
        bool,
        About(
            "Whether it is the same press once more, held or bouncing, and so counts no more", "", REPEATS_SINCE, True
        ),
    ] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Strokes(Timed):
    """A flood of strokes, as from a broken cable: one record for all, at the time of the first."""

    strokes: Annotated[
        tuple[tuple[float, str, str, str | None], ...], About("Time (s), device, code and meaning of each")
    ]
    repeats: Annotated[
        tuple[int, ...] | None,
        About("Which of them, counted from 0, are the same press once more", "", REPEATS_SINCE, True),
    ] = None
