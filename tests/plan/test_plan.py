"""Invariants of whole plans, over participants, seeds and protocols."""

import json
from collections import Counter
from itertools import combinations, pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from task.config.durations import to_ticks
from task.config.protocol import Protocol
from task.config.read import names_in
from task.plan.generative import match_probability
from task.plan.plan import PlanError, make_plan, read_plan, save_plan, what_differs
from task.plan.rules import matched
from tests.factories import AVATARS, a_plan, a_protocol

GOLDEN = {
    ("demo", "01", 1): "a536144f8c8941682c8d25f028dcacd3dfe859b43f7f387e2ed980a05125e839",
    ("relational_value", "07", 7): "103a3da68e9f5c72784ae9af22aa84913f75449f78c1312f19fede829ca0d7ea",
    ("separate_feedback", "S012", 12): "2afca093904e061795913ab674837c6ecafbdd4e5ca363ac00a01edfab065a11",
}


@pytest.mark.parametrize(("protocol", "participant", "seed"), GOLDEN)
def test_the_same_inputs_give_the_same_bytes_on_every_machine_and_in_every_year(
    protocol: str, participant: str, seed: int
) -> None:
    plan = a_plan(protocol, participant, order_index=seed, seed=seed)
    assert plan.digest == GOLDEN[protocol, participant, seed]


