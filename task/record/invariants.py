"""What must hold of every run, checked from its journal alone: by the tests after a session, by `verify` ever after.

A journal is gone through once, in its order, as the run was performed: each record is held against the plan in the
head and against the records before it. A run that ended early or was cut off is checked as far as it goes.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from task.config.site import Strokes
from task.plan.cues import Cue, cues_of
from task.plan.dealing import Dealer, Tally
from task.plan.generative import Card
from task.plan.plan import Plan, RunPlan, Trial
from task.plan.promises import broken_promises
from task.plan.rules import CELLS, Cell, matched, payoff, ranked_high
from task.record.correction import correction_of
from task.record.journal import Record
from task.record.pulse_train import train_to_record, understand
from task.record.strokes import Recorded, strokes_of

_MALFORMED = (LookupError, TypeError, ValueError, AttributeError)
_SAME_S = 1e-6
_STEP_S = 0.05  # by so much the wall clock may be off from one mark to the next, and by this share of the time:
_DRIFT = 0.001
_OF_THE_RUN = ("ready", "zero", "pulse", "press", "strokes", "onset", "choice", "feedback", "share", "dropped", "end")


@dataclass(frozen=True)
class Verdict:
    """What was found in a journal, in plain words.

    Attributes
    ----------
    broken : tuple of str
        What does not hold; nothing if all is well.
    remarks : tuple of str
        What is worth knowing, and breaks nothing.
    """

    broken: tuple[str, ...]
    remarks: tuple[str, ...]


def check_run(records: list[Record]) -> Verdict:
    """Check the records of a run, its head being the first.

    Onsets come in the planned order, none is left out, and each is within a frame of its plan (half a frame on virtual
    time), but for what dropped frames explain; so durations are as planned, too. The first press in time counts, a
    miss is one only if there was none. Feedback is what the decks deal for these choices, and what was shown is what
    was dealt. Points, pulses, zero and the counts at the end follow from the records before them.
    """
    try:
        replay = _Replay(records[0])
    except _MALFORMED as error:
        return Verdict((f"its head cannot be understood ({_first_line(error)})",), ())
    for record in records[1:]:
        try:
            replay.take(record)
        except _MALFORMED as error:
            replay.say(f"record {record['n']} ({record['kind']}) cannot be understood ({_first_line(error)})")
    replay.finish(records)
    return Verdict(tuple(replay.broken), tuple(replay.remarks))


def plan_in(head: Record) -> tuple[Plan, RunPlan]:
    """Give the plan that a journal's head holds, of which it has this one run; raise ValueError if it holds none."""
    kept = set(Plan.model_fields) - {"format", "runs"}
    plan = Plan.model_validate({**{key: head[key] for key in kept}, "runs": [head["planned_run"]]}, strict=False)
    return plan, plan.runs[0]


def unread(content: bytes, records: list[Record]) -> str | None:
    """Say what of a journal's file could not be read behind its whole records; None if it is no more than half a line.

    A line that is damaged, doubled, missing or out of its place ends what can be read.
    """
    lines = content.count(b"\n")
    if lines == len(records):
        return None
    rest = lines - len(records)
    return (
        f"line {len(records) + 1} of the journal is damaged or out of its place: {rest} line{'s' * (rest > 1)} from "
        "there on cannot be used"
    )


class _Zero(NamedTuple):
    t: float
    source: str
    pulses_before: int


@dataclass
class _Question:
    kind: str
    trial: Trial
    opens: float
    closes: float
    press: Recorded | None = None

    def takes(self, stroke: Recorded) -> bool:
        return stroke.meaning in ("left", "right") and self.opens <= stroke.time <= self.closes


