"""What people keep by hand in a dataset outlives every export; what was not fetched is named and never replaced."""

import json
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock, Timeout

from task.cli.verify import verify
from task.config.protocol import Protocol
from task.export import description
from task.export.dataset import export_all, export_person
from task.export.planned import export_planned
from task.record.hand_kept import amend
from task.record.layout import Dataset
from task.record.lock import LockedError, tables_locked
from tests.export.conftest import ANN, BEN, abort_at, perform, plan_of
from tests.factories import a_protocol

Perform = Callable[..., Path]


@pytest.fixture(scope="module")
def _two(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    dataset = Dataset(tmp_path_factory.mktemp("two"))
    for person in (ANN, BEN):
        perform(dataset, a_protocol(), person=person)
    return dataset


@pytest.fixture
def two(_two: Dataset, dataset: Dataset) -> Dataset:
    """A dataset of two people with a run each; nothing is exported yet."""
    shutil.copytree(_two.root, dataset.root)
    return dataset


def unfetch(path: Path) -> Path:
    """Make a file one whose content was not fetched, as in a clone of a DataLad dataset; give where that would lie."""
    kept = path.parent / ".git" / "annex" / "objects" / "key" / "key"
    path.unlink(missing_ok=True)
    path.symlink_to(os.path.relpath(kept, path.parent))
    return kept


# --- the dataset's own tables ----------------------------------------------------------------------------------------


def test_rows_columns_and_bytes_of_others_outlive_exports(two: Dataset) -> None:
    table, described = two.root / "participants.tsv", two.root / "participants.json"
    theirs = ["participant_id\tage\tage\tvisit", "sub-09\t31\t\t1", "sub-09\t32\tx\t2", " sub-01 \t28\tä\t1"]
    table.write_bytes("\r\n".join([*theirs, "sub-01\t29\t\t2"]).encode("utf-16"))
    described.write_bytes(b'{"age": {"Units":"years"},\n"protocol": 1.50}')
    export_all(two)
    assert table.read_bytes().decode("utf-16") == (
        "participant_id\tage\tage\tvisit\torder_index\tavatar_set\tprotocol\r\n"
        "sub-09\t31\t\t1\tn/a\tn/a\tn/a\r\n"
        "sub-09\t32\tx\t2\tn/a\tn/a\tn/a\r\n"
        " sub-01 \t28\tä\t1\t7\tneutral\tdemo\r\n"
        "sub-01\t29\t\t2\t7\tneutral\tdemo\r\n"
        "sub-02\tn/a\tn/a\tn/a\t7\tneutral\tdemo"
    )
    said = described.read_bytes()
    assert said.startswith(b'{"age": {"Units":"years"},\n"protocol": 1.50, "participant_id": {') and said.endswith(
        b"}}"
    )
    assert set(json.loads(said)) == {"age", "protocol", "participant_id", "order_index", "avatar_set"}
    before = [(path.read_bytes(), path.stat().st_mtime_ns) for path in (table, described)]
    assert not [note for one in export_all(two) for note in one.notes if "participants" in note]
    assert [(path.read_bytes(), path.stat().st_mtime_ns) for path in (table, described)] == before


def test_a_person_is_put_in_though_another_one_does_not_fit(two: Dataset) -> None:
    table = two.root / "participants.tsv"
    theirs = b"participant_id\torder_index\tavatar_set\tprotocol\nsub-01\t1\n"
    table.write_bytes(theirs)
    notes = [note for one in export_all(two) for note in one.notes]
    assert table.read_bytes() == theirs + b"sub-02\t7\tneutral\tdemo\n"
    assert f"{table} was left as it is, without sub-01: line 2 has 2 columns, and the header 4 columns" in notes
    table.write_bytes(b"participant_id\tage\nsub-09\n")
    notes = [note for one in export_all(two) for note in one.notes]
    assert f"{table} was left as it is, without sub-01, sub-02: line 2 has 1 column, and the header 2 columns" in notes


def test_what_an_export_puts_in_the_place_of_something_else_is_told(two: Dataset) -> None:
    table = two.root / "participants.tsv"
    table.write_bytes(b"participant_id\tprotocol\nsub-01\tpilot 3\n")
    notes = export_person(two, ANN).notes
    assert f"{table}: protocol of sub-01 was 'pilot 3', and is 'demo' now" in notes
    table.write_bytes(b"participant_id\tprotocol\nsub-01\tpilot 3\n")
    table.chmod(0o444)
    notes = export_person(two, ANN).notes
    assert not [note for note in notes if "and is 'demo' now" in note]
    assert f"{table} was left as it is, without sub-01: it is write-protected" in notes


@pytest.mark.parametrize("name", ["participants.tsv", "participants.json"])
def test_a_table_that_was_not_fetched_is_left_alone_and_named(two: Dataset, name: str) -> None:
    kept = unfetch(two.root / name)
    notes = export_person(two, ANN).notes
    assert [note for note in notes if note.startswith(f"{two.root / name} was left as it is") and "datalad get" in note]
    assert (two.root / name).is_symlink() and not kept.exists()


@pytest.mark.parametrize("name", ["README.md", "README.txt", "README.rst"])
def test_a_readme_by_another_name_is_the_readme(two: Dataset, name: str) -> None:
    (two.root / name).write_text("Ours")
    for path in (two.root / "dataset_description.json", two.root / "derivatives/onsets/dataset_description.json"):
        path.parent.mkdir(parents=True, exist_ok=True)
        unfetch(path)
    export_person(two, ANN)
    assert not (two.root / "README").exists()
    assert (two.root / "dataset_description.json").is_symlink()
    assert (two.root / "derivatives" / "onsets" / "dataset_description.json").is_symlink()


# --- two exports at a time -------------------------------------------------------------------------------------------


def test_the_tables_are_read_and_written_under_one_lock(two: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    locks: list[Path] = []

    def amended(path: Path, change: Any) -> None:
        with pytest.raises(Timeout):
            FileLock(two.root / "sourcedata" / ".lock", blocking=False).acquire()
        locks.append(path)
        amend(path, change)

    monkeypatch.setattr(description, "amend", amended)
    export_person(two, ANN)
    assert [path.name for path in locks] == ["participants.tsv", "participants.json"]
    assert not [path for path in (two.root / "sourcedata").iterdir() if path.name.startswith(".")]


def test_an_export_waits_for_another_and_says_if_it_waits_in_vain(
    two: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(description, "tables_locked", partial(tables_locked, patience_s=0.1))
    with tables_locked(two):
        (note,) = (note for note in export_person(two, ANN).notes if "participants" in note)
        with pytest.raises(LockedError, match="at work for the tables of"), tables_locked(two, patience_s=0.1):
            pass
    assert "were left as they are: another program is at work for the tables of" in note
    assert not (two.root / "participants.tsv").exists()
    export_person(two, ANN)
    assert (two.root / "participants.tsv").exists()


def test_a_lock_that_was_committed_to_an_annex_is_a_lock_again(two: Dataset) -> None:
    unfetch(two.root / "sourcedata" / ".lock")
    with tables_locked(two), pytest.raises(LockedError), tables_locked(two, patience_s=0.1):
        pass


# --- descriptions of events ------------------------------------------------------------------------------------------


def test_what_people_add_to_a_description_of_events_stays_and_ours_is_put_right(
    two: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    export_all(two)
    path = two.events(ANN, 1).with_suffix(".json")
    ours = path.read_bytes()
    assert json.loads(ours)["Seed"] == 1
    theirs = ours.replace(b'"Seed": 1,', b'"Seed": 2,').replace(b"{\n", b'{\n  "CogAtlasID":   "trm_1",\n\n', 1)
    path.write_bytes(theirs)
    assert verify(data=two.root, participant=None) == 1
    assert f"{path}: differs from what its journal gives" in capsys.readouterr().out
    export_all(two)
    assert path.read_bytes() == theirs.replace(b'"Seed": 2,', b'"Seed": 1,')
    assert verify(data=two.root, participant=None) == 0


def test_a_description_that_is_no_json_any_more_is_left_alone_and_named(
    two: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    export_all(two)
    path = two.events(ANN, 1).with_suffix(".json")
    spoilt = path.read_bytes()[:-3]
    path.write_bytes(spoilt)
    (note,) = (note for one in export_all(two) for note in one.notes if "was left as it is" in note)
    assert note.startswith(f"{path} was left as it is: line ")
    assert path.read_bytes() == spoilt
    assert verify(data=two.root, participant=None) == 1
    assert "Mend it, or delete it and `export`" in capsys.readouterr().out


def test_events_that_were_not_fetched_are_named_and_all_else_is_made(
    two: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    table, description_of = two.events(ANN, 1), two.events(BEN, 1).with_suffix(".json")
    for path in (table, description_of):
        path.parent.mkdir(parents=True)
        unfetch(path)
    notes = [note for one in export_all(two) for note in one.notes]
    for path in (table, description_of):
        assert path.is_symlink()
        assert [note for note in notes if note.startswith(f"{path} was left as it is: what it holds is not here")]
    assert two.events(BEN, 1).exists() and any(two.root.glob("derivatives/onsets/fsl/*/sub-01/*.txt"))
    assert verify(data=two.root, participant=None) == 1
    said = capsys.readouterr().out
    assert f"{table}: what it holds is not here" in said and f"{description_of}: what it holds" in said


def test_onset_files_that_were_not_fetched_are_named_and_others_are_made(two: Dataset) -> None:
    export_all(two)
    one = next(path for path in sorted(two.root.glob("derivatives/onsets/fsl/*/sub-01/*")) if path.is_file())
    unfetch(one)
    notes = [note for each in export_all(two) for note in each.notes]
    assert [note for note in notes if note.startswith(f"sub-01: no onset files were made: {one}: what it holds is not")]
    assert one.is_symlink()


def test_events_are_kept_if_the_journal_of_another_attempt_was_not_fetched(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    first, second = perform_a_run(demo), perform_a_run(demo, typed=abort_at(40))
    export_person(dataset, ANN)
    before = dataset.events(ANN, 1).read_bytes()
    kept = first.read_bytes()
    unfetch(first)
    notes = export_person(dataset, ANN).notes
    assert dataset.events(ANN, 1).read_bytes() == before
    assert [note for note in notes if "another attempt at it may count, whose journal is not here" in note]
    first.unlink()
    first.write_bytes(kept)
    second.unlink()
    unfetch(second)
    assert not export_person(dataset, ANN).onset_folders


def test_planned_events_that_were_not_fetched_are_named(dataset: Dataset, demo: Protocol) -> None:
    plan = plan_of(demo, ANN)
    (table, *_), _ = export_planned(dataset, plan, ANN)
    unfetch(table)
    (note, *_) = export_planned(dataset, plan, ANN).notes
    assert note.startswith(f"{table} was left as it is: what it holds is not here")
