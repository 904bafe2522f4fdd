"""Finding volumes among pulses for each slice where a pause follows the last slice: an ordinary sequence.

Such a train is not evenly spaced. The pulses after a pause show where volumes begin: these are followed at TR, and each
pulse then is a slice of its volume, by how long after its begin it came.
"""

import numpy as np

from task.config.scan import Scan
from task.pulses.fit import TOLERANCE_S, Places, Times, Train, densest, follow, in_order

_PAUSE = 1.1  # a gap of more slices is a pause, or a slice is missing; with jitter, of still more
_EARLY_TR = 3.5  # before so many TR have passed, TR and slices are taken from the protocol


def slice_train(times: Times, scan: Scan, grain: float = 0.0) -> Train | None:
    """Find volumes of slices with a pause after each; None if the pulses are not of that kind.

    Parameters
    ----------
    times : array of float, shape (pulses,)
        Stamps in seconds, in order.
    scan : Scan
        What the protocol says; TR and how many slices there are is found all the same.
    grain : float
        The stamps' grain in seconds, or 0.
    """
    is_early = float(np.ptp(times)) < _EARLY_TR * scan.tr_s and scan.pulses == "every_slice"
    spacing = _spacing(times, scan.tr_s, grain) if times.size > (1 if is_early else 3) else 0.0
    if not spacing:
        return None
    off = np.abs(np.append(np.diff(times), spacing) - spacing)  # by jitter, but for the pauses
    pause = max(_PAUSE * spacing, spacing + 4 * float(np.median(off[off < 0.3 * spacing]))) + grain
    volumes = _volumes(times, spacing, pause, scan.tr_s, is_early, grain)
    if volumes is None:
        return None
    begins, tr_s = volumes
    volume = np.searchsorted(begins - max(0.4 * spacing, grain), times, "right") - 1
    since = np.where(volume < 0, -1.0, times - begins[np.maximum(volume, 0)])
    if grain:
        slices = int(np.bincount(np.unique(volume, return_counts=True)[1]).argmax())
        begin, width = volume * 2 * slices, 0.3 + grain / spacing
        lowest = begin + np.maximum(np.ceil(since / spacing - width), 0)
        highest = begin + np.minimum(np.floor(since / spacing + width), slices - 1)
        number = in_order(lowest, highest) - begin
        is_slice = (number >= 0) & (volume >= 0)
    else:
        spacing = _measured_spacing(since[since < 0.98 * tr_s], spacing)
        number = np.rint(since / spacing).astype(np.intp)
        is_slice = (since > -0.5 * spacing) & (since < tr_s - 0.5 * spacing)
        is_slice &= np.abs(since - number * spacing) < min(TOLERANCE_S, 0.3 * spacing)
        slices = _slices(number[is_slice], np.unique(volume[is_slice]).size)
    slices = max(slices, scan.pulses_per_volume) if is_early else slices
    length = (slices - 1) * spacing
    is_short = scan.pulses == "every_volume" and (slices < 3 or length < tr_s / 2)  # then they are doubles of one pulse
    if slices < 2 or is_short or tr_s - length < pause - grain:
        return None
    is_slice &= number < slices
    index, first = np.unique((volume * slices + number)[is_slice], return_index=True)
    places = np.flatnonzero(is_slice)[first]
    train = Train(times, index - index[0] // slices * slices, places, tr_s / slices, slices, spacing, grain)
    of_it = np.count_nonzero((times >= train.times[0]) & (times <= train.times[-1])) - train.others()[1].size
    is_found = index.size > 0.7 * of_it and index.size > 0.5 * np.ptp(index)
    return train if is_found else None


def _spacing(times: Times, tr_s: float, grain: float) -> float:
    """Find the time between slices: the shortest that nearly as many pulses agree on as on any."""
    apart = np.sort(np.concatenate([times[lag:] - times[:-lag] for lag in (1, 2, 3)]))
    apart = apart[(apart > 0.002) & (apart < 0.6 * tr_s)]
    apart, within = densest(apart, 0.01 + 1.05 * grain)
    if not apart.size:
        return 0.0
    first = int(np.argmax(within >= 0.8 * within.max()))
    first += int(np.argmax(within[first : first + within[first]]))  # of its own neighbours, the one with the most
    spacing = float(np.median(apart[first : first + within[first]]))
    if not grain:
        return spacing
    blocks = np.split(times, np.flatnonzero(np.diff(times) > _PAUSE * spacing + grain) + 1)
    return float(np.median([np.ptp(block) / (block.size - 1) for block in blocks if block.size > 1]))


def _volumes(
    times: Times, spacing: float, pause: float, expected: float, is_early: bool, grain: float
) -> tuple[Times, float] | None:
    """Follow the begins of volumes; give them, one more volume at either end, and TR."""
    is_pause = np.diff(times) > pause
    begins = times[np.append(True, is_pause) & np.append(~is_pause, False)]
    if not begins.size or begins.size > 0.6 * times.size:
        return None
    apart = np.concatenate([begins[lag:] - begins[:-lag] for lag in range(1, min(13, begins.size))] or [begins[:0]])
    lowest, highest = (0.7, 1.4) if is_early else (0.4, 2.5)
    apart = apart[(apart > max(lowest * expected, 2 * spacing)) & (apart < highest * expected)]
    apart, within = densest(apart, 0.02 + grain)
    first = int(np.argmax(within >= 0.8 * within.max())) if apart.size else 0
    first += int(np.argmax(within[first : first + within[first]])) if apart.size else 0
    tr_s = float(np.mean(apart[first : first + within[first]])) if apart.size else expected
    index, places = follow(begins, tr_s, min(TOLERANCE_S, 0.3 * spacing) + grain)
    if index.size < 0.35 * (index[-1] + 1) or (index.size < 3 and not is_early):
        return None
    if index.size > 1:
        tr_s = float(np.polyfit(index, begins[places], 1)[0])
    inner = np.interp(np.arange(index[-1] + 1), index, begins[places])
    if grain and index.size > 1:
        inner = np.polyval(np.polyfit(index, begins[places], 1), np.arange(index[-1] + 1))
    return np.concatenate([[inner[0] - tr_s], inner, [inner[-1] + tr_s]]), tr_s


def _measured_spacing(since: Times, spacing: float) -> float:
    """Measure the spacing on more and more slices: its error adds up from one to the next."""
    upto, last = 3, since.max(initial=0.0)
    while upto * spacing < 4 * last:
        part = since[(since > 0.5 * spacing) & (since < (upto + 0.5) * spacing)]
        number = np.rint(part / spacing)
        is_near = np.abs(part - number * spacing) < 0.3 * spacing
        if is_near.any():
            spacing = float(part[is_near] @ number[is_near] / (number[is_near] @ number[is_near]))
        upto *= 2
    return spacing


def _slices(number: Places, volumes: int) -> int:
    """Count the slices that most volumes have."""
    is_usual = np.bincount(number, minlength=1) > 0.5 * volumes
    return int(np.flatnonzero(is_usual)[-1]) + 1 if is_usual.any() else 0
