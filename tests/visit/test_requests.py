"""From what was asked for to a plan, where a session has begun."""

from dataclasses import replace
from pathlib import Path

import pytest

from task.plan.plan import save_plan
from task.record.history import attempts_of
from task.record.journal import Journal
from task.record.layout import Dataset, Person
from task.visit.next_run import next_run, offered_run
from task.visit.plans import plan_for
from task.visit.requests import RequestError, checked_request, look_alikes, refuse_mixtures
from tests.factories import a_protocol, a_site, simulate_session


@pytest.fixture
def begun(tmp_path: Path):
    """A request for a participant who has performed both runs of the demo on virtual time."""
    dataset, plan, _ = simulate_session(tmp_path)
    save_plan(plan, dataset.plan(Person("01")))
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


@pytest.mark.parametrize(("label", "session"), [("1", None), ("001", None), ("01", "2")])
def test_labels_that_look_alike_are_pointed_out(begun, label: str, session: str | None) -> None:
    assert look_alikes(replace(begun, person=Person(label, session))) == ["sub-01"]
    assert look_alikes(begun) == []
    assert look_alikes(replace(begun, person=Person("11"))) == []


def test_another_session_of_the_same_participant_is_no_look_alike(tmp_path: Path) -> None:
    Journal(Dataset(tmp_path).journal(Person("04", "1"), 1, 1), durable=False).close()
    request = checked_request(participant="04", session="2", protocol="demo", site=a_site(), data=tmp_path)
    assert look_alikes(request) == []
    assert look_alikes(replace(request, person=Person("4", "2"))) == ["sub-04_ses-1"]
    assert look_alikes(replace(request, person=Person("04"))) == ["sub-04_ses-1"]


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
    assert "with its spare trials" in said


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
