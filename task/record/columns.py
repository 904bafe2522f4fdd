"""The columns of an events table: one place says what a row is, for the table and for its sidecar."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Column:
    """A column: its name, what it holds, and its units or levels if it has any."""

    name: str
    description: str
    units: str | None = None
    levels: dict[str, str] = field(default_factory=dict)
    is_whole_number: bool = False

    def to_sidecar(self) -> dict[str, Any]:
        """Describe the column as BIDS asks for it."""
        entry: dict[str, Any] = {"Description": self.description}
        if self.units:
            entry["Units"] = self.units
        if self.levels:
            entry["Levels"] = self.levels
        return entry


TRIAL_TYPES = {
    "choice": "Two Deciders were offered and one was chosen in time",
    "choice_miss": "Two Deciders were offered and none was chosen in time",
    "feedback": "The chosen Decider's match and rank were shown together",
    "match": "The chosen Decider's match was shown alone",
    "rank": "The chosen Decider's rank of the participant was shown alone",
    "too_slow": "After a miss: too slow",
    "share": "After a match: points were kept or split",
    "share_miss": "After a match: no press in time, which counts as keep",
}

COLUMNS = (
    Column("onset", "Onset of the event, from the first stored volume", "s"),
    Column("duration", "Duration of the event, from its flip to the flip that replaced it", "s"),
    Column("trial_type", "What the event is", levels=TRIAL_TYPES),
    Column("response_time", "Time from the event's flip to the press that counted", "s"),
    Column("trial", "Number of the trial in its run", is_whole_number=True),
    Column("left", "Decider offered on the left"),
    Column("right", "Decider offered on the right"),
    Column("decider", "Decider that was chosen"),
    Column("type", "Type of the chosen Decider: how it ranks the participant, and how often it makes a match"),
    Column(
        "rank_shown",
        "Whether the trial's Deciders show their ranks",
        levels={"yes": "Explicit: the rank is shown", "no": "Hidden: a question mark is shown in its place"},
    ),
    Column("side", "Side of the press that counted", levels={"left": "Left", "right": "Right"}),
    Column(
        "rank",
        "Rank that the chosen Decider gave to the participant, 1 is best; from the event on in which it was due, "
        "whether or not it was shown (see rank_shown)",
        is_whole_number=True,
    ),
    Column("spots", "Number of Responders that the chosen Decider had room for", is_whole_number=True),
    Column(
        "match",
        "Whether the chosen Decider had room for the participant",
        levels={"match": "The rank was within the spots", "no_match": "The rank was not within the spots"},
    ),
    Column(
        "share",
        "What was done with the points of a match",
        levels={"keep": "All points were kept", "split": "The points were split evenly"},
    ),
    Column("points", "Points that the participant earned in the event", is_whole_number=True),
    Column("planned_onset", "Onset of the event as planned, from the same zero as onset", "s"),
    Column("planned_duration", "Duration of the event as planned", "s"),
)

NAMES = [column.name for column in COLUMNS]
