"""Bytes at a serial port while the program is busy: is any lost, is any stamp off, and does noise cost frames?

    python benchmarks/serial_stamps.py [--bytes 10000] [--seed 1] [--nice -15]

Bytes are written into a pseudo-terminal, half of them one by one at random moments, half in bursts of 2 to 200; the
truth is the moment just before each write. The program that reads them draws a new picture 60 times a second in a real
window (Xvfb), and computes in Python for 60 % of each frame. A control is written to beside it, in turn first and
second: a bare process on a second pseudo-terminal, which does nothing but read and stamp. What both are off is the
computer's doing; what only the first is off is ours.

Then noise: a line at 115,200 baud that sends 11,520 random bytes a second for ten seconds, into the run's own intake
and journal; frames with the noise, and before it without.
"""

import argparse
import os
import sys
import tempfile
import time
import tty
from collections.abc import Sequence
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NamedTuple

import numpy as np
from rig import Helper, machine, virtual_screen

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from task.config.avatars import avatars_of  # noqa: E402
from task.config.read import read_protocol, read_site, read_wording  # noqa: E402
from task.config.sources import SerialSettings  # noqa: E402
from task.devices.sources import device_of  # noqa: E402
from task.devices.strokes import Stroke  # noqa: E402
from task.record.journal import Journal  # noqa: E402
from task.scene.feedback import Feedback  # noqa: E402
from task.scene.fixation import Fixation  # noqa: E402
from task.screens.window import Window  # noqa: E402
from task.session.intake import Intake  # noqa: E402

COMPUTES = 0.6  # of each frame
SPUN_S = 0.0003
NOISE_PER_S, NOISE_S = 11_520, 10.0
CODES = bytes(range(0x21, 0x7F))  # in turn, so that what is lost shows


class Event(NamedTuple):
    """A write: seconds from the start, and how many bytes."""

    at: float
    count: int


