"""When everything happened: zero, the onsets and their order, the pulses, and what the end says of them."""

import math
from datetime import datetime
from typing import Any, NamedTuple

from task.config.site import Strokes
from task.plan.cues import Cue, cues_of
from task.pulses.train import understand
from task.record.invariants.replay import SAME_S, Replay, Verdict, where
from task.record.kinds.head import Head
from task.record.kinds.marks import Clock, End, Ready, Zero
from task.record.kinds.screen import Display, Dropped, Onset
from task.record.kinds.strokes import Press, Pulse
from task.record.kinds.strokes import Strokes as Flood
from task.record.kinds.train import Train
from task.record.strokes import Recorded, strokes_of

_STEP_S, _DRIFT = 0.05, 0.001  # what the wall clock may be off from one mark to the next: seconds, share of the time
_JUDGED_ANEW_SINCE = 2  # the format since which pulses are judged as they are now


class _Zero(NamedTuple):
    t: float
    source: str
    pulses_before: int

    def __str__(self) -> str:
        source = self.source.replace("_", " ")
        return f"{source} at {self.t:.4f} s on the clock, pulse {self.pulses_before} coming before it"


class Timing(Replay):
    """Holds strokes, zero and onsets against the plan, and the end's counts against the records."""

    def __init__(self, head: Head, verdict: Verdict) -> None:
        super().__init__(head, verdict)
        self._meanings = Strokes.model_validate(head.site["strokes"], strict=False).meanings
        self._cues = cues_of(self.plan, self.run)
        self._places = {(cue.trial.trial if cue.trial else None, cue.name): i for i, cue in enumerate(self._cues)}
        self._frame_s, self._allowed_frames = 1 / head.site["display"]["refresh_hz"], 1.0
        self._is_virtual = False
        self._format = head.format
        self._next = 0
        self._ready: Ready | None = None
        self._first: _Zero | None = None  # what the strokes make zero
        self._zero: _Zero | None = None
        self._pulses: list[float] = []
        self._early_pulses: list[float] = []
        self._counted, self._last_counted = 0, -math.inf
        self._dropped: list[tuple[float, float]] = []
        self._clock: Clock | None = None
        self._last_onset = float("-inf")
        self._cause: str | None = None

    # --- the window, the clock, strokes --------------------------------------------------------------------------

    def take_display(self, record: Display) -> None:
        """Take the length of a frame, and how near to its plan an onset can be."""
        self._frame_s = 1 / record.refresh_hz
        self._is_virtual = record.paced_by == "virtual time"
        self._allowed_frames = 0.5 if self._is_virtual else 1.0

    def take_clock(self, record: Clock) -> None:
        """Our clock never goes back; where the wall clock went another way, that is worth knowing."""
        before, self._clock = self._clock, record
        if before is None:
            return
        by_utc = (datetime.fromisoformat(record.utc) - datetime.fromisoformat(before.utc)).total_seconds()
        passed = record.t - before.t
        if not passed >= 0:
            self.say(f"the clock goes back by {-passed:.3f} s at record {record.n}")
        elif not abs(by_utc - passed) <= _STEP_S + _DRIFT * passed:
            self.remark(
                f"the computer's wall clock moved by {by_utc - passed:+.3f} s in {passed:.1f} s; no onset depends on it"
            )

    def take_ready(self, record: Ready) -> None:
        """From here on strokes count."""
        self._ready = record

    def take_strokes(self, record: Flood | Pulse | Press) -> None:
        """Each stroke means what the site says; pulses are numbered; the first that makes a zero makes it."""
        for stroke in strokes_of([record] if self._ready is None else [self._ready, record]):
            self._take_stroke(stroke, record)

    take_pulse = take_press = take_strokes

    def _take_stroke(self, stroke: Recorded, record: Flood | Pulse | Press) -> None:
        means = self._meanings.get((stroke.device, stroke.code))
        if stroke.meaning != means:
            self.say(
                f"record {record.n}: {stroke.device}:{stroke.code} is said to mean {stroke.meaning or 'nothing'}; "
                f"by the site it means {means or 'nothing'}"
            )
        is_early = self._ready is None or stroke.time < self._ready.t
        if stroke.before_ready != is_early:
            self.say(f"record {record.n}: its stroke came {'before' if is_early else 'after'} the run was ready")
        is_pulse = stroke.meaning == "pulse"
        if is_early:
            self._early_pulses += [stroke.time] * is_pulse
            return
        if is_pulse:
            self._pulses.append(stroke.time)
            if isinstance(record, Pulse) and record.pulse != len(self._pulses):
                self.say(f"pulse {record.pulse} is number {len(self._pulses)} of those in the journal")
            if stroke.time - self._last_counted > self.protocol.scan.double_within_s:
                self._counted, self._last_counted = self._counted + 1, stroke.time
        starts = is_pulse and self._counted > self.protocol.scan.pulses_before_zero
        by_hand = stroke.meaning == "manual_start" and not stroke.repeat
        if self._first is None and (starts or by_hand):
            self._first = _Zero(stroke.time, str(stroke.meaning), len(self._pulses) - is_pulse)

    def take_zero(self, record: Zero) -> None:
        """Zero is the pulse or the manual start that the strokes say."""
        if self._zero is not None:
            self.say("there is a second zero")
            return
        self._zero = _Zero(record.t, record.source, record.pulses_before)
        if self._first is None:
            self.say(f"zero is said to be the {self._zero}, but no stroke in the journal made one")
        elif self._first != self._zero:
            self.say(f"zero is said to be the {self._zero}; by the strokes in the journal it is the {self._first}")

    # --- onsets --------------------------------------------------------------------------------------------------

    def take_dropped(self, record: Dropped) -> None:
        """A frame that came late may explain an onset that did."""
        self._dropped.append((record.t, record.late_s))

    def take_onset(self, record: Onset) -> None:
        """Onsets come in the planned order, at their times."""
        here = where(record.trial, record.slot)
        place = self._places.get((record.trial, record.slot))
        if self._zero is None or place is None:
            self.say(f"{here}: shown " + ("but not planned" if self._zero else "before there was a zero"))
            return
        if place != self._next:
            self.say(f"{here}: shown where {self._planned_next()} was planned")
        self._next = place + 1
        self._look_at_time(record, self._cues[place], here)

    def _planned_next(self) -> str:
        if self._next == len(self._cues):
            return "nothing more"
        cue = self._cues[self._next]
        return where(cue.trial.trial if cue.trial else None, cue.name)

    def _look_at_time(self, record: Onset, cue: Cue, here: str) -> None:
        planned, t = self.plan.seconds(cue.tick), record.t
        if record.planned != planned:
            self.say(f"{here}: planned for {record.planned} s by its record, for {planned:g} s by the plan")
        if not t > self._last_onset:
            self.say(f"{here}: shown {self._last_onset - t:.4f} s before the onset that it follows")
        self._last_onset = t
        due = (self._zero.t if self._zero else 0.0) + planned
        late, allowed = t - due, self._allowed_frames * self._frame_s + SAME_S
        # a frame that came late shortly before may have been in the way as well
        dropped = sum(by for at, by in self._dropped if due - 2 * self._frame_s <= at <= t + SAME_S)
        if cue.tick == 0:
            allowed = float("inf") if late >= 0 else 0.0  # nobody can foresee zero itself
        if -allowed <= late <= allowed:
            return
        why = "" if late < 0 or not dropped else ", as frames were dropped"
        if late > allowed + dropped:
            why = ", more than dropped frames explain" if dropped else ", and no frame was dropped"
        said = f"{here}: shown {abs(late) * 1000:.1f} ms {'after' if late > 0 else 'before'} its time{why}"
        # a late screen is told and its true time counts; early, or late where time is simulated, none can be
        is_fault = late < 0 or (self._is_virtual and late > allowed + dropped)
        (self.say if is_fault else self.remark)(said)

    # --- the end -------------------------------------------------------------------------------------------------

    def take_end(self, record: End) -> None:
        """The end's counts are those of the records; a complete run has all its onsets, and its whole length."""
        self._cause = record.cause
        counts = (
            ("pulses", record.pulses, len(self._pulses)),
            ("dropped frames", record.dropped_frames, len(self._dropped)),
        )
        for what, said, count in counts:
            if said not in (None, count):  # the first journals say neither
                self.say(f"the end says {said} {what}, the records before it {count}")
        beyond = [t for t in self._pulses if not t <= record.t + SAME_S]
        if beyond:
            self.say(f"a pulse is stamped {beyond[0] - record.t:.3f} s after the end of the run")
            self._pulses = []  # what they say of the scan is no use
        if self._cause != "complete":
            return
        if self._next < len(self._cues):
            self.say(f"the run is called complete, but has no onset from {self._planned_next()} on")
        length_s = max(self.protocol.volumes * self.protocol.scan.tr_s, self.plan.seconds(self.run.length))
        lasted = record.t - self._zero.t if self._zero else 0.0
        if not lasted >= length_s - 1.5 * self._frame_s - SAME_S:
            self.say(f"the run is called complete after {lasted:.3f} s; planned were {length_s:g} s")

    def take_train(self, record: Train) -> None:
        """What was said of the scan follows from the pulses."""
        if self._zero is None or self._cause is None:
            self.say("the pulses were judged before the run had a zero and an end")
            return
        if not self._pulses and record.pulses:  # they were of no use, and it was said why
            return
        has_ended, scan, volumes = self._cause == "complete", self.protocol.scan, self.protocol.volumes
        early = self._early_pulses
        train = understand(self._pulses, self._zero.t, scan, volumes, ended=has_ended, before_ready=early)
        for what, value in vars(train).items():
            said = getattr(record, what)
            is_left_out = said is None and what in ("early", "trains", "possible_corrections_s")  # as in older journals
            # words may change with the program
            if what == "sentences" or is_left_out or _is_close(said, value):
                continue
            if self._format < _JUDGED_ANEW_SINCE:
                self.remark(f"the pulses were said to give {what} = {said}; this program reads {value} out of them")
            else:
                self.say(f"the pulses are said to give {what} = {said}; those in the journal give {value}")


def _is_close(one: Any, other: Any) -> bool:
    """Compare what JSON may hold, numbers to a microsecond: another processor may round the last bit otherwise."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_close, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return abs(one - other) <= SAME_S
    return bool(one == other)
