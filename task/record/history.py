"""What has been done with a participant so far, read from the journals."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from task.config.protocol import Protocol
from task.plan.dealing import Dealer, Tally
from task.plan.plan import Decider, RunPlan
from task.plan.rules import Cell
from task.record.journal import Record, first, read_journal
from task.record.layout import Dataset, Person


@dataclass(frozen=True)
class Attempt:
    """One attempt at a run, as its journal tells it."""

    journal: Path
    run: int
    attempt: int
    version: int
    cause: str
    has_shown_trials: bool
    points: int
    tally: Tally

    @property
    def is_complete(self) -> bool:
        """Whether the run was performed to its end."""
        return self.cause == "complete"


def attempt_of(journal: Path, records: list[Record]) -> Attempt:
    """Sum up a journal; one without an end was cut off."""
    head, end = records[0], first(records, "end")
    return Attempt(
        journal=journal,
        run=head["run"],
        attempt=head["attempt"],
        version=head["version"],
        cause=end["cause"] if end else "cut off",
        has_shown_trials=any(r["kind"] == "onset" and r["trial"] is not None for r in records),
        points=sum(r["points"] for r in records if r["kind"] == "share"),
        tally=_dealt_again(head, records).tally,
    )


def attempts_of(dataset: Dataset, person: Person) -> list[Attempt]:
    """Sum up all attempts of a person, in the order of runs and attempts; a journal that cannot be read raises."""
    return [attempt_of(path, read_journal(path)) for path in dataset.journals(person)]


def that_count(attempts: Iterable[Attempt]) -> dict[int, Attempt]:
    """Pick the attempt that counts for each run: the latest complete one, or else the latest."""
    chosen: dict[int, Attempt] = {}
    for attempt in attempts:
        before = chosen.get(attempt.run)
        if before is None or attempt.is_complete or not before.is_complete:
            chosen[attempt.run] = attempt
    return chosen


def tally_before(attempts: Iterable[Attempt], run: int) -> Tally:
    """Add up what the attempts that count at other runs have shown."""
    return sum((a.tally for a in that_count(attempts).values() if a.run != run), Tally())


def tally_to_record(tally: Tally) -> Record:
    """Give a tally as a JSON object."""
    cells = [[*cell, count] for cell, count in sorted(tally.cells.items())]
    return {**vars(tally), "cells": cells}


def _tally_from_record(record: Record) -> Tally:
    tally = Tally(**{**record, "cells": None})
    tally.cells = Tally().cells
    for is_match, is_high, count in record["cells"]:
        tally.cells[Cell(is_match, is_high)] = count
    return tally


def _dealt_again(head: Record, records: list[Record]) -> Dealer:
    """Deal the run's feedback again, by its choices."""
    dealer = Dealer(
        RunPlan.model_validate(head["planned_run"], strict=False),
        [Decider.model_validate(one, strict=False) for one in head["deciders"]],
        Protocol.model_validate(head["protocol"], strict=False),
        _tally_from_record(head["tally_before"]),
    )
    for record in records:
        if record["kind"] == "choice":
            dealer.deal(record["trial"], record["decider"])
    return dealer
