"""A clock that is set while we look: keys are stamped by the wall clock on Linux."""

import pytest

from task.devices.foreign_clock import ForeignClock
from tests.devices.toolbox import Clocks, a_keyboard

FRAME_S = 1 / 60


@pytest.fixture
def clocks() -> Clocks:
    return Clocks()


def looking_at(clocks: Clocks) -> ForeignClock:
    clock = ForeignClock(clocks.theirs, clocks.ours)
    clocks.now += FRAME_S
    clock.look()
    return clock


def test_stamps_of_the_other_clock_are_mapped_to_ours(clocks: Clocks) -> None:
    clock = looking_at(clocks)
    stamp, at = clocks.theirs(), clocks.now
    clocks.now += FRAME_S
    clock.look()

    assert clock.on_our_clock(stamp) == pytest.approx(at, abs=1e-5)
    assert clock.jump_s == 0.0


@pytest.mark.parametrize("jump_s", [3600.0, -3600.0, 1.0, -1.0, 0.1, -0.1, 0.02, -0.02])
@pytest.mark.parametrize("is_before", [True, False])
def test_when_it_is_set_a_stamp_from_before_and_from_after_stay_true(
    clocks: Clocks, jump_s: float, is_before: bool
) -> None:
    clock = looking_at(clocks)
    clocks.now += 0.005
    stamp, at = clocks.theirs(), clocks.now
    clocks.ahead += jump_s
    if not is_before:
        clocks.now += 0.005
        stamp, at = clocks.theirs(), clocks.now
    clocks.now += 0.005
    clock.look()

    assert clock.jump_s == pytest.approx(jump_s, abs=1e-4)
    assert clock.on_our_clock(stamp) == pytest.approx(at, abs=1e-4)

    clocks.now += FRAME_S
    later, at = clocks.theirs(), clocks.now
    clock.look()
    assert clock.jump_s == 0.0
    assert clock.on_our_clock(later) == pytest.approx(at, abs=1e-4)


@pytest.mark.parametrize("jump_s", [0.004, -0.004, 0.010, -0.010])
def test_a_jump_within_a_frame_costs_no_more_than_itself(clocks: Clocks, jump_s: float) -> None:
    for stamped_after_s in (0.001, 0.004, 0.008, 0.012, 0.015):
        for set_after_s in (0.002, 0.007, 0.014):
            clocks.ahead = 1_700_000_000.0
            clock = looking_at(clocks)
            begin, stamp, at = clocks.now, 0.0, 0.0
            for what, after in sorted([("stamp", stamped_after_s), ("set", set_after_s)], key=lambda event: event[1]):
                clocks.now = begin + after
                if what == "set":
                    clocks.ahead += jump_s
                else:
                    stamp, at = clocks.theirs(), clocks.now
            clocks.now = begin + FRAME_S
            clock.look()

            mapped = clock.on_our_clock(stamp)
            assert abs(mapped - at) <= abs(jump_s) + 1e-4
            assert begin - 1e-3 <= mapped <= clocks.now


def test_a_clock_that_is_slowly_corrected_is_followed(clocks: Clocks) -> None:
    clock = looking_at(clocks)
    for _ in range(600):
        clocks.now += FRAME_S
        clocks.ahead += FRAME_S * 500e-6
        clock.look()
        assert clock.jump_s == 0.0
        assert clock.on_our_clock(clocks.theirs()) == pytest.approx(clocks.now, abs=1e-4)


def test_one_look_that_is_held_up_is_no_jump(clocks: Clocks) -> None:
    clock = looking_at(clocks)
    held_up = iter([0.02, 0.0, 0.0])
    clock._theirs = lambda: [clocks.theirs(), setattr(clocks, "now", clocks.now + next(held_up, 0.0))][0]
    clocks.now += FRAME_S
    stamp, at = clocks.now + clocks.ahead, clocks.now
    clock.look()

    assert clock.jump_s == 0.0
    assert clock.on_our_clock(stamp) == pytest.approx(at, abs=1e-4)


