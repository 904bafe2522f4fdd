"""Psychtoolbox and its clock, as a test has them: what was typed is what the test puts into the queue."""

import sys
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from task.devices.foreign_clock import ForeignClock
from task.devices.keyboard import Keyboard

NAMES = {6: "5", 7: "f"}


class Clocks:
    """Two clocks that go alike, until one is set."""

    def __init__(self) -> None:
        self.now = 100.0
        self.ahead = 1_700_000_000.0

    def ours(self) -> float:
        self.now += 1e-7  # looking takes its time
        return self.now

    def theirs(self) -> float:
        return self.now + self.ahead


def a_keyboard(monkeypatch: pytest.MonkeyPatch, clocks: Clocks) -> tuple[Keyboard, list[dict[str, Any]]]:
    """An open keyboard on these clocks, and what it finds in its queue."""
    queued: list[dict[str, Any]] = []

    class Queue:
        def __init__(self, index: int, size: int) -> None: ...
        def queue_start(self) -> None: ...
        def queue_stop(self) -> None: ...
        def _release_queue(self) -> None: ...
        def flush(self, how: int = 0) -> int:
            return len(queued)

        def queue_get_event(self) -> tuple[Any, int]:
            return queued.pop(0), 0

    toolbox: Any = ModuleType("psychtoolbox")
    toolbox.GetSecs = clocks.theirs
    found = [{"index": 0, "interfaceID": None, "product": "keys"}]
    toolbox.hid = SimpleNamespace(get_keyboard_indices=lambda: ([0], ["keys"], found), Keyboard=Queue)
    names: Any = ModuleType("psychopy.hardware.keyboard")
    names.keyNames = NAMES
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setitem(sys.modules, "psychtoolbox", toolbox)
    monkeypatch.setitem(sys.modules, "psychopy.hardware.keyboard", names)
    monkeypatch.setattr("time.perf_counter", clocks.ours)
    monkeypatch.setattr(ForeignClock.__init__, "__defaults__", (clocks.ours,))
    keyboard = Keyboard("keyboard")
    monkeypatch.setattr(keyboard, "_watch_plugs", lambda: None)  # there is no display
    keyboard.open()
    return keyboard, queued
