"""From what the operator typed to a plan: labels, files and numbers checked, and the saved plan found or made."""

import re
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from task.config.avatars import avatars_of
from task.config.protocol import Protocol
from task.config.read import names_in, read_protocol, read_wording
from task.config.scan import Scan
from task.config.site import Site
from task.config.wording import Wording
from task.plan.plan import Plan, make_plan, read_plan, save_plan, what_differs
from task.record.history import Attempt, attempts_of, that_count
from task.record.journal import JournalError, read_journal
from task.record.layout import ROOT, Dataset, Person, checked_label

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
    """Check what was asked for; raise ConfigError, LabelError or PlanError with what is wrong.

    Without a protocol it is that of the participant's saved plan, or else the main one.
    """
    person = Person(checked_label("participant", participant), session and checked_label("session", session))
    dataset = Dataset(data or ROOT / "data" / ("pilot" if site.is_emulated else "study"))
    science = read_protocol(protocol) if protocol else _usual_protocol(dataset, person)
    return Request(person, science, site, read_wording(science.wording), dataset, **more)


def _usual_protocol(dataset: Dataset, person: Person) -> Protocol:
    """Give the protocol of the saved plan, as its file has it now; without a plan, the main protocol."""
    path = dataset.plan(person)
    if not path.exists():
        return read_protocol(USUAL_PROTOCOL)
    saved = read_plan(path).protocol
    return read_protocol(saved.name) if saved.name in names_in("protocols") else saved


def order_index_of(person: Person, given: int | None) -> int:
    """Give the number that counterbalances: as given, or the label's trailing digits."""
    if given is not None:
        return given
    digits = re.search(r"[0-9]+$", person.participant)
    if digits is None:
        raise RequestError(
            f"participant {person.participant!r} does not end in a number, which counterbalancing needs: say which "
            "place in the order this participant has, with --order-index"
        )
    return int(digits.group())


def plan_for(request: Request, tell: Callable[[str], None]) -> tuple[Plan, list[str]]:
    """Find the participant's saved plan, or make and save one.

    A saved plan is performed as it was begun, but always with the request's [scan]: how the scanner pulses is no part
    of what was planned.

    Returns
    -------
    plan : Plan
        The plan to perform.
    decisions : list of str
        What was decided on the way, for the journal.

    Raises
    ------
    RequestError
        If the run asked for is not in the plan, or if the saved plan does not fit and may not be replaced.
    PlanError
        If the saved plan cannot be read.
    """
    path = request.dataset.plan(request.person)
    journals = request.dataset.journals(request.person)
    saved = read_plan(path) if path.exists() else None
    decisions: list[str] = []
    if saved is None and journals:
        saved = _plan_of_journals(journals)
        save_plan(saved, path)
        decisions.append("the plan's file was missing and was made again from the journals")
        tell(f"The saved plan was missing and was made again from the journals: {path}")
    elif saved is not None and (journal := _performed_with_another(saved, journals)):
        decisions.append(f"the saved plan is not the one that {journal.name} was performed with")
        tell(
            f"Warning: the saved plan was changed since {journal.name} was performed: {path}. Restore it from your "
            "backup, or delete it: then it is made again from the journals."
        )
    differing = _differing(saved, request) if saved else []
    if saved and differing and journals:
        _offer_saved_plan(saved, differing, request)
        decisions.append(f"the saved plan was performed, though the request differs in: {', '.join(differing)}")
    elif saved is None or differing:
        fresh = new_plan(request, saved)
        _check_run(request, fresh)
        save_plan(fresh, path)
        if saved:
            tell(f"The saved plan differed in: {', '.join(differing)}. Nothing had been performed: it was made anew.")
        return fresh, decisions
    _check_run(request, saved)
    if saved.protocol.scan != request.protocol.scan:
        decisions.append(f"[scan] is that of protocol {request.protocol.name}, and not the one saved with the plan")
        tell(f"[scan] has changed since the plan was saved: {_changes(saved.protocol.scan, request.protocol.scan)}.")
        saved = saved.with_scan(request.protocol.scan)
    return saved, decisions


def new_plan(request: Request, like: Plan | None = None) -> Plan:
    """Make the plan that was asked for; what was not asked for is as in the plan that it replaces."""

    def asked(option: str, otherwise: Any) -> Any:
        given = getattr(request, option)
        return given if given is not None else getattr(like, option) if like else otherwise

    protocol = request.protocol
    return make_plan(
        protocol,
        participant=request.person.participant,
        session=request.person.session,
        avatars=avatars_of(asked("avatar_set", protocol.deciders.avatar_set), protocol.deciders_needed),
        order_index=like.order_index
        if like and request.order_index is None
        else order_index_of(request.person, request.order_index),
        seed=asked("seed", 1),
    )


