"""Trains of pulses, made by hand, and what is understood of them."""

import numpy as np
from numpy.typing import NDArray

from task.config.scan import Scan
from task.pulses.train import PulseTrain, understand

TR = 2.0
VOLUMES = 100
SCAN = Scan(tr_s=TR)
SLICES = Scan(tr_s=TR, pulses="every_slice", pulses_per_volume=20)

Times = NDArray[np.float64]


def a_train(
    count: int = VOLUMES, interval: float = TR, jitter: float = 0.002, seed: int = 1, start: float = 50
) -> Times:
    """Regular pulses, each off its time by up to the jitter."""
    return start + interval * np.arange(count) + np.random.default_rng(seed).uniform(-jitter, jitter, count)


def with_pauses(
    slices: int, spacing: float, volumes: int = VOLUMES, tr: float = TR, jitter: float = 0.001, start: float = 50
) -> Times:
    """Pulses of slices, with a pause after each volume."""
    times = (start + tr * np.arange(volumes)[:, None] + spacing * np.arange(slices)).ravel()
    return np.sort(times + np.random.default_rng(1).uniform(-jitter, jitter, times.size))


def read(*times: Times | list[float], zero: float | None = None, scan: Scan = SCAN, **more) -> PulseTrain:
    """What is understood of the pulses; zero is the first of them, or the first after the dummies."""
    stamps = np.sort(np.concatenate([np.asarray(part, dtype=float) for part in times]))
    at = stamps[scan.pulses_before_zero] if zero is None else zero
    return understand(stamps.tolist(), float(at), scan, **{"volumes": VOLUMES} | more)


def assert_is_clean(found: PulseTrain) -> None:
    assert found.sentences == ()
    assert (found.missing, found.doubled, found.stray, found.before_train) == ((), (), (), ())
    assert (found.short_by, found.extra_volumes) == (0, 0)
    assert not found.likely_missed_first
    assert found.false_start is None
    assert found.zero_correction_s is None
