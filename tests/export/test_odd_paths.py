"""Files that name paths are read by their own languages, whatever the dataset's folder is called."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from task.export.onsets import write_onsets
from task.record.layout import Person
from tests.computer.test_quoting import read_by_matlab
from tests.export.test_answerable import GLM, RUNS, STEM

NAMES = [
    "plain",
    "two  blanks",
    "[ab]",
    "$HOME",
    'a"b',
    "O'Neil",
    "back\\slash",
    "a{b}c",
    "`x`",
    "#1; ls",
    "ümlaut",
    "a\nb",
]
NOTHING_ODD = ("plain", "ümlaut", "back\\slash")


@pytest.fixture(params=NAMES)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with an odd name, in which the files for FSL, AFNI and SPM are."""
    base = tmp_path / request.param
    write_onsets(base, Person("01"), RUNS, ("fsl", "afni", "spm"), GLM)
    return base


def test_the_fragment_for_feat_names_files_that_are_there(folder: Path) -> None:
    tcl = pytest.importorskip("tkinter").Tcl()
    tcl.eval((folder / "fsl" / "test" / "sub-01" / f"{STEM}_run-01_design.fsf").read_text())
    named = [Path(tcl.getvar(f"fmri(custom{i})")) for i in (1, 2, 3)]
    assert [path.name for path in named] == [
        f"{STEM}_run-01_{name}.txt" for name in ("feedback", "feedback_by_rank", "share")
    ]
    assert all(path.is_file() for path in named)
    assert tcl.getvar("fmri(evtitle2)") == "feedback_by_rank" and tcl.getvar("fmri(conname_real.2)") == "share"


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
def test_the_command_for_afni_names_files_that_are_there(folder: Path, tmp_path: Path) -> None:
    command = folder / "afni" / "test" / "sub-01" / f"{STEM}_3dDeconvolve.txt"
    (tmp_path / "bin").mkdir()
    stand_in = tmp_path / "bin" / "3dDeconvolve"
    stand_in.write_text("#!/bin/sh\nfor one; do printf '%s\\0' \"$one\"; done\n")
    stand_in.chmod(0o755)
    path = f"{tmp_path / 'bin'}:/usr/bin:/bin"
    done = subprocess.run(["/bin/sh", str(command)], env={"PATH": path}, capture_output=True, check=True)
    words = done.stdout.decode().split("\0")[:-1]
    files = [words[i + 2] for i, word in enumerate(words) if word.startswith("-stim_times")]
    assert [Path(one).name for one in files] == [f"{STEM}_feedback.txt", f"{STEM}_share.txt"]
    assert all(Path(one).is_file() for one in files)
    assert words[words.index("-gltsym") + 1] == "SYM: -1*feedback[1]"


def test_the_batch_for_spm_names_the_folder(folder: Path) -> None:
    batch = (folder / "spm" / "test" / "sub-01" / f"{STEM}_batch.m").read_text()
    (written,) = re.findall(r"^onsets = (.+);$", batch, re.MULTILINE)
    assert read_by_matlab(written) == str((folder / "spm" / "test" / "sub-01").resolve())


def test_what_fsl_and_afni_cannot_take_is_said_in_a_line_beside_the_files(folder: Path) -> None:
    said = {one: write_onsets(folder, Person("01"), RUNS, [one], GLM).notes for one in ("fsl", "afni", "spm")}
    for one, name in (("fsl", "FSL"), ("afni", "AFNI"), ("spm", "SPM")):
        about = [note for note in said[one] if " takes no path with " in note]
        has_any = one != "spm" and folder.name not in NOTHING_ODD
        assert len(about) == has_any
        readme = (folder / one / "test" / "sub-01" / "README").read_text()
        assert (f"    {name} takes no path with " in readme) == has_any


def test_the_line_names_what_is_odd_and_what_to_do(tmp_path: Path) -> None:
    base = tmp_path / "my [new] data"
    (note,) = (one for one in write_onsets(base, Person("01"), RUNS, ["fsl"], GLM).notes if "takes no path" in one)
    assert note == (
        f"sub-01: FSL takes no path with blanks [ ], as in {base}: move the dataset to where the path has letters, "
        "digits, . _ and - only, and export again"
    )