def main() -> None:
    """Write, read, and print what was lost, how far off the stamps are, and what noise does to the frames."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bytes", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="seed of the writes' moments")
    parser.add_argument("--nice", type=int, default=0, help="niceness of all that takes part")
    options = parser.parse_args()
    os.nice(options.nice)
    print(f"{machine()}; niceness {os.nice(0)}")
    events = _events(options.bytes, np.random.default_rng(options.seed))
    with virtual_screen(), Helper(_write) as writer:
        ours, bare = writer.result()
        with Helper(_read_bare, bare, options.bytes) as control, Helper(_read_while_drawing, ours) as reader:
            start = time.perf_counter() + 0.5
            writer.tell((start, events))
            written = writer.result()
            reader.tell("noise")
            strokes, drawn = reader.result()
            stamps = control.result()
            writer.tell(time.perf_counter() + NOISE_S)
            quiet, noisy, seen, notices = reader.result()

    true = [times for times, event in zip(written, events, strict=True) for _ in range(event.count)]
    own, lost = _errors(strokes, [times[0] for times in true])
    bare_errors = [1000 * (stamp - times[1]) for stamp, times in zip(stamps, true, strict=False)]
    rows = [
        ("stamp - truth, ms", "lost", "median", "95 %", "99 %", "worst"),
        ("ours", f"{lost} of {len(true)}", *_quantiles(own)),
        ("the bare control", f"{len(true) - len(stamps)} of {len(true)}", *_quantiles(bare_errors)),
        ("the bar", "0", "0.3", "", "1, or the control's", ""),
    ]
    _print(rows)
    singles = [event.count == 1 for event in events for _ in range(event.count)]
    if not lost:
        alone = [error for error, single in zip(own, singles, strict=True) if single]
        burst = [error for error, single in zip(own, singles, strict=True) if not single]
        print(f"Bytes alone: median {np.median(alone):.2f}; in bursts: median {np.median(burst):.2f}.")
    ratios = [np.quantile(own, q) / np.quantile(bare_errors, q) for q in (0.5, 0.99)]
    print(
        f"Ours divided by the control: median {ratios[0]:.2f}, 99 % {ratios[1]:.2f}. Earliest stamp {min(own):+.3f} ms."
    )
    print(
        f"Meanwhile {len(drawn)} frames were drawn, from one to the next {1000 * np.median(np.diff(drawn)):.2f} ms.\n"
    )
    frames = [("frames, ms from one to the next", "frames", "dropped", "median", "99 %", "worst")]
    for name, (flips, dropped) in (("in quiet", quiet), (f"with {NOISE_PER_S} random bytes a second", noisy)):
        middle, _, high, worst = _quantiles(list(1000 * np.diff(flips)))
        frames.append((name, str(len(flips)), str(dropped), middle, high, worst))
    _print(frames)
    print(f"Of the noise {seen} strokes were let through and journalled. Told: {notices}")


def _events(count: int, draw: np.random.Generator) -> list[Event]:
    """Draw the writes: as many bytes alone as in bursts, at random moments."""
    sizes = [1] * (count // 2)
    while (left := count - sum(sizes)) > 0:
        sizes.append(min(left, round(2 * 100 ** draw.random())))  # small bursts are as many as large ones
    draw.shuffle(sizes)
    at, events = 0.0, []
    for size in sizes:
        at += 0.001 + draw.exponential(0.006)
        events.append(Event(at, size))
    return events


def _errors(strokes: Sequence[Stroke], true: Sequence[float]) -> tuple[list[float], int]:
    """Match strokes to bytes by their codes, which come in turn; give the errors in ms, and how many were lost."""
    errors, place = [], 0
    for stroke in strokes:
        while place < len(true) and CODES[place % len(CODES)] != ord(stroke.code):
            place += 1
        if place < len(true):
            errors.append(1000 * (stroke.time - true[place]))
        place += 1
    return errors, len(true) - len(errors)


def _quantiles(values: Sequence[float]) -> tuple[str, ...]:
    return tuple(f"{value:.2f}" for value in np.quantile(values, [0.5, 0.95, 0.99, 1.0]))


def _print(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _write(pipe: Connection) -> None:
    """Write into two pseudo-terminals at the moments asked for; then send noise into the first."""
    ends = [os.openpty() for _ in range(2)]
    for _, theirs in ends:
        tty.setraw(theirs)
    pipe.send("ready")
    pipe.send([os.ttyname(theirs) for _, theirs in ends])
    start, events = pipe.recv()
    written, sent = [], 0
    for n, event in enumerate(events):
        data = bytes(CODES[(sent + i) % len(CODES)] for i in range(event.count))
        sent += event.count
        remains = start + event.at - SPUN_S - time.perf_counter()
        if remains > 0:
            time.sleep(remains)
        while time.perf_counter() < start + event.at:
            pass
        times = [0.0, 0.0]
        for end in (0, 1) if n % 2 else (1, 0):
            times[end] = time.perf_counter()
            assert os.write(ends[end][0], data) == len(data)
        written.append(times)
    time.sleep(1.0)
    pipe.send(written)
    begins = pipe.recv()
    for n in range(round(NOISE_PER_S * NOISE_S / 12)):
        remains = begins + n * 12 / NOISE_PER_S - time.perf_counter()
        if remains > 0:
            time.sleep(remains)
        os.write(ends[0][0], os.urandom(12))
    time.sleep(60.0)


def _read_bare(pipe: Connection, port: str, count: int) -> None:
    """Read and stamp, and nothing else."""
    end, chunks, left = os.open(port, os.O_RDONLY | os.O_NOCTTY), [], count
    pipe.send("ready")
    while left:
        data = os.read(end, 4096)
        now = time.perf_counter()
        chunks.append((now, len(data)))
        left -= len(data)
    pipe.send([now for now, size in chunks for _ in range(size)])


def _read_while_drawing(pipe: Connection, port: str) -> None:
    """Draw and compute at each frame, and take what the port sends: first the bytes, then quiet, then noise."""
    protocol, site = read_protocol(str(HERE / "protocol.toml")), read_site(str(HERE / "site.toml"))
    strokes_meant = site.strokes.model_copy(update={"pulse": ("box:5",)})
    window = Window(site.display, read_wording(protocol.wording), protocol)
    window.open()
    avatar = avatars_of("neutral", 1)[0]
    scenes = [Fixation(), *(Feedback(avatar, spots, spots > 4, None) for spots in range(1, 8))]
    window.prepare(scenes)
    device = device_of("box", SerialSettings(kind="serial", port=port), {"5"})
    device.open()
    pipe.send("ready")
    strokes: list[Stroke] = []

    def frame(n: int) -> float:
        window.show(scenes[n % len(scenes)])
        now = window.flip(0.0)
        while time.perf_counter() < now + COMPUTES * window.frame_s:
            sum(range(100))
        return now

    drawn: list[float] = []
    while not pipe.poll():
        drawn.append(frame(len(drawn)))
        strokes += device.read(drawn[-1])
    strokes += device.read(time.perf_counter())
    pipe.recv()
    pipe.send((strokes, drawn))

    told: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "journal.jsonl")
        intake = Intake([device], strokes_meant, journal, lambda warning, at: told.append(warning))
        intake.ready = 0.0
        phases = []
        for _ in range(2):  # in quiet, then in noise, which begins ten seconds after it was asked for
            window.take_dropped()
            begin, flips = time.perf_counter(), []
            while time.perf_counter() < begin + NOISE_S:
                flips.append(frame(len(flips)))
                for _ in intake.take(flips[-1]):
                    pass
            phases.append((flips, len(window.take_dropped())))
        journal.close()
        lines = (Path(folder) / "journal.jsonl").read_text().splitlines()
        seen = sum(line.count('"box"') for line in lines)
    pipe.send((*phases, seen, told))
    device.close()
    window.close()


if __name__ == "__main__":
    main()
