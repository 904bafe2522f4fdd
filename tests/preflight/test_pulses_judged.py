"""What the first pulses of a scan say of it."""

import pytest

from task.config.scan import Scan
from task.preflight.pulses import what_pulses_say

VOLUMES = Scan(tr_s=2.0)
SLICES = Scan(tr_s=2.0, pulses="every_slice", pulses_per_volume=20)
ONCE = Scan(tr_s=2.0, pulses="first_only")


def train(interval_s: float, count: int = 5) -> list[float]:
    return [100.0 + interval_s * i for i in range(count)]


def slices(count: int, spacing_s: float, tr_s: float = 2.0) -> list[float]:
    """Four volumes of slices with a pause after each, and the first slice of the next."""
    times = [100.0 + tr_s * volume + spacing_s * slice for volume in range(4) for slice in range(count)]
    return [*times, 100.0 + 4 * tr_s]


@pytest.mark.parametrize(
    ("scan", "times"),
    [
        (VOLUMES, train(2.0)),
        (VOLUMES, [100.0, 102.004, 103.997, 106.003, 108.0]),
        (SLICES, train(0.1, 81)),
        (ONCE, [100.0]),
        (Scan(tr_s=0.8), train(0.8, 6)),
        (SLICES, slices(20, 0.06)),
        (SLICES, slices(20, 0.06)[13:]),  # the scanner was running already
        (Scan(tr_s=0.5, pulses="every_slice", pulses_per_volume=10), slices(10, 0.03, tr_s=0.5)),
    ],
)
def test_a_train_as_the_protocol_says_passes(scan: Scan, times: list[float]) -> None:
    result = what_pulses_say(times, scan, 300)
    assert result.status == "pass", result
    if scan is not ONCE:
        assert result.measured["tr_s"] == pytest.approx(scan.tr_s, abs=0.002)


@pytest.mark.parametrize(
    ("scan", "times", "found", "advice"),
    [
        (VOLUMES, [], "no pulse came", "trigger box"),
        (VOLUMES, train(2.0, 3), "only 3 of 5 came", "cable"),
        (VOLUMES, train(2.1), "measured TR 2.100 s; the protocol says 2 s", "tr_s"),
        (VOLUMES, train(3.0), "measured TR 3.000 s; the protocol says 2 s", "tr_s"),
        (VOLUMES, train(4.0), "measured TR 4.000 s; the protocol says 2 s", "tr_s"),
        (VOLUMES, train(1.0, 9), "2 in each TR of 2 s", "pulses_per_volume = 2"),
        (VOLUMES, train(0.1, 81), "20 in each TR of 2 s", "pulses_per_volume = 20"),
        (SLICES, train(0.05, 161), "40 in each TR of 2 s", "pulses_per_volume = 40"),
        (SLICES, train(2.0), "one for each volume", '"every_volume"'),
        (ONCE, train(2.0), "5 came, where the protocol expects one", '"every_volume"'),
        (VOLUMES, [100.0, 102.0, 106.0, 108.0, 110.0], "1 missing pulse", "cable"),
        (VOLUMES, [100.0, 102.0, 103.1, 104.0, 106.0, 108.0], "1 stray pulse", "what else sends"),
        (VOLUMES, [100.0, 100.3, 101.1, 101.9, 102.4], "5 came", "check again"),
        (SLICES, slices(18, 0.06), "18 pulses come, then a pause; the protocol expects 20", "[scan]"),
        (SLICES, slices(20, 0.06, tr_s=2.2), "Measured TR is 2.2000 s, the protocol says 2 s", "[scan]"),
        (VOLUMES, slices(20, 0.06), "the protocol expects one for each", "[scan]"),
    ],
)
def test_what_does_not_fit_the_protocol_fails_with_what_to_do(
    scan: Scan, times: list[float], found: str, advice: str
) -> None:
    result = what_pulses_say(times, scan, 300)
    assert result.status == "fail", result
    assert found in result.found
    assert advice in result.advice


def test_doubled_pulses_are_a_warning_with_the_tr_of_single_ones() -> None:
    times = sorted([*train(2.0), *(time + 0.03 for time in train(2.0))])
    result = what_pulses_say(times, VOLUMES, 300)
    assert result.status == "warn"
    assert "5 doubled pulses" in result.found
    assert result.measured["tr_s"] == pytest.approx(2.0)


def test_doubled_pulses_of_another_tr_fail() -> None:
    times = sorted([*train(2.5), *(time + 0.03 for time in train(2.5))])
    result = what_pulses_say(times, VOLUMES, 300)
    assert result.status == "fail"
    assert "2.5" in result.found
