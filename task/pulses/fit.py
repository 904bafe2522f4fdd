"""Finding the regular train among a run's pulses: a walk from its best supported pulse both ways.

The walk follows phase and period, so that jitter, a drifting TR, doubles, strays and gaps do not lead it astray.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Times = NDArray[np.float64]
Places = NDArray[np.intp]
TOLERANCE_S = 0.03  # a pulse this near to its time is regular however calm the others are (or 0.3 of an interval)


@dataclass(frozen=True)
class Train:
    """A regular train of pulses: evenly spaced, or slices with a pause after each volume.

    Attributes
    ----------
    stamps : array of float, shape (pulses,)
        All pulses that it was found among, in seconds and in order.
    index, places : arrays of int, shape (regular pulses,)
        Each regular pulse's number in the train, gaps counted; and where in ``stamps`` it is.
    interval : float
        The mean time from one pulse to the next, in seconds: TR divided by the pulses of a volume.
    slices : int
        Pulses of a volume that is followed by a pause: those of index 0, ``slices``, ... are the first of theirs.
        0 for an evenly spaced train, which begins at index 0 and does not show where a volume begins.
    spacing_s : float
        From one slice to the next; only if there are ``slices``.
    grain : float
        The stamps' grain in seconds, if it was heeded.
    """

    stamps: Times
    index: Places
    places: Places
    interval: float
    slices: int = 0
    spacing_s: float = 0.0
    grain: float = 0.0

    @property
    def times(self) -> Times:
        """When the regular pulses came."""
        return self.stamps[self.places]

    @property
    def closest_s(self) -> float:
        """The time from one pulse to the next within a volume."""
        return self.spacing_s if self.slices else self.interval

    @property
    def even_times(self) -> Times:
        """When the regular pulses would have come if the pause were spread over the volume."""
        return self.times - self._lag(self.index)

    def _lag(self, index: Any) -> Any:
        return (index % self.slices) * (self.spacing_s - self.interval) if self.slices else 0.0

    def due(self, index: Any) -> Any:
        """Give when the pulses of some indices came or were due."""
        beyond = np.minimum(index - self.index[0], 0) + np.maximum(index - self.index[-1], 0)
        return np.interp(index, self.index, self.even_times) + beyond * self.interval + self._lag(index)

    def others(self) -> tuple[Times, Times, Times, int]:
        """Give the other pulses: those before it, doubled, and stray ones; and how many came at once at most."""
        others, times = np.delete(self.stamps, self.places), self.times
        before = np.searchsorted(times, others, "right") - 1
        is_double = (before >= 0) & (others - times[before] <= self.closest_s / 2)
        most = 1 + int(np.bincount(before[is_double], minlength=1).max())
        return others[before < 0], others[is_double], others[(before >= 0) & ~is_double], most


def near(values: Times, centre: float, width: float) -> Times:
    """Give the values that lie within a width about a centre."""
    return values[np.abs(values - centre) <= width]


def densest(values: Times, width: Any) -> tuple[Times, NDArray[np.intp]]:
    """Sort values, and count for each how many lie within a width (a number, or one for each sorted value) above it."""
    ordered = np.sort(values)
    return ordered, np.searchsorted(ordered, ordered + width, "right") - np.arange(ordered.size)


def grain_of(times: Times) -> float:
    """Find the grain of stamps that come at whole frames or polls only, in seconds; 0 if they do not."""
    gaps = np.sort(np.diff(times))
    steps = np.append(gaps, np.diff(gaps))
    steps = steps[(steps > 0.004) & (steps < 0.06)]
    grain = float(steps.min(initial=0.06))
    for upto in (10, 100, 1000):  # the longer a gap, the better must the grain be known to count it
        some = gaps[gaps < upto * grain]
        number = np.rint(some / grain)
        grain = float(some @ number / (number @ number)) if number.any() else grain
    is_on_grain = np.abs(gaps - np.rint(gaps / grain) * grain) < 0.08 * grain
    return grain if steps.size and is_on_grain.all() else 0.0


def in_order(lowest: Times, highest: Times) -> Places:
    """Give each pulse a whole number of its own within its bounds, the least that is left, in order; -1 if none is.

    Stamps in grains as coarse as the time between pulses do not tell pulses apart: only their order does.
    """
    given, last = np.full(lowest.size, -1, dtype=np.intp), -1
    for place, (low, high) in enumerate(zip(lowest.tolist(), highest.tolist(), strict=True)):
        if max(low, last + 1) <= high:
            given[place] = last = int(max(low, last + 1))
    return given


def _interval(times: Times, expected: float, grain: float) -> tuple[float, float]:
    """Find the interval that most pulses agree on, near the expected one if possible, and its spread."""
    gaps, chosen = np.diff(times), np.empty(0)
    if gaps.size >= 3:  # another kind of train altogether, evenly spaced all the same?
        middle = float(np.median(gaps))
        even = near(gaps, middle, max(0.05 * middle, min(0.01, 0.3 * middle)) + grain)
        is_other = 0.002 < middle < 0.7 * expected or (middle > 1.4 * expected and gaps.size >= 8)
        if is_other and even.size >= 0.7 * gaps.size and 2 * middle * gaps.size >= gaps.sum() - gaps.max():
            chosen = even
    if not chosen.size:
        apart = np.concatenate([gaps, *(times[lag:] - times[:-lag] for lag in range(2, min(7, times.size)))])
        apart, within = densest(
            apart[(apart > 0.7 * expected) & (apart < 1.4 * expected)],
            2 * min(max(0.01, 0.005 * expected), 0.05 * expected) + grain,
        )
        if not apart.size:
            return expected, 0.0
        most = int(np.argmax(within))
        chosen = near(apart, expected, max(0.03 * expected, min(0.01, 0.2 * expected)) + grain)
        if 2 * chosen.size < within[most]:
            chosen = apart[most : most + within[most]]
    return float(chosen.mean()), float(chosen.std())


def _supported(times: Times, interval: float, tolerance: float) -> Places:
    """Count for each pulse the places, up to three intervals away, that have a pulse as well."""
    width = min(max(0.015, 0.01 * interval, 0.5 * tolerance), 0.25 * interval)
    dues = [times + away * interval for away in (-3, -2, -1, 1, 2, 3)]
    found = [np.searchsorted(times, due + width, "right") > np.searchsorted(times, due - width) for due in dues]
    return np.sum(found, axis=0, dtype=np.intp)


def _walk(stamps: list[float], seed: int, at: float, step: float, tolerance: float, sign: int) -> dict[int, int]:
    """Give the place in the stamps of the pulse of each index of the train, from the seed into one direction."""
    chosen: dict[int, int] = {}
    index, held = 0, (0, 0.0, seed)  # the held pulse may yet be replaced by a nearer one of the same index
    for place in range(seed + sign, len(stamps) if sign > 0 else -1, sign):
        since = sign * (stamps[place] - at)
        if held[0] and since > (held[0] + 0.5) * step:
            intervals, off, kept = held
            index += intervals
            chosen[sign * index] = kept
            at += sign * (intervals * step + 0.3 * off)
            step += 0.05 * off / intervals
            since, held = sign * (stamps[place] - at), (0, 0.0, seed)
        intervals = int(since / step + 0.5)
        off = since - intervals * step
        is_regular = intervals and abs(off) <= min(tolerance + 0.001 * step * intervals, 0.4 * step)
        if is_regular and (not held[0] or abs(off) < abs(held[1])):
            held = (intervals, off, place)
    return chosen | ({sign * (index + held[0]): held[2]} if held[0] else {})


def even_train(times: Times, expected: float, grain: float = 0.0) -> Train:
    """Find the evenly spaced train; there always is one, be it of a single pulse.

    Parameters
    ----------
    times : array of float, shape (pulses,)
        Stamps in seconds, in order.
    expected : float
        Interval between pulses by the protocol, in seconds.
    grain : float
        The stamps' grain in seconds, or 0.
    """
    interval, spread = _interval(times, expected, grain)
    tolerance = min(max(6 * spread, min(TOLERANCE_S, 0.3 * interval), 1.2 * grain), 0.4 * interval)
    index, places = follow(times, interval, tolerance)
    return Train(times, index, places, interval, grain=grain)


def follow(times: Times, interval: float, tolerance: float) -> tuple[Places, Places]:
    """Follow the train of an interval, all in seconds; give each pulse's number in it, from 0, and its place."""
    support, stamps = _supported(times, interval, tolerance), times.tolist()
    best: Places = np.empty((0, 2), dtype=np.intp)
    for _ in range(4):  # the longest of several: a scan may have been started twice
        seed = int(np.argmax(support))
        around = (times[max(0, seed - 20) : seed + 21] - times[seed]) / interval
        off = (around - np.rint(around))[np.abs(around) < 3.5] * interval
        at = times[seed] + float(np.median(near(off, 0.0, tolerance)))
        ways = [_walk(stamps, seed, at, interval, tolerance, sign) for sign in (1, -1)]
        train = np.array(sorted({0: seed, **ways[0], **ways[1]}.items()), dtype=np.intp)
        new, old = times[train[:, 1]], times[best[:, 1]]
        rival = min(len(new), len(old)) > 0.8 * max(len(new), len(old))  # of doubles, the first is the pulse
        if (
            _leads(new, old, interval)
            if rival and _leads(new, old, interval) != _leads(old, new, interval)
            else len(new) > len(old)
        ):
            best = train
        support[train[:, 1]] = -1
        if support.max() < 2 or np.count_nonzero(support >= 2) < 0.3 * len(best):
            break
    index, places = best[:, 0] - best[0, 0], best[:, 1]
    for _ in range(4):  # of pulses so close that each may be the one, the first is
        earlier = np.maximum(places - 1, 0)
        is_close = times[places] - times[earlier] <= min(1.2 * tolerance, 0.4 * interval)
        places = np.where(is_close & ~np.isin(earlier, places), earlier, places)
    return index, places


def _leads(one: Times, other: Times, interval: float) -> bool:
    """Whether most pulses of the other train come within half an interval after one of the first."""
    before = np.append(-np.inf, one)[np.searchsorted(one, other)]
    return bool(np.median(other - before) < interval / 2)
