"""From what the operator typed to a plan: labels, files and numbers checked, and the saved plan found or made."""

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from task.config.avatars import avatars_of
from task.config.protocol import Protocol
from task.config.read import read_protocol, read_site, read_wording
from task.config.site import Site
from task.config.wording import Wording
from task.plan.plan import Plan, deciders_needed, make_plan, read_plan, save_plan, what_differs
from task.record.history import Attempt, attempts_of, that_count
from task.record.layout import ROOT, Dataset, Person, checked_label


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
    protocol: str,
    site: str,
    data: Path | None,
    emulated: bool = False,
    **more: object,
) -> Request:
    """Check what was asked for; raise ConfigError, LabelError or RequestError with what is wrong."""
    person = Person(checked_label("participant", participant), session and checked_label("session", session))
    science = read_protocol(protocol)
    room = read_site(site)
    if emulated:
        room = room.with_emulated_scanner()
    if not room.strokes.pulse and not room.strokes.manual_start:
        raise RequestError(
            f"site {room.name!r}: no stroke means a pulse or a manual start, so no run could ever begin. Add one "
            "under [strokes] in the site file"
        )
    run = more.get("run")
    if isinstance(run, int) and not 1 <= run <= science.runs.count:
        raise RequestError(f"run {run}: protocol {science.name!r} has runs 1 to {science.runs.count}")
    folder = data or ROOT / "data" / ("pilot" if room.is_emulated else "study")
    return Request(person, science, room, read_wording(science.wording), Dataset(folder), **more)  # type: ignore[arg-type]


def order_index_of(person: Person, given: int | None) -> int:
    """Give the number that counterbalances: as given, or the label's trailing digits."""
    if given is not None:
        return given
    digits = re.search(r"\d+$", person.participant)
    if digits is None:
        raise RequestError(
            f"participant {person.participant!r} does not end in a number, which counterbalancing needs: say which "
            "place in the order this participant has, with --order-index"
        )
    return int(digits.group())


def plan_for(request: Request, tell: Callable[[str], None]) -> tuple[Plan, list[str]]:
    """Find the participant's saved plan, or make and save one.

    Returns
    -------
    plan : Plan
        The plan to perform.
    decisions : list of str
        What the operator decided on the way, for the journal.
    """
    path = request.dataset.plan(request.person)
    fresh = None
    if path.exists():
        saved = read_plan(path)
        differing = _differing(saved, request)
        if not differing:
            return saved, []
        performed = bool(request.dataset.journals(request.person))
        if performed:
            _offer_saved_plan(saved, differing, request)
            return saved, [f"the saved plan was performed, though the request differs in: {', '.join(differing)}"]
        tell(f"The saved plan did not fit ({', '.join(differing)} differ) and nothing was performed: made anew.")
    fresh = new_plan(request)
    save_plan(fresh, path)
    return fresh, []


def new_plan(request: Request) -> Plan:
    """Make the plan that was asked for."""
    protocol = request.protocol
    return make_plan(
        protocol,
        participant=request.person.participant,
        session=request.person.session,
        avatars=avatars_of(request.avatar_set or protocol.deciders.avatar_set, deciders_needed(protocol)),
        order_index=order_index_of(request.person, request.order_index),
        seed=1 if request.seed is None else request.seed,
    )


def next_run(request: Request, plan: Plan, attempts: list[Attempt]) -> int:
    """Give the run to perform: the one asked for, or the first that is not complete."""
    complete = {run for run, attempt in that_count(attempts).items() if attempt.is_complete}
    runs = range(1, plan.protocol.runs.count + 1)
    if request.run is not None:
        if request.run in complete and not request.again:
            raise RequestError(
                f"run {request.run} of participant {request.person.participant} is complete. To perform it once more, "
                "with other trials, add --again; to go on with the next run, leave --run out"
            )
        return request.run
    left = [run for run in runs if run not in complete]
    if not left:
        raise RequestError(
            f"all {len(runs)} runs of participant {request.person.participant} are complete. To perform one once "
            "more, name it: --run N --again"
        )
    return left[0]


def pilot_person(request: Request) -> Person:
    """Give the first of pilot01, pilot02, ... who still has something to perform under this request."""
    number = 1
    while True:
        person = Person(f"pilot{number:02d}", request.person.session)
        path = request.dataset.plan(person)
        if not path.exists():
            return person
        fits = not _differing(read_plan(path), request)
        done = [a for a in that_count(attempts_of(request.dataset, person)).values() if a.is_complete]
        if fits and (request.run is not None or len(done) < request.protocol.runs.count):
            return person
        number += 1


def _differing(saved: Plan, request: Request) -> list[str]:
    asked = {"seed": request.seed, "order_index": request.order_index, "avatar_set": request.avatar_set}
    options = [name for name, value in asked.items() if value is not None and value != getattr(saved, name)]
    return what_differs(saved, request.protocol) + options


def _offer_saved_plan(saved: Plan, differing: list[str], request: Request) -> None:
    """Ask whether to perform the saved plan; raise RequestError if the answer is no, or nobody is there to answer."""
    if request.perform_saved_plan:
        return
    found = (
        f"Participant {request.person.participant} began with the saved plan of protocol {saved.protocol.name!r}, and "
        f"what you ask for differs from it in: {', '.join(differing)}."
    )
    if sys.stdin.isatty():
        print(found)
        if input("Perform the saved plan, as it was begun? [y/n] ").strip().lower() in ("y", "yes"):
            return
    raise RequestError(
        f"{found} To go on as it was begun, add --saved-plan; to begin anew, take another participant label"
    )
