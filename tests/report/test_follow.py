"""Journals are followed by reading alone, however oddly they grow, vanish or change, and one run after the other."""

import os
import random
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from task.record.journal import Journal
from task.record.kinds.notes import Decision
from task.record.layout import Dataset, Person
from task.record.lines import line_of
from task.record.records import to_facts
from task.report import follow
from task.report.follow import Follower, GrowingJournal, News
from tests.factories import as_records
from tests.report.journals import a_run, to_lines

FACTS = a_run()
RECORDS, LINES = as_records(FACTS), to_lines(FACTS)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sub-01_task-decider_run-01_attempt-01_journal.jsonl"


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The time in seconds that has passed for the follower, which a test moves."""
    at = [1000.0]
    monkeypatch.setattr(follow.time, "monotonic", lambda: at[0])
    return at


# --- one journal -------------------------------------------------------------------------------------------------


def test_a_journal_that_grows_in_odd_pieces_is_read_whole_and_once(path: Path) -> None:
    content, draw, looked = b"".join(LINES), random.Random(1), threading.Event()
    path.write_bytes(b"")

    def grow() -> None:
        place = 0
        with path.open("ab", buffering=0) as file:
            while place < len(content):
                size = draw.choice((1, 7, 60, 500, 4000))
                file.write(content[place : place + size])
                place += size
                if size == 1:  # so often at least, a piece of a line is looked at
                    looked.clear()
                    looked.wait(60)

    writer = threading.Thread(target=grow)
    writer.start()
    growing, read, afresh = GrowingJournal(path), [], []
    deadline = time.monotonic() + 60
    while len(read) < len(RECORDS) and time.monotonic() < deadline:
        first, records = growing.read()
        looked.set()
        afresh += [first] if records else []
        read += records
    writer.join()
    assert read == RECORDS
    assert afresh == [True] + [False] * (len(afresh) - 1)
    assert len(afresh) > 5


def test_a_journal_is_read_while_the_program_writes_it(path: Path) -> None:
    journal, growing, read = Journal(path), GrowingJournal(path), []
    for record in RECORDS:
        journal.write(record)
        read += growing.read()[1]
    journal.close()
    read += growing.read()[1]
    assert read == RECORDS


def test_half_a_line_stays_for_the_next_time(path: Path) -> None:
    growing = GrowingJournal(path)
    path.write_bytes(LINES[0] + LINES[1][:10])
    assert growing.read() == (True, RECORDS[:1])
    assert growing.read() == (False, [])
    path.write_bytes(LINES[0] + LINES[1])
    assert growing.read() == (False, RECORDS[1:2])


def test_only_what_was_added_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    growing, sizes = GrowingJournal(path), []
    since = growing._bytes_since
    monkeypatch.setattr(growing, "_bytes_since", lambda: sizes.append(len(data := since())) or data)
    path.write_bytes(b"".join(LINES))
    growing.read()
    with path.open("ab") as file:
        file.write(LINES[5])
    growing.read()
    assert sizes[0] > 10_000
    assert sizes[1] <= 256 + len(LINES[5])


@pytest.mark.parametrize("count", [5, 2, 80, 0])
def test_a_file_that_was_truncated_or_replaced_is_read_afresh(path: Path, count: int) -> None:
    growing = GrowingJournal(path)
    path.write_bytes(b"".join(LINES[:50]))
    growing.read()
    others = [one | {"t": 9.0} for one in FACTS[:count]]
    path.write_bytes(b"".join(to_lines(others)))
    assert growing.read() == (bool(others), as_records(others))


def test_a_copy_with_a_line_more_in_its_place_goes_on(path: Path, tmp_path: Path) -> None:
    growing = GrowingJournal(path)
    path.write_bytes(b"".join(LINES))
    growing.read()
    copy, decision = tmp_path / "copy", Decision(n=len(LINES), decision="zero was moved")
    copy.write_bytes(b"".join(LINES) + line_of(to_facts(decision)))
    os.replace(copy, path)
    assert growing.read() == (False, [decision])


def test_a_hole_that_is_filled_later_loses_nothing(path: Path) -> None:
    growing = GrowingJournal(path)
    hole = bytes(len(LINES[3]) - 1) + b"\n"
    path.write_bytes(b"".join(LINES[:3]) + hole + LINES[4])
    assert growing.read() == (True, RECORDS[:3])
    assert growing.read() == (False, [])
    path.write_bytes(b"".join(LINES[:5]))
    assert growing.read() == (False, RECORDS[3:5])
    assert growing.unreadable == 0


def test_a_line_that_stays_unreadable_is_passed_over_and_said(path: Path, now: list[float]) -> None:
    path.write_bytes(LINES[0] + b"\xff\x00 not a record\n" + LINES[2])
    follower = Follower(path)
    assert list(follower.look().records) == RECORDS[:1]
    now[0] += 1.9
    assert follower.look().records == []
    now[0] += 0.2
    news = follower.look()
    assert list(news.records) == RECORDS[2:3]
    assert "1 line of the journal cannot be read" in news.problem


def test_a_record_that_is_not_as_its_kind_has_to_be_is_said_and_what_follows_is_followed(path: Path) -> None:
    path.write_bytes(LINES[0] + b'{"n":1,"kind":"clock","t":0.0}\n' + LINES[2])
    news = Follower(path).look()
    assert [record.kind for record in news.records] == ["head", "clock", FACTS[2]["kind"]]
    assert "1 line of the journal cannot be read" in news.problem


def test_a_file_that_vanishes_is_a_problem_until_it_is_back(path: Path) -> None:
    path.write_bytes(b"".join(LINES[:10]))
    follower = Follower(path)
    assert follower.look().problem == ""
    away = path.rename(path.with_suffix(".away"))
    news = follower.look()
    assert "cannot be reached (No such file or directory)" in news.problem
    assert news.journal == path
    away.rename(path)
    with path.open("ab") as file:
        file.write(LINES[10])
    news = follower.look()
    assert (news.problem, news.afresh, list(news.records)) == ("", False, RECORDS[10:11])


# --- one run after the other -------------------------------------------------------------------------------------


class Room:
    """Two datasets in which runs begin, go on and end, and somebody who looks every ten seconds or so."""

    def __init__(self, folder: Path, now: list[float], participant: str | None = None) -> None:
        self.study, self.pilot, self.now = folder / "study", folder / "pilot", now
        self.make: Callable[[], Follower] = lambda: Follower(None, [self.study, self.pilot], participant)
        self.follower = self.make()

    def write(self, root: Path, participant: str, run: int, lines: list[bytes], session: str | None = None) -> Path:
        path = Dataset(root).journal(Person(participant, session), run, 1)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab") as file:
            file.write(b"".join(lines))
        os.utime(path, (self.now[0], self.now[0]))
        return path

    def look(self, after_s: float = 3.0) -> News:
        self.now[0] += after_s
        return self.follower.look()


@pytest.fixture
def room(tmp_path: Path, now: list[float]) -> Room:
    return Room(tmp_path, now)


def test_nothing_is_followed_until_a_run_begins(room: Room) -> None:
    assert room.look().journal is None
    journal = room.write(room.study, "01", 1, LINES[:5])
    news = room.look()
    assert (news.journal, news.afresh, list(news.records)) == (journal, True, RECORDS[:5])


def test_the_newest_journal_that_is_being_written_is_followed(room: Room) -> None:
    room.write(room.pilot, "pilot01", 1, LINES[:5])
    room.now[0] += 10
    newest = room.write(room.study, "01", 2, LINES[:5], session="2")
    assert room.look().journal == newest


def test_a_run_that_ended_before_anybody_looked_is_let_lie(room: Room) -> None:
    room.write(room.study, "01", 1, LINES)
    assert room.look().journal is None
    second = room.write(room.study, "01", 2, LINES[:5])
    assert room.look().journal == second


def test_when_a_run_has_ended_its_journal_stays_until_the_next_begins(room: Room) -> None:
    first = room.write(room.study, "01", 1, LINES[:5])
    assert room.look().journal == first
    room.write(room.study, "01", 1, LINES[5:])
    assert room.look().journal == first
    assert room.look().journal == first
    second = room.write(room.study, "01", 2, LINES[:5])
    news = room.look()
    assert (news.journal, news.afresh) == (second, True)


def test_a_run_that_goes_on_is_not_left_for_another(room: Room) -> None:
    first = room.write(room.study, "01", 1, LINES[:5])
    room.look()
    for line in LINES[5:20]:
        room.write(room.study, "01", 1, [line])
        room.now[0] += 1
        room.write(room.pilot, "pilot01", 1, [line])  # each time the newest
        assert room.look().journal == first


def test_a_run_whose_program_died_is_left_for_the_next_attempt(room: Room) -> None:
    room.write(room.study, "01", 1, LINES[:40])
    room.look()
    again = room.write(room.study, "01", 2, LINES[:5])
    assert room.look(after_s=11).journal == again


def test_a_run_that_failed_between_two_looks_is_shown(room: Room) -> None:
    room.look()
    failed = room.write(room.study, "01", 1, LINES)
    assert room.look().journal == failed


def test_a_run_that_began_after_the_clock_was_set_back_is_followed(room: Room) -> None:
    room.write(room.study, "01", 1, LINES)
    room.look()
    later, room.now[0] = room.now[0], 10.0  # the files' times jump back, the follower's own clock goes on
    new = room.write(room.study, "01", 2, LINES[:5])
    room.now[0] = later
    assert room.look().journal == new
    assert room.look().journal == new


def test_a_run_that_waits_is_not_left_for_one_that_has_ended_long_ago(room: Room) -> None:
    room.write(room.pilot, "pilot01", 1, LINES)
    room.now[0] += 10
    waiting = room.write(room.study, "01", 1, LINES[:5])
    for _ in range(5):
        assert room.look(after_s=30).journal == waiting


def test_a_journal_that_vanishes_is_not_left_for_an_older_one(room: Room) -> None:
    room.write(room.study, "01", 1, LINES[:40])
    room.now[0] += 10
    second = room.write(room.study, "01", 2, LINES[:5])
    assert room.look().journal == second
    second.unlink()
    for _ in range(3):
        news = room.look(after_s=30)
        assert news.journal == second
        assert "cannot be reached" in news.problem


def test_a_folder_that_cannot_be_read_is_a_problem_and_tried_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = room.write(room.study, "01", 1, LINES[:5])
    with monkeypatch.context() as patch:
        patch.setattr(Path, "glob", lambda self, pattern: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        news = room.look()
        assert (news.journal, "The folder cannot be reached (Input/output error)" in news.problem) == (None, True)
    news = room.look()
    assert (news.journal, news.problem) == (journal, "")


def test_only_the_participant_asked_for_is_followed(tmp_path: Path, now: list[float]) -> None:
    room = Room(tmp_path, now, participant="02")
    room.write(room.study, "01", 1, LINES[:5])
    room.write(room.study, "020", 1, LINES[:5])
    assert room.look().journal is None
    theirs = room.write(room.study, "02", 1, LINES[:5])
    assert room.look().journal == theirs
