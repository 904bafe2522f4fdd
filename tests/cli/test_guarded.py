"""What the computer refuses is said in words, and help says what an option is when it is left out."""

import json
import os
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest
import typer

from task.cli import guarded
from tests.cli.test_commands import SHORT, assert_no_traceback, typed


@pytest.mark.parametrize("below", ["", "study"])
def test_a_file_where_a_folder_is_needed_is_named(tmp_path: Path, below: str) -> None:
    file = tmp_path / "afile"
    file.write_text("mine")
    done = typed("plan", "--participant", "01", "--protocol", "demo", "--data", str(file / below))
    assert done.returncode == 1
    assert done.stderr == f"{file} is a file; a folder is needed.\n"
    assert file.read_text() == "mine"


def test_what_else_the_computer_refuses_is_said_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "sourcedata").symlink_to("sourcedata")
    done = typed("plan", "--participant", "01", "--protocol", "demo", "--data", str(tmp_path))
    assert done.returncode == 1
    assert done.stderr.startswith(f"The computer refused: {tmp_path / 'sourcedata'}")
    assert "symbolic links" in done.stderr
    assert_no_traceback(done)


@pytest.mark.parametrize(
    ("command", "folder"),
    [
        *(
            (command, "left out, data/study, that")
            for command in ("fit", "verify", "export", "plan", "rezero", "forget")
        ),
        ("run", "left out, data/study, or data/pilot if the site's scanner is emulated"),
        ("check", "left out, data/study, or data/pilot if the site's scanner is emulated"),
        ("pilot", "left out, data/pilot."),
        ("simulate", "left out, data/simulated."),
    ],
)
def test_help_says_which_dataset_is_meant_when_none_is_named(command: str, folder: str) -> None:
    done = typed(command, "--help")
    assert f"Folder of the dataset; {folder}" in " ".join(done.stdout.split())


@pytest.mark.parametrize("option", ["data", "out", "to", "journal"])
def test_a_home_folder_is_put_in_the_place_of_a_tilde_whichever_option_has_it(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, object] = {}
    command = SimpleNamespace(command=lambda **options: given.update(options) or 0)
    monkeypatch.setattr(guarded, "import_module", lambda name: command)
    with pytest.raises(typer.Exit) as done:
        guarded.guarded("any", "command", **{option: Path("~/mri/study"), "site": "~", "run": 3})
    assert done.value.exit_code == 0
    assert given == {option: Path(os.environ["HOME"], "mri/study"), "site": "~", "run": 3}


def test_no_folder_is_called_tilde(tmp_path: Path) -> None:
    home, protocol = tmp_path / "home", tmp_path / "home" / "protocols" / "quick.toml"
    protocol.parent.mkdir(parents=True)
    shutil.copy(SHORT, protocol)
    words = ("plan", "--participant", "01", "--protocol", "~/protocols/quick.toml", "--data=~/study")
    done = typed(*words, cwd=tmp_path, HOME=str(home))
    assert done.returncode == 0, done.stderr
    assert len(list((home / "study").rglob("*_plan.json"))) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    unknown = typed("plan", "--participant", "01", "--data", "~nobody_of_this_name/study", cwd=tmp_path)
    assert unknown.returncode == 2
    assert unknown.stderr.startswith("no home folder of ~nobody_of_this_name is known")


LONG = "n" * 300


@pytest.mark.parametrize(
    "words",
    [
        *(
            (command, "--participant", "01", "--data", f"below/{LONG}/data")
            for command in ("plan", "export", "verify", "forget")
        ),
        ("fit", "--data", LONG),
        ("show", LONG),
        ("watch", LONG),
        ("preview", "--out", LONG, "--protocol", "demo"),
        ("simulate", "--participants", "1", "--data", LONG),
        ("plan", "--participant", "01", "--protocol", f"{LONG}.toml"),
        ("export", "--glm", f"{LONG}/mine.toml"),
        ("pilot", "--site", f"{LONG}.toml"),
    ],
)
def test_a_name_that_is_too_long_is_named_and_nothing_is_made(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = typed(*words, cwd=tmp_path)
    assert done.returncode in (1, 2)
    assert "he name 'nnnn" in done.stderr and "letters) is too long for a file or folder: shorten it" in done.stderr
    assert_no_traceback(done)
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_is_too_long_as_a_whole_is_told_from_a_long_name(tmp_path: Path) -> None:
    done = typed("export", "--data", "below/" * 1000, cwd=tmp_path)
    assert done.returncode == 1
    assert "is too long as a whole: take a place further up" in done.stderr


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_letters_that_a_terminal_or_pipe_lacks_end_nothing(tmp_path: Path, encoding: str) -> None:
    folder = tmp_path / "Zolç Łódź 脳"
    folder.mkdir()
    (folder / "Größe.toml").write_text("")
    narrow = {"PYTHONIOENCODING": encoding, "NO_COLOR": "1"}
    done = typed("plan", "--participant", "01", "--protocol", SHORT, "--data", str(folder / "data"), **narrow)
    assert done.returncode == 0, done.stderr
    assert "\\u0141\\xf3d\\u017a \\u8133" in done.stdout.replace("ó", "\\xf3")
    refused = typed("plan", "--participant", "01", "--protocol", str(folder / "Größe.toml"), **narrow)
    assert refused.returncode == 2
    assert "there is nothing in this file" in refused.stderr
    checked = typed("check", "--site", "laptop", "--no-person", "--data", str(folder), **narrow)
    assert "data folder" in checked.stdout and "Łódź" not in checked.stdout
    in_json = typed("check", "--site", "laptop", "--no-person", "--json", "--data", str(folder), **narrow)
    rows = {row["name"]: row for row in json.loads(in_json.stdout)["results"]}
    assert str(folder) in rows["data folder"]["found"]
    for one in (done, refused, checked, in_json):
        assert "UnicodeEncodeError" not in one.stdout + one.stderr
