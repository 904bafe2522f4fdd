"""What has been done with a participant so far, read from the journals."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from task.plan.dealing import Tally, halves_of
from task.plan.rules import cell_of
from task.record.identity import journals_of
from task.record.journal import JournalError, Record, damaged_line, first, read_journal
from task.record.layout import Dataset, Person, run_and_attempt

_WHO = ("participant", "session", "run", "attempt", "simulated_participant", "emulated", "virtual")
_PLAN = ("seed", "order_index", "avatar_set", "plan_digest", "ticks_per_s", "deciders", "planned_run", "protocol")
_ROOM = ("site", "version", "versions", "machine", "git")
_HEAD = (*_WHO, *_PLAN, *_ROOM)  # what the head of every journal holds


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
        head, end = records[0], first(records, "end")
        if missing := [key for key in _HEAD if key not in head]:
            raise JournalError(f"{journal}: the head of this journal lacks {', '.join(missing)}")
        if (head["run"], head["attempt"]) != (run, attempt):
            raise JournalError(
                f"{journal}: its first line says run {head['run']}, attempt {head['attempt']}. Name it so again"
            )
        return Attempt(
            journal=journal,
            run=run,
            attempt=attempt,
            cause=end["cause"] if end else _without_an_end(journal),
            has_shown_trials=any(r["kind"] == "onset" and r["trial"] is not None for r in records),
            emulated=head["emulated"],
            virtual=head["virtual"],
            points=sum(r["points"] for r in records if r["kind"] == "share"),
            tally=_tally_of(records),
        )
    except (JournalError, KeyError, TypeError, ValueError) as error:
        problem = str(error) if isinstance(error, JournalError) else f"{journal}: this journal is not whole ({error!r})"
        return Attempt(journal=journal, run=run, attempt=attempt, cause="unreadable", problem=problem)


def _without_an_end(journal: Path) -> str:
    line = damaged_line(journal)
    return "cut off" if line is None else f"the journal is damaged in line {line}, and nothing after that is used"


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
    head, tally = records[0], Tally()
    deciders = head["protocol"]["deciders"]
    responders = deciders["responders"]
    high = halves_of(
        {one["id"]: one["type"] for one in head["deciders"]},
        {kind["name"]: kind["mean_rank"] for kind in deciders["types"]},
        responders,
    )
    offers = {trial["trial"]: trial for trial in head["planned_run"]["trials"]}
    dealt = {r["trial"]: cell_of(r["rank"], r["spots"], responders) for r in records if r["kind"] == "feedback"}
    for record in records:
        if record["kind"] == "choice" and offers[record["trial"]]["kind"] == "explicit":
            offer, chosen = offers[record["trial"]], record["decider"]
            cell = dealt.get(record["trial"])
            tally.count((high[offer["left"]], high[offer["right"]]), high[chosen] if chosen else None, cell)
    return tally
