"""The measuring rig: a virtual screen, a photodiode on its framebuffer, and fingers on its keys.

A task's own log cannot say whether it is true. So the picture is read where the X server keeps it, and keys are typed
by a process that notes when it typed them; both, and the task, read one clock (``time.perf_counter``, which on Linux
is CLOCK_MONOTONIC in all processes).
"""

import mmap
import os
import platform
import struct
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import numpy as np

_PROCESSES = get_context("spawn")
_READ_EVERY_S = 0.00052  # with the waking up and the reading, about 0.6 ms
_SPUN_S = 0.0005
_CERTAIN_S = 0.001
_BYTES_PER_PIXEL = 4


@dataclass(frozen=True)
class Screen:
    """A virtual screen: its name for DISPLAY, and the file in which its picture lies."""

    display: str
    framebuffer: Path
    process: int


@contextmanager
def virtual_screen(width: int = 1280, height: int = 720) -> Iterator[Screen]:
    """Start Xvfb with its picture in a file, and name it in DISPLAY until the block is left.

    Parameters
    ----------
    width, height : int
        Size in pixels.
    """
    reading, writing = os.pipe()
    with tempfile.TemporaryDirectory(dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as folder:
        command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", f"{width}x{height}x24", "-fbdir", folder]
        server = subprocess.Popen(
            [*command, "-nolisten", "tcp", "-noreset"],
            pass_fds=[writing],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        before = os.environ.get("DISPLAY")
        try:
            with os.fdopen(reading) as pipe:
                number = pipe.readline().strip()
            if not number:
                raise RuntimeError(f"Xvfb did not start: {' '.join(command)}")
            os.environ["DISPLAY"] = f":{number}"
            yield Screen(f":{number}", Path(folder) / "Xvfb_screen0", server.pid)
        finally:
            if before is None:
                os.environ.pop("DISPLAY", None)
            else:
                os.environ["DISPLAY"] = before
            server.terminate()
            server.wait()


# --- the photodiode --------------------------------------------------------------------------------------------------


class Patch(NamedTuple):
    """A rectangle of the picture, in pixels from its top left corner."""

    left: int
    top: int
    width: int
    height: int


class Change(NamedTuple):
    """A change of a patch: the first reading that differs, and the reading before it; the truth lies between."""

    before: float
    after: float

    @property
    def time(self) -> float:
        """The middle of the two readings, in seconds."""
        return (self.before + self.after) / 2


class Helper:
    """A process of its own, from entering the block to leaving it.

    Parameters
    ----------
    target : callable
        What it does; takes a connection, on which it sends anything once it is ready, and later what it found.
    *arguments
        Further arguments.
    """

    def __init__(self, target: Any, *arguments: Any) -> None:
        self._ours, theirs = _PROCESSES.Pipe()
        self._process = _PROCESSES.Process(target=target, args=(theirs, *arguments), daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        self._ours.recv()  # it is ready
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.is_alive():
            self._process.terminate()
        self._process.join()

    @property
    def process(self) -> int:
        """The process's number."""
        return int(self._process.pid or 0)

    def tell(self, message: Any) -> None:
        """Send something to the process."""
        self._ours.send(message)

    def result(self) -> Any:
        """Wait for what the process found."""
        return self._ours.recv()


class Photodiode(Helper):
    """Watches patches of the picture; ``stop`` gives the changes of each.

    Parameters
    ----------
    screen : Screen
        Whose picture.
    patches : sequence of Patch
        Where to look. A patch has changed at the first reading in which any of its pixels differs from the reading
        before; changes that follow within ``settles_s`` belong to it (the picture is copied row by row).
    settles_s : float
        In seconds.
    """

    def __init__(self, screen: Screen, patches: Sequence[Patch], settles_s: float = 0.012) -> None:
        super().__init__(_watch, screen.framebuffer, list(patches), settles_s)

    def stop(self) -> tuple[list[list[Change]], float]:
        """Stop watching; give the changes of each patch, and the 95th percentile of the time between readings."""
        self.tell("stop")
        found: tuple[list[list[Change]], float] = self.result()
        return found


def picture_of(framebuffer: mmap.mmap) -> np.ndarray:
    """Give the picture in an xwd file as an array, rows by columns by bytes; it changes as the screen does."""
    header = struct.unpack(">25I", framebuffer[:100])
    offset = header[0] + header[19] * 12  # the header's size, and a table of colours
    width, height, bytes_per_line = header[4], header[5], header[12]
    rows = np.frombuffer(framebuffer, np.uint8, height * bytes_per_line, offset).reshape(height, bytes_per_line)
    return rows[:, : width * _BYTES_PER_PIXEL]


def _watch(pipe: Connection, path: Path, patches: list[Patch], settles_s: float) -> None:
    with path.open("rb") as file:
        picture = picture_of(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    views = [
        picture[p.top : p.top + p.height, p.left * _BYTES_PER_PIXEL : (p.left + p.width) * _BYTES_PER_PIXEL]
        for p in patches
    ]
    seen = [view.tobytes() for view in views]
    changes: list[list[Change]] = [[] for _ in patches]
    last_changed = [0.0] * len(patches)
    gaps = []
    pipe.send("ready")
    before = time.perf_counter()
    while not pipe.poll():
        time.sleep(_READ_EVERY_S)
        now = time.perf_counter()
        gaps.append(now - before)
        for i, view in enumerate(views):
            present = view.tobytes()
            if present != seen[i]:
                seen[i] = present
                if now - last_changed[i] > settles_s:
                    changes[i].append(Change(before, now))
                last_changed[i] = now
        before = now
    pipe.send((changes, float(np.quantile(gaps, 0.95))))


# --- the fingers -----------------------------------------------------------------------------------------------------


class Press(NamedTuple):
    """A press to be typed: seconds from the start, the key's name in X, and how long it is held in seconds."""

    at: float
    key: str
    held_s: float


class Typed(NamedTuple):
    """A press that was typed: the press asked for, and the times just before and just after it was sent."""

    press: Press
    time: float
    sent: float

    @property
    def is_certain(self) -> bool:
        """Whether its time is known to a millisecond: the sending was not itself held up by other processes."""
        return self.sent - self.time < _CERTAIN_S


class Fingers(Helper):
    """Types presses through XTEST from a process of its own."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(_type, screen.display)

    def type(self, presses: Sequence[Press], start: float) -> None:
        """Begin to type, from a time on the clock."""
        self.tell((start, list(presses)))

    def typed(self) -> list[Typed]:
        """Wait for the last press; give all, in order."""
        typed: list[Typed] = self.result()
        return typed


def _type(pipe: Connection, display_name: str) -> None:
    from Xlib import XK, X
    from Xlib.display import Display
    from Xlib.ext.xtest import fake_input

    display = Display(display_name)
    pipe.send("ready")
    start, presses = pipe.recv()
    codes = {p.key: display.keysym_to_keycode(XK.string_to_keysym(p.key)) for p in presses}
    strokes = [(p.at, X.KeyPress, p) for p in presses] + [(p.at + p.held_s, X.KeyRelease, p) for p in presses]
    typed = []
    for at, kind, press in sorted(strokes, key=lambda stroke: stroke[0]):
        remains = start + at - _SPUN_S - time.perf_counter()
        if remains > 0:
            time.sleep(remains)
        fake_input(display, kind, codes[press.key])  # made here, sent below
        while (before := time.perf_counter()) < start + at:
            pass
        display.flush()
        if kind == X.KeyPress:
            typed.append(Typed(press, before, time.perf_counter()))
    display.sync()
    pipe.send(typed)


# --- what a process used ---------------------------------------------------------------------------------------------


def processor_s(process: int) -> float:
    """Give the processor time of a process so far, all its threads, user and system, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def busy_s() -> float:
    """Give the processor time of the whole machine so far, on all cores, in seconds."""
    user, nice, system, _, _, irq, softirq, steal = map(int, Path("/proc/stat").read_text().split()[1:9])
    return (user + nice + system + irq + softirq + steal) / os.sysconf("SC_CLK_TCK")


def peak_memory_mb(process: int) -> float:
    """Give the largest resident memory that a process had so far, in MB (10^6 bytes)."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024 / 1e6


# --- figures ---------------------------------------------------------------------------------------------------------


def nearest(wanted: Sequence[float], found: Sequence[float], within: float) -> list[int | None]:
    """For each wanted time give the place of the nearest found one, each at most once; None if none is that near.

    Parameters
    ----------
    wanted, found : sequence of float
        Times in seconds.
    within : float
        Largest distance in seconds.
    """
    pairs = sorted(
        (abs(f - w), i, j) for i, w in enumerate(wanted) for j, f in enumerate(found) if abs(f - w) <= within
    )
    places: list[int | None] = [None] * len(wanted)
    taken: set[int] = set()
    for _, i, j in pairs:
        if places[i] is None and j not in taken:
            places[i] = j
            taken.add(j)
    return places


def machine() -> str:
    """Say what this is measured on."""
    named = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    name = named[0].partition(":")[2].strip() if named else platform.machine()
    cores = len(os.sched_getaffinity(0))
    return f"{name}, {cores} cores, Python {platform.python_version()}; load before: {os.getloadavg()[0]:.2f}"
