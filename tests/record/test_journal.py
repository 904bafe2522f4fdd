"""The journal: every fact on disk in order, nothing overwritten, a cut-off file read as far as it goes."""

import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from task.record.journal import Damage, Journal, JournalError, damage_of, read_journal, with_decision
from task.record.kinds.head import head_in
from task.record.kinds.notes import Decision
from task.record.kinds.strokes import Press, Pulse
from task.record.lines import line_of
from task.record.records import to_facts
from task.record.spare import Spare, left_behind
from task.record.writing import Writer
from tests.factories import a_head, facts_in


def a_press(t: float = 0.0, code: Any = "f") -> Press:
    return Press(t=t, device="box", code=code, meaning=None)


def a_journal(path: Path, facts: int = 5, durable: bool = True) -> Path:
    journal = Journal(path, durable=durable)
    journal.write(a_head())
    for number in range(facts):
        journal.write(a_press(float(number), "ä\n5"))
    journal.close()
    return path


@pytest.mark.parametrize("durable", [True, False])
def test_what_is_written_is_read_in_order(tmp_path: Path, durable: bool) -> None:
    records = read_journal(a_journal(tmp_path / "a" / "j_journal.jsonl", durable=durable))
    assert [record.n for record in records] == list(range(6))
    assert records[3] == replace(a_press(2.0, "ä\n5"), n=3)


def test_an_existing_journal_is_never_touched(tmp_path: Path) -> None:
    before = a_journal(tmp_path / "j_journal.jsonl").read_bytes()
    with pytest.raises(FileExistsError):
        Journal(tmp_path / "j_journal.jsonl")
    assert (tmp_path / "j_journal.jsonl").read_bytes() == before


def test_every_way_of_cutting_a_journal_off_reads_as_the_run_up_to_there(tmp_path: Path) -> None:
    whole = a_journal(tmp_path / "j_journal.jsonl").read_bytes()
    records = read_journal(tmp_path / "j_journal.jsonl")
    first_line = whole.index(b"\n") + 1
    for cut in range(first_line, len(whole) + 1):
        (tmp_path / "cut.jsonl").write_bytes(whole[:cut])
        ended = whole[:cut].count(b"\n") + (whole[cut : cut + 1] == b"\n")  # a whole line needs no line end
        assert read_journal(tmp_path / "cut.jsonl") == records[:ended]


@pytest.mark.parametrize(
    "content", [b"", b"\n", b'{"n":0,"kind":"pulse"}\n', b"\x00\xff\n", b'["head"]\n', b'{"n":0,"ki']
)
def test_a_file_without_a_head_is_refused_with_its_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "other.jsonl").write_bytes(content)
    with pytest.raises(JournalError, match=r"other\.jsonl: this is no journal; they end in _journal\.jsonl"):
        read_journal(tmp_path / "other.jsonl")


