"""Journals whose place failed are brought home; nobody is recorded twice at a time."""

import errno
import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from task.cli.rescue import rescue
from task.record.journal import read_journal
from task.record.kinds.marks import Clock
from task.record.layout import ROOT, Dataset
from task.record.lock import LockedError, is_recording, locked
from task.record.records import of_kind, stamp_of
from task.record.spare import left_behind, of_no_home
from task.visit.requests import RequestError
from task.visit.rescue import left_behind_of, take_home
from tests.cli.test_commands import SHORT, assert_no_traceback, typed
from tests.visit.conftest import ANN, BEN, abandoned, leave_a_copy


@pytest.mark.parametrize("left", [0, 1000, 5000])
def test_what_the_disk_did_not_take_is_brought_home(dataset: Dataset, temporary: Path, left: int) -> None:
    journal = dataset.journals(ANN)[0]
    whole, events = journal.read_bytes(), dataset.events(ANN, 1).read_bytes()
    abandoned(leave_a_copy(journal))
    if left:
        journal.write_bytes(whole[:left])
    else:
        journal.unlink()
    dataset.events(ANN, 1).unlink()
    done = typed("rescue")
    assert done.returncode == 0, done.stderr
    assert f"{journal} was {'cut off, and is whole' if left else 'missing, and is there'} again." in done.stdout
    assert journal.read_bytes() == whole
    assert dataset.events(ANN, 1).read_bytes() == events
    assert left_behind() == []
    assert "There is nothing to rescue" in typed("rescue").stdout


def test_a_journal_that_went_on_after_its_copy_is_left_as_it_is(dataset: Dataset, temporary: Path) -> None:
    journal = dataset.journals(ANN)[0]
    whole = journal.read_bytes()
    copy = abandoned(leave_a_copy(journal))
    copy.write_bytes(whole[:2000])
    assert f"{journal} is complete; nothing to do." in typed("rescue").stdout
    assert journal.read_bytes() == whole
    assert left_behind() == []


def test_another_journal_in_its_place_is_not_overwritten(dataset: Dataset, temporary: Path) -> None:
    journal, other = dataset.journals(ANN)
    copy = abandoned(leave_a_copy(journal))
    shutil.copy(other, journal)
    done = typed("rescue")
    assert done.returncode == 1
    assert "Another journal lies there. Both were left as they are" in done.stdout
    assert journal.read_bytes() == other.read_bytes()
    assert copy.exists()


def test_copies_can_be_brought_to_another_dataset(dataset: Dataset, temporary: Path, tmp_path: Path) -> None:
    journal = dataset.journals(ANN)[0]
    records = read_journal(journal)
    abandoned(leave_a_copy(journal))
    shutil.rmtree(dataset.root)
    for gone in (dataset.root.mkdir, dataset.root.rmdir):  # a mount point that is left behind, and not even that
        gone()
        done = typed("rescue")
        assert done.returncode == 1
        assert "is not there. Bring it back" in done.stdout
        assert not list(dataset.root.rglob("*"))
    assert_no_traceback(done)
    assert typed("rescue", "--to", str(tmp_path / "new")).returncode == 0
    new = Dataset(tmp_path / "new")
    assert read_journal(new.journals(ANN)[0]) == records
    assert new.events(ANN, 1).exists()


def test_the_copy_of_a_run_that_goes_on_is_left_alone(dataset: Dataset, temporary: Path, tmp_path: Path) -> None:
    copy = leave_a_copy(dataset.journals(ANN)[0])  # by this program, which is still there
    done = typed("rescue", "--to", str(tmp_path / "new"))
    assert "its run is going on just now" in done.stdout
    assert copy.exists()
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    "marker", [b"", b"\n", b"relative\n1\n", b"/no/such/journal\n1\n", b"\xff\x00\n\n", b"/a/b\nx\n"]
)
def test_a_marker_that_is_broken_hinders_nobody(dataset: Dataset, temporary: Path, marker: bytes) -> None:
    copy = leave_a_copy(dataset.journals(ANN)[0])
    copy.with_name("home.txt").write_bytes(marker)
    assert left_behind() == []
    assert typed("rescue").returncode == 0


