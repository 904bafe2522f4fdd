"""What the operator was warned of, and what the operator decided."""

from dataclasses import dataclass
from typing import Annotated

from task.record.fields import About
from task.record.records import Record, Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Warning(Timed):
    """What the operator was warned of."""

    warning: Annotated[str, About("The warning, in words")]
    traceback: Annotated[str | None, About("The error behind it in full", if_any=True)] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision(Record):
    """What the operator decided: before the run, or after it, that zero was moved."""

    t: Annotated[float | None, About("Time on the clock, of a decision before zero", "s", if_any=True)] = None
    utc: Annotated[str | None, About("UTC of a decision after the run", if_any=True)] = None
    decision: Annotated[str, About("What was decided, in words")]
    by_s: Annotated[
        float | None,
        About("To be added to the zero of the run; the last decision that has it counts", "s", if_any=True),
    ] = None
    reason: Annotated[str | None, About("The operator's reason for it", if_any=True)] = None
    cut_off: Annotated[str | None, About("The half line that ended the journal before it", if_any=True)] = None
