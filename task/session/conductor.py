"""The conductor performs one run: it waits for zero, shows each cue at its time, and journals all that happens.

It never waits for anything once zero has passed, and times nothing from the end of what came before: every onset is
absolute from zero, and is shown at the flip nearest to its plan.
"""

import math
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Literal, Protocol

from task.config.protocol import GRACE_S
from task.config.site import Site
from task.devices.clock import Clock
from task.devices.strokes import Device, Stroke
from task.plan.cues import Cue, cues_of
from task.plan.dealing import Dealer
from task.plan.plan import Plan, RunPlan, Trial
from task.plan.rules import Share, Side, matched, payoff
from task.pulses.train import SILENCE_TR, PulseTrain, understand
from task.record.answering import Answering
from task.record.journal import Journal
from task.record.kinds import answers, marks, notes, screen
from task.record.records import Record, readable
from task.scene.base import AsksForSide, Scene
from task.scene.choice import Choice
from task.scene.messages import EndOfRun, Paused, Waiting
from task.session.display import Display
from task.session.garbage import quiet_garbage
from task.session.intake import Intake
from task.session.oversight import Oversight
from task.session.question import Question
from task.session.scenes_shown import Outcome, scene_of, scenes_of


class Observer(Protocol):
    """Somebody who is told each scene shown, such as the simulated participant."""

    def saw(self, scene: Scene, at: float, closes: float | None) -> None:
        """Be told a scene, the time of its flip, and until when it takes a response, if it takes one."""


class RunEnded(Exception):
    """The run is over before its time; the text is the cause."""


