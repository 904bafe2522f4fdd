"""When frames are presented: on a clock of our own, on which drawing and swapping take as long as we say."""

import math
from dataclasses import dataclass, field
from itertools import pairwise

import pytest

from task.screens.pacing import NEAR_FRAMES, Pacer

FRAME = 1 / 60


@dataclass
class Screen:
    """A display whose frames begin at multiples of FRAME after ``phase``, and a clock that only it moves."""

    waits: bool
    phase: float = 0.0
    draw_s: float = 0.002
    time: float = 100.0
    drawn: int = 0
    rests: int = 0
    presented: list[float] = field(default_factory=list)
    oversleeps: list[float] = field(default_factory=list)

    def now(self) -> float:
        self.time += 1e-7
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += seconds + (self.oversleeps.pop() if self.oversleeps else 1e-4)

    def draw(self) -> None:
        self.drawn += 1
        self.time += self.draw_s

    def swap(self) -> None:
        if self.waits:
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
