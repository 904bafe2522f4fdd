"""Ctrl-C at any moment, and readers who go: no traceback, no false alarm, and an exit status that is true."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from task.record.layout import ROOT, Dataset
from tests.cli.test_commands import SHORT, assert_no_traceback, typed

PRESSED_AT_IMPORT = """
import os, runpy, signal, sys
class Hook:
    def find_spec(self, name, *_):
        if name == {name!r}:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), signal.{signal})
sys.meta_path.insert(0, Hook())
sys.argv = [{program!r}, *{words!r}]
runpy.run_path({program!r}, run_name="__main__")
"""


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    root = tmp_path_factory.mktemp("simulated")
    done = typed("simulate", "--participants", "1", "--protocol", SHORT, "--data", str(root))
    assert done.returncode == 0, done.stderr
    return Dataset(root)


@pytest.mark.parametrize(
    "loaded", ["task.cli.main", "typer", "task.cli.operator", "task.config.read", "task.visit.perform", "task.cli.plan"]
)
def test_ctrl_c_while_the_program_is_being_loaded_ends_it_in_a_word(tmp_path: Path, loaded: str) -> None:
    words = ["plan", "--participant", "01", "--protocol", SHORT, "--data", str(tmp_path / "data")]
    program = str(ROOT / "run_session.py")
    code = PRESSED_AT_IMPORT.format(name=loaded, signal="SIGINT", program=program, words=words)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 3
    assert done.stderr == "Interrupted by Ctrl-C.\n"
    assert not (tmp_path / "data").exists()


def test_a_program_in_the_background_that_is_to_ignore_ctrl_c_does(tmp_path: Path) -> None:
    words = ["plan", "--participant", "01", "--protocol", SHORT, "--data", str(tmp_path / "data")]
    program = str(ROOT / "run_session.py")
    code = PRESSED_AT_IMPORT.format(name="typer", signal="SIGINT", program=program, words=words)
    ignoring = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN)\n{code}"
    done = subprocess.run([sys.executable, "-c", ignoring], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (["show", "{journal}", "--full"], 0),
        (["verify", "--data", "{data}"], 0),
        (["verify", "--data", "{other}"], 1),
        (["export", "--data", "{data}"], 0),
        (["simulate", "--participants", "1", "--protocol", SHORT, "--data", "{new}"], 0),
        (["plan", "--participant", "01", "--protocol", SHORT, "--data", "{new}"], 0),
        (["watch", "--data", "{data}"], 0),
        (["rescue"], 0),
        (["plan", "--participant", "not a label", "--data", "{new}"], 2),
    ],
)
def test_whoever_reads_only_the_beginning_may_do_so_and_the_work_is_done(
    dataset: Dataset, tmp_path: Path, words: list[str], status: int
) -> None:
    journal = next(dataset.root.rglob("*_journal.jsonl"))
    other = tmp_path / "other"
    places = {"journal": journal, "data": dataset.root, "new": tmp_path / "new", "other": other}
    if words[-1] == "{other}":
        shutil.copytree(dataset.root, other)
        next(other.rglob("func/*_events.tsv")).write_text("broken\n")
    command = [sys.executable, str(ROOT / "run_session.py"), *(word.format(**places) for word in words)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as program:
        assert program.stdout is not None and program.stderr is not None
        program.stdout.close()
        said = program.stderr.read().decode()
        assert program.wait(timeout=60) == status, said
    for word in ("refused", "disk", "Traceback", "BrokenPipe", "Exception ignored"):
        assert word not in said


def test_an_output_that_a_full_disk_does_not_take_is_told(dataset: Dataset) -> None:
    command = [sys.executable, str(ROOT / "run_session.py"), "verify", "--data", str(dataset.root)]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


def test_a_library_that_ends_the_program_is_no_success(tmp_path: Path) -> None:
    """PsychoPy's own quit is a SystemExit with status 0."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys\n"
        "class Hook:\n"
        "    def find_spec(self, name, *_):\n"
        "        if name == 'task.cli.plan':\n"
        "            sys.exit(0)\n"
        "sys.meta_path.insert(0, Hook())\n"
    )
    words = ("plan", "--participant", "01", "--protocol", SHORT, "--data", str(tmp_path / "data"))
    done = typed(*words, PYTHONPATH=str(tmp_path))
    assert done.returncode == 1
    assert "This should not have happened: SystemExit: 0" in done.stderr
    assert_no_traceback(done)
