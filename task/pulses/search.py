"""Finding the trains of a run: its kind, whether there are several, and whether it began before the task was ready."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from task.config.scan import Scan
from task.pulses.findings import SILENCE_TR
from task.pulses.fit import TOLERANCE_S, Places, Times, Train, densest, even_train, grain_of, in_order
from task.pulses.volumes import slice_train


def find_train(times: Times, scan: Scan) -> Train:
    """Find the train that explains most pulses: slices with a pause after each volume, or evenly spaced.

    Stamps that lie on frames, as all stamps without jitter do, are tried as exact ones and as rounded ones. Where what
    the protocol leads to explains too few, so are the pulses without those that follow at once, and the intervals that
    are most common.
    """
    grains = sorted({0.0, grain_of(times)})
    best = max(_trains(times, scan, grains), key=lambda train: _explains(train, scan))
    if _explains(best, scan) < 0.92 * times.size and times.size > 3:
        singles = np.flatnonzero(np.append(True, ~_follows_at_once(np.diff(times))))
        trains = _trains(times[singles], scan, grains, others=True)
        trains = [replace(train, stamps=times, places=singles[train.places]) for train in trains]
        other = max(trains, key=lambda train: _explains(train, scan))
        if _explains(other, scan) > max(_explains(best, scan), 0.8 * times.size):
            return other
    return best


def _trains(times: Times, scan: Scan, grains: list[float], others: bool = False) -> list[Train]:
    """Give trains of each kind; ``others``: of other intervals than the protocol's too."""
    expected = scan.tr_s / scan.pulses_per_volume
    trains = [train for grain in grains if (train := slice_train(times, scan, grain)) is not None]
    trains += [even_train(times, expected, grain) for grain in grains]
    if others:
        apart = [densest(times[lag:] - times[:-lag], 0.01 + grains[-1]) for lag in (1, 2, 3) if lag < times.size]
        common = [float(ordered[int(np.argmax(within))]) for ordered, within in apart]
        trains += [even_train(times, interval, grains[-1]) for interval in common if 0.2 < interval / expected < 5]
    return trains


def _follows_at_once(gaps: Times) -> NDArray[np.bool_]:
    """Find which gaps lead from a pulse to its double, if most pulses come twice."""
    is_short = gaps < 0.35 * np.percentile(gaps, 75)
    is_pairs = 0.3 * gaps.size < np.count_nonzero(is_short) and not np.any(is_short[1:] & is_short[:-1])
    return is_short if is_pairs else np.zeros(gaps.size, dtype=bool)


def _explains(train: Train, scan: Scan) -> float:
    """Count the pulses that a train explains, less those missing in it; a train of the protocol's kind is likelier."""
    times, doubled = train.times, train.others()[1]
    at_once = np.count_nonzero(doubled - times[np.searchsorted(times, doubled, "right") - 1] < 0.45 * train.closest_s)
    missing = np.sort(np.diff(train.index) - 1)[:-2].sum()  # one or two long gaps speak not against the train
    explained = train.index.size + at_once - 2 * missing
    ratio = train.interval * scan.pulses_per_volume / scan.tr_s
    is_planned = train.slices == scan.pulses_per_volume or (not train.slices and 0.7 < ratio < 1.4)
    return float(explained if is_planned else 0.9 * explained)


def successive_trains(train: Train, scan: Scan, cuts_left: int = 2) -> list[Train]:
    """Give the trains that follow one another, as after a scan that was started again; the given one if it is alone.

    A train of fewer than three pulses, or less than a volume, is none. Each cut parts what the one before it left: two
    give up to four trains.
    """
    before, _, stray, _ = train.others()
    rest, least = np.concatenate([before, stray]), max(3, scan.pulses_per_volume)
    if not cuts_left or not least <= rest.size <= 3 * train.index.size or train.index.size < least:
        return [train]
    other = find_train(rest, scan)
    if other.index.size < max(least, 0.6 * (np.ptp(other.index) + 1)):
        return [train]
    cuts = other.times[0], train.times[train.times > other.times[-1]].min(initial=train.times[-1])
    sides = [(train.stamps[train.stamps < cut], train.stamps[train.stamps >= cut]) for cut in cuts]
    ways = [_parted(first, second, scan, least, cuts_left - 1) for first, second in sides]
    enough = train.index.size + 0.8 * other.index.size
    ways = [way for way in ways if sum(part.index.size for part in way) >= enough]
    return min(ways, key=len, default=[train])


