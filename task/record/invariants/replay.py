"""Going through the records of a run once more, as it was performed."""

from dataclasses import dataclass, field

from pydantic import ValidationError

from task.record.kinds.head import Head
from task.record.records import Record

MALFORMED = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
"""What can go wrong with a record that is not as it was written."""
SAME_S = 1e-6


@dataclass(frozen=True)
class Verdict:
    """What was found in a journal, in plain words.

    Attributes
    ----------
    broken : list of str
        What does not hold; nothing if all is well.
    remarks : list of str
        What is worth knowing, and breaks nothing.
    """

    broken: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


class Replay:
    """Takes the records of a run one by one; a subclass has a method for each kind that it looks at.

    Parameters
    ----------
    head : Head
        The journal's first record, with a plan that can be read.
    verdict : Verdict
        Takes what is found.
    """

    def __init__(self, head: Head, verdict: Verdict) -> None:
        self.verdict = verdict
        self.plan, self.run = head.plan, head.planned
        self.protocol = self.plan.protocol
        self.deciders = {decider.id: decider for decider in self.plan.deciders}

    def say(self, text: str) -> None:
        """Say that something does not hold."""
        self.verdict.broken.append(text)

    def remark(self, text: str) -> None:
        """Say that something is worth knowing."""
        self.verdict.remarks.append(text)

    def take(self, record: Record) -> None:
        """Take the next record; a kind that nothing is known of is let pass."""
        taker = getattr(self, f"take_{record.kind}", None)
        if taker is None:
            return
        try:
            taker(record)
        except MALFORMED as error:
            self.say(f"record {record.n} ({record.kind}) cannot be understood ({in_short(error)})")


def where(trial: int | None, slot: str) -> str:
    """Name a slot of a trial, or what surrounds the trials."""
    return slot.replace("_", " ") if trial is None else f"trial {trial}, {slot.replace('_', ' ')}"


def in_short(error: Exception) -> str:
    """Say in one line what was wrong."""
    lines = str(error).splitlines()
    if isinstance(error, ValidationError):
        lines = [": ".join(line.strip() for line in lines[1:3])]
    return f"{type(error).__name__}: {lines[0] if lines else ''}"[:200]
