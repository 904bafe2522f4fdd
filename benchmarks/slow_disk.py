"""A run on a slow disk beside one on a fast disk: what it costs in frames and onsets.

    .venv/bin/python benchmarks/slow_disk.py [--delay 2.0]

The disk is made slow by holding up every sync by so many seconds. The runs are real ones, of a fast protocol in a real
window on a virtual screen.
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rig import virtual_screen  # noqa: E402
from task.record.journal import read_journal  # noqa: E402
from task.record.kinds.marks import End, Zero  # noqa: E402
from task.record.kinds.notes import Warning  # noqa: E402
from task.record.kinds.screen import Onset  # noqa: E402
from task.record.records import Record, first, of_kind  # noqa: E402

PROGRAM = """
import os, time
fsync = os.fsync

def held_up(handle):
    time.sleep({delay})
    fsync(handle)

os.fsync = held_up
from task.cli.main import main
main()
"""


def run_with(delay: float, folder: Path) -> list[Record]:
    """Perform a run whose disk is so many seconds slow, and give its journal."""
    words = ["--autopilot", "--protocol", str(ROOT / "benchmarks" / "fast_protocol.toml"), "--data", str(folder)]
    program = [sys.executable, "-c", PROGRAM.format(delay=delay), "pilot", *words]
    subprocess.run(program, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    (journal,) = folder.rglob("*_journal.jsonl")
    return read_journal(journal)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures of both; 1 if the slow disk was not warned of."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--delay", type=float, default=2.0)
    options = parser.parse_args(arguments)
    was_told = False
    with virtual_screen(), tempfile.TemporaryDirectory() as name:
        os.environ["TMPDIR"] = name
        print("sync held up   slowest write   dropped frames   onsets off, median / worst (ms)   warned")
        for delay in (0.0, options.delay):
            records = run_with(delay, Path(name) / str(delay))
            zero, end = first(records, Zero), first(records, End)
            assert zero is not None and end is not None
            onsets = [onset for onset in of_kind(records, Onset) if onset.planned > 0]
            off = [abs(onset.t - zero.t - onset.planned) * 1000 for onset in onsets]
            was_told = any("The disk is slow" in one.warning for one in of_kind(records, Warning))
            print(
                f"{delay:10.1f} s {end.slowest_write_s:13.3f} s {end.dropped_frames:16d} "
                f"{median(off):19.1f} / {max(off):.1f} {'yes' if was_told else 'no':>21}"
            )
    return 0 if was_told else 1


if __name__ == "__main__":
    sys.exit(main())
