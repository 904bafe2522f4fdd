"""Runs in a real window on a virtual screen, with real key events for pulses and presses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from task.record.events import read_events
from task.record.journal import read_journal
from task.record.layout import ROOT

SHORT = str(ROOT / "tests" / "short.toml")
SITE = """
name = "test_room"
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
"""


class Room:
    """A program started as an operator would, in a room where a presser types."""

    def __init__(self, folder: Path, display: str) -> None:
        self.data, self.display, self.site = folder / "data", display, folder / "room.toml"
        self.site.write_text(SITE)

    def start(self, *words: str) -> None:
        command = [sys.executable, "-u", str(ROOT / "run_session.py"), *words, "--data", str(self.data)]
        env = os.environ | {"DISPLAY": self.display}
        self.program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=env)

    def start_run(self, *more: str) -> None:
        self.start("run", "--participant", "01", "--site", str(self.site), "--protocol", SHORT, *more)

    def wait_until_ready(self) -> None:
        assert self.program.stdout is not None
        self.said = ""
        for line in self.program.stdout:
            self.said += line
            if line.startswith("To end the run"):
                return
        pytest.fail(f"the program ended before it was ready:\n{self.said}")

    def wait_for_journal(self, kind: str) -> None:
        for _ in range(2000):
            if any(record["kind"] == kind for path in self.journals() for record in read_journal(path)):
                return
            time.sleep(0.01)
        pytest.fail(f"no {kind} came")

    def press(self, *schedule: tuple[float, str], hold: float = 0.005) -> list[tuple[float, str]]:
        """Press keys some seconds from now; give the true times of the presses."""
        now = time.perf_counter()
        lines = "".join(f"{now + after} {hold} {key}\n" for after, key in sorted(schedule))
        command = [sys.executable, str(ROOT / "tests" / "presser.py"), self.display]
        done = subprocess.run(command, input=lines, capture_output=True, text=True, check=True, timeout=60)
        return [(float(t), key) for t, key in (line.split() for line in done.stdout.splitlines())]

    def finish(self) -> int:
        output, _ = self.program.communicate(timeout=60)
        self.said += output
        assert "Traceback" not in self.said, self.said
        return self.program.returncode

    def journals(self) -> list[Path]:
        return sorted(self.data.rglob("*_journal.jsonl"))

    def records(self, kind: str, attempt: int = -1) -> list[dict]:
        return [record for record in read_journal(self.journals()[attempt]) if record["kind"] == kind]


@pytest.fixture
def room(tmp_path: Path, display: str):
    made = Room(tmp_path, display)
    yield made
    made.program.kill()
    made.program.wait()


PULSES = [(0.5 + 0.5 * number, "5") for number in range(13)]


def test_a_run_with_real_pulses_and_presses_leaves_events_and_onset_files(room: Room) -> None:
    room.start_run()
    room.wait_until_ready()
    assert "Waiting for the scanner's first pulse: keyboard:5" in room.said
    true = room.press(*PULSES, (0.75, "1"), (1.5, "1"), (4.4, "2"), (4.45, "1"), (5.0, "q"))
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
    stamped = sorted([*pulses, *presses], key=lambda record: record["t"])
    assert [record["code"] for record in stamped] == [key for _, key in sorted(true)]
    choices = room.records("choice")
    assert [choice["side"] for choice in choices] == ["left", "right"]
    assert room.records("end")[0]["cause"] == "complete"
    assert room.records("display")[0]["paced_by"] == "software"
    (events,) = room.data.glob("sub-01/func/*_events.tsv")
    table = read_events(events)
    assert table["trial_type"].tolist()[:2] == ["choice", "feedback"]
    assert table.loc[table["trial_type"] == "choice", "side"].tolist() == ["left", "right"]
    assert str(events.relative_to(room.data)) in room.said
    assert list(room.data.rglob("*_run-01_choice.txt"))
    head = json.loads(room.journals()[0].read_text().splitlines()[0])
    assert head["emulated"] is head["virtual"] is False


def test_a_complete_run_is_not_repeated_by_accident_and_again_takes_other_trials(room: Room) -> None:
    for more in ([], ["--run", "1", "--again"]):
        room.start_run(*more)
        room.wait_until_ready()
        room.press(*PULSES)
        assert room.finish() == 0, room.said
        room.start_run("--run", "1")
        output, _ = room.program.communicate(timeout=60)
        assert room.program.returncode == 2
        assert "--again" in output
    assert len(room.journals()) == 2
    first, second = (read_journal(path)[0] for path in room.journals())
    assert (first["attempt"], first["version"], second["attempt"], second["version"]) == (1, 1, 2, 2)
    beside = [path.name for path in room.data.rglob("*attempt*_events.tsv")]
    assert beside == ["sub-01_task-decider_run-01_attempt-01_events.tsv"]


def test_escape_twice_ends_a_run_with_status_3_and_the_next_start_goes_on(room: Room) -> None:
    room.start_run()
    room.wait_until_ready()
    room.press((0.3, "s"), (2.5, "Escape"), (2.8, "Escape"))
    assert room.finish() == 3, room.said
    assert "aborted by the operator" in room.said
    assert room.records("zero")[0]["source"] == "manual_start"
    assert room.records("end")[0]["cause"] == "aborted by the operator"
    assert len(list(room.data.glob("sub-01/func/*_events.tsv"))) == 1
    room.start_run()
    room.wait_until_ready()
    assert "run 1 of 2" in room.said
    room.press((0.1, "Escape"), (0.3, "Escape"))
    assert room.finish() == 3


def test_ctrl_c_ends_a_run_as_safely(room: Room) -> None:
    room.start_run()
    room.wait_until_ready()
    room.press((0.2, "5"))
    room.wait_for_journal("zero")
    room.program.send_signal(signal.SIGINT)
    assert room.finish() == 3, room.said
    assert room.records("end")[0]["cause"] == "interrupted by Ctrl-C"


def test_a_killed_run_keeps_what_had_happened(room: Room) -> None:
    room.start_run()
    room.wait_until_ready()
    room.press((0.2, "5"), (0.9, "1"))
    room.wait_for_journal("feedback")
    room.program.kill()
    room.program.wait()
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
    words = ["pilot", "--protocol", SHORT, "--data", str(tmp_path)]
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
    assert (read_journal(next(tmp_path.rglob("*_journal.jsonl")))[0])["simulated_participant"]["beta"] == 3.0
