"""From the records of a run that goes on to what the operator should know now.

Nothing is read or drawn here. Each record is taken in once; what it all means at a moment is asked as often as liked.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

from task.pulses.train import SILENCE_TR, PulseTrain, understand
from task.record.answering import Answering
from task.record.journal import JournalError
from task.record.kinds.answers import Choice, Share
from task.record.kinds.head import Head
from task.record.kinds.marks import Clock, End, Ready, Zero
from task.record.kinds.notes import Decision, Warning
from task.record.kinds.screen import Dropped, Focus, Onset, name_of
from task.record.kinds.strokes import Press, Pulse, Strokes
from task.record.kinds.train import Train
from task.record.records import Kind, Record, Unknown, stamp_of
from task.record.strokes import Recorded, strokes_of
from task.report.live import Level, Live, Note, Phase
from task.report.words import Answer, in_words, minutes, on_screen, printable

_SILENT_S = 5.0  # what is due may be late by so much, on its way through a network, before it is missed
_PREPARING_S = 60.0  # building the screens takes seconds


class Watched:
    """One attempt at a run, as its records tell it.

    Parameters
    ----------
    head : Record
        The journal's first record.

    Raises
    ------
    JournalError
        If this is not the head of a journal that this program understands.
    """

    def __init__(self, head: Record) -> None:
        try:
            if not isinstance(head, Head):
                problem = isinstance(head, Unknown) and head.problem
                raise ValueError(f"its head {problem}" if problem else "it does not begin with its head")
            plan, planned = head.plan, head.planned
            self._protocol = plan.protocol
            self._offers = {trial.trial: (trial.left, trial.right) for trial in planned.trials}
            last = planned.trials[-1]
            ticks = [
                0,
                *(tick for trial in planned.trials for tick in trial.onsets),
                last.onsets[-1] + last.lengths[-1],
            ]
            self._due = [plan.seconds(tick) for tick in ticks]
            volumes, tr_s = self._protocol.volumes, self._protocol.scan.tr_s
            self._total_s = max(volumes * tr_s, plan.seconds(planned.length))
            self._starts = head.site["strokes"]
            self._is_virtual = head.virtual
            self._said = _said_by(head)
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            why = printable(f"{type(error).__name__}: {error}")[:150]
            raise JournalError(
                f"this journal is not understood, maybe as another version of the program wrote it ({why})"
            ) from None
        self._last: dict[type[Record], Record] = {}  # of each kind
        self._latest: float | None = None  # the latest stamp of all
        self._pulses: list[float] = []
        self._early_pulses: list[float] = []
        self._last_pulse: float | None = None
        self._onsets = 0
        self._trial: int | None = None
        self._answers: dict[tuple[str, int], Answer] = {}
        self._press: Recorded | None = None
        self._response_s: float | None = None
        self._alarm: float | None = None
        self._questions = self._misses = self._in_a_row = self._points = self._dropped = 0
        self._latest_frame_s = 0.0
        self._notes: list[tuple[float | None, str, Literal["warning", "decision"]]] = []
        self._answering = Answering(self._starts)
        self._train = PulseTrain(0, volumes)
        self._judged: tuple[float, float] | None = None  # at what time of the run, and how many seconds it took

    def take(self, records: Iterable[Record]) -> None:
        """Take in the next records; kinds that are not known are let pass."""
        for record in records:
            t = stamp_of(record)
            self._last[type(record)] = record
            self._answering.take(record)
            if t is not None:
                self._latest = t if self._latest is None else max(self._latest, t)
            taker = getattr(self, f"_take_{record.kind}", None)
            if taker is not None:
                taker(record)

    def _latest_of(self, kind: type[Kind]) -> Kind | None:
        record = self._last.get(kind)
        return record if isinstance(record, kind) else None

    def _take_strokes(self, record: Strokes | Pulse | Press) -> None:
        """Take one stroke, or a flood of them in one record."""
        ready = self._latest_of(Ready)
        for stroke in strokes_of([record] if ready is None else [ready, record]):
            self._latest = max(self._latest or stroke.time, stroke.time)
            if stroke.meaning != "pulse":
                if not stroke.repeat:
                    self._press, self._response_s = stroke, None
                if stroke.meaning == "alarm":
                    self._alarm = stroke.time
            elif stroke.before_ready:
                self._early_pulses.append(stroke.time)
            else:
                self._pulses.append(stroke.time)
                self._last_pulse = max(self._last_pulse or stroke.time, stroke.time)

    _take_pulse = _take_press = _take_strokes

    def _take_onset(self, record: Onset) -> None:
        self._onsets += 1
        self._trial = record.trial or self._trial

    def _take_choice(self, record: Choice) -> None:
        self._take_answer(record)

    def _take_share(self, record: Share) -> None:
        self._take_answer(record)
        self._points += record.points

    def _take_answer(self, record: Answer) -> None:
        self._answers[record.kind, record.trial] = record
        self._questions += 1
        if record.side is None:
            self._misses += 1
            self._in_a_row += 1
        else:
            self._in_a_row = 0
            self._response_s = record.response_time

    def _take_dropped(self, record: Dropped) -> None:
        self._dropped += 1
        self._latest_frame_s = max(self._latest_frame_s, record.late_s)

    def _take_warning(self, record: Warning) -> None:
        self._notes.append((record.t, printable(record.warning), "warning"))

    def _take_decision(self, record: Decision) -> None:
        why = f" (reason: {record.reason})" if record.reason is not None else ""
        self._notes.append((record.t, printable(f"Decided: {record.decision}{why}"), "decision"))

    def live(self, now: float | None = None, watched_s: float = float("inf")) -> Live:
        """Say how things stand.

        Parameters
        ----------
        now : float, optional
            The time by the clock of the stamps; left out, that of the latest stamp. It is never before that.
        watched_s : float
            For how long the journal has been looked at: only after a while its silence means something.
        """
        latest, end = self._latest or 0.0, self._latest_of(End)
        now = latest if now is None or self._is_virtual else max(now, latest)
        now = now if end is None else end.t
        zero = self._zero
        since_zero = None if zero is None else now - zero
        train = self._judge(now)
        phase = self._phase(since_zero)
        is_silent = self._is_silent(phase, now, watched_s)
        state, level = self._state(phase, now)
        said = self._latest_of(Train)
        since_pulse = None if self._last_pulse is None else max(now - self._last_pulse, 0.0)
        scan, last_pulse = self._protocol.scan, zero if self._last_pulse is None else self._last_pulse
        left = self._total_s - (since_zero or 0.0)
        return Live(
            **self._said,
            phase=phase,
            state=state,
            level=level,
            alerts=self._alerts(phase, now if is_silent else None),
            alarm_ago_s=None if self._alarm is None else now - self._alarm,
            trial=self._trial,
            screen=self._screen(phase),
            since_zero_s=since_zero,
            left_s=max(left, 0.0) if phase in ("running", "listening") else None,
            total_s=self._total_s,
            pulses=len(self._pulses),
            volumes_seen=train.volumes_seen,
            volumes=train.volumes_expected,
            since_pulse_s=since_pulse if end is None else None,
            is_pulse_due=phase == "running"
            and not is_silent
            and bool(self._starts.get("pulse"))
            and scan.pulses != "first_only"
            and (train.volumes_seen or 0) < train.volumes_expected
            and last_pulse is not None
            and latest - last_pulse > SILENCE_TR * scan.tr_s,
            tr_s=train.tr_s,
            protocol_tr_s=scan.tr_s,
            press="" if self._press is None else in_words(self._press),
            press_ago_s=None if self._press is None or end is not None else max(now - self._press.time, 0.0),
            response_s=self._response_s,
            questions=self._questions,
            misses=self._misses,
            misses_in_a_row=self._in_a_row,
            dropped_frames=self._dropped,
            latest_frame_s=self._latest_frame_s,
            points=self._points,
            sentences=tuple(
                printable(one.removesuffix(" The run goes on.") if is_silent else one)
                for one in (said or train).sentences
            ),
            command=printable((said and said.command) or ""),
            notes=tuple(
                Note(None if t is None or zero is None else t - zero, text, kind) for t, text, kind in self._notes
            ),
            doubts=tuple(map(printable, self._answering.doubts)) if end else (),
        )

    @property
    def _zero(self) -> float | None:
        zero = self._latest_of(Zero)
        return None if zero is None else zero.t

    def _phase(self, since_zero: float | None) -> Phase:
        end = self._latest_of(End)
        if end is not None:
            return "complete" if end.cause == "complete" else "ended early"
        if since_zero is None:
            return "waiting" if Ready in self._last else "preparing"
        return "running" if since_zero < self._total_s or self._onsets < len(self._due) else "listening"

    def _state(self, phase: Phase, now: float) -> tuple[str, Level]:
        if phase == "preparing":
            return "PREPARING: the screens are being built.", "quiet"
        if phase == "waiting":
            return self._waiting(now), "quiet"
        zero, end = self._latest_of(Zero), self._latest_of(End)
        by_hand = zero is not None and zero.source == "manual_start"
        started = ", started by hand and not by a pulse" * by_hand
        if phase == "running":
            return f"RUNNING{started}", "attention" if by_hand else "quiet"
        if end is None:
            return "ALL IS PERFORMED: listening until the scanner is silent.", "quiet"
        if phase == "complete":
            return f"COMPLETE{started}{self._clock_time(' at', end.t)}.", "quiet"
        what = end.cause if end.error is None else f"by an error, {end.error}"
        ended = f"ENDED EARLY{self._clock_time(' at', end.t)}: {printable(what)}."
        return ended, "attention" if end.error is None else "hand"

    def _waiting(self, now: float) -> str:
        is_ready = self._latest_of(Ready)
        ready = is_ready.t if is_ready else now
        before = self._protocol.scan.pulses_before_zero
        counted = f" Pulse {len(self._pulses)} of {before} before zero has come." * bool(before and self._pulses)
        pulse, by_hand = (", ".join(self._starts.get(key) or ()) for key in ("pulse", "manual_start"))
        start = f" ({pulse})" * bool(pulse) + f"; by hand: {by_hand}" * bool(by_hand)
        since = self._clock_time(" since", ready)
        return printable(f"WAITING FOR THE FIRST PULSE{since}, for {minutes(now - ready)}{start}.{counted}")

    def _clock_time(self, word: str, t: float) -> str:
        """Say when something was by the wall clock, in this computer's time zone."""
        clock = self._latest_of(Clock)
        if clock is None or self._is_virtual:
            return ""
        utc = datetime.fromisoformat(clock.utc) + timedelta(seconds=t - clock.t)
        return f"{word} {utc.astimezone():%H:%M:%S}"

    def _is_silent(self, phase: Phase, now: float, watched_s: float) -> bool:
        silent_s = now - (self._latest or now)
        return now - self._next_due(phase, now) > _SILENT_S and min(silent_s, watched_s) > _SILENT_S

    def _alerts(self, phase: Phase, silent_at: float | None) -> tuple[tuple[str, Level], ...]:
        alerts: list[tuple[str, Level]] = []
        if silent_at is not None:
            since = minutes(silent_at - (self._latest or silent_at))
            silent = f"NO SIGN OF LIFE for {since}: the program has died, or its disk or network hangs."
            alerts.append((f"{silent} Look there.", "hand"))
        focus = self._latest_of(Focus)
        if focus is not None and not focus.has and phase not in ("complete", "ended early"):
            lost = "THE TASK'S WINDOW HAS LOST THE FOCUS: presses and pulses may not arrive. Click on the window."
            alerts.append((lost, "hand"))
        return tuple(alerts)

    def _next_due(self, phase: Phase, now: float) -> float:
        """Give the time until which a living program has nothing to journal."""
        if phase == "preparing":
            clock = self._latest_of(Clock)
            return (clock.t if clock else now) + _PREPARING_S
        zero = self._zero
        if phase not in ("running", "listening") or zero is None:
            return now
        if self._onsets < len(self._due):
            return zero + self._due[self._onsets]
        over = zero + self._total_s
        return max(over, (self._last_pulse or over) + SILENCE_TR * self._protocol.scan.tr_s)

    def _screen(self, phase: Phase) -> str:
        if phase in ("preparing", "waiting"):
            return "" if phase == "preparing" else "waiting screen"
        if phase in ("complete", "ended early"):
            return "end of run, then the desktop" if phase == "complete" else "pause, then the desktop"
        onset = self._latest_of(Onset)
        if onset is None:
            return "waiting screen"
        if onset.trial is None:
            return on_screen(onset, None, None, None)
        answer = self._answers.get((name_of(onset.scene).lower(), onset.trial))
        choice = self._answers.get(("choice", onset.trial))
        chosen = choice.decider if isinstance(choice, Choice) else None
        return on_screen(onset, self._offers.get(onset.trial), chosen, answer)

    def _judge(self, now: float) -> PulseTrain:
        """Understand the pulses, at most once a second, and of many pulses so seldom that it costs a tenth of it.

        A pulse is missed only once something later was journalled: until then it may be the program that has died.
        """
        end = self._latest_of(End)
        if not self._starts.get("pulse"):  # this room has no pulses
            return self._train
        if self._judged is not None and end is None:
            at, took = self._judged
            if 0 <= now - at < max(1.0, 10 * took):  # less than 0: it was thought to be later than it is
                return self._train
        if self._judged is not None and self._judged[0] == float("inf"):  # the run has ended, and was judged
            return self._train
        began, scan = time.perf_counter(), self._protocol.scan
        is_complete = end is not None and end.cause == "complete"
        self._train = understand(
            self._pulses,
            self._zero,
            scan,
            self._protocol.volumes,
            now=self._latest if end is None else None,
            ended=is_complete,
            before_ready=self._early_pulses,
        )
        self._judged = (now if end is None else float("inf"), time.perf_counter() - began)
        return self._train


def live_of(records: Sequence[Record], now: float | None = None) -> Live:
    """Say how things stand after some records of a run, its head being the first."""
    watched = Watched(records[0])
    watched.take(records[1:])
    return watched.live(now)


def _said_by(head: Head) -> dict[str, Any]:
    source = "SIMULATED" if head.virtual else "EMULATED SCANNER" if head.emulated else "REAL SCANNER"
    return {
        "participant": printable(head.participant),
        "session": head.session and printable(head.session),
        "run": head.run,
        "runs": head.plan.protocol.runs.count,
        "attempt": head.attempt,
        "protocol": printable(head.plan.protocol.name),
        "site": printable(head.site["name"]),
        "source": source,
        "plays_by_itself": head.simulated_participant is not None,
        "trials": len(head.planned.trials),
    }
