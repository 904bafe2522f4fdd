"""Measuring TR, its jitter and its drift by a train of pulses, and comparing them with the protocol's TR."""

from typing import NamedTuple

import numpy as np

from task.config.scan import Scan
from task.pulses.explain import Planned
from task.pulses.fit import Train


def plans_of(train: Train, scan: Scan, volumes: int) -> tuple[list[Planned], bool]:
    """Give what the scan may have been to send, in the unit that its pulses are found to have.

    Also give whether they are of another kind than the protocol's. Evenly spaced pulses at another interval are those
    of another TR, or there are more or fewer of them in each; only their count can tell.
    """
    planned, expected = scan.pulses_per_volume, scan.tr_s / scan.pulses_per_volume
    ratio = expected / train.interval
    each = [planned]
    is_other = train.slices != planned if train.slices else not 0.7 < 1 / ratio < 1.4
    if train.slices:
        each = [train.slices]
    elif is_other:
        fit = scan.tr_s / train.interval
        each = [planned] * (0.2 < ratio < 5) + [round(fit)] * (round(fit) > 0 and abs(fit - round(fit)) < 0.03 * fit)
    return [Planned(per, scan.pulses_before_zero // planned * per, volumes) for per in dict.fromkeys(each)], is_other


class Measured(NamedTuple):
    """What was measured, in seconds, and what there is to say of it; the interval is that from pulse to pulse."""

    interval: float
    jitter_s: float | None
    sentence: str | None


def measured(train: Train, scan: Scan, per_volume: int, is_other: bool) -> Measured:
    """Measure TR by a train of at least two pulses.

    Parameters
    ----------
    train : Train
        The train.
    scan : Scan
        What the protocol says.
    per_volume : int
        Pulses for each volume as found; 0 if the train does not show it.
    is_other : bool
        Whether the train is of another kind than the protocol's, or has another number of slices.
    """
    index, stamps = train.index - train.index.mean(), train.even_times - train.even_times.mean()
    interval = float(np.polyfit(index, stamps, 1)[0])
    jitter, bend = None, 0.0
    if index.size > 3:
        curve = np.polyfit(index, stamps, 2)
        rest = stamps - np.polyval(curve, index)
        bend, jitter = abs(float(curve[0])), float(np.sqrt(rest @ rest / (rest.size - 3)))
    expected, tr_s, span = scan.tr_s, interval * (per_volume or 1), float(np.ptp(index))
    noise, off = max(jitter or 0, 0.005), abs(tr_s / expected - 1)
    error, slip = 5 * noise / float(np.sqrt(index @ index)) / interval, off * span / (per_volume or 1)
    sentence = None
    if is_other:
        found = f"Pulses come every {interval:.4g} s"
        expects = f"one every {expected / scan.pulses_per_volume:.4g} s"
        if train.slices:
            found = f"In each volume of {tr_s:.4g} s {train.slices} pulses come, then a pause"
            expects = f"{scan.pulses_per_volume} in each" if scan.pulses == "every_slice" else "one for each"
        sentence = (
            f"{found}; the protocol expects {expects}. Compare TR and slices with the scanner's, and correct tr_s, "
            "pulses and pulses_per_volume under [scan]."
        )
    elif 2 * bend * span > 0.01 * interval and bend * span**2 / 4 > 6 * noise:
        sentence = (
            f"TR drifts by {2 * bend * span / interval:.1%} within the run. Onsets in seconds stay right, but no "
            "single TR fits: have the scanner's log looked at."
        )
    elif index.size > 2 and off > error and (off > 0.01 or (off > 0.001 and slip > 0.25)):
        sentence = (
            f"Measured TR is {tr_s:.4f} s, the protocol says {expected:g} s. Onsets in seconds stay right, but analyse "
            "with the true TR: compare with the scanner, and correct tr_s."
        )
    return Measured(interval, jitter, sentence)
