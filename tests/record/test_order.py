"""The order in which attempts were performed, whatever the computer's clock says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from task.record.journal import read_journal
from task.record.kinds.answers import Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import Clock
from task.record.layout import Dataset, Person
from task.record.order import order_of
from task.record.records import Record
from task.visit.minds import SimulatedMindSettings
from task.visit.simulated import simulate_session
from tests.factories import a_head, a_plan

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def journal(
    run: int,
    attempt: int = 1,
    *,
    hours: float = 0.0,
    session: str | None = None,
    points_before: int = 0,
    points: int = 0,
    after: list[str] | None = None,
) -> list[Record]:
    came_after = None if after is None else tuple(after)
    head = a_head(session=session, run=run, attempt=attempt, points_before=points_before, after=came_after)
    clock = Clock(t=0.0, utc=(NOON + timedelta(hours=hours)).isoformat())
    share = Share(trial=1, side=None, response_time=None, share="keep", points=points)
    return [head, clock, *([share] if points else [])]


def names(journals: list[list[Record]]) -> list[tuple[int, int]]:
    return [(head_in(journals[place]).run, head_in(journals[place]).attempt) for place in order_of(journals).places]


def test_the_clock_orders_what_nothing_else_orders() -> None:
    journals = [journal(2, hours=3), journal(1, hours=1), journal(3, hours=2)]
    assert names(journals) == [(1, 1), (3, 1), (2, 1)]
    assert order_of(journals).doubts == ()


def test_without_a_clock_the_numbers_order_them() -> None:
    journals = [journal(3), journal(1), journal(2)]
    assert names(journals) == [(1, 1), (2, 1), (3, 1)]


def test_a_clock_set_back_between_attempts_turns_nothing_round_and_is_told() -> None:
    journals = [journal(1, 1, hours=5), journal(1, 2, hours=2)]
    for given in permutations(journals):
        assert names(list(given)) == [(1, 1), (1, 2)]
    (doubt,) = order_of(journals).doubts
    assert "by it run 1, attempt 2 began at 2026-03-01 14:00, before run 1, attempt 1 (2026-03-01 17:00)" in doubt


def test_the_attempts_that_were_there_come_first() -> None:
    journals = [
        journal(1, hours=30, after=[]),
        journal(2, hours=3, after=["run-01_attempt-01"]),
        journal(3, hours=4, after=["run-01_attempt-01", "run-02_attempt-01"]),
    ]
    for given in permutations(journals):
        assert names(list(given)) == [(1, 1), (2, 1), (3, 1)]
        assert len(order_of(list(given)).doubts) == 1


def test_they_come_first_over_sessions_too() -> None:
    journals = [
        journal(1, hours=2, session="b", after=["ses-a_run-01_attempt-01"]),
        journal(1, hours=9, session="a", after=[]),
    ]
    assert order_of(journals).places == (1, 0)
    assert "session b, run 1" in order_of(journals).doubts[0]


def test_points_order_the_journals_of_before_heads_named_the_others() -> None:
    journals = [
        journal(2, hours=1, points_before=300, points=60),
        journal(1, hours=4, points_before=0, points=300),
        journal(3, hours=2, points_before=360),
    ]
    for given in permutations(journals):
        assert names(list(given)) == [(1, 1), (2, 1), (3, 1)]


def test_an_attempt_without_points_says_nothing_by_them() -> None:
    journals = [journal(2, hours=1, points_before=0), journal(1, hours=4, points_before=0)]
    assert names(journals) == [(2, 1), (1, 1)]


def test_a_run_out_of_its_number_s_order_is_where_it_was_performed() -> None:
    journals = [journal(1, hours=3, after=["run-02_attempt-01"]), journal(2, hours=1, after=[])]
    assert names(journals) == [(2, 1), (1, 1)]
    assert order_of(journals).doubts == ()


def test_journals_that_contradict_each_other_are_taken_by_the_clock_and_told() -> None:
    journals = [journal(1, hours=2, after=["run-02_attempt-01"]), journal(2, hours=1, after=["run-01_attempt-01"])]
    assert names(journals) == [(2, 1), (1, 1)]
    assert "contradicts itself" in order_of(journals).doubts[0]


def test_an_attempt_without_a_time_accuses_no_clock() -> None:
    journals = [journal(1, 1, hours=1)[:1], journal(1, 2, hours=2)]
    assert names(journals) == [(1, 1), (1, 2)]
    assert order_of(journals).doubts == ()


@pytest.mark.parametrize("utc", ["", "2024-02-30T10:00:00", "noon", "2026-03-01T11:00:00"])
def test_a_time_that_is_none_or_has_no_zone_stops_nobody(utc: str) -> None:
    odd = journal(2, hours=0)
    odd[1] = replace(odd[1], utc=utc)
    assert set(order_of([odd, journal(1, hours=1)]).places) == {0, 1}


@pytest.mark.parametrize("count", [0, 1])
def test_few_journals_are_in_order(count: int) -> None:
    assert order_of([journal(1)] * count).places == tuple(range(count))


def test_a_head_names_the_attempts_that_were_there_when_it_began(dataset: Dataset) -> None:
    first_of_a, second_of_a = performed(dataset, Person("01", "a"))
    first_of_b, _ = performed(dataset, Person("01", "b"))
    assert [list(head_in(read_journal(one)).after) for one in (first_of_a, second_of_a, first_of_b)] == [
        [],
        ["ses-a_run-01_attempt-01"],
        ["ses-a_run-01_attempt-01", "ses-a_run-02_attempt-01"],
    ]


def performed(dataset: Dataset, person: Person) -> list[Path]:
    return [journal for journal, _ in simulate_session(dataset, person, a_plan("demo"), SimulatedMindSettings())]
