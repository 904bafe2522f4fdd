"""``show`` as it is typed: on a journal, and on what is none."""

from pathlib import Path

import pytest

from task.record.layout import Dataset
from tests.cli.test_commands import assert_no_traceback, typed
from tests.export.conftest import perform
from tests.factories import a_protocol


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return perform(Dataset(tmp_path_factory.mktemp("run")), a_protocol())


def test_a_run_is_told_from_its_journal(journal: Path) -> None:
    before = sorted(journal.parent.iterdir()), journal.read_bytes()
    done = typed("show", str(journal))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Participant 01, run 1 of 2, attempt 1")
    assert "Trials (seconds since zero)" in done.stdout
    assert done.stderr == ""
    assert "\x1b" not in done.stdout
    assert (sorted(journal.parent.iterdir()), journal.read_bytes()) == before
    full = typed("show", str(journal), "--full")
    assert "Whole text of the protocol" in full.stdout
    assert len(full.stdout) > len(done.stdout)


def test_a_terminal_without_the_letters_loses_no_more_than_them(journal: Path) -> None:
    done = typed("show", str(journal), PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr


def test_damage_in_the_middle_is_told_with_its_line(journal: Path, tmp_path: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    damaged = tmp_path / journal.name
    damaged.write_bytes(b"".join([*lines[:60], b"{half\n", *lines[61:]]))
    done = typed("show", str(damaged))
    assert done.returncode == 0, done.stderr
    assert "DAMAGED      line 61 of the journal is damaged" in done.stdout
    assert "CUT OFF" in done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "this is no journal; they end in _journal.jsonl, below sourcedata/"),
        (b"onset\tduration\n1\t2\n", "this is no journal"),
        (b"\x00\xff\xfe\n", "this is no journal"),
        (b'{"n":0,"kind":"head"}\n', "the head of this journal lacks format, participant, "),
        (b'{"n":0,"kind":"head","format":99}\n', "a newer version of this program wrote this journal"),
    ],
)
def test_what_is_no_journal_is_refused_in_words(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "file.jsonl"
    path.write_bytes(content)
    done = typed("show", str(path))
    assert done.returncode == 2
    assert said in done.stderr
    assert str(path) in done.stderr
    assert_no_traceback(done)
    assert done.stdout == ""


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe\n"])
def test_a_journal_whose_head_is_gone_is_not_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sub-01_task-decider_run-01_attempt-01_journal.jsonl"
    path.write_bytes(content)
    done = typed("show", str(path))
    assert done.returncode == 2
    why = "its first line, the head, is damaged" if content else "nothing was recorded in it"
    assert f"{path}: this journal cannot be read, as {why}" in done.stderr


@pytest.mark.parametrize(("name", "said"), [("gone.jsonl", "there is no such journal"), (".", "this is a folder")])
def test_a_journal_that_is_not_there_is_said_to_be_so(tmp_path: Path, name: str, said: str) -> None:
    done = typed("show", str(tmp_path / name))
    assert done.returncode == 2
    assert said in done.stderr
    assert "below sourcedata/ of a dataset" in done.stderr
