"""Datasets of simulated people, and copies of their journals that runs have left behind."""

import shutil
from pathlib import Path

import pytest

from task.record.layout import Dataset, Person
from task.record.spare import make_ready, place_for
from tests.cli.test_commands import SHORT, typed

ANN, BEN = Person("01"), Person("02")


@pytest.fixture(scope="session")
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
