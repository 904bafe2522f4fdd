"""What is performed next, why, and how it is said: before a run, after it, and of a false start."""

from dataclasses import replace
from pathlib import Path

import pytest

from task.plan.plan import save_plan
from task.record.history import Attempt, attempts_of
from task.record.journal import Journal
from task.record.layout import Person
from task.visit.next_run import next_run, offered_run, pilot_person, what_comes_next, what_is_left_out
from task.visit.plans import new_plan, plan_for
from task.visit.requests import RequestError, checked_request
from tests.factories import a_protocol, a_site


def test_the_next_run_is_the_first_that_is_not_complete(begun) -> None:
    plan, _ = plan_for(begun, print)
    attempts = attempts_of(begun.dataset, begun.person)
    assert next_run(begun, plan, attempts[1:]) == 1
    assert next_run(begun, plan, attempts[:1]) == 2
    with pytest.raises(RequestError, match=r"all 2 runs.*--run N --again"):
        next_run(begun, plan, attempts)
    with pytest.raises(RequestError, match=r"run 2 .* is complete.*--again"):
        next_run(replace(begun, run=2), plan, attempts)
    assert next_run(replace(begun, run=2, again=True), plan, attempts) == 2


def offered(begun, answers: list[str], **asked) -> tuple[int, list[str]]:
    """What is performed next if run 1 is complete and run 2 was aborted, and what was asked."""
    plan, _ = plan_for(begun, print)
    first_run, second_run = attempts_of(begun.dataset, begun.person)
    attempts = [first_run, replace(second_run, cause="aborted by the operator")]
    questions: list[str] = []

    def ask(question: str) -> str:
        questions.append(question)
        return answers.pop(0)

    return offered_run(replace(begun, **asked), plan, attempts, ask=ask), questions


def test_a_run_that_was_begun_is_offered_again_with_the_reason(begun, capsys: pytest.CaptureFixture[str]) -> None:
    run, questions = offered(begun, [""])
    assert (run, len(questions)) == (2, 1)
    said = capsys.readouterr().out
    assert "Run 2 was begun before: attempt 1 ended early (aborted by the operator)" in said
    assert "with spare trials, since what was shown cannot be unseen" in said


def test_an_answer_that_is_none_of_those_is_asked_for_again(begun) -> None:
    run, questions = offered(begun, ["7", "0", "two", "2"])
    assert (run, len(questions)) == (2, 4)


def test_no_answer_repeats_a_complete_run(begun) -> None:
    with pytest.raises(RequestError, match=r"run 1 .* is complete.*--again"):
        offered(begun, ["1"])
    with pytest.raises(RequestError, match="nothing was started"):
        offered(begun, ["q"])


def test_whoever_names_a_run_is_not_asked(begun) -> None:
    assert offered(begun, [], run=2) == (2, [])


def attempts_at(begun, *performed: tuple[int, str, bool]) -> list[Attempt]:
    """Attempts, each as (run, how it ended, whether it showed trials)."""
    made: list[Attempt] = []
    for run, cause, shown in performed:
        number = 1 + sum(one.run == run for one in made)
        journal = begun.dataset.journal(begun.person, run, number)
        made.append(Attempt(journal, run, number, cause, has_shown_trials=shown))
    return made


COMPLETE, ABORTED = "complete", "aborted by the operator"


@pytest.fixture
def of_four_runs(begun):
    """A request and a plan of four runs."""
    request = replace(begun, protocol=a_protocol("relational_value"))
    return request, new_plan(request)


def test_a_run_that_is_taken_before_its_turn_is_said_before_it_starts(begun, of_four_runs) -> None:
    _, plan = of_four_runs
    none, first = [], attempts_at(begun, (1, COMPLETE, True))
    assert what_is_left_out(3, plan, none) == "run 3 is performed though runs 1 and 2 are not complete"
    assert what_is_left_out(3, plan, first) == "run 3 is performed though run 2 is not complete"
    assert what_is_left_out(4, plan, none).endswith("though runs 1, 2 and 3 are not complete")
    assert what_is_left_out(1, plan, none) == what_is_left_out(2, plan, first) == ""
    aborted = attempts_at(begun, (1, ABORTED, True))
    assert "run 1 is not complete" in what_is_left_out(2, plan, aborted)


