"""From what was asked for to a plan, where a session has begun."""

from dataclasses import replace
from pathlib import Path

import pytest

from task.config.mistakes import ConfigError
from task.plan.plan import save_plan
from task.record.history import Attempt, attempts_of
from task.record.journal import Journal
from task.record.layout import Dataset, Person
from task.visit.next_run import next_run
from task.visit.plans import plan_for
from task.visit.requests import RequestError, checked_request, doubts_about_label, refuse_mixtures
from tests.config.toml_files import as_toml, changed
from tests.factories import a_protocol, a_site


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


def test_real_and_simulated_runs_do_not_mix(begun) -> None:
    attempts = attempts_of(begun.dataset, begun.person)
    refuse_mixtures(begun, attempts, virtual=True)
    for mine in (attempts, []):
        with pytest.raises(RequestError, match="holds simulated runs, and emulated ones are kept apart"):
            refuse_mixtures(begun, mine)


@pytest.mark.parametrize(
    ("emulated", "virtual", "kind"), [(False, False, "real"), (True, False, "emulated"), (True, True, "simulated")]
)
def test_runs_of_another_kind_are_told_by_what_they_are(
    begun, monkeypatch: pytest.MonkeyPatch, emulated: bool, virtual: bool, kind: str
) -> None:
    (journal, *_) = (attempt.journal for attempt in attempts_of(begun.dataset, begun.person))
    there = [Attempt(journal, 1, 1, "complete", emulated=emulated, virtual=virtual)]
    real = replace(begun, site=a_site().model_copy(update={"devices": {"keyboard": a_site().devices["keyboard"]}}))
    for request, of_simulation, wanted in (
        (real, False, "real"),
        (begun, False, "emulated"),
        (begun, True, "simulated"),
    ):
        if wanted == kind:
            refuse_mixtures(request, there, virtual=of_simulation)
        else:
            with pytest.raises(RequestError, match=f"holds {kind} runs, and {wanted} ones"):
                refuse_mixtures(request, there, virtual=of_simulation)
    refuse_mixtures(real, [replace(there[0], problem="it cannot be read")])


def test_what_was_asked_for_reaches_the_request(tmp_path: Path) -> None:
    more = {"run": 2, "again": True, "seed": 3, "order_index": 4, "avatar_set": "x", "perform_saved_plan": True}
    request = checked_request(
        participant="sub-07", session="ses-2", protocol="demo", site=a_site(), data=tmp_path, **more
    )
    assert {key: getattr(request, key) for key in more} == more
    assert (request.person, request.dataset, request.wording.name) == (Person("07", "2"), Dataset(tmp_path), "en")


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


def test_words_that_cannot_be_shown_are_told_with_every_screen_that_lacks_them(tmp_path: Path) -> None:
    words = {"choice_question": "\u5bf9", "session.points": "M" * 40 + " {points}"}
    (tmp_path / "ours.toml").write_text(as_toml(changed("wording/en", words)), encoding="utf-8")
    file = tmp_path / "quick.toml"
    file.write_text(as_toml(changed("protocols/demo", {"wording": "ours.toml"})))
    with pytest.raises(ConfigError, match="the wording ours: not all of its words can be shown") as refused:
        checked_request(participant="07", session=None, protocol=str(file), site=a_site(), data=tmp_path)
    told = str(refused.value).splitlines()[1:]
    assert [line.rpartition("(screen: ")[2] for line in told] == ["choice)", "end_of_run)"]
    assert "has no '\u5bf9' (U+5BF9)" in told[0] and "too long to be readable" in told[1]
