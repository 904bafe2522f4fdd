"""The live view as plain lines, for where nothing can be drawn: a line for each change worth knowing."""

import re
from collections.abc import Iterable, Iterator

from task.record.answering import MISSES_THAT_MATTER
from task.report.drawing import rows_of, title_of
from task.report.live import Live
from task.report.words import minutes


def lines_of(before: Live | None, now: Live) -> Iterator[str]:
    """Give a line for each thing that has changed, or has come, since the view before; None if there was none."""
    when = "before zero" if now.since_zero_s is None else f"at {minutes(now.since_zero_s)}"
    if before is None:
        plays = ", the simulated participant plays" * now.plays_by_itself
        yield f"{title_of(now)}, protocol {now.protocol}, site {now.site}: {now.source}{plays}."
    if before is None or before.phase != now.phase:
        yield f"{when}: {now.state}"
    if now.alarm_ago_s is not None and (before is None or before.alarm_ago_s is None):
        yield f"{when}: ALARM: the participant pressed the alarm. Speak to the participant now."
    if now.is_pulse_due and (before is None or not before.is_pulse_due):
        yield f"{when}: NO PULSE WHERE ONE IS DUE."
    if now.misses_in_a_row >= MISSES_THAT_MATTER and (before is None or now.misses_in_a_row > before.misses_in_a_row):
        yield f"{when}: {now.misses_in_a_row} questions in a row without an answer: is the participant awake?"
    alerted = [text for text, _ in before.alerts] if before else []
    yield from (f"{when}: {text}" for text in _new([text for text, _ in now.alerts], alerted))
    for note in now.notes[len(before.notes) if before else 0 :]:
        noted = when if note.since_zero_s is None else f"at {minutes(note.since_zero_s)}"
        yield f"{noted}: {'Warning: ' if note.kind == 'warning' else ''}{note.text}"
    is_over = now.phase in ("complete", "ended early")
    just_over = is_over and (before is None or before.phase != now.phase)
    said = before.sentences if before and not just_over else ()
    yield from (f"{when}: {text}" for text in (*_new(now.sentences, said), *(now.doubts if just_over else ())))
    if now.command and (before is None or before.command != now.command):
        yield f"To re-zero, with your reason put in: {now.command}"
    if before is None or before.trial != now.trial or just_over:
        yield f"{when}: " + "; ".join(f"{label}: {text}" for label, text, _ in rows_of(now))


def _new(texts: Iterable[str], before: Iterable[str]) -> Iterator[str]:
    """Give the texts that say something new, be it not only other numbers."""
    known = {_without_numbers(text) for text in before}
    return (text for text in texts if _without_numbers(text) not in known)


def _without_numbers(text: str) -> str:
    return " ".join(re.findall(r"[A-Za-z]{2,}", text)[:2]).replace("pulses", "pulse")
