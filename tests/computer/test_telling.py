"""Telling the operator: in order, and never waiting for the terminal."""

import io
import threading

import pytest

from task.computer.telling import Teller, telling


class HeldUp(io.StringIO):
    """A terminal that takes nothing until it is let go, as after Ctrl-S."""

    def __init__(self) -> None:
        super().__init__()
        self.let_go = threading.Event()

    def write(self, text: str) -> int:
        self.let_go.wait(60)
        return super().write(text)


def test_lines_come_in_order_and_an_alarm_rings(capsys: pytest.CaptureFixture[str]) -> None:
    with telling() as teller:
        for line in ("one", "Warning: ALARM: the participant calls.", "three"):
            teller.tell(line)
    assert capsys.readouterr().out == "one\n\aWarning: ALARM: the participant calls.\nthree\n"


def test_a_terminal_that_is_held_up_holds_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = HeldUp()
    monkeypatch.setattr("sys.stdout", terminal)
    monkeypatch.setattr("task.computer.telling._LAST_WORDS_S", 0.01)
    teller = Teller()
    teller.tell("one")
    teller.tell("two")
    teller.close()
    assert terminal.getvalue() == ""  # all of that while nothing had been taken
    terminal.let_go.set()
    teller.close()
    for thread in threading.enumerate():
        if thread.name == "teller":
            thread.join(60)
    assert terminal.getvalue() == "one\ntwo\n"


def test_a_terminal_that_is_gone_ends_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = io.StringIO()
    gone.close()
    monkeypatch.setattr("sys.stdout", gone)
    with telling() as teller:
        teller.tell("one")
        teller.tell("two")
