"""What the computer says of itself, and a check that breaks."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from task.cli.check import status_of
from task.cli.status import DONE, ENDED_EARLY, FAILED
from task.config.read import read_wording
from task.preflight.checks import make_checks
from task.preflight.computer import clock, load, power, sleep, versions
from task.preflight.results import Result, failed, passed
from task.preflight.room import Room
from task.preflight.sleep import of_gsettings, of_pmset, of_powercfg
from task.record.layout import ROOT, Dataset
from task.visit.head import commit_here
from tests.factories import a_protocol, a_site

POWERCFG = """Power Scheme GUID: 8c5e7fda-e8bf-4a96-9a85-a6e23a8c635c  (High performance)
    Power Setting GUID: 3c0bc021-c8a8-4e07-a973-6b14cbcb2b7e  (Turn off display after)
      Minimum Possible Setting: 0x00000000
      Maximum Possible Setting: 0xffffffff
      Possible Settings units: Seconds
    Current AC Power Setting Index: 0x00000384
    Current DC Power Setting Index: 0x00000000

"""
PMSET = """Currently in use:
 displaysleep         {minutes} (display sleep prevented by Music)
 sleep                1
"""


@pytest.fixture
def room() -> Room:
    protocol = a_protocol()
    return Room(a_site(), protocol, read_wording(protocol.wording), Dataset(ROOT / "data" / "nowhere"), None)


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A git clone in the place of this program's, and settings of git that are the test's own."""
    for name in ("task.visit.head.ROOT", "task.preflight.computer.ROOT"):
        monkeypatch.setattr(name, tmp_path / "program")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path))
    (tmp_path / "program").mkdir()
    (tmp_path / "program" / "code.py").write_text("old")
    who = ("-c", "user.name=a", "-c", "user.email=a@b")
    for words in (("init",), ("add", "."), (*who, "commit", "--message", "first")):
        subprocess.run(["git", "-C", str(tmp_path / "program"), *words], check=True, capture_output=True)
    commit_here.cache_clear()
    yield tmp_path / "program"
    commit_here.cache_clear()


def this_program(room: Room) -> Result:
    commit_here.cache_clear()
    return next(row for row in versions(room) if row.name == "this program")


def test_the_commit_of_this_program_is_told_and_what_was_changed_since(room: Room, checkout: Path) -> None:
    row = this_program(room)
    assert row.status == "pass" and re.fullmatch(r"commit [0-9a-f]{10}, unchanged", row.found)
    (checkout / "code.py").write_text("new")
    row = this_program(room)
    assert row.status == "warn" and row.found.endswith("with files changed since: code.py")


def test_a_clone_of_another_account_is_told_with_the_command_that_helps(
    room: Room, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    row = this_program(room)
    assert row.status == "warn"
    assert f"{checkout} belongs to another account, and git reads nothing of" in row.found
    assert "dubious" in str(commit_here()["problem"])
    command = row.advice.rpartition(": ")[2]
    assert command == f"git config --global --add safe.directory {checkout}"
    subprocess.run(command, shell=True, check=True)
    assert this_program(room).status == "pass"


def test_a_copied_folder_and_a_missing_git_are_told_apart(
    room: Room, checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / ".git").rename(checkout / "no_git")
    row = this_program(room)
    assert f"{checkout} is no git clone" in row.found and "instead of a copied folder" in row.advice
    monkeypatch.setenv("PATH", str(checkout))
    row = this_program(room)
    assert "No such file or directory: 'git'" in row.found and row.advice.startswith("Install git")


def test_the_clock_of_this_computer_is_fine_enough(room: Room) -> None:
    (result,) = clock(room)
    assert result.status == "pass"
    assert 0 < result.measured["step_s"] < 1e-4


def test_a_coarse_clock_is_a_warning(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = (0.0156 * (i // 1000) for i in range(1_000_000))
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))
    (result,) = clock(room)
    assert result.status == "warn"
    assert "1.6e+04 microseconds" in result.found


@pytest.mark.parametrize(
    ("battery", "status", "found"),
    [
        (None, "pass", "no battery"),
        (SimpleNamespace(percent=80.0, power_plugged=True), "pass", "plugged in, battery 80 %"),
        (SimpleNamespace(percent=80.0, power_plugged=False), "warn", "on battery, 80 % left"),
    ],
)
def test_a_computer_on_battery_is_a_warning(
    room: Room, monkeypatch: pytest.MonkeyPatch, battery: object, status: str, found: str
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    (result,) = power(room)
    assert result.status == status
    assert found in result.found


def test_where_the_battery_cannot_be_asked_that_is_said(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(psutil, "sensors_battery")
    (result,) = power(room)
    assert result.status == "not asked"


def test_a_program_that_hogs_a_core_is_named(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    hog = SimpleNamespace(pid=-1, cpu_percent=lambda: 99.0, name=lambda: "backup")
    gone = SimpleNamespace(pid=-2, cpu_percent=lambda: 0.0, name=_gone)
    monkeypatch.setattr(psutil, "process_iter", lambda: [hog, gone])
    (result,) = load(room)
    assert result.status == "warn"
    assert "backup (99 % of a core)" in result.found


def _gone() -> str:
    raise psutil.NoSuchProcess(-2)


def test_a_screen_saver_of_the_x_server_is_found_and_its_absence_too(
    room: Room, display: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from Xlib.display import Display

    for name in ("XDG_CURRENT_DESKTOP", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    server = Display(display)
    for seconds, status in ((480, "warn"), (0, "pass")):
        server.set_screen_saver(seconds, 600, 0, 0)
        server.sync()
        (result,) = sleep(room)
        assert result.status == status
        assert ("after 8 min" in result.found) == (seconds > 0)
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "KDE")
    (result,) = sleep(room)
    assert result.status == "not asked"
    assert "KDE" in result.found
    server.close()


def test_answers_of_other_systems_are_read() -> None:
    assert of_powercfg(POWERCFG) == (["the display sleeps after 15 min when plugged in"], "")
    assert of_powercfg(POWERCFG.replace("384", "000")) == ([], "")
    assert of_pmset(PMSET.format(minutes=10))[0] == ["the display sleeps after 10 min"]
    assert of_pmset(PMSET.format(minutes=0))[0] == []
    assert of_gsettings("uint32 300\n") == (["GNOME blanks the screen after 5 min"], "")
    assert of_gsettings("uint32 0\n") == ([], "")
    for unreadable in (of_powercfg, of_pmset, of_gsettings):
        assert unreadable(None)[0] == [] and unreadable("?")[1]


def test_a_check_that_breaks_is_a_row_that_failed_and_the_next_is_made(room: Room) -> None:
    def light_bulb(room: Room) -> Iterator[Result]:
        yield passed("light", "on")
        raise RuntimeError("the bulb burst")

    closed, results = [], []
    room.closing.callback(closed.append, "window")
    assert make_checks(room, (light_bulb, lambda room: [passed("door", "shut")]), results)
    assert status_of(results, is_whole=True) == FAILED
    assert [(one.name, one.status) for one in results] == [("light", "pass"), ("light bulb", "fail"), ("door", "pass")]
    assert "the bulb burst" in results[1].found
    assert closed == ["window"]


def test_only_a_failure_makes_the_status_1(room: Room) -> None:
    rows = [Result("a", "warn", "x"), Result("b", "not asked", "x"), passed("c", "x")]
    assert status_of(rows, is_whole=True) == DONE
    assert status_of([*rows, failed("d", "x")], is_whole=True) == FAILED
    assert status_of([*rows, failed("d", "x")], is_whole=False) == ENDED_EARLY
