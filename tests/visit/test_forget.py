"""A person who asks for it is forgotten, wherever the data lie, and nobody else is; what remains is named."""

import errno
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from task.cli.forget import forget
from task.record.layout import Dataset, Person
from task.record.lock import locked
from task.visit import forget as removing
from task.visit.requests import RequestError
from tests.cli.test_commands import typed
from tests.visit.conftest import ANN, abandoned, leave_a_copy

Forgotten = tuple[int, str]


@pytest.fixture
def forgotten(dataset: Dataset, temporary: Path, capsys: pytest.CaptureFixture[str]) -> Callable[[], Forgotten]:
    """Forget sub-01; give the exit status and what was said."""

    def run() -> Forgotten:
        status = forget(participant="01", data=dataset.root, sure=True)
        return status, capsys.readouterr().out

    return run


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
    assert done.returncode == 1
    link = root / "rawdata" / "sub-01"
    assert f"Not removed: {elsewhere} (what the link {link} led to, outside of the dataset)" in done.stdout
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


# --- tables ----------------------------------------------------------------------------------------------------------


def test_rows_are_taken_out_of_tables_as_people_keep_them(dataset: Dataset, forgotten: Callable[[], Forgotten]) -> None:
    table, phenotype = dataset.root / "participants.tsv", dataset.root / "phenotype" / "ages.tsv"
    phenotype.parent.mkdir()
    rows = [
        "age\tparticipant_id",
        "1\t sub-01 ",
        '2\t"sub-01"',
        "3\tsub-010",
        "4\tsub-1",
        "5\tsub-01",
        "6\t01",
        "ä\tsub-02",
    ]
    table.write_bytes("\r\n".join(rows).encode("utf-16"))
    phenotype.write_bytes(b"participant_id\tage\nsub-01\t3\textra\nsub-0\nsub-01\n\nsub-02\tM\xfcller\n")
    status, said = forgotten()
    assert status == 0, said
    left = ["age\tparticipant_id", "3\tsub-010", "4\tsub-1", "ä\tsub-02"]
    assert table.read_bytes().decode("utf-16") == "\r\n".join(left)
    assert phenotype.read_bytes() == b"participant_id\tage\nsub-0\n\nsub-02\tM\xfcller\n"


def test_a_table_whose_rows_are_not_sure_is_named_and_not_touched(
    dataset: Dataset, forgotten: Callable[[], Forgotten]
) -> None:
    table = dataset.root / "participants.tsv"
    unsure = b'participant_id\tnote\nsub-02\t"two\nlines"\nsub-01\tx\n'
    table.write_bytes(unsure)
    (dataset.root / "other.tsv").write_bytes(b'participant_id\tnote\nsub-010\t"two\nlines"\n')
    (dataset.root / "binary.tsv").write_bytes(bytes(100))
    status, said = forgotten()
    assert status == 1
    assert (
        f"Not removed: {table} (it may have rows of sub-01: line 2, column 2: a quotation mark opens the cell" in said
    )
    assert said.count("Not removed") == 1
    assert table.read_bytes() == unsure
    table.write_bytes(unsure.replace(b'"', b""))
    assert forgotten()[0] == 0  # the same again, and now it can be done
    assert b"sub-01" not in table.read_bytes()


