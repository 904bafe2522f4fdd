"""The journal: every fact on disk in order, nothing overwritten, a cut-off file read as far as it goes."""

import json
import os
from pathlib import Path

import pytest

from task.record.journal import Journal, JournalError, read_journal


def a_journal(path: Path, facts: int = 5, durable: bool = True) -> Path:
    journal = Journal(path, durable=durable)
    journal.write("head", participant="01")
    for number in range(facts):
        journal.write("press", t=float(number), code="ä\n5")
    journal.close()
    return path


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_written_is_read_in_order(tmp_path: Path, durable: bool) -> None:
    records = read_journal(a_journal(tmp_path / "a" / "j.jsonl", durable=durable))
    assert [record["n"] for record in records] == list(range(6))
    assert records[3] == {"n": 3, "kind": "press", "t": 2.0, "code": "ä\n5"}


def test_an_existing_journal_is_never_touched(tmp_path: Path) -> None:
    before = a_journal(tmp_path / "j.jsonl").read_bytes()
    with pytest.raises(FileExistsError):
        Journal(tmp_path / "j.jsonl")
    assert (tmp_path / "j.jsonl").read_bytes() == before


def test_every_way_of_cutting_a_journal_off_reads_as_the_run_up_to_there(tmp_path: Path) -> None:
    whole = a_journal(tmp_path / "j.jsonl").read_bytes()
    records = read_journal(tmp_path / "j.jsonl")
    first_line = whole.index(b"\n") + 1
    for cut in range(first_line, len(whole) + 1):
        (tmp_path / "cut.jsonl").write_bytes(whole[:cut])
        assert read_journal(tmp_path / "cut.jsonl") == records[: whole[:cut].count(b"\n")]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b'{"n":0,"kind":"pulse"}\n', b"\x00\xff\n", b'["head"]\n', b'{"n":0,"ki']
)
def test_a_file_without_a_head_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.jsonl").write_bytes(content)
    with pytest.raises(JournalError, match=r"other\.jsonl.*does not begin like a journal"):
        read_journal(tmp_path / "other.jsonl")


def test_a_missing_record_ends_what_can_be_trusted(tmp_path: Path) -> None:
    lines = a_journal(tmp_path / "j.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "gap.jsonl").write_bytes(b"".join(lines[:2] + lines[3:]))
    assert [record["n"] for record in read_journal(tmp_path / "gap.jsonl")] == [0, 1]


def test_each_record_is_synced_to_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[int] = []
    real = os.fsync

    def noting(handle: int) -> None:
        real(handle)
        synced.append(os.fstat(handle).st_size)

    monkeypatch.setattr(os, "fsync", noting)
    path = a_journal(tmp_path / "j.jsonl")
    assert synced[-1] == path.stat().st_size


def test_a_disk_that_fails_is_reported_when_the_journal_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal(tmp_path / "j.jsonl")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    journal.write("head")
    with pytest.raises(OSError, match="No space left"):
        journal.close()


def test_a_line_is_one_json_object(tmp_path: Path) -> None:
    for line in a_journal(tmp_path / "j.jsonl").read_text(encoding="utf-8").splitlines():
        assert isinstance(json.loads(line), dict)
