"""What was not fetched, or lies behind links, is found where it belongs; what macOS adds is passed over."""

import os
import shutil
from pathlib import Path

import pytest

from task.cli.verify import verify
from task.config import avatars, read
from task.config.avatars import pictures_in
from task.config.read import names_in, read_protocol, read_wording
from task.export.dataset import export_all
from task.plan.plan import PlanError, saved_plan
from task.record.history import attempts_of
from task.record.layout import Dataset, Person
from task.report.follow import Follower
from task.visit.plans import plan_for
from task.visit.requests import Request, checked_request
from tests.factories import a_site, simulate_session

ANN, ANN_A = Person("01"), Person("01", "a")


@pytest.fixture(scope="module")
def _simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("simulated")
    simulate_session(root)
    return root


@pytest.fixture
def simulated(_simulated: Path, dataset: Dataset) -> Dataset:
    shutil.copytree(_simulated, dataset.root)
    return dataset


def unfetch(path: Path) -> None:
    path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(Path("..") / ".git" / "annex" / "objects" / "key" / "key")


def beside(path: Path) -> None:
    """What macOS leaves beside a file on a disk that is not its own."""
    path.with_name(f"._{path.name}").write_bytes(b"\x00\x05\x16\x07\x00\x02\x00\x00Mac OS X        ")


def test_what_macos_leaves_is_nobody_s_and_disturbs_nothing(
    simulated: Dataset, capsys: pytest.CaptureFixture[str]
) -> None:
    def verified() -> list[str]:
        verify(data=simulated.root, participant=None)
        return [line for line in capsys.readouterr().out.splitlines() if "Checked in" not in line]

    export_all(simulated)
    before = verified()
    for path in [path for path in simulated.root.rglob("*") if path.is_file()]:
        beside(path)
    lonely = simulated.journal(Person("03"), 1, 1)
    for path in (lonely, simulated.plan(Person("03")), simulated.events(Person("03"), 1)):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside(path)
    assert simulated.people() == [ANN] and simulated.planned_people() == []
    assert len(simulated.journals(ANN)) == 2
    assert verified() == before
    assert not [note for one in export_all(simulated) for note in one.notes if "._" in note]
    os.utime(lonely.with_name(f"._{lonely.name}"), (2**31, 2**31))
    assert Follower(roots=[simulated.root]).look().journal is None  # all journals have ended


def test_what_macos_leaves_is_no_config_and_no_avatar(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for folder, source in (("configs", read.CONFIGS), ("avatars", avatars.AVATARS)):
        shutil.copytree(source, tmp_path / folder)
        for path in [path for path in (tmp_path / folder).rglob("*") if path.is_file()]:
            beside(path)
    known, pictures = names_in("protocols"), pictures_in("neutral")
    monkeypatch.setattr(read, "CONFIGS", tmp_path / "configs")
    monkeypatch.setattr(avatars, "AVATARS", tmp_path / "avatars")
    assert names_in("protocols") == known and pictures_in("neutral") == pictures


def test_a_journal_that_was_not_fetched_is_an_attempt_and_its_number_is_taken(simulated: Dataset) -> None:
    for journal in simulated.journals(ANN):
        unfetch(journal)
    assert simulated.people() == [ANN]
    assert [(one.run, one.attempt, one.cause) for one in attempts_of(simulated, ANN)] == [
        (1, 1, "unreadable"),
        (2, 1, "unreadable"),
    ]
    assert simulated.next_attempt(ANN, 1) == 2


def test_sessions_behind_a_linked_folder_are_found(simulated: Dataset, tmp_path: Path) -> None:
    elsewhere = tmp_path / "disk"
    elsewhere.mkdir()
    journal = simulated.journal(ANN_A, 1, 1)
    shutil.copy(simulated.journals(ANN)[0], elsewhere / journal.name)
    simulated.sourcedata(ANN_A).symlink_to(elsewhere)
    assert simulated.people() == [ANN, ANN_A]
    assert simulated.journals(ANN_A) == [journal]
    journal.write_bytes(b"".join(journal.read_bytes().splitlines(keepends=True)[:20]))  # one that goes on
    os.utime(journal, (2**31, 2**31))
    assert Follower(roots=[simulated.root]).look().journal == journal


def test_a_plan_that_was_not_fetched_is_named_and_never_made_anew(simulated: Dataset) -> None:
    path = simulated.plan(ANN)
    unfetch(path)
    assert simulated.planned_people() == [ANN]
    with pytest.raises(PlanError, match="cannot be read: what it holds is not here; fetch that first"):
        saved_plan(path)
    protocol = read_protocol("demo")
    request = Request(ANN, protocol, a_site(), read_wording(protocol.wording), simulated)
    for journals in (True, False):
        if not journals:
            for journal in simulated.journals(ANN):
                journal.unlink()
        with pytest.raises(PlanError, match="fetch that first"):
            plan_for(request, print)
    with pytest.raises(PlanError, match="fetch that first"):
        checked_request(participant="01", session=None, protocol=None, site=a_site(), data=simulated.root)
    assert path.is_symlink()
