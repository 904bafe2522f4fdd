"""The intake: reads all devices, journals every stroke, and says what each one means.

What a box sends again while a button is held is no press (see ``task.record.repeats``): it is journalled as what it is.
A handful of strokes get a record each. A flood of them, as from a broken cable, shares one, so that noise costs no
frame; and of a flood only so much is taken at a time.
"""

import math
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from task.config.site import Strokes
from task.devices.strokes import Device, Stroke
from task.record.kinds.strokes import Press, Pulse
from task.record.kinds.strokes import Strokes as Flood
from task.record.records import Record
from task.record.repeats import TELLS_S, Repeats

_FLOOD = 30  # strokes between two frames that no person and no scanner sends
_AT_A_TIME = 400
_ALARM_AGAIN_S = 5.0


class _Taken(NamedTuple):
    stroke: Stroke
    meaning: str | None
    is_repeat: bool


class Intake:
    """Takes strokes from devices into the journal.

    Parameters
    ----------
    devices : sequence of Device
        All sources of strokes, opened.
    strokes : Strokes
        What each stroke means, from the site file.
    write : callable
        Takes the record of every stroke.
    warn : callable
        Takes a warning for operator and journal, and the time that it is about.

    Attributes
    ----------
    ready : float
        Strokes stamped before it came too early to count; infinite until the run is ready.
    pulses : list of float
        Stamps of the pulses since then, in seconds on the clock.
    early_pulses : list of float
        Stamps of the pulses before it was.
    is_aborted : bool
        Whether the operator has ended the run by the site's abort strokes.
    """

    def __init__(
        self,
        devices: Sequence[Device],
        strokes: Strokes,
        write: Callable[[Record], None],
        warn: Callable[[str, float], None],
    ) -> None:
        self._devices, self._strokes, self._write, self._warn = devices, strokes, write, warn
        self._meanings = strokes.meanings
        self._waiting: list[Stroke] = []
        self._repeats = Repeats({key for key, meaning in self._meanings.items() if meaning == "pulse"})
        self._aborts: deque[float] = deque(maxlen=strokes.abort_presses)
        self._was_early = False
        self._last_alarm = -math.inf
        self.ready = math.inf
        self.pulses: list[float] = []
        self.early_pulses: list[float] = []
        self.is_aborted = False

    @property
    def is_behind(self) -> bool:
        """Whether strokes wait to be taken at the next call."""
        return bool(self._waiting)

    @property
    def tells_at(self) -> float:
        """When it can be told what the stroke is that waits; infinite if none does."""
        return self._waiting[0].time + TELLS_S if self._waiting else math.inf

    def take(self, until: float) -> Iterator[tuple[Stroke, str]]:
        """Journal the strokes stamped up to a time, and give those that count and mean something, in order."""
        for device in self._devices:
            self._waiting += device.read(until)
            for notice in device.notices():
                self._warn(f"{notice.device}: {notice.text}", notice.time)
        self._waiting.sort()
        yield from self._pass_on(until)

    def finish(self) -> None:
        """Journal what still waits, as nothing more will be read."""
        while self._waiting:
            deque(self._pass_on(math.inf), maxlen=0)

    def _pass_on(self, until: float) -> Iterator[tuple[Stroke, str]]:
        told, self._waiting = self._repeats.tell(self._waiting, until, _AT_A_TIME)
        taken = [_Taken(one, self._meanings.get((one.device, one.code)), is_repeat) for one, is_repeat in told]
        is_flood = len(taken) > _FLOOD
        if is_flood:
            self._journal_together(taken)
        for one in taken:
            stroke, meaning = one.stroke, one.meaning
            counts = stroke.time >= self.ready
            if meaning == "pulse":
                (self.pulses if counts else self.early_pulses).append(stroke.time)
            if not is_flood:
                self._journal_one(one, counts)
            if meaning == "alarm":
                self._sound_alarm(stroke.time)
            if not counts:
                self._warn_if_scanning(stroke.time, meaning)
            elif meaning == "abort" and not one.is_repeat:
                self._take_abort(stroke.time)
            elif meaning is not None and not one.is_repeat:
                yield stroke, meaning

    def _journal_together(self, taken: Sequence[_Taken]) -> None:
        flood = tuple((one.stroke.time, one.stroke.device, one.stroke.code, one.meaning) for one in taken)
        repeats = tuple(number for number, one in enumerate(taken) if one.is_repeat)
        self._write(Flood(t=flood[0][0], strokes=flood, repeats=repeats or None))

    def _journal_one(self, one: _Taken, counts: bool) -> None:
        t, code, device, _ = one.stroke
        if one.meaning != "pulse":
            press = Press(
                t=t, device=device, code=code, meaning=one.meaning, before_ready=not counts, repeat=one.is_repeat
            )
            self._write(press)
        else:
            number = len(self.pulses) if counts else None
            self._write(Pulse(t=t, device=device, code=code, pulse=number, before_ready=not counts))

    def _take_abort(self, time: float) -> None:
        self._aborts.append(time)
        enough = len(self._aborts) == self._strokes.abort_presses
        if enough and self._aborts[-1] - self._aborts[0] <= self._strokes.abort_within_s:
            self.is_aborted = True

    def _sound_alarm(self, time: float) -> None:
        if time - self._last_alarm >= _ALARM_AGAIN_S:
            self._warn("ALARM: the participant calls. Speak to them now; the task goes on until you end it.", time)
        self._last_alarm = time

    def _warn_if_scanning(self, time: float, meaning: str | None) -> None:
        """Say once that the scanner pulses while the run is still being built; that starts nothing."""
        if meaning == "pulse" and not self._was_early:
            self._was_early = True
            self._warn(
                "A pulse arrived before the task was ready: the scanner is running already. Stop the scan, end "
                "this run, and start both again, or time zero will be a later volume.",
                time,
            )
