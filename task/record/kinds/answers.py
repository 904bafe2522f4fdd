"""What the participant answered, and what came of it."""

from dataclasses import dataclass
from typing import Annotated

from task.plan.dealing import Source
from task.plan.rules import Share as KeepOrSplit
from task.plan.rules import Side
from task.record.fields import About
from task.record.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Record):
    """Which Decider was chosen, or that none was in time."""

    trial: Annotated[int, About("Number of the trial")]
    side: Annotated[Side | None, About("Side of the press that counted; null for a miss")]
    response_time: Annotated[float | None, About("From the flip of the choice to that press; null for a miss", "s")]
    decider: Annotated[str | None, About("The chosen Decider; null for a miss")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback(Record):
    """The card that was dealt for a choice, whatever of it is shown."""

    trial: Annotated[int, About("Number of the trial")]
    decider: Annotated[str, About("The chosen Decider")]
    rank: Annotated[int, About("The rank that it gave to the participant; 1 is best")]
    spots: Annotated[int, About("The Responders that it had room for")]
    match: Annotated[bool, About("Whether the rank lies within the spots")]
    source: Annotated[Source, About("The deck's next card, one moved up in the deck, or one of the reserve")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share(Record):
    """What was done with the points of a match; no press in time keeps them."""

    trial: Annotated[int, About("Number of the trial")]
    side: Annotated[Side | None, About("Side of the press that counted; null if none came in time")]
    response_time: Annotated[float | None, About("From the flip of the share to that press; null if none came", "s")]
    share: Annotated[KeepOrSplit, About("What was done")]
    points: Annotated[int, About("Points that the participant earned by it")]
