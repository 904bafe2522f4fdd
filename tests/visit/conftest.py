"""Datasets of simulated people, and copies of their journals that runs have left behind."""

import shutil
from pathlib import Path

import pytest

from task.plan.plan import save_plan
from task.record.layout import Dataset, Person
from task.record.spare import make_ready, place_for
from task.visit.requests import Request, checked_request
from tests.cli.test_commands import SHORT, typed
from tests.factories import a_site, simulate_session

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


@pytest.fixture(scope="session")
def performed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset in which participant 01 has performed both runs of the demo on virtual time, and the plan."""
    folder = tmp_path_factory.mktemp("performed")
    dataset, plan, _ = simulate_session(folder)
    save_plan(plan, dataset.plan(Person("01")))
    return folder


@pytest.fixture
def begun(performed_once: Path, tmp_path: Path) -> Request:
    """A request for a participant who has performed both runs of the demo."""
    shutil.copytree(performed_once, tmp_path, dirs_exist_ok=True)
    return checked_request(participant="01", session=None, protocol="demo", site=a_site(), data=tmp_path)