class _Replay:
    """A run gone through once more, record by record."""

    def __init__(self, head: Record) -> None:
        self.broken: list[str] = []
        self.remarks: list[str] = []
        self._plan, self._run = plan_in(head)
        self._protocol = self._plan.protocol
        self._dealer = Dealer(self._run, self._plan.deciders, self._protocol, _tally(head["tally_before"]))
        self._meanings = Strokes.model_validate(head["site"]["strokes"], strict=False).meanings
        self._cues = cues_of(self._plan, self._run)
        self._place = {(cue.trial.trial if cue.trial else None, cue.name): i for i, cue in enumerate(self._cues)}
        self._frame_s, self._allowed_frames = 1 / head["site"]["display"]["refresh_hz"], 1.0
        self._next = 0
        self._ready: Record | None = None
        self._first: _Zero | None = None  # what the strokes say that zero is
        self._zero: _Zero | None = None
        self._pulses: list[float] = []
        self._dropped: list[tuple[float, float]] = []
        self._question: _Question | None = None
        self._missed: _Question | None = None
        self._outcome: tuple[str, Card] | None = None
        self._due_feedback: Record | None = None
        self._points = 0
        self._answered_halves: Counter[bool] = Counter()
        self._clock: Record | None = None
        self._last_onset = float("-inf")
        self._end: Record | None = None
        if (head["run"], head["version"]) != (self._run.run, self._run.version):
            self.say("the head names another run or version than the planned run that it holds")
        if head["emulated"] != any(one["kind"] == "emulated_scanner" for one in head["site"]["devices"].values()):
            self.say(
                "the head calls the scanner " + ("emulated" if head["emulated"] else "real") + ", its site does not"
            )
        self.broken += broken_promises(self._run, self._plan.deciders, self._protocol)

    def say(self, text: str) -> None:
        self.broken.append(text)

    def take(self, record: Record) -> None:
        """Take the next record; a kind that nothing is known of is let pass."""
        if self._end is not None and record["kind"] in _OF_THE_RUN:
            self.say(f"record {record['n']} ({record['kind']}) comes after the end of the run")
        taker = getattr(self, f"_take_{record['kind']}", None)
        if taker is not None:
            taker(record)

    def finish(self, records: list[Record]) -> None:
        """Look at what only the whole journal tells."""
        correction = correction_of(records)
        if correction is not None:
            self.remarks.append(f"zero was moved by {correction.by_s:+.4f} s after the run: {correction.reason}")
        if self._end is None:
            self.remarks.append("the journal was cut off, and is checked up to there")
        elif self._end.get("cause") == "complete":
            self._look_at_cells()

    # --- the window, the clock, strokes --------------------------------------------------------------------------

    def _take_display(self, record: Record) -> None:
        self._frame_s = 1 / record["refresh_hz"]
        self._allowed_frames = 0.5 if record["paced_by"] == "virtual time" else 1.0

    def _take_clock(self, record: Record) -> None:
        before, self._clock = self._clock, record
        if before is None:
            return
        by_utc = (datetime.fromisoformat(record["utc"]) - datetime.fromisoformat(before["utc"])).total_seconds()
        passed = record["t"] - before["t"]
        if not passed >= 0:
            self.say(f"the clock goes back by {-passed:.3f} s at record {record['n']}")
        elif not abs(by_utc - passed) <= _STEP_S + _DRIFT * passed:
            self.remarks.append(
                f"the computer's wall clock moved by {by_utc - passed:+.3f} s in {passed:.1f} s; no onset depends on it"
            )

    def _take_ready(self, record: Record) -> None:
        self._ready = record

    def _take_strokes(self, record: Record) -> None:
        for stroke in strokes_of([record] if self._ready is None else [self._ready, record]):
            self._take_stroke(stroke, record)

    _take_pulse = _take_press = _take_strokes

    def _take_stroke(self, stroke: Recorded, record: Record) -> None:
        means = self._meanings.get((stroke.device, stroke.code))
        if stroke.meaning != means:
            self.say(
                f"record {record['n']}: {stroke.device}:{stroke.code} is called {stroke.meaning}, the site: {means}"
            )
        is_early = self._ready is None or stroke.time < self._ready["t"]
        if stroke.before_ready != is_early:
            self.say(
                f"record {record['n']}: a stroke is taken as {'too early' if not is_early else 'in time'}, wrongly"
            )
        if is_early:
            return
        if stroke.meaning == "pulse":
            self._pulses.append(stroke.time)
            if record["kind"] == "pulse" and record["pulse"] != len(self._pulses):
                self.say(f"pulse {record['pulse']} is number {len(self._pulses)} of those in the journal")
        before = self._protocol.scan.pulses_before_zero
        is_first = stroke.meaning == "pulse" and len(self._pulses) > before
        if self._first is None and (is_first or stroke.meaning == "manual_start"):
            self._first = _Zero(stroke.time, stroke.meaning or "", len(self._pulses) - is_first)
        if self._question is not None and self._question.press is None and self._question.takes(stroke):
            self._question.press = stroke
        elif self._missed is not None and self._missed.takes(stroke):
            self.remarks.append(
                f"trial {self._missed.trial.trial}, {self._missed.kind}: a press in time was read only after the miss "
                "was decided"
            )

    def _take_zero(self, record: Record) -> None:
        if self._zero is not None:
            self.say("there is a second zero")
            return
        self._zero = _Zero(record["t"], record["source"], record["pulses_before"])
        if self._first != self._zero:
            found = "none is" if self._first is None else f"it is the {_in_words(self._first)}"
            self.say(f"zero is said to be the {_in_words(self._zero)}; by the strokes in the journal {found}")

    # --- onsets --------------------------------------------------------------------------------------------------

    def _take_onset(self, record: Record) -> None:
        here = _where(record["trial"], record["slot"])
        if self._zero is None:
            self.say(f"{here}: shown before there was a zero")
            return
        place = self._place.get((record["trial"], record["slot"]))
        if place is None:
            self.say(f"{here}: shown, but not in the plan")
            return
        if place != self._next:
            due = self._cues[self._next] if self._next < len(self._cues) else None
            planned = _where(due.trial.trial if due.trial else None, due.name) if due else "nothing more"
            self.say(f"{here}: shown where {planned} was planned")
        self._next = place + 1
        cue = self._cues[place]
        self._look_at_time(record, cue, here)
        depends = cue.slot is not None and (cue.slot.depends_on_outcome or cue.slot.shows == "choice")
        if depends:
            self._leave_question()
        if cue.slot is not None and cue.slot.shows == "choice":
            self._outcome = None
        scene = self._scene(cue)
        if not scene.items() <= record.items():
            shown = {key: record.get(key) for key in scene}
            self.say(f"{here}: {_as_text(shown)} was shown, where {_as_text(scene)} was due")
        if cue.slot is not None and cue.trial is not None and scene["scene"] in ("Choice", "Share"):
            closes = self._zero.t + self._plan.seconds(cue.tick) + cue.slot.window_s
            self._missed, self._question = None, _Question(scene["scene"].lower(), cue.trial, record["t"], closes)

    def _look_at_time(self, record: Record, cue: Cue, here: str) -> None:
        assert self._zero is not None
        planned, t = self._plan.seconds(cue.tick), record["t"]
        if record["planned"] != planned:
            self.say(f"{here}: planned for {record['planned']} s by the journal, for {planned:g} s by the plan")
        if not t > self._last_onset:
            self.say(f"{here}: shown {self._last_onset - t:.4f} s before the onset that it follows")
        self._last_onset = t
        due = self._zero.t + planned
        late, allowed = t - due, self._allowed_frames * self._frame_s + _SAME_S
        dropped = sum(by for at, by in self._dropped if due - 2 * self._frame_s <= at <= t + _SAME_S)
        if cue.tick == 0:  # nobody can foresee zero itself
            is_in_time = late >= 0
        else:
            is_in_time = -allowed <= late <= allowed + dropped
        if not is_in_time:
            why = " more than dropped frames explain" if dropped else ""
            self.say(f"{here}: shown {abs(late) * 1000:.1f} ms {'after' if late > 0 else 'before'} its time{why}")
        elif cue.tick and late > allowed:
            self.remarks.append(f"{here}: shown {late * 1000:.1f} ms after its time, as frames were dropped")

    def _scene(self, cue: Cue) -> Record:
        """Give what a cue has to show, as its record says it."""
        slot, trial, outcome = cue.slot, cue.trial, self._outcome
        if slot is None or trial is None:
            return {"scene": "Fixation"}
        name = slot.shows or slot.after_miss
        if slot.shows is None and outcome is not None:
            name = slot.after_match if matched(*outcome[1]) else slot.after_no_match
        if name == "choice":
            left, right = (self._plan.decider(who).avatar for who in (trial.left, trial.right))
            return {"scene": "Choice", "left": left, "right": right, "chosen": None}
        if name == "too_slow" or outcome is None:
            return {"scene": "TooSlow" if name == "too_slow" else "Fixation"}
        decider, card = self._plan.decider(outcome[0]), outcome[1]
        avatar = {"avatar": decider.avatar}
        match, rank = {"spots": card.spots, "match": matched(*card)}, {"rank": card.rank}
        if decider.kind == "hidden":
            rank = {"rank": None}
        scenes: dict[str | None, Record] = {
            "feedback": {"scene": "Feedback", **avatar, **match, **rank},
            "match": {"scene": "MatchFeedback", **avatar, **match},
            "rank": {"scene": "RankFeedback", **avatar, **rank},
            "share": {"scene": "Share", **avatar, "keep_side": trial.keep_side, "chosen": None},
        }
        return scenes.get(name, {"scene": "Fixation"})

    # --- answers -------------------------------------------------------------------------------------------------

    def _leave_question(self) -> None:
        """Go on to what depends on the outcome: by now the question before is answered, and its feedback dealt."""
        if self._question is not None:
            self.say(f"trial {self._question.trial.trial}, {self._question.kind}: neither answered nor missed")
        if self._due_feedback is not None:
            self.say(f"trial {self._due_feedback['trial']}: its feedback is missing")
        self._question = self._due_feedback = None

    def _answered(self, record: Record) -> Trial | None:
        """Hold an answer against the question and the presses; give its trial, None if there is no such question."""
        question, here = self._question, f"trial {record['trial']}, {record['kind']}"
        if question is None or (record["trial"], record["kind"]) != (question.trial.trial, question.kind):
            self.say(f"{here}: answered or missed, when nothing of the kind was asked")
            return None
        self._question, press = None, question.press
        self._missed = question if record["side"] is None else None
        if press is None and record["side"] is not None:
            self.say(f"{here}: counts as {record['side']}, without a press in time")
        elif press is not None and record["side"] != press.meaning:
            what = record["side"] or "a miss"
            self.say(f"{here}: counts as {what}, where the first press in time was {press.meaning}")
        elif press is not None and not abs(record["response_time"] - (press.time - question.opens)) <= _SAME_S:
            self.say(
                f"{here}: a response time of {record['response_time']:.4f} s, where the press came "
                f"{press.time - question.opens:.4f} s after the flip"
            )
        return question.trial

    def _take_choice(self, record: Record) -> None:
        trial = self._answered(record)
        if trial is None:
            return
        chosen = record["decider"]
        if chosen != (None if record["side"] is None else getattr(trial, record["side"])):
            self.say(
                f"trial {trial.trial}, choice: {chosen} is said to be chosen, which is not on side {record['side']}"
            )
        dealt = self._dealer.deal(trial.trial, chosen if chosen in (trial.left, trial.right) else None)
        self._outcome = None if dealt is None else (chosen, dealt[0])
        if dealt is not None:
            card, source = dealt
            cards = {"rank": card.rank, "spots": card.spots, "match": matched(*card), "source": source}
            self._due_feedback = {"trial": trial.trial, "decider": chosen, **cards}
            if trial.kind == "explicit":
                self._answered_halves[self._is_high(chosen)] += 1

    def _take_feedback(self, record: Record) -> None:
        due, self._due_feedback = self._due_feedback, None
        found = {key: record[key] for key in ("trial", "decider", "rank", "spots", "match", "source")}
        if due is None:
            self.say(f"trial {record['trial']}: feedback was given, where none was due")
        elif found != due:
            self.say(f"trial {due['trial']}: feedback is {_as_text(found)}; by plan and choices it is {_as_text(due)}")

    def _take_share(self, record: Record) -> None:
        trial = self._answered(record)
        self._points += record["points"]
        if trial is None:
            return
        share = "keep" if record["side"] in (None, trial.keep_side) else "split"
        points = payoff("keep" if share == "keep" else "split", self._protocol.trust_game)
        if (record["share"], record["points"]) != (share, points):
            self.say(
                f"trial {trial.trial}, share: {record['share']} for {record['points']} points, where the press means "
                f"{share} for {points}"
            )

    # --- the end -------------------------------------------------------------------------------------------------

    def _take_dropped(self, record: Record) -> None:
        self._dropped.append((record["t"], record["late_s"]))

    def _take_end(self, record: Record) -> None:
        self._end = record
        counts = {"points": self._points, "pulses": len(self._pulses), "dropped_frames": len(self._dropped)}
        for what, count in counts.items():
            if record[what] != count:
                self.say(f"the end says {record[what]} {what.replace('_', ' ')}, the records before it {count}")
        if record["cause"] != "complete":
            return
        self._leave_question()
        if self._next < len(self._cues):
            self.say(f"the run is called complete, but {len(self._cues) - self._next} planned onsets are missing")
        scan_s, length_s = self._protocol.volumes * self._protocol.scan.tr_s, self._plan.seconds(self._run.length)
        lasted = record["t"] - self._zero.t if self._zero else 0.0
        if not lasted >= max(scan_s, length_s) - 1.5 * self._frame_s - _SAME_S:
            self.say(f"the run is called complete after {lasted:.3f} s, planned were {max(scan_s, length_s):g} s")

    def _take_train(self, record: Record) -> None:
        if self._zero is None or self._end is None:
            self.say("the pulses were judged before the run had a zero and an end")
            return
        has_ended = self._end["cause"] == "complete"
        scan, volumes = self._protocol.scan, self._protocol.volumes
        found = train_to_record(understand(self._pulses, self._zero.t, scan, volumes, ended=has_ended))
        for what in found.keys() - {"sentences"}:  # words may change from version to version
            if not _is_close(record[what], found[what]):
                self.say(f"the scan is said to have {what} {record[what]}, by the pulses in the journal {found[what]}")

    def _look_at_cells(self) -> None:
        """Remark on cells that stayed short: the participant's choices may have left no other way."""
        enough = self._protocol.feedback_cells.trials_per_cell_in_a_run
        cells = self._dealer.tally.cells
        if "explicit" not in self._protocol.deciders.kinds:
            return
        short = [f"{_cell_in_words(cell)} {cells[cell]}" for cell in CELLS if cells[cell] < enough]
        if short:
            high, low = self._answered_halves[True], self._answered_halves[False]
            self.remarks.append(
                f"cells with fewer than {enough} trials: {', '.join(short)} (explicit Deciders that rank high were chosen "
                f"{high} times, those that rank low {low} times)"
            )

    def _is_high(self, who: str) -> bool:
        mean_ranks = {kind.name: kind.mean_rank for kind in self._protocol.deciders.types}
        return ranked_high(mean_ranks[self._plan.decider(who).type], self._protocol.deciders.responders)


