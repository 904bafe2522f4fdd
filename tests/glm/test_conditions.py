"""Which events become which condition, with what amplitudes, and what is said of the rest."""

from typing import Any

import pandas as pd
import pytest

from task.config.glm import Glm
from task.config.read import names_in, read_protocol
from task.glm.conditions import Condition, Modelled, glm_to_export, model_run, possible_in
from task.record.columns import COLUMNS, NAMES

FEEDBACK = {"trial_type": "feedback"}


def event(onset: float, trial_type: str = "feedback", **more: Any) -> dict[str, Any]:
    return {"onset": onset, "duration": 3.0, "trial_type": trial_type, "rank_shown": "yes", **more}


def events(*rows: dict[str, Any]) -> pd.DataFrame:
    """An events table, with the types of a real one."""
    table = pd.DataFrame(list(rows), columns=NAMES)
    kinds = {c.name: "float64" if c.units else "Int64" if c.is_whole_number else "str" for c in COLUMNS}
    return table.astype(kinds)


def a_glm(*conditions: dict[str, Any]) -> Glm:
    return Glm.model_validate({"name": "test", "conditions": list(conditions)})


def modelled(table: pd.DataFrame, *conditions: dict[str, Any], signals: pd.DataFrame | None = None) -> Modelled:
    glm = a_glm(*conditions)
    return model_run(table, glm, read_protocol("demo"), stem="x", run=1, volumes=60, signals=signals)


def only(run: Modelled) -> Condition:
    (condition,) = run.conditions
    return condition


RANKED = events(
    event(1, rank=2, match="match", side="left"),
    event(2, rank=5, match="no_match"),
    event(3, rank=8, match="no_match", rank_shown="no"),
    event(4, rank=None),
    event(5, "too_slow"),
)


@pytest.mark.parametrize(
    ("where", "taken"),
    [
        ({"trial_type": "too_slow"}, (5,)),
        ({"trial_type": ["feedback", "too_slow"]}, (1, 2, 3, 4, 5)),
        ({"rank": 5}, (2,)),
        ({"rank": [2, 8]}, (1, 3)),
        ({"rank": {"min": 2, "max": 5}}, (1, 2)),
        ({"rank": {"min": 5}}, (2, 3)),
        ({"rank": {"max": 5}}, (1, 2)),
        ({"rank": "n/a"}, (4, 5)),
        ({"rank": ["n/a", 8]}, (3, 4, 5)),
        ({"ranked": "high"}, (1,)),
        ({"ranked": ["high", "low"]}, (1, 2, 3)),
        ({"ranked": "n/a"}, (4, 5)),
        ({"rank": {"min": 1}, "rank_shown": "yes", "match": "no_match"}, (2,)),
        ({"onset": {"min": 2.5}}, (3, 4, 5)),
        ({"decider": "D1"}, ()),
    ],
)
def test_a_filter_takes_the_events_that_it_says(where: dict[str, Any], taken: tuple[float, ...]) -> None:
    assert only(modelled(RANKED, {"name": "taken", "where": where})).onsets == taken


@pytest.mark.parametrize(("responders", "high"), [(8, (1,)), (10, (1, 2)), (4, (1,)), (2, ())])
def test_the_better_half_of_the_ranks_is_that_of_the_protocol(responders: int, high: tuple[float, ...]) -> None:
    demo = read_protocol("demo")
    deciders = demo.deciders.model_copy(update={"responders": responders})
    protocol = demo.model_copy(update={"deciders": deciders})
    glm = a_glm({"name": "high", "where": {"ranked": "high"}})
    assert only(model_run(RANKED, glm, protocol, stem="x", run=1, volumes=60)).onsets == high


@pytest.mark.parametrize(
    ("duration", "expected"), [("measured", (3.0,)), ("impulse", (0.0,)), (1.5, (1.5,)), ("response_time", (0.61,))]
)
def test_durations_are_as_asked_for(duration: Any, expected: tuple[float, ...]) -> None:
    table = events(event(1, "choice", response_time=0.61))
    run = modelled(table, {"name": "choice", "where": {"trial_type": "choice"}, "duration": duration})
    assert only(run).durations == expected


def test_a_press_is_modelled_from_when_it_came_and_an_event_without_one_is_not() -> None:
    table = events(event(1, "choice", response_time=0.61, side="left"), event(9, "choice"))
    press = {"name": "press", "where": {"trial_type": "choice"}, "at": "press", "duration": "impulse"}
    run = modelled(table, press, {"name": "choice", "where": {"trial_type": "choice"}})
    assert (run.conditions[0].onsets, run.conditions[0].durations) == ((1.61,), (0.0,))
    assert run.doubts == ("press: events without a press, which are not in it: 1",)


