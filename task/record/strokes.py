"""The strokes of a journal, whether they have a record each or came as a flood and share one."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from task.record.kinds.marks import Ready
from task.record.kinds.strokes import Press, Pulse, Strokes
from task.record.records import Record


class Recorded(NamedTuple):
    """A stroke in a journal: its time on the clock in seconds, device, code, and meaning if it has one.

    ``repeat`` says that it is the same press once more, held or bouncing.
    """

    time: float
    device: str
    code: str
    meaning: str | None
    before_ready: bool
    repeat: bool = False


def strokes_of(records: Iterable[Record]) -> Iterator[Recorded]:
    """Give all strokes of a journal in its order."""
    ready: float | None = None
    for record in records:
        if isinstance(record, Ready):
            ready = record.t
        elif isinstance(record, Pulse | Press):
            meaning = "pulse" if isinstance(record, Pulse) else record.meaning
            again = isinstance(record, Press) and record.repeat
            yield Recorded(record.t, record.device, record.code, meaning, record.before_ready, again)
        elif isinstance(record, Strokes):
            repeats = set(record.repeats or ())
            for number, (time, device, code, meaning) in enumerate(record.strokes):
                yield Recorded(time, device, code, meaning, ready is None or time < ready, number in repeats)


def pulse_times(records: Iterable[Record]) -> list[float]:
    """Give the stamps of the pulses that count, in seconds on the clock: those since the run was ready."""
    return [stroke.time for stroke in strokes_of(records) if stroke.meaning == "pulse" and not stroke.before_ready]