def _parted(first: Times, second: Times, scan: Scan, least: int, cuts_left: int) -> list[Train]:
    """Give the trains of two sides of a cut; none if one of them has other pulses as well, or too few."""
    if min(first.size, second.size) < least:
        return []
    parts = [part for side in (first, second) for part in successive_trains(find_train(side, scan), scan, cuts_left)]
    for part in parts:
        single = part.stamps.size - part.others()[1].size
        is_less = part.index.size < max(least, 0.75 * single, 0.6 * (np.ptp(part.index) + 1))
        if is_less or why_no_train(part, scan, ended=True):
            return []
    return parts


def why_no_train(train: Train, scan: Scan, ended: bool) -> str | None:
    """Say in a few words why no train stands out among the pulses that it was sought among; None if one does."""
    times, size = train.stamps, train.index.size
    is_noise = train.others()[2].size > max(20, 2 * size)
    if train.slices:
        return "nearly all of them noise" if is_noise else None
    expected = scan.tr_s / scan.pulses_per_volume
    apart = 1 + np.count_nonzero(np.diff(times) > expected / 2)
    bends = np.diff(np.diff(train.times)[np.diff(train.index) == 1])
    jitter = float(np.std(bends)) / 6**0.5 if bends.size > 2 else 0.0
    is_sparse = size < 0.5 * times.size  # of all that came; noise leaves gaps, or jitters within the tolerance
    is_thin = is_sparse and size < 0.45 * (np.ptp(times) / train.interval + 1)
    is_full = size > 0.45 * (np.ptp(train.index) + 1)
    jitter -= 0.5 * train.grain
    is_loose = jitter > (0.15 if is_full else 0.1) * train.interval or (is_sparse and jitter > 0.02)
    few = size == 1 or (size == 2 and apart > 3)
    is_lost = size > 1 and not 0.7 < np.ptp(train.times) / np.ptp(train.index) / train.interval < 1.4
    few |= train.interval < 0.6 and size < 0.2 * (
        np.ptp(train.index) + 1
    )  # any pulse is near to some time of a fast train
    is_none = apart > 2 + (not ended) and (few or is_thin or is_loose or is_lost)
    if is_none:
        return f"but in no regular train of one every {expected:.4g} s"
    return "nearly all of them noise" if is_noise else None


def parts_about_pause(train: Train, scan: Scan, planned: int) -> list[Train]:
    """Part a train at a pause that happens to fit TR; only if as many pulses as planned came without it."""
    least, gaps = max(3, scan.pulses_per_volume), np.diff(train.index)
    if not gaps.size:
        return [train]
    place, paused = int(np.argmax(gaps)) + 1, int(gaps.max()) - 1
    is_pause = paused > SILENCE_TR * scan.pulses_per_volume and least <= place <= train.index.size - least
    if not is_pause or abs(np.ptp(train.index) + 1 - paused - planned) > 2 * scan.pulses_per_volume:
        return [train]
    cut = train.times[place]
    return [find_train(side, scan) for side in (train.stamps[train.stamps < cut], train.stamps[train.stamps >= cut])]


def with_earlier(train: Train, before_ready: Times, per_volume: int) -> tuple[Train, Places]:
    """Give a train with all that came before its first pulse, and the numbers of what came before the task was ready.

    They have to lie on it without a longer silence, and half of those due have to be there: a test of the trigger or
    another scan before this one is not this train.
    """
    before = np.append(before_ready, train.stamps[: train.places[0]])
    if not before_ready.size:
        return train, np.empty(0, dtype=np.intp)
    first = float(train.times[0])
    farthest = min(int((first - before[0]) / train.interval) + train.slices + 1, 100_000)
    number = np.interp(before, train.due(np.arange(-farthest, 1) + train.index[0]), np.arange(farthest + 1))
    drift = 1e-4 * (first - before) / train.closest_s
    off = np.minimum(min(TOLERANCE_S / train.closest_s, 0.3) + drift, 0.4) + train.grain / train.closest_s
    given = in_order(np.ceil(number - off), np.minimum(np.floor(number + off), farthest - 1))
    places = np.flatnonzero(given >= 0) - before_ready.size
    found = given[given >= 0] - farthest + train.index[0]
    silent = np.flatnonzero(np.diff(np.append(found, train.index[0])) > SILENCE_TR * per_volume)
    after_silence = silent[-1] + 1 if silent.size else 0
    found, places = found[after_silence:], places[after_silence:]
    is_early = places < 0
    if not is_early.any() or found.size < 0.5 * (train.index[0] - found[0]):
        return train, found[:0]
    joined = np.append(found[~is_early], train.index), np.append(places[~is_early], train.places)
    return replace(train, index=joined[0], places=joined[1]), found[is_early]