def next_run(request: Request, plan: Plan, attempts: list[Attempt]) -> int:
    """Give the run to perform: the one asked for, or the first that is not complete."""
    complete = {run for run, attempt in that_count(attempts).items() if attempt.is_complete}
    if request.run is not None:
        if request.run in complete and not request.again:
            raise RequestError(
                f"run {request.run} of participant {request.person.participant} is complete. To perform it once more, "
                "with other trials, add --again; to go on with the next run, leave --run out"
            )
        return request.run
    left = [run for run in range(1, plan.protocol.runs.count + 1) if run not in complete]
    if not left:
        how = "--run N" if request.again else "--run N --again"
        raise RequestError(
            f"all {plan.protocol.runs.count} runs of participant {request.person.participant} are complete. To perform "
            f"one once more, with other trials, name it: {how}"
        )
    return left[0]


def refuse_mixtures(request: Request, attempts: list[Attempt], *, virtual: bool = False) -> None:
    """Refuse to put real, emulated and simulated runs into one dataset."""
    people = request.dataset.people()
    known = attempts or (attempts_of(request.dataset, people[0]) if people else [])
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


def look_alikes(request: Request) -> list[str]:
    """Name people of the dataset who might be meant instead: 1 for 01, or one with a session for one without.

    Another session of the same participant is what a study with sessions has, and no look-alike.
    """
    own = request.person
    if request.dataset.journals(own):
        return []
    return [
        one.stem
        for one in request.dataset.people()
        if one.participant.lower().lstrip("0") == own.participant.lower().lstrip("0")
        and (one.participant != own.participant or bool(one.session) != bool(own.session))
    ]


def pilot_person(request: Request) -> Person:
    """Give the first of pilot01, pilot02, ... who still has something to perform under this request."""
    number = 1
    while True:
        person = Person(f"pilot{number:02d}", request.person.session)
        path = request.dataset.plan(person)
        attempts = attempts_of(request.dataset, person)
        if not path.exists() and not attempts:
            return person
        fits = path.exists() and not _differing(read_plan(path), request)
        done = [attempt for attempt in that_count(attempts).values() if attempt.is_complete]
        if fits and (request.run is not None or len(done) < request.protocol.runs.count):
            return person
        number += 1


def _changes(before: Scan, after: Scan) -> str:
    """Tell two scans apart, as "tr_s is now 1.5 (was 2)"."""
    old, new = before.model_dump(), after.model_dump()
    shown = {None: "left out"}
    return ", ".join(
        f"{key} is now {shown.get(new[key], new[key])} (was {shown.get(old[key], old[key])})"
        for key in new
        if new[key] != old[key]
    )


def _check_run(request: Request, plan: Plan) -> None:
    runs = plan.protocol.runs.count
    if request.run is not None and not 1 <= request.run <= runs:
        raise RequestError(f"run {request.run}: the plan of protocol {plan.protocol.name!r} has runs 1 to {runs}")


def _plan_of_journals(journals: list[Path]) -> Plan:
    """Make the plan again that the journals were performed by; raise RequestError if that cannot be done."""
    for journal in journals:
        try:
            head = read_journal(journal)[0]
            plan = make_plan(
                Protocol.model_validate(head["protocol"], strict=False),
                participant=head["participant"],
                session=head["session"],
                avatars=avatars_of(head["avatar_set"], len(head["deciders"])),
                order_index=head["order_index"],
                seed=head["seed"],
            )
            planned = plan.run(head["run"], head["version"]).model_dump(mode="json")
        except (JournalError, KeyError, ValueError):
            continue
        if planned == head["planned_run"]:
            return plan
    raise RequestError(
        f"The saved plan is missing, and it cannot be made again from the journals in {journals[0].parent}. Restore it "
        "from your backup, or begin anew with another participant label"
    )


def _performed_with_another(saved: Plan, journals: list[Path]) -> Path | None:
    """Find the first run that was performed with another plan than the saved one; how the scanner pulses may differ."""
    for journal in journals:
        try:
            head = read_journal(journal)[0]
            scan = Scan.model_validate(head["protocol"]["scan"], strict=False)
            if head["plan_digest"] != saved.with_scan(scan).digest:
                return journal
        except (JournalError, KeyError, TypeError, ValueError):
            continue
    return None


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
        with suppress(EOFError):
            if input("Perform the saved plan, as it was begun? [y/n] ").strip().lower() in ("y", "yes"):
                return
    raise RequestError(
        f"{found} To go on as it was begun, ask for what it has, or add --saved-plan to `run` or `pilot`; to begin "
        "anew, take another participant label"
    )
