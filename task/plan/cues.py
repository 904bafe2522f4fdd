"""When each slot of each trial begins: a run's cues, in order."""

from typing import NamedTuple

from task.config.protocol import Slot
from task.plan.plan import Plan, RunPlan, Trial


class Cue(NamedTuple):
    """An onset: its tick from zero, and which slot of which trial it opens (none for lead-in and tail)."""

    tick: int
    trial: Trial | None
    slot: Slot | None
    name: str


def cues_of(plan: Plan, run: RunPlan) -> list[Cue]:
    """Give all cues of a run, from the lead-in at zero to the tail."""
    cues = [Cue(0, None, None, "lead_in")]
    for trial in run.trials:
        for slot, onset in zip(plan.protocol.slots, trial.onsets, strict=True):
            cues.append(Cue(onset, trial, slot, slot.name))
    last = run.trials[-1]
    cues.append(Cue(last.onsets[-1] + last.lengths[-1], None, None, "tail"))
    return cues
