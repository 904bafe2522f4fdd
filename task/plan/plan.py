"""The plan of a participant's session: every run, trial, onset and feedback deck, worked out before the scan."""

import hashlib
import json
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal

from pydantic import ValidationError

from task.computer.files import NotFetchedError, is_there, refuse_unfetched, write_safely
from task.computer.refusals import what_was_refused
from task.config.base import Section
from task.config.durations import balanced_sample, ticks_per_second, to_ticks
from task.config.protocol import DeciderType, Protocol
from task.config.scan import Scan
from task.plan.decks import decks_of, reserve_of
from task.plan.draw import Draw
from task.plan.generative import Card
from task.plan.rules import Side
from task.plan.trials import Kind, balanced_sides, offers


class Decider(Section):
    """One Decider: its label, avatar, type and kind, and the first and last run in which it takes part."""

    id: str
    avatar: str
    type: str
    kind: Kind
    first_run: int
    last_run: int


class Trial(Section):
    """A trial as planned; onsets and lengths are grid ticks, one for each of the protocol's slots."""

    trial: int
    kind: Kind
    left: str
    right: str
    keep_side: Side
    onsets: tuple[int, ...]
    lengths: tuple[int, ...]


class RunPlan(Section):
    """One version of a run. Version 1 is performed first; the others are spares for repeated attempts."""

    run: int
    version: int
    length: int
    trials: tuple[Trial, ...]
    decks: dict[str, tuple[Card, ...]]
    reserves: dict[str, tuple[Card, ...]]


class Plan(Section):
    """A participant's session as planned, with all that it was made from."""

    format: Literal[1] = 1
    protocol: Protocol
    participant: str
    session: str | None
    avatar_set: str
    order_index: int
    seed: int
    ticks_per_s: int
    deciders: tuple[Decider, ...]
    runs: tuple[RunPlan, ...]

    def run(self, run: int, version: int) -> RunPlan:
        """Give a version of a run; a version beyond the planned spares is worked out on the spot."""
        for planned in self.runs:
            if (planned.run, planned.version) == (run, version):
                return planned
        return _plan_run(self.protocol, self.deciders, self._names, self.order_index, run, version)

    def decider(self, label: str) -> Decider:
        """Give the Decider of this label."""
        return next(d for d in self.deciders if d.id == label)

    def seconds(self, ticks: int) -> float:
        """Give a planned time in seconds."""
        return float(Fraction(ticks, self.ticks_per_s))

    @property
    def _names(self) -> tuple[str | int, ...]:
        return (self.seed, self.participant, self.session or "", self.protocol.name)

    def to_bytes(self) -> bytes:
        """Give the plan as JSON: the same inputs give the same bytes."""
        return (json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1) + "\n").encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the plan's bytes."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def with_scan(self, scan: Scan) -> "Plan":
        """Give the same plan with another [scan]: how the scanner pulses is no part of what was planned."""
        return self.model_copy(update={"protocol": self.protocol.model_copy(update={"scan": scan})})


class PlanError(Exception):
    """A saved plan that cannot be read."""


def make_plan(
    protocol: Protocol,
    *,
    participant: str,
    session: str | None,
    avatars: list[str],
    order_index: int,
    seed: int,
) -> Plan:
    """Work out a participant's plan.

    Parameters
    ----------
    protocol : Protocol
        The science.
    participant, session : str or None
        Labels of letters and digits.
    avatars : list of str
        The avatar set's pictures, as many as there are Deciders or more.
    order_index : int
        Counterbalances avatars and sides over participants.
    seed : int
        Seeds all draws, together with the labels and the protocol's name.

    Returns
    -------
    Plan
        The same inputs give the same plan, to the byte.
    """
    names = (seed, participant, session or "", protocol.name)
    deciders = _deciders(protocol, avatars, order_index)
    runs = [
        _plan_run(protocol, deciders, names, order_index, run, version)
        for run in range(1, protocol.runs.count + 1)
        for version in range(1, protocol.runs.spare_versions + 2)
    ]
    return Plan(
        protocol=protocol,
        participant=participant,
        session=session,
        avatar_set=avatars[0].partition("/")[0],
        order_index=order_index,
        seed=seed,
        ticks_per_s=ticks_per_second(protocol.runs.grid_s),
        deciders=deciders,
        runs=tuple(runs),
    )


def what_differs(plan: Plan, protocol: Protocol) -> list[str]:
    """Name the tables in which a protocol differs from the plan's own, as far as that matters to the plan.

    How the scan pulses does not: a plan is in seconds from zero, whatever the scanner does.
    """

    def what_matters(one: Protocol) -> dict[str, Any]:
        dump = one.model_dump(exclude={"description", "wording", "scan"})
        dump["runs"].pop("closing_screen_s")
        return dump

    ours, theirs = what_matters(plan.protocol), what_matters(protocol)
    return [key for key in ours if ours[key] != theirs[key]]


