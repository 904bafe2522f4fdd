"""Journals whose place failed are brought home; a person who asks for it is forgotten; nobody is recorded twice."""

import fcntl
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from task.record.journal import read_journal
from task.record.layout import ROOT, Dataset, Person
from task.record.lock import LockedError, is_recording, locked
from task.record.spare import left_behind, make_ready, place_for
from tests.cli.test_commands import SHORT, assert_no_traceback, typed

ANN, BEN = Person("01"), Person("02")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("simulated")
    done = typed("simulate", "--participants", "2", "--protocol", SHORT, "--data", str(root))
    assert done.returncode == 0, done.stderr
    return root


@pytest.fixture
def dataset(simulated: Path, tmp_path: Path) -> Dataset:
    shutil.copytree(simulated, tmp_path / "data")
    return Dataset(tmp_path / "data")


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A temporary folder of the test's own, for the programs that it starts as well."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    return folder


def leave_a_copy(journal: Path) -> Path:
    copy = place_for(journal)
    make_ready(copy, journal)
    copy.write_bytes(journal.read_bytes())
    return copy


def abandoned(copy: Path) -> Path:
    """Make the copy one of a program that is gone."""
    marker = copy.with_name("home.txt")
    marker.write_bytes(marker.read_bytes().split(b"\n")[0] + b"\n999999999\n")
    return copy


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


# --- being forgotten -------------------------------------------------------------------------------------------------


def traces(folder: Path, *words: str) -> list[Path]:
    """Files whose path or content has one of the words."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    return [p for p in found if any(w in str(p.relative_to(folder)) or w.encode() in p.read_bytes() for w in words)]


def test_a_person_is_forgotten_everywhere_and_nobody_else(dataset: Dataset, temporary: Path) -> None:
    copy = leave_a_copy(dataset.journals(ANN)[0])
    before = {path: path.read_bytes() for path in traces(dataset.root, "sub-02")}
    done = typed("forget", "--participant", "01", "--data", str(dataset.root), "--sure")
    assert done.returncode == 0, done.stderr
    assert traces(dataset.root, "sub-01", '"participant":"01"') == []
    assert not copy.parent.exists()
    after = {path: path.read_bytes() for path in traces(dataset.root, "sub-02")}
    table = dataset.root / "participants.tsv"
    assert table.read_bytes().count(b"\n") == 2
    assert {p: c for p, c in after.items() if p != table} == {p: c for p, c in before.items() if p != table}


def test_links_files_of_other_tools_and_look_alikes(dataset: Dataset, temporary: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "dicom"
    elsewhere.mkdir()
    (elsewhere / "scan.dcm").write_text("kept")
    root = dataset.root
    (root / "derivatives" / "fmriprep").mkdir()
    (root / "derivatives" / "fmriprep" / "sub-01.html").write_text("report")
    (root / "derivatives" / "fmriprep" / "sub-011.html").write_text("somebody else")
    (root / "rawdata").mkdir()
    (root / "rawdata" / "sub-01").symlink_to(elsewhere)
    (root / "notes.txt").write_text("sub-01 was late; sub-012 was not")
    done = typed("forget", "--participant", "01", "--data", str(root), "--sure")
    assert done.returncode == 0, done.stdout
    assert (elsewhere / "scan.dcm").exists()
    assert [p for p in root.rglob("*sub-01*") if "sub-011" not in p.name] == []
    assert (root / "derivatives" / "fmriprep" / "sub-011.html").exists()
    assert f"{root / 'notes.txt'} names sub-01 as well" in done.stdout


def test_what_was_fitted_to_a_forgotten_person_goes_and_so_does_what_was_made_of_the_group(
    temporary: Path, tmp_path: Path
) -> None:
    dataset = Dataset(tmp_path / "choices")
    typed("simulate", "--participants", "2", "--protocol", "demo", "--data", str(dataset.root))
    model = dataset.root / "derivatives" / "model"
    done = typed("fit", "--data", str(dataset.root))
    assert {"fit.png", "comparison.tsv", "modulators.tsv"} < {path.name for path in model.iterdir()}, done.stdout
    bens = {path: path.read_bytes() for path in (model / "signals" / "sub-02").iterdir()}
    done = typed("forget", "--participant", "01", "--data", str(dataset.root), "--sure")
    assert done.returncode == 0, done.stderr
    assert f"{model / 'comparison.tsv'} (of a group that the person belongs to)" in done.stdout
    assert "run `run_session.py fit` again for the others" in done.stdout
    left = {path.name for path in model.iterdir() if path.is_file()}
    assert left == {"dataset_description.json", "fit.tsv", "fit.json", "fit_by_model.tsv", "fit_by_model.json"}
    assert traces(model, "sub-01") == []
    assert {path: path.read_bytes() for path in (model / "signals" / "sub-02").iterdir()} == bens


def test_results_of_a_group_that_a_forgotten_person_was_not_in_stay(dataset: Dataset, temporary: Path) -> None:
    model = dataset.root / "derivatives" / "model"
    model.mkdir(parents=True)
    (model / "fit.tsv").write_text("participant_id\tw\nsub-02\t0.5\n")
    (model / "comparison.tsv").write_text("model\n")
    done = typed("forget", "--participant", "01", "--data", str(dataset.root), "--sure")
    assert done.returncode == 0, done.stderr
    assert (model / "comparison.tsv").exists()
    assert "fit` again" not in done.stdout
    done = typed("forget", "--participant", "99", "--data", str(dataset.root), "--sure")
    assert done.returncode == 2  # nothing is hers


def test_nobody_is_forgotten_without_being_asked(dataset: Dataset, temporary: Path) -> None:
    before = {path: path.read_bytes() for path in dataset.root.rglob("*") if path.is_file()}
    done = typed("forget", "--participant", "01", "--data", str(dataset.root))
    assert done.returncode == 2
    assert "nothing was removed" in done.stderr
    assert {path: path.read_bytes() for path in dataset.root.rglob("*") if path.is_file()} == before
    done = typed("forget", "--participant", "99", "--data", str(dataset.root), "--sure")
    assert done.returncode == 2
    assert "holds nothing of sub-99" in done.stderr


def test_a_person_who_is_being_scanned_is_not_forgotten(dataset: Dataset, temporary: Path) -> None:
    with locked(dataset, ANN):
        done = typed("forget", "--participant", "01", "--data", str(dataset.root), "--sure")
    assert done.returncode == 1
    assert "another program is at work" in done.stderr
    assert dataset.journals(ANN)
