"""Runs killed at random moments: what is on disk afterwards, and what ``strace`` saw of the way there.

    .venv/bin/python benchmarks/killed_runs.py [--kills 30] [--seed 1]

Each run is a real one, of a fast protocol in a real window, ended by SIGKILL at a random moment. Every event whose end
was planned before that must be in the events that ``export`` makes of what is left. One more run goes to its end under
strace (if it is installed), which tells of each record when it was written and when its sync came back: before the
next event, or a power failure could have taken it.
"""

import argparse
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.rig import virtual_screen  # noqa: E402
from task.config.protocol import Protocol  # noqa: E402
from task.plan.cues import cues_of  # noqa: E402
from task.plan.plan import read_plan  # noqa: E402
from task.record.events import read_events  # noqa: E402
from task.record.journal import JournalError, read_journal  # noqa: E402
from task.record.kinds.marks import Zero  # noqa: E402
from task.record.layout import Dataset, Person  # noqa: E402
from task.record.records import first  # noqa: E402

PROTOCOL = ROOT / "benchmarks" / "fast_protocol.toml"
PERSON = Person("01")


@dataclass(frozen=True)
class Killed:
    """What was left of a run.

    Attributes
    ----------
    after_s : float
        When it was killed, in seconds from zero.
    ended, missing : int
        Events that had ended by then (planned to end before), and those of them that are not in the events table.
    """

    after_s: float
    ended: int
    missing: int


def kill_a_run(folder: Path, after_s: float, margin_s: float) -> Killed:
    """Start a run, kill it so many seconds after its zero, and see what is left.

    Parameters
    ----------
    folder : Path
        An empty folder for the dataset.
    after_s : float
        Seconds from zero to the kill.
    margin_s : float
        An event counts as ended if its end was planned so many seconds before the kill: flips may be late.
    """
    dataset = Dataset(folder)
    with subprocess.Popen(_command(dataset), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
        zero = _zero_of(dataset, run)
        time.sleep(max(0.0, zero + after_s - time.perf_counter()))
        killed_at = time.perf_counter()
        run.send_signal(signal.SIGKILL)
    subprocess.run(_program("export", dataset), check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    path = dataset.events(PERSON, 1)
    onsets = read_events(path)["planned_onset"].tolist() if path.exists() else []
    ended = _events_ended(dataset, killed_at - zero - margin_s)
    missing = [onset for onset in ended if not any(abs(onset - one) < 1e-3 for one in onsets)]
    return Killed(killed_at - zero, len(ended), len(missing))


def _program(command: str, dataset: Dataset) -> list[str]:
    return [sys.executable, str(ROOT / "run_session.py"), command, "--data", str(dataset.root)]


def _command(dataset: Dataset) -> list[str]:
    return [*_program("pilot", dataset), "--autopilot", "--participant", "01", "--protocol", str(PROTOCOL)]


def _zero_of(dataset: Dataset, run: "subprocess.Popen[bytes]") -> float:
    """Wait for the journal to have a zero, and give it: on the same clock as ours."""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and run.poll() is None:
        for journal in dataset.journals(PERSON):
            try:
                zero = first(read_journal(journal), Zero)
            except JournalError:  # its head is being written
                continue
            if zero is not None:
                return zero.t
        time.sleep(0.02)
    raise RuntimeError("the run did not reach its zero")


def _events_ended(dataset: Dataset, by_s: float) -> list[float]:
    """Give the planned onsets of the events that had ended: those that the run's own course decided, too."""
    plan = read_plan(dataset.plan(PERSON))
    protocol: Protocol = plan.protocol
    cues = cues_of(plan, plan.run(1, 1))
    slots = {slot.name: slot for slot in protocol.slots}
    ended = []
    for cue, following in pairwise(cues):
        is_event = cue.slot is not None and slots[cue.name].shows != "fixation"
        if is_event and plan.seconds(following.tick) <= by_s:
            ended.append(plan.seconds(cue.tick))
    return ended


# --- what strace saw -------------------------------------------------------------------------------------------------

_CALL = re.compile(r"^(?P<thread>\d+) +(?P<at>[\d.]+) (?P<call>write|fsync)\((?P<handle>\d+)(?P<rest>.*)")
_RETURNED = re.compile(r"^(?P<thread>\d+) +(?P<at>[\d.]+) <\.\.\. (?P<call>write|fsync) resumed>")
_TOOK = re.compile(r"<([\d.]+)>$")


def traced_syncs(folder: Path) -> list[tuple[float, bool]]:
    """Perform a run under strace; give, for each event, how long its record took to disk, and if that was in time.

    Returns
    -------
    list of (float, bool)
        Seconds from the write of each onset's record to the return of its sync, and whether the next onset's record
        was written only afterwards.
    """
    dataset, trace = Dataset(folder / "data"), folder / "trace"
    options = ["-f", "-ttt", "-T", "-s", "40", "-e", "trace=write,fsync", "-o", str(trace)]
    subprocess.run(["strace", *options, *_command(dataset)], check=True, stdout=subprocess.DEVNULL, timeout=300)
    writes: list[tuple[float, str, str]] = []
    syncs: dict[str, list[tuple[float, float]]] = {}
    begun: dict[str, tuple[float, str]] = {}
    for line in trace.read_text(errors="replace").splitlines():
        call, returned = _CALL.match(line), _RETURNED.match(line)
        took = _TOOK.search(line)
        if call and call["call"] == "write" and '"n\\":' in call["rest"]:
            writes.append((float(call["at"]), call["handle"], call["rest"]))
        elif call and call["call"] == "fsync":
            begun[call["thread"]] = (float(call["at"]), call["handle"])
            if took:
                syncs.setdefault(call["handle"], []).append((float(call["at"]), float(call["at"]) + float(took[1])))
        elif returned and returned["call"] == "fsync" and took:
            at, handle = begun[returned["thread"]]
            syncs.setdefault(handle, []).append((at, at + float(took[1])))
    own = writes[0][1]  # the journal's file; the other is its copy
    onsets = [(at, rest) for at, handle, rest in writes if handle == own and "onset" in rest]
    results = []
    for (at, _), following in zip(onsets, [*onsets[1:], (float("inf"), "")], strict=True):
        synced = min((end for start, end in syncs.get(own, []) if start >= at), default=float("inf"))
        results.append((synced - at, synced < following[0]))
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures; 1 if an event was lost."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args(arguments)
    moments = random.Random(options.seed)
    results = []
    with virtual_screen(), tempfile.TemporaryDirectory() as name:
        os.environ["TMPDIR"] = name
        for number in range(options.kills):
            folder = Path(name) / f"{number}"
            results.append(kill_a_run(folder, moments.uniform(0.0, 10.0), margin_s=0.05))
            shutil.rmtree(folder)
        ended, missing = sum(one.ended for one in results), sum(one.missing for one in results)
        first_kill, last_kill = min(one.after_s for one in results), max(one.after_s for one in results)
        print(f"{len(results)} runs killed {first_kill:.1f} to {last_kill:.1f} s after zero: {ended} events had ended")
        print(f"(50 ms before or earlier), {missing} of them are missing.")
        if shutil.which("strace"):
            took, in_time = zip(*traced_syncs(Path(name)), strict=True)
            print(
                f"Under strace: {sum(in_time)} of {len(took)} onsets were on disk before the next was written; from the"
            )
            print(
                f"write to the return of the sync {median(took) * 1e3:.2f} ms (median), {max(took) * 1e3:.1f} (worst)."
            )
        else:
            print("strace is not installed: when records are synced was not traced (apt-get install strace).")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
