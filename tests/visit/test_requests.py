"""From what was asked for to a plan, where a session has begun."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from task.plan.plan import save_plan
from task.record.history import Attempt, attempts_of
from task.record.journal import Journal
from task.record.layout import Dataset, Person
from task.visit.next_run import next_run, offered_run, what_comes_next, what_is_left_out
from task.visit.plans import new_plan, plan_for
from task.visit.requests import RequestError, checked_request, doubts_about_label, refuse_mixtures
from tests.factories import a_protocol, a_site, simulate_session


@pytest.fixture(scope="module")
def performed_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset in which participant 01 has performed both runs of the demo on virtual time, and the plan."""
    folder = tmp_path_factory.mktemp("performed")
    dataset, plan, _ = simulate_session(folder)
    save_plan(plan, dataset.plan(Person("01")))
    return folder


@pytest.fixture
def begun(performed_once: Path, tmp_path: Path):
    """A request for a participant who has performed both runs of the demo."""
    shutil.copytree(performed_once, tmp_path, dirs_exist_ok=True)
    return checked_request(participant="01", session=None, protocol="demo", site=a_site(), data=tmp_path)


def test_how_the_scanner_pulses_may_change_after_the_plan_was_saved(begun) -> None:
    scan = {"tr_s": 1.5, "pulses_before_zero": 4}
    told: list[str] = []
    plan, decisions = plan_for(replace(begun, protocol=a_protocol("demo", scan=scan)), told.append)
    assert (plan.protocol.scan.pulses_before_zero, plan.protocol.volumes) == (4, 83)
    assert any("[scan]" in decision for decision in decisions)
    changed = "tr_s is now 1.5 (was 2.0), pulses_before_zero is now 4 (was 0)"
    assert f"[scan] has changed since the plan was saved: {changed}." in told


def test_a_plan_that_does_not_fit_is_offered_and_never_replaced(begun, monkeypatch: pytest.MonkeyPatch) -> None:
    other = replace(begun, protocol=a_protocol("demo", trust_game={"invested": 20}))
    with pytest.raises(RequestError, match=r"differs from it in: trust_game.*--saved-plan"):
        plan_for(other, print)
    plan, decisions = plan_for(replace(other, perform_saved_plan=True), print)
    assert plan.protocol.trust_game.invested == 10
    assert decisions == ["the saved plan was performed, though the request differs in: trust_game"]
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    for answer, accepted in (("y", True), ("n", False), ("", False)):
        monkeypatch.setattr("builtins.input", lambda question, answer=answer: answer)
        if accepted:
            assert plan_for(other, print)[0] == plan
        else:
            with pytest.raises(RequestError):
                plan_for(other, print)


def test_a_run_is_looked_up_in_the_plan_that_is_performed(begun) -> None:
    asked = replace(begun, protocol=a_protocol("separate_feedback"), perform_saved_plan=True)
    with pytest.raises(RequestError, match="run 5: the plan of protocol 'demo' has runs 1 to 2"):
        plan_for(replace(asked, run=5), print)
    assert plan_for(replace(asked, run=2), print)[0].protocol.name == "demo"


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


def test_real_and_simulated_runs_do_not_mix(begun) -> None:
    attempts = attempts_of(begun.dataset, begun.person)
    refuse_mixtures(begun, attempts, virtual=True)
    for mine in (attempts, []):
        with pytest.raises(RequestError, match="holds simulated runs, and emulated ones are kept apart"):
            refuse_mixtures(begun, mine)


def test_a_saved_plan_that_was_changed_since_a_run_is_told_of(begun) -> None:
    told: list[str] = []
    plan, decisions = plan_for(begun, told.append)
    assert (told, decisions) == ([], [])
    first = plan.runs[0]
    trials = (first.trials[0].model_copy(update={"keep_side": "left"}), *first.trials[1:])
    if trials == first.trials:
        trials = (first.trials[0].model_copy(update={"keep_side": "right"}), *first.trials[1:])
    changed = plan.model_copy(update={"runs": (first.model_copy(update={"trials": trials}), *plan.runs[1:])})
    save_plan(changed, begun.dataset.plan(begun.person))
    _, decisions = plan_for(begun, told.append)
    (line,), (decision,) = told, decisions
    assert "the saved plan was changed since sub-01_task-decider_run-01_attempt-01_journal.jsonl was performed" in line
    assert "is not the one that" in decision
    begun.dataset.plan(begun.person).unlink()
    assert plan_for(begun, print)[0] == plan


def named_in(doubts: list[str]) -> list[str]:
    return [doubt.partition("plan of ")[2].partition(",")[0] for doubt in doubts]


@pytest.mark.parametrize(("label", "session"), [("1", None), ("001", None), ("01", "2"), ("1", "2")])
def test_labels_that_look_alike_are_pointed_out(begun, label: str, session: str | None) -> None:
    assert named_in(doubts_about_label(replace(begun, person=Person(label, session)))) == ["sub-01"]
    assert doubts_about_label(begun) == []
    assert doubts_about_label(replace(begun, person=Person("11"))) == []


def test_another_session_of_the_same_participant_is_no_look_alike(tmp_path: Path) -> None:
    Journal(Dataset(tmp_path).journal(Person("04", "1"), 1, 1), durable=False).close()
    request = checked_request(participant="04", session="2", protocol="demo", site=a_site(), data=tmp_path)
    assert doubts_about_label(request) == []
    assert named_in(doubts_about_label(replace(request, person=Person("4", "2")))) == ["sub-04_ses-1"]
    assert named_in(doubts_about_label(replace(request, person=Person("04")))) == ["sub-04_ses-1"]


def test_a_plan_under_another_label_is_enough_to_doubt_this_one(begun) -> None:
    plan, _ = plan_for(begun, print)
    own = replace(begun, dataset=Dataset(begun.dataset.root / "other"))
    save_plan(plan, own.dataset.plan(Person("01")))
    (doubt,) = doubts_about_label(replace(own, person=Person("01", "1")))
    assert (
        "a plan of sub-01, and this is sub-01_ses-1, with session 1: a participant has a session label in all" in doubt
    )
    assert doubts_about_label(own) == []


def test_a_session_beside_none_is_said_however_much_has_been_performed_with_it(begun) -> None:
    for person, other in ((Person("01", "2"), "sub-01"), (Person("01"), "sub-01_ses-2")):
        Journal(begun.dataset.journal(Person("01", "2"), person.session is None, 1), durable=False).close()
        assert named_in(doubts_about_label(replace(begun, person=person))) == [other]


def test_without_a_protocol_it_is_the_saved_plan_s_or_the_main_one(begun, tmp_path: Path) -> None:
    def asked(participant: str) -> str:
        request = checked_request(
            participant=participant, session=None, protocol=None, site=a_site(), data=begun.dataset.root
        )
        return request.protocol.name

    assert asked("01") == "demo"
    assert asked("02") == "relational_value"


def test_an_unreadable_journal_locks_nobody_out(begun) -> None:
    path = begun.dataset.journal(begun.person, 1, 2)
    Journal(path, durable=False).close()
    attempts = attempts_of(begun.dataset, begun.person)
    assert [a.cause for a in attempts] == ["complete", "unreadable", "complete"]
    plan, _ = plan_for(begun, print)
    with pytest.raises(RequestError, match="all 2 runs"):
        next_run(begun, plan, attempts)


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
