"""Wires to devices under test: pseudo-terminals as serial ports, and waiting until something has arrived."""

import os
import time
import tty
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from task.devices.strokes import Device, Notice, Stroke

Value = TypeVar("Value")
DEADLINE_S = 30.0


def within_deadline(ask: Callable[[], Value]) -> Value:
    """Ask until the answer is true, or the deadline is over; give the last answer."""
    deadline = time.perf_counter() + DEADLINE_S
    while not (answer := ask()) and time.perf_counter() < deadline:
        time.sleep(0.005)
    return answer


class Heard:
    """Reads a device as a run does, and keeps what came."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.strokes: list[Stroke] = []
        self.notices: list[Notice] = []

    def listen(self) -> None:
        self.strokes += self.device.read(time.perf_counter())
        self.notices += self.device.notices()

    def until(self, count: int) -> list[Stroke]:
        """Wait for so many strokes in all; give all that came."""
        within_deadline(lambda: (self.listen(), len(self.strokes) >= count)[1])
        return self.strokes

    def until_code(self, code: str) -> list[str]:
        """Wait for a code; give all codes that came."""
        within_deadline(lambda: (self.listen(), code in self.codes)[1])
        return self.codes

    def until_told(self, words: str) -> list[str]:
        """Wait for a notice that begins with some words; give the texts of all."""
        within_deadline(lambda: (self.listen(), any(one.text.startswith(words) for one in self.notices))[1])
        return [one.text for one in self.notices]

    @property
    def codes(self) -> list[str]:
        return [stroke.code for stroke in self.strokes]


class Cable:
    """A pseudo-terminal at a path that stays, as an adapter has that is plugged out and in again."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ends: list[int] = []
        self.plug_in()

    def plug_in(self) -> None:
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        self.path.unlink(missing_ok=True)
        self.path.symlink_to(os.ttyname(theirs))
        self._ends = [ours, theirs]

    def write(self, data: bytes) -> float:
        """Send bytes; give the time just before."""
        now = time.perf_counter()
        assert os.write(self._ends[0], data) == len(data)
        return now

    def unplug(self) -> None:
        self.path.unlink(missing_ok=True)
        for end in self._ends:
            with suppress(OSError):
                os.close(end)
        self._ends = []


def serial_settings(port: Path | str, **changes: Any) -> dict[str, Any]:
    """The settings of a serial port, as a site file gives them."""
    usual = {"kind": "serial", "baud": 115_200, "splits": "bytes", "bits": 8, "parity": "none", "stop_bits": 1}
    return usual | {"port": str(port)} | changes
