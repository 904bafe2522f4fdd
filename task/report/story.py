"""The story of a run for people: who, when, with what, and what happened, from its journal alone.

Times are in seconds since the zero that counts; what came before it, or never had one, is said to be so. Texts out of
the journal are shown without what a terminal would obey.
"""

import json
import textwrap
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from task.record.answering import answering_of
from task.record.correction import corrected_zero, correction_of
from task.record.journal import JournalError
from task.record.kinds.answers import Choice, Feedback, Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import Clock, End, Zero
from task.record.kinds.notes import Decision, Warning
from task.record.kinds.screen import Display, Dropped, Focus, Onset
from task.record.kinds.train import Train
from task.record.records import Record, first, of_kind, stamp_of, to_facts
from task.record.strokes import Recorded, strokes_of
from task.report.words import in_words, printable
from task.scene.base import AsksForSide

WIDTH = 96
_LABEL = 13
_MOST = 20
_NOT_WHOLE = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)


def story_of(records: list[Record], *, full: bool = False, damage: str | None = None, name: str = "") -> list[str]:
    """Tell the story of a run.

    Parameters
    ----------
    records : list of Record
        The journal's records, its head being the first.
    full : bool
        Leave nothing out: all of protocol, site and wording, every press, the traceback of an error.
    damage : str or None
        What of the journal could not be read, if anything.
    name : str
        The journal, for messages.

    Returns
    -------
    list of str
        Lines of at most 96 columns, but for what is printed in full.

    Raises
    ------
    JournalError
        If a record lacks what it should hold.
    """
    try:
        return list(_Story(records, full, damage).lines())
    except _NOT_WHOLE as error:
        why = printable(f"{type(error).__name__}: {error}")[:150]
        raise JournalError(
            f"{name}: a record of this journal lacks what it should hold ({why}). Was it changed, or written "
            "by another program?"
        ) from None


