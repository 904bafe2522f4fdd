"""The reading process: ``python -m task.devices.reading`` reads one source, and is waited for by nobody.

A process of its own has an interpreter lock of its own: it stamps a stroke when it arrives, whatever the run is busy
with. It says "up"; takes the settings as one line of JSON; answers with the time on its clock, then with "open" or why
not. From then on a line is a stroke ("12.345678 5") or, begun with "!", a notice. It ends when its input does, with the
program that started it; Ctrl-C is that program's business. It imports little, so that it is there at once.

Should the system leave it standing all the same (a computer under strain, a program that was stopped), it says so: what
it then finds has waited, nobody knows for how long.
"""

import gc
import json
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from importlib import import_module

from task.devices.gate import Arrived, Gate
from task.devices.notice_limit import NoticeLimit
from task.devices.source import WAIT_S, Say, Settings, Source, SourceError

SOURCES = {
    "serial": ("task.devices.serial_port", "SerialPort"),
    "parallel": ("task.devices.parallel_port", "ParallelPort"),
    "udp": ("task.devices.network", "UdpPort"),
    "tcp": ("task.devices.network", "TcpPort"),
    "lsl": ("task.devices.lsl", "LslStream"),
}
_RETRY_S = 0.5
_REST_S = 0.001
_HELD_UP_S = 2 * WAIT_S


class Pipe:
    """The way to the program that started this one; nothing else is printed there, whatever a library prints."""

    def __init__(self) -> None:
        self._out = os.dup(1)
        os.dup2(2, 1)

    def send(self, text: str) -> None:
        """Send whole lines."""
        data = text.encode()
        while data:
            data = data[os.write(self._out, data) :]

    def say(self, now: float, text: str) -> None:
        """Send a notice."""
        self.send(f"!{now!r} {' '.join(text.split())}\n")


def main() -> None:
    """Read the source that the settings name until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()
    with suppress(OSError, AttributeError):  # first in the queue for the processor, where the system lets us
        os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
    pipe = Pipe()
    pipe.send("up\n")
    settings = json.loads(sys.stdin.buffer.readline() or "null")
    pipe.send(f"{time.perf_counter()!r}\n")
    if settings is None:
        return
    notices = NoticeLimit(pipe.say)
    gate, busy = Gate(settings["codes"], notices.say), threading.Lock()
    threading.Thread(target=_end_with_input, args=(gate, notices, busy), daemon=True).start()
    source = make_source(settings, notices.say)
    if not settings["again"]:
        try:
            source.open()
        except SourceError as error:
            pipe.send(f"{' '.join(str(error).split())}\n")
            return
    pipe.send("open\n")
    if settings["again"]:
        _reopen(source, notices.say)
    _read(source, gate, notices, pipe, busy)


def make_source(settings: Settings, say: Say) -> Source:
    """Make the source that the settings name; only its own libraries are imported."""
    module, name = SOURCES[settings["kind"]]
    made: Source = getattr(import_module(module), name)(settings, say)
    return made


def _read(source: Source, gate: Gate, notices: NoticeLimit, pipe: Pipe, busy: threading.Lock) -> None:
    came_round = time.perf_counter()
    while True:
        try:
            arrived = source.read()
        except OSError as error:
            reason = error.strerror or str(error)
            notices.say(time.perf_counter(), f"gone ({reason}). Check plug and power; it is looked for twice a second")
            source.close()
            _reopen(source, notices.say)
            came_round = time.perf_counter()
            continue
        began = time.perf_counter()
        held_up_s, came_round = began - came_round, began
        with busy:
            if held_up_s > _HELD_UP_S:
                what = f"the reading process was held up for {held_up_s:.1f} s"
                notices.say(began, f"{what}; what came meanwhile is stamped too late. Close other programs")
            if arrived:
                passed = gate.through(arrived)
                if passed:
                    pipe.send("".join([f"{stamp!r} {code}\n" for stamp, code in _in_order(passed)]))
            now = time.perf_counter()
            gate.tell(now)
            notices.tell(now)
        if arrived and gate.is_babbling(now):
            time.sleep(max(_REST_S, now - began))  # half of a core at most


def _in_order(arrived: list[Arrived]) -> Iterator[Arrived]:
    """Set strokes that came together apart by the least that a stamp can hold, so that sorting keeps their order."""
    same, apart = -math.inf, 0.0
    for stamp, code in arrived:
        same, apart = stamp, math.nextafter(apart, math.inf) if stamp == same else stamp
        yield apart, code


def _reopen(source: Source, say: Say) -> None:
    gone = time.perf_counter()
    while True:
        time.sleep(_RETRY_S)
        try:
            source.open()
        except SourceError:
            continue
        now = time.perf_counter()
        say(now, f"back after {now - gone:.1f} s; what it sent in between is lost")
        return


def _end_with_input(gate: Gate, notices: NoticeLimit, busy: threading.Lock) -> None:
    try:
        while os.read(0, 1000):
            pass
        with busy:
            now = time.perf_counter()
            gate.tell(now, is_last=True)
            notices.tell(now, is_last=True)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main()
