"""What each cue of a run shows, from the closed list of scenes that its slot allows."""

from collections.abc import Iterator
from dataclasses import dataclass

from task.plan.cues import Cue, cues_of
from task.plan.generative import Card
from task.plan.plan import Plan, RunPlan
from task.plan.rules import matched
from task.scene.base import AsksForSide, Dealt, Scene, Side, TrialFacts, scenes_by_slot_name
from task.scene.fixation import Fixation

_SIDES: tuple[Side, Side] = ("left", "right")


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
    dealt = None
    if outcome.chosen is not None and outcome.card is not None:
        decider, card = plan.decider(outcome.chosen), outcome.card
        rank = card.rank if decider.kind == "explicit" else None
        dealt = Dealt(decider.avatar, card.spots, matched(*card), rank)
    name = slot.shown_after(dealt.match if dealt else None)
    left, right = plan.decider(trial.left).avatar, plan.decider(trial.right).avatar
    return scenes_by_slot_name()[name].of_trial(TrialFacts(left, right, trial.keep_side, dealt))


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
            framed = [scene.answered(side) for side in _SIDES] if isinstance(scene, AsksForSide) else []
            for one in (scene, *framed):
                if one not in seen:
                    seen.add(one)
                    yield one
