"""What a plan promises is missed wherever a plan is changed by hand."""

from itertools import groupby, pairwise
from typing import Any

import pytest

from task.plan.generative import Card
from task.plan.plan import Plan, RunPlan, Trial, make_plan
from task.plan.promises import broken_promises, uneven_pairs
from tests.factories import a_plan, a_protocol

PLAN = a_plan("relational_value")
RUN = PLAN.run(1, 1)


def another_plan(trials: int, types: int = 4, kinds: tuple[str, ...] = ("explicit", "hidden")) -> Plan:
    """A plan of one run with other numbers of trials, of types and of kinds."""
    protocol = a_protocol("relational_value", runs={"count": 1, "trials": trials, "spare_versions": 0})
    deciders = protocol.deciders.model_copy(update={"types": protocol.deciders.types[:types], "kinds": kinds})
    return a_plan(protocol.model_copy(update={"deciders": deciders}))


def broken(run: RunPlan, plan: Plan = PLAN) -> list[str]:
    return list(broken_promises(run, plan.deciders, plan.protocol))


def with_trials(changed: dict[int, dict[str, Any]], run: RunPlan = RUN) -> RunPlan:
    """The run with some facts of some trials changed, by their number."""
    trials = [trial.model_copy(update=changed.get(trial.trial, {})) for trial in run.trials]
    return run.model_copy(update={"trials": tuple(trials)})


def offer_of(trial: Trial) -> dict[str, Any]:
    return {"kind": trial.kind, "left": trial.left, "right": trial.right}


def in_order(trials: list[Trial]) -> RunPlan:
    """The run with its offers in another order, each at the times and with the number of its new place."""
    return with_trials({place: offer_of(trial) for place, trial in enumerate(trials, 1)})


@pytest.mark.parametrize("run", PLAN.runs, ids=lambda run: f"run {run.run} version {run.version}")
def test_a_plan_as_it_was_made_keeps_all_it_promises(run: RunPlan) -> None:
    assert broken(run) == []


def test_trials_are_numbered_from_1_to_the_last() -> None:
    unnumbered = ["the plan's trials are not numbered from 1 to 36"]
    assert broken(RUN.model_copy(update={"trials": RUN.trials[:-1]})) == unnumbered
    assert broken(with_trials({1: {"trial": 2}})) == unnumbered


def test_nobody_is_offered_in_a_run_in_which_they_take_no_part() -> None:
    assert broken(with_trials({4: {"left": "D99", "right": "D12"}})) == [
        "the plan offers Deciders that take no part in run 1: D12, D99"
    ]
    protocol = a_protocol("relational_value", deciders={"renew_every_runs": 2}, runs={"spare_versions": 0})
    avatars = [f"many/{number:02d}" for number in range(16)]
    renewed = make_plan(protocol, participant="01", session=None, avatars=avatars, order_index=1, seed=1)
    for performed, number, strangers in ((3, 2, "D10, D11, D12, D13, D14, D15, D16, D9"), (2, 3, "D1, D2, D3, D4")):
        run = renewed.run(performed, 1)
        assert broken(run, renewed) == []
        (said,) = broken(run.model_copy(update={"run": number}), renewed)
        assert said.startswith(f"the plan offers Deciders that take no part in run {number}: {strangers}")


def test_every_pair_of_a_kind_comes_equally_often() -> None:
    first = RUN.trials[0]
    other = next(t for t in RUN.trials if t.kind == first.kind and {t.left, t.right} != {first.left, first.right})
    said = broken(with_trials({1: offer_of(other)}))
    (a, b), (c, d) = sorted((first.left, first.right)), sorted((other.left, other.right))
    assert f"the plan offers {a} and {b} 2 times, where 3 was promised" in said
    assert f"the plan offers {c} and {d} 4 times, where 3 was promised" in said


def test_nobody_is_offered_with_a_decider_of_the_other_kind() -> None:
    explicit = next(t for t in RUN.trials if t.kind == "explicit")
    said = broken(with_trials({explicit.trial: {"right": "D5"}}))
    assert f"the plan offers {explicit.left} and D5 1 times, where 0 was promised" in said
    assert f"the plan calls trial {explicit.trial} explicit, which its Deciders are not" in said


