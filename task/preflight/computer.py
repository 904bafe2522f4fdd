"""The computer: its programs, clock, power, other work, and whether its screen goes dark by itself."""

import os
import platform
import re
import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise

from task.computer.refusals import whose_is
from task.preflight.results import Result, failed, not_asked, passed, warned
from task.preflight.room import Room
from task.preflight.sleep import screen_sleep
from task.record.layout import ROOT
from task.visit.head import commit_here, versions_here

_COARSE_CLOCK_S = 1e-4
_BUSY_PERCENT = 50.0
_WATCHED_S = 1.0


def versions(room: Room) -> Iterator[Result]:
    """Which programs these are: the same as are written into each run's record."""
    versions, git = versions_here(), commit_here()
    programs = ", ".join(f"{name} {version}" for name, version in versions.items())
    missing = [name for name, version in versions.items() if version == "not installed"]
    if missing:
        yield failed("programs", f"not installed: {', '.join(missing)}", "Run `make setup`.", **versions)
    else:
        yield passed("programs", programs, **versions, system=platform.platform())
    if git["commit"] is None:
        yield warned("this program", *_why_no_commit_is_known(git["problem"] or ""))
    elif git["changed"]:
        changed = ", ".join(line.split(maxsplit=1)[-1] for line in git["changed"].splitlines()[:5])
        yield warned(
            "this program",
            f"commit {git['commit'][:10]}, with files changed since: {changed}",
            "Commit the changes, or take them back, so that the record names what was run.",
            **git,
        )
    else:
        yield passed("this program", f"commit {git['commit'][:10]}, unchanged", **git)


def _why_no_commit_is_known(problem: str) -> tuple[str, str]:
    """Say what keeps git from telling which version this is, and what to do."""
    found = "no git commit is known, so the record of a run cannot say which version it was"
    of_another = re.search(r"^\s*(git config --global --add safe\.directory .+)$", problem, re.MULTILINE)
    if of_another:
        whose = whose_is(ROOT) or f"{ROOT} belongs to another account"
        advice = f"If you trust what is there, type once, as the account that performs the runs: {of_another[1]}"
        return f"{found}: {whose}, and git reads nothing of another account's", advice
    if "not a git repository" in problem:
        return f"{found}: {ROOT} is no git clone", "Use a git clone of the project instead of a copied folder."
    why = problem.partition("\n")[0]
    return f"{found}: {why}", "Install git, if it is not installed; else mend what it says."


def clock(room: Room) -> Iterator[Result]:
    """How finely the clock that stamps everything ticks, as it says and as measured."""
    readings = [time.perf_counter() for _ in range(20_000)]
    measured = min(b - a for a, b in pairwise(readings) if b > a)
    says = time.get_clock_info("perf_counter")
    found = f"steps of {measured * 1e6:.2g} microseconds or less ({says.implementation})"
    facts = {"step_s": measured, "resolution_s": says.resolution}
    if max(measured, says.resolution) > _COARSE_CLOCK_S:
        yield warned("clock", found, "Stamps cannot be finer than that: use another computer for sessions.", **facts)
    elif says.adjustable or not says.monotonic:
        yield warned("clock", f"{found}, and it can be set", "Turn off time synchronisation during sessions.", **facts)
    else:
        yield passed("clock", found, **facts)


def power(room: Room) -> Iterator[Result]:
    """Whether the computer runs on its battery."""
    import psutil

    if not hasattr(psutil, "sensors_battery"):
        yield not_asked("power", "this system does not say", "Look whether the computer is plugged in.")
        return
    battery = psutil.sensors_battery()
    if battery is None:
        yield passed("power", "no battery")
    elif battery.power_plugged:
        yield passed("power", f"plugged in, battery {battery.percent:.0f} %", percent=battery.percent)
    else:
        yield warned(
            "power",
            f"on battery, {battery.percent:.0f} % left: a computer that saves power drops frames",
            "Plug it in." if battery.power_plugged is False else "Look whether it is plugged in: it does not say.",
            percent=battery.percent,
        )


def load(room: Room) -> Iterator[Result]:
    """What else keeps the processor busy, watched for a second."""
    import psutil

    def used_by(processes: list[psutil.Process]) -> list[tuple[float, str]]:
        """Give what each used since the last call, in percent of a core."""
        used = []
        for process in processes:
            with suppress(psutil.Error):  # it has ended, or belongs to somebody else
                used.append((float(process.cpu_percent()), process.name()))
        return sorted(used, reverse=True)

    others = [process for process in psutil.process_iter() if process.pid != os.getpid()]
    used_by(others)
    psutil.cpu_percent()
    time.sleep(_WATCHED_S)
    whole, busy = psutil.cpu_percent(), used_by(others)
    hogs = [f"{name} ({percent:.0f} % of a core)" for percent, name in busy[:3] if percent >= _BUSY_PERCENT]
    found = f"{whole:.0f} % of {psutil.cpu_count()} cores in use" + (": " + ", ".join(hogs) if hogs else "")
    if hogs or whole >= _BUSY_PERCENT:
        yield warned("processor", found, "Close other programs: updates, backups, browsers, virus scanners.")
    else:
        yield passed("processor", found, percent=whole)


def sleep(room: Room) -> Iterator[Result]:
    """Whether a screen saver or the display's sleep would come over a participant who does not press."""
    comes, unknown = screen_sleep()
    if comes:
        yield warned(
            "screen saver and sleep",
            "; ".join(comes),
            "Turn these off for this user: a room whose boxes do not type looks idle to the computer.",
        )
    elif unknown:
        yield not_asked("screen saver and sleep", unknown, "Look in the desktop's own settings that both are off.")
    else:
        yield passed("screen saver and sleep", "off")
