"""The keyboard, and every box that types: read from Psychtoolbox's own queue, which its own thread fills and stamps.

The queue holds every press and every release, however short; ``psychopy.hardware.keyboard`` is passed by because its
``getKeys`` gives either keys that are still held or keys that are released, and so loses presses of a few
milliseconds. Key names are PsychoPy's.
"""

import os
import sys
import time
from typing import Any

from task.devices.foreign_clock import ForeignClock
from task.devices.strokes import DeviceError, Notice, Stroke


class Keyboard:
    """All keyboards of the computer as one device.

    Parameters
    ----------
    name : str
        The device's name in the site file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._queues: list[Any] = []
        self._names: dict[int, str] = {}
        self._waiting: list[Stroke] = []
        self._notices: list[Notice] = []

    def open(self) -> None:
        """Start to listen; raise DeviceError if Psychtoolbox or a keyboard is missing."""
        if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
            # Psychtoolbox would take the whole program down with it
            raise DeviceError(f"device {self._name!r}: without a display (DISPLAY is not set) no key can be read")
        try:
            from psychopy.hardware.keyboard import keyNames
            from psychtoolbox import GetSecs, hid
        except ImportError as error:
            raise DeviceError(
                f"device {self._name!r}: Psychtoolbox, which stamps key presses, cannot be loaded ({error}). "
                "Run `make setup`; on Linux it needs the system library libjack-jackd2-0"
            ) from None
        self._names = keyNames
        indices, _, _ = hid.get_keyboard_indices()
        if not indices:
            raise DeviceError(f"device {self._name!r}: no keyboard was found. Plug it in, then start again")
        self._queues = [hid.Keyboard(index, 10_000) for index in indices]
        for queue in self._queues:
            queue.queue_start()
            queue.flush(2)
        self._clock = ForeignClock(GetSecs)

    def read(self, until: float) -> list[Stroke]:
        """Give the presses stamped up to ``until``, in order."""
        if not self._queues:
            return []
        self._clock.look()
        if self._clock.jump_s:
            moved = f"the computer's clock was set by {self._clock.jump_s:+.3f} s; the times of keys are kept right"
            self._notices.append(Notice(time.perf_counter(), self._name, moved))
        for queue in self._queues:
            while queue.flush():
                event, _ = queue.queue_get_event()
                if event and event["Pressed"]:
                    code = self._names.get(int(event["Keycode"]), f"key{int(event['Keycode'])}")
                    self._waiting.append(Stroke(self._clock.on_our_clock(event["Time"]), code, self._name))
        self._waiting.sort()
        due = [stroke for stroke in self._waiting if stroke.time <= until]
        self._waiting = self._waiting[len(due) :]
        return due

    def notices(self) -> list[Notice]:
        """Give what there is to know since the last call: that the computer's clock was set."""
        notices, self._notices = self._notices, []
        return notices

    def close(self) -> None:
        """Stop listening."""
        for queue in self._queues:
            queue.queue_stop()
            queue._release_queue()
        self._queues = []
