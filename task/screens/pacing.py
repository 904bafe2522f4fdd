"""When a frame is presented, and when there is nothing to present.

A display that blocks on its vertical sync sets the pace by itself; one that does not (a virtual display) is
paced in software, on a grid of frames of the same kind. Of these frames those are skipped that would show
what is on the screen already: to draw them takes a processor that keyboards and the journal need too.
"""

import math
import time
from collections.abc import Callable

NEAR_FRAMES = 4
"""So many frames before an onset, a display that blocks is flipped again, to be in step with it by then."""
_IN_STEP_S = 0.5
_EARLY = 0.25
_SPUN_S = 0.0008
_SAME = 1e-6


class Pacer:
    """Presents frames on a grid in time.

    Parameters
    ----------
    frame_s : float
        Length of a frame in seconds.
    display_waits : bool
        Whether ``swap`` blocks until the display shows the frame.
    swap_s : float
        How long a swap takes where it does not block: it is begun so much before the frame's time.
    last_flip : float
        When the last flip was, in step with the display.
    now : callable
        The clock, in seconds.
    draw, swap, rest : callable
        Draw the frame, completely; present it; look after the window while nothing is presented.
    sleep : callable
        Sleep for so many seconds.
    """

    def __init__(
        self,
        frame_s: float,
        display_waits: bool,
        swap_s: float,
        last_flip: float,
        *,
        now: Callable[[], float],
        draw: Callable[[], None],
        swap: Callable[[], None],
        rest: Callable[[], None],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.frame_s, self.display_waits, self.swap_s = frame_s, display_waits, swap_s
        self._now, self._draw, self._swap, self._rest, self._sleep = now, draw, swap, rest, sleep
        self._origin = self._presented = last_flip
        self._dropped: list[tuple[float, float]] = []

    def flip(self, due: float, is_new: bool) -> float:
        """Let a frame pass, and give its time.

        Parameters
        ----------
        due : float
            When the next onset is planned.
        is_new : bool
            Whether there is something to present that is not on the screen yet.

        Returns
        -------
        float
            If a frame was presented, the time just after its swap. If not, when the present frame began: even
            if a rest was longer than meant, the next flip is one frame after this.
        """
        now = self._now()
        is_near = due - now < NEAR_FRAMES * self.frame_s or now - self._origin > _IN_STEP_S
        if is_new or (self.display_waits and is_near):
            return self._present()
        self._sleep_until(self._frame_after(now))
        self._rest()
        return self._frame_after(self._now()) - self.frame_s

    def take_dropped(self) -> list[tuple[float, float]]:
        """Give (time, late by) of each frame that came late since the last call, in seconds."""
        dropped, self._dropped = self._dropped, []
        return dropped

    def _present(self) -> float:
        meant = self._frame_after(max(self._now(), self._presented + self.frame_s / 2))
        self._draw()
        if self.display_waits:
            follows = meant - self._presented < 1.5 * self.frame_s
            if not follows:
                # A first swap after a rest may not block: begun just before the frame, it is never far off.
                self._sleep_until(meant - _EARLY * self.frame_s)
            self._swap()
            presented = self._now()
            if follows:
                self._origin = presented
        else:
            frame = meant
            if self._now() - meant > self.frame_s / 2:
                frame = self._frame_after(self._now())
            self._wait_until(frame - self.swap_s)
            self._swap()
            presented = self._now()
        if presented - meant > self.frame_s / 2:
            self._dropped.append((presented, presented - meant))
        self._presented = presented
        return presented

    def _frame_after(self, moment: float) -> float:
        frames = math.floor((moment - self._origin) / self.frame_s + _SAME) + 1
        return self._origin + frames * self.frame_s

    def _sleep_until(self, moment: float) -> None:
        remains = moment - self._now()
        if remains > 0:
            self._sleep(remains)

    def _wait_until(self, moment: float) -> None:
        """Sleep, and spin for the rest: a sleep ends late by as much as the system likes."""
        self._sleep_until(moment - _SPUN_S)
        while self._now() < moment:
            pass