def test_a_missing_record_ends_what_can_be_trusted(tmp_path: Path) -> None:
    lines = a_journal(tmp_path / "j_journal.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "gap.jsonl").write_bytes(b"".join(lines[:2] + lines[3:]))
    assert [record.n for record in read_journal(tmp_path / "gap.jsonl")] == [0, 1]


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    """A durable journal; whatever happens it is closed, as its thread would keep the tests from ending."""
    made = Journal(tmp_path / "j_journal.jsonl")
    yield made
    with suppress(OSError):
        made.close()


@pytest.fixture
def synced(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many bytes of the journal's own file were on disk after each sync."""
    sizes: list[int] = []
    real, own = os.fsync, journal.path.stat().st_ino

    def noting(handle: int) -> None:
        real(handle)
        if os.fstat(handle).st_ino == own:
            sizes.append(os.fstat(handle).st_size)

    monkeypatch.setattr(os, "fsync", noting)
    return sizes


def soon(happens: Callable[[], Any]) -> bool:
    """Wait for something that another thread does; a minute stands for never."""
    deadline = time.monotonic() + 60
    while not (happened := bool(happens())) and time.monotonic() < deadline:
        time.sleep(0.002)
    return happened


@contextmanager
def a_disk_with_room_for(size: int) -> Iterator[None]:
    """No file can grow beyond a size: as on a full disk, what still fits is written, and no more."""
    resource = pytest.importorskip("resource", reason="only Unix limits the size of a file")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_each_record_is_on_disk_without_waiting_for_the_next(journal: Journal, synced: list[int]) -> None:
    for number in range(5):
        journal.write(a_press(float(number)) if number else a_head())
        assert soon(lambda: len(synced) > number)  # noqa: B023
        assert synced[-1] == journal.path.stat().st_size
        assert len(read_journal(journal.path)) == number + 1
    journal.close()
    assert synced[-1] == journal.path.stat().st_size


@pytest.mark.parametrize("more", [0, 1, 3])
def test_a_disk_that_was_full_for_a_while_costs_no_record(journal: Journal, synced: list[int], more: int) -> None:
    """And until there is room again the file reads as the run up to there, whatever part of a line did fit."""
    journal.write(a_head())
    assert soon(lambda: synced)
    with a_disk_with_room_for(synced[-1] + 10):
        for number in range(3):
            journal.write(a_press(float(number)))
        assert soon(lambda: journal.problem)
        assert soon(lambda: journal.path.stat().st_size == synced[0] + 10)
        assert [record.kind for record in read_journal(journal.path)] == ["head"]
    for number in range(more):
        journal.write(Pulse(t=float(number), device="box", code="5", pulse=1))
    journal.close()
    assert [record.n for record in read_journal(journal.path)] == list(range(4 + more))
    assert journal.path.read_bytes().count(b"\n") == 4 + more
    assert synced[-1] == journal.path.stat().st_size


@pytest.mark.parametrize("durable", [True, False])
def test_a_disk_that_stays_full_is_reported_with_the_file_when_the_journal_is_closed(
    tmp_path: Path, durable: bool
) -> None:
    journal = Journal(tmp_path / "j_journal.jsonl", durable=durable)
    room = len(line_of(to_facts(a_head(), 0))) + 10
    with a_disk_with_room_for(room):
        journal.write(a_head())
        journal.write(a_press(1.0))
        with pytest.raises(OSError, match=r"File too large.*journal\.jsonl") as refused:
            journal.close()
    assert refused.value.filename == str(journal.path)
    assert journal.path.stat().st_size == room
    assert [record.kind for record in read_journal(journal.path)] == ["head"]


def test_a_journal_that_is_closed_stays_so(journal: Journal) -> None:
    journal.write(a_head())
    journal.close()
    journal.close()
    with pytest.raises(ValueError, match=r"journal\.jsonl: this journal is closed, and takes no 'press'"):
        journal.write(a_press())
    assert len(read_journal(journal.path)) == 1


@pytest.mark.parametrize("error", [OSError(5, "Input/output error"), RuntimeError("who knows")])
def test_a_sync_that_fails_once_is_told_at_once_and_costs_no_record(
    journal: Journal, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What was not synced is written again: the system may have dropped it, and called it clean."""
    real, failures, own = os.fsync, [error], journal.path.stat().st_ino

    def failing_once(handle: int) -> None:
        if failures and os.fstat(handle).st_ino == own:
            os.ftruncate(handle, 0)  # what the system dropped
            raise failures.pop()
        real(handle)

    monkeypatch.setattr(os, "fsync", failing_once)
    journal.write(a_head())
    assert soon(lambda: journal.problem)
    assert isinstance(journal.problem, OSError)
    assert str(error.args[-1]) in str(journal.problem)
    for number in range(3):
        journal.write(a_press(float(number)))
    journal.close()
    assert [record.n for record in read_journal(journal.path)] == [0, 1, 2, 3]


def test_a_disk_that_never_syncs_is_reported_when_the_journal_is_closed(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    journal.write(a_head())
    with pytest.raises(OSError, match="No space left"):
        journal.close()
    assert len(read_journal(journal.path)) == 1


@pytest.mark.parametrize("durable", [True, False])
@pytest.mark.parametrize("fact", [np.int64(1), float("nan"), float("inf"), {1, 2}, object()])
def test_a_fact_that_json_does_not_know_is_refused_at_once_and_nothing_else_is_lost(
    tmp_path: Path, fact: object, durable: bool
) -> None:
    with closing(Journal(tmp_path / "j_journal.jsonl", durable=durable)) as journal:
        journal.write(a_head())
        with pytest.raises((TypeError, ValueError), match="JSON"):
            journal.write(a_press(code=[fact]))
        journal.write(a_press(code="5"))
    assert [record.get("code") for record in facts_in(journal.path)] == [None, "5"]


def test_text_that_no_file_could_hold_is_kept(journal: Journal) -> None:
    journal.write(a_head(copy=os.fsdecode(b"odd \xff name")))
    journal.close()
    assert os.fsencode(head_in(read_journal(journal.path)).copy or "") == b"odd \xff name"


def test_a_line_is_one_json_object(tmp_path: Path) -> None:
    for line in a_journal(tmp_path / "j_journal.jsonl").read_text(encoding="utf-8").splitlines():
        assert isinstance(json.loads(line), dict)


# --- the second place ------------------------------------------------------------------------------------------------


def test_a_copy_grows_beside_the_journal_and_is_gone_when_all_is_well(journal: Journal) -> None:
    journal.write(a_head())
    copy = journal.spare
    assert copy is not None
    assert soon(lambda: copy.exists() and copy.read_bytes() == journal.path.read_bytes() != b"")
    assert Spare(copy, journal.path) in left_behind()
    journal.close()
    assert not copy.parent.exists()
    assert journal.spare is None


def test_a_journal_that_is_removed_in_mid_run_is_told_and_written_again(journal: Journal) -> None:
    journal.write(a_head())
    assert soon(lambda: journal.path.stat().st_size)
    journal.path.unlink()
    journal.write(a_press(1.0))
    assert soon(lambda: journal.problem)
    journal.write(a_press(2.0))
    journal.close()
    assert [record.n for record in read_journal(journal.path)] == [0, 1, 2]
    assert journal.spare is None


def test_a_folder_that_is_gone_in_mid_run_leaves_the_copy_with_everything(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "network" / "j_journal.jsonl")
    journal.write(a_head())
    assert soon(lambda: journal.path.stat().st_size)
    (tmp_path / "network").rename(tmp_path / "gone")
    (tmp_path / "network").write_text("not a folder any more")
    for number in range(3):
        journal.write(a_press(float(number)))
    journal.close()
    assert journal.problem is not None
    assert journal.spare is not None
    assert [record.n for record in read_journal(journal.spare)] == [0, 1, 2, 3]
    assert Spare(journal.spare, journal.path) in left_behind()


def test_an_empty_folder_that_takes_the_place_of_the_journal_s_own_is_left_empty(tmp_path: Path) -> None:
    """As a network drive leaves its mount point behind."""
    folder = tmp_path / "network"
    journal = Journal(folder / "j_journal.jsonl")
    journal.write(a_head())
    assert soon(lambda: journal.path.stat().st_size)
    folder.rename(tmp_path / "gone")
    folder.mkdir()
    for number in range(3):
        journal.write(a_press(float(number)))
    journal.close()
    assert list(folder.iterdir()) == []
    assert journal.spare is not None
    assert len(read_journal(journal.spare)) == 4


def test_a_copy_that_a_cleaner_removes_is_made_again_with_its_marker(journal: Journal) -> None:
    journal.write(a_head())
    copy = journal.spare
    assert copy is not None and soon(lambda: copy.exists() and copy.stat().st_size)
    shutil.rmtree(copy.parent.parent)
    journal.write(a_press(1.0))
    assert soon(lambda: journal.copy_problem)
    journal.write(a_press(2.0))
    assert soon(lambda: [one for one in left_behind() if one.home == journal.path])
    assert soon(lambda: copy.exists() and copy.read_bytes().count(b"\n") == 3)
    assert [record.kind for record in read_journal(copy)] == ["head", "press", "press"]


def test_a_copy_that_its_disk_does_not_take_is_not_called_one(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, own = os.fsync, journal.path.stat().st_ino

    def full(handle: int) -> None:
        if os.fstat(handle).st_ino != own:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(os, "fsync", full)
    journal.write(a_head())
    assert soon(lambda: journal.copy_problem)
    assert journal.spare is None
    journal.close()
    assert journal.is_whole


def test_another_file_in_the_place_of_the_journal_is_never_written_to(journal: Journal) -> None:
    journal.write(a_head())
    assert soon(lambda: journal.path.stat().st_size)
    journal.path.unlink()
    journal.path.write_bytes(b"somebody else's")
    for number in range(3):
        journal.write(a_press(float(number)))
        assert soon(lambda: journal.problem)
    journal.close()
    assert journal.path.read_bytes() == b"somebody else's"
    assert journal.spare is not None
    assert len(read_journal(journal.spare)) == 4


def test_a_disk_that_does_not_answer_is_not_waited_for_without_end(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, own, answers = os.fsync, journal.path.stat().st_ino, threading.Event()

    def hanging(handle: int) -> None:
        if os.fstat(handle).st_ino == own:
            answers.wait()
        real(handle)

    monkeypatch.setattr(os, "fsync", hanging)
    journal.write(a_head())
    journal.write(a_press(1.0))
    assert soon(lambda: journal.behind_s > 0.05)
    journal.close(patience_s=0.2)
    assert journal.spare is not None
    assert len(read_journal(journal.spare)) == 2
    assert journal.slowest_s >= 0.2
    answers.set()


def test_a_disk_that_goes_on_taking_is_waited_for_however_long_it_takes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the time that is waited for, each time one sync gets done, and no more."""
    writer, real, may_sync = Writer(tmp_path / "slow"), os.fsync, threading.Semaphore(0)

    def slow(handle: int) -> None:
        may_sync.acquire()
        real(handle)

    def join(patience_s: float) -> None:
        safe = writer._safe
        may_sync.release()
        assert soon(lambda: writer._safe > safe or not writer._thread.is_alive())

    monkeypatch.setattr(os, "fsync", slow)
    monkeypatch.setattr(writer._thread, "join", join)
    writer.add(b"one\n")
    assert soon(lambda: writer.behind_s > 0)  # it is being synced
    writer.add(b"two\n")
    assert writer.close(1.0)
    assert (tmp_path / "slow").read_bytes() == b"one\ntwo\n"


def test_without_a_temporary_folder_the_journal_alone_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "file"))
    journal = Journal(tmp_path / "j_journal.jsonl")
    journal.write(a_head())
    journal.close()
    assert isinstance(journal.copy_problem, OSError)
    assert len(read_journal(journal.path)) == 1


# --- damage ----------------------------------------------------------------------------------------------------------


def test_no_bit_that_flips_goes_unnoticed(tmp_path: Path) -> None:
    whole = a_journal(tmp_path / "j_journal.jsonl", facts=3).read_bytes()
    records = read_journal(tmp_path / "j_journal.jsonl")
    damaged = tmp_path / "damaged.jsonl"
    for at in range(len(whole)):
        for bit in (1, 2, 16, 128):
            damaged.write_bytes(whole[:at] + bytes([whole[at] ^ bit]) + whole[at + 1 :])
            try:
                read = read_journal(damaged)
            except JournalError:
                assert at <= whole.index(b"\n")
            else:
                assert read == records[: len(read)]
                assert len(read) < len(records) or at == len(whole) - 1  # the last line end says nothing


def test_damage_is_told_from_a_line_that_was_cut_off(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "j_journal.jsonl")
    whole = path.read_bytes()
    assert damage_of(path) is None
    path.write_bytes(whole[:-5])
    assert damage_of(path) is None
    lines = whole.splitlines(keepends=True)
    for changed in (
        lines[:2] + lines[3:],
        [*lines[:3], lines[1], *lines[3:]],
        [*lines[:2], b"[" * 9999 + b"\n", *lines],
    ):
        path.write_bytes(b"".join(changed))
        assert damage_of(path) in (Damage(3), Damage(4))
        assert len(read_journal(path)) == damage_of(path).line - 1


def test_a_line_without_a_checksum_is_none_of_a_journal_that_has_them(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "j_journal.jsonl", facts=1)
    with path.open("ab") as file:
        file.write(b'{"n":2,"kind":"press","t":3.0}\n')
    assert len(read_journal(path)) == 2
    assert damage_of(path) == Damage(3)


def test_the_name_of_a_new_journal_is_on_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    real = os.fsync

    def noting(handle: int) -> None:
        real(handle)
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            synced.append(os.readlink(f"/proc/self/fd/{handle}"))

    monkeypatch.setattr(os, "fsync", noting)
    Journal(tmp_path / "a" / "j_journal.jsonl").close()
    assert str(tmp_path / "a") in synced


def test_nobody_else_can_look_into_a_copy(journal: Journal) -> None:
    copy = journal.spare
    assert copy is not None
    for folder in (copy.parent, copy.parent.parent):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content + b"\n",
        lambda content: content + b"\n \n\t\n",
        lambda content: content.replace(b"\n", b"\r\n"),
        lambda content: content.replace(b"\n", b"\n\n"),
        lambda content: b"\xef\xbb\xbf" + content,
        lambda content: content.rstrip(b"\n"),
        lambda content: content.rstrip(b"\n") + b"  ",
    ],
    ids=["blank line", "blank lines", "CRLF", "blank lines between", "byte order mark", "no last line end", "blanks"],
)
def test_what_editors_leave_behind_is_no_damage(tmp_path: Path, change: Callable[[bytes], bytes]) -> None:
    path = a_journal(tmp_path / "j_journal.jsonl")
    records = read_journal(path)
    path.write_bytes(change(path.read_bytes()))
    assert read_journal(path) == records
    assert damage_of(path) is None
    path.write_bytes(with_decision(path, Decision(decision="x")))
    assert [record.kind for record in read_journal(path)] == [*(record.kind for record in records), "decision"]
    assert damage_of(path) is None


def test_a_damaged_line_is_numbered_as_an_editor_shows_it(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "j_journal.jsonl")
    first, second, *rest = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join([first, b"\n", b"\n", second.replace(b"press", b"xxxxx"), *rest]))
    assert damage_of(path) == Damage(4)


def test_a_last_line_without_its_line_end_counts_if_its_checksum_fits_and_not_otherwise(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "j_journal.jsonl")
    records, content = read_journal(path), path.read_bytes().rstrip(b"\n")
    for cut in range(1, 30):
        path.write_bytes(content[:-cut])
        assert read_journal(path) == records[:-1]
        assert damage_of(path) is None
        kept = with_decision(path, Decision(decision="x"))
        assert b"cut_off" in kept
    path.write_bytes(content)
    assert read_journal(path) == records
