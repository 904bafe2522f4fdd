"""The gate against babbling: noise on a line must neither slow a frame nor fill the memory.

A wrong baud rate or a loose cable sends thousands of strokes a second. Each code that means something at this site
may pass a thousand times a second, and all others together as often; a burst of 20,000 passes whole. No scanner and no
hand comes near that. What is beyond is counted, and the count is told: after a second, then every ten seconds, and the
rest when it has ended.
"""

from collections import Counter
from collections.abc import Callable, Iterable

PER_SECOND = 1000.0
BURST = 20_000.0
TELL_EVERY_S = 10.0
_FIRST_COUNT_S = 1.0
_ENDED_S = 1.0

Arrived = tuple[float, str]
"""A stroke on its way: its time in seconds, and its code."""


class _Bucket:
    """Fills up with time; each stroke that passes takes one out."""

    def __init__(self) -> None:
        self._left, self._last = BURST, 0.0

    def take(self, now: float) -> bool:
        self._left = min(BURST, self._left + (now - self._last) * PER_SECOND)
        self._last = now
        if self._left < 1.0:
            return False
        self._left -= 1.0
        return True


class Gate:
    """Lets strokes pass, unless they are too many.

    Parameters
    ----------
    codes : iterable of str
        The codes that mean something at this site.
    say : callable
        Takes the time and the words of a notice.
    """

    def __init__(self, codes: Iterable[str], say: Callable[[float, str], None]) -> None:
        self._others = _Bucket()
        self._buckets = {code: _Bucket() for code in codes}
        self._say = say
        self._dropped: Counter[str] = Counter()
        self._tell_at = 0.0
        self._last_drop = -TELL_EVERY_S

    def through(self, arrived: Iterable[Arrived]) -> list[Arrived]:
        """Give the strokes that may pass."""
        passed = []
        for stroke in arrived:
            now, code = stroke
            if self._buckets.get(code, self._others).take(now):
                passed.append(stroke)
                continue
            if not self._dropped and now - self._last_drop > TELL_EVERY_S:
                self._tell_at = now + _FIRST_COUNT_S
            self._dropped[code if code in self._buckets else ""] += 1
            self._last_drop = now
        return passed

    def is_babbling(self, now: float) -> bool:
        """Whether strokes have been dropped within the last second."""
        return now - self._last_drop < _ENDED_S

    def tell(self, now: float, is_last: bool = False) -> None:
        """Say how many strokes were dropped, if it is time for it or if nothing can be said any more."""
        if not self._dropped or (now < self._tell_at and self.is_babbling(now) and not is_last):
            return
        count = self._dropped.total()
        known = "".join(f', {count} of them "{code}"' for code, count in sorted(self._dropped.items()) if code)
        self._say(
            now,
            f"babbling: {count} stroke{'s' * (count != 1)} dropped as noise{known}; up to {PER_SECOND:.0f} a second "
            "are kept of each code that means something. Check the cable, and the baud rate and mode of the box",
        )
        self._dropped.clear()
        self._tell_at = now + TELL_EVERY_S
