"""The parallel port through psychopy.parallel and its Linux driver, with a stand-in for the hardware beneath."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from task.devices.reader import Reader
from task.devices.strokes import DeviceError
from tests.devices.wires import Heard

STAND_INS = Path(__file__).with_name("stand_ins")
PINS = ("pin10", "pin11", "pin12", "pin13", "pin15")


class Levels:
    """The levels at the pins; a change is there whole or not at all."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set("00000")

    def set(self, levels: str) -> float:
        draft = self.file.with_suffix(".new")
        draft.write_text(levels)
        now = time.perf_counter()
        os.replace(draft, self.file)
        return now


@pytest.fixture
def levels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Levels:
    monkeypatch.setenv("PYTHONPATH", str(STAND_INS))
    return Levels(tmp_path / "parport0")


@pytest.fixture
def opened(levels: Levels) -> Iterator[Callable[..., Heard]]:
    readers: list[Reader] = []

    def open_with(pins: tuple[str, ...], active: str = "high") -> Heard:
        settings = {"kind": "parallel", "address": str(levels.file), "pins": pins, "active": active}
        readers.append(Reader("port", settings))
        readers[-1].open()
        return Heard(readers[-1])

    yield open_with
    for reader in readers:
        reader.close()


def without_slowness(heard: Heard) -> list[str]:
    """A busy computer may poll slowly, and then rightly says so."""
    return [one.text for one in heard.notices if not one.text.startswith("polled")]


def test_a_pin_that_rises_is_a_stroke_and_one_that_falls_is_none(levels: Levels, opened: Callable[..., Heard]) -> None:
    port = opened(PINS)
    times = []
    for place in range(5):
        times.append(levels.set("".join("1" if place == i else "0" for i in range(5))))
        port.until(place + 1)
        levels.set("00000")
        time.sleep(0.05)

    assert port.codes == list(PINS)
    assert all(before < stroke.time for before, stroke in zip(times, port.strokes, strict=True))
    assert without_slowness(port) == []


def test_where_pulses_pull_the_pin_down_falling_counts(levels: Levels, opened: Callable[..., Heard]) -> None:
    levels.set("11111")
    port = opened(("pin10",), active="low")
    levels.set("01111")
    port.until(1)
    levels.set("10111")  # pin11 is not read
    time.sleep(0.1)
    levels.set("00111")

    assert [stroke.code for stroke in port.until(2)] == ["pin10", "pin10"]


def test_a_pin_that_is_active_from_the_start_is_no_stroke(levels: Levels, opened: Callable[..., Heard]) -> None:
    levels.set("10000")
    port = opened(("pin10", "pin12"))
    levels.set("10100")

    assert [stroke.code for stroke in port.until(1)] == ["pin12"]


def test_a_port_that_is_gone_is_told_and_so_is_its_return(levels: Levels, opened: Callable[..., Heard]) -> None:
    port = opened(("pin10",))
    away = levels.file.with_suffix(".away")
    levels.file.rename(away)
    port.until_told("gone")
    away.rename(levels.file)
    port.until_told("back")
    levels.set("10000")

    assert [stroke.code for stroke in port.until(1)] == ["pin10"]


def test_a_port_that_is_not_there_is_refused_with_what_to_check(levels: Levels, opened: Callable[..., Heard]) -> None:
    levels.file.unlink()

    with pytest.raises(DeviceError, match=r"parallel port .* cannot be used: .*modprobe ppdev"):
        opened(("pin10",))
