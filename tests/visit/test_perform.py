"""Performing a run: what is put together around the conductor."""

import os
import sys
import time
from itertools import cycle
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from task.cli.runs import _exported, _perform, _say_how_it_went
from task.devices.strokes import Notice
from task.export.dataset import Exported
from task.record.journal import Journal, read_journal
from task.record.kinds.marks import Ready
from task.record.layout import Dataset, Person
from task.scene.base import Scene
from task.session.display import VirtualDisplay
from task.visit.files_needed import Refused
from task.visit.minds import SimulatedMindSettings, remember, simulated_mind
from task.visit.perform import Performance, RunFailed, _close, _SilentKeyboard
from task.visit.requests import RequestError
from tests.factories import Hands, a_head, facts_in, perform_with, press, pulses, simulate_session


def test_a_simulated_participant_who_starts_anew_remembers_all_that_was_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from task.model.mind import LearningMind

    learnt: list[Scene] = []
    original = LearningMind.learn

    def learning(self: LearningMind, scene: Scene) -> None:
        learnt.append(scene)
        original(self, scene)

    monkeypatch.setattr(LearningMind, "learn", learning)
    _, plan, attempts = simulate_session(tmp_path)
    seen_in_session = learnt[:]
    learnt.clear()
    mind = simulated_mind(SimulatedMindSettings(), Person("01"))
    remember(mind, attempts[::-1])
    feedback = [scene for scene in seen_in_session if type(scene).__name__ == "Feedback"]
    assert len(feedback) > 15
    assert [scene for scene in learnt if type(scene).__name__ == "Feedback"] == feedback
    values = {decider.avatar: mind.value_of(decider.avatar) for decider in plan.deciders}
    assert len(set(values.values())) > 1


def test_a_journal_alone_says_which_words_were_shown(tmp_path: Path) -> None:
    _, _, attempts = simulate_session(tmp_path)
    assert facts_in(attempts[0].journal)[0]["wording"]["feedback"]["match"] == "Match"


def test_what_a_device_says_as_it_is_let_go_of_is_on_record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class LastWords(_SilentKeyboard):
        said: ClassVar[list[Notice]] = []

        def close(self) -> None:
            self.said[:] = [Notice(1.0, "box", "babbling: 7 strokes dropped")]

        def notices(self) -> list[Notice]:
            said, self.said[:] = self.said[:], []
            return said

    monkeypatch.setattr("task.visit.perform._SilentKeyboard", LastWords)
    _, _, attempts = simulate_session(tmp_path)
    records = facts_in(attempts[0].journal)
    assert records[-1]["warning"] == "box: babbling: 7 strokes dropped"


def a_journal(folder: Path) -> Journal:
    journal = Journal(folder / "data" / "j.jsonl")
    for t in range(3):
        journal.write(Ready(t=float(t)) if t else a_head())
    return journal


def test_a_record_that_no_disk_takes_is_held_until_somebody_has_made_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    def make_room(prompt: str) -> str:
        if len(asked) == 2:
            monkeypatch.setattr(os, "fsync", real)
        asked.append(prompt)
        return ""

    told: list[str] = []
    asked: list[str] = []
    real = os.fsync
    journal = a_journal(tmp_path)
    monkeypatch.setattr(os, "fsync", full)
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", make_room)
    journal.write(Ready(t=4.0))
    _close(journal, Dataset(tmp_path), told.append)
    assert len(read_journal(journal.path)) == 4
    assert sum("It is still in memory. Do not close this program." in line for line in told) == len(asked) == 3


def test_a_slow_disk_is_waited_for_though_nobody_can_be_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, told = os.fsync, list[str]()

    def slow(handle: int) -> None:
        time.sleep(0.4)
        real(handle)

    monkeypatch.setattr(os, "fsync", slow)
    monkeypatch.setattr("task.visit.perform._SOON_S", 0.05)
    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    journal = a_journal(tmp_path)
    _close(journal, Dataset(tmp_path), told.append)
    assert journal.is_whole and len(read_journal(journal.path)) == 3
    assert told == ["Waiting for the disk to take the rest of the record. Do not close this program."]


def test_a_record_that_no_disk_ever_takes_is_a_failure_that_says_what_lies_where(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("sys.stdin.isatty", lambda: False, raising=False)
    journal = a_journal(tmp_path)
    copy = journal.copy_path
    journal.path.parent.rename(tmp_path / "gone")
    monkeypatch.setattr(os, "fsync", full)
    journal.write(Ready(t=4.0))
    with pytest.raises(RunFailed, match="No disk took the whole record of this run") as failed:
        _close(journal, Dataset(tmp_path), print)
    assert f"Of its 4 records 0 are in {journal.path} and " in str(failed.value)
    assert f"are in {copy}." in str(failed.value)
    assert "rescue" in str(failed.value)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device (OSError)"),
        (ZeroDivisionError("who knows"), "who knows (ZeroDivisionError)"),
    ],
)
def test_events_that_cannot_be_made_now_take_nothing_from_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, why: str
) -> None:
    def failing(*_: object) -> None:
        raise error

    monkeypatch.setattr("task.cli.runs.export_person", failing)
    request: Any = SimpleNamespace(dataset=Dataset(tmp_path), person=Person("01"))
    (note,) = _exported(request).for_operator
    assert note.startswith(f"the events could not be made now: {why}. All is in the journal")