class _Story:
    """A run's records, sorted for telling."""

    def __init__(self, records: list[Record], full: bool, damage: str | None) -> None:
        self.records, self.full, self.damage = records, full, damage
        self.head, self.end = head_in(records), first(records, End)
        self.zero = corrected_zero(records)
        self.clock = [(mark.t, datetime.fromisoformat(mark.utc)) for mark in of_kind(records, Clock)]
        self.last_t = max((t for record in records if (t := stamp_of(record)) is not None), default=0.0)

    def lines(self) -> Iterator[str]:
        yield from self._title()
        for label, text in (*self._how_it_went(), *self._with_what()):
            yield from _entry(label, text)
        yield from self._section("Trials", self._trials())
        yield from self._section("Warnings", self._warnings())
        yield from self._section("Decisions of the operator", self._decisions())
        yield from self._section("Frames that came late", self._dropped())
        yield from self._section("Focus of the participant's window", self._focus())
        yield from self._section("Presses that answered nothing", self._idle_presses())
        if self.full:
            texts = {"protocol": self.head.protocol, "site": self.head.site, "wording": self.head.wording}
            for what, whole in texts.items():
                if whole is not None:
                    yield from ("", f"Whole text of the {what}", *json.dumps(whole, indent=2).splitlines())
            if self.end and self.end.traceback is not None:
                yield from ("", "The error in full", *map(printable_line, self.end.traceback.splitlines()))

    # --- the head ------------------------------------------------------------------------------------------------

    def _title(self) -> Iterator[str]:
        head = self.head
        session = f", session {head.session}" if head.session else ""
        source = "SIMULATED" if head.virtual else "EMULATED SCANNER" if head.emulated else "REAL SCANNER"
        runs = head.protocol["runs"]["count"]
        title = printable(
            f"Participant {head.participant}{session}, run {head.run} of {runs}, attempt {head.attempt}, plan version "
            f"{head.version}"
        )
        yield f"{title}  {source:>{max(WIDTH - len(title) - 2, 0)}}"
        yield "=" * WIDTH
        if head.virtual:
            yield from _wrapped("Nothing here is real: time was virtual, nothing was shown, and nobody was there.")
        elif head.emulated:
            yield from _wrapped("The pulses are not real: they came from the emulated scanner.")
        if head.simulated_participant is not None:
            settings = ", ".join(f"{key} {value}" for key, value in head.simulated_participant.items())
            yield from _wrapped(f"The choices are not real: the simulated participant played ({settings}).")

    def _how_it_went(self) -> Iterator[tuple[str, str]]:
        yield "When", self._when()
        yield "End", self._ended()
        if self.damage:
            yield "DAMAGED", self.damage
        yield "Zero", self._zero()
        correction = correction_of(self.records)
        if correction is not None:
            yield "Zero moved", f"by {correction.by_s:+.4f} s after the run: {correction.reason}"
        pulses = [stroke for stroke in strokes_of(self.records) if stroke.meaning == "pulse"]
        early = sum(stroke.before_ready for stroke in pulses)
        train = first(self.records, Train)
        said = [f"{len(pulses) - early} came" + f", and {early} before the run was ready" * bool(early)]
        if train is not None:
            jitter = f" (SD {train.jitter_s * 1000:.1f} ms)" if train.jitter_s is not None else ""
            said[0] += f", measured TR {train.tr_s:.4f} s{jitter}" if train.tr_s is not None else ""
            seen, expected = train.volumes_seen, train.volumes_expected
            said[0] += f", {seen} of {expected} volumes seen" if seen is not None else ""
            said += train.sentences
        yield "Pulses", ". ".join([said[0], *said[1:]])
        if train is not None and train.command:
            yield "To re-zero", train.command
        shares, choices = of_kind(self.records, Share), of_kind(self.records, Choice)
        missed = sum(choice.side is None for choice in choices)
        points = sum(share.points for share in shares)
        answered = f"{len(choices)} choices, {missed} of them missed; {len(shares)} shares; {points} points"
        yield "Answers", ". ".join([answered, *answering_of(self.records).doubts])

    def _with_what(self) -> Iterator[tuple[str, str]]:
        head, display = self.head, first(self.records, Display)
        protocol, site, git, machine = head.protocol, head.site, head.git, head.machine
        whole = "" if self.full else " (its whole text: --full)"
        yield "Protocol", f"{protocol['name']}: {protocol['description'] or 'no description'}{whole}"
        yield "Site", f"{site['name']}: {site['description'] or 'no description'}{whole}"
        yield "Plan", f"seed {head.seed}, order index {head.order_index}, avatars {head.avatar_set}"
        yield "", f"digest {head.plan_digest}"
        deciders = [f"{who['id']} {who['type']}, {who['kind']} ({who['avatar']})" for who in head.deciders]
        yield "Deciders", "; ".join(deciders)
        if display is None:
            yield "Window", "none: the run ended before it was open"
        else:
            yield (
                "Window",
                ", ".join(f"{key.replace('_', ' ')} {_fact(value)}" for key, value in _facts(display).items()),
            )
        changed = git["changed"]
        state = (
            "whether it was changed is not known" if changed is None else "clean" if not changed else "CHANGED since"
        )
        yield "Program", f"git commit {git['commit'] or 'not known'}, {state}"
        if changed:
            yield "", "changed: " + ", ".join(line.strip() for line in changed.splitlines())
        yield "Versions", ", ".join(f"{name} {version}" for name, version in head.versions.items())
        yield "Machine", " ".join(str(value) for value in machine.values())

    def _when(self) -> str:
        if not self.clock:
            return "not known: the journal ends before the first look at the clock"
        start, end = self.clock[0][1], self._utc(self.end.t if self.end else self.last_t)
        note = " (virtual time, which begins in 1970)" if self.head.virtual else ""
        return f"{start:%Y-%m-%d %H:%M:%S} to {end:%H:%M:%S} UTC; {start.astimezone():%Y-%m-%d %H:%M:%S %z} here{note}"

    def _utc(self, t: float) -> datetime:
        at, utc = min(self.clock, key=lambda pair: abs(pair[0] - t))
        return utc + timedelta(seconds=t - at)

    def _ended(self) -> str:
        if self.end is None:
            return (
                f"CUT OFF, {self._at(self.last_t)}: the journal has no end. The program was killed, the computer "
                "failed, or the run is still going on."
            )
        problem = f": {self.end.error}" if self.end.error is not None else ""
        return f"{self.end.cause}{problem}, {self._at(self.end.t)}"

    def _zero(self) -> str:
        zero = first(self.records, Zero)
        if zero is None:
            return "never came"
        at = f" at {self._utc(zero.t):%H:%M:%S.%f} UTC" if self.clock else ""
        before = zero.pulses_before
        counted = f", after {before} pulse{'s' * (before != 1)} that came before it" if before else ""
        by = "a pulse of the scanner" if zero.source == "pulse" else "the manual start: NOT TIED TO A PULSE"
        if zero.source == "pulse" and self.head.emulated:
            by = "a pulse of the emulated scanner"
        return f"by {by}{at}{counted}"

    # --- what happened -------------------------------------------------------------------------------------------

    def _at(self, t: float) -> str:
        """Say when something was, in words."""
        if self.zero is None:
            return f"at {t:.3f} s on the clock, without a zero"
        return f"{abs(t - self.zero):.3f} s {'after' if t >= self.zero else 'before'} zero"

    def _stamp(self, t: float | None) -> str:
        """Give a time for the head of a line: since zero, or on the clock if there was no zero."""
        if t is None:
            return "after run".rjust(10)
        return f"{t - (self.zero or 0.0):10.3f}"

    def _section(self, title: str, lines: Iterable[str]) -> Iterator[str]:
        lines = list(lines)
        if not lines:
            return
        hidden = 0 if self.full or title == "Trials" else len(lines) - _MOST
        since = "since zero" if self.zero is not None else "on the clock, as there was no zero"
        yield from ("", f"{title} (seconds {since})")
        yield from lines[:_MOST] if hidden > 0 else lines
        if hidden > 0:
            yield f"{'...':>10}  and {hidden} more: --full"

    def _trials(self) -> Iterator[str]:
        choices = {one.trial: one for one in of_kind(self.records, Choice)}
        feedbacks = {one.trial: one for one in of_kind(self.records, Feedback)}
        shares = {one.trial: one for one in of_kind(self.records, Share)}
        shown: dict[int, float] = {}
        for onset in of_kind(self.records, Onset):
            if onset.trial is not None:
                shown.setdefault(onset.trial, onset.t)
        if shown:
            yield " choice at  trial  offered     chosen        after  rank  spots  outcome   share"
        for trial in self.head.planned_run["trials"]:
            number = trial["trial"]
            if number not in shown:
                continue
            choice, feedback, share = choices.get(number), feedbacks.get(number), shares.get(number)
            chosen, after = "not decided", ""
            if choice is not None:
                chosen = "missed" if choice.side is None else f"{choice.side}: {choice.decider}"
                after = "" if choice.response_time is None else f"{choice.response_time:.3f} s"
            offer = f"{trial['left']} or {trial['right']}"
            line = f"{self._stamp(shown[number])}  {number:>5}  {offer:<10}  {chosen:<10}  {after:>7}"
            yield printable_line(f"{line}  {self._feedback(feedback, trial)}  {self._share(share)}".rstrip())
        if any(trial["kind"] == "hidden" and trial["trial"] in shown for trial in self.head.planned_run["trials"]):
            yield f"{'':10}  A rank in brackets was not shown."

    @staticmethod
    def _feedback(feedback: Feedback | None, trial: dict[str, Any]) -> str:
        if feedback is None:
            return " " * 21
        rank = f"({feedback.rank})" if trial["kind"] == "hidden" else f"{feedback.rank} "
        return f"{rank:>4}  {feedback.spots:>5}  {'match' if feedback.match else 'no match':<8}"

    @staticmethod
    def _share(share: Share | None) -> str:
        if share is None:
            return ""
        how = "no press" if share.response_time is None else f"{share.response_time:.3f} s"
        return f"{share.share} {share.points}, {how}"

    def _warnings(self) -> Iterator[str]:
        for one in of_kind(self.records, Warning):
            yield from self._line(one.t, one.warning)

    def _decisions(self) -> Iterator[str]:
        for one in of_kind(self.records, Decision):
            why = f" (reason: {one.reason})" if one.reason is not None else ""
            when = f" ({one.utc[:19]} UTC)" if one.utc is not None else ""
            yield from self._line(one.t, f"{one.decision}{why}{when}")

    def _dropped(self) -> Iterator[str]:
        for one in of_kind(self.records, Dropped):
            yield from self._line(one.t, f"late by {one.late_s * 1000:.1f} ms")

    def _focus(self) -> Iterator[str]:
        for one in of_kind(self.records, Focus):
            yield from self._line(one.t, "has it again" if one.has else "LOST: keys may have gone elsewhere")

    def _idle_presses(self) -> Iterator[str]:
        """Give every press that answered nothing, those without a meaning among them; in full, its repeats as well."""
        opened: dict[tuple[str, int | None], float] = {}
        answers = set()
        for record in self.records:
            if isinstance(record, Onset) and isinstance(record.scene, AsksForSide):
                opened[type(record.scene).__name__.lower(), record.trial] = record.t
            elif isinstance(record, Choice | Share) and record.response_time is not None:
                answers.add(round(opened[record.kind, record.trial] + record.response_time, 6))
        for stroke in strokes_of(self.records):
            is_told = self.full or not stroke.repeat
            if stroke.meaning != "pulse" and is_told and not self._did_something(stroke, answers):
                yield from self._line(stroke.time, in_words(stroke))

    def _did_something(self, stroke: Recorded, answers: set[float]) -> bool:
        zero = first(self.records, Zero)
        made_zero = zero is not None and zero.source == "manual_start" and zero.t == stroke.time
        return made_zero or (stroke.meaning in ("left", "right") and round(stroke.time, 6) in answers)

    def _line(self, t: float | None, text: str) -> Iterator[str]:
        for number, line in enumerate(_wrapped(printable(text), WIDTH - 12)):
            yield f"{self._stamp(t) if number == 0 else ' ' * 10}  {line}"


def printable_line(text: str) -> str:
    """Give a line without what a terminal would obey, its spaces as they are."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _wrapped(text: str, width: int = WIDTH) -> list[str]:
    return textwrap.wrap(text, width, break_on_hyphens=False) or [""]


def _entry(label: str, text: str) -> Iterator[str]:
    for number, line in enumerate(_wrapped(printable(text), WIDTH - _LABEL)):
        yield f"{label if number == 0 else '':<{_LABEL}}{line}".rstrip()


def _facts(display: Display) -> dict[str, Any]:
    return {key: value for key, value in to_facts(display).items() if key not in ("n", "kind", "t")}


def _fact(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " x ".join(map(str, value)) if isinstance(value, tuple) else str(value)
