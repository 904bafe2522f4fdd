"""Short presses while the program draws: does the keyboard lose any, and how far off are its stamps?

    python benchmarks/short_presses.py [--presses 200] [--seed 1] [--nice -15]

Button boxes and scanners press for a few milliseconds. Presses of 5 ms are typed through XTEST at random moments:
alone, two keys overlapping, and in bursts of five; meanwhile a window draws a new picture at each frame, as busily as
it ever does. The truth is the moment just before a press was sent.
"""

import argparse
import os
import sys
import time
from collections import Counter
from multiprocessing.connection import Connection
from pathlib import Path

import numpy as np
from rig import Fingers, Helper, Press, machine, nearest, virtual_screen

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from task.config.avatars import avatars_of  # noqa: E402
from task.config.read import read_protocol, read_site, read_wording  # noqa: E402
from task.devices.keyboard import Keyboard  # noqa: E402
from task.devices.strokes import Stroke  # noqa: E402
from task.scene.feedback import Feedback  # noqa: E402
from task.scene.fixation import Fixation  # noqa: E402
from task.screens.window import Window  # noqa: E402

HELD_S = 0.005
KEYS = "12345fj"
KNOWN = (
    ("PsychoPy getKeys(waitRelease=False), 5 ms presses", "64 of 100 lost", "0.4"),
    ("PsychoPy event.getKeys, read each frame", "-", "10, worst 21"),
    ("PsychoPy KeyboardButtonBox, 3 ms presses", "all lost", "-"),
)
"""What else was measured for this project (field notes): lost presses, and the median stamp error in ms."""


def main() -> None:
    """Type the presses, read them, and print what was lost and how far off the stamps are."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--presses", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="seed of the presses' moments")
    parser.add_argument("--nice", type=int, default=0, help="niceness of all that takes part")
    options = parser.parse_args()
    os.nice(options.nice)
    print(f"{machine()}; niceness {os.nice(0)}")
    presses = _presses(options.presses, np.random.default_rng(options.seed))
    with virtual_screen() as screen, Fingers(screen) as fingers, Helper(_read_while_drawing) as reader:
        start = time.perf_counter() + 0.5
        fingers.type(presses, start)
        reader.tell(start + presses[-1].at + 0.5)
        strokes, frames = reader.result()
        typed = fingers.typed()

    errors, lost = [], 0
    for key in KEYS:
        true = [t for t in typed if t.press.key == key]
        read = [s.time for s in strokes if s.code == key]
        places = nearest([t.time for t in true], read, within=0.1)
        lost += places.count(None)
        matched = [(t, read[j]) for t, j in zip(true, places, strict=True) if j is not None]
        errors += [1000 * (stamp - t.time) for t, stamp in matched if t.is_certain]
    extra, uncertain = len(strokes) - (len(typed) - lost), sum(not t.is_certain for t in typed)
    middle, high, worst = np.quantile(np.abs(errors), [0.5, 0.95, 1.0])
    rows = [
        ("", "lost", "stamp error: median / 95 % / worst, ms"),
        (f"ours, {1000 * HELD_S:g} ms presses", f"{lost} of {len(typed)}", f"{middle:.2f} / {high:.2f} / {worst:.2f}"),
        ("the bar", "0", "median < 0.5"),
        *KNOWN,
    ]
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    flips = 1000 * np.diff(frames)
    print(f"Strokes that nobody typed: {extra}. Earliest stamp: {min(errors):+.2f} ms.")
    print(f"Presses left out of the errors, since to send them took over a millisecond: {uncertain}.")
    print(f"Frames drawn: {len(frames)}; from one to the next {np.median(flips):.1f} ms, worst {flips.max():.1f} ms.")


def _presses(count: int, draw: np.random.Generator) -> list[Press]:
    """Draw presses: a third alone, a third two by two and overlapping, a third in bursts of five, 8 ms apart."""
    presses: list[Press] = []
    at, kinds = 0.5, Counter[str]()
    while len(presses) < count:
        kind = min(("alone", "overlapping", "burst"), key=lambda name: kinds[name])
        size = {"alone": 1, "overlapping": 2, "burst": 5}[kind]
        apart = {"alone": 0.0, "overlapping": 0.002, "burst": 0.008}[kind]
        keys = draw.permutation(list(KEYS))[:size]
        presses += [Press(at + i * apart, str(key), HELD_S) for i, key in enumerate(keys)]
        kinds[kind] += size
        at += draw.uniform(0.05, 0.25)
    return presses[:count]


def _read_while_drawing(pipe: Connection) -> None:
    """Draw a new picture at each frame, until the moment that the pipe says; send the strokes and the flips."""
    protocol, site = read_protocol(str(HERE / "protocol.toml")), read_site(str(HERE / "site.toml"))
    window = Window(site.display, read_wording(protocol.wording), protocol)
    keyboard = Keyboard("keyboard")
    window.open()
    avatar = avatars_of("neutral", 1)[0]
    scenes = [Fixation(), *(Feedback(avatar, spots, spots > 4, None) for spots in range(1, 8))]
    window.prepare(scenes)
    keyboard.open()
    pipe.send("ready")
    until: float = pipe.recv()
    strokes: list[Stroke] = []
    frames: list[float] = []
    while time.perf_counter() < until:
        window.show(scenes[len(frames) % len(scenes)])
        frames.append(window.flip(0.0))
        strokes += keyboard.read(frames[-1])
    pipe.send((strokes, frames))
    keyboard.close()
    window.close()


if __name__ == "__main__":
    main()
