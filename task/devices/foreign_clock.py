"""Maps the stamps of another clock to ours, also when that clock is set while we look.

Psychtoolbox stamps keys on a clock of its own, which on Linux is the wall clock: a time server may set it in mid-run.
So the offset is sampled at each reading. If it has jumped since the last one, a stamp taken in between may be from
before the jump or from after: it is mapped so that it falls between the two readings. Where both ways do that, which
takes a jump shorter than the time between two readings, the likelier one is taken; the error is then at most the jump,
and less than the time between the readings (a frame).
"""

import time
from collections.abc import Callable

_JUMP_S = 0.001
_TIGHT_S = 0.0001
_TRIES = 5


class ForeignClock:
    """Another clock, held against ours.

    Parameters
    ----------
    theirs, ours : callable
        Give the time on either clock in seconds.
    """

    def __init__(self, theirs: Callable[[], float], ours: Callable[[], float] = time.perf_counter) -> None:
        self._theirs, self._ours = theirs, ours
        self._last = ours()
        self._offset, self._error = self._sampled()
        self._before, self._now = self._offset, self._last
        self.jump_s = 0.0

    def look(self) -> None:
        """Sample the offset; ``jump_s`` then says by how much their clock was set since the last look, in seconds."""
        self._last, self._before, error = self._now, self._offset, self._error
        self._offset, self._error = self._sampled()
        self._now = self._ours()
        jump = self._before - self._offset
        self.jump_s = jump if abs(jump) > _JUMP_S + error + self._error else 0.0

    def on_our_clock(self, stamp: float) -> float:
        """Map a stamp that has been found since the last look but one."""
        late = stamp + self._offset
        if not self.jump_s:
            return late
        early = stamp + self._before
        off_early, off_late = self._outside(early), self._outside(late)
        if off_early != off_late:
            return early if off_early < off_late else late
        return early if self._now - early > late - self._last else late

    def _outside(self, moment: float) -> float:
        """Say how far a time lies outside of the last two looks, in seconds."""
        return max(self._last - moment, moment - self._now, 0.0)

    def _sampled(self) -> tuple[float, float]:
        """Give the offset from their clock to ours, and its largest error: of some tries the best."""
        best, error = 0.0, float("inf")
        for _ in range(_TRIES):
            before, theirs, after = self._ours(), self._theirs(), self._ours()
            if (after - before) / 2 < error:
                best, error = (before + after) / 2 - theirs, (after - before) / 2
            if error < _TIGHT_S / 2:
                break
        return best, error