class Conductor:
    """Performs a version of a run.

    Parameters
    ----------
    plan, run : Plan, RunPlan
        What to perform.
    site : Site
        What each stroke means, and how a run is aborted.
    display : Display
        Shows the scenes; its flips let time pass.
    devices : sequence of Device
        All sources of strokes, opened.
    journal : Journal
        Takes every fact; its head is written already.
    clock : Clock
        Stamps everything.
    dealer : Dealer
        Deals the feedback.
    observers : sequence of Observer
        Are told each scene shown.
    tell : callable
        Takes a line for the operator.
    points_before : int
        Points that the participant had earned before the run.
    was_interrupted : callable
        Says by what the operator has asked to end the run, such as Ctrl-C; None if nobody has.
    """

    def __init__(
        self,
        plan: Plan,
        run: RunPlan,
        *,
        site: Site,
        display: Display,
        devices: Sequence[Device],
        journal: Journal,
        clock: Clock,
        dealer: Dealer,
        observers: Sequence[Observer] = (),
        tell: Callable[[str], None] = print,
        points_before: int = 0,
        was_interrupted: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._plan, self._run, self._site = plan, run, site
        self._display, self._journal, self._clock = display, journal, clock
        self._intake = Intake(devices, site.strokes, self._note, self._warn)
        self._dealer, self._observers = dealer, observers
        self._tell, self._was_interrupted = tell, was_interrupted
        self._answering = Answering(site.strokes.model_dump())
        self._oversight = Oversight(display, journal, clock, self._warn, tell)
        self._points_before = points_before
        self._now = clock.now()
        self._zero: float | None = None
        self._counted, self._last_counted, self._pulses_of_run = 0, -math.inf, 0
        self._question: Question | None = None
        self._outcome = Outcome()
        self._shown: Scene = Waiting()
        self.points = 0

    def perform(self) -> str:
        """Perform the run and give the cause of its end: "complete", or why it ended early.

        Whatever else ends the run, an exception of a device or a library that asks the whole program to end, ends the
        journal, and is then passed on.
        """
        cause = "error"
        problem = in_full = None
        with quiet_garbage():
            try:
                self._prepare()
                self._wait_for_zero()
                for cue in cues_of(self._plan, self._run):
                    self._perform_cue(cue)
                scan_s = self._plan.protocol.volumes * self._plan.protocol.scan.tr_s
                length_s = self._plan.seconds(self._run.length)
                self._let_time_pass(self._after_zero(max(scan_s, length_s)))
                self._settle()
                cause = "complete"
                self._listen_until_silence()
            except (RunEnded, KeyboardInterrupt) as ended:  # once all has been performed, it only ends the listening
                cause = cause if cause == "complete" else str(ended) or "interrupted by Ctrl-C"
            except BaseException as error:
                problem, in_full = f"{type(error).__name__}: {error}", traceback.format_exc()
                if cause == "error":
                    raise
                self._warn(f"All was performed, but listening to the scanner ended by an error: {problem}.")
            finally:
                self._mark_time()
                self._pulses_of_run = len(self._intake.pulses)
                end = marks.End(
                    t=self._clock.now(),
                    cause=cause,
                    points=self.points,
                    pulses=self._pulses_of_run,
                    dropped_frames=self._oversight.dropped,
                    slowest_write_s=round(self._journal.slowest_s, 4),
                    error=problem,
                    traceback=in_full,
                )
                self._journal.write(end)
                if cause == "error":
                    with suppress(BaseException):  # the display itself may be what failed
                        self._close_with(Paused())
        runs, points = self._plan.protocol.runs.count, self._points_before + self.points
        try:
            self._close_with(EndOfRun(self._run.run, runs, points) if cause == "complete" else Paused())
        except BaseException as error:  # the run is over and recorded: this takes nothing from it
            self._warn(f"The last screen failed ({type(error).__name__}: {error}).", in_full=traceback.format_exc())
        return cause

    def pulse_train(self, has_ended: bool) -> PulseTrain | None:
        """Judge the scan by its pulses, after the run; None if it never reached its zero, or the site has none.

        Parameters
        ----------
        has_ended : bool
            Whether the scan was given time to end.
        """
        protocol = self._plan.protocol
        if self._zero is None or not self._site.strokes.pulse:
            return None
        try:
            return understand(
                self._intake.pulses[: self._pulses_of_run],
                self._zero,
                protocol.scan,
                protocol.volumes,
                ended=has_ended,
                before_ready=self._intake.early_pulses,
            )
        except Exception as error:  # what was recorded is there, and can be judged another day
            self._warn(
                f"What the pulses say of the scan could not be worked out ({type(error).__name__}: {error}).",
                in_full=traceback.format_exc(),
            )
            return None

    # --- before zero ---------------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        self._display.prepare([Waiting(), Paused(), *scenes_of(self._plan, self._run)])
        display = readable(screen.Display(t=self._clock.now(), **self._display.facts))
        self._journal.write(display)
        if display.paced_by == "software":
            self._warn(
                "The screen does not make the program wait for its frames, as a virtual one does not: the "
                "program paces itself. Good for trying things out; for a scan, use a real screen."
            )

    def _wait_for_zero(self) -> None:
        self._show(Waiting())
        self._display.take_focus()
        self._now = self._clock.now()
        self._flip(math.inf)
        self._mark_time()
        strokes = self._site.strokes
        by_hand = f"Start by hand: {', '.join(strokes.manual_start)}." if strokes.manual_start else ""
        if strokes.pulse:
            self._tell(f"Ready. {self._what_to_scan()}")
            self._tell(f"Waiting for the scanner's first pulse: {' or '.join(strokes.pulse)}. {by_hand}".rstrip())
        else:
            self._tell(f"Ready. This site names no pulse, so none is waited for. {by_hand}")
        self._tell(
            f"To end the run: {', '.join(strokes.abort)} {strokes.abort_presses} times within "
            f"{strokes.abort_within_s:g} s, or Ctrl-C here."
        )
        self._intake.ready = self._clock.now()
        self._note(marks.Ready(t=self._intake.ready))
        while self._zero is None:
            self._let_frame_pass(math.inf)
        self._mark_time()
        volumes, length = self._plan.protocol.volumes, self._plan.seconds(self._run.length)
        self._tell(f"Time zero. Run {self._run.run}: {volumes} volumes, {length:g} s.")

    def _what_to_scan(self) -> str:
        """Say what the sequence has to be set to for this run."""
        scan, volumes = self._plan.protocol.scan, self._plan.protocol.volumes
        before = scan.pulses_before_zero
        counted = f"; {before} pulse{'s' * (before > 1)} before them {'are' if before > 1 else 'is'} waited for"
        return f"This run takes {volumes} stored volumes of {scan.tr_s:g} s{counted if before else ''}."

    def _set_zero(self, stroke: Stroke, source: Literal["pulse", "manual_start"]) -> None:
        self._zero = stroke.time
        before = len(self._intake.pulses) - (source == "pulse")
        self._journal.write(marks.Zero(t=stroke.time, source=source, pulses_before=before))

    # --- time and strokes ----------------------------------------------------------------------------------------

    def _planned(self, ticks: int) -> float:
        """Give a planned tick as a time on the clock."""
        return self._after_zero(self._plan.seconds(ticks))

    def _after_zero(self, seconds: float) -> float:
        if self._zero is None:
            raise RuntimeError("the run has no zero yet")
        return self._zero + seconds

    def _let_time_pass(self, until: float) -> None:
        """Let frames pass until the next flip is the one nearest to ``until``."""
        while until - self._now > 1.5 * self._display.frame_s:
            self._let_frame_pass(until)

    def _let_frame_pass(self, due: float) -> None:
        self._flip(min(due, self._intake.tells_at))
        self._take_strokes()

    def _flip(self, due: float) -> None:
        before = self._now
        self._now = self._display.flip(due)
        self._oversight.after_flip(before, self._now)

    def _take_strokes(self) -> None:
        """Take all strokes that have come; raise RunEnded afterwards if the run is to end."""
        for stroke, meaning in self._intake.take(self._now):
            self._take(stroke, meaning)
        question = self._question
        is_open = question is not None and question.side is None and not self._intake.is_behind
        if question is not None and is_open and self._now > question.closes + GRACE_S:
            self._settle()
        if self._intake.is_aborted:
            raise RunEnded("aborted by the operator")
        if interruption := self._was_interrupted():
            raise RunEnded(f"interrupted by {interruption}")

    def _take(self, stroke: Stroke, meaning: str) -> None:
        if meaning in ("left", "right"):
            question = self._question
            if question is not None and question.takes(stroke):
                question.side, question.time = ("left" if meaning == "left" else "right"), stroke.time
                if self._shown is question.scene:
                    self._show(question.scene.answered(question.side))
                self._settle()
        elif self._zero is None and meaning == "manual_start":
            self._set_zero(stroke, "manual_start")
        elif self._zero is None and meaning == "pulse":
            self._count_towards_zero(stroke)

    def _count_towards_zero(self, stroke: Stroke) -> None:
        """Count a pulse before zero, but not one that a scanner sends twice."""
        scan = self._plan.protocol.scan
        if stroke.time - self._last_counted > scan.double_within_s:
            self._last_counted = stroke.time
            self._counted += 1
            if self._counted == 1 and not self._intake.early_pulses:
                self._warn_if_at_once(stroke.time - self._intake.ready)
        if self._counted > scan.pulses_before_zero:
            self._set_zero(stroke, "pulse")

    def _warn_if_at_once(self, after_s: float) -> None:
        """Say that the scan may have begun before the task was ready, as then its first pulse comes within one TR."""
        scan = self._plan.protocol.scan
        if after_s < scan.tr_s and scan.pulses != "first_only" and not self._site.is_emulated:
            self._warn(
                f"The first pulse came {after_s:.1f} s after the task was ready, within one TR. If the scan had begun "
                "before, time zero is too late: end this run, stop the scan, and start the task first."
            )

    def _mark_time(self) -> None:
        t, utc = self._clock.with_utc()
        self._journal.write(marks.Clock(t=t, utc=utc))

    def _note(self, record: Record) -> None:
        """Journal what was answered or stroked, and warn of what it shows."""
        self._journal.write(record)
        for warning in self._answering.take(record):
            self._warn(warning)

    def _warn(self, warning: str, at: float | None = None, in_full: str | None = None) -> None:
        t = self._clock.now() if at is None else at
        self._journal.write(notes.Warning(t=t, warning=warning, traceback=in_full))
        self._tell(f"Warning: {warning}")

    def _listen_until_silence(self) -> None:
        """Go on recording pulses until the scan is over, so that its train can be judged at its end."""
        scan, told = self._plan.protocol.scan, False
        while self._intake.pulses and scan.pulses != "first_only":
            silent_from = self._intake.pulses[-1] + SILENCE_TR * scan.tr_s
            if self._now >= silent_from:
                return
            if not told and self._now > self._after_zero((self._plan.protocol.volumes + SILENCE_TR) * scan.tr_s):
                told = True
                self._warn(
                    "The run is complete, but the scanner goes on pulsing: listening until it stops. To end "
                    "this now, do as for ending the run."
                )
            self._let_frame_pass(min(silent_from, self._now + scan.tr_s))

    # --- cues ----------------------------------------------------------------------------------------------------

    def _perform_cue(self, cue: Cue) -> None:
        planned = self._planned(cue.tick)
        self._let_time_pass(planned)
        if cue.slot is not None and (cue.slot.depends_on_outcome or cue.slot.shows == "choice"):
            self._settle()
        if cue.slot is not None and cue.slot.shows == "choice":
            self._outcome = Outcome()
        scene = scene_of(self._plan, cue, self._outcome)
        self._show(scene, is_onset=True)
        dropped = self._oversight.dropped
        self._flip(planned)
        shown = self._now
        if cue.tick > 0:  # nobody can foresee zero itself
            self._oversight.after_onset(shown, shown - planned, dropped)
        trial = cue.trial.trial if cue.trial else None
        at = self._plan.seconds(cue.tick)
        self._journal.write(screen.Onset(t=shown, planned=at, trial=trial, slot=cue.name, scene=scene))
        closes = None
        if cue.slot is not None and isinstance(scene, AsksForSide):
            closes = planned + cue.slot.window_s
            self._question = Question(cue, scene, shown, closes)
        for observer in self._observers:
            observer.saw(scene, shown, closes)
        self._take_strokes()
        self._oversight.look_at_disks()

    def _show(self, scene: Scene, *, is_onset: bool = False) -> None:
        self._shown = scene
        self._display.show(scene, is_onset=is_onset)

    def _settle(self) -> None:
        """Decide the open question, if there is one: by the press that counted, or as a miss."""
        question, self._question = self._question, None
        if question is None or question.cue.trial is None:
            return
        took_s = None if question.time is None else question.time - question.opens
        if isinstance(question.scene, Choice):
            self._settle_choice(question.cue.trial, question.side, took_s)
        else:
            self._settle_share(question.cue.trial, question.side, took_s)

    def _settle_choice(self, trial: Trial, side: Side | None, took_s: float | None) -> None:
        chosen = None if side is None else trial.left if side == "left" else trial.right
        self._note(answers.Choice(trial=trial.trial, side=side, response_time=took_s, decider=chosen))
        dealt = self._dealer.deal(trial.trial, chosen)
        if chosen is None or dealt is None:
            self._outcome = Outcome()
            return
        card, source = dealt
        self._outcome = Outcome(chosen, card)
        feedback = answers.Feedback(
            trial=trial.trial,
            decider=chosen,
            rank=card.rank,
            spots=card.spots,
            match=matched(*card),
            source=source,
        )
        self._journal.write(feedback)

    def _settle_share(self, trial: Trial, side: Side | None, took_s: float | None) -> None:
        share: Share = "keep" if side in (None, trial.keep_side) else "split"
        points = payoff(share, self._plan.protocol.trust_game)
        self.points += points
        self._note(answers.Share(trial=trial.trial, side=side, response_time=took_s, share=share, points=points))

    # --- after the run -------------------------------------------------------------------------------------------

    def _close_with(self, scene: Scene) -> None:
        """Show a closing scene, for as long as the protocol says; an alarm is heard until its end."""
        try:
            self._display.prepare([scene])
            self._show(scene)
            until = self._clock.now() + self._plan.protocol.runs.closing_screen_s
            self._now = self._display.flip(math.inf)
            while self._now < until:
                self._now = self._display.flip(until)
                for _ in self._intake.take(self._now):
                    pass
        finally:
            self._intake.finish()
