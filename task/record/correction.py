"""Decisions about a run that are made after it: they are added to its journal, which stays as it was before them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from task.computer.files import write_safely
from task.record.journal import JournalError, read_journal, with_decision
from task.record.kinds.marks import Zero
from task.record.kinds.notes import Decision
from task.record.records import Record, first, of_kind


@dataclass(frozen=True)
class Correction:
    """How far a run's zero was moved after the run, and why.

    Attributes
    ----------
    by_s : float
        Seconds to add to the zero that the run was performed with; onsets get smaller by it.
    reason : str
        The operator's words.
    """

    by_s: float
    reason: str


def correction_of(records: list[Record]) -> Correction | None:
    """Give the latest correction of a journal's zero; None if there is none, or if it was taken back."""
    latest = None
    for decision in of_kind(records, Decision):
        if decision.by_s is not None:
            latest = Correction(decision.by_s, decision.reason or "no reason given") if decision.by_s else None
    return latest


def corrected_zero(records: list[Record]) -> float | None:
    """Give a run's zero on the clock in seconds, any correction included; None if it never had one."""
    zero, correction = first(records, Zero), correction_of(records)
    if zero is None:
        return None
    return zero.t + (correction.by_s if correction else 0.0)


def move_zero(journal: Path, by_s: float, reason: str) -> None:
    """Add the decision to move a run's zero to its journal.

    Parameters
    ----------
    journal : Path
        The journal of the attempt.
    by_s : float
        Seconds to add to the zero that the run was performed with; 0 takes an earlier decision back.
    reason : str
        Why, in the operator's words.

    Raises
    ------
    JournalError
        If the journal cannot be read to its end, or its run never reached its zero.
    """
    if first(read_journal(journal), Zero) is None:
        raise JournalError(f"{journal}: this run never reached its zero, so there is none to move")
    moved = f"moved by {by_s:+.4f} s" if by_s else "put back to where it was in the run"
    utc = datetime.now(UTC).isoformat(timespec="microseconds")
    decision = Decision(utc=utc, decision=f"zero was {moved}", by_s=by_s, reason=reason)
    write_safely(journal, with_decision(journal, decision))
