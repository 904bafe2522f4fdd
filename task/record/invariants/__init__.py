"""What must hold of every run, checked from its journal alone: by the tests after a session, by `verify` ever after.

A journal is gone through once, in its order, as the run was performed: each record is held against the plan in the
head and against the records before it. A run that ended early or was cut off is checked as far as it goes.
"""

from collections.abc import Iterator
from contextlib import suppress

from task.plan.promises import broken_promises
from task.record.answering import answering_of
from task.record.correction import correction_of
from task.record.invariants.answers import Answers
from task.record.invariants.replay import MALFORMED, Replay, Verdict, in_short
from task.record.invariants.timing import Timing
from task.record.kinds.answers import Choice, Feedback, Share
from task.record.kinds.head import Head, head_in
from task.record.kinds.marks import End, Ready, Zero
from task.record.kinds.screen import Dropped, Onset
from task.record.kinds.strokes import Press, Pulse, Strokes
from task.record.records import Record

__all__ = ["MALFORMED", "Verdict", "check_run", "in_short"]

_OF_THE_RUN = Ready | Zero | Onset | Choice | Feedback | Share | Dropped | End
_AFTER_IT_TOO = Pulse | Press | Strokes  # until the closing screen is gone


def check_run(records: list[Record]) -> Verdict:
    """Check the records of a run, its head being the first.

    Onsets come in the planned order, none is left out, and each is within a frame of its plan (half a frame on virtual
    time), but for what dropped frames explain; so durations are as planned, too. The first press in time counts, a
    miss is one only if there was none. Feedback is what the decks deal for these choices, and what was shown is what
    was dealt. Points, pulses, zero, the train and the counts at the end follow from the records before them.
    """
    verdict = Verdict()
    replays: list[Replay] = []
    try:
        head = head_in(records)
        replays += [Timing(head, verdict), Answers(head, verdict)]
        verdict.broken.extend(_wrong_in_head(head, replays[0]))
    except MALFORMED as error:
        verdict.broken.append(f"its head cannot be understood ({in_short(error)})")
        return verdict
    has_ended = False
    for record in records[1:]:
        if has_ended and isinstance(record, _OF_THE_RUN):
            verdict.broken.append(f"record {record.n} ({record.kind}) comes after the end of the run")
        has_ended = has_ended or isinstance(record, End)
        for replay in replays:
            if not (has_ended and isinstance(record, _AFTER_IT_TOO)):
                replay.take(record)
    try:
        correction = correction_of(records)
        if correction is not None:
            verdict.remarks.append(f"zero was moved by {correction.by_s:+.4f} s after the run: {correction.reason}")
    except MALFORMED as error:
        verdict.broken.append(f"a decision to move zero cannot be understood ({in_short(error)})")
    with suppress(*MALFORMED):  # what cannot be understood was said above
        verdict.remarks.extend(answering_of(records).doubtful_answers)
    if not has_ended:
        verdict.remarks.append("the journal was cut off, and is checked up to there")
    return verdict


def _wrong_in_head(head: Head, replay: Replay) -> Iterator[str]:
    run, devices = replay.run, head.site["devices"].values()
    if (head.run, head.version) != (run.run, run.version):
        yield f"the head is of run {head.run}, version {head.version}, its plan of {run.run} and {run.version}"
    if head.emulated != any(device["kind"] == "emulated_scanner" for device in devices):
        yield f"the head says that the scanner is {'' if head.emulated else 'not '}emulated, its site does not"
    yield from broken_promises(run, replay.plan.deciders, replay.protocol)
