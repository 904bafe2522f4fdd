"""The operator's live view as a program of its own: in a terminal, piped, and beside a run that is really performed."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from task.record.layout import ROOT, Dataset, Person
from tests.report.journals import a_press, a_run, to_lines, until, zero_of

WATCH = [sys.executable, str(ROOT / "run_session.py"), "watch"]
DEADLINE_S = 60


class Watching:
    """The view as it runs: all that it has shown so far, without colours and cursor movements."""

    def __init__(self, program: subprocess.Popen[bytes], output: int) -> None:
        self.program, self._shown = program, b""
        self._reader = threading.Thread(target=self._read, args=(output,), daemon=True)
        self._reader.start()

    def _read(self, output: int) -> None:
        while True:
            try:
                piece = os.read(output, 1 << 16)
            except OSError:  # the other end of the terminal is closed
                return
            if not piece:
                return
            self._shown += piece

    @property
    def text(self) -> str:
        lines = self._shown.decode(errors="replace").replace("\x1b[H", "\n").replace("\r", "")
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", lines)

    def wait_for(self, *parts: str) -> str:
        """Wait until all of this is shown, and give all text until then; what was shown counts only once."""
        deadline = time.monotonic() + DEADLINE_S
        while not all(part in self.text for part in parts):
            assert self.program.poll() is None, f"it has ended:\n{self.text}"
            assert time.monotonic() < deadline, f"{parts} not all in:\n{self.text}"
            time.sleep(0.02)
        text, self._shown = self.text, b""
        return text

    def end(self) -> tuple[int, str]:
        """Press Ctrl-C; give the exit status and what was shown last."""
        self.program.send_signal(signal.SIGINT)
        status = self.program.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        return status, self.text


@contextmanager
def watching(*words: str, columns: int = 0, lines: int = 0) -> Iterator[Watching]:
    """Run the view, in a terminal of this size or else piped."""
    environment = os.environ | {"TERM": "xterm-256color", "PYTHONFAULTHANDLER": "1"}
    ours, theirs = pty.openpty() if columns else os.pipe()
    if columns:
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    program = subprocess.Popen(
        [*WATCH, *words], stdin=subprocess.DEVNULL, stdout=theirs, stderr=theirs, env=environment, cwd=ROOT
    )
    os.close(theirs)
    try:
        yield Watching(program, ours)
    finally:
        program.kill()
        program.wait(DEADLINE_S)
        os.close(ours)


def append(path: Path, lines: list[bytes]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(b"".join(lines))


def a_journal(folder: Path, run: int = 1) -> Path:
    return Dataset(folder).journal(Person("01"), run, 1)


def in_real_time(zero_is_at: float, run: int = 1) -> tuple[list[bytes], Callable[[float], int]]:
    """A run as if its zero were at this moment of this computer's clock; and how many lines there are by when."""
    records = a_run(run=run)
    shift = zero_is_at - zero_of(records)
    for record in records:
        if "t" in record:
            record["t"] += shift
    stamps = [record.get("t", 0.0) for record in records]
    return to_lines(records), lambda now: next((i for i, t in enumerate(stamps) if t > now), len(stamps))


def test_it_waits_follows_a_run_from_its_first_line_and_goes_on_to_the_next(tmp_path: Path) -> None:
    with watching("--data", str(tmp_path)) as view:
        view.wait_for("Waiting for a run to begin in", str(tmp_path))
        lines, _ = in_real_time(time.perf_counter() + 100)
        append(a_journal(tmp_path), [*lines[:5], lines[5][:20]])
        view.wait_for("Participant 01, run 1 of 2", "REAL SCANNER", "WAITING FOR THE FIRST PULSE")
        append(a_journal(tmp_path), [lines[5][20:], *lines[6:60]])
        view.wait_for(": RUNNING", "Trial: ")
        append(a_journal(tmp_path), lines[60:])
        view.wait_for("COMPLETE", "62 of 62 volumes")
        lines, _ = in_real_time(time.perf_counter() + 100, run=2)
        append(a_journal(tmp_path, run=2), lines[:5])
        view.wait_for("Participant 01, run 2 of 2", "WAITING FOR THE FIRST PULSE")
        assert view.end()[0] == 0


