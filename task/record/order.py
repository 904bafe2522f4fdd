"""In which order a participant's attempts were performed.

A computer's clock can be set back between two runs, so the clock alone is not asked. What cannot be otherwise comes
first: a journal's head names the attempts that were there when it began; a later attempt at a run has a higher number;
and the points that were there before an attempt hold those of the attempts before it. The clock decides only where
these say nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple

from task.record.kinds.answers import Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import Clock
from task.record.layout import name_of_attempt
from task.record.records import Record, first, of_kind

_LATEST = datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Order:
    """The order of journals.

    Attributes
    ----------
    places : tuple of int
        The journals by their places among those given, the one performed first at the front.
    doubts : tuple of str
        Where the computer's clock, or the journals themselves, contradict this, in plain words.
    """

    places: tuple[int, ...]
    doubts: tuple[str, ...] = ()


def order_of(journals: Sequence[Sequence[Record]]) -> Order:
    """Find out in which order a participant's journals, given in any order, were performed."""
    begun = [_begun(records) for records in journals]
    left, places, doubts = set(range(len(begun))), list[int](), list[str]()
    while left:
        free = [one for one in left if not any(_comes_before(begun[other], begun[one]) for other in left - {one})]
        if not free:
            doubts.append("what the journals say of their order contradicts itself, so they are taken by the clock")
        following = min(free or left, key=lambda one: begun[one].by_clock)
        doubts += _set_back(begun[places[-1]], begun[following]) if places else []
        places.append(following)
        left.remove(following)
    return Order(tuple(places), tuple(dict.fromkeys(doubts)))


class _Begun(NamedTuple):
    """An attempt as it began: what was there before it, its points, and the time by the clock."""

    session: str | None
    run: int
    attempt: int
    utc: datetime | None
    after: frozenset[str] | None
    points_before: int
    points: int

    @property
    def by_clock(self) -> tuple[datetime, str, int, int]:
        return self.utc or _LATEST, self.session or "", self.run, self.attempt

    def __str__(self) -> str:
        session = f"session {self.session}, " if self.session else ""
        return f"{session}run {self.run}, attempt {self.attempt}"


def _begun(records: Sequence[Record]) -> _Begun:
    head, mark = head_in(records), first(records, Clock)
    return _Begun(
        session=head.session,
        run=head.run,
        attempt=head.attempt,
        utc=_time_in(mark.utc) if mark else None,
        after=None if head.after is None else frozenset(head.after),
        points_before=head.points_before or 0,
        points=sum(share.points for share in of_kind(records, Share)),
    )


def _comes_before(one: _Begun, other: _Begun) -> bool:
    """Whether one attempt was certainly performed before another."""
    if (one.session, one.run) == (other.session, other.run):
        return one.attempt < other.attempt
    if other.after is not None:
        return name_of_attempt(one.session, one.run, one.attempt) in other.after
    if one.session != other.session:
        return False
    return one.points > 0 and other.points_before >= one.points_before + one.points


def _time_in(utc: str) -> datetime | None:
    """Read a time by the clock; None if it is none. One without a zone is UTC, as all of them are."""
    try:
        time = datetime.fromisoformat(utc)
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _set_back(before: _Begun, following: _Begun) -> list[str]:
    """Say it if the clock has an attempt begin before the one that it was performed after."""
    if before.utc is None or following.utc is None or following.utc >= before.utc:
        return []
    return [
        f"the computer's clock was wrong: by it {following} began at {following.utc:%Y-%m-%d %H:%M}, before {before} "
        f"({before.utc:%Y-%m-%d %H:%M}), after which it was performed. The order in the journals counts"
    ]
