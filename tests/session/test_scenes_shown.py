"""The closed list of scenes of each protocol."""

import pytest

from task.plan.cues import cues_of
from task.plan.generative import Card
from task.scene.feedback import MatchFeedback, RankFeedback, TooSlow
from task.scene.fixation import Fixation
from task.scene.share import Share
from task.session.scenes_shown import Outcome, scene_of, scenes_of
from tests.factories import a_plan, as_journalled


@pytest.mark.parametrize("protocol", ["demo", "relational_value", "separate_feedback"])
def test_whatever_the_participant_does_the_scene_was_built_before(protocol: str) -> None:
    plan = a_plan(protocol)
    run = plan.run(1, 1)
    built = set(scenes_of(plan, run))
    for cue in cues_of(plan, run):
        assert scene_of(plan, cue, Outcome()) in built
        for who in run.decks if cue.trial is None else (cue.trial.left, cue.trial.right):
            for card in (*run.decks[who], *run.reserves[who]):
                assert scene_of(plan, cue, Outcome(who, card)) in built


def test_match_and_rank_come_one_after_the_other_where_the_protocol_says_so() -> None:
    plan = a_plan("separate_feedback")
    cues = [cue for cue in cues_of(plan, plan.run(1, 1)) if cue.trial is plan.run(1, 1).trials[0]]
    who = cues[0].trial.left
    kind = plan.decider(who).kind
    avatar = plan.decider(who).avatar
    after = {cue.name: scene_of(plan, cue, Outcome(who, Card(7, 8))) for cue in cues}
    assert after["match"] == MatchFeedback(avatar, 8, True)
    assert after["rank"] == RankFeedback(avatar, 7 if kind == "explicit" else None)
    assert isinstance(after["share"], Share)
    missed = {cue.name: scene_of(plan, cue, Outcome()) for cue in cues}
    assert (missed["match"], missed["rank"], missed["share"]) == (TooSlow(), Fixation(), Fixation())
    unmatched = {cue.name: scene_of(plan, cue, Outcome(who, Card(7, 6))) for cue in cues}
    assert unmatched["match"] == MatchFeedback(avatar, 6, False)
    assert unmatched["share"] == Fixation()


def test_a_hidden_rank_is_never_in_a_scene() -> None:
    plan = a_plan("relational_value")
    hidden = {decider.avatar for decider in plan.deciders if decider.kind == "hidden"}
    scenes = [s for s in scenes_of(plan, plan.run(1, 1)) if getattr(s, "avatar", None) in hidden]
    assert scenes
    assert {getattr(scene, "rank", None) for scene in scenes} == {None}


def test_scenes_survive_the_journal() -> None:
    plan = a_plan("separate_feedback")
    for scene in scenes_of(plan, plan.run(1, 1)):
        assert as_journalled(scene) == scene