def _tally(record: Record) -> Tally:
    """Read a tally from what ``tally_to_record`` gave."""
    cells = Counter({Cell(is_match, high): count for is_match, high, count in record["cells"]})
    return Tally(**{**record, "cells": cells})


def _is_close(one: Any, other: Any) -> bool:
    """Compare what JSON may hold, numbers to a microsecond: another processor may round the last bit otherwise."""
    if isinstance(one, list | tuple) and isinstance(other, list | tuple):
        return len(one) == len(other) and all(map(_is_close, one, other))
    if isinstance(one, float) or isinstance(other, float):
        return one is not None and other is not None and abs(one - other) <= _SAME_S
    return bool(one == other)


def _where(trial: int | None, slot: str) -> str:
    return slot.replace("_", " ") if trial is None else f"trial {trial}, {slot}"


def _in_words(zero: _Zero) -> str:
    source = zero.source.replace("_", " ")
    return f"{source} at {zero.t:.4f} s of the clock, after {zero.pulses_before} other pulses"


def _as_text(facts: Record) -> str:
    return ", ".join(f"{key} {'none' if value is None else value}" for key, value in facts.items())


def _cell_in_words(cell: Cell) -> str:
    return f"{'match' if cell.matched else 'no match'} and ranked {'high' if cell.high else 'low'}"


def _first_line(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".splitlines()[0]