def test_an_event_without_a_response_time_keeps_its_measured_duration_and_that_is_said() -> None:
    table = events(event(1, "choice", response_time=0.61), event(9, "choice"))
    run = modelled(table, {"name": "choice", "where": {"trial_type": "choice"}, "duration": "response_time"})
    assert only(run).durations == (0.61, 3.0)
    assert run.doubts == ("choice: events with no response time but a measured duration: 1",)


def test_a_modulator_is_centred_over_its_own_events_and_never_scaled() -> None:
    run = modelled(RANKED, {"name": "f", "where": FEEDBACK, "modulators": [{"column": "rank"}]})
    (by,) = only(run).modulators
    assert (by.name, by.values) == ("rank", (-3.0, 0.0, 3.0, 0.0))  # the last one has no rank: 0 is the mean
    assert run.estimable == ["f", "f_by_rank"]
    assert run.doubts[0] == "f_by_rank: events without a value, which are 0 (the mean): 1"


def test_words_modulate_by_the_numbers_given() -> None:
    match = {"column": "match", "name": "won", "values": {"match": 1, "no_match": -1}}
    run = modelled(RANKED, {"name": "f", "where": FEEDBACK, "modulators": [match]})
    (by,) = only(run).modulators
    assert only(run).name_of(by) == "f_by_won"
    assert by.values == pytest.approx((1.333333, -0.666667, -0.666667, 0.0))


@pytest.mark.parametrize(
    ("where", "why"),
    [
        ({"rank": 5}, "a single event has a value"),
        ({"rank": [2, "n/a"], "trial_type": "feedback"}, "a single event has a value"),
        ({"rank": "n/a"}, "it has no value in any event"),
        ({"rank": {"min": 5}, "match": "match"}, None),
    ],
)
def test_a_modulator_that_cannot_be_estimated_is_left_out_and_the_reason_said(where: Any, why: str | None) -> None:
    run = modelled(RANKED, {"name": "f", "where": where, "modulators": [{"column": "rank"}]})
    (by,) = only(run).modulators
    assert by.values == ()
    expected = {"f_by_rank": f"f_by_rank: {why}"} if why else {"f": "f: no event", "f_by_rank": "f: no event"}
    assert run.left_out == expected
    assert "f_by_rank" not in run.estimable


def test_a_constant_modulator_is_left_out_with_its_value() -> None:
    table = events(event(1, rank=4), event(2, rank=4), event(3, rank=4))
    run = modelled(table, {"name": "f", "where": FEEDBACK, "modulators": [{"column": "rank"}]})
    assert run.left_out == {"f_by_rank": "f_by_rank: it is the same (4) in all 3 events"}
    assert run.estimable == ["f"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([0.1 + 0.2, 0.3, 0.3], ()),  # the same number, added up in another order
        ([1e-8, 2e-8, 3e-8, 1e-7], (-3e-8, -2e-8, -1e-8, 6e-8)),
        ([1e6 + 1, 1e6 + 2, 1e6 + 3], (-1, 0, 1)),
        ([0.001234567, 0.003234567], (-0.001, 0.001)),
    ],
)
def test_whether_a_modulator_varies_is_judged_by_the_size_of_its_values(
    values: list[float], expected: tuple[float, ...]
) -> None:
    table = events(*(event(i, trial=i) for i in range(1, len(values) + 1)))
    signals = pd.DataFrame({"trial": range(1, len(values) + 1), "rank_update": values})
    asked = {"name": "f", "where": FEEDBACK, "modulators": [{"column": "rank_update"}]}
    run = modelled(table, asked, signals=signals)
    assert only(run).modulators[0].values == pytest.approx(expected, rel=1e-6, abs=0)
    assert ("f_by_rank_update" in run.left_out) == (not expected)


def test_events_that_the_image_does_not_have_are_said() -> None:
    run = modelled(events(event(-1), event(1), event(120), event(121)), {"name": "f", "where": FEEDBACK})
    assert run.doubts == (
        "events that begin before the first stored volume, at negative onsets: 1",
        "events that begin after the last volume: 2",  # 60 volumes of 2 s
    )


