"""A run's cues."""

from task.plan.cues import cues_of
from tests.factories import a_plan


def test_a_run_s_cues_are_the_lead_in_each_slot_of_each_trial_and_the_tail() -> None:
    plan = a_plan()
    run = plan.run(1, 1)
    lead_in, *trials, tail = cues_of(plan, run)
    assert lead_in == (0, None, None, "lead_in")
    slots = plan.protocol.slots
    assert [(cue.trial, cue.slot, cue.name) for cue in trials] == [
        (trial, slot, slot.name) for trial in run.trials for slot in slots
    ]
    assert [cue.tick for cue in trials] == [onset for trial in run.trials for onset in trial.onsets]
    # the tail begins when the last slot has lasted its length, and ends the run
    assert tail[1:] == (None, None, "tail")
    assert plan.seconds(run.length - tail.tick) == plan.protocol.runs.tail_s
