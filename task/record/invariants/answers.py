"""What was answered, dealt, shown and earned: held against the presses, the decks and the rules of the game."""

import math
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from task.plan.cues import Cue, cues_of
from task.plan.dealing import Dealer, Tally
from task.plan.generative import Card
from task.plan.plan import Trial
from task.plan.rules import CELLS, Cell, matched, payoff, ranked_high
from task.plan.rules import Share as KeepOrSplit
from task.record.fields import fields_of
from task.record.invariants.replay import SAME_S, Replay, Verdict, where
from task.record.kinds.answers import Choice, Feedback, Share
from task.record.kinds.head import REPEATS_SINCE, Head
from task.record.kinds.marks import End, Ready, Zero
from task.record.kinds.screen import Onset, UnknownScene, name_of
from task.record.kinds.strokes import Press, Strokes
from task.record.repeats import AGAIN_S
from task.record.strokes import Recorded, strokes_of
from task.scene.base import Scene
from task.scene.choice import Choice as ChoiceScene
from task.scene.feedback import Feedback as FeedbackScene
from task.scene.feedback import MatchFeedback, RankFeedback, TooSlow
from task.scene.fixation import Fixation
from task.scene.share import Share as ShareScene


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

    def __init__(self, head: Head, verdict: Verdict) -> None:
        super().__init__(head, verdict)
        self._dealer = Dealer(self.run, self.plan.deciders, self.protocol, _tally(head.tally_before))
        self._cues = {(cue.trial.trial, cue.name): cue for cue in cues_of(self.plan, self.run) if cue.trial}
        self._ready: Ready | None = None
        self._zero = 0.0
        self._question: _Question | None = None
        self._missed: _Question | None = None
        self._outcome: tuple[str, Card] | None = None
        self._due_feedback: Feedback | None = None
        self._points = 0
        self._chosen_halves: Counter[bool] = Counter()
        self._knows_repeats = head.format >= REPEATS_SINCE
        self._last: dict[tuple[str, str], float] = {}
        self._by_repeats: list[int] = []

    # --- questions -----------------------------------------------------------------------------------------------

    def take_ready(self, record: Ready) -> None:
        """From here on strokes count."""
        self._ready = record

    def take_zero(self, record: Zero) -> None:
        """Response windows end at planned times from here."""
        self._zero = record.t

    def take_strokes(self, record: Strokes | Press) -> None:
        """The first press in time answers the question."""
        for stroke in strokes_of([record] if self._ready is None else [self._ready, record]):
            key = stroke.device, stroke.code
            gap, self._last[key] = stroke.time - self._last.get(key, -math.inf), stroke.time
            if self._question is not None and self._question.press is None and self._question.takes(stroke):
                self._question.press = stroke
                if not self._knows_repeats and gap < AGAIN_S:
                    self._by_repeats.append(self._question.trial.trial)
            elif self._missed is not None and self._missed.takes(stroke):
                self.remark(f"{self._missed}: a press in time was read only after the miss had been decided")

    take_press = take_strokes

    def take_onset(self, record: Onset) -> None:
        """What is shown is what was dealt; a choice or a share is a question."""
        cue = self._cues.get((record.trial, record.slot)) if record.trial is not None else None
        scene: Scene = Fixation()
        if cue is not None and cue.trial is not None and cue.slot is not None:
            if cue.slot.shows == "choice" or cue.slot.depends_on_outcome:
                self._leave_question()
            if cue.slot.shows == "choice":
                self._outcome = None
            scene = self._scene(cue, cue.trial)
            if isinstance(scene, ChoiceScene | ShareScene):
                closes = self._zero + self.plan.seconds(cue.tick) + cue.slot.window_s
                self._missed = None
                self._question = _Question(type(scene).__name__.lower(), cue.trial, record.t, closes)
        if record.scene != scene:
            here, shown = where(record.trial, record.slot), _shown_as_text(record.scene)
            self.say(f"{here}: {shown} was shown; due was {_shown_as_text(scene)}")

    def _scene(self, cue: Cue, trial: Trial) -> Scene:
        """Give what a cue has to show."""
        slot, outcome = cue.slot, self._outcome
        if slot is None or slot.shows == "fixation":
            return Fixation()
        if slot.shows == "choice":
            return ChoiceScene(self.deciders[trial.left].avatar, self.deciders[trial.right].avatar)
        if outcome is None:
            return TooSlow() if slot.after_miss == "too_slow" else Fixation()
        decider, (rank, spots) = self.deciders[outcome[0]], outcome[1]
        rank_shown = rank if decider.kind == "explicit" else None
        is_match = matched(rank, spots)
        scenes: dict[str | None, Scene] = {
            "feedback": FeedbackScene(decider.avatar, spots, is_match, rank_shown),
            "match": MatchFeedback(decider.avatar, spots, is_match),
            "rank": RankFeedback(decider.avatar, rank_shown),
            "share": ShareScene(decider.avatar, trial.keep_side),
            "fixation": Fixation(),
        }
        return scenes[slot.after_match if is_match else slot.after_no_match]

    # --- answers -------------------------------------------------------------------------------------------------

    def take_choice(self, record: Choice) -> None:
        """The Decider on the side of the press is chosen, and its feedback is due."""
        trial = self._answered(record)
        if trial is None:
            return
        chosen = record.decider
        if chosen != (None if record.side is None else trial.left if record.side == "left" else trial.right):
            side = record.side or "no side"
            self.say(f"trial {trial.trial}, choice: {chosen or 'nobody'} is said to be chosen, by a press on {side}")
        dealt = self._dealer.deal(trial.trial, chosen if chosen in (trial.left, trial.right) else None)
        if chosen is None or dealt is None:
            return
        card, source = dealt
        self._outcome = chosen, card
        self._due_feedback = Feedback(
            trial=trial.trial,
            decider=chosen,
            rank=card.rank,
            spots=card.spots,
            match=matched(*card),
            source=source,
        )
        if trial.kind == "explicit":
            self._chosen_halves[self._ranks_high(chosen)] += 1

    def take_feedback(self, record: Feedback) -> None:
        """Feedback is the card that the decks deal for these choices; a match if the rank is within the spots."""
        due, self._due_feedback = self._due_feedback, None
        if due is None:
            self.say(f"trial {record.trial}: feedback was dealt, where none was due")
            return
        if replace(record, n=due.n, more={}) != due:
            found, dealt = (
                _as_text({one.name: getattr(card, one.name) for one in fields_of(Feedback)}) for card in (record, due)
            )
            self.say(f"trial {due.trial}: the feedback is {found}; the decks deal {dealt}")

    def take_share(self, record: Share) -> None:
        """The side of the press keeps or splits; no press keeps."""
        trial = self._answered(record)
        self._points += record.points
        if trial is None:
            return
        share: KeepOrSplit = "keep" if record.side in (None, trial.keep_side) else "split"
        points = payoff(share, self.protocol.trust_game)
        if (record.share, record.points) != (share, points):
            self.say(
                f"trial {trial.trial}, share: {record.share} for {record.points} points; by the press it is "
                f"{share} for {points}"
            )

    def _answered(self, record: Choice | Share) -> Trial | None:
        """Hold an answer against the question and the press; give its trial, None if there was no such question."""
        question = self._question
        if question is None or (question.trial.trial, question.kind) != (record.trial, record.kind):
            self.say(f"trial {record.trial}, {record.kind}: answered or missed, when it was not asked")
            return None
        self._question, press, side = None, question.press, record.side
        self._missed = question if side is None else None
        if press is None:
            if side is not None:
                self.say(f"{question}: counts as {side}, without a press in time")
            return question.trial
        took_s = press.time - question.opens
        if side != press.meaning:
            self.say(f"{question}: counts as {side or 'a miss'}, but the first press in time was {press.meaning}")
        elif record.response_time is None or not abs(record.response_time - took_s) <= SAME_S:
            said = "none" if record.response_time is None else f"{record.response_time:.4f} s"
            self.say(f"{question}: a response time of {said}; by its press it is {took_s:.4f} s")
        return question.trial

    def _leave_question(self) -> None:
        """Go on to what depends on the outcome: the question before is decided by now, and its feedback dealt."""
        if self._question is not None:
            self.say(f"{self._question}: neither answered nor missed")
        if self._due_feedback is not None:
            self.say(f"trial {self._due_feedback.trial}: its feedback is missing")
        self._question = self._due_feedback = None

    # --- the end -------------------------------------------------------------------------------------------------

    def take_end(self, record: End) -> None:
        """The end's points are those of the shares; in a complete run no question stays open."""
        if record.points != self._points:
            self.say(f"the end says {record.points} points, the records before it {self._points}")
        if self._by_repeats:
            trials = ", ".join(map(str, self._by_repeats))
            self.remark(
                f"trials {trials} were answered by a button that was held down or bounced: when this was recorded, the "
                "program did not tell repeats from presses"
            )
        if record.cause == "complete":
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


def _tally(said: dict[str, Any]) -> Tally:
    """Read a tally from what ``tally_to_json`` gave."""
    cells = Counter({Cell(is_match, high): count for is_match, high, count in said["cells"]})
    return Tally(**{**said, "cells": cells})


def _shown_as_text(scene: Scene | UnknownScene) -> str:
    return _as_text({"scene": name_of(scene), **({} if isinstance(scene, UnknownScene) else vars(scene))})


def _as_text(facts: dict[str, Any]) -> str:
    return ", ".join(f"{key} {'none' if value is None else value}" for key, value in facts.items())


def _in_words(cell: Cell) -> str:
    return f"{'match' if cell.matched else 'no match'}, ranked {'high' if cell.high else 'low'}:"
