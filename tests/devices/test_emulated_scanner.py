"""The emulated scanner's pulses."""

import pytest

from task.config.protocol import Scan
from task.devices.clock import RealClock, VirtualClock
from task.devices.emulated_scanner import EmulatedScanner


def scanner(clock: VirtualClock, volumes: int = 10, **scan: object) -> EmulatedScanner:
    made = EmulatedScanner("s", Scan(**({"tr_s": 2.0} | scan)), volumes, 3.0, clock)
    made.open()
    return made


def test_the_scan_begins_some_seconds_after_somebody_listens() -> None:
    clock = VirtualClock()
    scan = scanner(clock)
    assert scan.next_due() is None
    clock.set(5.0)
    assert scan.read(5.0) == []
    assert scan.next_due() == 8.0
    assert [stroke.time for stroke in scan.read(12.0)] == [8.0, 10.0, 12.0]
    assert scan.next_due() == 14.0


@pytest.mark.parametrize(
    ("scan", "times"),
    [
        ({}, [3.0, 5.0, 7.0]),
        ({"pulses_before_zero": 2}, [3.0, 5.0, 7.0, 9.0, 11.0]),
        ({"pulses": "first_only"}, [3.0]),
        ({"pulses": "first_only", "pulses_before_zero": 1}, [3.0, 5.0]),
        ({"pulses": "every_slice", "pulses_per_volume": 2}, [3.0, 4.0, 5.0, 6.0, 7.0, 8.0]),
    ],
)
def test_pulses_come_as_the_protocol_says(scan: dict[str, object], times: list[float]) -> None:
    made = scanner(VirtualClock(), volumes=3, **scan)
    made.read(0.0)
    strokes = made.read(100.0)
    assert [stroke.time for stroke in strokes] == times
    assert {(stroke.code, stroke.device) for stroke in strokes} == {("pulse", "s")}
    assert made.next_due() is None


def test_a_closed_scanner_sends_no_more() -> None:
    made = scanner(VirtualClock())
    made.read(0.0)
    made.close()
    made.close()
    assert made.read(100.0) == []


def test_virtual_time_never_goes_back() -> None:
    clock = VirtualClock()
    clock.set(2.0)
    assert clock.with_utc() == (2.0, "1970-01-01T00:00:02.000000+00:00")
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(1.0)


def test_real_time_comes_with_utc() -> None:
    clock = RealClock()
    before = clock.now()
    t, utc = clock.with_utc()
    assert before <= t <= clock.now()
    assert utc.endswith("+00:00")
