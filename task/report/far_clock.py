"""What time it is by the clock that stamps a journal: another process's, maybe another computer's."""

from collections.abc import Sequence
from datetime import datetime

from task.record.kinds.marks import Clock
from task.record.records import Record, of_kind, stamp_of


class FarClock:
    """Follows a clock by the records that it stamped.

    No record arrives before its stamp, and the one that took least on its way says best how far that clock is from
    ours. Records that were there already when the journal was first read say nothing of that: until one is seen
    arriving, the last pair of clock and UTC has to do, which trusts the wall clocks of both computers; but never
    earlier than what has arrived.
    """

    def __init__(self) -> None:
        self._ours_minus_far: float | None = None
        self._has_seen_an_arrival = False

    def take(self, records: Sequence[Record], arrived: float, utc: datetime, *, already_there: bool) -> None:
        """Take in records that were read together.

        Parameters
        ----------
        records : sequence of Record
            The records.
        arrived : float
            Our clock when they were read, in seconds.
        utc : datetime
            Our wall clock at that moment.
        already_there : bool
            Whether they come from the first reading of the journal.
        """
        stamps = [t for record in records if (t := stamp_of(record)) is not None]
        if not stamps:
            return
        offset = arrived - max(stamps)
        if already_there:
            marks = of_kind(records, Clock)
            if marks:
                since_s = (utc - datetime.fromisoformat(marks[-1].utc)).total_seconds()
                offset = min(offset, arrived - (marks[-1].t + since_s))
        elif self._has_seen_an_arrival and self._ours_minus_far is not None:
            offset = min(offset, self._ours_minus_far)
        self._ours_minus_far, self._has_seen_an_arrival = offset, not already_there

    def now(self, ours: float) -> float | None:
        """Give the far clock's time when ours says ``ours``; None if nothing is known of it yet."""
        return None if self._ours_minus_far is None else ours - self._ours_minus_far
