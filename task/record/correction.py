"""Decisions about a run that are made after it: they are added to its journal, which stays as it was before them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from task.computer.files import write_safely
from task.record.journal import JournalError, Record, check_of, damaged_line, first, line_of, read_journal


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
    for record in records:
        if record["kind"] == "decision" and "by_s" in record:
            latest = Correction(record["by_s"], record["reason"]) if record["by_s"] else None
    return latest


def corrected_zero(records: list[Record]) -> float | None:
    """Give a run's zero on the clock in seconds, any correction included; None if it never had one."""
    zero, correction = first(records, "zero"), correction_of(records)
    if zero is None:
        return None
    return float(zero["t"]) + (correction.by_s if correction else 0.0)


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
    records = read_journal(journal)
    if first(records, "zero") is None:
        raise JournalError(f"{journal}: this run never reached its zero, so there is none to move")
    moved = f"moved by {by_s:+.4f} s" if by_s else "put back to where it was in the run"
    decision = f"zero was {moved}"
    _add(journal, records, decision=decision, by_s=by_s, reason=reason)


def _add(journal: Path, records: list[Record], **facts: Any) -> None:
    """Add a decision behind the last whole record, in one step: the file is either as before, or has it."""
    line = damaged_line(journal)
    if line is not None:
        raise JournalError(
            f"{journal}: line {line} of this journal is damaged, and more follows it. Nothing was changed: restore the "
            "file from a copy first"
        )
    whole, newline, rest = journal.read_bytes().rpartition(b"\n")
    head_check = check_of(whole.partition(newline)[0])
    if rest:  # the program was stopped in the middle of a line
        facts["cut_off"] = rest.decode(errors="backslashreplace")
    utc = datetime.now(UTC).isoformat(timespec="microseconds")
    decision = line_of({"n": len(records), "kind": "decision", "utc": utc, **facts}, head_check)
    write_safely(journal, whole + newline + decision)