def test_zero_is_moved_in_the_whole_journal_and_not_in_what_the_disk_took(dataset: Dataset, temporary: Path) -> None:
    journal = dataset.journals(ANN)[0]
    whole = journal.read_bytes()
    abandoned(leave_a_copy(journal))
    journal.write_bytes(whole[:9000])
    words = ("--participant", "01", "--run", "1", "--by", "0.5", "--reason", "why", "--data", str(dataset.root))
    done = typed("rezero", *words)
    assert done.returncode == 0, done.stderr
    assert "The interrupted run's record was cut off, and is whole again." in done.stdout
    assert journal.read_bytes().startswith(whole)
    assert left_behind() == []


def test_after_a_crash_that_lost_nothing_it_is_said_that_nothing_is_to_do(dataset: Dataset, temporary: Path) -> None:
    abandoned(leave_a_copy(dataset.journals(ANN)[0]))
    words = ("--participant", "01", "--run", "1", "--by", "0.5", "--reason", "why", "--data", str(dataset.root))
    assert typed("rezero", *words).stdout.startswith("The interrupted run's record is complete; nothing to do.\n")
    assert left_behind() == []


# --- whose copies, and which dataset's --------------------------------------------------------------------------------


def test_only_the_dataset_that_is_named_is_looked_after(
    dataset: Dataset, temporary: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Dataset(tmp_path / "other")
    shutil.copytree(dataset.root, other.root)
    for one in (dataset, other):
        abandoned(leave_a_copy(one.journals(ANN)[0]))
    shutil.rmtree(other.root)
    link = tmp_path / "link"
    link.symlink_to(dataset.root)
    dataset.journals(ANN)[0].unlink()
    assert rescue(to=None, data=link) == 0  # by whatever path it is named
    said = capsys.readouterr().out
    assert "was missing, and is there again" in said
    assert f"Note: {other.journal(ANN, 1, 1)} is of another dataset; its copy was left alone." in said
    (left,) = left_behind()
    assert left.home == other.journal(ANN, 1, 1)
    assert rescue(to=None, data=dataset.root) == 0
    assert "There is nothing to rescue" in capsys.readouterr().out
    assert rescue(to=None, data=other.root) == 1
    assert "is not there. Bring it back" in capsys.readouterr().out
    with pytest.raises(RequestError, match="there is no such folder"):
        rescue(to=None, data=tmp_path / "nowhere")


def test_a_copy_is_found_by_whatever_path_its_dataset_is_named(dataset: Dataset, temporary: Path) -> None:
    journal = dataset.journals(ANN)[0]
    copy = abandoned(leave_a_copy(journal))
    roundabout = Dataset(dataset.root / "sourcedata" / "..")
    assert [one.path for one in left_behind_of(roundabout, ANN)] == [copy]
    marker = copy.with_name("home.txt")
    marker.write_bytes(marker.read_bytes().split(b"\n")[0] + f"\n{os.getppid()}\n".encode())
    assert left_behind_of(roundabout, ANN) == []  # a program that is still there looks after it


def test_a_temporary_folder_that_has_two_names_is_searched_once(
    dataset: Dataset, temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    abandoned(leave_a_copy(dataset.journals(ANN)[0]))
    (tmp_path / "same").symlink_to(temporary)
    monkeypatch.setenv("TEMP", str(tmp_path / "same"))
    assert len(left_behind()) == 1
    assert rescue(to=None) == 0


def test_what_nobody_can_tell_the_home_of_is_named_and_hinders_nothing(
    dataset: Dataset, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journals = dataset.journals(ANN)
    good, spoilt, lonely = (abandoned(leave_a_copy(journals[i])) for i in (0, 1, 1))
    spoilt.with_name("home.txt").write_bytes(b"\x00")
    lonely.with_name("home.txt").unlink()
    (good.parent.parent / "half made").mkdir()
    (good.parent.parent / "no folder").write_text("")
    (good.parent.parent / "just made").mkdir()
    shutil.copy(good.with_name("home.txt"), good.parent.parent / "just made")
    assert rescue(to=None) == 0
    said = capsys.readouterr().out
    assert f"{journals[0]} is complete; nothing to do." in said
    for path in (spoilt, lonely):
        assert f"Note: {path} was passed over: home.txt beside it does not say" in said
        assert path.exists()
    assert said.count("was passed over") == 2


def test_folders_that_cannot_be_looked_into_are_named_and_those_of_others_are_passed_over(
    dataset: Dataset, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = abandoned(leave_a_copy(dataset.journals(ANN)[0]))
    shut = abandoned(leave_a_copy(dataset.journals(ANN)[0])).parent

    def look(folder: Path) -> Iterator[Path]:
        if folder in (shut, Path("/shut") / copy.parent.parent.name):
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return iterdir(folder)

    def state(path: Any, *more: Any, **options: Any) -> os.stat_result:
        if str(path).startswith("/shut"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, *more, **options)

    iterdir, stat = Path.iterdir, os.stat
    monkeypatch.setenv("TMP", "/shut")
    monkeypatch.setattr(Path, "iterdir", look)
    monkeypatch.setattr(os, "stat", state)
    assert [one.path for one in left_behind()] == [copy]
    assert {one.path for one in of_no_home()} == {shut, Path("/shut") / copy.parent.parent.name}
    assert all(one.why == "this folder cannot be looked into (Permission denied)" for one in of_no_home())
    monkeypatch.setattr(os, "getuid", lambda: 4321)
    copy.parent.parent.rename(temporary / "decider-task-4321")  # made by somebody else, under our name
    assert left_behind() == []


def test_an_export_that_fails_keeps_no_other_copy_from_home(
    dataset: Dataset, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in (ANN, BEN):
        abandoned(leave_a_copy(dataset.journals(person)[0]))
        dataset.journals(person)[0].unlink()
    events = dataset.events(ANN, 1)
    events.unlink()
    events.mkdir()  # nothing can be written there
    assert rescue(to=None) == 1
    assert "the events of sub-01 could not be made" in capsys.readouterr().out
    assert dataset.journals(ANN)[0].exists() and dataset.journals(BEN)[0].exists()
    assert left_behind() == []


# --- two journals of one name -----------------------------------------------------------------------------------------


def test_two_journals_of_one_name_are_told_apart_and_either_way_goes_on(
    dataset: Dataset, temporary: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    journal, other = dataset.journals(ANN)
    whole = journal.read_bytes()
    copy = abandoned(leave_a_copy(journal))
    lines = other.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:-3]))
    assert rescue(to=None, data=dataset.root) == 1
    said = capsys.readouterr().out
    records = len(whole.splitlines())
    last = last_time(copy)
    assert "they are of two different attempts" in said
    held = f"{records} records, the last at {last}; its run ended (complete)"
    assert f"the copy: {copy}\n              {held}\n" in said
    held = f"{len(lines) - 3} records, the last at {last_time(journal)}; without the end of its run"
    assert f"there:    {journal}\n              {held}\n" in said
    assert said.count("without the end of its run") == 1
    with pytest.raises(RequestError, match="Nothing was done yet") as refused:
        take_home(dataset, ANN)
    assert str(copy) in str(refused.value) and str(journal) in str(refused.value)
    aside = journal.with_name(journal.name + ".set_aside")
    assert f"rename the one that is there to {aside.name}, and type: " in said
    assert f"rescue --data {dataset.root}\n" in said
    journal.rename(aside)
    assert rescue(to=None, data=dataset.root) == 0
    assert journal.read_bytes() == whole
    assert dataset.journals(ANN) == [journal, other]


def test_a_journal_that_was_damaged_at_home_is_said_to_be_of_the_same_attempt(
    dataset: Dataset, temporary: Path
) -> None:
    journal = dataset.journals(ANN)[0]
    copy = abandoned(leave_a_copy(journal))
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join([*lines[:9], bytes(9) + b"\n", *lines[10:]]))
    said = str(take_home_refused(dataset))
    assert "they began as one attempt" in said
    assert "9 records" in said and "; line 10 is damaged, and more follows it" in said
    journal.write_bytes(bytes(100))
    said = str(take_home_refused(dataset))
    assert "they cannot be compared" in said and "its first line, the head, is damaged or missing" in said
    folder = copy.parent
    assert f"move the folder {folder} to a safe place" in said
    folder.rename(dataset.root.parent / "safe")
    take_home(dataset, ANN)  # nothing is in the way any more


def test_a_journal_whose_content_was_not_fetched_is_not_taken_for_missing(
    dataset: Dataset, temporary: Path, tmp_path: Path
) -> None:
    journal = dataset.journals(ANN)[0]
    copy = abandoned(leave_a_copy(journal))
    journal.unlink()
    journal.symlink_to(tmp_path / "annex" / "key")
    assert "fetch that first" in str(take_home_refused(dataset))
    assert journal.is_symlink() and copy.exists()


def take_home_refused(dataset: Dataset) -> RequestError:
    with pytest.raises(RequestError) as refused:
        take_home(dataset, ANN)
    return refused.value


def last_time(journal: Path) -> str:
    """The time of a journal's last record, by its last pair of clock and UTC."""
    records = read_journal(journal)
    clock = of_kind(records, Clock)[-1]
    last = datetime.fromisoformat(clock.utc) + timedelta(seconds=stamp_of(records[-1]) - clock.t)
    return f"{last:%Y-%m-%d %H:%M:%S} UTC"


# --- one program at a time -------------------------------------------------------------------------------------------


def test_two_programs_cannot_run_for_one_participant(dataset: Dataset) -> None:
    with locked(dataset, ANN):
        with pytest.raises(LockedError, match=r"sub-01: process \d+ on computer .* since"), locked(dataset, ANN):
            pass
        done = typed("pilot", "--participant", "01", "--protocol", SHORT, "--data", str(dataset.root), DISPLAY=":9")
        assert done.returncode == 2  # simulated data
        words = ("--participant", "01", "--run", "1", "--by", "1", "--reason", "why", "--data", str(dataset.root))
        done = typed("rezero", *words)
        assert done.returncode == 1
        assert "another program is at work for sub-01" in done.stderr
        with locked(dataset, BEN):
            pass
    with locked(dataset, ANN):
        pass


def test_who_is_being_recorded_can_be_asked_and_nobody_is_disturbed(dataset: Dataset) -> None:
    assert not is_recording(dataset, ANN)
    assert not (dataset.sourcedata(ANN) / ".lock").exists()
    with locked(dataset, ANN):
        before = {path: path.stat().st_mtime_ns for path in dataset.sourcedata(ANN).iterdir()}
        question = (
            "from pathlib import Path; from task.record.layout import Dataset, Person; "
            "from task.record.lock import is_recording; "
            f"print([is_recording(Dataset(Path({str(dataset.root)!r})), Person(one)) for one in ('01', '02', '99')])"
        )
        asked = [sys.executable, "-c", question]
        done = subprocess.run(asked, capture_output=True, text=True, cwd=ROOT)
        assert done.stdout == "[True, False, False]\n", done.stderr
        assert is_recording(dataset, ANN)
        assert {path: path.stat().st_mtime_ns for path in dataset.sourcedata(ANN).iterdir()} == before
        with pytest.raises(LockedError), locked(dataset, ANN):  # whoever asked did not let go of it
            pass
    assert not is_recording(dataset, ANN)
    assert not (dataset.root / "sourcedata" / "sub-99").exists()


def test_a_lock_file_that_lies_about_is_nobody_being_recorded_and_can_be_asked_by_two(dataset: Dataset) -> None:
    path = dataset.sourcedata(ANN) / ".lock"
    path.write_text("")
    path.chmod(0o444)
    with path.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_SH)  # as another one who asks
        assert not is_recording(dataset, ANN)


def test_a_lock_that_a_killed_program_left_behind_holds_nobody_up(dataset: Dataset) -> None:
    folder = dataset.sourcedata(ANN)
    (folder / ".lock").write_text("")
    (folder / ".lock_holder").write_text("process 1 on computer gone, since 2020-01-01 00:00\n")
    with locked(dataset, ANN):
        pass