def test_a_trial_is_called_by_the_kind_of_its_deciders() -> None:
    for trial in RUN.trials[:12]:
        wrong = "hidden" if trial.kind == "explicit" else "explicit"
        said = f"the plan calls trial {trial.trial} {wrong}, which its Deciders are not"
        assert said in broken(with_trials({trial.trial: {"kind": wrong}}))


def test_the_sides_of_a_pair_differ_by_one_at_most() -> None:
    a, b = sorted((RUN.trials[0].left, RUN.trials[0].right))
    of_pair = [trial.trial for trial in RUN.trials if {trial.left, trial.right} == {a, b}]
    one_side = with_trials({number: {"left": a, "right": b} for number in of_pair})
    other_side = with_trials({number: {"left": b, "right": a} for number in of_pair})
    assert broken(one_side) == [f"the plan puts {a} 3 times to the left of {b}, and 0 times to its right"]
    assert broken(other_side) == [f"the plan puts {a} 0 times to the left of {b}, and 3 times to its right"]


def test_where_a_pair_comes_twice_each_of_it_is_once_on_either_side() -> None:
    plan = another_plan(24)
    run = plan.run(1, 1)
    first = run.trials[0]
    turned = broken(with_trials({1: {"left": first.right, "right": first.left}}, run), plan)
    assert len(turned) == 1
    assert turned[0].startswith("the plan puts ")


def test_keep_is_on_the_left_as_often_as_on_the_right() -> None:
    left = next(trial.trial for trial in RUN.trials if trial.keep_side == "left")
    right = next(trial.trial for trial in RUN.trials if trial.keep_side == "right")
    assert broken(with_trials({left: {"keep_side": "right"}})) == [
        "the plan has keep 17 times on the left, and 19 times on the right"
    ]
    assert broken(with_trials({right: {"keep_side": "left"}})) == [
        "the plan has keep 19 times on the left, and 17 times on the right"
    ]
    plan = another_plan(9, types=3, kinds=("explicit",))
    assert broken(plan.run(1, 1), plan) == []  # one of nine more on one side is as even as it can be


def test_kinds_are_interleaved() -> None:
    by_kind = [[trial for trial in RUN.trials if trial.kind == kind] for kind in ("explicit", "hidden")]
    assert broken(in_order(by_kind[0] + by_kind[1])) == [
        "the plan has 18 trials of a kind in a row, where 3 at most were promised"
    ]
    alternating = in_order([trial for both in zip(*by_kind, strict=True) for trial in both])
    assert broken(alternating) == []
    assert max(len(list(row)) for _, row in groupby(trial.kind for trial in RUN.trials)) == 3
    strict = PLAN.model_copy(update={"protocol": a_protocol("relational_value", runs={"most_of_a_kind_in_a_row": 2})})
    assert broken(RUN, strict) == ["the plan has 3 trials of a kind in a row, where 2 at most were promised"]


def test_no_pair_comes_twice_running_within_its_kind() -> None:
    explicit = [trial for trial in RUN.trials if trial.kind == "explicit"]
    again = next(t for t in explicit[2:] if {t.left, t.right} == {explicit[0].left, explicit[0].right})
    second = explicit[1]
    said = broken(with_trials({second.trial: offer_of(again), again.trial: offer_of(second)}))
    assert f"the plan offers the same two Deciders in trials {explicit[0].trial} and {second.trial}" in said


def test_the_pairs_of_the_only_kind_do_not_come_twice_running_either_but_the_only_pair_has_to() -> None:
    plan = another_plan(9, types=3, kinds=("explicit",))
    run = plan.run(1, 1)
    first, again = [trial for trial in run.trials if {trial.left, trial.right} == {"D1", "D2"}][:2]
    after = run.trials[first.trial]
    said = broken(with_trials({after.trial: offer_of(again), again.trial: offer_of(after)}, run), plan)
    assert f"the plan offers the same two Deciders in trials {first.trial} and {after.trial}" in said
    one_pair = another_plan(6, types=2, kinds=("explicit",))
    assert broken(one_pair.run(1, 1), one_pair) == []


