"""Runs in a real window on a virtual screen, with real key events for pulses and presses."""

import json
import os
import re
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from task.record.events import read_events
from task.record.invariants import check_run
from task.record.journal import JournalError, read_journal
from task.record.layout import ROOT
from task.record.records import Facts
from task.screens.virtual_screen import ignoring_interrupts
from tests.factories import facts_in
from tests.presser import Presser

SHORT = str(ROOT / "tests" / "short.toml")
SITE = """
[display]
full_screen = false
size_px = [800, 600]
width_cm = 40.0
height_cm = 30.0
distance_cm = 100.0
[devices]
keyboard = { kind = "keyboard" }
[strokes]
pulse = ["keyboard:5"]
manual_start = ["keyboard:s"]
left = ["keyboard:1"]
right = ["keyboard:2"]
abort_within_s = 30.0
"""
# faster than the protocol's TR, so that even on a slow machine the last one comes well before the run's end
PULSES = [(0.5 * number, "5") for number in range(13)]


class Room:
    """A program started as an operator would, in a room where a presser types.

    What is to be pressed in answer to a scene waits for the journal to have it, and for no clock.
    """

    def __init__(self, folder: Path, display: str) -> None:
        self.data, self.display, self.site = folder / "data", display, folder / "room.toml"
        self.site.write_text(SITE)
        self.program: subprocess.Popen[str] | None = None
        self.said = ""
        self.presser = Presser(display)
        self.press = self.presser.press

    def start(
        self,
        *words: str,
        program: tuple[str, ...] = (str(ROOT / "run_session.py"),),
        has_display: bool = True,
        own_terminal: bool = False,
    ) -> subprocess.Popen[str]:
        command = [sys.executable, "-u", *program, *words, "--data", str(self.data)]
        env = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
        if has_display:
            env["DISPLAY"] = self.display
        self.said = ""
        self.program = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=env,
            cwd=ROOT,
            start_new_session=own_terminal,
        )
        return self.program

    def start_run(self, *more: str, **how: Any) -> subprocess.Popen[str]:
        """Start a run and wait until it takes strokes."""
        words = ("run", "--participant", "01", "--site", str(self.site), "--protocol", SHORT, *more)
        program = self.start(*words, **how)
        assert program.stdout is not None
        for line in program.stdout:
            self.said += line
            if "To end the run" in line:
                self.wait_for("ready")
                return program
        pytest.fail(f"the program ended before it was ready:\n{self.said}")

    def wait_for(self, kind: str, **facts: Any) -> None:
        """Wait until the latest journal has a record of a kind, with some facts."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            with suppress(IndexError, JournalError):  # there is no journal yet, or no head in it
                if any(facts.items() <= record.items() for record in self.records(kind)):
                    return
            time.sleep(0.01)
        pytest.fail(f"no {kind} with {facts} came")

    def wait_for_choice(self, trial: int) -> None:
        self.wait_for("onset", trial=trial, slot="choice")

    def finish(self) -> int:
        """Wait until the program ends, and give its exit status."""
        assert self.program is not None
        output, _ = self.program.communicate(timeout=60)
        self.said += output
        assert "Traceback" not in self.said, self.said
        for journal in self.journals():
            assert check_run(read_journal(journal)).broken == []
        return self.program.returncode

    def close(self) -> None:
        self.presser.close()
        if self.program is not None:
            self.program.kill()
            self.program.communicate()

    def journals(self) -> list[Path]:
        return sorted(self.data.rglob("*_journal.jsonl"))

    def records(self, kind: str) -> list[Facts]:
        """The records of a kind in the latest journal."""
        return [record for record in facts_in(self.journals()[-1]) if record["kind"] == kind]


@pytest.fixture
def room(tmp_path: Path, display: str) -> Iterator[Room]:
    made = Room(tmp_path, display)
    yield made
    made.close()


def test_a_run_with_real_pulses_and_presses_leaves_events_and_onset_files(room: Room) -> None:
    room.start_run()
    assert "Waiting for the scanner's first pulse: keyboard:5" in room.said
    room.press(*PULSES)
    room.wait_for("zero")
    room.press((0.0, "1"))
    room.wait_for_choice(1)
    room.press((0.1, "1"))
    room.wait_for_choice(2)
    room.press((0.1, "2"), (0.15, "1"), (0.2, "q"))
    true = room.presser.pressed()
    assert room.finish() == 0, room.said
    pulses = room.records("pulse")
    assert len(pulses) == 13
    assert room.records("zero")[0]["t"] == pulses[0]["t"]
    presses = room.records("press")
    assert [(p["code"], p["meaning"]) for p in presses] == [
        ("1", "left"),
        ("1", "left"),
        ("2", "right"),
        ("1", "left"),
        ("q", None),
    ]
    strokes = sorted([*pulses, *presses], key=lambda record: record["n"])
    assert [record["code"] for record in strokes] == [key for _, key in true]
    choices = room.records("choice")
    assert [choice["side"] for choice in choices] == ["left", "right"]
    assert room.records("end")[0]["cause"] == "complete"
    assert re.search(r"13 pulses came, measured TR 0\.(49|50)", room.said), room.said
    assert "missed" not in room.said
    assert room.records("display")[0]["paced_by"] == "software"
    (events,) = room.data.glob("sub-01/func/*_events.tsv")
    table = read_events(events)
    assert table["trial_type"].tolist()[:2] == ["choice", "feedback"]
    assert table.loc[table["trial_type"] == "choice", "side"].tolist() == ["left", "right"]
    assert str(events.relative_to(room.data)) in room.said
    assert list(room.data.rglob("*_run-01_choice.txt"))
    head = json.loads(room.journals()[0].read_text().splitlines()[0])
    assert head["emulated"] is head["virtual"] is False


def test_a_first_pulse_that_was_missed_is_pointed_out(room: Room) -> None:
    room.start_run()
    room.press(*PULSES[1:])
    assert room.finish() == 0, room.said
    assert "the first pulse was likely missed" in room.said
    assert re.search(r"run_session.py rezero .*--run 1 --attempt 1 --by=-0\.(49|50)\d", room.said), room.said


def test_a_complete_run_is_not_repeated_by_accident_and_again_takes_other_trials(room: Room) -> None:
    for more in ([], ["--run", "1", "--again"]):
        room.start_run(*more)
        room.press(*PULSES)
        assert room.finish() == 0, room.said
        said, command = room.said.rstrip().splitlines()[-2:]
        assert said == "Run 1 of 2 is complete. Next is run 2."
        run = ["run", "--participant", "01", "--site", str(room.site), "--protocol", SHORT, "--data", str(room.data)]
        assert shlex.split(command) == [sys.executable, str(ROOT / "run_session.py"), *run]
        room.start("run", "--participant", "01", "--site", str(room.site), "--protocol", SHORT, "--run", "1")
        assert room.finish() == 2
        assert "--again" in room.said
    assert len(room.journals()) == 2
    first, second = (facts_in(path)[0] for path in room.journals())
    assert (first["attempt"], first["version"], second["attempt"], second["version"]) == (1, 1, 2, 2)
    beside = [path.name for path in room.data.rglob("*attempt*_events.tsv")]
    assert beside == ["sub-01_task-decider_run-01_attempt-01_events.tsv"]


def test_escape_twice_ends_a_run_with_status_3_and_the_next_start_goes_on(room: Room) -> None:
    room.start_run()
    room.press((0.0, "s"))
    room.wait_for("choice")
    room.press((0.0, "Escape"), (0.1, "Escape"))
    assert room.finish() == 3, room.said
    assert "aborted by the operator" in room.said
    assert room.records("zero")[0]["source"] == "manual_start"
    assert room.records("end")[0]["cause"] == "aborted by the operator"
    assert len(list(room.data.glob("sub-01/func/*_events.tsv"))) == 1
    room.start_run()
    assert "run 1 of 2" in room.said
    room.press((0.0, "Escape"), (0.1, "Escape"))
    assert room.finish() == 3


def test_ctrl_c_ends_a_run_as_safely(room: Room) -> None:
    program = room.start_run()
    room.press((0.0, "5"))
    room.wait_for("zero")
    program.send_signal(signal.SIGINT)
    assert room.finish() == 3, room.said
    assert room.records("end")[0]["cause"] == "interrupted by Ctrl-C"


def test_a_key_that_ends_psychopy_programs_in_shared_preferences_ends_no_run(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    preferences = tmp_path / "home" / ".psychopy3" / "userPrefs.cfg"
    preferences.parent.mkdir(parents=True)
    preferences.write_text("[general]\nshutdownKey = 'q'\n")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    room.start_run()
    room.press(*PULSES)
    room.wait_for("zero")
    room.press((0.1, "q"))
    assert room.finish() == 0, room.said
    assert room.records("end")[0]["cause"] == "complete"
    assert [press["code"] for press in room.records("press")] == ["q"]


def test_ctrl_c_while_the_window_opens_ends_the_program_before_anything_is_recorded(room: Room) -> None:
    program = room.start("run", "--participant", "01", "--site", str(room.site), "--protocol", SHORT)
    assert program.stdout is not None
    for line in program.stdout:
        if "Participant 01, run 1" in line:
            break
    time.sleep(0.3)  # well within the seconds that it takes to load PsychoPy
    program.send_signal(signal.SIGINT)
    assert room.finish() == 3, room.said
    assert "Ended by Ctrl-C before the run began: nothing was performed." in room.said
    assert room.journals() == []


def test_ctrl_c_in_a_terminal_ends_a_pilot_on_a_virtual_screen_as_safely(room: Room) -> None:
    """A terminal sends it to every program that was started there, and so to the parent and the child alike."""
    program = room.start("pilot", "--protocol", SHORT, has_display=False, own_terminal=True)
    room.wait_for("zero")
    room.wait_for("choice")
    os.killpg(program.pid, signal.SIGINT)
    assert room.finish() == 3, room.said
    assert room.records("end")[0]["cause"] == "interrupted by Ctrl-C"
    assert list(room.data.glob("sub-pilot01/func/*_events.tsv"))


def test_who_waits_for_another_program_outlives_ctrl_c_and_does_not_make_it_deaf() -> None:
    question = "import signal; print(signal.getsignal(signal.SIGINT) is signal.default_int_handler)"
    with ignoring_interrupts():
        os.kill(os.getpid(), signal.SIGINT)
        answer = subprocess.run([sys.executable, "-c", question], capture_output=True, text=True, check=True)
    assert answer.stdout == "True\n"


def test_a_killed_run_keeps_what_had_happened(room: Room) -> None:
    program = room.start_run()
    room.press((0.0, "5"))
    room.wait_for_choice(1)
    room.press((0.1, "1"))
    room.wait_for("feedback")
    program.kill()
    program.wait()
    done = subprocess.run(
        [sys.executable, str(ROOT / "run_session.py"), "export", "--data", str(room.data)],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (events,) = room.data.glob("sub-01/func/*_events.tsv")
    table = read_events(events)
    assert table["side"].tolist()[0] == "left"


def test_pilot_without_a_display_plays_by_itself_and_says_so(tmp_path: Path) -> None:
    env = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    words = ["pilot", "--site", "scanner_keyboard", "--protocol", SHORT, "--data", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, str(ROOT / "run_session.py"), *words], capture_output=True, text=True, env=env, timeout=100
    )
    assert done.returncode == 0, done.stderr
    assert "No display was found" in done.stdout
    assert "EMULATED" in done.stdout
    (sheet,) = tmp_path.rglob("contact_sheet.png")
    (events,) = tmp_path.glob("sub-pilot01/func/*_events.tsv")
    for path in (sheet, events):
        assert str(path) in done.stdout
    assert json.loads(events.with_suffix(".json").read_text())["EmulatedScanner"] is True
    assert facts_in(next(tmp_path.rglob("*_journal.jsonl")))[0]["simulated_participant"]["beta"] == 3.0


def test_a_complete_run_whose_disk_never_takes_its_record_is_a_failure_that_names_the_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    program = (
        "import os, sys\n"
        "fsync = os.fsync\n"
        "def full(handle):\n"
        "    if os.readlink(f'/proc/self/fd/{handle}').endswith('data/sourcedata/sub-01/"
        "sub-01_task-decider_run-01_attempt-01_journal.jsonl'):\n"
        "        raise OSError(28, 'No space left on device')\n"
        "    fsync(handle)\n"
        "os.fsync = full\n"
        "from task.cli.main import main\n"
        "main()\n"
    )
    script = tmp_path / "program.py"
    script.write_text(program)
    env = {key: value for key, value in os.environ.items() if key != "DISPLAY"} | {"PYTHONPATH": str(ROOT)}
    words = ["pilot", "--participant", "01", "--protocol", SHORT, "--data", str(tmp_path / "data")]
    run = [sys.executable, str(script), *words]
    done = subprocess.run(run, stdin=subprocess.DEVNULL, capture_output=True, text=True, env=env, timeout=100)
    assert done.returncode == 1, done.stdout
    assert "The run is complete." in done.stdout
    assert "the events will be made when the record is brought home" in done.stdout
    copy = next(one for one in re.findall(r"The copy is (.*)\.\n", done.stdout))
    assert facts_in(Path(copy))[-2]["cause"] == "complete"
    done = subprocess.run([sys.executable, str(ROOT / "run_session.py"), "rescue"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list(tmp_path.glob("data/sub-01/func/*_run-01_events.tsv"))