def test_tables_that_are_locked_or_not_here_are_named(dataset: Dataset, forgotten: Callable[[], Forgotten]) -> None:
    locked_table, gone = dataset.root / "participants.tsv", dataset.root / "phenotype" / "ages.tsv"
    content = locked_table.read_bytes()
    kept = annexed(locked_table)
    gone.parent.mkdir()
    annexed(gone, fetched=False)
    annexed(dataset.root / "sub-02" / "sub-02_scans.tsv", fetched=False)  # somebody else's
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {locked_table} (the person's rows: it is locked by git-annex; `datalad unlock`" in said
    assert f"Not removed: {gone} (it may have rows of sub-01: what it holds is not here" in said
    assert "sub-02_scans" not in said
    assert locked_table.is_symlink() and kept.read_bytes() == content


def test_a_table_outside_is_named_and_not_touched(
    dataset: Dataset, tmp_path: Path, forgotten: Callable[[], Forgotten]
) -> None:
    table, shared, inside = dataset.root / "participants.tsv", tmp_path / "shared.tsv", dataset.root / "code" / "p.tsv"
    inside.parent.mkdir()
    shutil.copy(table, inside)
    shutil.move(table, shared)
    table.symlink_to(shared)
    (dataset.root / "linked.tsv").symlink_to("code/p.tsv")
    before = shared.read_bytes()
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {shared} (outside of the dataset, behind the link {table})" in said
    assert shared.read_bytes() == before
    assert (dataset.root / "linked.tsv").is_symlink() and b"sub-01" not in inside.read_bytes()


# --- links -----------------------------------------------------------------------------------------------------------


def annexed(path: Path, *, fetched: bool = True) -> Path:
    """Make a file one that git-annex keeps, with its content or without; give where that is kept."""
    root = next(one for one in path.parents if (one / "dataset_description.json").exists())
    key = f"MD5E-s1--{path.name}"
    kept = root / ".git" / "annex" / "objects" / "aa" / "bb" / key / key
    if fetched:
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.replace(kept)
        kept.chmod(0o444)
    path.symlink_to(os.path.relpath(kept, path.parent))
    return kept


def test_what_git_annex_keeps_is_named_with_what_to_type(dataset: Dataset, forgotten: Callable[[], Forgotten]) -> None:
    journal, bens = dataset.journals(ANN)[0], dataset.root / "sub-02" / "same.json"
    content = journal.read_bytes()
    kept = annexed(journal)
    same = dataset.root / "sub-01" / "same.json"
    for path in (same, bens):
        path.write_text("{}")
    common = annexed(same)
    bens.unlink()
    bens.symlink_to(os.path.relpath(common, bens.parent))
    annexed(dataset.root / "sub-01" / "sub-01_T1w.nii.gz", fetched=False)
    status, said = forgotten()
    assert status == 1
    command = f"`git annex dropkey --force {kept.name}`"
    assert f"Not removed: {kept} (what the link {journal} led to; it is git-annex's to remove: {command})" in said
    assert kept.read_bytes() == content and common.exists()
    assert str(common) not in said  # it is Ben's as well
    assert not os.path.lexists(journal) and not (dataset.root / "sub-01").exists()


def test_what_lies_behind_a_linked_folder_is_named_and_not_touched(
    dataset: Dataset, tmp_path: Path, forgotten: Callable[[], Forgotten]
) -> None:
    disk = tmp_path / "disk"
    (dataset.root / "sourcedata").rename(disk)
    (dataset.root / "sourcedata").symlink_to(disk)
    (dataset.root / "derivatives" / "loop").symlink_to(dataset.root)
    (dataset.root / "derivatives" / "again").symlink_to("onsets")
    (dataset.root / "derivatives" / "all").symlink_to("/")
    status, said = forgotten()
    assert status == 1
    assert (
        f"Not removed: {disk / 'sub-01'} (outside of the dataset, behind the link {dataset.root / 'sourcedata'})"
        in said
    )
    assert said.count("Not removed") == 1
    assert dataset.journals(ANN)
    assert not list((dataset.root / "derivatives").rglob("sub-01"))
    shutil.rmtree(disk / "sub-01")
    with pytest.raises(RequestError, match="holds nothing of sub-01"):
        forgotten()


def test_a_store_of_the_dataset_s_own_is_named(dataset: Dataset, forgotten: Callable[[], Forgotten]) -> None:
    store = dataset.root / "code" / "store" / "a1b2"
    store.parent.mkdir(parents=True)
    (dataset.root / "sub-01" / "anat").mkdir()
    store.write_text("image")
    (dataset.root / "sub-01" / "anat" / "sub-01_T1w.nii.gz").symlink_to(store)
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {store} (what the link" in said and "in the dataset by another name" in said


# --- what fails ------------------------------------------------------------------------------------------------------


def test_what_cannot_be_removed_is_named_and_all_else_goes(
    dataset: Dataset, forgotten: Callable[[], Forgotten], monkeypatch: pytest.MonkeyPatch
) -> None:
    stays = dataset.journals(ANN)[0]
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:
        if path == stays:
            raise PermissionError(errno.EPERM, "Operation not permitted", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {stays} (Operation not permitted)" in said
    assert said.count("Not removed") == 1
    assert [path for path in dataset.root.rglob("*sub-01*") if path.is_file()] == [stays]
    monkeypatch.undo()


def test_folders_that_git_annex_has_locked_are_unlocked(
    dataset: Dataset, forgotten: Callable[[], Forgotten], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = dataset.root / "sub-01" / ".git" / "annex" / "objects" / "key" / "key"  # of a dataset of the person's own
    kept.parent.mkdir(parents=True)
    kept.write_text("image")
    kept.parent.chmod(0o555)
    unlink = Path.unlink

    def refuse(path: Path, missing_ok: bool = False) -> None:  # as the system does for all but its administrator
        if not path.parent.stat().st_mode & 0o200:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        unlink(path, missing_ok)

    monkeypatch.setattr(Path, "unlink", refuse)
    status, said = forgotten()
    assert status == 0, said
    assert not (dataset.root / "sub-01").exists()


def test_results_of_a_group_go_if_nobody_can_see_who_was_in_it(
    dataset: Dataset, forgotten: Callable[[], Forgotten]
) -> None:
    model = dataset.root / "derivatives" / "model"
    model.mkdir(parents=True)
    annexed(model / "fit.tsv", fetched=False)
    (model / "comparison.tsv").write_text("model\n")
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {model / 'fit.tsv'} (it may have rows of sub-01: what it holds is not here" in said
    assert not (model / "comparison.tsv").exists() and "Models of the group were removed" in said


@pytest.mark.parametrize("what", ["_removed", "_without", "remove"])
def test_that_something_was_removed_is_looked_at_and_not_assumed(
    dataset: Dataset, forgotten: Callable[[], Forgotten], monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    copy = abandoned(leave_a_copy(dataset.journals(ANN)[0]))
    monkeypatch.setattr(removing, what, lambda *given: ())
    status, said = forgotten()
    assert status == 1
    left = {"_removed": dataset.root / "sub-01", "_without": dataset.root / "participants.tsv", "remove": copy}[what]
    assert f"Not removed: {left} (it is still there)" in said
    assert "sub-01 was removed from" not in said.replace("The rest of sub-01 was removed from", "")


def test_a_folder_that_cannot_be_looked_into_is_named(
    dataset: Dataset, forgotten: Callable[[], Forgotten], monkeypatch: pytest.MonkeyPatch
) -> None:
    shut = dataset.root / "derivatives" / "shut"
    shut.mkdir()
    iterdir = Path.iterdir

    def look(folder: Path) -> Iterator[Path]:
        if folder == shut:
            raise PermissionError(errno.EACCES, "Permission denied", str(folder))
        return iterdir(folder)

    monkeypatch.setattr(Path, "iterdir", look)
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {shut} (this folder cannot be looked into (Permission denied))" in said


# --- traces of all kinds ---------------------------------------------------------------------------------------------


def test_what_macos_and_killed_programs_leave_goes_too(dataset: Dataset, forgotten: Callable[[], Forgotten]) -> None:
    root = dataset.root
    mine = [root / "._sub-01", root / "sub-02" / "._sub-01_x.tsv", root / ".sub-01_plan.json.unfinished"]
    mine += [root / ".participants.tsv.1a2b.unfinished", root / "derivatives" / "planned" / "sub-01" / "x.tsv"]
    others = [root / "._sub-010", root / ".participants.tsv.3c4d.unfinished", root / "sub-010_x.tsv"]
    for path in (*mine, *others):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("participant_id\nsub-010\n" if path in others else "participant_id\nsub-01\n")
    status, said = forgotten()
    assert status == 0, said
    assert not [path for path in mine if path.exists()]
    assert all(path.exists() for path in others)


def test_other_files_that_name_a_person_are_told_and_look_alikes_are_not(
    dataset: Dataset, forgotten: Callable[[], Forgotten], temporary: Path
) -> None:
    root = dataset.root
    told = {
        root / "group_sub-01_sub-02.html": b"",
        root / "notes.txt": b"see sub-01.",
        root / "sheet.txt": "see sub-01, late".encode("utf-16"),
        root / "sheet2.txt": "see sub-01, late".encode("utf-16-be"),
    }
    others = {
        root / "group_sub-012.html": b"",
        root / "look.txt": b"sub-010, xsub-01, sub-01b",
        root / "look2.txt": "sub-010 xsub-01 sub-01b".encode("utf-16"),
        root / "large.bin": b"sub-01" + bytes(2_000_000),
    }
    for path, content in (told | others).items():
        path.write_bytes(content)
    stray = abandoned(leave_a_copy(dataset.journals(ANN)[0]))
    stray.with_name("home.txt").unlink()
    status, said = forgotten()
    assert status == 0, said
    for path in told:
        assert f"Note: {path} names sub-01 as well" in said
    for path in others:
        assert str(path) not in said
    assert "Note: 1 other files were not searched for sub-01" in said
    assert f"Note: {stray} may be of sub-01, too" in said and stray.exists()


def git(root: Path, *words: str) -> str:
    who = ("-c", "user.name=Ann", "-c", "user.email=ann@example.org", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", "-C", str(root), *who, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("committed", ["sub-01", "participants.tsv", "sub-02", ""])
def test_what_git_keeps_is_named_as_often_as_it_is_asked_for(
    dataset: Dataset, forgotten: Callable[[], Forgotten], committed: str
) -> None:
    root = dataset.root
    git(root, "init")
    git(root, "add", committed or "sub-01")
    git(root, "commit", "--allow-empty", "-m", "data") if committed else None
    if committed == "participants.tsv":
        shutil.rmtree(root / "sub-01")
    status, said = forgotten()
    if committed == "sub-02":
        assert status == 0, said
        return
    in_commit = f"its history, as in commit {git(root, 'log', '--format=%h')};" if committed else "its index, as"
    history = f"Not removed: {root / '.git'} ({in_commit}"
    assert status == 1 and history in said
    assert not (root / "sub-01").exists() and (root / ".git").exists()
    (root / ".git" / "annex").mkdir()
    status, said = forgotten()
    assert status == 1 and history in said and "`git annex unused` lists it" in said


def test_a_repository_around_the_dataset_that_knows_nothing_of_it_is_not_named(
    dataset: Dataset, forgotten: Callable[[], Forgotten]
) -> None:
    git(dataset.root.parent, "init")
    assert forgotten()[0] == 0


def test_a_dataset_whose_history_cannot_be_looked_into_is_no_success(
    dataset: Dataset, forgotten: Callable[[], Forgotten]
) -> None:
    modules = dataset.root / ".git" / "modules" / "sub-01"
    modules.mkdir(parents=True)  # of a subdataset; and all else of this repository is missing
    status, said = forgotten()
    assert status == 1
    assert f"Not removed: {dataset.root / '.git'} (git cannot be asked what its history holds)" in said
    assert f"Not removed: {modules} (a repository of git's own)" in said


def test_nobody_s_journal_is_removed_for_lying_among_another_s(dataset: Dataset, temporary: Path) -> None:
    anns, bens = dataset.journals(ANN)[0], dataset.journals(Person("02"))[0]
    content = anns.read_bytes()
    anns.write_bytes(bens.read_bytes())
    bens.write_bytes(content)
    before = {path: path.read_bytes() for path in dataset.root.rglob("*") if path.is_file()}
    done = typed("forget", "--participant", "01", "--data", str(dataset.root), "--sure")
    assert done.returncode == 2
    assert f"{anns}: by its first line this is the journal of sub-02" in done.stderr
    assert f"{bens}: by its first line this is the journal of sub-01" in done.stderr
    assert {path: path.read_bytes() for path in dataset.root.rglob("*") if path.is_file()} == before
