"""Moving a run's zero after the run, as a decision in its journal; and the command that suggests it."""

from dataclasses import dataclass
from pathlib import Path

from task.computer.typed import as_typed
from task.config.protocol import Protocol
from task.export.dataset import Exported, export_or_say
from task.pulses.train import FURTHEST_TR
from task.record.correction import Correction, correction_of, move_zero
from task.record.history import attempts_of, that_count
from task.record.journal import read_journal
from task.record.kinds.head import head_in
from task.record.layout import Dataset, Person
from task.record.lock import locked
from task.visit.requests import RequestError, options_of
from task.visit.rescue import take_home


@dataclass(frozen=True)
class Moved:
    """A zero that was moved: in which journal, the earlier decision that no longer counts, what was exported."""

    journal: Path
    before: Correction | None
    exported: Exported


def rezero_command(dataset: Dataset, person: Person, run: int, attempt: int, by_s: float) -> str:
    """Give the command that moves a run's zero by some seconds, as it is to be typed; the reason is left to fill in."""
    of_run = ["--run", str(run), "--attempt", str(attempt), f"--by={by_s:+.3f}"]
    return as_typed("rezero", *of_run, *options_of(dataset, person)) + ' --reason "..."'


def move_run(dataset: Dataset, person: Person, run: int, attempt: int | None, by: float, reason: str) -> Moved:
    """Move the zero of a run by some seconds, and make its events and onset files again.

    Raises
    ------
    RequestError
        If there is no such run, or ``by`` is farther than zero is ever moved.
    """
    _journal(dataset, person, run, attempt)  # there is one, before anything is touched
    with locked(dataset, person):
        take_home(dataset, person)
    journal = _journal(dataset, person, run, attempt)
    records = read_journal(journal)
    furthest_s = FURTHEST_TR * Protocol.model_validate(head_in(records).protocol, strict=False).scan.tr_s
    if not abs(by) <= furthest_s:
        raise RequestError(
            f"--by {by:g}: a number of seconds from {-furthest_s:g} to {furthest_s:g} ({FURTHEST_TR} TR of this run)"
        )
    with locked(dataset, person):
        move_zero(journal, by, reason)
        exported = export_or_say(dataset, person)
    return Moved(journal, correction_of(records), exported)


def _journal(dataset: Dataset, person: Person, run: int, attempt: int | None) -> Path:
    """Find the journal that is meant: of the attempt named, or of the one that counts."""
    attempts = attempts_of(dataset, person)
    if not attempts:
        raise RequestError(f"there is no run of {person.stem} in {dataset.root}. Is it in another folder (--data)?")
    of_run = [one for one in attempts if one.run == run]
    chosen = {one.attempt: one for one in of_run}.get(attempt) if attempt else that_count(attempts).get(run)
    if chosen is None:
        known = ", ".join(f"run {one.run} attempt {one.attempt}" for one in attempts)
        raise RequestError(f"{person.stem} has no such run or attempt. There are: {known}")
    return chosen.journal
