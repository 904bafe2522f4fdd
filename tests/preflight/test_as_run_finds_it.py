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
from task.record.layout import Dataset, Person
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
    assert {name: row.status for name, row in rows.items()} == dict.fromkeys(
        ("participant's files", "copy of the record", "saved plan", "participant", "pictures"), "pass"
    )
    assert "run 2 of 2 would be next" in rows["participant"].found
    assert everything_below(tmp_path) == before


def test_without_a_participant_nothing_of_one_is_asked(room: Room) -> None:
    nobody = replace(room, person=None)
    rows = rows_of([*files(nobody), *copies(nobody), *participant(nobody)])
    asked = {name: row.status for name, row in rows.items()}
    assert asked.pop("copy of the record") == "pass"
    assert asked == dict.fromkeys(("participant's files", "saved plan", "participant"), "not asked")


def test_what_is_odd_about_a_participant_is_a_warning_and_the_next_run_is_told_all_the_same(room: Room) -> None:
    without_run(room, 2)
    assert rows_of(participant(room))["participant"].found == ("sub-01: 1 attempt so far; run 2 of 2 would be next")
    new = replace(room, person=Person("1"))
    row = rows_of(participant(new))["participant"]
    assert row.status == "warn" and row.found.startswith("sub-1: no data yet; run 1 of 2 would be next. But there are")
    assert "sub-01" in row.found and row.advice == "Check which label is meant."
    journal = room.dataset.journal(ANN, 1, 1)
    shutil.copy(journal, room.dataset.journal(ANN, 1, 7))
    row = rows_of(participant(room))["participant"]
    assert row.status == "warn" and "attempt-07" in row.found
    room.dataset.journal(ANN, 1, 7).write_bytes(b"")
    row = rows_of(participant(room))["participant"]
    assert row.status == "warn" and "2 attempts so far" in row.found and "attempt-07_journal.jsonl" in row.found
    assert row.advice == "It counts as an attempt whose trials were seen."


def test_a_plan_that_differs_fails_once_trials_were_shown_and_is_a_warning_before(room: Room) -> None:
    other = replace(room, protocol=a_protocol("demo", trust_game={"invested": 20}))
    row = rows_of(participant(other))["saved plan"]
    assert (row.status, row.found) == ("fail", "does not fit protocol demo in: trust_game")
    assert "--saved-plan" in row.advice
    without_run(room, 1, 2)
    row = rows_of(participant(other))["saved plan"]
    assert row.status == "warn" and "makes it anew" in row.advice
    assert rows_of(participant(room))["saved plan"].found == "fits protocol demo; seed 1"
    room.dataset.plan(ANN).unlink()
    row = rows_of(participant(room))["saved plan"]
    assert row.status == "warn" and row.found.startswith("none yet")
    assert f"plan --participant 01 --data {room.dataset.root}" in row.advice


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
    for number in range(6):
        path = room.dataset.sourcedata(ANN) / f"note{number}"
        path.touch(0o000)
    with as_any_account():
        row = rows_of(files(room))["participant's files"]
    assert row.found.count("Permission denied") == 4 and row.found.endswith("And 3 more.")


def test_a_glm_that_is_wrong_is_a_warning_that_there_would_be_no_onset_files(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("task.preflight.data.what_keeps_from_onset_files", lambda: "lab.toml: 2 mistakes")
    row = rows_of(files(room))["onset files"]
    assert (row.status, row.found) == ("warn", "after a run there would be none: lab.toml: 2 mistakes")


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


def test_files_are_read_as_a_run_reads_them_and_each_has_its_row(room: Room, tmp_path: Path) -> None:
    def found(*asked: Any) -> tuple[list[str], Room | None]:
        results, made = read_files(*asked)
        return [f"{one.name}: {one.status}: {one.found}" for one in results], made

    rows, made = found("laptop", None, None, tmp_path)
    assert rows == ["site file: pass: laptop", "protocol file: pass: relational_value", "wording file: pass: en"]
    assert made is not None and made.dataset == Dataset(tmp_path) and made.person is None
    rows, made = found("laptop", None, ANN, room.dataset.root)
    assert "protocol file: pass: demo" in rows and made is not None and made.person == ANN
    rows, made = found("laptop", "separate_feedback", ANN, room.dataset.root)
    assert "protocol file: pass: separate_feedback" in rows
    rows, made = found("lptop", "dmo", None, tmp_path)
    assert [row.split(": ")[:2] for row in rows] == [["site file", "fail"], ["protocol file", "fail"]] and made is None
    plan = a_plan("demo")
    ours = plan.model_copy(update={"protocol": plan.protocol.model_copy(update={"name": "ours"})})
    save_plan(ours, room.dataset.plan(ANN))
    rows, made = found("laptop", None, ANN, room.dataset.root)
    assert "protocol file: pass: ours, as it was saved with the plan" in rows
    assert made is not None and made.protocol == ours.protocol


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
