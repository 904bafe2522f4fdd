"""The data: the folder they would go to, and what there is of the participant already. Nothing is changed there."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from task.plan.plan import Plan, PlanError, saved_plan, what_differs
from task.preflight.results import Result, failed, not_asked, passed, warned
from task.preflight.room import Room
from task.record.history import attempts_of
from task.record.identity import journals_of, misplaced
from task.visit.next_run import next_run
from task.visit.plans import new_plan
from task.visit.requests import Request, RequestError, doubts_about_label, refuse_mixtures

_RECORDS, _RECORD = 20, b"x" * 300 + b"\n"
_SLOW_S, _STUCK_S = 0.02, 0.25
_LITTLE_GB, _TOO_LITTLE_GB = 2.0, 0.2


def folder(room: Room) -> Iterator[Result]:
    """Write records as a run does, each onto the disk before the next; the file is gone afterwards."""
    place, name = _that_is_there(room.dataset.root), "data folder"
    new = "" if place == room.dataset.root else " does not exist yet, and will be made by the first run"
    took = []
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            for _ in range(_RECORDS):
                start = time.perf_counter()
                file.write(_RECORD)
                file.flush()
                os.fsync(file.fileno())
                took.append(time.perf_counter() - start)
    except OSError as error:
        yield failed(
            name,
            f"{room.dataset.root}: nothing can be written there ({error.strerror or error})",
            "Check that it is a folder, that you may write to it, and that the disk is in; or name another: --data.",
        )
        return
    middle, longest = median(took), max(took)
    found = f"{room.dataset.root}{new}; a record is on disk after {middle * 1000:.1f} ms (longest {longest * 1000:.0f})"
    if middle > _SLOW_S or longest > _STUCK_S:
        yield warned(
            name,
            found,
            "That is slow. No frame waits for the disk, but what is not on it yet is lost if the power fails. Take a "
            "folder on the computer's own disk: --data.",
            median_s=middle,
            longest_s=longest,
        )
    else:
        yield passed(name, found, median_s=middle, longest_s=longest)


def disk(room: Room) -> Iterator[Result]:
    """How much room there is on the disk of the data."""
    place = _that_is_there(room.dataset.root)
    free = shutil.disk_usage(place).free / 1e9
    found, advice = f"{free:.1f} GB free", "Make room: empty the bin, move old data."
    if free < _TOO_LITTLE_GB:
        yield failed("disk", found, advice, free_gb=free)
    elif free < _LITTLE_GB:
        yield warned("disk", found, advice, free_gb=free)
    else:
        yield passed("disk", found, free_gb=free)


def participant(room: Room) -> Iterator[Result]:
    """The participant's plan and data, and which run would be next."""
    if room.person is None:
        yield not_asked("saved plan", "no participant was named", "Name one with --participant.")
        yield not_asked("participant", "no participant was named")
        return
    request = Request(room.person, room.protocol, room.site, room.wording, room.dataset)
    row, plan = _plan(request)
    yield row
    attempts = attempts_of(room.dataset, room.person)
    try:
        refuse_mixtures(request, attempts)
        if plan is None:
            yield not_asked("participant", "which run would be next depends on the plan")
            return
        number = next_run(request, plan, attempts)
    except RequestError as error:
        yield failed("participant", str(error))
        return
    done = f"{len(attempts)} attempt{'s' * (len(attempts) != 1)} so far" if attempts else "no data yet"
    found = f"{room.person.stem}: {done}; run {number} of {plan.protocol.runs.count} would be next"
    unreadable = [attempt.problem for attempt in attempts if attempt.problem]
    if unreadable:
        yield warned(
            "participant", f"{found}. {' '.join(unreadable)}", "It counts as an attempt whose trials were seen."
        )
    elif elsewhere := misplaced(room.dataset, room.person.participant):
        yield warned("participant", f"{found}. {'. '.join(elsewhere)}", "Put these right before the session.")
    elif doubts := doubts_about_label(request):
        yield warned("participant", f"{found}. But {'; '.join(doubts)}.", "Check which label is meant.")
    else:
        yield passed("participant", found, attempts=len(attempts), next_run=number)


def _plan(request: Request) -> tuple[Result, Plan | None]:
    """Find the saved plan and whether it fits the protocol, without making, changing or saving one."""
    name, path = "saved plan", request.dataset.plan(request.person)
    has_begun = bool(journals_of(request.dataset, request.person))
    try:
        saved = saved_plan(path)
        if saved is None:
            fresh = new_plan(request)
            if has_begun:
                advice = "`run` makes it again from the journals. Better restore the file from your backup first."
                return warned(name, f"{path} is missing, though there are journals", advice), fresh
            advice = f"Make it beforehand, with the avatars that were picked: plan --participant {fresh.participant}"
            return warned(name, "none yet; `run` would make one with the usual avatars", advice), fresh
    except (PlanError, RequestError) as error:
        return failed(name, str(error)), None
    differing = what_differs(saved, request.protocol)
    if not differing:
        return passed(name, f"fits protocol {request.protocol.name}; seed {saved.seed}"), saved
    found = f"does not fit protocol {request.protocol.name} in: {', '.join(differing)}"
    if has_begun:
        advice = (
            "To go on as it was begun, add --saved-plan to `run`, or name the protocol that it was made with; to begin "
            "anew, take another participant label."
        )
        return failed(name, found, advice), saved
    return warned(name, found, "Nothing has been performed with it: `run` makes it anew."), new_plan(request, saved)


def _that_is_there(root: Path) -> Path:
    """Give the folder, or the nearest one above it that exists."""
    return next((one for one in (root, *root.absolute().parents) if one.exists()), Path.cwd())