@pytest.mark.parametrize("protocol", names_in("protocols"))
@settings(max_examples=6, deadline=None)
@given(order_index=st.integers(0, 500), seed=st.integers(0, 10**9))
def test_every_plan_is_balanced(protocol: str, order_index: int, seed: int) -> None:
    plan = a_plan(protocol, f"{order_index:03d}", order_index, seed)
    runs, types = plan.protocol.runs, plan.protocol.deciders.types
    kinds = {decider.id: decider.kind for decider in plan.deciders}
    lefts: dict[tuple[str, str], list[int]] = {}
    for number in range(1, runs.count + 1):
        run = plan.run(number, 1)
        offers = [(trial.left, trial.right) for trial in run.trials]
        pairs = Counter(frozenset(offer) for offer in offers)
        # every pair within a kind comes equally often, and no other pair comes at all
        assert set(pairs.values()) == {runs.trials // plan.protocol.pairs}
        assert len(pairs) == plan.protocol.pairs
        assert all(
            kinds[left] == kinds[right] == trial.kind for (left, right), trial in zip(offers, run.trials, strict=True)
        )
        for pair in pairs:
            first, second = sorted(pair)
            balance = offers.count((first, second)) - offers.count((second, first))
            assert abs(balance) <= 1
            lefts.setdefault((first, second), []).append(balance)
        # explicit and hidden are interleaved, and no offer comes twice running
        order = "".join(trial.kind[0] for trial in run.trials)
        assert not any(kind * (runs.most_of_a_kind_in_a_row + 1) in order for kind in "eh")
        for kind in "eh":
            of_kind = [
                frozenset(offer) for offer, trial in zip(offers, run.trials, strict=True) if trial.kind[0] == kind
            ]
            assert all(a != b for a, b in pairwise(of_kind))
        keeps = Counter(trial.keep_side for trial in run.trials)
        assert abs(keeps["left"] - keeps["right"]) <= 1
    for balances in lefts.values():
        assert all(a + b == 0 for a, b in zip(balances[::2], balances[1::2], strict=True))
    assert len(kinds) == 2 * len(types)


@pytest.mark.parametrize("protocol", names_in("protocols"))
def test_every_run_of_a_protocol_has_the_same_length_and_jitter_for_everybody(protocol: str) -> None:
    lengths, jitters = set(), set()
    for participant in range(1, 6):
        plan = a_plan(protocol, f"{participant:02d}", participant, seed=participant)
        for run in plan.runs:
            lengths.add(run.length)
            jitters.add(
                tuple(tuple(sorted(slot)) for slot in zip(*(trial.lengths for trial in run.trials), strict=True))
            )
    assert len(lengths) == len(jitters) == 1
    assert lengths == {plan.protocol.run_s * plan.ticks_per_s}


def test_slots_follow_one_another_without_a_gap() -> None:
    plan = a_plan("relational_value")
    lead_in = to_ticks(plan.protocol.runs.lead_in_s, plan.ticks_per_s)
    tail = to_ticks(plan.protocol.runs.tail_s, plan.ticks_per_s)
    for run in plan.runs:
        onsets = [onset for trial in run.trials for onset in trial.onsets]
        lengths = [length for trial in run.trials for length in trial.lengths]
        assert onsets[0] == lead_in
        assert all(
            onset + length == following for onset, length, following in zip(onsets, lengths, onsets[1:], strict=False)
        )
        assert onsets[-1] + lengths[-1] + tail == run.length
        assert plan.protocol.volumes * plan.protocol.scan.tr_s >= plan.seconds(run.length)


def test_the_order_of_the_jitter_differs_between_runs_versions_and_participants() -> None:
    orders = {
        tuple(trial.lengths for trial in run.trials)
        for participant in ("01", "02")
        for run in a_plan("relational_value", participant).runs
    }
    assert len(orders) == 2 * 4 * 3


def test_over_eight_participants_each_avatar_is_each_decider_once() -> None:
    roles = Counter((d.avatar, d.type, d.kind) for i in range(8) for d in a_plan(order_index=i).deciders)
    assert len(roles) == 64
    assert set(roles.values()) == {1}


@pytest.mark.parametrize("types", [4, 3])
def test_each_avatar_in_each_role_has_both_orders_of_sides_equally_often(types: int) -> None:
    protocol = a_protocol("relational_value", runs={"count": 1, "spare_versions": 0, "trials": 9 if types == 3 else 36})
    deciders = {
        "types": protocol.deciders.types[:types],
        "kinds": ("explicit",) if types == 3 else ("explicit", "hidden"),
    }
    protocol = protocol.model_copy(update={"deciders": protocol.deciders.model_copy(update=deciders)})
    seen: Counter[tuple[str, str, str, bool]] = Counter()
    participants = 2 * protocol.deciders_needed
    for order_index in range(participants):
        plan = a_plan(protocol, order_index=order_index)
        offers = [(t.left, t.right) for t in plan.run(1, 1).trials]
        for a, b in combinations([d.id for d in plan.deciders if d.kind == "explicit"], 2):
            seen[plan.decider(a).avatar, a, b, offers.count((a, b)) > offers.count((b, a))] += 1
    assert set(seen.values()) == {1}
    assert len(seen) == participants * types * (types - 1) // 2


@pytest.mark.parametrize("protocol", ["relational_value", "separate_feedback"])
def test_decks_hold_the_model_over_a_session(protocol: str) -> None:
    plan = a_plan(protocol)
    deciders = plan.protocol.deciders
    for decider in plan.deciders:
        kind = next(one for one in deciders.types if one.name == decider.type)
        cards = [card for run in plan.runs if run.version == 1 for card in run.decks[decider.id]]
        assert len(cards) == 36
        assert abs(sum(matched(*card) for card in cards) - 36 * match_probability(kind, deciders)) <= 0.5
        assert abs(sum(card.rank for card in cards) / 36 - min(kind.mean_rank, 6.95)) < 0.15
        for run in plan.runs:  # spread: no run is luckier than another by more than a card
            offers = sum(decider.id in (t.left, t.right) for t in run.trials)
            assert len(run.decks[decider.id]) == offers
            share = sum(matched(*card) for card in run.decks[decider.id])
            assert abs(share - offers * match_probability(kind, deciders)) < 1.5


def test_spare_versions_differ_and_go_on_beyond_the_planned_ones() -> None:
    plan = a_plan("relational_value")
    versions = [plan.run(2, version) for version in range(1, 7)]
    assert len({tuple((t.left, t.right, t.onsets) for t in version.trials) for version in versions}) == 6
    assert [version.version for version in versions] == [1, 2, 3, 4, 5, 6]
    assert plan.run(2, 6) == plan.run(2, 6)


@pytest.mark.parametrize("session", [None, "2"])
def test_a_version_beyond_the_spares_is_the_one_that_more_spares_would_have_had(session: str | None) -> None:
    few, more = (
        make_plan(
            a_protocol(runs={"spare_versions": spares}),
            participant="01",
            session=session,
            avatars=AVATARS,
            order_index=3,
            seed=4,
        )
        for spares in (0, 2)
    )
    assert [run.version for run in few.runs] == [1, 1]
    assert [run.version for run in more.runs] == [1, 2, 3] * 2
    for run in more.runs:
        assert few.run(run.run, run.version) == run


def test_renewed_deciders_have_avatars_of_their_own() -> None:
    protocol = a_protocol("relational_value", deciders={"renew_every_runs": 2})
    assert protocol.deciders_needed == 16
    avatars = [f"many/{number:02d}" for number in range(16)]
    plan = make_plan(protocol, participant="01", session=None, avatars=avatars, order_index=3, seed=1)
    assert len({decider.avatar for decider in plan.deciders}) == 16
    for number in range(1, 5):
        shown = {who for trial in plan.run(number, 1).trials for who in (trial.left, trial.right)}
        assert shown == {d.id for d in plan.deciders if d.first_run <= number <= d.last_run}
        assert len(shown) == 8


def test_a_saved_plan_reads_as_it_was(tmp_path: Path) -> None:
    plan = a_plan("relational_value")
    save_plan(plan, tmp_path / "plan.json")
    assert read_plan(tmp_path / "plan.json") == plan
    assert (tmp_path / "plan.json").read_bytes() == plan.to_bytes()
    assert b"\r" not in plan.to_bytes()


def test_a_plan_that_cannot_be_saved_leaves_the_one_that_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError("No space left on device")

    save_plan(a_plan(), tmp_path / "sub-01" / "plan.json")
    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="No space left"):
        save_plan(a_plan("relational_value"), tmp_path / "sub-01" / "plan.json")
    assert read_plan(tmp_path / "sub-01" / "plan.json") == a_plan()
    assert [file.name for file in (tmp_path / "sub-01").iterdir()] == ["plan.json"]


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\x00", b'{"format": 1}', b"[]"])
def test_a_spoilt_plan_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "plan.json").write_bytes(content)
    with pytest.raises(PlanError, match=r"plan\.json.*cannot be read.*restore it"):
        read_plan(tmp_path / "plan.json")


