"""The plan of a participant: the saved one found, held against what is asked for, made again, or made anew."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from task.computer.asking import ask, can_ask
from task.computer.files import keep_beside
from task.config.avatars import avatars_of
from task.config.protocol import Protocol
from task.config.scan import Scan
from task.export.planned import removed_as_stale
from task.plan.plan import Plan, make_plan, save_plan, saved_plan, what_differs
from task.record.history import attempts_of
from task.record.identity import journals_of
from task.record.journal import JournalError, read_journal
from task.record.kinds.head import head_in
from task.record.layout import Person
from task.visit.requests import Request, RequestError


@dataclass(frozen=True)
class FoundPlan:
    """The plan that a person's runs would be performed by, as things stand.

    Attributes
    ----------
    plan : Plan
        The plan, with the request's [scan].
    to_save : Plan or None
        What its file does not hold yet.
    differs_in : list of str
        In what the saved plan differs from what is asked for.
    has_begun : bool
        Whether a trial was shown: a plan that differs is then offered as it is, and never replaced. A false start,
        which ended before its first trial, binds nobody to a plan.
    told, decisions : list of str
        What the operator is to be told of it, and what of that goes into the journal.
    """

    plan: Plan
    to_save: Plan | None
    differs_in: list[str]
    has_begun: bool
    told: list[str]
    decisions: list[str]


def found_plan(request: Request) -> FoundPlan:
    """Find the participant's saved plan, or work one out; nothing is saved or asked.

    A saved plan is performed as it was begun, but always with the request's [scan]: how the scanner pulses is no part
    of what was planned.

    Raises
    ------
    RequestError
        If the run asked for is not in the plan, or if a lost plan cannot be made again from the journals.
    PlanError
        If the saved plan cannot be read.
    """
    path, attempts = request.dataset.plan(request.person), attempts_of(request.dataset, request.person)
    journals = [attempt.journal for attempt in attempts if attempt.has_shown_trials]
    saved, to_save = saved_plan(path), None
    told: list[str] = []
    decisions: list[str] = []
    if saved is None and journals:
        saved = to_save = _plan_of_journals(journals)
        decisions.append("the plan's file was missing and was made again from the journals")
        told.append(f"The saved plan was missing and was made again from the journals: {path}")
    elif saved is not None and (journal := _performed_with_another(saved, journals)):
        decisions.append(f"the saved plan is not the one that {journal.name} was performed with")
        told.append(
            f"Warning: the saved plan was changed since {journal.name} was performed: {path}. Restore it from your "
            "backup, or delete it: then it is made again from the journals."
        )
    differs_in = differing_in(saved, request) if saved else []
    plan = saved if saved and (journals or not differs_in) else new_plan(request, saved)
    if plan is not saved:
        to_save = plan
        if saved:
            told.append(
                f"The saved plan differed in: {', '.join(differs_in)}. No trial had been shown: it was made anew."
            )
    elif differs_in:
        decisions.append(f"the saved plan was performed, though the request differs in: {', '.join(differs_in)}")
    _check_run(request, plan)
    if plan.protocol.scan != request.protocol.scan:
        decisions.append(f"[scan] is that of protocol {request.protocol.name}, and not the one saved with the plan")
        told.append(
            f"[scan] has changed since the plan was saved: {_changes(plan.protocol.scan, request.protocol.scan)}."
        )
        plan = plan.with_scan(request.protocol.scan)
    return FoundPlan(plan, to_save, differs_in, bool(journals), told, decisions)


def plan_for(request: Request, tell: Callable[[str], None]) -> tuple[Plan, list[str]]:
    """Find the participant's plan, save it if its file does not hold it yet, and give it with what was decided.

    Raises
    ------
    RequestError, PlanError
        As ``found_plan``; also if a plan that was begun differs from what is asked for, and is not to be performed.
    """
    found = found_plan(request)
    removed = []
    if found.to_save is not None:
        path = request.dataset.plan(request.person)
        if journals_of(request.dataset, request.person):
            keep_beside(path)
        save_plan(found.to_save, path)
        removed = removed_as_stale(request.dataset, request.person, found.to_save)
    for line in (*found.told, *removed):
        tell(line)
    if found.differs_in and found.has_begun:
        _offer_saved_plan(found.plan, found.differs_in, request)
    return found.plan, found.decisions


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
            head = head_in(read_journal(journal))
            plan = make_plan(
                Protocol.model_validate(head.protocol, strict=False),
                participant=head.participant,
                session=head.session,
                avatars=avatars_of(head.avatar_set, len(head.deciders)),
                order_index=head.order_index,
                seed=head.seed,
            )
            planned = plan.run(head.run, head.version).model_dump(mode="json")
        except (JournalError, KeyError, ValueError):
            continue
        if planned == head.planned_run:
            return plan
    raise RequestError(
        f"The saved plan is missing, and it cannot be made again from the journals in {journals[0].parent}. Restore it "
        "from your backup, or begin anew with another participant label"
    )


def _performed_with_another(saved: Plan, journals: list[Path]) -> Path | None:
    """Find the first run that was performed with another plan than the saved one; how the scanner pulses may differ."""
    for journal in journals:
        try:
            head = head_in(read_journal(journal))
            scan = Scan.model_validate(head.protocol["scan"], strict=False)
            if head.plan_digest != saved.with_scan(scan).digest:
                return journal
        except (JournalError, KeyError, TypeError, ValueError):
            continue
    return None


def differing_in(saved: Plan, request: Request) -> list[str]:
    """Name what differs between a saved plan and what is asked for."""
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
    if can_ask():
        print(found)
        if (ask("Perform the saved plan, as it was begun? [y/n] ") or "").lower() in ("y", "yes"):
            return
    raise RequestError(
        f"{found} To go on as it was begun, ask for what it has, or add --saved-plan to `run` or `pilot`; to begin "
        "anew, take another participant label"
    )
