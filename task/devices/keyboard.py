"""The keyboard, and every box that types: read from Psychtoolbox's own queue, which its own thread fills and stamps.

The queue holds every press and every release, however short; ``psychopy.hardware.keyboard`` is passed by because its
``getKeys`` gives either keys that are still held or keys that are released, and so loses presses of a few
milliseconds. Key names are PsychoPy's.
"""

import time
from typing import Any

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

    def open(self) -> None:
        """Start to listen; raise DeviceError if Psychtoolbox or a keyboard is missing."""
        try:
            from psychopy.hardware.keyboard import keyNames
            from psychtoolbox import GetSecs, hid
        except ImportError as error:
            raise DeviceError(
                f"device {self._name!r}: Psychtoolbox, which stamps key presses, cannot be loaded ({error}). "
                "Run `make setup`; on Linux it needs the system library libjack-jackd2-0"
            ) from None
        self._names, self._get_secs = keyNames, GetSecs
        indices, _, _ = hid.get_keyboard_indices()
        if not indices:
            raise DeviceError(f"device {self._name!r}: no keyboard was found. Plug it in, then start again")
        self._queues = [hid.Keyboard(index, 10_000) for index in indices]
        for queue in self._queues:
            queue.queue_start()
            queue.flush(2)

    def read(self, until: float) -> list[Stroke]:
        """Give the presses stamped up to ``until``, in order."""
        # Psychtoolbox stamps on a clock of its own, on Linux the wall clock: mapped afresh at each read
        before, theirs, after = time.perf_counter(), self._get_secs(), time.perf_counter()
        offset = (before + after) / 2 - theirs
        for queue in self._queues:
            while queue.flush():
                event, _ = queue.queue_get_event()
                if event and event["Pressed"]:
                    code = self._names.get(int(event["Keycode"]), f"key{int(event['Keycode'])}")
                    self._waiting.append(Stroke(event["Time"] + offset, code, self._name))
        self._waiting.sort()
        due = [stroke for stroke in self._waiting if stroke.time <= until]
        self._waiting = self._waiting[len(due) :]
        return due

    def notices(self) -> list[Notice]:
        """There is nothing to know."""
        return []

    def close(self) -> None:
        """Stop listening."""
        for queue in self._queues:
            queue.queue_stop()
            queue._release_queue()
        self._queues = []
