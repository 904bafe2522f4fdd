"""The clock that everything is stamped with: seconds that only ever go forward, on real or on virtual time."""

import time
from datetime import UTC, datetime


class RealClock:
    """``time.perf_counter``: not moved by a step of the wall clock."""

    is_virtual = False

    def now(self) -> float:
        """Give the time in seconds."""
        return time.perf_counter()

    def with_utc(self) -> tuple[float, str]:
        """Give the time in seconds and the wall clock's UTC at that moment."""
        before = time.perf_counter()
        utc = datetime.now(UTC)
        return (before + time.perf_counter()) / 2, utc.isoformat(timespec="microseconds")


class VirtualClock:
    """A clock that stands still until it is set, for simulated runs; its wall clock is the Unix epoch."""

    is_virtual = True

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        """Give the time in seconds."""
        return self._now

    def set(self, now: float) -> None:
        """Move the clock forward to a time in seconds."""
        if now < self._now:
            raise ValueError(f"the clock stands at {self._now} s and cannot go back to {now} s")
        self._now = now

    def with_utc(self) -> tuple[float, str]:
        """Give the time in seconds and the simulated UTC, which starts at the Unix epoch."""
        return self._now, datetime.fromtimestamp(self._now, UTC).isoformat(timespec="microseconds")


Clock = RealClock | VirtualClock
