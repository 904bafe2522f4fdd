"""What each cue of a run shows, from the closed list of scenes that its slot allows."""

from collections.abc import Iterator
from dataclasses import dataclass

from task.plan.cues import Cue, cues_of
from task.plan.generative import Card
from task.plan.plan import Plan, RunPlan
from task.plan.rules import Side, matched
from task.scene.scenes import (
    Choice,
    Feedback,
    Fixation,
    MatchFeedback,
    RankFeedback,
    Scene,
    Share,
    TooSlow,
)


@dataclass(frozen=True)
class Outcome:
    """How a trial went: which Decider was chosen and the card that it dealt; neither after a miss."""

    chosen: str | None = None
    card: Card | None = None


def scene_of(plan: Plan, cue: Cue, outcome: Outcome) -> Scene:
    """Pick the scene that a cue shows, by whether the trial was missed and whether it was a match."""
    slot, trial = cue.slot, cue.trial
    if slot is None or trial is None:
        return Fixation()
    name = slot.shows
    if name is None and outcome.card is None:
        name = slot.after_miss
    elif name is None and outcome.card is not None:
        name = slot.after_match if matched(*outcome.card) else slot.after_no_match
    if name == "choice":
        return Choice(plan.decider(trial.left).avatar, plan.decider(trial.right).avatar)
    if name == "too_slow":
        return TooSlow()
    if name == "fixation" or outcome.chosen is None or outcome.card is None:
        return Fixation()
    decider, card = plan.decider(outcome.chosen), outcome.card
    rank = card.rank if decider.kind == "explicit" else None
    if name == "feedback":
        return Feedback(decider.avatar, card.spots, matched(*card), rank)
    if name == "match":
        return MatchFeedback(decider.avatar, card.spots, matched(*card))
    if name == "rank":
        return RankFeedback(decider.avatar, rank)
    return Share(decider.avatar, trial.keep_side)


def with_chosen(scene: Scene, side: Side) -> Scene:
    """Give a scene that takes a response with the response framed."""
    if isinstance(scene, Choice):
        return Choice(scene.left, scene.right, side)
    if isinstance(scene, Share):
        return Share(scene.avatar, scene.keep_side, side)
    raise TypeError(f"{scene} takes no response")


def scenes_of(plan: Plan, run: RunPlan) -> Iterator[Scene]:
    """Give every scene that a run can show, whatever the participant does."""
    cards = {name: sorted({*run.decks[name], *run.reserves[name]}) for name in run.decks}
    seen: set[Scene] = set()
    for cue in cues_of(plan, run):
        outcomes = [Outcome()]
        if cue.trial is not None and cue.slot is not None and cue.slot.depends_on_outcome:
            outcomes += [Outcome(who, card) for who in (cue.trial.left, cue.trial.right) for card in cards[who]]
        for outcome in outcomes:
            scene = scene_of(plan, cue, outcome)
            framed = (
                [with_chosen(scene, side) for side in ("left", "right")] if isinstance(scene, Choice | Share) else []
            )
            for one in (scene, *framed):
                if one not in seen:
                    seen.add(one)
                    yield one