def save_plan(plan: Plan, path: Path) -> None:
    """Save a plan; the file is there whole or not at all."""
    write_safely(path, plan.to_bytes())


def saved_plan(path: Path) -> Plan | None:
    """Read a saved plan if there is one; raise PlanError if the file is there and holds none, or cannot be read."""
    return read_plan(path) if is_there(path) else None


def read_plan(path: Path) -> Plan:
    """Read a saved plan; raise PlanError if the file holds none."""
    try:
        refuse_unfetched(path)
        return Plan.model_validate_json(path.read_bytes())
    except NotFetchedError as error:
        raise PlanError(f"{path}: this saved plan cannot be read: {error.strerror}") from None
    except PermissionError as error:
        raise PlanError(f"The saved plan cannot be read. {what_was_refused(error)}") from None
    except (ValidationError, OSError) as error:
        raise PlanError(
            f"{path}: this saved plan cannot be read: {_what_is_wrong(error)}. If no run has been performed with it, "
            "delete the file and it will be made again; otherwise restore it from your backup"
        ) from None


def _what_is_wrong(error: ValidationError | OSError) -> str:
    """Name the first place that is not as it was written, and what is the matter there."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    first, *others = error.errors(include_url=False)
    more = f"; and {len(others)} more" if others else ""
    return ": ".join(filter(None, [".".join(map(str, first["loc"])), first["msg"]])) + more


def _deciders(protocol: Protocol, avatars: list[str], order_index: int) -> tuple[Decider, ...]:
    """One Decider of each type in each kind, anew for each set; avatars go round by the order index."""
    types, kinds = protocol.deciders.types, protocol.deciders.kinds
    every = protocol.deciders.renew_every_runs or protocol.runs.count
    deciders: list[Decider] = []
    roles = [(kind, one.name) for kind in kinds for one in types]
    for first in range(1, protocol.runs.count + 1, every):
        start = len(deciders)
        for place, (kind, name) in enumerate(roles):
            avatar = avatars[start + (place + order_index) % len(roles)]
            deciders.append(
                Decider(
                    id=f"D{start + place + 1}",
                    avatar=avatar,
                    type=name,
                    kind=kind,
                    first_run=first,
                    last_run=min(first + every - 1, protocol.runs.count),
                )
            )
    return tuple(deciders)


def _plan_run(
    protocol: Protocol,
    deciders: tuple[Decider, ...],
    names: tuple[str | int, ...],
    order_index: int,
    run: int,
    version: int,
) -> RunPlan:
    per_second = ticks_per_second(protocol.runs.grid_s)
    count, types = protocol.runs.trials, protocol.deciders.types
    here = [d for d in deciders if d.first_run <= run <= d.last_run]
    by_role = {(d.kind, [one.name for one in types].index(d.type)): d.id for d in here}
    # sides swap for every other participant; where the avatars come round to the same participants, once more
    rounds = order_index // len(here) if len(here) % 2 == 0 else 0
    flip = (order_index + rounds) % 2
    draw = Draw(*names, "trials", run, version)
    offered = offers(protocol.deciders.kinds, len(types), count, run, flip, protocol.runs.most_of_a_kind_in_a_row, draw)
    keep_sides = balanced_sides(count, run + flip, draw)
    lengths = [draw.shuffled(balanced_sample(slot.duration_s, count, per_second)) for slot in protocol.slots]
    tick = to_ticks(protocol.runs.lead_in_s, per_second)
    trials = []
    for i, offer in enumerate(offered):
        onsets = []
        for slot in lengths:
            onsets.append(tick)
            tick += slot[i]
        trials.append(
            Trial(
                trial=i + 1,
                kind=offer.kind,
                left=by_role[offer.kind, offer.left],
                right=by_role[offer.kind, offer.right],
                keep_side=keep_sides[i],
                onsets=tuple(onsets),
                lengths=tuple(slot[i] for slot in lengths),
            )
        )
    decks: dict[str, tuple[Card, ...]] = {}
    reserves: dict[str, tuple[Card, ...]] = {}
    for decider in here:
        kind: DeciderType = next(one for one in types if one.name == decider.type)
        runs = decider.last_run - decider.first_run + 1
        # a version's decks are dealt out over all runs at once, so that they balance over the session
        cards = decks_of(kind, protocol, runs, Draw(*names, "deck", decider.id, version))
        decks[decider.id] = tuple(cards[run - decider.first_run])
        explicit = decider.kind == "explicit"
        reserve = reserve_of(kind, protocol, Draw(*names, "reserve", decider.id, run, version)) if explicit else []
        reserves[decider.id] = tuple(reserve)
    return RunPlan(
        run=run,
        version=version,
        length=tick + to_ticks(protocol.runs.tail_s, per_second),
        trials=tuple(trials),
        decks=decks,
        reserves=reserves,
    )
