"""What the conductor needs of a display, and the display of simulated runs, on which time is virtual."""

import math
from collections.abc import Iterable, Sequence
from typing import Any, Protocol

from task.devices.clock import VirtualClock
from task.devices.strokes import ForeseeableDevice
from task.scene.base import Scene


class Display(Protocol):
    """A display shows one scene at a time, at the flips of its frames."""

    frame_s: float
    facts: dict[str, Any]

    def prepare(self, scenes: Iterable[Scene]) -> None:
        """Build all that the scenes need, so that showing them later builds nothing."""

    def show(self, scene: Scene, *, is_onset: bool = False) -> None:
        """Say what the next flips present, and whether that is the onset of a cue."""

    def flip(self, due: float) -> float:
        """Let a frame pass and give the time of its flip in seconds.

        A scene that has not been presented yet is presented now. Otherwise the display may rest, as long as it is
        back in step with the frames when the next onset, planned at ``due``, is a few frames away.
        """

    def take_dropped(self) -> list[tuple[float, float]]:
        """Give the time of each frame dropped since the last call, and how late it was, in seconds."""

    def take_focus(self) -> None:
        """Make keys that are typed go to this display."""

    def has_focus(self) -> bool:
        """Say whether they do."""


class VirtualDisplay:
    """A display without a screen: its flips move the virtual clock, and skip the frames on which nothing happens.

    Parameters
    ----------
    clock : VirtualClock
        The clock to move.
    refresh_hz : float
        Frames per second.
    devices : sequence of ForeseeableDevice
        The sources whose strokes must not be skipped.
    """

    def __init__(self, clock: VirtualClock, refresh_hz: float, devices: Sequence[ForeseeableDevice]) -> None:
        self.frame_s = 1 / refresh_hz
        self.facts = {"paced_by": "virtual time", "refresh_hz": refresh_hz}
        self._clock, self._devices, self._frame, self._is_new = clock, devices, 0, False

    def prepare(self, scenes: Iterable[Scene]) -> None:
        """There is nothing to build."""

    def show(self, scene: Scene, *, is_onset: bool = False) -> None:
        """Say what the next flip presents."""
        self._is_new = True

    def flip(self, due: float) -> float:
        """Move the clock: to the next frame, or to the last one on which nothing happens yet."""
        frame = self._frame + 1
        if not self._is_new:
            strokes = [math.ceil(t / self.frame_s) for d in self._devices if (t := d.next_due()) is not None]
            before_onset = [round(due / self.frame_s) - 1] if math.isfinite(due) else []
            frame = max(frame, min([*strokes, *before_onset], default=frame))
        self._frame, self._is_new = frame, False
        self._clock.set(frame * self.frame_s)
        return self._clock.now()

    def take_dropped(self) -> list[tuple[float, float]]:
        """No frame is ever dropped on virtual time."""
        return []

    def take_focus(self) -> None:
        """Nobody types on virtual time."""

    def has_focus(self) -> bool:
        """Nothing can take the focus away."""
        return True
