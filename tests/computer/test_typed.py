"""Commands that an operator copies from what the program says."""

import shlex
import sys

import pytest

from task.computer.typed import as_typed, typed_again

LEFT_OUT = {"--run": True, "--again": False}


def words_of(command: str) -> list[str]:
    python, program, *words = shlex.split(command)
    assert python == sys.executable and program.endswith("run_session.py")
    return words


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        (["run", "--participant", "01", "--site", "my room"], ["run", "--participant", "01", "--site", "my room"]),
        (["run", "--run", "3", "--participant", "01"], ["run", "--participant", "01"]),
        (["run", "--participant=01", "--run=3", "--again"], ["run", "--participant=01"]),
        (["run", "--again", "--run", "3", "--data", "x"], ["run", "--data", "x"]),
        ([], []),
    ],
)
def test_a_command_is_given_again_without_what_was_for_this_run_only(
    typed: list[str], words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["run_session.py", *typed])
    assert words_of(typed_again(without=LEFT_OUT)) == words
    assert words_of(typed_again("--run", "4", without=LEFT_OUT)) == [*words, "--run", "4"]


@pytest.mark.skipif(sys.platform == "win32", reason="as a terminal of Linux and macOS takes it")
def test_what_is_to_be_typed_is_quoted() -> None:
    assert words_of(as_typed("run", "--data", "/a b/it's")) == ["run", "--data", "/a b/it's"]
