"""Oversight of what a run depends on: its frames, the window's focus, the disks.

It says what is wrong, each thing once, and holds up nothing.
"""

from collections.abc import Callable

from task.devices.clock import Clock
from task.record.journal import Journal
from task.record.kinds.screen import Dropped, Focus
from task.session.display import Display

SLOW_DISK_S = 1.0
"""A record that is not on disk after so long may be missing after the next event, if the power fails."""
STALL_FRAMES = 3
"""A gap of more frames between two flips is a stall, and counts as a dropped frame."""


class Oversight:
    """Looks after each flip and each onset.

    Parameters
    ----------
    display, journal, clock
        What to watch, and where to write what was seen.
    warn, tell : callable
        Take a warning for operator and journal, and a line for the operator alone.

    Attributes
    ----------
    dropped : int
        Frames that came late so far.
    """

    def __init__(
        self,
        display: Display,
        journal: Journal,
        clock: Clock,
        warn: Callable[[str], None],
        tell: Callable[[str], None],
    ) -> None:
        self._display, self._journal, self._clock, self._warn, self._tell = display, journal, clock, warn, tell
        self._said: set[str] = set()
        self._has_focus = True
        self.dropped = 0

    def after_flip(self, before: float, now: float) -> None:
        """Note frames that came late, stalls, and the focus.

        Parameters
        ----------
        before, now : float
            The times of the last flip and of this one, in seconds on the clock.
        """
        dropped = self._display.take_dropped()
        for time, late_s in dropped:
            self._drop(time, late_s)
        stall_s = now - before - self._display.frame_s
        known_s = max((late_s for _, late_s in dropped), default=0.0)
        if not self._clock.is_virtual and stall_s > max(STALL_FRAMES * self._display.frame_s, 2 * known_s):
            self._drop(now, stall_s)  # something kept the program from flipping at all
        if self._display.has_focus() != self._has_focus:
            self._note_focus(now)

    def after_onset(self, now: float, late_s: float, dropped_before: int) -> None:
        """Note an onset that came late, if its flip has not been noted since there were so many dropped frames."""
        if late_s <= self._display.frame_s:
            return
        if self.dropped == dropped_before:
            self._drop(now, late_s)
        self._warn_once(
            "late",
            f"An onset came {late_s * 1000:.0f} ms late: something keeps this computer from the task. Close other "
            "programs. The record has the true times; further late frames are counted as dropped.",
        )

    def look_at_disks(self) -> None:
        """Say if the disk fails, or the copy's disk, or if it is slow."""
        journal = self._journal
        if journal.copy_problem is not None:
            self._warn_once(
                "copy",
                f"The temporary folder takes no copy of the journal ({journal.copy_problem}). The run is recorded all "
                "the same, in one place only.",
            )
        if journal.problem is not None:
            copy = f"a copy grows at {journal.spare}" if journal.spare else "it is kept in memory"
            self._warn_once(
                "disk",
                f"The disk refuses the journal ({journal.problem}). The run goes on; {copy}, and the disk is tried "
                "again and again. Make room on it, or look after the network, before the run ends.",
            )
        elif journal.behind_s > SLOW_DISK_S:
            self._warn_once(
                "slow",
                f"The disk is slow: it has taken nothing for {journal.behind_s:.1f} s. No frame is delayed by it, but "
                "if the computer fails now, so much is lost. Close what else uses the disk or the network.",
            )

    def _drop(self, time: float, late_s: float) -> None:
        self.dropped += 1
        self._journal.write(Dropped(t=time, late_s=late_s))

    def _note_focus(self, now: float) -> None:
        self._has_focus = not self._has_focus
        self._journal.write(Focus(t=now, has=self._has_focus))
        if self._has_focus:
            self._tell("The participant's window has the focus again.")
        else:
            self._warn(
                "The participant's window does not have the focus: keys may go to another program. Click on the "
                "participant's window once, and close what came before it."
            )

    def _warn_once(self, what: str, warning: str) -> None:
        if what not in self._said:
            self._said.add(what)
            self._warn(warning)
