"""What time it is by the clock that stamps a journal: another process's, maybe another computer's."""

from collections.abc import Sequence
from datetime import datetime

from task.record.journal import Record


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
        records : sequence of dict
            The records.
        arrived : float
            Our clock when they were read, in seconds.
        utc : datetime
            Our wall clock at that moment.
        already_there : bool
            Whether they come from the first reading of the journal.
        """
        stamps = [record["t"] for record in records if "t" in record]
        if not stamps:
            return
        offset = arrived - max(stamps)
        if already_there:
            pairs = [(record["t"], record["utc"]) for record in records if record["kind"] == "clock"]
            if pairs:
                t, then = pairs[-1]
                offset = min(offset, arrived - (t + (utc - datetime.fromisoformat(then)).total_seconds()))
        elif self._has_seen_an_arrival and self._ours_minus_far is not None:
            offset = min(offset, self._ours_minus_far)
        self._ours_minus_far, self._has_seen_an_arrival = offset, not already_there

    def now(self, ours: float) -> float | None:
        """Give the far clock's time when ours says ``ours``; None if nothing is known of it yet."""
        return None if self._ours_minus_far is None else ours - self._ours_minus_far
