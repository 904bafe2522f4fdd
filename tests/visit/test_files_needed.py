"""Whether this account may read and write what a run does, asked beforehand: it leaves no trace."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from task.export.dataset import export_person
from task.record.layout import Dataset, Person
from task.record.lock import locked
from task.visit.files_needed import refused_files, what_keeps_from_onset_files
from tests.accounts import as_any_account, needs_modes
from tests.factories import simulate_session

ANN = Person("01")
pytestmark = needs_modes


@pytest.fixture
def dataset(tmp_path: Path) -> Iterator[Dataset]:
    """A dataset with a session in it, exported; its modes are put right again afterwards."""
    dataset, _, _ = simulate_session(tmp_path / "study")
    with locked(dataset, ANN):
        pass
    export_person(dataset, ANN)
    yield dataset
    for folder in [dataset.root, *sorted(dataset.root.rglob("*"))]:
        if folder.is_dir():
            folder.chmod(0o755)


def everything_below(folder: Path) -> dict[Path, tuple[int, bytes]]:
    return {
        path: (path.stat().st_mode, path.read_bytes() if path.is_file() else b"") for path in sorted(folder.rglob("*"))
    }


def test_what_may_be_read_and_written_is_left_as_it_is(dataset: Dataset, tmp_path: Path) -> None:
    before = everything_below(tmp_path)
    with as_any_account():
        assert refused_files(dataset, ANN, with_pictures=True) == []
        assert refused_files(dataset, Person("07", "2")) == []
        assert refused_files(Dataset(tmp_path / "new" / "study"), ANN) == []
    assert everything_below(tmp_path) == before


@pytest.mark.parametrize("mode", [0o555, 0o000], ids=["unwritable", "unreadable"])
@pytest.mark.parametrize(
    ("folder", "is_for_recording"),
    [
        ("sourcedata/sub-01", True),
        ("sub-01/func", False),
        ("derivatives/onsets", False),
        ("derivatives/onsets/fsl/match_by_rank/sub-01", False),
        (".", True),
    ],
)
def test_a_folder_that_takes_no_file_is_named_with_whether_anything_can_be_recorded(
    dataset: Dataset, folder: str, is_for_recording: bool, mode: int
) -> None:
    if folder == "." and mode == 0o555:
        is_for_recording = False  # what is there below it can still be written
    path = dataset.root / folder
    path.chmod(mode)
    with as_any_account():
        refused = refused_files(dataset, ANN)
        with pytest.raises(PermissionError):
            (path / "new").write_text("")
    assert any(one.is_for_recording for one in refused) == is_for_recording
    assert refused and all(str(path) in one.text and "Permission denied" in one.text for one in refused)


@pytest.mark.parametrize(
    ("file", "is_for_recording"),
    [
        ("participants.tsv", False),
        ("participants.json", False),
        ("sub-01/func/sub-01_task-decider_run-01_events.tsv", False),
        ("derivatives/onsets/fsl/match_by_rank/sub-01/README", False),
        ("sourcedata/sub-01/sub-01_task-decider_run-01_attempt-01_journal.jsonl", False),
        ("sourcedata/sub-01/.lock", True),
    ],
)
def test_a_file_that_cannot_be_read_is_named(dataset: Dataset, file: str, is_for_recording: bool) -> None:
    path = dataset.root / file
    path.chmod(0o000)
    with as_any_account():
        refused = refused_files(dataset, ANN)
    assert path.is_file()
    assert {one.is_for_recording for one in refused} >= {is_for_recording}
    assert all(str(path) in one.text for one in refused)


def test_a_folder_that_cannot_be_looked_into_is_told_as_runs_in_it_would_go_unseen(dataset: Dataset) -> None:
    record = dataset.sourcedata(ANN)
    record.chmod(0o333)
    with as_any_account():
        refused = refused_files(dataset, ANN)
    assert any(one.is_for_recording and str(record) in one.text for one in refused)


def test_a_lock_of_the_tables_that_another_account_left_is_told(dataset: Dataset) -> None:
    lock = dataset.root / "sourcedata" / ".lock"
    lock.touch(0o444)
    with as_any_account():
        (refused,) = refused_files(dataset, ANN)
    assert not refused.is_for_recording and str(lock) in refused.text


def test_a_lock_that_another_account_left_is_told_though_it_can_be_read(dataset: Dataset) -> None:
    lock = dataset.sourcedata(ANN) / ".lock"
    lock.chmod(0o444)
    with as_any_account():
        (refused,) = refused_files(dataset, ANN)
        with pytest.raises(PermissionError), locked(dataset, ANN):
            pass
    assert refused.is_for_recording and str(lock) in refused.text


def test_a_file_that_may_only_be_read_is_replaced_and_so_no_hindrance(dataset: Dataset) -> None:
    table = dataset.root / "participants.tsv"
    table.chmod(0o444)
    with as_any_account():
        assert refused_files(dataset, ANN) == []
        assert export_person(dataset, ANN).for_operator == ()


def test_a_file_that_only_its_owner_may_replace_is_told(dataset: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    dataset.root.chmod(0o1777)
    monkeypatch.setattr(os, "geteuid", lambda: 12345)
    refused = [one.text for one in refused_files(dataset, ANN)]
    assert any("participants.tsv: this file cannot be replaced" in text for text in refused)
    assert any("belongs to" in text for text in refused)


def test_a_file_in_the_place_of_a_folder_and_a_link_that_leads_nowhere_are_told(dataset: Dataset) -> None:
    (dataset.root / "sub-07").write_text("a file")
    refused = refused_files(dataset, Person("07"))
    assert [one.text for one in refused] == [f"{dataset.root / 'sub-07'} is a file; a folder is needed."]
    (dataset.root / "sourcedata" / "sub-08").symlink_to(dataset.root / "gone")
    assert any(one.is_for_recording for one in refused_files(dataset, Person("08")))


def test_pictures_need_their_folder_in_pilots_only(dataset: Dataset) -> None:
    reports = dataset.root / "derivatives" / "reports"
    reports.mkdir()
    reports.chmod(0o555)
    with as_any_account():
        assert refused_files(dataset, ANN) == []
        (refused,) = refused_files(dataset, ANN, with_pictures=True)
    assert not refused.is_for_recording


def test_a_glm_that_is_wrong_is_told_as_what_keeps_from_onset_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert what_keeps_from_onset_files() == ""
    (tmp_path / "glm").mkdir()
    monkeypatch.setattr("task.config.finding.CONFIGS", tmp_path)
    assert "match_by_rank" in what_keeps_from_onset_files()
