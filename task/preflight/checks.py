"""The checks of a room in their order, made one after the other, and the files that they need."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from task.computer.refusals import what_was_refused
from task.config.protocol import Protocol
from task.config.read import ConfigError, names_in, read_protocol, read_site, read_wording
from task.config.wording import Wording
from task.plan.plan import PlanError, saved_plan
from task.preflight import computer, data, devices, hands, pulses, screen
from task.preflight.results import Result, failed, passed
from task.preflight.room import EndedByOperator, Room
from task.record.layout import Dataset, Person
from task.visit.pictures import refuse_words_that_cannot_be_shown
from task.visit.requests import USUAL_PROTOCOL, dataset_of

CHECKS: tuple[Callable[[Room], Iterable[Result]], ...] = (
    computer.versions,
    computer.clock,
    computer.power,
    computer.load,
    computer.sleep,
    data.disk,
    data.folder,
    data.files,
    data.copies,
    data.participant,
    screen.pictures,
    screen.screen,
    screen.frames,
    devices.devices,
    devices.adapters,
    hands.buttons,
    hands.dot,
    pulses.pulses,
    devices.other_strokes,
    screen.focus,
)
"""In this order: what the computer says of itself, then what is opened, then what needs hands."""

Read = TypeVar("Read")


def make_checks(room: Room, checks: Sequence[Callable[[Room], Iterable[Result]]], results: list[Result]) -> bool:
    """Make the checks one after the other; one that breaks is a row that failed, and the others are made.

    Returns
    -------
    bool
        Whether all were made; False if the operator ended them.
    """
    try:
        with room.closing:
            for one in checks:
                try:
                    for result in one(room):
                        results.append(result)
                        room.stop_if_asked()
                except EndedByOperator:
                    raise
                except OSError as error:
                    results.append(failed(_name_of(one), what_was_refused(error)))
                except Exception as error:
                    if os.environ.get("TASK_TRACEBACK"):
                        raise
                    found = f"this check could not be made: {error} ({type(error).__name__})"
                    results.append(failed(_name_of(one), found, "Mend the cause if you know it; else report this."))
    except EndedByOperator:
        room.tell("Ended by the operator; what had been checked by then:")
        return False
    return True


def _name_of(check: Callable[[Room], Iterable[Result]]) -> str:
    return getattr(check, "__name__", "check").replace("_", " ")


# --- the files --------------------------------------------------------------------------------------------------------


def read_files(
    site: str, protocol: str | None, person: Person | None, data: Path | None
) -> tuple[list[Result], Room | None]:
    """Read site, protocol and wording as a run does; each that is wrong is a row, so that all mistakes are seen."""
    results: list[Result] = []

    def read(what: str, reader: Callable[[], Read], name: str) -> Read | None:
        try:
            value = reader()
        except ConfigError as error:
            advice = "Correct the file; all its mistakes are listed." if error.mistakes else ""  # else it says all
            results.append(failed(f"{what} file", str(error), advice))
            return None
        results.append(passed(f"{what} file", name))
        return value

    def words_of(science: Protocol) -> Wording:
        wording = read_wording(science.wording)
        refuse_words_that_cannot_be_shown(science, wording)
        return wording

    room = read("site", lambda: read_site(site), site)
    dataset = dataset_of(data, room) if room else None
    saved = _saved_protocol(dataset, person) if dataset and person and protocol is None else None
    if saved is not None and saved.name not in names_in("protocols"):
        science = read("protocol", lambda: saved, f"{saved.name}, as it was saved with the plan")
    else:
        name = protocol or (saved.name if saved else USUAL_PROTOCOL)
        science = read("protocol", lambda: read_protocol(name), name)
    words = read("wording", lambda: words_of(science), science.wording) if science else None
    if room is None or dataset is None or science is None or words is None:
        return results, None
    return results, Room(room, science, words, dataset, person)


def _saved_protocol(dataset: Dataset, person: Person) -> Protocol | None:
    """Give the protocol of the saved plan, which a run takes too; a plan that cannot be read is told of later."""
    with suppress(PlanError):
        saved = saved_plan(dataset.plan(person))
        return saved.protocol if saved else None
    return None
