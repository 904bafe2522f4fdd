"""Runs that are killed, or whose disk fails: what had happened is on disk, and the next run goes on."""

import random
import shutil
import signal
from pathlib import Path

import pytest

from benchmarks.killed_runs import kill_a_run
from task.record.journal import read_journal
from task.record.kinds.marks import End
from task.record.records import first
from task.record.spare import left_behind
from tests.cli.test_commands import typed
from tests.cli.test_real_runs import PULSES, Room, room  # noqa: F401  (room is a fixture)


@pytest.fixture(autouse=True)
def _temporary_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that no copy which another test left behind is rescued here."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))


@pytest.mark.parametrize("seed", range(3))
def test_every_event_that_had_ended_when_a_run_was_killed_is_exported(tmp_path: Path, display: str, seed: int) -> None:
    after_s = random.Random(seed).uniform(2.0, 9.0)
    left = kill_a_run(tmp_path / "data", after_s, margin_s=1.0)
    assert left.ended >= 1
    assert left.missing == 0


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_a_terminal_that_is_closed_ends_a_run_as_safely_as_ctrl_c(room: Room, name: str) -> None:  # noqa: F811
    program = room.start_run()
    room.press((0.0, "5"))
    room.wait_for("zero")
    program.send_signal(getattr(signal, name))
    assert room.finish() == 3, room.said
    assert room.records("end")[0]["cause"].startswith("interrupted by")
    assert room.records("end")[0]["cause"] != "interrupted by Ctrl-C"


def test_a_folder_that_goes_away_in_mid_run_costs_nothing(room: Room) -> None:  # noqa: F811
    room.start_run()
    room.press((0.0, "5"))
    room.wait_for_choice(1)
    (journal,) = room.journals()
    home, gone = room.data, room.data.with_name("gone")
    shutil.move(home, gone)
    home.write_text("not a folder")
    room.press(*PULSES)
    status = room.finish()
    assert status == 1, room.said  # complete, but its record is not at home yet
    assert "The disk refuses the journal" in room.said
    assert "run_session.py rescue" in room.said
    (copy,) = [one for one in left_behind() if one.home == journal]
    records = read_journal(copy.path)
    assert first(records, End).cause == "complete"
    home.unlink()
    shutil.move(gone, home)
    assert len(read_journal(journal)) < len(records)
    done = typed("rescue")
    assert done.returncode == 0, done.stdout
    assert f"{journal} was cut off, and is whole again." in done.stdout
    assert read_journal(journal) == records
    assert list(room.data.rglob("func/*_events.tsv"))


BREAKING = """
import sys
import task.session.question

def takes(self, stroke):
    raise ZeroDivisionError("who knows why")

task.session.question.Question.takes = takes
from task.cli.main import main
main()
"""


def test_an_error_in_mid_run_ends_it_in_plain_words_with_the_traceback_in_the_journal_only(room: Room) -> None:  # noqa: F811
    room.start_run(program=("-c", BREAKING))
    room.press((0.0, "5"))
    room.wait_for_choice(1)
    room.press((0.0, "1"))
    assert room.finish() == 1, room.said  # and shows no traceback
    assert "The run ended by an error: who knows why (ZeroDivisionError)" in room.said
    (journal,) = room.journals()
    assert str(journal) in room.said
    assert "Run 1 is to be performed again, with spare trials" in room.said
    (end,) = room.records("end")
    assert end["cause"] == "error"
    assert "in takes" in end["traceback"]
    room.start_run()
    assert "attempt 1 ended early (error)" in room.said
    room.press((0.0, "Escape"), (0.1, "Escape"))
    assert room.finish() == 3


SLOW = """
import os, time
fsync = os.fsync

def slow(handle):
    time.sleep(1.5)
    fsync(handle)

os.fsync = slow
from task.cli.main import main
main()
"""


def test_a_slow_disk_is_warned_of_and_has_everything_in_the_end(room: Room) -> None:  # noqa: F811
    room.start_run(program=("-c", SLOW))
    room.press(*PULSES)
    assert room.finish() == 0, room.said
    assert any("The disk is slow" in warning["warning"] for warning in room.records("warning"))
    (end,) = room.records("end")
    assert end["cause"] == "complete"
    assert end["slowest_write_s"] >= 1.5
    assert [one for one in left_behind() if one.home in room.journals()] == []


def test_the_next_start_says_why_it_repeats_a_killed_run(room: Room) -> None:  # noqa: F811
    program = room.start_run()
    room.press((0.0, "5"))
    room.wait_for_choice(1)
    program.kill()
    program.communicate()
    room.start_run()
    assert "attempt 1 has no end, so the program or the computer was stopped" in room.said
    assert "with spare trials" in room.said
    room.press((0.0, "Escape"), (0.1, "Escape"))
    assert room.finish() == 3
    assert [one for one in left_behind() if one.home in room.journals()] == []
