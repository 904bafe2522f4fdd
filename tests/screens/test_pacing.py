"""When frames are presented: on a clock of our own, on which drawing and swapping take as long as we say."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from task.screens.pacing import NEAR_FRAMES, Pacer

FRAME = 1 / 60


@dataclass
class Screen:
    """A display whose frames begin at multiples of FRAME after ``phase``, and a clock that only it moves.

    One that is ``eager`` takes the first frame after a pause without waiting, as graphics cards with a free buffer do.
    """

    waits: bool
    phase: float = 0.0
    draw_s: float = 0.002
    eager: bool = False
    time: float = 100.0
    drawn: int = 0
    rests: int = 0
    asked: int = 0
    begun: list[float] = field(default_factory=list)
    presented: list[float] = field(default_factory=list)
    oversleeps: list[float] = field(default_factory=list)

    def now(self) -> float:
        self.time += 1e-7
        self.asked += 1
        return self.time

    def sleep(self, seconds: float) -> None:
        self.asked = 0
        self.time += seconds + (self.oversleeps.pop() if self.oversleeps else 1e-4)

    def draw(self) -> None:
        self.drawn += 1
        self.time += self.draw_s

    def swap(self) -> None:
        self.begun.append(self.time)
        if self.waits and not (self.eager and self.presented and self.time - self.presented[-1] > 1.2 * FRAME):
            self.time = self.phase + (math.floor((self.time - self.phase) / FRAME) + 1) * FRAME
        self.presented.append(self.time)

    def rest(self) -> None:
        self.rests += 1

    def pacer(self, frame_s: float = FRAME) -> Pacer:
        self.time = self.phase + (math.floor((self.time - self.phase) / FRAME) + 1) * FRAME
        return Pacer(
            frame_s,
            self.waits,
            0.0,
            self.time,
            now=self.now,
            draw=self.draw,
            swap=self.swap,
            rest=self.rest,
            sleep=self.sleep,
        )


def present_at(pacer: Pacer, screen: Screen, due: float) -> float:
    """Present something new at the frame nearest to ``due``, the way the conductor does."""
    now = screen.now()
    while due - now > 1.5 * FRAME:
        now = pacer.flip(due, False)
    return pacer.flip(due, True)


@pytest.fixture(params=[True, False], ids=["display waits", "paced in software"])
def screen(request: pytest.FixtureRequest) -> Screen:
    return Screen(waits=request.param, phase=0.0123)


def test_onsets_are_presented_at_the_nearest_frame(screen: Screen) -> None:
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    for i in range(200):
        due = screen.time + 0.2 + i * 0.00137
        assert abs(present_at(pacer, screen, due) - due) <= FRAME / 2 + 0.0005
    assert pacer.take_dropped() == []


def test_what_is_on_the_screen_already_is_hardly_drawn_again(screen: Screen) -> None:
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    frames = 0
    while screen.time < 110:
        pacer.flip(math.inf, False)
        frames += 1
    assert frames == pytest.approx(600, abs=3)
    assert screen.drawn <= (0.1 * frames if screen.waits else 1)
    assert screen.rests + screen.drawn == frames + 1  # the window is looked after in every frame


def test_a_display_that_waits_is_in_step_again_before_an_onset() -> None:
    screen = Screen(waits=True)
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    present_at(pacer, screen, screen.time + 0.4)
    distances = [b - a for a, b in pairwise(screen.presented[-3:])]
    assert distances == pytest.approx([FRAME] * 2, abs=1e-5)
    assert len(screen.presented) <= NEAR_FRAMES + 3


def test_a_frame_measured_a_little_wrong_does_not_put_a_display_out_of_step() -> None:
    screen = Screen(waits=True)
    pacer = screen.pacer(frame_s=1.0005 * FRAME)
    for _ in range(20):
        due = screen.time + 15
        assert abs(present_at(pacer, screen, due) - due) <= FRAME / 2 + 0.0005
    assert pacer.take_dropped() == []
    assert len(screen.presented) < 0.1 * 300 / FRAME


def test_something_new_is_presented_at_the_next_frame_however_far_the_next_onset(screen: Screen) -> None:
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    for _ in range(100):
        pacer.flip(math.inf, False)
    start = screen.time
    assert pacer.flip(math.inf, True) - start <= FRAME + 0.0005


@pytest.mark.parametrize("oversleep", [0.004, 0.01, 0.02, 0.03, 0.05])
@pytest.mark.parametrize("ahead", [0.05, 0.06, 0.07, 0.08])
def test_a_rest_that_was_too_long_makes_no_onset_early(screen: Screen, oversleep: float, ahead: float) -> None:
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    pacer.flip(math.inf, False)
    due = screen.time + ahead
    screen.oversleeps = [oversleep]
    assert present_at(pacer, screen, due) - due >= -FRAME / 2 - 0.0005


def test_a_frame_that_took_too_long_to_draw_is_reported_as_dropped(screen: Screen) -> None:
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    screen.draw_s = 1.8 * FRAME
    time = pacer.flip(screen.time, True)
    ((when, late),) = pacer.take_dropped()
    assert when == time
    assert late == pytest.approx(FRAME, abs=0.002)
    assert pacer.take_dropped() == []


def test_times_of_frames_never_run_backwards(screen: Screen) -> None:
    pacer = screen.pacer()
    times = [pacer.flip(math.inf, i % 7 == 0) for i in range(500)]
    assert times == sorted(times)
    assert times[-1] - times[0] == pytest.approx(499 * FRAME, rel=0.02)


def rest_for(pacer: Pacer, frames: int) -> None:
    for _ in range(frames):
        pacer.flip(math.inf, False)


@pytest.mark.parametrize("frames", [1, 2, 5, 25])
def test_a_first_frame_that_a_display_takes_without_waiting_is_never_far_from_its_time(frames: int) -> None:
    screen = Screen(waits=True, phase=0.0123, eager=True)
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    for _ in range(50):
        rest_for(pacer, frames)
        shown = pacer.flip(math.inf, True)
        after_frame = (shown - screen.phase + FRAME / 2) % FRAME - FRAME / 2
        assert -FRAME / 4 - 0.0001 <= after_frame <= 0.0001
    assert pacer.take_dropped() == []


def test_after_a_rest_a_swap_is_begun_a_quarter_of_a_frame_before_the_frame() -> None:
    screen = Screen(waits=True, phase=0.0123)
    pacer = screen.pacer()
    pacer.flip(math.inf, True)
    rest_for(pacer, 20)
    assert pacer.flip(math.inf, True) - screen.begun[-1] == pytest.approx(FRAME / 4, abs=0.0003)
    # the next frame follows on it: it is begun as soon as it is drawn, and the display waits
    assert pacer.flip(screen.time, True) - screen.begun[-1] == pytest.approx(FRAME - screen.draw_s, abs=0.0003)


def test_where_swaps_do_not_wait_they_are_begun_early_by_what_they_take() -> None:
    screen = Screen(waits=False, phase=0.0123)
    pacer = screen.pacer()
    pacer.swap_s = 0.003
    for number, frames in enumerate((1, 2, 10), 1):
        rest_for(pacer, frames)
        pacer.flip(math.inf, True)
        assert len(screen.begun) == number
        assert (screen.begun[-1] + 0.003 - screen.phase + FRAME / 2) % FRAME == pytest.approx(FRAME / 2, abs=1e-5)


def test_a_sleep_that_ends_late_by_less_than_a_millisecond_makes_no_frame_late_and_the_rest_is_spun() -> None:
    screen = Screen(waits=False, phase=0.0123)
    pacer = screen.pacer()
    first = pacer.flip(math.inf, True)
    for _ in range(20):
        rest_for(pacer, 3)
        screen.oversleeps = [0.0007]
        shown = pacer.flip(math.inf, True)
        assert (shown - first + 1e-5) % FRAME < 2e-5
    screen.oversleeps = [0.0]
    pacer.flip(math.inf, True)
    assert screen.asked * 1e-7 < 0.001  # a processor that spins is missed elsewhere


@pytest.mark.parametrize("late", [0.4, 0.6, 1.6])
def test_a_frame_paced_in_software_that_is_late_by_more_than_half_waits_for_the_next_one(late: float) -> None:
    screen = Screen(waits=False, phase=0.0123)
    pacer = screen.pacer()
    first = pacer.flip(math.inf, True)
    rest_for(pacer, 10)
    # drawn just after it was meant to be presented, at a third of a frame and more
    screen.draw_s = (1 + late) * FRAME
    shown = (pacer.flip(math.inf, True) - first) / FRAME
    if late < 0.5:
        assert pacer.take_dropped() == []
    else:
        assert shown % 1 == pytest.approx(0, abs=0.001) or shown % 1 == pytest.approx(1, abs=0.001)
        ((_, by),) = pacer.take_dropped()
        assert by / FRAME == pytest.approx(math.ceil(late), abs=0.001)


def test_a_flip_that_presented_nothing_gives_when_the_present_frame_began(screen: Screen) -> None:
    pacer = screen.pacer()
    shown = pacer.flip(math.inf, True)
    assert pacer.flip(math.inf, False) == pytest.approx(shown + FRAME, abs=1e-5)
    screen.oversleeps = [1.7 * FRAME]
    assert pacer.flip(math.inf, False) == pytest.approx(shown + 3 * FRAME, abs=1e-5)


def test_a_moment_that_is_a_frame_s_beginning_but_for_rounding_is_in_that_frame() -> None:
    time = 100.0

    def sleep(seconds: float) -> None:
        nonlocal time
        time += seconds

    def nothing() -> None: ...

    pacer = Pacer(FRAME, False, 0.0, 100.0, now=lambda: time, draw=nothing, swap=nothing, rest=nothing, sleep=sleep)
    for frames in range(1, 500):
        assert pacer.flip(math.inf, False) == pytest.approx(100 + frames * FRAME, abs=1e-6)
        time -= 1e-9
