"""What the computer refuses is said in words, and help says what an option is when it is left out."""

from pathlib import Path

import pytest

from tests.cli.test_commands import assert_no_traceback, typed


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
