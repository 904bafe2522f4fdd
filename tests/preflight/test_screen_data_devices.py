"""What only a real screen, a slow disk or a certain site shows, with stand-ins for what no test machine has."""

import os
import shutil
from dataclasses import replace
from itertools import chain, count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from task.config.read import read_site, read_wording
from task.preflight.data import disk, folder
from task.preflight.devices import adapters, devices
from task.preflight.pulses import pulses
from task.preflight.results import Result
from task.preflight.room import Room
from task.preflight.screen import focus, frames
from task.record.layout import Dataset
from tests.factories import a_protocol, a_site


@pytest.fixture
def room(tmp_path: Path) -> Room:
    protocol = a_protocol()
    return Room(a_site(), protocol, read_wording(protocol.wording), Dataset(tmp_path / "data" / "study"), None)


class RealScreen:
    """Stands for a window on a screen that makes flips wait: at a rate, with some frames late."""

    def __init__(self, hz: float, late: int = 0, has_focus: bool = True) -> None:
        self.facts = {"flips_wait": True}
        self._time, self._hz, self._late, self._is_new = 0.0, hz, late, False
        self.has_focus = lambda: has_focus

    def prepare(self, scenes: list[Any]) -> None: ...

    def show(self, scene: Any) -> None:
        self._is_new = True

    def flip(self, due: float) -> float:
        assert self._is_new, "a frame that shows nothing new is not drawn, and would not be measured"
        self._is_new = False
        self._time += 1 / self._hz
        return self._time

    def take_dropped(self) -> list[tuple[float, float]]:
        return [(1.0, 0.02)] * self._late if self._time else []


def rows_of(results: Any) -> dict[str, Result]:
    return {one.name: one for one in results}


def test_a_screen_at_the_rate_of_the_site_file_passes(room: Room) -> None:
    room.window = RealScreen(59.94)  # type: ignore[assignment]
    rows = rows_of(frames(room))
    assert {one.status for one in rows.values()} == {"pass"}
    assert rows["refresh rate"].measured["refresh_hz"] == pytest.approx(59.94)


def test_a_screen_at_another_rate_fails_with_what_to_set(room: Room) -> None:
    room.window = RealScreen(50.0)  # type: ignore[assignment]
    row = rows_of(frames(room))["refresh rate"]
    assert row.status == "fail"
    assert "50.00 Hz" in row.found and "60 Hz" in row.found
    assert "refresh_hz = 50 " in row.advice


@pytest.mark.parametrize(("late", "status"), [(0, "pass"), (2, "warn"), (20, "fail")])
def test_missed_frames_are_counted_and_many_fail(room: Room, late: int, status: str) -> None:
    room.window = RealScreen(60.0, late)  # type: ignore[assignment]
    row = rows_of(frames(room))["missed frames"]
    assert row.status == status
    assert row.found.startswith(f"{late} of 240" if late else "none of 240")


@pytest.mark.parametrize(("has_focus", "status"), [(True, "pass"), (False, "warn")])
def test_a_window_without_the_focus_is_a_warning(room: Room, has_focus: bool, status: str) -> None:
    room.window = RealScreen(60.0, has_focus=has_focus)  # type: ignore[assignment]
    (row,) = focus(room)
    assert row.status == status


def test_an_emulated_scanner_is_pointed_out_and_its_pulses_are_not_measured(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    rows = rows_of([*devices(room), *pulses(room)])
    assert rows["device emulated_scanner"].status == "warn"
    assert "EMULATED" in rows["device emulated_scanner"].found
    assert rows["pulses"].status == "not asked"


def test_a_room_without_a_trigger_is_a_warning(room: Room) -> None:
    site = read_site("laptop")
    without = site.model_copy(update={"strokes": site.strokes.model_copy(update={"pulse": ()})})
    (row,) = pulses(replace(room, site=without))
    assert row.status == "warn"
    assert "starts by hand" in row.found


@pytest.mark.parametrize(("held_ms", "status"), [(16, "warn"), (1, "pass"), (None, "not asked")])
def test_an_adapter_that_holds_bytes_back_is_a_warning(
    room: Room, monkeypatch: pytest.MonkeyPatch, held_ms: int | None, status: str
) -> None:
    monkeypatch.setattr("task.preflight.devices.latency_timer_ms", lambda port: held_ms)
    box = SimpleNamespace(kind="serial", port="/dev/ttyUSB7")
    site = room.site.model_copy(update={"devices": {"box": box, "keyboard": room.site.devices["keyboard"]}})
    (row,) = adapters(replace(room, site=site))
    assert row.status == status
    if held_ms == 16:
        assert "16 ms" in row.found and "ttyUSB7/latency_timer" in row.advice


def test_a_slow_disk_is_a_warning_and_the_probe_leaves_nothing(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (row,) = folder(room)
    assert row.status == "pass"
    assert "will be made by the first run" in row.found
    synced, fsync = [], os.fsync

    def slow_fsync(file: int) -> None:
        synced.append(os.fstat(file).st_size)
        fsync(file)

    ticks = iter(range(1000))
    monkeypatch.setattr(os, "fsync", slow_fsync)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks) * 0.03)
    (row,) = folder(room)
    assert row.status == "warn"
    assert "after 30.0 ms" in row.found
    assert len(synced) == 20 and synced == sorted(set(synced)) and synced[0] > 0
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_is_stuck_once_is_a_warning(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    readings = chain([0.0, 0.001] * 9, [0.0, 0.3], [0.0, 0.001] * 10, count())
    monkeypatch.setattr("time.perf_counter", lambda: next(readings))
    (row,) = folder(room)
    assert row.status == "warn" and "(longest 300)" in row.found


@pytest.mark.parametrize(("free_gb", "status"), [(80, "pass"), (1, "warn"), (0.1, "fail")])
def test_a_disk_that_is_nearly_full_is_told(
    room: Room, monkeypatch: pytest.MonkeyPatch, free_gb: float, status: str
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=free_gb * 1e9))
    (row,) = disk(room)
    assert row.status == status
