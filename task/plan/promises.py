"""What a plan promises of each run, whatever was drawn by chance: balance, order, and slots without a gap."""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import combinations, groupby, pairwise
from typing import Any

from task.config.durations import balanced_sample, ticks_per_second, to_ticks
from task.config.protocol import Protocol
from task.plan.plan import Decider, RunPlan


def broken_promises(run: RunPlan, deciders: Iterable[Decider], protocol: Protocol) -> Iterator[str]:
    """Say in plain words what a planned run does not keep of what its protocol promises.

    Parameters
    ----------
    run : RunPlan
        The version of a run.
    deciders : iterable of Decider
        The Deciders of the plan.
    protocol : Protocol
        What the run was planned by.
    """
    here = {decider.id: decider for decider in deciders if decider.first_run <= run.run <= decider.last_run}
    numbers = [trial.trial for trial in run.trials]
    if numbers != list(range(1, protocol.runs.trials + 1)):
        yield f"the plan's trials are not numbered from 1 to {protocol.runs.trials}"
        return
    strangers = {who for trial in run.trials for who in (trial.left, trial.right)} - set(here)
    if strangers:
        yield f"the plan offers Deciders that take no part in run {run.run}: {', '.join(sorted(strangers))}"
        return
    yield from _pairs(run, here, protocol)
    yield from _order(run, protocol)
    yield from _slots(run, protocol)
    yield from _decks(run, here, protocol)


def uneven_pairs(first: RunPlan, second: RunPlan) -> list[str]:
    """Name the pairs whose sides do not even out over an odd run and the one after it, as they should."""
    balance: Counter[tuple[str, str]] = Counter()
    offers = [[(trial.left, trial.right) for trial in run.trials] for run in (first, second)]
    both = {frozenset(offer) for offer in offers[0]} & {frozenset(offer) for offer in offers[1]}
    for left, right in (offer for run in offers for offer in run if frozenset(offer) in both):
        balance[min(left, right), max(left, right)] += 1 if left < right else -1
    return [f"{a} and {b}" for (a, b), off in sorted(balance.items()) if off]


def _pairs(run: RunPlan, here: dict[str, Decider], protocol: Protocol) -> Iterator[str]:
    """Every pair within a kind comes equally often, its sides differ by one at most; no other pair comes at all."""
    offers = Counter((trial.left, trial.right) for trial in run.trials)
    times = protocol.runs.trials // protocol.pairs
    for a, b in combinations(sorted(here), 2):
        same_kind = here[a].kind == here[b].kind
        came = offers[a, b] + offers[b, a]
        if came != (times if same_kind else 0):
            yield f"the plan offers {a} and {b} {came} times, where {times if same_kind else 0} was promised"
        elif abs(offers[a, b] - offers[b, a]) > 1:
            yield f"the plan puts {a} {offers[a, b]} times to the left of {b}, and {offers[b, a]} times to its right"
    for trial in run.trials:
        if not here[trial.left].kind == here[trial.right].kind == trial.kind:
            yield f"the plan calls trial {trial.trial} {trial.kind}, which its Deciders are not"
    keeps = Counter(trial.keep_side for trial in run.trials)
    if abs(keeps["left"] - keeps["right"]) > 1:
        yield f"the plan has keep {keeps['left']} times on the left, and {keeps['right']} times on the right"


def _order(run: RunPlan, protocol: Protocol) -> Iterator[str]:
    """Kinds are interleaved, and within a kind no pair comes twice running."""
    most, kinds = protocol.runs.most_of_a_kind_in_a_row, protocol.deciders.kinds
    longest = max(len(list(group)) for _, group in groupby(trial.kind for trial in run.trials))
    if len(kinds) > 1 and longest > most:
        yield f"the plan has {longest} trials of a kind in a row, where {most} at most were promised"
    for kind in kinds if protocol.deciders.pairs_per_kind > 1 else ():
        of_kind = [trial for trial in run.trials if trial.kind == kind]
        for one, following in pairwise(of_kind):
            if {one.left, one.right} == {following.left, following.right}:
                yield f"the plan offers the same two Deciders in trials {one.trial} and {following.trial}"


def _slots(run: RunPlan, protocol: Protocol) -> Iterator[str]:
    """Slots follow one another without a gap, and last as their distributions say."""
    per_second = ticks_per_second(protocol.runs.grid_s)
    tick = to_ticks(protocol.runs.lead_in_s, per_second)
    for trial in run.trials:
        for slot, onset, length in zip(protocol.slots, trial.onsets, trial.lengths, strict=True):
            if onset != tick:
                yield (
                    f"the plan has trial {trial.trial}, {slot.name} at {onset / per_second:g} s, where what comes "
                    f"before it ends at {tick / per_second:g} s"
                )
            tick = onset + length
    if run.length != tick + to_ticks(protocol.runs.tail_s, per_second):
        yield f"the plan's length is {run.length / per_second:g} s, which its trials and its tail do not add up to"
    for i, slot in enumerate(protocol.slots):
        lengths = tuple(sorted(trial.lengths[i] for trial in run.trials))
        if lengths != _promised_lengths(slot.duration_s, protocol.runs.trials, per_second):
            yield f"the plan's durations of {slot.name} are not those of its distribution"


def _decks(run: RunPlan, here: dict[str, Decider], protocol: Protocol) -> Iterator[str]:
    """Each Decider has a card for each time that it is offered."""
    offered = Counter(who for trial in run.trials for who in (trial.left, trial.right))
    numbers = range(1, protocol.deciders.responders + 1)
    for who in here:
        deck, reserve = run.decks.get(who, ()), run.reserves.get(who, ())
        if len(deck) != offered[who]:
            yield f"the plan's deck of {who} has {len(deck)} cards, which is offered {offered[who]} times"
        if any(card.rank not in numbers or card.spots not in numbers for card in (*deck, *reserve)):
            yield f"the plan's cards of {who} hold a rank or spots beyond the {numbers[-1]} Responders"


@cache
def _promised_lengths(duration: Any, count: int, per_second: int) -> tuple[int, ...]:
    return tuple(balanced_sample(duration, count, per_second))
