"""Performing a run: what is put together around the conductor."""

from pathlib import Path

import pytest

from task.cli.minds import SimulatedMindSettings, remember, simulated_mind
from task.record.journal import read_journal
from task.record.layout import Person
from task.scene.scenes import Scene
from tests.factories import simulate_session


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
    assert read_journal(attempts[0].journal)[0]["wording"]["feedback"]["match"] == "Match"
