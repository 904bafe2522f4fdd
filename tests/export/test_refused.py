"""What the computer refuses below a dataset is said with its place, stops nobody else's files, and loses nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from task.cli.export import export
from task.cli.rezero import rezero
from task.config.protocol import Protocol
from task.export.dataset import export_person
from task.plan.plan import save_plan
from task.record.correction import correction_of
from task.record.journal import read_journal
from task.record.layout import Dataset
from tests.accounts import as_any_account, needs_modes
from tests.export.conftest import ANN, BEN, perform, plan_of


@pytest.fixture
def two(dataset: Dataset, demo: Protocol) -> Dataset:
    for person in (ANN, BEN):
        perform(dataset, demo, person=person)
    return dataset


@pytest.fixture
def shut() -> Iterator[Callable[[Path], None]]:
    """Take the right to write from folders of the test's own, and give it back at the end."""
    folders: list[Path] = []

    def take(folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o555)
        folders.append(folder)

    yield take
    for folder in folders:
        folder.chmod(0o755)


def test_a_file_in_the_way_of_one_package_keeps_no_other_from_its_files(
    two: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    two.onset_base.mkdir(parents=True)
    (two.onset_base / "afni").write_text("mine")
    assert export(data=two.root, file_format="all") == 1
    said = capsys.readouterr().out
    assert f"{two.onset_base / 'afni'} is a file; a folder is needed." in said
    for person in (ANN, BEN):
        assert two.events(person, 1).exists()
        assert all(
            (two.onsets(f"{one}/match_by_rank", person) / "README").exists() for one in ("fsl", "spm", "nilearn")
        )
    assert (two.onset_base / "afni").read_text() == "mine"


@needs_modes
def test_a_folder_that_may_not_be_written_to_costs_the_onset_files_of_one_person(
    two: Dataset, shut: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    folder = two.onsets("fsl/match_by_rank", ANN)
    shut(folder)
    with as_any_account():
        assert export(data=two.root) == 1
    (line,) = (one for one in capsys.readouterr().out.splitlines() if "could not be written" in one)
    assert line.startswith("Note: sub-01: onset files could not be written, or not all of them. ")
    assert str(folder) in line and "`export` them again when that is mended" in line
    assert two.events(ANN, 1).exists() and (two.onsets("fsl/match_by_rank", BEN) / "README").exists()


@needs_modes
def test_events_that_may_not_be_written_stop_nobody_elses(
    two: Dataset, shut: Callable[[Path], None], capsys: pytest.CaptureFixture[str]
) -> None:
    shut(two.root / ANN.folder)
    before = two.journals(ANN)[0].read_bytes()
    with as_any_account():
        assert export(data=two.root) == 1
    said = capsys.readouterr().out
    assert "Note: the events of sub-01 could not be made, or not all of them. The computer refused: " in said
    assert two.events(BEN, 1).exists() and two.journals(ANN)[0].read_bytes() == before


def test_a_decision_about_zero_is_kept_where_its_events_cannot_be_made(
    two: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    (two.root / ANN.folder).write_text("in the way")
    options = {"participant": "01", "session": None, "run": 1, "attempt": None, "data": two.root}
    assert rezero(by=-1.5, reason="the first pulse was missed", **options) == 1
    said = capsys.readouterr().out
    assert f"{two.root / ANN.folder} is a file; a folder is needed. All is in the journals" in said
    correction = correction_of(read_journal(two.journals(ANN)[0]))
    assert correction is not None and correction.by_s == -1.5


def test_a_dataset_that_cannot_say_what_it_is_has_its_events_all_the_same(
    two: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    (two.root / "dataset_description.json").mkdir()
    (two.root / "participants.tsv").mkdir()
    export(data=two.root)
    assert two.events(ANN, 1).exists() and two.events(BEN, 1).exists()
    assert "participants.tsv" in capsys.readouterr().out


def test_planned_files_that_cannot_be_written_are_a_failure_that_stops_no_other_plan(
    two: Dataset, demo: Protocol, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in (ANN, BEN):
        save_plan(plan_of(demo, person), two.plan(person))
    base = two.root / "derivatives" / "planned" / "onsets_planned" / "fsl" / "trial_types"
    base.mkdir(parents=True)
    (base / "sub-01").write_text("in the way")
    assert export(data=two.root, planned=True) == 1
    said = capsys.readouterr().out
    assert f"sub-01: its planned files could not be written, or not all of them. {base / 'sub-01'} is a file" in said
    assert (base / "sub-02" / "README").exists() and list(two.planned(ANN).rglob("*_events.tsv"))


def test_a_path_that_is_too_long_is_told_by_its_length(two: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_long(*_: object) -> None:
        raise OSError(36, "File name too long", str(two.onset_base / ("x" * 300)))

    monkeypatch.setattr("task.export.fsl.write_text", too_long)
    done = export_person(two, ANN)
    assert done.events and not done.onset_folders and not done.is_whole
    assert any("too long for a file or folder: shorten it" in note for note in done.for_operator)