def test_a_run_that_has_ended_is_shown_if_it_is_named(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    append(journal, to_lines(a_run()))
    with watching(str(journal)) as view:
        view.wait_for("COMPLETE", "62 of 62 volumes")
        status, last = view.end()
    assert status == 0
    assert "Traceback" not in last


def test_a_journal_that_vanishes_is_said_and_so_is_its_return(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    append(journal, to_lines(a_run())[:60])
    with watching(str(journal)) as view:
        view.wait_for("RUNNING")
        journal.rename(tmp_path / "away")
        view.wait_for("The journal cannot be reached (No such file or directory)")
        (tmp_path / "away").rename(journal)
        view.wait_for("The journal can be read again.")


def test_in_a_terminal_it_draws_what_is_now_though_the_wall_clocks_are_years_apart(tmp_path: Path) -> None:
    began = time.perf_counter() - 29
    lines, by = in_real_time(began)
    journal = a_journal(tmp_path)
    append(journal, lines[: by(began + 29)])
    with watching("--data", str(tmp_path), columns=80, lines=24) as view:
        view.wait_for("Participant 01, run 1 of 2", "REAL SCANNER", "RUNNING", "Ctrl-C ends this view")
        growing = threading.Thread(target=grow_in_time, args=(journal, lines, by, began, 6.0))
        growing.start()
        assert re.search(r"; 0:3\d since zero, 1:\d\d left of 2:04", view.wait_for("17 of 62 volumes"))
        growing.join()
        alarm = a_press(time.perf_counter(), "alarm")
        append(journal, to_lines([alarm]))
        shown = view.wait_for("ALARM pressed by the participant 0:0")
        assert all(len(line) <= 80 for line in shown.splitlines())
        shown = view.wait_for("NO SIGN OF LIFE for 0:")
        assert "NO PULSE" not in shown and "missing pulse" not in shown
        status, last = view.end()
    assert status == 0
    assert "; Misses: " in last.splitlines()[-1]  # what may have to be copied stays on the terminal
    assert "Traceback" not in last


def grow_in_time(journal: Path, lines: list[bytes], by: Callable[[float], int], began: float, length_s: float) -> None:
    done = by(began + 29)
    end = time.perf_counter() + length_s
    while time.perf_counter() < end:
        count = by(time.perf_counter())
        append(journal, lines[done:count])
        done = count
        time.sleep(0.05)


def test_it_watches_a_run_that_is_performed_meanwhile(tmp_path: Path) -> None:
    short = str(ROOT / "tests" / "short.toml")
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    pilot = [sys.executable, str(ROOT / "run_session.py"), "pilot", "--autopilot", "--protocol", short]
    with watching("--data", str(tmp_path)) as view:
        view.wait_for("Waiting for a run")
        done = subprocess.run(
            [*pilot, "--data", str(tmp_path)], capture_output=True, text=True, env=environment, timeout=110
        )
        assert done.returncode == 0, done.stderr
        text = view.wait_for("COMPLETE")
    assert "Participant pilot01, run 1 of 2" in text
    assert "EMULATED SCANNER, the simulated participant plays" in text
    assert "RUNNING" in text


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: there is no such journal"),
        (["README.md", "--data", "data"], "not both"),
        (["README.md"], "README.md: this is no journal; they end in _journal.jsonl, below sourcedata/"),
        (["data/README.md"], "this is no journal"),
        (["tests"], "tests: this is a folder, and no journal"),
        (["--participant", "a/b"], "letters a-z and digits only"),
    ],
)
def test_bad_input_is_explained_and_has_status_2(words: list[str], says: str) -> None:
    done = subprocess.run([*WATCH, *words], capture_output=True, text=True, cwd=ROOT, timeout=DEADLINE_S)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_a_named_journal_of_another_version_is_refused(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    append(journal, [b'{"n":0,"kind":"head","format":99}\n'])
    done = subprocess.run([*WATCH, str(journal)], capture_output=True, text=True, cwd=ROOT, timeout=DEADLINE_S)
    assert done.returncode == 2
    assert "a newer version of this program wrote this journal (its format is 99" in done.stderr
    assert journal.name in done.stderr


def test_one_of_another_version_in_a_dataset_is_said_and_the_next_run_is_followed(tmp_path: Path) -> None:
    append(a_journal(tmp_path), [b'{"n":0,"kind":"head","format":99}\n'])
    with watching("--data", str(tmp_path)) as view:
        view.wait_for("this journal is not understood")
        append(a_journal(tmp_path, run=2), to_lines(until(a_run(run=2), 20)))
        view.wait_for("Participant 01, run 2 of 2", "RUNNING")


def test_a_reader_that_has_enough_ends_it_without_a_word(tmp_path: Path) -> None:
    journal = a_journal(tmp_path)
    append(journal, to_lines(a_run())[:20])
    program = subprocess.Popen([*WATCH, str(journal)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT)
    assert program.stdout and program.stderr
    program.stdout.readline()
    program.stdout.close()
    append(journal, to_lines(a_run())[20:])
    assert program.wait(DEADLINE_S) == 0
    assert program.stderr.read() == b""
