"""Finding where the program that reads the pulses hung: what came meanwhile has one and the same stamp."""

from dataclasses import dataclass

import numpy as np

from task.pulses.fit import Times

_AT_ONCE_S = 0.002  # pulses this near to each other have one stamp


@dataclass(frozen=True)
class Hang:
    """Pulses of one stamp: since when nothing had come (None before the first pulse), the stamp, and how many."""

    since: float | None
    until: float
    count: int

    @property
    def over(self) -> float:
        """When the last of them was stamped, at the latest."""
        return self.until + self.count * _AT_ONCE_S

    def has(self, time: float) -> bool:
        """Whether a stamp is one of these."""
        return self.until <= time <= self.over


def hangs_among(stamps: Times, interval: float, grain: float) -> list[Hang]:
    """Find the hangs among stamps in order; a box that sends a burst does not fall silent before, for as long.

    At the very beginning the silence is not known: there it takes more pulses than a bad contact sends at once.
    """
    begins = np.flatnonzero(np.append(True, np.diff(stamps) > _AT_ONCE_S))
    counts = np.diff(begins, append=stamps.size)
    hangs = []
    for begin, count in zip(begins[counts > 2].tolist(), counts[counts > 2].tolist(), strict=True):
        since, until = float(stamps[begin - 1]) if begin else None, float(stamps[begin])
        if count > 3 if since is None else until - since > max((count - 1.5) * interval, 2 * grain):
            hangs.append(Hang(since, until, count))
    return hangs
