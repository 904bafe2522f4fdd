"""What was answered, dealt, shown and earned: held against the presses, the decks and the rules of the game."""

from collections import Counter
from dataclasses import dataclass

from task.plan.cues import Cue, cues_of
from task.plan.dealing import Dealer, Tally
from task.plan.generative import Card
from task.plan.plan import Trial
from task.plan.rules import CELLS, Cell, Share, matched, payoff, ranked_high
from task.record.invariants.replay import SAME_S, Replay, Verdict, where
from task.record.journal import Record
from task.record.strokes import Recorded, strokes_of


@dataclass
class _Question:
    kind: str
    trial: Trial
    opens: float
    closes: float
    press: Recorded | None = None

    def takes(self, stroke: Recorded) -> bool:
        is_press = stroke.meaning in ("left", "right") and not stroke.repeat
        return is_press and self.opens <= stroke.time <= self.closes

    def __str__(self) -> str:
        return f"trial {self.trial.trial}, {self.kind}"


class Answers(Replay):
    """Answers every question and deals every card once more."""

    def __init__(self, head: Record, verdict: Verdict) -> None:
        super().__init__(head, verdict)
        self._dealer = Dealer(self.run, self.plan.deciders, self.protocol, _tally(head["tally_before"]))
        self._cues = {(cue.trial.trial, cue.name): cue for cue in cues_of(self.plan, self.run) if cue.trial}
        self._ready: Record | None = None
        self._zero = 0.0
        self._question: _Question | None = None
        self._missed: _Question | None = None
        self._outcome: tuple[str, Card] | None = None
        self._due_feedback: Record | None = None
        self._points = 0
        self._chosen_halves: Counter[bool] = Counter()

    # --- questions -----------------------------------------------------------------------------------------------

    def take_ready(self, record: Record) -> None:
        """From here on strokes count."""
        self._ready = record

    def take_zero(self, record: Record) -> None:
        """Response windows end at planned times from here."""
        self._zero = record["t"]

    def take_strokes(self, record: Record) -> None:
        """The first press in time answers the question."""
        for stroke in strokes_of([record] if self._ready is None else [self._ready, record]):
            if self._question is not None and self._question.press is None and self._question.takes(stroke):
                self._question.press = stroke
            elif self._missed is not None and self._missed.takes(stroke):
                self.remark(f"{self._missed}: a press in time was read only after the miss had been decided")

    take_press = take_strokes

    def take_onset(self, record: Record) -> None:
        """What is shown is what was dealt; a choice or a share is a question."""
        cue = self._cues.get((record["trial"], record["slot"]))
        if cue is None or cue.trial is None or cue.slot is None:
            scene: Record = {"scene": "Fixation"}
        else:
            if cue.slot.shows == "choice" or cue.slot.depends_on_outcome:
                self._leave_question()
            if cue.slot.shows == "choice":
                self._outcome = None
            scene = self._scene(cue, cue.trial)
            if scene["scene"] in ("Choice", "Share"):
                closes = self._zero + self.plan.seconds(cue.tick) + cue.slot.window_s
                self._missed = None
                self._question = _Question(scene["scene"].lower(), cue.trial, record["t"], closes)
        if not scene.items() <= record.items():
            shown = _as_text({key: record.get(key) for key in scene})
            self.say(f"{where(record['trial'], record['slot'])}: {shown} was shown; due was {_as_text(scene)}")

    def _scene(self, cue: Cue, trial: Trial) -> Record:
        """Give what a cue has to show, in the words of its record."""
        slot, outcome = cue.slot, self._outcome
        if slot is None or slot.shows == "fixation":
            return {"scene": "Fixation"}
        if slot.shows == "choice":
            left, right = (self.deciders[who].avatar for who in (trial.left, trial.right))
            return {"scene": "Choice", "left": left, "right": right, "chosen": None}
        if outcome is None:
            return {"scene": "TooSlow" if slot.after_miss == "too_slow" else "Fixation"}
        decider, card = self.deciders[outcome[0]], outcome[1]
        match = {"spots": card.spots, "match": matched(*card)}
        rank = {"rank": card.rank if decider.kind == "explicit" else None}
        scenes: dict[str | None, Record] = {
            "feedback": {"scene": "Feedback", "avatar": decider.avatar, **match, **rank},
            "match": {"scene": "MatchFeedback", "avatar": decider.avatar, **match},
            "rank": {"scene": "RankFeedback", "avatar": decider.avatar, **rank},
            "share": {"scene": "Share", "avatar": decider.avatar, "keep_side": trial.keep_side, "chosen": None},
            "fixation": {"scene": "Fixation"},
        }
        return scenes[slot.after_match if matched(*card) else slot.after_no_match]

    # --- answers -------------------------------------------------------------------------------------------------

    def take_choice(self, record: Record) -> None:
        """The Decider on the side of the press is chosen, and its feedback is due."""
        trial = self._answered(record)
        if trial is None:
            return
        chosen = record["decider"]
        if chosen != (None if record["side"] is None else getattr(trial, record["side"])):
            side = record["side"] or "no side"
            self.say(f"trial {trial.trial}, choice: {chosen or 'nobody'} is said to be chosen, by a press on {side}")
        dealt = self._dealer.deal(trial.trial, chosen if chosen in (trial.left, trial.right) else None)
        if dealt is None:
            return
        card, source = dealt
        self._outcome = chosen, card
        self._due_feedback = {
            "trial": trial.trial,
            "decider": chosen,
            "rank": card.rank,
            "spots": card.spots,
            "match": matched(*card),
            "source": source,
        }
        if trial.kind == "explicit":
            self._chosen_halves[self._ranks_high(chosen)] += 1

    def take_feedback(self, record: Record) -> None:
        """Feedback is the card that the decks deal for these choices; a match if the rank is within the spots."""
        due, self._due_feedback = self._due_feedback, None
        if due is None:
            self.say(f"trial {record['trial']}: feedback was dealt, where none was due")
            return
        found = {key: record[key] for key in due}
        if found != due:
            self.say(f"trial {due['trial']}: the feedback is {_as_text(found)}; the decks deal {_as_text(due)}")

    def take_share(self, record: Record) -> None:
        """The side of the press keeps or splits; no press keeps."""
        trial = self._answered(record)
        self._points += record["points"]
        if trial is None:
            return
        share: Share = "keep" if record["side"] in (None, trial.keep_side) else "split"
        points = payoff(share, self.protocol.trust_game)
        if (record["share"], record["points"]) != (share, points):
            self.say(
                f"trial {trial.trial}, share: {record['share']} for {record['points']} points; by the press it is "
                f"{share} for {points}"
            )

    def _answered(self, record: Record) -> Trial | None:
        """Hold an answer against the question and the press; give its trial, None if there was no such question."""
        question = self._question
        if question is None or (question.trial.trial, question.kind) != (record["trial"], record["kind"]):
            self.say(f"trial {record['trial']}, {record['kind']}: answered or missed, when it was not asked")
            return None
        self._question, press, side = None, question.press, record["side"]
        self._missed = question if side is None else None
        if press is None:
            if side is not None:
                self.say(f"{question}: counts as {side}, without a press in time")
            return question.trial
        took_s = press.time - question.opens
        if side != press.meaning:
            self.say(f"{question}: counts as {side or 'a miss'}, but the first press in time was {press.meaning}")
        elif not abs(record["response_time"] - took_s) <= SAME_S:
            self.say(
                f"{question}: a response time of {record['response_time']:.4f} s; by its press it is {took_s:.4f} s"
            )
        return question.trial

    def _leave_question(self) -> None:
        """Go on to what depends on the outcome: the question before is decided by now, and its feedback dealt."""
        if self._question is not None:
            self.say(f"{self._question}: neither answered nor missed")
        if self._due_feedback is not None:
            self.say(f"trial {self._due_feedback['trial']}: its feedback is missing")
        self._question = self._due_feedback = None

    # --- the end -------------------------------------------------------------------------------------------------

    def take_end(self, record: Record) -> None:
        """The end's points are those of the shares; in a complete run no question stays open."""
        if record["points"] != self._points:
            self.say(f"the end says {record['points']} points, the records before it {self._points}")
        if record["cause"] == "complete":
            self._leave_question()
            self._look_at_cells()

    def _look_at_cells(self) -> None:
        """Remark on cells that stayed short: by this participant's choices there may have been no other way."""
        enough, cells = self.protocol.feedback_cells.trials_per_cell_in_a_run, self._dealer.tally.cells
        short = [f"{_in_words(cell)} {cells[cell]}" for cell in CELLS if cells[cell] < enough]
        if short and "explicit" in self.protocol.deciders.kinds:
            high, low = self._chosen_halves[True], self._chosen_halves[False]
            self.remark(
                f"cells with fewer than {enough} trials: {', '.join(short)} (of the explicit Deciders, those that rank "
                f"high were chosen {high} times, those that rank low {low} times)"
            )

    def _ranks_high(self, who: str) -> bool:
        mean_ranks = {kind.name: kind.mean_rank for kind in self.protocol.deciders.types}
        return ranked_high(mean_ranks[self.deciders[who].type], self.protocol.deciders.responders)


def _tally(record: Record) -> Tally:
    """Read a tally from what ``tally_to_json`` gave."""
    cells = Counter({Cell(is_match, high): count for is_match, high, count in record["cells"]})
    return Tally(**{**record, "cells": cells})


def _as_text(facts: Record) -> str:
    return ", ".join(f"{key} {'none' if value is None else value}" for key, value in facts.items())


def _in_words(cell: Cell) -> str:
    return f"{'match' if cell.matched else 'no match'}, ranked {'high' if cell.high else 'low'}:"
