"""What it takes to understand a run from its journal alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any

from task.plan.plan import Plan, RunPlan
from task.record.fields import About
from task.record.records import Record

FORMAT = 2
"""The format of the journal that this program writes."""
REPEATS_SINCE = 2
"""The first format in which presses are told from repeats."""


@dataclass(frozen=True, kw_only=True)
class Head(Record):
    """What it takes to understand the run from its journal alone; always the first record."""

    format: Annotated[int, About("The format of the journal")]
    participant: Annotated[str, About("Label of the participant")]
    session: Annotated[str | None, About("Label of the session, if there are several")]
    run: Annotated[int, About("Number of the run, from 1")]
    version: Annotated[int, About("Which version of the run was performed: 1, or a spare for a repeated attempt")]
    seed: Annotated[int, About("Seed of the plan")]
    order_index: Annotated[int, About("Place in the counterbalancing")]
    avatar_set: Annotated[str, About("Set of avatars that the participant picked")]
    emulated: Annotated[bool, About("Whether the scanner was emulated")]
    virtual: Annotated[bool, About("Whether time was virtual: a simulated run")]
    simulated_participant: Annotated[
        dict[str, Any] | None, About("Who the simulated participant was: w, beta and more; null for a person")
    ]
    plan_digest: Annotated[str, About("SHA-256 of the whole plan that the run is of")]
    ticks_per_s: Annotated[int, About("Ticks of the plan's grid in a second")]
    deciders: Annotated[tuple[dict[str, Any], ...], About("The Deciders of the plan")]
    planned_run: Annotated[dict[str, Any], About("The run as planned: trials with onsets and lengths in ticks, decks")]
    protocol: Annotated[dict[str, Any], About("The whole protocol")]
    site: Annotated[dict[str, Any], About("The whole site")]
    wording: Annotated[dict[str, Any] | None, About("Every word shown")] = None
    versions: Annotated[dict[str, str], About("Versions of Python and of the packages that matter")]
    machine: Annotated[dict[str, str], About("System, release and processor")]
    git: Annotated[
        dict[str, str | None],
        About("The program's commit, and what was changed since (empty if nothing); null where it is not known"),
    ]
    attempt: Annotated[int, About("Number of the attempt at the run, from 1")]
    tally_before: Annotated[dict[str, Any], About("Explicit trials seen in earlier runs: cells, offers and choices")]
    points_before: Annotated[int | None, About("Points earned before the run")] = None
    after: Annotated[
        tuple[str, ...] | None,
        About(
            "Session, run and attempt of each journal of the participant that was there when it began, as in "
            "ses-a_run-01_attempt-02",
            if_any=True,
        ),
    ] = None
    copy: Annotated[str | None, About("Where the copy in the temporary folder grows, if one does")] = None

    @cached_property
    def plan(self) -> Plan:
        """The plan, of which the head holds this one run; raises ValidationError if there is none that can be read."""
        parts = {name: getattr(self, name) for name in Plan.model_fields.keys() - {"format", "runs"}}
        return Plan.model_validate({**parts, "runs": [self.planned_run]}, strict=False)

    @property
    def planned(self) -> RunPlan:
        """The run as planned; raises ValidationError as ``plan`` does."""
        return self.plan.runs[0]


def head_in(records: Sequence[Record]) -> Head:
    """Give the head of a journal's records: the first; raises ValueError if that is none."""
    if not records or not isinstance(records[0], Head):
        raise ValueError("the first record is no head")
    return records[0]
