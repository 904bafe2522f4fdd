"""The head of a journal: what it takes to understand a run from its journal alone."""

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict
from functools import lru_cache
from importlib import metadata

from task.config.site import Site
from task.config.wording import Wording
from task.devices.clock import Clock
from task.plan.dealing import Tally
from task.plan.plan import Plan, RunPlan
from task.record.history import tally_to_json
from task.record.kinds.head import FORMAT, Head
from task.record.layout import ROOT
from task.record.records import readable
from task.visit.minds import SimulatedMindSettings

_PACKAGES = ("psychopy-lib", "numpy", "pandas", "pydantic", "psychtoolbox", "pyglet")


def head_of(
    plan: Plan,
    planned: RunPlan,
    site: Site,
    wording: Wording,
    clock: Clock,
    mind_settings: SimulatedMindSettings | None,
    attempt: int,
    tally_before: Tally,
    points_before: int,
    after: Sequence[str],
) -> Head:
    """Put together what it takes to understand a run from its journal alone."""
    uname = platform.uname()
    head = Head(
        format=FORMAT,
        participant=plan.participant,
        session=plan.session,
        run=planned.run,
        version=planned.version,
        seed=plan.seed,
        order_index=plan.order_index,
        avatar_set=plan.avatar_set,
        emulated=site.is_emulated,
        virtual=clock.is_virtual,
        simulated_participant=asdict(mind_settings) if mind_settings else None,
        plan_digest=plan.digest,
        ticks_per_s=plan.ticks_per_s,
        deciders=tuple(decider.model_dump(mode="json") for decider in plan.deciders),
        planned_run=planned.model_dump(mode="json"),
        protocol=plan.protocol.model_dump(mode="json"),
        site=site.model_dump(mode="json"),
        wording=wording.model_dump(mode="json"),
        versions=versions_here(),
        machine={"system": uname.system, "release": uname.release, "processor": uname.machine},
        git=commit_here(),
        attempt=attempt,
        tally_before=tally_to_json(tally_before),
        points_before=points_before,
        after=tuple(after),
    )
    return readable(head)


@lru_cache(maxsize=1)
def versions_here() -> dict[str, str]:
    """Say which versions of Python and of the packages that matter are here."""
    versions = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return versions


@lru_cache(maxsize=1)
def commit_here() -> dict[str, str | None]:
    """Say which commit of this program is here, which files were changed since, and why that is not known."""
    commit, problem = _git("rev-parse", "HEAD")
    changed, _ = _git("status", "--porcelain", "--untracked-files=no")
    return {"commit": commit, "changed": changed} | ({"problem": problem} if commit is None else {})


def _git(*words: str) -> tuple[str | None, str]:
    """Give what git says of this program's folder, or None, and in git's own words why it says nothing."""
    command, english = ["git", "-C", str(ROOT), *words], os.environ | {"LC_ALL": "C"}
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", errors="replace", timeout=5, env=english)
    except (OSError, subprocess.SubprocessError) as error:
        return None, str(error)
    return (done.stdout.strip(), "") if done.returncode == 0 else (None, done.stderr.strip())