@pytest.mark.parametrize(
    ("performed", "run", "said", "options"),
    [
        ([(1, COMPLETE, True)], 1, "Run 1 of 4 is complete. Next is run 2.", []),
        (
            [(3, COMPLETE, True)],
            3,
            "Run 3 of 4 is complete, and runs 1 and 2 are not. Next is run 1.",
            [],
        ),
        ([(run, COMPLETE, True) for run in (1, 2, 3, 4)], 4, "All 4 runs of this session are complete.", None),
        (
            [(1, ABORTED, True)],
            1,
            "Run 1 is to be performed again, with spare trials, since what was shown cannot be unseen.",
            [],
        ),
        (
            [(1, ABORTED, False)],
            1,
            "Run 1 is to be performed again, with its own trials, as none of them was shown.",
            [],
        ),
        (
            [(1, ABORTED, True), (1, ABORTED, False)],
            1,
            "Run 1 is to be performed again, with spare trials, since what was shown cannot be unseen.",
            [],
        ),
        (
            [(1, ABORTED, True), (3, ABORTED, False)],
            3,
            "Run 3 is to be performed again, with its own trials, as none of them was shown.",
            ["--run", "3"],
        ),
        ([(1, COMPLETE, True), (1, ABORTED, True)], 1, "Run 1 of 4 is complete. Next is run 2.", []),
    ],
)
def test_after_a_run_it_is_said_how_the_session_stands_and_what_goes_on(
    begun, of_four_runs, performed: list[tuple[int, str, bool]], run: int, said: str, options: list[str] | None
) -> None:
    _, plan = of_four_runs
    assert what_comes_next(run, plan, attempts_at(begun, *performed)) == (said, options)


@pytest.mark.parametrize("shown", [True, False])
def test_of_a_false_start_the_same_is_said_before_and_after(
    begun, shown: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, _ = plan_for(begun, print)
    attempts = attempts_at(begun, (1, ABORTED, shown))
    assert offered_run(begun, plan, attempts, ask=lambda question: "") == 1
    before, (after, _) = capsys.readouterr().out, what_comes_next(1, plan, attempts)
    trials = "with spare trials, since" if shown else "with its own trials, as none"
    assert trials in before and trials in after


def test_a_run_that_was_not_begun_is_performed_without_a_question(begun, capsys: pytest.CaptureFixture[str]) -> None:
    plan, _ = plan_for(begun, print)
    capsys.readouterr()
    assert offered_run(begun, plan, [], ask=lambda question: pytest.fail(question)) == 1
    assert capsys.readouterr().out == ""


def test_whoever_asks_for_a_run_again_and_where_nobody_can_be_asked_there_is_no_question(
    begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert offered(begun, [], again=True) == (2, [])
    plan, _ = plan_for(begun, print)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    assert offered_run(begun, plan, attempts_at(begun, (1, ABORTED, True))) == 1
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda question: " 2 ")
    assert offered_run(begun, plan, attempts_at(begun, (1, ABORTED, True))) == 2


@pytest.mark.parametrize("answer", ["q", "Q", "quit", "Quit", None])
def test_the_operator_may_want_none_of_them(begun, answer: str | None) -> None:
    with pytest.raises(RequestError, match="nothing was started"):
        offered(begun, [answer])  # type: ignore[list-item]


def test_an_answer_that_is_none_of_those_is_told_so(begun, capsys: pytest.CaptureFixture[str]) -> None:
    offered(begun, ["two", "3", "2"])
    said = capsys.readouterr().out
    assert "'two' is none of these." in said and "'3' is none of these." in said


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        (COMPLETE, "(2 attempts so far): attempt 2 is complete"),
        ("cut off", "attempt 2 has no end, so the program or the computer was stopped"),
        (ABORTED, "attempt 2 ended early (aborted by the operator)"),
    ],
)
def test_it_is_said_what_became_of_the_last_attempt(
    begun, cause: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    plan, _ = plan_for(begun, print)
    attempts = attempts_at(begun, (1, ABORTED, True), (1, cause, True))
    assert offered_run(replace(begun, run=1, again=True), plan, attempts) == 1
    assert said in capsys.readouterr().out


@pytest.fixture
def pilot(tmp_path: Path):
    """A request for a pilot in a new dataset; and what makes pilots: their plan, and their complete runs."""
    request = checked_request(participant="pilot01", session=None, protocol="demo", site=a_site(), data=tmp_path)

    def make(label: str, *runs: int, has_plan: bool = True, **differs: int) -> None:
        person = Person(label)
        if has_plan:
            save_plan(new_plan(replace(request, person=person, **differs)), request.dataset.plan(person))
        for run in runs:
            journal = request.dataset.journal(person, run, 1)
            book = Journal(journal, durable=False)
            book.close()
            made[journal] = Attempt(journal, run, 1, COMPLETE)

    made: dict[Path, Attempt] = {}
    return request, make, made


def test_the_next_pilot_is_the_first_with_something_left_to_perform(pilot, monkeypatch: pytest.MonkeyPatch) -> None:
    request, make, made = pilot
    monkeypatch.setattr("task.record.history.attempt_of", lambda journal, records=None: made[journal])
    assert pilot_person(request) == Person("pilot01")
    make("pilot01")
    assert pilot_person(request) == Person("pilot01")
    make("pilot01", 1)
    assert pilot_person(request) == Person("pilot01")
    make("pilot01", 2)
    assert pilot_person(request) == Person("pilot02")
    assert pilot_person(replace(request, run=2)) == Person("pilot01")
    make("pilot02", seed=7)
    assert pilot_person(request) == Person("pilot02")
    assert pilot_person(replace(request, seed=8)) == Person("pilot03")
    make("pilot03", 1, has_plan=False)
    assert pilot_person(replace(request, seed=8)) == Person("pilot04")
    assert pilot_person(replace(request, person=Person("pilot01", "2"))) == Person("pilot01", "2")
