"""What must hold of every run holds of whole sessions, and is missed wherever a journal is changed by hand."""

import copy
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from task.config.read import names_in
from task.devices.strokes import Stroke
from task.plan.promises import broken_promises, uneven_pairs
from task.record.correction import move_zero
from task.record.invariants import Verdict
from task.record.invariants import check_run as check_records
from task.record.journal import JournalError, damage_of, read_journal
from task.record.layout import Dataset, Person
from task.record.lines import lines_of
from task.record.records import Facts, Unknown, from_facts
from task.scene.base import Scene
from task.visit.minds import SimulatedMindSettings
from tests.export.conftest import BEN, CLEO, abort_at, cut_off, perform
from tests.factories import (
    Hands,
    a_plan,
    a_protocol,
    as_records,
    facts_in,
    perform_with,
    press,
    pulses,
    simulate_session,
)

Records = list[Facts]


def check_run(records: Records) -> Verdict:
    return check_records(as_records(records))


@pytest.fixture(scope="module")
def _performed(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return facts_in(perform(Dataset(tmp_path_factory.mktemp("run")), a_protocol()))


@pytest.fixture
def records(_performed: Records) -> Records:
    """A complete run of the demo, by the simulated participant."""
    return copy.deepcopy(_performed)


def of(records: Records, kind: str, **facts: Any) -> Records:
    return [r for r in records if r["kind"] == kind and facts.items() <= r.items()]


def renumbered(records: Records) -> Records:
    for n, record in enumerate(records):
        record["n"] = n
    return records


def without(records: Records, record: Facts) -> None:
    """Take a record out as if it had never been there."""
    records.remove(record)
    renumbered(records)


def with_one_more(records: Records, before: Facts, kind: str, **facts: Any) -> None:
    records.insert(records.index(before), {"n": 0, "kind": kind, **facts})
    renumbered(records)


def twice(records: Records, record: Facts) -> None:
    records.insert(record["n"], dict(record))
    renumbered(records)


def answer(records: Records, kind: str = "choice") -> Facts:
    """The first question that was answered by a press."""
    return next(r for r in of(records, kind) if r["side"] is not None)


def press_of(records: Records, kind: str = "choice") -> Facts:
    """The press that answered it."""
    return next(r for r in reversed(records[: answer(records, kind)["n"]]) if r["kind"] == "press")


# --- all is well -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", names_in("protocols"))
@pytest.mark.parametrize(("participant", "w", "beta", "seed"), [("01", 0.5, 3, 1), ("02", 0, 0, 2), ("S07", 1, 20, 3)])
def test_whole_sessions_keep_every_invariant(
    tmp_path: Path, protocol: str, participant: str, w: float, beta: float, seed: int
) -> None:
    mind = SimulatedMindSettings(w=w, beta=beta, seed=seed)
    _, plan, attempts = simulate_session(tmp_path, protocol, participant, mind)
    assert len(attempts) == plan.protocol.runs.count
    for attempt in attempts:
        assert check_run(facts_in(attempt.journal)).broken == []


PERFORMANCES: dict[str, dict[str, Any]] = {
    "ended before zero": {"typed": abort_at(2.0)},
    "ended in the first choice": {"typed": abort_at(7.5)},
    "ended in the middle": {"typed": abort_at(40.0)},
    "ended while only listening": {"typed": abort_at(127.5)},
    "nobody ever presses": {"plays": False},
    "started by hand": {"scanner_starts_after_s": 30.0, "typed": [(2.0, "space")]},
    "started by hand while the scanner pulses": {"typed": [(20.0, "space")]},
    "keys without a meaning": {"typed": [(2.0, "q"), (20.0, "x"), (41.3, "q")]},
    "keys of the operator on the participant's side": {"typed": [(10.0 + i / 2, "fj"[i % 2]) for i in range(200)]},
}


@pytest.mark.parametrize("how", PERFORMANCES)
def test_mishaps_break_no_invariant(tmp_path: Path, how: str) -> None:
    assert check_run(facts_in(perform(Dataset(tmp_path), a_protocol(), **PERFORMANCES[how]))).broken == []


@pytest.mark.parametrize(
    "scan",
    [
        {"pulses_before_zero": 4},
        {"pulses": "every_slice", "pulses_per_volume": 20},
        {"pulses": "first_only"},
        {"volumes": 80},
    ],
)
def test_however_the_scanner_pulses_no_invariant_is_broken(tmp_path: Path, scan: dict[str, Any]) -> None:
    assert check_run(facts_in(perform(Dataset(tmp_path), a_protocol(scan=scan)))).broken == []


def test_repeated_attempts_with_spare_versions_keep_every_invariant(tmp_path: Path) -> None:
    dataset = Dataset(tmp_path)
    for typed in (abort_at(40.0), abort_at(60.0), abort_at(50.0), abort_at(70.0), []):  # the last is beyond the spares
        records = facts_in(perform(dataset, a_protocol(), typed=typed))
        assert check_run(records).broken == []
    assert records[0]["version"] == 5


def test_a_run_cut_off_anywhere_is_checked_as_far_as_it_goes(records: Records) -> None:
    for count in range(1, len(records)):
        verdict = check_run(records[:count])
        assert verdict.broken == []
        assert any("cut off" in remark for remark in verdict.remarks) == (count <= of(records, "end")[0]["n"])


def test_a_zero_that_was_moved_after_the_run_is_a_remark(tmp_path: Path) -> None:
    journal = perform(Dataset(tmp_path), a_protocol(), person=BEN)
    move_zero(journal, -2.0, "the scanner stored all volumes")
    verdict = check_run(facts_in(journal))
    assert verdict.broken == []
    assert "zero was moved by -2.0000 s after the run: the scanner stored all volumes" in verdict.remarks


def test_a_late_onset_that_a_dropped_frame_explains_is_a_remark(records: Records) -> None:
    onset = of(records, "onset", trial=3, slot="feedback")[0]
    onset["t"] += 0.04
    with_one_more(records, onset, "dropped", t=onset["t"], late_s=0.04)
    of(records, "end")[0]["dropped_frames"] = 1
    verdict = check_run(records)
    assert verdict.broken == []
    assert verdict.remarks == ["trial 3, feedback: shown 40.0 ms after its time, as frames were dropped"]


def test_an_onset_that_a_real_screen_showed_late_is_a_remark_with_its_time(records: Records) -> None:
    of(records, "display")[0]["paced_by"] = "display"
    of(records, "onset", trial=3, slot="feedback")[0]["t"] += 0.04
    verdict = check_run(records)
    assert verdict.broken == []
    assert verdict.remarks == ["trial 3, feedback: shown 40.0 ms after its time, and no frame was dropped"]
    of(records, "onset", trial=3, slot="feedback")[0]["t"] -= 0.08
    assert check_run(records).broken == ["trial 3, feedback: shown 40.0 ms before its time"]


def test_an_onset_before_the_one_that_it_follows_is_never_explained_by_dropped_frames(records: Records) -> None:
    late = of(records, "onset", trial=3, slot="feedback")[0]
    late["t"] += 4.0
    with_one_more(records, late, "dropped", t=late["t"], late_s=4.0)
    of(records, "end")[0]["dropped_frames"] = 1
    (broken,) = check_run(records).broken
    assert "before the onset that it follows" in broken


def test_a_step_of_the_wall_clock_is_a_remark(records: Records) -> None:
    of(records, "clock")[-1]["utc"] = "1970-01-01T01:00:00.000000+00:00"
    verdict = check_run(records)
    assert verdict.broken == []
    assert any("wall clock moved by" in remark for remark in verdict.remarks)


def test_a_press_that_was_read_after_its_miss_is_a_remark(records: Records) -> None:
    choice = answer(records)
    opened = of(records, "onset", trial=choice["trial"], slot="choice")[0]["t"]
    records_of_trial = [r for r in records if r.get("trial") == choice["trial"]]
    end = of(records, "onset", trial=choice["trial"], slot="feedback")[0]
    press = press_of(records)
    shortened = records[: end["n"]]
    shortened.remove(press)
    shortened.remove(of(records_of_trial, "feedback")[0])
    choice |= {"side": None, "response_time": None, "decider": None}
    shortened.append(press)
    verdict = check_run(renumbered(shortened))
    assert opened <= press["t"]
    assert verdict.broken == []
    assert f"trial {choice['trial']}, choice: a press in time was read only after the miss had been decided" in (
        verdict.remarks
    )


def test_times_that_no_person_has_and_a_run_without_answers_are_remarks(tmp_path: Path) -> None:
    quick = Hands(pulses(3.0, 62), lambda scene, at, closes: [press(at + 0.0002, "f")] if closes else [])
    perform_with(quick, tmp_path / "quick_journal.jsonl")
    verdict = check_run(facts_in(tmp_path / "quick_journal.jsonl"))
    assert verdict.broken == []
    assert any("came faster than any person is" in remark for remark in verdict.remarks)
    perform_with(Hands(pulses(3.0, 62)), tmp_path / "none_journal.jsonl")
    verdict = check_run(facts_in(tmp_path / "none_journal.jsonl"))
    assert verdict.broken == []
    assert any("NONE of its 12 choices was answered" in remark for remark in verdict.remarks)


def held(at: float, for_s: float) -> list[Stroke]:
    return [press(at + i / 60, "f") for i in range(int(for_s * 60))]


def test_a_button_that_is_held_breaks_nothing_and_is_no_remark(tmp_path: Path) -> None:
    def holding(scene: Scene, at: float, closes: float | None) -> list[Stroke]:
        return held(at + 0.6, 0.5) if closes else []

    perform_with(Hands(pulses(3.0, 62), holding), tmp_path / "j_journal.jsonl")
    verdict = check_run(facts_in(tmp_path / "j_journal.jsonl"))
    assert verdict.broken == []
    assert not any("held" in remark for remark in verdict.remarks)


def test_answers_of_a_button_that_was_held_are_a_remark_where_the_program_took_them_for_presses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("task.record.repeats.Repeats.is_repeat", lambda *_: False)
    monkeypatch.setattr("task.visit.head.FORMAT", 1)
    perform_with(Hands([*pulses(3.0, 62), *held(4.0, 30.0)]), tmp_path / "j_journal.jsonl")
    verdict = check_run(facts_in(tmp_path / "j_journal.jsonl"))
    assert verdict.broken == []
    (remark,) = (one for one in verdict.remarks if "held down or bounced" in one)
    assert remark.startswith("trials 1, ")


def test_a_repeat_that_answered_or_started_a_run_breaks_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("task.record.repeats.Repeats.is_repeat", lambda *_: False)
    path = tmp_path / "j_journal.jsonl"
    perform_with(Hands([press(2.5, "space")], lambda *_: held(40.0, 0.0)), path)
    lines = path.read_text().replace('"meaning":"manual_start"', '"meaning":"manual_start","repeat":true')
    path.write_text("\n".join(re.sub(r',"crc":\d+', "", line) for line in lines.splitlines()) + "\n")
    assert any("but no stroke in the journal made one" in one for one in check_run(facts_in(path)).broken)


def test_cells_that_stay_short_by_the_participants_choices_are_a_remark(tmp_path: Path) -> None:
    verdict = check_run(facts_in(perform(Dataset(tmp_path), a_protocol("relational_value"), plays=False)))
    assert verdict.broken == []
    assert any("cells with fewer than 2 trials: match, ranked high: 0" in remark for remark in verdict.remarks)


# --- every invariant catches what breaks it --------------------------------------------------------------------------


def swap_trials(records: Records) -> None:
    for onset in of(records, "onset"):
        onset["trial"] = {1: 2, 2: 1}.get(onset["trial"], onset["trial"])


def cut_a_pulse(records: Records) -> None:
    without(records, of(records, "pulse", pulse=9)[0])


def cut_a_pulse_and_cover_it_up(records: Records) -> None:
    cut_a_pulse(records)
    for number, pulse in enumerate(of(records, "pulse"), 1):
        pulse["pulse"] = number
    of(records, "end")[0]["pulses"] -= 1


def drop_the_press(records: Records) -> None:
    without(records, press_of(records))


def change(kind: str, key: str, by: Callable[[Any], Any], records: Records, **facts: Any) -> None:
    record = of(records, kind, **facts)[0]
    record[key] = by(record[key])


def change_card(records: Records) -> None:
    feedback = of(records, "feedback", source="deck")[0]
    deck = records[0]["planned_run"]["decks"][feedback["decider"]]
    deck[0] = [1 + deck[0][0] % 8, deck[0][1]]


def two_running(records: Records) -> None:
    trials = records[0]["planned_run"]["trials"]
    one, other = [trial for trial in trials if trial["kind"] == "explicit"][:2]
    other |= {"left": one["left"], "right": one["right"]}


def turn_choice(records: Records) -> None:
    choice = answer(records)
    choice["side"] = "left" if choice["side"] == "right" else "right"


def other_decider(records: Records) -> None:
    choice = answer(records)
    trial = records[0]["planned_run"]["trials"][choice["trial"] - 1]
    choice["decider"] = trial["left"] if choice["decider"] == trial["right"] else trial["right"]


def make_a_miss(records: Records) -> None:
    answer(records).update(side=None, response_time=None, decider=None)


def press_once_more_before(records: Records) -> None:
    press = press_of(records)
    other = {"left": ("j", "right"), "right": ("f", "left")}[press["meaning"]]
    earlier = {"t": press["t"] - 0.05, "device": press["device"], "code": other[0], "meaning": other[1]}
    with_one_more(records, press, "press", **earlier)


def answer_out_of_time(records: Records) -> None:
    press, choice = press_of(records), answer(records)
    press["t"] += 3.2
    choice["response_time"] += 3.2


def first(kind: str, key: str, value: Any) -> Callable[[Records], None]:
    return partial(change, kind, key, lambda _: value)


TAMPERED: dict[str, tuple[Callable[[Records], Any], str]] = {
    "two trials are swapped": (swap_trials, "trial 2, choice: shown where trial 1, choice was planned"),
    "an onset is left out": (
        lambda r: without(r, of(r, "onset", trial=4, slot="feedback")[0]),
        "shown where trial 4, feedback was planned",
    ),
    "an onset comes twice": (
        lambda r: twice(r, of(r, "onset", trial=4)[0]),
        "trial 4, choice: shown where trial 4, interval after choice was planned",
    ),
    "an onset is 40 ms late": (
        lambda r: change("onset", "t", lambda t: t + 0.04, r, trial=3, slot="feedback"),
        "trial 3, feedback: shown 40.0 ms after its time",
    ),
    "an onset is 40 ms early": (
        lambda r: change("onset", "t", lambda t: t - 0.04, r, trial=3, slot="choice"),
        "trial 3, choice: shown 40.0 ms before its time",
    ),
    "an onset is a frame off on virtual time": (
        lambda r: change("onset", "t", lambda t: t + 1 / 60, r, trial=3, slot="share"),
        "trial 3, share: shown 16.7 ms after its time",
    ),
    "an onset has another plan": (
        lambda r: change("onset", "planned", lambda t: t + 0.1, r, trial=2, slot="share"),
        "by the plan",
    ),
    "an onset of no trial of the plan": (lambda r: first("onset", "slot", "rest")(r), "shown but not planned"),
    "the first onset is before zero": (lambda r: change("onset", "t", lambda t: t - 1, r), "lead in: shown 98"),
    "another rank": (lambda r: change("feedback", "rank", lambda x: x % 8 + 1, r), "the decks deal"),
    "other spots": (lambda r: change("feedback", "spots", lambda x: x % 8 + 1, r), "the decks deal"),
    "a forged match": (lambda r: change("feedback", "match", lambda x: not x, r), "the decks deal"),
    "another source of a card": (first("feedback", "source", "reserve"), "the decks deal"),
    "another trial's feedback": (lambda r: change("feedback", "trial", lambda x: x + 1, r), "the decks deal"),
    "a feedback is gone": (lambda r: without(r, of(r, "feedback")[0]), "its feedback is missing"),
    "a feedback comes twice": (
        lambda r: twice(r, of(r, "feedback")[0]),
        "feedback was dealt, where none was due",
    ),
    "another card in the deck": (change_card, "the decks deal"),
    "another rank on the screen": (
        lambda r: change("onset", "rank", lambda x: 8 if x == 1 else 1, r, scene="Feedback"),
        "was shown; due was scene Feedback",
    ),
    "other avatars on the screen": (first("onset", "scene", "TooSlow"), "was shown; due was scene Fixation"),
    "another avatar is offered": (
        lambda r: change("onset", "left", lambda x: "neutral/08", r, scene="Choice"),
        "was shown; due was scene Choice",
    ),
    "the answering press is gone": (drop_the_press, "without a press in time"),
    "another press came first": (press_once_more_before, "but the first press in time was"),
    "the press came after the window": (answer_out_of_time, "without a press in time"),
    "the other side": (turn_choice, "but the first press in time was"),
    "a choice becomes a miss": (make_a_miss, "counts as a miss, but the first press in time was"),
    "the other Decider": (other_decider, "is said to be chosen, by a press on"),
    "another response time": (
        lambda r: answer(r).update(response_time=answer(r)["response_time"] + 0.001),
        "by its press it is",
    ),
    "a choice is gone": (lambda r: without(r, of(r, "choice")[2]), "trial 3, choice: neither answered nor missed"),
    "a choice comes twice": (
        lambda r: twice(r, of(r, "choice")[2]),
        "trial 3, choice: answered or missed, when it was not asked",
    ),
    "other points for a share": (lambda r: change("share", "points", lambda x: x + 1, r), "by the press it is"),
    "keep becomes split": (
        lambda r: change("share", "share", lambda x: "split" if x == "keep" else "keep", r),
        "by the press it is",
    ),
    "other points at the end": (lambda r: change("end", "points", lambda x: x + 30, r), "points, the records before"),
    "other pulses at the end": (lambda r: change("end", "pulses", lambda x: x + 1, r), "the end says 63 pulses"),
    "other frames at the end": (first("end", "dropped_frames", 1), "the end says 1 dropped frames"),
    "a pulse is cut": (cut_a_pulse, "pulse 10 is number 9"),
    "a pulse is cut and it is covered up": (cut_a_pulse_and_cover_it_up, "the pulses are said to give pulses = 62"),
    "the train says something else": (first("train", "zero_correction_s", -2.0), "zero_correction_s = -2.0"),
    "a pulse after the end": (
        lambda r: of(r, "pulse")[-1].update(t=of(r, "end")[0]["t"] + 10_000),
        "a pulse is stamped 10000.000 s after the end",
    ),
    "zero is another pulse": (lambda r: change("zero", "t", lambda t: t + 2.0, r), "by the strokes in the journal it"),
    "zero is no stroke's": (
        lambda r: without(r, of(r, "pulse")[0]),
        "zero is said to be the pulse at 3.0333 s on the clock, pulse 0 coming before it, but no stroke",
    ),
    "zero came by hand": (first("zero", "source", "manual_start"), "by the strokes in the journal it is the pulse"),
    "a second zero": (lambda r: twice(r, of(r, "zero")[0]), "there is a second zero"),
    "another meaning": (lambda r: press_of(r).update(meaning="abort"), "is said to mean abort; by the site"),
    "a pulse counts as too early": (
        lambda r: of(r, "pulse")[5].update(before_ready=True),
        "its stroke came after the run was ready",
    ),
    "the clock goes back": (lambda r: of(r, "clock")[-1].update(t=0.001), "the clock goes back"),
    "the run is shorter than it says": (
        lambda r: change("end", "t", lambda t: t - 10.0, r),
        "is called complete after",
    ),
    "the tail is missing": (lambda r: without(r, of(r, "onset")[-1]), "has no onset from tail on"),
    "something happens after the end": (
        lambda r: (r.append(dict(of(r, "choice")[-1])), renumbered(r)),
        "(choice) comes after the end of the run",
    ),
    "another run": (lambda r: r[0].update(run=2), "the head is of run 2"),
    "an emulated scanner passes for real": (
        lambda r: r[0].update(emulated=False),
        "the head says that the scanner is not emulated",
    ),
    "the plan's pairs": (two_running, "offers the same two Deciders in trials"),
    "the plan's onset": (
        lambda r: r[0]["planned_run"]["trials"][3]["onsets"].__setitem__(2, 1),
        "the plan has trial 4, feedback at 0.1 s",
    ),
    "the plan's durations": (
        lambda r: r[0]["planned_run"]["trials"][3]["lengths"].__setitem__(1, 99),
        "durations of interval_after_choice are not those of its distribution",
    ),
    "the plan's length": (lambda r: r[0]["planned_run"].update(length=9), "the plan's length is 0.9 s"),
    "the plan's keep sides": (
        lambda r: [trial.update(keep_side="left") for trial in r[0]["planned_run"]["trials"]],
        "the plan has keep 12 times on the left",
    ),
    "the plan's kinds": (
        lambda r: [t.update(kind="hidden") for t in r[0]["planned_run"]["trials"]],
        "hidden, which its Deciders are not",
    ),
    "the plan's deck": (
        lambda r: r[0]["planned_run"]["decks"]["D1"].pop(),
        "the plan's deck of D1 has 2 cards, which is offered 3 times",
    ),
    "the plan's cards": (
        lambda r: r[0]["planned_run"]["decks"]["D1"].__setitem__(-1, [9, 4]),
        "hold a rank or spots beyond the 8 Responders",
    ),
    "the plan's numbers": (
        lambda r: r[0]["planned_run"]["trials"][0].update(trial=7),
        "the plan's trials are not numbered from 1 to 12",
    ),
    "a Decider who is not there": (
        lambda r: r[0]["planned_run"]["trials"][0].update(left="D99"),
        "that take no part in run 1: D99",
    ),
    "no plan at all": (lambda r: r[0].update(planned_run={}), "its head cannot be understood (ValidationError"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_journal_that_was_changed_by_hand_is_found_out(records: Records, what: str) -> None:
    tamper, said = TAMPERED[what]
    assert check_run(records).broken == []
    tamper(records)
    broken = check_run(records).broken
    assert any(said in text for text in broken), broken


def test_one_change_is_not_reported_a_hundred_times(records: Records) -> None:
    swap_trials(records)
    assert len(check_run(records).broken) < 60
    change("feedback", "rank", lambda rank: rank % 8 + 1, records)
    other = copy.deepcopy(records)
    swap_trials(other)
    assert len(check_run(other).broken) == 1


def is_misfit(facts: Facts) -> bool:
    record = from_facts(facts)
    return isinstance(record, Unknown) and bool(record.problem)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_whatever_a_record_holds_is_told_and_never_raised(_performed: Records, data: st.DataObject) -> None:
    records = copy.deepcopy(_performed)
    record = records[data.draw(st.integers(0, len(records) - 1))]
    key = data.draw(st.sampled_from(sorted(set(record) - {"n", "kind"}) or ["t"]))
    odd = st.sampled_from([None, "", "x", -1, 0, 10**400, 1e308, float("nan"), [], {}, [1], True, "left", "head"])
    record[key] = data.draw(odd)
    place = next((n for n, one in enumerate(records) if is_misfit(one)), len(records))
    if place == 0:  # nothing is read of such a journal
        return
    verdict = check_run(records[:place])
    assert all("\n" not in text and len(text) < 1000 for text in (*verdict.broken, *verdict.remarks))


# --- the plan, and the file ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("protocol", names_in("protocols"))
def test_every_plan_keeps_its_promises_in_all_versions(protocol: str) -> None:
    for index in (1, 8, 13):
        plan = a_plan(protocol, f"{index:02d}", index, seed=index)
        for run in plan.runs:
            assert list(broken_promises(run, plan.deciders, plan.protocol)) == []
        for number in range(1, plan.protocol.runs.count, 2):
            assert uneven_pairs(plan.run(number, 1), plan.run(number + 1, 2)) == []


def test_sides_that_are_out_of_balance_within_a_run_are_named() -> None:
    plan = a_plan("relational_value")
    run = plan.run(1, 1)
    sorted_sides = [
        t.model_copy(update={"left": min(t.left, t.right), "right": max(t.left, t.right)}) for t in run.trials
    ]
    broken = list(broken_promises(run.model_copy(update={"trials": sorted_sides}), plan.deciders, plan.protocol))
    assert broken[0] == "the plan puts D1 3 times to the left of D2, and 0 times to its right"
    assert len(broken) == 12


def test_kinds_that_come_too_often_in_a_row_are_counted() -> None:
    plan = a_plan(a_protocol("relational_value"))
    strict = a_protocol("relational_value", runs={"most_of_a_kind_in_a_row": 1})
    broken = list(broken_promises(plan.run(1, 1), plan.deciders, strict))
    assert broken == ["the plan has 3 trials of a kind in a row, where 1 at most were promised"]


def test_sides_that_do_not_even_out_over_two_runs_are_named() -> None:
    plan = a_plan("relational_value")
    first_run, second = plan.run(1, 1), plan.run(2, 1)
    trial = second.trials[0]
    turned = trial.model_copy(update={"left": trial.right, "right": trial.left})
    second = second.model_copy(update={"trials": (turned, *second.trials[1:])})
    low, high = sorted((trial.left, trial.right))
    assert uneven_pairs(first_run, second) == [f"{low} and {high}"]


@pytest.mark.parametrize("what", ["doubled", "missing", "spoilt", "half a line"])
def test_a_line_that_ends_what_can_be_used_is_named(tmp_path: Path, what: str) -> None:
    journal = perform(Dataset(tmp_path), a_protocol(), person=Person("09"))
    lines = journal.read_bytes().splitlines(keepends=True)
    damaged = {
        "doubled": [*lines[:50], lines[49], *lines[50:]],
        "missing": [*lines[:50], *lines[51:]],
        "spoilt": [*lines[:50], lines[50].replace(b'"', b"'"), *lines[51:]],
        "half a line": [*lines[:50], lines[50][:20]],
    }
    assert damage_of(journal) is None
    journal.write_bytes(b"".join(damaged[what]))
    assert len(read_journal(journal)) == 50
    named = "line 51 of the journal is damaged or out of its place: nothing from there on can be used"
    damage = damage_of(journal)
    assert (damage and str(damage)) == (None if what == "half a line" else named)


def test_a_record_that_lacks_something_is_damage_and_said_in_what(tmp_path: Path, records: Records) -> None:
    choice = of(records, "choice")[0]
    choice.pop("side")
    journal = tmp_path / "j.jsonl"
    journal.write_bytes(b"".join(lines_of(records)))
    said = f"line {choice['n'] + 1} of the journal is not as it has to be (choice lacks side): nothing from"
    assert str(damage_of(journal)).startswith(said)
    assert len(read_journal(journal)) == choice["n"]
    records[0].pop("planned_run")
    journal.write_bytes(b"".join(lines_of(records)))
    with pytest.raises(JournalError, match=r"j\.jsonl: the head of this journal lacks planned_run\. Was it changed"):
        read_journal(journal)
    records[0]["format"] = 99
    journal.write_bytes(b"".join(lines_of(records)))
    with pytest.raises(JournalError, match=r"a newer version .* wrote this journal \(its format is 99, "):
        read_journal(journal)


def test_a_journal_cut_in_the_middle_of_a_line_is_as_good_as_it_goes(tmp_path: Path) -> None:
    journal = perform(Dataset(tmp_path), a_protocol(), person=CLEO)
    cut_off(journal, trial=5)
    assert damage_of(journal) is None
    assert check_run(facts_in(journal)).broken == []