def test_after_a_run_the_operator_is_told_of_this_run_and_what_comes_next(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _, _, attempts = simulate_session(tmp_path)
    performance = Performance("aborted by the operator", attempts[1].journal, run=2, attempt=1)
    notes = ("sub-01, run 1, attempt 1: old", "sub-01, run 2, attempt 1: this one", "the disk is slow")
    _say_how_it_went(performance, Exported(Person("01"), (), (), notes, ("choice: no event",)), None)
    said = capsys.readouterr().out
    assert "The run ended early: aborted by the operator." in said
    assert "old" not in said and "no event" not in said
    assert "this one" in said and "the disk is slow" in said
    assert "README beside the onset files" in said


@pytest.mark.parametrize("way_out", ["sys.exit(0)", "os._exit(0)", "raise GeneratorExit"])
def test_no_way_out_of_a_run_passes_its_end_and_a_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way_out: str
) -> None:
    flip = VirtualDisplay.flip

    def leaving(self: VirtualDisplay, due: float) -> float:
        if (now := flip(self, due)) > 60:
            exec(way_out, {"sys": sys, "os": os})
        return now

    monkeypatch.setattr(VirtualDisplay, "flip", leaving)
    with pytest.raises(RunFailed, match="The run ended by an error") as failed:
        simulate_session(tmp_path)
    end = facts_in(failed.value.journal)[-1]
    assert (end["kind"], end["cause"]) == ("end", "error")
    if "exit" in way_out:
        assert "asked all of it to end (exit status 0)" in str(failed.value)
    assert os._exit is sys.modules["posix"]._exit


def test_a_device_that_cannot_be_let_go_of_takes_nothing_from_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(self: _SilentKeyboard) -> None:
        raise ZeroDivisionError("who knows")

    monkeypatch.setattr(_SilentKeyboard, "close", failing)
    _, _, attempts = simulate_session(tmp_path)
    assert all(attempt.is_complete for attempt in attempts)
    said = facts_in(attempts[0].journal)[-1]["warning"]
    assert said == "A device could not be closed (ZeroDivisionError: who knows)."


def test_pulses_that_cannot_be_judged_take_nothing_from_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object, **__: object) -> None:
        raise ZeroDivisionError("who knows")

    monkeypatch.setattr("task.session.conductor.understand", failing)
    _, _, attempts = simulate_session(tmp_path)
    assert all(attempt.is_complete for attempt in attempts)
    said = [record for record in facts_in(attempts[0].journal) if record["kind"] == "warning"]
    assert "could not be worked out (ZeroDivisionError: who knows)" in said[-1]["warning"]
    assert "in failing" in said[-1]["traceback"]


def test_what_cannot_be_written_is_said_before_a_run_and_refused_only_if_nothing_can_be_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    request: Any = SimpleNamespace(dataset=Dataset(tmp_path), person=Person("01"))
    performed: list[object] = []
    monkeypatch.setattr("task.cli.runs.refuse_mixtures", lambda *_: None)
    monkeypatch.setattr("task.cli.runs._perform_locked", lambda request, *_, **__: performed.append(request) or 0)
    for is_for_recording in (False, True):
        refused = [Refused("The computer refused: func.", is_for_recording)]
        monkeypatch.setattr("task.cli.runs.refused_files", lambda *_, refused=refused, **__: refused)
        if is_for_recording:
            with pytest.raises(RequestError, match=r"Nothing can be recorded\. The computer refused: func"):
                _perform(request, None, with_pictures=False)
        else:
            assert _perform(request, None, with_pictures=False) == 0
            assert "Note: after the run its events" in capsys.readouterr().out
    assert performed == [request]


def test_after_a_run_the_operator_is_told_how_it_was_answered(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def told(hands: Hands) -> list[str]:
        journal = tmp_path / f"{len(list(tmp_path.iterdir()))}_journal.jsonl"
        performed = perform_with(hands, journal)
        _say_how_it_went(Performance(performed.cause, journal, 1, 1), Exported(Person("01"), (), (), ()), None)
        return capsys.readouterr().out.splitlines()

    said = told(Hands([*pulses(3.0, 62), press(5.0, "x")]))
    assert "The run is complete, but NONE of its 12 choices was answered." in said
    assert any(line.startswith("Warning: NONE of its 12 choices was answered. What does come") for line in said)
    assert any(line.startswith("Warning: Strokes came that mean nothing at this site: keyboard:x") for line in said)

    sides = cycle("fj")
    said = told(Hands(pulses(3.0, 62), lambda scene, at, closes: [press(at + 0.5, next(sides))] if closes else []))
    assert "The run is complete." in said
    assert not any(line.startswith("Warning") for line in said)
    assert any(line.startswith("Note: Answered: 12 of 12 choices and ") for line in said)
