"""What the operator asked for, checked: labels, files, numbers, and that it fits what the dataset holds."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from task.config.protocol import Protocol
from task.config.read import names_in, read_protocol, read_wording
from task.config.site import Site
from task.config.wording import Wording
from task.plan.plan import saved_plan
from task.record.history import Attempt, attempts_of
from task.record.identity import journals_of
from task.record.layout import ROOT, Dataset, Person, checked_label
from task.visit.pictures import refuse_words_that_cannot_be_shown

USUAL_PROTOCOL = "relational_value"


class RequestError(ValueError):
    """Something that was asked for and cannot be done; its text says what to do."""


@dataclass(frozen=True)
class Request:
    """What the operator asked for, checked."""

    person: Person
    protocol: Protocol
    site: Site
    wording: Wording
    dataset: Dataset
    run: int | None = None
    again: bool = False
    seed: int | None = None
    order_index: int | None = None
    avatar_set: str | None = None
    perform_saved_plan: bool = False


def checked_request(
    *,
    participant: str,
    session: str | None,
    protocol: str | None,
    site: Site,
    data: Path | None,
    **more: Any,
) -> Request:
    """Check what was asked for, and that all its words can be shown; raise ConfigError, LabelError or PlanError.

    Without a protocol it is that of the participant's saved plan, or else the main one.
    """
    person = Person(checked_label("participant", participant), session and checked_label("session", session))
    dataset = dataset_of(data, site)
    science = read_protocol(protocol) if protocol else _usual_protocol(dataset, person)
    wording = read_wording(science.wording)
    refuse_words_that_cannot_be_shown(science, wording)
    return Request(person, science, site, wording, dataset, **more)


def dataset_of(data: Path | None, site: Site) -> Dataset:
    """Give the dataset that was named, or the one that the runs of a site go to."""
    return Dataset(data or ROOT / "data" / ("pilot" if site.is_emulated else "study"))


def options_of(dataset: Dataset, person: Person) -> list[str]:
    """Give the options of a command that is about a person's data, wherever it is typed."""
    session = ["--session", person.session] if person.session else []
    return ["--participant", person.participant, *session, "--data", str(dataset.root.resolve())]


def _usual_protocol(dataset: Dataset, person: Person) -> Protocol:
    """Give the protocol of the saved plan, as its file has it now; without a plan, the main protocol."""
    saved = saved_plan(dataset.plan(person))
    if saved is None:
        return read_protocol(USUAL_PROTOCOL)
    name = saved.protocol.name
    return read_protocol(name) if name in names_in("protocols") else saved.protocol


def refuse_mixtures(request: Request, attempts: list[Attempt], *, virtual: bool = False) -> None:
    """Refuse to put real, emulated and simulated runs into one dataset."""
    everybody = (attempts_of(request.dataset, person) for person in request.dataset.people())
    known = attempts or next(filter(None, everybody), [])
    wanted = _kind_of_runs(request.site.is_emulated, virtual)
    for attempt in known:
        found = _kind_of_runs(attempt.emulated, attempt.virtual)
        if attempt.problem is None and found != wanted:
            raise RequestError(
                f"{request.dataset.root} holds {found} runs, and {wanted} ones are kept apart from them. Name another "
                "folder with --data, or leave --data out"
            )


def _kind_of_runs(emulated: bool | None, virtual: bool | None) -> str:
    return "simulated" if virtual else "emulated" if emulated else "real"


def doubts_about_label(request: Request) -> list[str]:
    """Say whose data or plans there are that might be meant instead, or that do not go with this label.

    That is 1 for 01, as long as nothing has been performed under the label; and a label with a session beside the same
    without one, as datasets have sessions for all that is of a participant, or for nothing. Another session of the same
    participant is what a study with sessions has, and no doubt.
    """
    own, dataset = request.person, request.dataset
    has_begun = bool(journals_of(dataset, own))
    doubts = []
    for one in sorted({*dataset.people(), *dataset.planned_people()}, key=lambda one: one.stem):
        is_same = one.participant == own.participant
        if is_same and bool(one.session) != bool(own.session):
            here = f"session {own.session}" if own.session else "no session"
            doubts.append(
                f"there are data or a plan of {one.stem}, and this is {own.stem}, with {here}: a participant has a "
                f"session label in all data or in none. If {one.stem} is meant, end this and use that label"
            )
        elif not is_same and not has_begun and _number(one) == _number(own):
            doubts.append(
                f"there are data or a plan of {one.stem}, too. If {one.stem} is meant, end this and use that label"
            )
    return doubts


def _number(person: Person) -> str:
    return person.participant.lower().lstrip("0")