LATE = {"name": "f", "where": FEEDBACK, "modulators": [{"column": "rank"}]}  # 60 volumes of 2 s: the last is at 118 s


@pytest.mark.parametrize(
    ("onsets", "which"), [((117.0,), "its only event"), ((-30.0, 117.0, 130.0), "any of its 3 events")]
)
def test_a_condition_of_which_the_scan_holds_no_response_has_no_column(onsets: tuple[float, ...], which: str) -> None:
    run = modelled(events(*(event(onset, rank=2 + i) for i, onset in enumerate(onsets))), LATE)
    why = f"f: the scan does not hold the response to {which} (half its height, at least)"
    assert run.left_out == {"f": why, "f_by_rank": why} and run.estimable == []
    assert only(run).onsets == only(run).durations == ()


@pytest.mark.parametrize(
    ("ranks", "why"),
    [
        ((3, 3, 8), "it is the same (3) in all 2 events whose response the scan holds"),
        ((3, None, 8), "a single event whose response the scan holds has a value"),
        ((None, None, 8), "it has no value in any event whose response the scan holds"),
    ],
)
def test_a_modulator_has_to_vary_over_what_the_scan_holds(ranks: tuple[int | None, ...], why: str) -> None:
    table = events(*(event(onset, rank=rank) for onset, rank in zip((20, 60, 117), ranks, strict=True)))
    run = modelled(table, LATE)
    assert run.left_out == {"f_by_rank": f"f_by_rank: {why}"} and run.estimable == ["f"]
    assert only(run).onsets == (20.0, 60.0, 117.0)


def test_a_modulator_that_varies_before_the_end_of_the_scan_is_centred_over_all_events() -> None:
    run = modelled(events(event(20, rank=1), event(60, rank=2), event(117, rank=6)), LATE)
    assert only(run).modulators[0].values == (-2.0, -1.0, 3.0)


def test_a_column_of_the_learner_is_joined_by_trial() -> None:
    table = events(event(1, trial=1), event(2, trial=2), event(3, trial=3))
    signals = pd.DataFrame({"trial": [3, 2, 1], "rank_update": [0.6, float("nan"), 0.2]})
    asked = {"name": "f", "where": FEEDBACK, "modulators": [{"column": "rank_update"}]}
    assert only(modelled(table, asked, signals=signals)).modulators[0].values == (-0.2, 0.0, 0.2)
    without = modelled(table, asked)
    assert without.left_out == {"f_by_rank_update": "f_by_rank_update: its column is not known here"}


def test_events_in_no_condition_or_in_two_are_said() -> None:
    run = modelled(RANKED, {"name": "a", "where": {"rank": 2}}, {"name": "b", "where": {"rank": [2, 5]}})
    assert run.doubts == (
        "events of feedback in no condition, and so in the baseline: 2",
        "events of too_slow in no condition, and so in the baseline: 1",
        "events in a and b at once: 1",
    )


@pytest.mark.parametrize("glm", names_in("glm"))
@pytest.mark.parametrize("name", ["demo", "relational_value", "separate_feedback"])
def test_misses_too_slow_screens_and_presses_are_conditions_of_their_own_in_every_shipped_glm(
    name: str, glm: str
) -> None:
    names = {one.name for one in possible_in(glm_to_export(glm), read_protocol(name))}
    assert {"choice_miss", "too_slow", "share_miss", "press_left", "press_right"} < names


@pytest.mark.parametrize("glm", names_in("glm"))
@pytest.mark.parametrize("trial_type", ["choice", "choice_miss", "too_slow", "share", "share_miss"])
def test_every_trial_type_is_in_one_condition_of_every_shipped_glm(trial_type: str, glm: str) -> None:
    table = events(event(1, trial_type, response_time=0.5, side="left", trial=1))
    run = model_run(table, glm_to_export(glm), read_protocol("demo"), stem="x", run=1, volumes=60)
    assert run.doubts == ()
    assert trial_type in run.estimable


def test_a_condition_that_the_protocol_cannot_have_is_passed_over() -> None:
    demo = read_protocol("demo")
    hidden = demo.model_copy(update={"deciders": demo.deciders.model_copy(update={"kinds": ("hidden",)})})
    glm = glm_to_export("match_by_rank")
    names = {one.name for one in possible_in(glm, hidden)}
    assert {"hidden_match", "hidden_no_match"} <= names and "match_high" not in names and "match_alone" not in names
    assert "match_alone" in {one.name for one in possible_in(glm, read_protocol("separate_feedback"))}
