"""The data: the folder they would go to, and what there is of the participant already. Nothing is changed there."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from statistics import median

from task.computer.refusals import what_was_refused
from task.computer.typed import as_typed
from task.config.mistakes import ConfigError
from task.plan.plan import Plan, PlanError
from task.preflight.results import Result, failed, not_asked, passed, warned
from task.preflight.room import Room
from task.record.identity import misplaced
from task.record.lock import LockedError, refuse_if_locked, refuse_without_locks
from task.record.spare import refuse_without_copies
from task.visit.files_needed import folder_that_is_there, refused_files, what_keeps_from_onset_files
from task.visit.next_run import next_run
from task.visit.plans import found_plan
from task.visit.requests import Request, RequestError, doubts_about_label, options_of, refuse_mixtures
from task.visit.rescue import attempts_when_home, left_behind_of, refuse_if_cannot_be_taken_home, rescue_command

_RECORDS, _RECORD = 20, b"x" * 300 + b"\n"
_SLOW_S, _STUCK_S = 0.02, 0.25
_LITTLE_GB, _TOO_LITTLE_GB = 2.0, 0.2
_MOST_FILES = 4


def folder(room: Room) -> Iterator[Result]:
    """Write records as a run does, each onto the disk before the next; the file is gone afterwards."""
    place, name = folder_that_is_there(room.dataset.root), "data folder"
    new = "" if place == room.dataset.root.absolute() else " does not exist yet, and will be made by the first run"
    took = []
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            for _ in range(_RECORDS):
                start = time.perf_counter()
                file.write(_RECORD)
                file.flush()
                os.fsync(file.fileno())
                took.append(time.perf_counter() - start)
        refuse_without_locks(place)
    except LockedError as error:
        yield failed(name, str(error))
        return
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
    place = folder_that_is_there(room.dataset.root)
    free = shutil.disk_usage(place).free / 1e9
    found, advice = f"{free:.1f} GB free", "Make room: empty the bin, move old data."
    if free < _TOO_LITTLE_GB:
        yield failed("disk", found, advice, free_gb=free)
    elif free < _LITTLE_GB:
        yield warned("disk", found, advice, free_gb=free)
    else:
        yield passed("disk", found, free_gb=free)


def files(room: Room) -> Iterator[Result]:
    """Whether this account may read and write all that a run of this participant does, up to its onset files."""
    name = "participant's files"
    if room.person is None:
        yield not_asked(name, "no participant was named")
        return
    refused = refused_files(room.dataset, room.person, with_pictures=room.site.is_emulated)
    if refused:
        more = f" And {len(refused) - _MOST_FILES} more." if len(refused) > _MOST_FILES else ""
        advice = (
            "Let whoever they belong to give this account the right to read and write, or perform the runs as they."
        )
        yield failed(name, " ".join(one.text for one in refused[:_MOST_FILES]) + more, advice)
    else:
        yield passed(name, "all that a run reads and writes can be read and written")
    if problem := what_keeps_from_onset_files():
        yield warned("onset files", f"after a run there would be none: {problem}", "Correct that file.")


def copies(room: Room) -> Iterator[Result]:
    """Whether the temporary folder takes the copy of a record, and what was left behind there by an earlier run."""
    try:
        refuse_without_copies()
    except OSError as error:
        yield warned(
            "copy of the record",
            f"no copy of the record can be kept meanwhile. {what_was_refused(error)}",
            "A session is possible; a copy would save the record if the data folder fails in mid-run.",
        )
    else:
        yield passed("copy of the record", "the temporary folder takes it")
    for copy in left_behind_of(room.dataset, room.person) if room.person else ():
        name = "record left behind"
        try:
            refuse_if_cannot_be_taken_home(copy)
        except RequestError as error:
            yield failed(name, str(error))
        else:
            found = f"an interrupted run left a copy of {copy.home}"
            yield warned(name, found, f"The next run brings it home; or type now: {rescue_command(room.dataset)}")


def participant(room: Room) -> Iterator[Result]:
    """The participant's plan and data, and which run would be next, found as a run finds them."""
    if room.person is None:
        yield not_asked("saved plan", "no participant was named", "Name one with --participant.")
        yield not_asked("participant", "no participant was named")
        return
    request = Request(room.person, room.protocol, room.site, room.wording, room.dataset)
    row, room.plan = _plan(request)
    yield row
    try:
        attempts = attempts_when_home(room.dataset, room.person)
        refuse_mixtures(request, attempts)
        refuse_if_locked(room.dataset, room.person)
        if room.plan is None:
            yield not_asked("participant", "which run would be next depends on the plan")
            return
        number = next_run(request, room.plan, attempts)
    except (LockedError, RequestError) as error:
        yield failed("participant", str(error))
        return
    done = f"{len(attempts)} attempt{'s' * (len(attempts) != 1)} so far" if attempts else "no data yet"
    found = f"{room.person.stem}: {done}; run {number} of {room.plan.protocol.runs.count} would be next"
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
    """Find the plan as a run does, and say how it fits what is asked for."""
    name, protocol = "saved plan", request.protocol.name
    try:
        found = found_plan(request)
    except (ConfigError, PlanError, RequestError) as error:
        return failed(name, str(error)), None
    plan, differs = found.plan, f"does not fit protocol {protocol} in: {', '.join(found.differs_in)}"
    if found.differs_in and found.has_begun:
        advice = (
            "To go on as it was begun, add --saved-plan to `run`, or name the protocol that it was made with; to begin "
            "anew, take another participant label."
        )
        return failed(name, differs, advice), plan
    if found.differs_in:
        return warned(name, differs, "No trial of it has been shown: `run` makes it anew."), plan
    if found.to_save and found.has_begun:
        advice = "`run` makes it again from the journals. Better restore the file from your backup first."
        return warned(name, "its file is missing, though there are journals", advice), plan
    if found.to_save:
        command = as_typed("plan", *options_of(request.dataset, request.person))
        advice = f"Make it beforehand, with the avatars that were picked (--avatars): {command}"
        return warned(name, "none yet; `run` would make one with the usual avatars", advice), plan
    fits = f"fits protocol {protocol}; seed {plan.seed}"
    if changed := [line.removeprefix("Warning: ") for line in found.told if line.startswith("Warning: ")]:
        return warned(name, f"{fits}. But {' '.join(changed)}", "Look after that before the session."), plan
    return passed(name, ". ".join([fits, *found.told])), plan
