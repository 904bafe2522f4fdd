"""A person who asks for it is forgotten, wherever the data lie, and nobody else is; what remains is named."""

from pathlib import Path

from task.record.layout import Dataset
from task.record.lock import locked
from tests.cli.test_commands import typed
from tests.visit.conftest import ANN, leave_a_copy


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
