"""What `run` would refuse for a participant, or could not write afterwards, is found beforehand; nothing is changed."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from task.config.read import read_site, read_wording
from task.devices.strokes import DeviceError
from task.plan.plan import save_plan
from task.preflight.checks import make_checks, read_files
from task.preflight.data import copies, files, folder, participant
from task.preflight.devices import devices
from task.preflight.hands import buttons, dot
from task.preflight.pulses import pulses
from task.preflight.results import Result
from task.preflight.room import Room
from task.preflight.screen import pictures
from task.record.layout import Person
from task.record.lock import locked
from task.visit.plans import plan_for
from task.visit.requests import Request, RequestError
from tests.accounts import as_any_account, needs_modes
from tests.config.toml_files import as_toml, changed
from tests.factories import a_plan, a_protocol, a_site, simulate_session
from tests.visit.conftest import abandoned, leave_a_copy

ANN = Person("01")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The system's temporary folder for this test."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


@pytest.fixture
def room(tmp_path: Path, temporary: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """A room with a participant who has performed both runs of the demo, taken for emulated ones, and the plan."""
    dataset, plan, _ = simulate_session(tmp_path / "study")
    save_plan(plan, dataset.plan(ANN))
    monkeypatch.setattr("task.visit.requests._kind_of_runs", lambda emulated, virtual: "emulated")
    protocol = a_protocol("demo")
    yield Room(a_site(), protocol, read_wording(protocol.wording), dataset, ANN)
    for path in [dataset.root, *sorted(dataset.root.rglob("*"))]:
        if path.is_dir():
            path.chmod(0o755)


def rows_of(results: Any) -> dict[str, Result]:
    return {one.name: one for one in results}


def without_run(room: Room, *runs: int) -> None:
    for run in runs:
        room.dataset.journal(ANN, run, 1).unlink()


def everything_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_the_next_run_is_found_and_nothing_is_changed(room: Room, tmp_path: Path) -> None:
    without_run(room, 2)
    before = everything_below(tmp_path)
    rows = rows_of([*files(room), *copies(room), *participant(room), *pictures(room)])
    assert {row.status for row in rows.values()} == {"pass"}, rows
    assert "run 2 of 2 would be next" in rows["participant"].found
    assert everything_below(tmp_path) == before


def test_a_participant_whose_runs_are_all_complete_fails_as_run_refuses(room: Room) -> None:
    row = rows_of(participant(room))["participant"]
    assert row.status == "fail" and "all 2 runs of participant 01 are complete" in row.found


def test_a_participant_whom_another_program_holds_fails_and_is_not_disturbed(room: Room) -> None:
    without_run(room, 2)
    with locked(room.dataset, ANN):
        before = everything_below(room.dataset.root)
        row = rows_of(participant(room))["participant"]
        assert everything_below(room.dataset.root) == before
    assert row.status == "fail" and f"another program is at work for sub-01: process {os.getpid()}" in row.found
    assert rows_of(participant(room))["participant"].status == "pass"


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b'{"format": 1}'])
def test_a_plan_that_cannot_be_read_fails(room: Room, content: bytes) -> None:
    path = room.dataset.plan(ANN)
    path.write_bytes(content)
    rows = rows_of(participant(room))
    assert rows["saved plan"].status == "fail" and str(path) in rows["saved plan"].found
    assert rows["participant"].status == "not asked"


@needs_modes
def test_a_plan_of_another_account_fails_with_whose_it_is_and_no_advice_to_delete_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = room.dataset.plan(ANN)
    path.chmod(0o000)
    with as_any_account():
        row = rows_of(participant(room))["saved plan"]
        monkeypatch.setattr(os, "geteuid", lambda: 12345)
        assert f"{path} belongs to" in rows_of(participant(room))["saved plan"].found
        assert read_files("laptop", None, ANN, room.dataset.root)[1] is not None  # and all else is checked
    assert row.status == "fail" and "Permission denied" in row.found
    assert "delete" not in row.found + row.advice


@needs_modes
def test_files_that_run_cannot_write_afterwards_fail_with_their_names(room: Room) -> None:
    func = room.dataset.events(ANN, 1).parent
    func.mkdir(parents=True)
    func.chmod(0o555)
    with as_any_account():
        row = rows_of(files(room))["participant's files"]
    assert row.status == "fail" and str(func) in row.found and "account" in row.advice


@needs_modes
def test_a_folder_of_another_account_ends_no_check(room: Room) -> None:
    room.dataset.root.chmod(0o000)
    results: list[Result] = []
    with as_any_account():
        assert make_checks(room, (folder, files, copies, participant), results)
        assert read_files("laptop", None, ANN, room.dataset.root)[1] is not None
    rows = rows_of(results)
    for name in ("data folder", "participant's files", "participant"):
        assert rows[name].status == "fail" and "Permission denied" in rows[name].found


def test_a_lost_plan_that_the_journals_give_is_a_warning_and_one_that_they_do_not_give_fails(room: Room) -> None:
    without_run(room, 2)
    room.dataset.plan(ANN).unlink()
    rows = rows_of(participant(room))
    assert rows["saved plan"].status == "warn" and "though there are journals" in rows["saved plan"].found
    assert rows["participant"].status == "pass"
    journal = room.dataset.journal(ANN, 1, 1)
    journal.write_bytes(journal.read_bytes().replace(b'"seed":1', b'"seed":2', 1))  # and its check no longer fits
    request = Request(ANN, room.protocol, room.site, room.wording, room.dataset)
    with pytest.raises(RequestError, match="cannot be made again") as refused:
        plan_for(request, print)
    row = rows_of(participant(room))["saved plan"]
    assert (row.status, row.found) == ("fail", str(refused.value))


def test_a_plan_that_was_changed_since_a_run_is_a_warning(room: Room) -> None:
    save_plan(a_plan("demo", seed=99), room.dataset.plan(ANN))
    row = rows_of(participant(room))["saved plan"]
    assert row.status == "warn" and "was changed since sub-01_task-decider_run-01" in row.found


def test_a_copy_that_the_next_run_brings_home_counts_already(room: Room, temporary: Path) -> None:
    home = room.dataset.journal(ANN, 1, 1)
    abandoned(leave_a_copy(home))
    without_run(room, 1, 2)
    before = everything_below(room.dataset.root)
    rows = rows_of([*copies(room), *participant(room)])
    assert rows["record left behind"].status == "warn" and str(home) in rows["record left behind"].found
    assert "rescue" in rows["record left behind"].advice
    assert "run 2 of 2 would be next" in rows["participant"].found
    assert everything_below(room.dataset.root) == before


def test_a_copy_that_cannot_come_home_fails_as_run_refuses(room: Room, temporary: Path) -> None:
    home = room.dataset.journal(ANN, 1, 1)
    copy = abandoned(leave_a_copy(home))
    home.write_bytes(b"another\n")
    row = rows_of(copies(room))["record left behind"]
    assert row.status == "fail" and "Another journal lies there" in row.found
    assert copy.exists() and home.read_bytes() == b"another\n"


@needs_modes
def test_a_temporary_folder_that_takes_no_copy_is_a_warning(room: Room, temporary: Path) -> None:
    temporary.chmod(0o555)
    with as_any_account():
        row = rows_of(copies(room))["copy of the record"]
    temporary.chmod(0o755)
    assert row.status == "warn" and str(temporary) in row.found
    ours = temporary / f"decider-task-{os.getuid()}"
    ours.mkdir()
    if os.getuid() == 0:
        os.chown(ours, 12345, 12345)
        row = rows_of(copies(room))["copy of the record"]
        assert row.status == "warn" and "it belongs to somebody else" in row.found


def test_a_disk_that_cannot_lock_fails_as_run_refuses(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = folder(room)
    assert row.status in ("pass", "warn")

    class NoLocks:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __enter__(self) -> None:
            raise NotImplementedError

        def __exit__(self, *_: Any) -> None: ...

    monkeypatch.setattr("task.record.lock.FileLock", NoLocks)
    before = sorted(room.dataset.root.iterdir())
    (row,) = folder(room)
    assert row.status == "fail" and "cannot keep two programs apart" in row.found
    assert sorted(room.dataset.root.iterdir()) == before


def test_a_picture_that_cannot_be_drawn_fails_with_its_name(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from task.config import avatars

    own = shutil.copytree(avatars.AVATARS, tmp_path / "avatars")
    monkeypatch.setattr(avatars, "AVATARS", own)
    rows = rows_of([*participant(room), *pictures(room)])
    assert rows["pictures"].status == "pass" and "8 avatars of the set neutral" in rows["pictures"].found
    assert room.plan is not None
    broken = avatars.picture_of(room.plan.deciders[-1].avatar)
    broken.write_bytes(b"no picture")
    (row,) = pictures(room)
    assert row.status == "fail" and str(broken) in row.found


def test_words_that_cannot_be_shown_are_a_wrong_wording_file(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text(as_toml(changed("wording/en", {"check.left": "\u2620"})), encoding="utf-8")
    (tmp_path / "quick.toml").write_text(as_toml(changed("protocols/demo", {"wording": "ours.toml"})))
    results, room = read_files("laptop", str(tmp_path / "quick.toml"), None, tmp_path)
    rows = rows_of(results)
    assert room is None
    assert rows["protocol file"].status == "pass"
    assert rows["wording file"].status == "fail" and "screen: check_left" in rows["wording file"].found


BOXES = {
    "devices": {"keyboard": {"kind": "keyboard"}, "box": {"kind": "serial", "port": "/dev/tty_that_is_not_there"}},
    "strokes": {"pulse": ["box:5"], "left": ["box:1"], "right": ["box:2", "keyboard:j"], "alarm": ["box:9"]},
}


def test_what_only_devices_that_did_not_open_can_send_is_not_asked_for(
    room: Room, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "boxes.toml").write_text(as_toml(changed("sites/laptop", BOXES)))
    asked: list[str] = []
    here = replace(room, site=read_site(str(tmp_path / "boxes.toml")), time_limit_s=0.0)
    monkeypatch.setattr(Room, "ask", lambda self, scene, question: asked.append(question))
    monkeypatch.setattr("task.preflight.devices.import_psychopy", lambda: None)

    class Device:
        def __init__(self, name: str) -> None:
            self.name = name

        def open(self) -> None:
            if self.name == "box":
                raise DeviceError("box: there is no such port")

        def close(self) -> None: ...

        def read(self, until: float) -> list[Any]:
            return []

    monkeypatch.setattr("task.preflight.devices.device_of", lambda name, settings, codes: Device(name))
    rows = rows_of([*devices(here), *buttons(here), *dot(here), *pulses(here)])
    assert (rows["device box"].status, rows["device keyboard"].status) == ("fail", "pass")
    for name in ("left button", "alarm", "pulses"):
        assert (rows[name].status, rows[name].found) == (
            "not asked",
            "box could not be opened, so nothing can arrive",
        )
    assert rows["right button"].status == "fail"
    assert [question.partition(" once")[0] for question in asked] == ["Press the RIGHT BUTTON"]
