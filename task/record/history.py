"""What has been done with a participant so far, read from the journals."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from task.plan.dealing import Tally, halves_of
from task.plan.rules import cell_of
from task.record.identity import journals_of
from task.record.journal import JournalError, damage_of, read_journal
from task.record.kinds.answers import Choice, Feedback, Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import End
from task.record.kinds.screen import Onset
from task.record.layout import Dataset, Person, run_and_attempt
from task.record.records import Record, first, of_kind


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run, as its journal tells it."""

    journal: Path
    run: int
    attempt: int
    cause: str
    has_shown_trials: bool = True
    emulated: bool | None = None
    virtual: bool | None = None
    points: int = 0
    tally: Tally = field(default_factory=Tally)
    problem: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether the run was performed to its end."""
        return self.cause == "complete"


def attempt_of(journal: Path, records: list[Record] | None = None) -> Attempt:
    """Sum up a journal, read here or before.

    One without an end was cut off; of one that cannot be read only what its name says is known.
    """
    run, attempt = run_and_attempt(journal)
    try:
        records = read_journal(journal) if records is None else records
        head, end = head_in(records), first(records, End)
        if (head.run, head.attempt) != (run, attempt):
            raise JournalError(
                f"{journal}: its first line says run {head.run}, attempt {head.attempt}. Name it so again"
            )
        return Attempt(
            journal=journal,
            run=run,
            attempt=attempt,
            cause=end.cause if end else _without_an_end(journal),
            has_shown_trials=any(onset.trial is not None for onset in of_kind(records, Onset)),
            emulated=head.emulated,
            virtual=head.virtual,
            points=sum(share.points for share in of_kind(records, Share)),
            tally=_tally_of(records),
        )
    except (JournalError, KeyError, TypeError, ValueError) as error:
        problem = str(error) if isinstance(error, JournalError) else f"{journal}: this journal is not whole ({error!r})"
        return Attempt(journal=journal, run=run, attempt=attempt, cause="unreadable", problem=problem)


def _without_an_end(journal: Path) -> str:
    damage = damage_of(journal)
    return f"the journal is damaged in line {damage.line}, and nothing after that is used" if damage else "cut off"


def attempts_of(dataset: Dataset, person: Person) -> list[Attempt]:
    """Sum up all attempts of a person, in the order of runs and attempts."""
    return [attempt_of(path) for path in journals_of(dataset, person)]


def that_count(attempts: Iterable[Attempt]) -> dict[int, Attempt]:
    """Pick the attempt that counts for each run: the latest complete one, or else the latest that showed trials."""
    chosen: dict[int, Attempt] = {}
    for attempt in sorted(attempts, key=lambda a: (a.is_complete, a.has_shown_trials, a.attempt)):
        chosen[attempt.run] = attempt
    return chosen


def tally_before(attempts: Iterable[Attempt], run: int) -> Tally:
    """Add up what the attempts that count at other runs have shown."""
    return sum((a.tally for a in that_count(attempts).values() if a.run != run), Tally())


def tally_to_json(tally: Tally) -> dict[str, Any]:
    """Give a tally as a JSON object."""
    cells = [[*cell, count] for cell, count in sorted(tally.cells.items())]
    return {**vars(tally), "cells": cells}


def _tally_of(records: list[Record]) -> Tally:
    """Count the explicit trials of a journal."""
    head, tally = head_in(records), Tally()
    deciders = head.protocol["deciders"]  # as they stand there: an attempt counts, however old its protocol is
    responders = deciders["responders"]
    high = halves_of(
        {one["id"]: one["type"] for one in head.deciders},
        {kind["name"]: kind["mean_rank"] for kind in deciders["types"]},
        responders,
    )
    offers = {trial["trial"]: trial for trial in head.planned_run["trials"]}
    dealt = {one.trial: cell_of(one.rank, one.spots, responders) for one in of_kind(records, Feedback)}
    for choice in of_kind(records, Choice):
        offer, chosen = offers[choice.trial], choice.decider
        if offer["kind"] == "explicit":
            cell = dealt.get(choice.trial)
            tally.count((high[offer["left"]], high[offer["right"]]), high[chosen] if chosen else None, cell)
    return tally
