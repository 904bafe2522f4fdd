"""How much faster than real time is ``simulate`` on one core? The bar: a thousand times.

    python benchmarks/simulated_seconds.py [--participants 8] [--protocol relational_value] [--seed 1]

Simulated seconds are read from the journals, up to each run's end. Real seconds are the whole command's, from starting
Python to the last onset file, and its own processor time; it may use a single core. There is no peer's figure for this:
none of the peers performs a whole run on virtual time.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rig import machine

ROOT = Path(__file__).resolve().parents[1]
BAR = 1000


def main() -> None:
    """Simulate, and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=8)
    parser.add_argument("--protocol", default="relational_value")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    core = min(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})  # for the command too: on one core even what runs in threads
    print(machine())
    command = [sys.executable, str(ROOT / "run_session.py"), "simulate"]
    command += ["--participants", str(options.participants)]
    command += ["--protocol", options.protocol, "--seed", str(options.seed)]
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        done = subprocess.run([*command, "--data", f"{folder}/data"], capture_output=True, text=True)
        took = time.perf_counter() - began
        if done.returncode != 0:
            raise SystemExit(f"simulate ended with status {done.returncode}:\n{done.stdout}{done.stderr}")
        journals = sorted(Path(folder).glob("data/**/*_journal.jsonl"))
        simulated = sum(json.loads(path.read_bytes().splitlines()[-1])["t"] for path in journals)
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = usage.ru_utime + usage.ru_stime
    said = next(line for line in done.stdout.splitlines() if "real time" in line)
    people = f"{options.participants} participants of {options.protocol}"
    print(f"{people}, {len(journals)} runs: {simulated:.0f} s simulated")
    print(f"{'':40}{'took, s':>10}{'times real time':>18}{'of the bar':>12}")
    for title, seconds in (("whole command, start-up and export too", took), ("its processor time", processor)):
        times = simulated / seconds
        print(f"{title:40}{seconds:>10.2f}{times:>18.0f}{times / BAR:>11.2f}x{'' if times >= BAR else '  MISSED'}")
    print(f"The command itself says: {said}")


if __name__ == "__main__":
    main()