def test_slots_follow_one_another_without_a_gap() -> None:
    first, *_, last = RUN.trials
    a_tick_late = (*first.onsets[:2], first.onsets[2] + 1, *first.onsets[3:])
    before = PLAN.seconds(first.onsets[2])
    assert broken(with_trials({1: {"onsets": a_tick_late}})) == [
        f"the plan has trial 1, feedback at {before + 0.1:g} s, where what comes before it ends at {before:g} s",
        f"the plan has trial 1, interval_after_feedback at {before + 3:g} s, where what comes before it ends at "
        f"{before + 3.1:g} s",
    ]
    assert broken(with_trials({1: {"onsets": (0, *first.onsets[1:])}}))[0] == (
        "the plan has trial 1, choice at 0 s, where what comes before it ends at 8 s"
    )
    longer = RUN.model_copy(update={"length": RUN.length + 1})
    length = PLAN.seconds(RUN.length) + 0.1
    assert broken(longer) == [f"the plan's length is {length:g} s, which its trials and its tail do not add up to"]
    assert last.onsets[-1] + last.lengths[-1] < RUN.length


def test_slots_last_as_their_distributions_say() -> None:
    # a tick from one trial's interval to the next one's, with all onsets as they follow from that
    one, after = next((a, b) for a, b in pairwise(RUN.trials) if a.lengths[1] != b.lengths[1] + 1)
    slots = len(one.lengths)
    moved = with_trials(
        {
            one.trial: {
                "lengths": (one.lengths[0], one.lengths[1] + 1, *one.lengths[2:]),
                "onsets": tuple(onset + (i > 1) for i, onset in enumerate(one.onsets)),
            },
            after.trial: {
                "lengths": (after.lengths[0], after.lengths[1] - 1, *after.lengths[2:]),
                "onsets": tuple(onset + (i < 2) for i, onset in zip(range(slots), after.onsets, strict=True)),
            },
        }
    )
    assert broken(moved) == ["the plan's durations of interval_after_choice are not those of its distribution"]


def test_each_decider_has_a_card_for_each_time_that_it_is_offered() -> None:
    short = RUN.model_copy(update={"decks": RUN.decks | {"D2": RUN.decks["D2"][1:]}})
    assert broken(short) == ["the plan's deck of D2 has 8 cards, which is offered 9 times"]
    none = RUN.model_copy(update={"decks": {who: deck for who, deck in RUN.decks.items() if who != "D7"}})
    assert broken(none) == ["the plan's deck of D7 has 0 cards, which is offered 9 times"]


@pytest.mark.parametrize("card", [Card(0, 3), Card(3, 0), Card(9, 3), Card(3, 9)])
def test_no_card_goes_beyond_the_responders(card: Card) -> None:
    beyond = ["the plan's cards of D3 hold a rank or spots beyond the 8 Responders"]
    for pile in ("decks", "reserves"):
        piles = getattr(RUN, pile)
        assert broken(RUN.model_copy(update={pile: piles | {"D3": (*piles["D3"][:-1], card)}})) == beyond
        at_the_ends = piles | {"D3": (Card(1, 8), Card(8, 1), *piles["D3"][2:])}
        assert broken(RUN.model_copy(update={pile: at_the_ends})) == []


def test_sides_even_out_over_an_odd_run_and_the_one_after_it() -> None:
    first, second = PLAN.run(1, 1), PLAN.run(2, 1)
    assert uneven_pairs(first, second) == uneven_pairs(PLAN.run(1, 2), PLAN.run(2, 3)) == []
    pairs = sorted({tuple(sorted((trial.left, trial.right))) for trial in first.trials})
    assert uneven_pairs(first, first) == [f"{a} and {b}" for a, b in pairs]
    a, b = pairs[0]
    turned = {t.trial: {"left": t.right, "right": t.left} for t in second.trials if {t.left, t.right} == {a, b}}
    assert uneven_pairs(first, with_trials(turned, second)) == [f"{a} and {b}"]


def test_pairs_of_renewed_deciders_have_nothing_to_even_out() -> None:
    protocol = a_protocol("relational_value", deciders={"renew_every_runs": 1}, runs={"count": 2, "spare_versions": 0})
    avatars = [f"many/{number:02d}" for number in range(16)]
    plan = make_plan(protocol, participant="01", session=None, avatars=avatars, order_index=1, seed=1)
    assert uneven_pairs(plan.run(1, 1), plan.run(2, 1)) == []
