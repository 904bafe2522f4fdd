"""A run's zero can be moved after the run: as a decision in its journal, which keeps all that it had."""

from pathlib import Path

import pytest

from task.record.correction import corrected_zero, correction_of, move_zero
from task.record.events import events_of
from task.record.journal import JournalError, read_journal
from task.record.kinds.marks import Zero
from task.record.records import first
from tests.factories import facts_in, simulate_session


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    _, _, attempts = simulate_session(tmp_path)
    return attempts[0].journal


def test_moving_zero_moves_every_onset_and_nothing_else(journal: Path) -> None:
    before, content = events_of(read_journal(journal)), journal.read_bytes()
    move_zero(journal, -2.0, "the scanner stored all volumes")
    after = events_of(read_journal(journal))
    assert (after["onset"] - before["onset"]).round(6).unique().tolist() == [2.0]
    assert (after["planned_onset"] - before["planned_onset"]).round(6).unique().tolist() == [2.0]
    moved = ["onset", "planned_onset"]
    assert after.drop(columns=moved).equals(before.drop(columns=moved))
    assert journal.read_bytes().startswith(content)


def test_the_decision_says_why_and_when(journal: Path) -> None:
    move_zero(journal, 0.734, "a key was pressed by hand")
    decision = facts_in(journal)[-1]
    assert decision["kind"] == "decision"
    assert decision["decision"] == "zero was moved by +0.7340 s"
    assert decision["reason"] == "a key was pressed by hand"
    assert decision["utc"].startswith("20")


def test_the_latest_decision_counts_and_is_measured_from_the_zero_of_the_run(journal: Path) -> None:
    records = read_journal(journal)
    zero = first(records, Zero).t
    move_zero(journal, -2.0, "first")
    move_zero(journal, -4.0, "second")
    assert corrected_zero(read_journal(journal)) == pytest.approx(zero - 4.0)
    move_zero(journal, 0.0, "all was well")
    assert corrected_zero(read_journal(journal)) == zero
    assert correction_of(read_journal(journal)) is None
    assert events_of(read_journal(journal)).equals(events_of(records))


def test_what_was_cut_off_in_a_killed_run_is_kept_in_the_decision(journal: Path) -> None:
    content = journal.read_bytes()
    lines = content.splitlines(keepends=True)
    whole, torn = b"".join(lines[:100]), lines[100][:25]
    journal.write_bytes(whole + torn)
    move_zero(journal, -2.0, "why")
    assert journal.read_bytes().startswith(whole)
    records = read_journal(journal)
    assert len(records) == 101
    assert records[-1].cut_off == torn.decode()


def test_a_journal_damaged_in_its_middle_is_left_as_it_is(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    lines[100] = lines[100].replace(b'"', b"'")
    journal.write_bytes(b"".join(lines))
    with pytest.raises(JournalError, match=r"line 101 of the journal is damaged.*Nothing was changed"):
        move_zero(journal, -2.0, "why")
    assert journal.read_bytes() == b"".join(lines)
    assert [path.name for path in journal.parent.iterdir() if path.name.startswith(".")] == []


def test_a_run_without_a_zero_has_none_to_move(journal: Path) -> None:
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[:3]))
    with pytest.raises(JournalError, match="never reached its zero"):
        move_zero(journal, -2.0, "why")
