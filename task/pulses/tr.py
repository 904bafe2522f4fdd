"""Measuring TR, its jitter and its drift by a train of pulses, and comparing them with the protocol's TR."""

from typing import NamedTuple

import numpy as np

from task.config.scan import Scan
from task.pulses.fit import Train


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
