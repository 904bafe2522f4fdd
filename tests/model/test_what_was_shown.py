"""Reading journals for the learner: what was on the screen counts, in the order in which it was performed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from task.devices.strokes import Stroke
from task.model.signals import SIGNALS, UPDATES, Parameters
from task.model.signals import signals_of as signals_of_records
from task.model.trials import Seen, as_arrays
from task.model.trials import trials_of as trials_of_records
from task.plan.plan import make_plan
from task.record.records import Facts
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.feedback import MatchFeedback
from task.visit.minds import SimulatedMindSettings
from tests.factories import (
    Hands,
    a_plan,
    a_protocol,
    as_records,
    facts_in,
    perform_session,
    perform_with,
    press,
    pulses,
    simulate_session,
)


def trials_of(journals: list[list[Facts]]) -> list[Seen]:
    return trials_of_records([as_records(journal) for journal in journals])


def signals_of(journals: list[list[Facts]], parameters: Parameters | None = None) -> list[pd.DataFrame]:
    return signals_of_records([as_records(journal) for journal in journals], parameters)


def journals_of(folder: Path, protocol: str = "demo") -> list[list[Facts]]:
    _, _, attempts = simulate_session(folder, protocol)
    return [facts_in(attempt.journal) for attempt in attempts]


def begun_at(journal: list[Facts], hour: int) -> list[Facts]:
    """The same journal, performed at another hour."""
    head, *rest = journal
    clocks = [
        r | {"utc": f"2026-05-0{1 + hour // 24}T{hour % 24:02d}:00:00.000000+00:00"}
        for r in rest
        if r["kind"] == "clock"
    ]
    return [head, *clocks, *(record for record in rest if record["kind"] != "clock")]


def test_each_trial_is_what_was_offered_chosen_and_shown(tmp_path: Path) -> None:
    journals = journals_of(tmp_path)
    seen = trials_of(journals)
    assert [(one.run, one.trial) for one in seen] == [(run, trial) for run in (1, 2) for trial in range(1, 13)]
    for one in seen:
        head, *rest = journals[one.journal]
        avatars = {decider["id"]: decider["avatar"] for decider in head["deciders"]}
        trial = head["planned_run"]["trials"][one.trial - 1]
        assert (one.left, one.right) == (avatars[trial["left"]], avatars[trial["right"]])
        dealt = [record for record in rest if record["kind"] == "feedback" and record["trial"] == one.trial]
        if one.side is None:
            assert (one.spots, one.match, one.rank, dealt) == (None, None, None, [])
        else:
            assert (one.spots, one.match) == (dealt[0]["spots"], dealt[0]["match"])
            assert one.rank == (dealt[0]["rank"] if trial["kind"] == "explicit" else None)


def test_attempts_are_learned_from_in_the_order_in_which_they_were_performed(tmp_path: Path) -> None:
    first, second = journals_of(tmp_path)
    again = [first[0] | {"attempt": 2}, *first[1:]]
    # the first run was performed once more after the second; by name it would come before it
    performed = [begun_at(first, 9), begun_at(again, 33), begun_at(second, 10)]
    assert list(dict.fromkeys(one.journal for one in trials_of(performed))) == [0, 2, 1]
    tables = signals_of(performed)
    in_a_row = signals_of([begun_at(first, 1), begun_at(second, 2), begun_at(again, 3)])
    for place, other in ((0, 0), (2, 1), (1, 2)):
        assert np.array_equal(tables[place], in_a_row[other], equal_nan=True)
    assert tables[1]["rank_update"].sum() < tables[0]["rank_update"].sum()  # by then there is less to learn


def test_simulated_runs_which_all_begin_at_the_same_moment_go_by_their_numbers(tmp_path: Path) -> None:
    first, second = journals_of(tmp_path)
    assert [one.run for one in trials_of([second, first])] == [1] * 12 + [2] * 12


def aborted_at(scene: type[Scene], number: int, protocol: str, path: Path) -> list[Facts]:
    """The journal of a run that the operator aborts just after this scene has come up so many times."""
    shown = 0

    def at_scene(seen: Scene, at: float, closes: float | None) -> list[Stroke]:
        nonlocal shown
        shown += isinstance(seen, scene)
        if isinstance(seen, scene) and shown == number:
            return [press(at + 0.2 * i, "escape") for i in (1, 2)]
        return [press(at + 0.4, "f")] if isinstance(seen, Choice) else []

    performed = perform_with(Hands(pulses(1.0, 1), at_scene), path, a_plan(protocol))
    assert performed.cause.startswith("aborted")
    plan = a_plan(protocol)
    head = {"session": None, "deciders": [], "protocol": plan.protocol.model_dump(mode="json")}
    return [performed.records[0] | head, *performed.records[1:]]


@pytest.mark.parametrize(("protocol", "scene"), [("relational_value", Choice), ("separate_feedback", MatchFeedback)])
def test_what_an_early_end_kept_from_the_screen_teaches_nothing(
    tmp_path: Path, protocol: str, scene: type[Scene]
) -> None:
    last = trials_of([aborted_at(scene, 5, protocol, tmp_path / "journal.jsonl")])[-1]
    if scene is Choice:  # cut off before it was answered
        assert last.trial == 4
        assert last.match is not None
    else:  # the match had been shown, the rank had not
        assert last.match is not None
        assert last.rank is None


def test_feedback_that_was_dealt_but_never_shown_teaches_nothing(tmp_path: Path) -> None:
    journal = journals_of(tmp_path)[0]
    feedback = next(r for r in journal if r["kind"] == "onset" and r["scene"] == "Feedback" and r["trial"] > 3)
    cut = [record for record in journal if record["n"] < feedback["n"]]
    assert any(record["kind"] == "feedback" and record["trial"] == feedback["trial"] for record in cut)
    last = trials_of([cut])[-1]
    assert last.trial == feedback["trial"]
    assert last.side is not None
    assert (last.spots, last.match, last.rank) == (None, None, None)
    (table,) = signals_of([cut], Parameters(0.5, 3))
    row = table.iloc[-1]
    assert row[list(UPDATES)].isna().all()
    assert 0 < row["choice_probability"] < 1


def test_a_scene_that_the_end_took_away_at_once_was_not_seen(tmp_path: Path) -> None:
    journal = journals_of(tmp_path)[0]
    feedback = next(r for r in journal if r["kind"] == "onset" and r["scene"] == "Feedback")
    cut = [record for record in journal if record["n"] <= feedback["n"]]
    end = {"n": feedback["n"] + 1, "kind": "end", "cause": "aborted", "points": 0}
    assert trials_of([[*cut, end | {"t": feedback["t"]}]])[-1].match is None
    assert trials_of([[*cut, end | {"t": feedback["t"] + 0.5}]])[-1].match == feedback["match"]


def test_renewed_deciders_are_new_to_the_participant(tmp_path: Path) -> None:
    protocol = a_protocol("demo", deciders={"renew_every_runs": 1})
    avatars = [f"neutral/{number:02d}" for number in range(1, 17)]
    plan = make_plan(protocol, participant="01", session=None, avatars=avatars, order_index=1, seed=1)
    _, attempts = perform_session(tmp_path, plan, SimulatedMindSettings())
    journals = [facts_in(attempt.journal) for attempt in attempts]
    seen = trials_of(journals)
    assert not {one.left for one in seen if one.run == 1} & {one.left for one in seen if one.run == 2}
    assert as_arrays([seen], [8]).deciders == 16
    together, alone = signals_of(journals)[1], signals_of(journals[1:])[0]
    assert np.array_equal(together, alone, equal_nan=True)


def test_a_table_has_a_row_for_each_trial_and_nothing_in_those_that_were_missed(tmp_path: Path) -> None:
    settings = SimulatedMindSettings(seed=5)
    _, plan, attempts = simulate_session(tmp_path, "relational_value", mind=settings)
    journals = [facts_in(attempt.journal) for attempt in attempts]
    missed = 0
    for journal, table in zip(journals, signals_of(journals, Parameters(0.5, 3)), strict=True):
        assert table.columns.tolist() == ["trial", *SIGNALS]
        assert table["trial"].tolist() == list(range(1, plan.protocol.runs.trials + 1))
        for record in (record for record in journal if record["kind"] == "choice"):
            row = table.set_index("trial").loc[record["trial"]]
            kind = journal[0]["planned_run"]["trials"][record["trial"] - 1]["kind"]
            if record["side"] is None:
                missed += 1
                assert row.isna().all()
            else:
                assert row.drop("rank_surprise").notna().all()
                assert np.isnan(row["rank_surprise"]) == (kind == "hidden")
    assert missed > 0
    without = signals_of(journals)[0]
    assert without[["value_chosen", "value_unchosen", "choice_probability"]].isna().all(axis=None)
    assert without["rank_update"].notna().sum() > 30


def test_nothing_performed_gives_a_table_without_rows(tmp_path: Path) -> None:
    journal = journals_of(tmp_path)[0]
    (table,) = signals_of([journal[:2]])
    assert table.columns.tolist() == ["trial", *SIGNALS]
    assert len(table) == 0
    assert signals_of([]) == []


def test_journals_that_rank_different_numbers_of_responders_are_refused(tmp_path: Path) -> None:
    first, second = journals_of(tmp_path)
    protocol = second[0]["protocol"] | {"deciders": second[0]["protocol"]["deciders"] | {"responders": 6}}
    with pytest.raises(ValueError, match="6, 8"):
        signals_of([first, [second[0] | {"protocol": protocol}, *second[1:]]])
