"""The checks of a room in their order, made one after the other, and the files that they need."""

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from task.config.protocol import Protocol
from task.config.read import ConfigError, names_in, read_protocol, read_site, read_wording
from task.plan.plan import PlanError, saved_plan
from task.preflight import computer, data, devices, hands, pulses, screen
from task.preflight.results import Result, failed, passed
from task.preflight.room import EndedByOperator, Room
from task.record.layout import ROOT, Dataset, Person
from task.visit.requests import USUAL_PROTOCOL

CHECKS: tuple[Callable[[Room], Iterable[Result]], ...] = (
    computer.versions,
    computer.clock,
    computer.power,
    computer.load,
    computer.sleep,
    data.disk,
    data.folder,
    data.participant,
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
                except Exception as error:
                    if os.environ.get("TASK_TRACEBACK"):
                        raise
                    name = getattr(one, "__name__", "check").replace("_", " ")
                    found = f"this check could not be made: {error} ({type(error).__name__})"
                    results.append(failed(name, found, "Mend the cause if you know it; else report this."))
    except EndedByOperator:
        room.tell("Ended by the operator; what had been checked by then:")
        return False
    return True


# --- the files --------------------------------------------------------------------------------------------------------


def read_files(
    site: str, protocol: str | None, person: Person | None, data: Path | None
) -> tuple[list[Result], Room | None]:
    """Read site, protocol and wording; each that is wrong is a row, so that all their mistakes are seen at once."""
    results: list[Result] = []

    def read(what: str, reader: Callable[[str], Read], name: str) -> Read | None:
        try:
            value = reader(name)
        except ConfigError as error:
            advice = "Correct the file; all its mistakes are listed." if error.mistakes else ""  # else it says all
            results.append(failed(f"{what} file", str(error), advice))
            return None
        results.append(passed(f"{what} file", name))
        return value

    room = read("site", read_site, site)
    dataset = Dataset(data or ROOT / "data" / ("pilot" if room and room.is_emulated else "study"))
    saved = _saved_protocol(dataset, person) if protocol is None else None
    if saved is not None and saved.name not in names_in("protocols"):
        science = read("protocol", lambda name: saved, f"{saved.name}, as it was saved with the plan")
    else:
        science = read("protocol", read_protocol, protocol or (saved.name if saved else USUAL_PROTOCOL))
    words = read("wording", read_wording, science.wording) if science else None
    if room is None or science is None or words is None:
        return results, None
    return results, Room(room, science, words, dataset, person)


def _saved_protocol(dataset: Dataset, person: Person | None) -> Protocol | None:
    """Give the protocol of the saved plan, which `run` takes too; a plan that cannot be read is told of later."""
    if person is not None:
        with suppress(PlanError):
            saved = saved_plan(dataset.plan(person))
            return saved.protocol if saved else None
    return None
