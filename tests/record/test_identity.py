"""The head of a journal says whose it is, wherever the file lies and whatever it is called."""

import json
import shutil
from pathlib import Path

import pytest

from task.model.participants import read_participants
from task.record.history import attempts_of
from task.record.identity import journals_of, misplaced
from task.record.layout import Dataset, Person
from task.visit.simulated import SimulatedMindSettings, simulate_session
from tests.factories import a_plan

ANN, BEN, WITH_SESSION = Person("01"), Person("02"), Person("01", "a")


@pytest.fixture(scope="module")
def _recorded(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    dataset = Dataset(tmp_path_factory.mktemp("recorded"))
    list(simulate_session(dataset, ANN, a_plan("demo"), SimulatedMindSettings()))
    return dataset


@pytest.fixture
def recorded(_recorded: Dataset, dataset: Dataset) -> Dataset:
    """Both runs of one person, as performed."""
    shutil.copytree(_recorded.root, dataset.root)
    return dataset


def put(journal: Path, at: Path) -> Path:
    at.parent.mkdir(parents=True, exist_ok=True)
    return Path(shutil.copy(journal, at))


def test_journals_in_their_places_are_all_there_are(recorded: Dataset) -> None:
    assert journals_of(recorded, ANN) == recorded.journals(ANN) != []
    assert misplaced(recorded) == []


@pytest.mark.parametrize("place", [(ANN, 1, 2), (ANN, 2, 3), (ANN, 7, 1), (BEN, 1, 1), (WITH_SESSION, 1, 1)])
def test_a_copy_counts_for_nobody_and_is_named(recorded: Dataset, place: tuple[Person, int, int]) -> None:
    person, _, _ = place
    before = attempts_of(recorded, ANN), [one.choices for one in read_participants(recorded)]
    copy = put(recorded.journal(ANN, 1, 1), recorded.journal(*place))
    assert copy not in journals_of(recorded, person)
    assert attempts_of(recorded, ANN) == before[0]
    assert attempts_of(recorded, BEN) == attempts_of(recorded, WITH_SESSION) == []
    read = {one.label: one for one in read_participants(recorded)}
    assert [read["01"].choices] == before[1]
    assert all(one.choices == 0 for label, one in read.items() if label != "01")
    (said,) = misplaced(recorded)
    assert said.startswith(f"{copy}: by its first line this is the journal of sub-01, run 1, attempt 1")
    for label in {"01", person.participant}:
        assert read[label].problems == [said.replace(f"{recorded.root}/", "")]
    assert misplaced(recorded, "01") == [said]
    assert misplaced(recorded, "03") == []


def test_a_journal_that_was_moved_to_somebody_else_says_where_it_belongs(recorded: Dataset) -> None:
    own = recorded.journal(ANN, 1, 1)
    put(own, recorded.journal(BEN, 1, 1))
    own.unlink()
    assert [one.run for one in attempts_of(recorded, ANN)] == [2]
    assert attempts_of(recorded, BEN) == []
    (said,) = misplaced(recorded, "01")
    assert said.endswith(f"move it to {own}")


def test_an_attempt_that_was_given_another_number_was_seen_all_the_same(recorded: Dataset) -> None:
    own = recorded.journal(ANN, 1, 1)
    own.rename(recorded.journal(ANN, 1, 3))
    (attempt, _) = attempts_of(recorded, ANN)
    assert attempt.has_shown_trials
    assert attempt.problem is not None
    assert "its first line says run 1, attempt 1. Name it so again" in attempt.problem
    assert misplaced(recorded) == []


def test_two_journals_that_claim_one_place_are_told_apart_from_a_copy(recorded: Dataset) -> None:
    other = put(recorded.journal(ANN, 1, 1), recorded.journal(BEN, 1, 1))
    head, *lines = other.read_bytes().splitlines(keepends=True)
    record = json.loads(head)
    del record["crc"]
    other.write_bytes(json.dumps(record | {"seed": 99}).encode() + b"\n" + b"".join(lines))
    (said,) = misplaced(recorded)
    assert "another journal lies in that place" in said


def test_no_attempt_takes_the_name_of_a_file_that_is_there(recorded: Dataset) -> None:
    put(recorded.journal(ANN, 1, 1), recorded.journal(ANN, 1, 5))
    assert recorded.next_attempt(ANN, 1) == 6
    assert recorded.next_attempt(ANN, 2) == 2
    assert recorded.next_attempt(BEN, 1) == 1


def test_a_head_that_cannot_be_read_is_left_to_those_who_read_the_journal(recorded: Dataset) -> None:
    journal = recorded.journal(ANN, 2, 1)
    journal.write_bytes(b"{}\n" + journal.read_bytes())
    assert journals_of(recorded, ANN) == recorded.journals(ANN)
    assert misplaced(recorded) == []
    assert attempts_of(recorded, ANN)[1].problem


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"\n\n", b"\xef\xbb\xbf\n"])
def test_what_an_editor_leaves_before_the_head_hides_nobody(recorded: Dataset, before: bytes) -> None:
    copy = put(recorded.journal(ANN, 1, 1), recorded.journal(BEN, 1, 1))
    copy.write_bytes(before + copy.read_bytes())
    assert journals_of(recorded, BEN) == []
    assert len(misplaced(recorded, "01")) == 1


def test_a_copy_with_other_zeros_in_its_name_is_a_copy(recorded: Dataset) -> None:
    own = recorded.journal(ANN, 1, 1)
    copy = put(own, own.with_name(own.name.replace("run-01_attempt-01", "run-001_attempt-001")))
    assert copy not in journals_of(recorded, ANN)
    assert len(misplaced(recorded)) == 1
    own.unlink()
    assert copy in journals_of(recorded, ANN)
