"""The parallel port's status pins, inside of their reading process: polled, as nothing else can be done with them.

Through ``psychopy.parallel``, which on Linux needs the ``ppdev`` driver, and on Windows inpout32 or inpoutx64. Tried
with a driver that is a stand-in, never on hardware.
"""

import time

from task.devices.gate import Arrived
from task.devices.source import WAIT_S, Say, Settings, SourceError

POLLS_PER_SECOND = 1000
_PAUSE_S = 0.0002  # with the waking up, some 3000 polls a second
_SAY_EVERY_S = 10.0


class ParallelPort:
    """A stroke "pin10" each time that the pin becomes active."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings, self._say = settings, say
        self._active = int(settings["active"] == "high")
        self._before: dict[str, int] = {}
        self._said_at = 0.0

    def open(self) -> None:
        """Open the port; a pin that is active already is no stroke."""
        try:
            from psychopy import parallel

            self._port = parallel.ParallelPort(self._settings["address"])
            self._before = {pin: self._state(pin) for pin in self._settings["pins"]}
        except Exception as error:  # whatever a driver raises
            raise SourceError(
                f"parallel port {self._settings['address']!r} cannot be used: {error}. Check the address; on Linux "
                "type `sudo rmmod lp; sudo modprobe ppdev` and be in the group lp; on Windows install inpoutx64"
            ) from None

    def read(self) -> list[Arrived]:
        """Poll until a pin becomes active."""
        began, polls = time.perf_counter(), 0
        while (now := time.perf_counter()) < began + WAIT_S:
            strokes = []
            for pin, before in self._before.items():
                state = self._state(pin)
                if state != before:
                    self._before[pin] = state
                    if state == self._active:
                        strokes.append((time.perf_counter(), pin))
            if strokes:
                return strokes
            polls += 1
            time.sleep(_PAUSE_S)
        if polls < POLLS_PER_SECOND * WAIT_S and now > self._said_at + _SAY_EVERY_S:
            self._said_at = now
            self._say(
                now,
                f"polled {polls / WAIT_S:.0f} times a second only: short pulses can be missed. Close other programs",
            )
        return []

    def close(self) -> None:
        """Let go of the port."""
        self._port = None

    def _state(self, pin: str) -> int:
        return int(self._port.readPin(int(pin.removeprefix("pin"))))
