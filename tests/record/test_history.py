"""What has been done with a participant, as the journals tell it."""

from pathlib import Path

import pytest

from task.record.history import attempt_of, that_count
from task.record.journal import Journal
from task.record.records import Facts, from_facts
from tests.factories import facts_in, simulate_session


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[Facts]:
    """A whole run."""
    _, _, attempts = simulate_session(tmp_path_factory.mktemp("session"))
    return facts_in(attempts[0].journal)


def written(path: Path, records: list[Facts]) -> Path:
    journal = Journal(path, durable=False)
    for record in records:
        journal.write(from_facts(record))
    journal.close()
    return path


NAME = "sub-01_task-decider_run-01_attempt-01_journal.jsonl"


def test_a_whole_run_is_summed_up(tmp_path: Path, records: list[Facts]) -> None:
    attempt = attempt_of(written(tmp_path / NAME, records))
    assert (attempt.run, attempt.attempt, attempt.cause, attempt.problem) == (1, 1, "complete", None)
    assert attempt.is_complete and attempt.has_shown_trials and attempt.virtual
    assert attempt.points == sum(record["points"] for record in records if record["kind"] == "share")


@pytest.mark.parametrize("lacking", ["emulated", "planned_run", "git", "protocol"])
def test_a_head_that_lacks_something_is_said_to(tmp_path: Path, records: list[Facts], lacking: str) -> None:
    head = {key: value for key, value in records[0].items() if key != lacking}
    attempt = attempt_of(written(tmp_path / NAME, [head, *records[1:]]))
    assert attempt.cause == "unreadable"
    assert attempt.problem is not None and f"the head of this journal lacks {lacking}" in attempt.problem


def test_a_complete_attempt_counts_before_a_later_one_and_one_with_trials_before_one_without(
    tmp_path: Path, records: list[Facts]
) -> None:
    until_zero = records[: next(i for i, r in enumerate(records) if r["kind"] == "zero")]
    begun = records[: next(i for i, r in enumerate(records) if r["kind"] == "feedback")]

    def counts(*kept: list[Facts]) -> int:
        attempts = [
            attempt_of(
                written(
                    tmp_path / str(len(kept)) / NAME.replace("attempt-01", f"attempt-0{number}"),
                    [one[0] | {"attempt": number}, *one[1:]],
                )
            )
            for number, one in enumerate(kept, start=1)
        ]
        return that_count(attempts)[1].attempt

    assert counts(records, begun) == 1
    assert counts(begun, until_zero, until_zero) == 1
    assert counts(begun, begun, begun, until_zero) == 3
