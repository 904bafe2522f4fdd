"""Several keyboards: told apart by their products, unplugged and plugged in again, on a virtual screen."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from task.devices.keyboard import Keyboard
from task.devices.strokes import DeviceError
from tests.devices.plugs import Plugs

LISTENER = Path(__file__).with_name("listener.py")
FIRST, LAST = "Virtual core", "q"
BOX = "Current Designs"
TRIGGER = "trigger=current designs"

Listen = Callable[..., "Listener"]


class Listener:
    """A program that reads keyboard devices, line by line."""

    def __init__(self, display: str, plugs: Plugs, *words: str) -> None:
        env = os.environ | {"DISPLAY": display}
        command = [sys.executable, str(LISTENER), LAST, *words]
        self._program = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env)
        assert self._program.stdout is not None
        self._lines = iter(self._program.stdout.readline, "")
        self._plugs = plugs

    def answer(self) -> str:
        """What it says once it has tried to open its devices."""
        return next(line for line in self._lines if line.startswith(("listening", "refused"))).strip()

    def notice(self) -> str:
        line = next(self._lines)
        assert line.startswith("! ")
        return line[2:].strip()

    def stroke(self) -> tuple[str, str]:
        """The next stroke: its device and its code."""
        line = next(self._lines)
        assert not line.startswith("!"), line
        _, code, device = line.split()
        return device, code

    def ends_well(self) -> bool:
        """Whether it ends by itself once the last key was pressed, with nothing more to say."""
        self._plugs.press(FIRST, LAST)
        assert self.stroke()[1] == LAST
        rest = self._program.communicate(timeout=30)[0]
        return (rest, self._program.returncode) == ("", 0)

    def kill(self) -> None:
        self._program.kill()
        self._program.communicate()


@pytest.fixture
def plugs(display: str) -> Iterator[Plugs]:
    made = Plugs(display)
    yield made
    made.close()


@pytest.fixture
def listen(display: str, plugs: Plugs) -> Iterator[Listen]:
    programs: list[Listener] = []

    def start(*words: str) -> Listener:
        programs.append(Listener(display, plugs, *words))
        return programs[-1]

    yield start
    for program in programs:
        program.kill()


@pytest.mark.parametrize("devices", [(TRIGGER, "keyboard="), ("keyboard=", TRIGGER)], ids=["box first", "box last"])
def test_the_trigger_box_and_the_operator_who_type_the_same_key_are_told_apart(
    devices: tuple[str, str], plugs: Plugs, listen: Listen
) -> None:
    plugs.plug(BOX)
    program = listen(*devices)
    assert program.answer() == "listening"

    for keyboard, device in [(BOX, "trigger"), (FIRST, "keyboard"), (BOX, "trigger"), (FIRST, "keyboard")]:
        plugs.press(keyboard, "5")
        assert program.stroke() == (device, "5")
    assert program.ends_well()


def test_without_a_product_all_keyboards_are_one_device_and_each_press_comes_once(plugs: Plugs, listen: Listen) -> None:
    plugs.plug(BOX)
    program = listen()
    assert program.answer() == "listening"

    for keyboard, key in [(BOX, "1"), (FIRST, "2"), (BOX, "3")]:
        plugs.press(keyboard, key)
        assert program.stroke() == ("keyboard", key)
    assert program.ends_well()


def test_a_product_that_no_keyboard_has_is_refused_with_the_names_there_are(plugs: Plugs, listen: Listen) -> None:
    plugs.plug(BOX)
    answer = listen("keyboard=", "trigger=Lumina").answer()

    assert answer.startswith("refused: device 'trigger': no keyboard has 'Lumina' in its product's name. Found: ")
    assert "'Virtual core XTEST keyboard'" in answer and f"'{BOX} XTEST keyboard'" in answer


def test_a_keyboard_that_two_devices_ask_for_is_refused(plugs: Plugs, listen: Listen) -> None:
    plugs.plug(BOX)
    answer = listen(TRIGGER, "buttons=Designs").answer()

    assert answer.startswith(f"refused: device 'buttons': keyboard '{BOX} XTEST keyboard' has 'Designs' in its name")
    assert "device 'trigger' reads it already" in answer


@pytest.mark.parametrize("window", [(), ("--window",)], ids=["no window", "window"])
def test_a_keyboard_that_is_unplugged_is_told_and_the_program_ends_all_the_same(
    window: tuple[str, ...], plugs: Plugs, listen: Listen
) -> None:
    plugs.plug(BOX)
    program = listen(TRIGGER, "keyboard=", *window)
    assert program.answer() == "listening"
    plugs.unplug(BOX)

    assert program.notice().startswith(f"trigger: gone: '{BOX} XTEST keyboard'. Check plug and power")
    plugs.press(FIRST, "5")
    assert program.stroke() == ("keyboard", "5")
    assert program.ends_well()


def test_a_keyboard_that_is_plugged_in_again_is_told_and_read_again(plugs: Plugs, listen: Listen) -> None:
    plugs.plug(BOX)
    program = listen(TRIGGER, "keyboard=")
    assert program.answer() == "listening"
    for wait in (True, False):  # with a look in between, and a plug that is in again before anybody looked
        plugs.unplug(BOX)
        told = [program.notice()] if wait else []
        plugs.plug(BOX)
        told += [program.notice() for _ in range(2 - len(told))]

        assert [text.split(": ")[1] for text in told] == ["gone", "back"]
        assert "what was typed in between is lost" in told[1]
        plugs.press(BOX, "5")
        assert program.stroke() == ("trigger", "5")
    assert program.ends_well()


def test_a_keyboard_that_is_new_is_told_once_and_not_read(plugs: Plugs, listen: Listen) -> None:
    program = listen()
    assert program.answer() == "listening"
    plugs.plug(BOX)

    told = "keyboard: plugged in, but not read until the program is started again: "
    assert program.notice().startswith(f"{told}'{BOX} XTEST keyboard'. If it is needed, end the run")
    plugs.plug("Another")
    assert program.notice().startswith(f"{told}'Another XTEST keyboard'. If it is needed, end the run")
    plugs.press(BOX, "5")
    assert program.ends_well()


def test_another_keyboard_in_the_place_of_the_trigger_box_gives_no_pulses(plugs: Plugs, listen: Listen) -> None:
    plugs.plug(BOX)
    program = listen(TRIGGER, "keyboard=")
    assert program.answer() == "listening"
    plugs.unplug(BOX)
    assert "gone" in program.notice()
    plugs.plug("Another")

    assert program.notice().startswith("trigger: plugged in, but not read until the program is started again: 'Another")
    plugs.press("Another", "5")
    time.sleep(1.5)  # the other device has looked, too, and has nothing to add
    assert program.ends_well()


def test_on_windows_a_product_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "win32")

    with pytest.raises(DeviceError, match=r"^device 'trigger': Windows merges all keyboards .* serial port"):
        Keyboard("trigger", "Current Designs").open()
