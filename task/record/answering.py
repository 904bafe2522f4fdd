"""What answers and strokes say of how a run goes: whether the participant can answer, and does.

Records are taken in as they are written or read. Each gives what the operator should hear at once; all of them together
give what there is to say of the run. It is told, and nothing is changed: answers stay on record as they came.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from task.record.kinds.answers import Choice, Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import Ready
from task.record.kinds.strokes import Press, Strokes
from task.record.records import Record
from task.record.strokes import Recorded, strokes_of

MISSES_THAT_MATTER = 3
"""So many questions in a row without an answer, and somebody should look after the participant."""
FASTEST_S = 0.15
"""Nobody sees a picture, decides and presses in less."""
_STUCK_S = 5.0
_REPEATS_THAT_MATTER = 3
_UNKNOWN_TOLD = 3  # of each device, so that noise, or somebody who types, does not fill the screen
_ANSWERS_FOR_A_SIDE = 8
_MOST = 5

Key = tuple[str, str]
"""The device and code of a stroke."""


class Said(NamedTuple):
    """A sentence on a run, and whether somebody should think about it."""

    text: str
    is_worrying: bool = True


class Answering:
    """Takes the records of a run, and says what its answers and strokes tell.

    Parameters
    ----------
    meant : mapping of str to sequence of str
        The strokes of each meaning, as "device:code"; from the site.
    """

    def __init__(self, meant: Mapping[str, Sequence[str]]) -> None:
        self._meant = {meaning: strokes for meaning, strokes in meant.items() if isinstance(strokes, list | tuple)}
        self._ready: Ready | None = None
        self._answers: list[Choice | Share] = []
        self._presses: Counter[str] = Counter()  # of each meaning
        self._since_answer = 0
        self._unknown: Counter[Key] = Counter()
        self._repeats: Counter[Key] = Counter()
        self._down_since: dict[Key, float] = {}
        self._longest: dict[Key, float] = {}

    def take(self, record: Record) -> list[str]:
        """Take the next record, and give what the operator should be warned of now."""
        if isinstance(record, Ready):
            self._ready = record
        elif isinstance(record, Press | Strokes):
            return [warning for stroke in self._strokes_in(record) for warning in self._take_stroke(stroke)]
        elif isinstance(record, Choice | Share):
            return list(self._take_answer(record))
        return []

    # --- at once -------------------------------------------------------------------------------------------------

    def _strokes_in(self, record: Press | Strokes) -> Iterable[Recorded]:
        return strokes_of([record] if self._ready is None else [self._ready, record])

    def _take_stroke(self, stroke: Recorded) -> Iterable[str]:
        if stroke.meaning == "pulse":
            return
        key = stroke.device, stroke.code
        if stroke.repeat:
            yield from self._take_repeat(key, stroke)
            return
        self._down_since[key] = stroke.time
        if stroke.before_ready:
            return
        if stroke.meaning is None:
            self._unknown[key] += 1
            if self._unknown[key] == 1:
                yield from self._told_of_unknown(key)
        else:
            self._presses[stroke.meaning] += 1
            self._since_answer += stroke.meaning in ("left", "right")

    def _take_repeat(self, key: Key, stroke: Recorded) -> Iterable[str]:
        self._repeats[key] += 1
        before, now = self._longest.get(key, 0.0), stroke.time - self._down_since.get(key, stroke.time)
        self._longest[key] = max(before, now)
        if stroke.meaning is None:
            return
        if self._repeats[key] == _REPEATS_THAT_MATTER:
            yield (
                f"{_named(key, stroke.meaning)} is sent several times for one press: the box repeats it while it is "
                "held, or a switch bounces. Only the first counts. Set the box to send each press once."
            )
        if before < _STUCK_S <= now:
            yield (
                f"{_named(key, stroke.meaning)} has been down for {now:.0f} s: it is held, or stuck. Nothing that it "
                "sends counts until it is let go."
            )

    def _told_of_unknown(self, key: Key) -> Iterable[str]:
        device, code = key
        known = [other for other in self._unknown if other[0] == device]
        if len(known) <= _UNKNOWN_TOLD:
            yield (
                f"{device}:{code} has come, which means nothing at this site. {self._known_of(device)} If it is a "
                "button or the scanner, write it under [strokes] of the site file; else let nobody press it."
            )
        elif len(known) == _UNKNOWN_TOLD + 1:
            yield f"More codes that mean nothing at this site come from {device}; they are summed up after the run."

    def _take_answer(self, record: Choice | Share) -> Iterable[str]:
        self._answers.append(record)
        if record.side is not None:
            self._since_answer = 0
            if record.response_time is not None and record.response_time < FASTEST_S and len(self._fast) == 1:
                yield (
                    f"Trial {record.trial} was answered {_in_ms(record.response_time)} after the picture: no person is "
                    "so fast. Look whether the box sends by itself, or a button is held. The record keeps it."
                )
        elif self._in_a_row == MISSES_THAT_MATTER:
            none = len(self._answers) == MISSES_THAT_MATTER
            what = f"None of the first {MISSES_THAT_MATTER} questions was" if none else (
                f"{MISSES_THAT_MATTER} questions in a row were not"
            )  # fmt: skip
            yield f"{what} answered. {self._why_missed()}"

    def _why_missed(self) -> str:
        if self._since_answer:
            return "Presses do come, but none while a question takes them: speak to the participant."
        if self._unknown:
            return f"What does come means nothing here: {self._unknown_listed()}."
        buttons = " or ".join((*self._meant.get("left", ()), *self._meant.get("right", ())))
        if self._presses["left"] + self._presses["right"] == 0:
            return (
                f"No press of {buttons} has come at all: look whether the box is on, its cable in, and its mode right."
            )
        return "Is the participant awake, and the box in the hand?"

    # --- in all --------------------------------------------------------------------------------------------------

    def sentences(self) -> list[Said]:
        """Say how the run was answered, and then what somebody should think about."""
        return [*self._on_answers(), *self._on_strokes()]

    @property
    def doubts(self) -> list[str]:
        """The sentences that somebody should think about."""
        return [said.text for said in self.sentences() if said.is_worrying]

    @property
    def doubtful_answers(self) -> list[str]:
        """Those of them that are on answers."""
        return [said.text for said in self._on_answers() if said.is_worrying]

    @property
    def no_answers(self) -> str:
        """What to say of a run none of whose choices was answered; empty if one was, or if there was none."""
        choices = [one for one in self._answers if isinstance(one, Choice)]
        if not choices or any(one.side for one in choices):
            return ""
        return f"NONE of its {len(choices)} choices was answered"

    def _on_answers(self) -> Iterable[Said]:
        choices, shares = ([one for one in self._answers if isinstance(one, kind)] for kind in (Choice, Share))
        if not choices:
            return
        counted = [f"{sum(bool(one.side) for one in choices)} of {_count(len(choices), 'choice')}"]
        if shares:
            counted.append(f"{sum(bool(one.side) for one in shares)} of {_count(len(shares), 'share')}")
        yield Said(f"Answered: {' and '.join(counted)}.", is_worrying=False)
        missed = sum(one.side is None for one in choices)
        longest = self._longest_row()
        if self.no_answers:
            yield Said(f"{self.no_answers}. {self._why_missed()}")
        elif 2 * missed > len(choices):
            yield Said(f"Most of the choices, {missed} of {len(choices)}, were missed.")
        elif len(longest) >= MISSES_THAT_MATTER:
            trials = f"trials {longest[0]} to {longest[-1]}"
            yield Said(f"{len(longest)} questions in a row were not answered ({trials}).")
        sides = Counter(one.side for one in self._answers if one.side)
        if len(sides) == 1 and sides.total() >= _ANSWERS_FOR_A_SIDE:
            (side,) = sides
            yield Said(f"All {sides.total()} answers were {side}: look whether the other button works.")
        if self._fast:
            fastest = min(one.response_time or 0.0 for one in self._fast)
            trials = ", ".join(str(number) for number in dict.fromkeys(one.trial for one in self._fast))
            yield Said(
                f"{_count(len(self._fast), 'answer')} came faster than any person is ({_in_ms(FASTEST_S)} after the "
                f"picture), the fastest after {_in_ms(fastest)}: trials {trials}. They are on record as they came; "
                "leave them out of an analysis."
            )

    def _on_strokes(self) -> Iterable[Said]:
        if self._unknown:
            devices = dict.fromkeys(device for device, _ in self._unknown)
            known = " ".join(self._known_of(device) for device in devices)
            yield Said(f"Strokes came that mean nothing at this site: {self._unknown_listed()}. {known}")
        for key, count in self._repeats.items():
            meaning = self._meaning_of(key)
            if meaning is None or count < _REPEATS_THAT_MATTER:
                continue
            held = f", once for {self._longest[key]:.0f} s on end" if self._longest[key] >= _STUCK_S else ""
            yield Said(
                f"{_named(key, meaning)} was sent {_count(count, 'more time')} for presses that were already there, "
                f"held or bouncing{held}. These count for nothing. Set the box to send each press once."
            )

    # --- counting ------------------------------------------------------------------------------------------------

    @property
    def _fast(self) -> list[Choice | Share]:
        return [one for one in self._answers if one.response_time is not None and one.response_time < FASTEST_S]

    @property
    def _in_a_row(self) -> int:
        """Misses since the last answer."""
        return next((i for i, one in enumerate(reversed(self._answers)) if one.side), len(self._answers))

    def _longest_row(self) -> list[int]:
        """The trials of the longest row of misses."""
        row: list[int] = []
        longest: list[int] = []
        for one in self._answers:
            row = [] if one.side else [*row, one.trial]
            longest = max(longest, row, key=len)
        return longest

    def _unknown_listed(self) -> str:
        most = self._unknown.most_common(_MOST)
        listed = ", ".join(f"{device}:{code} ({_count(count, 'time')})" for (device, code), count in most)
        more = len(self._unknown) - len(most)
        return listed + (f" and {_count(more, 'other code')}" if more else "")

    def _known_of(self, device: str) -> str:
        """Say what the site knows of a device."""
        known = [
            f"{stroke.partition(':')[2]} ({meaning.replace('_', ' ')})"
            for meaning, strokes in self._meant.items()
            for stroke in strokes
            if stroke.partition(":")[0] == device
        ]
        return f"Of {device} it knows {', '.join(known)}." if known else f"Of {device} it knows nothing."

    def _meaning_of(self, key: Key) -> str | None:
        return next((meaning for meaning, strokes in self._meant.items() if ":".join(key) in strokes), None)


def answering_of(records: Sequence[Record]) -> Answering:
    """Take in all records of a journal, its head being the first."""
    answering = Answering(head_in(records).site["strokes"])
    for record in records:
        answering.take(record)
    return answering


def _named(key: Key, meaning: str) -> str:
    return f"{':'.join(key)} ({meaning.replace('_', ' ')})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _in_ms(seconds: float) -> str:
    ms = seconds * 1000
    return f"{ms:.1f} ms" if ms < 10 else f"{ms:.0f} ms"