def test_a_spoilt_plan_is_told_by_the_first_place_that_is_not_as_it_was_written(tmp_path: Path) -> None:
    path, spoilt = tmp_path / "plan.json", json.loads(a_plan().to_bytes())
    spoilt["deciders"][2]["first_run"] = "one"
    path.write_text(json.dumps(spoilt))
    with pytest.raises(
        PlanError, match=r"cannot be read: deciders\.2\.first_run: Input should be a valid integer\. If no"
    ):
        read_plan(path)
    spoilt["seed"] = None
    path.write_text(json.dumps(spoilt))
    with pytest.raises(
        PlanError, match=r"cannot be read: seed: Input should be a valid integer; and 1 more\. If no run"
    ):
        read_plan(path)
    path.write_bytes(a_plan().to_bytes().replace(b'"format": 1', b'"format": 2'))
    with pytest.raises(PlanError, match=r"cannot be read: format: Input should be 1\. If no run"):
        read_plan(path)
    with pytest.raises(PlanError, match=r"cannot be read: No such file or directory\. If no run"):
        read_plan(tmp_path / "other.json")


def test_only_what_matters_to_the_plan_makes_a_protocol_differ() -> None:
    plan = a_plan("relational_value")
    same = a_protocol("relational_value", runs={"closing_screen_s": 60.0}).model_copy(
        update={"description": "other words", "wording": "de"}
    )
    assert what_differs(plan, same) == []
    assert what_differs(plan, a_protocol("relational_value", scan={"tr_s": 1.5, "pulses_before_zero": 4})) == []
    assert what_differs(plan, a_protocol("relational_value", runs={"tail_s": 12.0})) == ["runs"]
    assert what_differs(plan, a_protocol("relational_value", trust_game={"invested": 20})) == ["trust_game"]
    assert json.loads(plan.to_bytes())["protocol"]["name"] == "relational_value"


