"""What time it is on the computer that writes, whatever the wall clocks of the two computers say."""

from datetime import UTC, datetime, timedelta

import pytest

from task.record.kinds.answers import Choice
from task.record.kinds.marks import Clock, Ready
from task.record.records import Record
from task.report.far_clock import FarClock

WALL = datetime(2024, 5, 6, 7, 0, tzinfo=UTC)  # when both clocks below say what they say
OURS, FARS = 500.0, 90_000.0


def clock_record(t: float, wall_is_ahead_s: float = 0.0) -> Clock:
    utc = WALL + timedelta(seconds=t - FARS + wall_is_ahead_s)
    return Clock(t=t, utc=utc.isoformat())


MISS = Choice(trial=1, side=None, response_time=None, decider=None)


def a_clock(*records: Record) -> FarClock:
    """A clock that has read these records at first."""
    clock = FarClock()
    clock.take(records, OURS, WALL, already_there=True)
    return clock


def test_nothing_is_known_of_a_clock_without_a_stamp() -> None:
    assert a_clock(MISS).now(OURS) is None


def test_at_first_the_wall_clocks_tell() -> None:
    clock = a_clock(clock_record(FARS - 700), Ready(t=FARS - 690))
    assert clock.now(OURS) == pytest.approx(FARS)
    assert clock.now(OURS + 5) == pytest.approx(FARS + 5)


def test_what_has_arrived_is_never_in_the_future() -> None:
    assert a_clock(clock_record(FARS - 30, wall_is_ahead_s=60)).now(OURS) == pytest.approx(FARS - 30)


@pytest.mark.parametrize("wall_is_ahead_s", [-3600, -20, 0, 20, 3600])
def test_a_record_seen_arriving_sets_the_clock_however_wrong_the_wall_clocks_are(wall_is_ahead_s: float) -> None:
    clock = a_clock(clock_record(FARS - 30, wall_is_ahead_s))
    clock.take([Ready(t=FARS + 9.8)], OURS + 10, WALL, already_there=False)
    assert clock.now(OURS + 10) == pytest.approx(FARS + 9.8)


def test_the_record_that_arrived_soonest_says_best() -> None:
    clock = a_clock(clock_record(FARS))
    for delay in (3.0, 0.2, 8.0):
        t = FARS + 10 + delay
        clock.take([Ready(t=t - 5), Ready(t=t)], OURS + 10 + 2 * delay, WALL, already_there=False)
    assert clock.now(OURS + 100) == pytest.approx(FARS + 100 - 0.2)


def test_records_without_a_stamp_change_nothing() -> None:
    clock = a_clock(clock_record(FARS))
    clock.take([MISS], OURS + 3, WALL, already_there=False)
    assert clock.now(OURS) == pytest.approx(FARS)