class SlowClocks(Clocks):
    """Clocks of which the other takes its time to answer: so many seconds, half of them before it looks."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = 0.0
        self.coming: list[float] = []
        self.looks = 0

    def theirs(self) -> float:
        self.looks += 1
        takes = self.coming.pop(0) if self.coming else self.takes
        self.now += takes / 2
        seen = super().theirs()
        self.now += takes / 2
        return seen


@pytest.mark.parametrize(("jump_s", "is_told"), [(0.0006, False), (-0.0009, False), (0.0012, True), (-0.0015, True)])
def test_more_than_a_millisecond_is_a_jump_and_less_is_a_correction(
    clocks: Clocks, jump_s: float, is_told: bool
) -> None:
    clock = looking_at(clocks)
    assert clock.jump_s == 0.0
    clocks.ahead += jump_s
    clock.look()
    assert clock.jump_s == pytest.approx(jump_s if is_told else 0.0, abs=1e-5)


def test_before_the_first_look_nothing_has_jumped(clocks: Clocks) -> None:
    clock = ForeignClock(clocks.theirs, clocks.ours)
    assert clock.jump_s == 0.0
    assert clock.on_our_clock(clocks.theirs()) == pytest.approx(clocks.now, abs=1e-5)


@pytest.mark.parametrize("is_slow_before", [True, False])
@pytest.mark.parametrize(("jump_s", "is_told"), [(0.0017, False), (0.0021, True)])
def test_what_may_be_the_looking_itself_is_no_jump(is_slow_before: bool, jump_s: float, is_told: bool) -> None:
    clocks = SlowClocks()
    clocks.takes = 0.0018 * is_slow_before  # an error of 0.9 ms at most
    clock = ForeignClock(clocks.theirs, clocks.ours)
    clocks.takes = 0.0018 * (not is_slow_before)
    clocks.ahead += jump_s
    clock.look()
    assert bool(clock.jump_s) == is_told


@pytest.mark.parametrize("quickest", range(5))
def test_of_several_looks_the_quickest_is_taken(quickest: int) -> None:
    slow = SlowClocks()
    slow.coming = [0.002 if number == quickest else 0.0025 for number in range(5)]
    # a slow look may be off by as much as half of what it takes
    off = iter([0.0 if number == quickest else 0.00125 for number in range(5)])

    def theirs() -> float:
        return slow.theirs() + next(off, 0.0)

    clock = ForeignClock(theirs, slow.ours)
    slow.coming = []
    assert clock.on_our_clock(slow.now + slow.ahead) == pytest.approx(slow.now, abs=1e-5)
    assert slow.looks == 5


@pytest.mark.parametrize(("takes_s", "looks"), [(0.00008, 1), (0.00012, 5)])
def test_a_look_that_is_quick_enough_needs_no_other(takes_s: float, looks: int) -> None:
    clocks = SlowClocks()
    clocks.takes = takes_s
    ForeignClock(clocks.theirs, clocks.ours)
    assert clocks.looks == looks


@pytest.mark.parametrize(("stamped_s", "set_s"), [(0.001, 0.002), (0.004, 0.005), (0.0155, 0.0145), (0.013, 0.012)])
def test_of_two_times_that_are_both_possible_the_likelier_is_taken(
    clocks: Clocks, stamped_s: float, set_s: float
) -> None:
    """What was stamped early in the frame was stamped before the clock was set, as a rule, and the other way round."""
    clock = looking_at(clocks)
    begin, stamp = clocks.now, 0.0
    for after, is_stamp in sorted([(stamped_s, True), (set_s, False)]):
        clocks.now = begin + after
        if is_stamp:
            stamp = clocks.theirs()
        else:
            clocks.ahead -= 0.001999
    clocks.now = begin + FRAME_S
    clock.look()
    assert clock.on_our_clock(stamp) == pytest.approx(begin + stamped_s, abs=1e-4)


def test_the_keyboard_keeps_its_times_and_says_that_the_clock_was_set(monkeypatch: pytest.MonkeyPatch) -> None:
    clocks = Clocks()
    keyboard, queued = a_keyboard(monkeypatch, clocks)
    times = []
    for _ in range(3):
        clocks.now += FRAME_S / 2
        queued.append({"Pressed": True, "Keycode": 6, "Time": clocks.theirs()})
        times.append(clocks.now)
        clocks.ahead += 5.0 * (len(times) == 3)  # right after the second press
        clocks.now += FRAME_S / 2
        times.append(keyboard.read(clocks.now)[0].time)

    assert times[1::2] == pytest.approx(times[::2], abs=1e-4)
    (notice,) = keyboard.notices()
    assert "clock was set by +5.000 s" in notice.text
    assert keyboard.notices() == []
    keyboard.close()