def test_fewer_avatars_than_deciders_is_not_planned() -> None:
    with pytest.raises(IndexError):
        make_plan(a_protocol(), participant="01", session=None, avatars=AVATARS[:5], order_index=1, seed=1)


def test_deciders_are_labelled_in_order_explicit_ones_first_and_renewed_as_often_as_asked() -> None:
    protocol = a_protocol("relational_value", deciders={"renew_every_runs": 3}, runs={"spare_versions": 0})
    types = [kind.name for kind in protocol.deciders.types]
    avatars = [f"many/{number:02d}" for number in range(16)]
    plan = make_plan(protocol, participant="01", session=None, avatars=avatars, order_index=0, seed=1)
    assert [decider.id for decider in plan.deciders] == [f"D{number}" for number in range(1, 17)]
    assert [decider.kind for decider in plan.deciders] == (["explicit"] * 4 + ["hidden"] * 4) * 2
    assert [decider.type for decider in plan.deciders] == types * 4
    assert [(decider.first_run, decider.last_run) for decider in plan.deciders] == [(1, 3)] * 8 + [(4, 4)] * 8
    assert [decider.avatar for decider in plan.deciders] == avatars
    assert plan.avatar_set == "many"
    # of what three runs share, each has a third; the last run has a deck of its own
    assert [len(plan.run(number, 1).decks["D1"]) for number in (1, 2, 3)] == [9] * 3
    assert len({plan.run(number, 1).decks["D1"] for number in (1, 2, 3)}) == 3
    assert set(plan.run(4, 1).decks) == {f"D{number}" for number in range(9, 17)}
    assert plan.decider("D9").first_run == 4


def test_only_explicit_deciders_have_a_reserve() -> None:
    plan = a_plan("relational_value")
    for run in plan.runs:
        assert {who for who, cards in run.reserves.items() if cards} == {"D1", "D2", "D3", "D4"}
        assert run.reserves.keys() == run.decks.keys()


def test_the_session_and_the_name_of_the_protocol_make_other_plans_and_the_description_does_not() -> None:
    def order(protocol: Protocol, session: str | None) -> list[tuple[str, str]]:
        plan = make_plan(protocol, participant="01", session=session, avatars=AVATARS, order_index=1, seed=1)
        return [(trial.left, trial.right) for trial in plan.run(1, 1).trials]

    protocol = a_protocol("relational_value")
    orders = [order(protocol, None), order(protocol, "2"), order(protocol.model_copy(update={"name": "mine"}), None)]
    assert all(one != other for one, other in combinations(orders, 2))
    assert order(protocol.model_copy(update={"description": "other words"}), None) == orders[0]


def test_decks_reserves_and_orders_differ_between_participants_seeds_runs_and_versions() -> None:
    runs = [
        run
        for participant, seed in (("01", 1), ("02", 1), ("01", 2))
        for run in a_plan("relational_value", participant, order_index=1, seed=seed).runs
    ]
    for drawn in (
        [tuple(run.decks.values()) for run in runs],
        [tuple(run.reserves.values()) for run in runs],
        [tuple((trial.left, trial.right) for trial in run.trials) for run in runs],
        [tuple(trial.keep_side for trial in run.trials) for run in runs],
        [tuple(trial.lengths for trial in run.trials) for run in runs],
    ):
        assert len(set(drawn)) == len(runs) == 3 * 4 * 3


def test_what_differs_is_named_by_its_table() -> None:
    plan = a_plan("relational_value")
    protocol = a_protocol("relational_value", deciders={"rank_sd": 2.0}, feedback_cells={"share_per_cell": 0.1})
    assert what_differs(plan, protocol) == ["deciders", "feedback_cells"]
    assert what_differs(plan, protocol.model_copy(update={"slots": protocol.slots[:-1]})) == [
        "deciders",
        "feedback_cells",
        "slots",
    ]
    assert what_differs(plan, a_protocol("demo")) != []


def test_another_scan_changes_nothing_else_of_a_plan() -> None:
    plan, scan = a_plan(), a_protocol(scan={"tr_s": 1.5}).scan
    other = plan.with_scan(scan)
    assert other.protocol.scan == scan
    assert other.runs == plan.runs
    assert what_differs(plan, other.protocol) == []
