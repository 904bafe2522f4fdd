"""Onset files for FSL hold exactly what the events tables hold."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from task.config.protocol import Protocol
from task.config.read import read_protocol
from task.export.conditions import cells_of, conditions_of, modulators_of
from task.export.dataset import Exported, export_person
from task.record.events import events_of
from task.record.journal import read_journal
from task.record.layout import Dataset
from tests.export.conftest import ANN, IN_THE_FIRST_CHOICE

Perform = Callable[..., Path]
CELLS = ("match_high", "match_low", "no_match_high", "no_match_low")


def onset_files(exported: Exported, run: int) -> dict[str, list[list[str]]]:
    """The onset files of a run by condition: each a list of lines, in columns."""
    (folder,) = exported.onset_folders
    stem = f"sub-01_task-decider_run-{run:02d}_"
    return {
        path.stem.removeprefix(stem): [line.split("\t") for line in path.read_text().splitlines()]
        for path in folder.glob(f"{stem}*.txt")
    }


def as_text(path: Path) -> pd.DataFrame:
    """An events table with its numbers as they stand in the file."""
    return pd.read_csv(path, sep="\t", dtype=str, keep_default_na=False)


def lines_of(events: pd.DataFrame, amplitude: str = "1") -> list[list[str]]:
    return [[onset, duration, amplitude] for onset, duration in zip(events["onset"], events["duration"], strict=True)]


@pytest.mark.parametrize(
    ("name", "complete"), [("demo", "feedback"), ("relational_value", "feedback"), ("separate_feedback", "rank")]
)
@pytest.mark.parametrize("seed", [1, 2])
def test_onset_files_equal_the_events(
    perform_a_run: Perform, dataset: Dataset, name: str, complete: str, seed: int
) -> None:
    protocol = read_protocol(name)
    for run in range(1, protocol.runs.count + 1):
        perform_a_run(protocol, run=run, seed=seed)
    exported = export_person(dataset, ANN)
    names = []
    for run, path in enumerate(exported.events, 1):
        events, written = as_text(path), onset_files(exported, run)
        names.append({one for one in written if "_by_" not in one})
        for trial_type in names[0] & {*events["trial_type"]}:
            assert written[trial_type] == lines_of(events[events["trial_type"] == trial_type])
        rows = events[events["trial_type"] == complete]
        explicit, high = rows["rank_shown"] == "yes", rows["rank"].astype(int) <= 4
        for cell in CELLS:
            match, _, half = cell.rpartition("_")
            expected = rows[explicit & (rows["match"] == match) & (high if half == "high" else ~high)]
            assert written[f"{complete}_{cell}"] == (lines_of(expected) or [["0", "0", "0"]])
        assert written[f"{complete}_hidden"] == lines_of(rows[~explicit])
    assert all(one == names[0] for one in names)


def test_the_set_of_files_depends_on_the_protocol_alone(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    perform_a_run(demo, run=1)
    perform_a_run(demo, run=2, plays=False)
    exported = export_person(dataset, ANN)
    played, missed = onset_files(exported, 1), onset_files(exported, 2)
    assert {name for name in played if "_by_" not in name} == set(missed)
    assert set(missed) == {
        "choice", "choice_miss", "feedback", "too_slow", "share", "share_miss", "feedback_hidden",
        *(f"feedback_{cell}" for cell in CELLS),
    }  # fmt: skip
    for empty in set(missed) - {"choice_miss", "too_slow"}:
        assert missed[empty] == [["0", "0", "0"]]
    assert len(missed["choice_miss"]) == len(missed["too_slow"]) == demo.runs.trials


@pytest.mark.parametrize(("name", "by_match", "by_rank"), [
    ("relational_value", "feedback_by_match", "feedback_by_rank"),
    ("separate_feedback", "match_by_match", "rank_by_rank"),
])  # fmt: skip
def test_modulators_are_centred_over_their_own_events_and_never_scaled(
    perform_a_run: Perform, dataset: Dataset, name: str, by_match: str, by_rank: str
) -> None:
    perform_a_run(read_protocol(name))
    exported = export_person(dataset, ANN)
    events, written = as_text(exported.events[0]), onset_files(exported, 1)
    assert [one for one in sorted(written) if "_by_" in one] == sorted([by_match, by_rank])

    matches = events[events["trial_type"] == by_match.split("_")[0]]
    ranks = events[(events["trial_type"] == by_rank.split("_")[0]) & (events["rank_shown"] == "yes")]
    for modulator, rows, raw in (
        (by_match, matches, (matches["match"] == "match").to_numpy(float)),
        (by_rank, ranks, ranks["rank"].to_numpy(float)),
    ):
        assert [line[:2] for line in written[modulator]] == [line[:2] for line in lines_of(rows)]
        amplitudes = np.array([float(line[2]) for line in written[modulator]])
        assert abs(amplitudes.mean()) < 1e-5
        np.testing.assert_allclose(np.diff(amplitudes), np.diff(raw), atol=2e-5)


def test_a_modulator_that_does_not_vary_is_left_out_and_named(
    perform_a_run: Perform, dataset: Dataset, no_match: Protocol
) -> None:
    perform_a_run(no_match)
    exported = export_person(dataset, ANN)
    assert "feedback_by_match" not in onset_files(exported, 1)
    (note,) = (note for note in exported.notes if "do not vary" in note)
    assert "sub-01, run 1, attempt 1" in note and "feedback_by_match" in note


def test_a_single_event_or_none_has_no_modulator(perform_a_run: Perform, demo: Protocol) -> None:
    events = events_of(read_journal(perform_a_run(demo)))
    first = events.index[events["trial_type"] == "feedback"][0]
    for few in (events.loc[:first], events.loc[: first - 1], events.iloc[:0]):
        modulators, left_out = modulators_of(few, demo)
        assert (modulators, left_out) == ([], ["feedback_by_match", "feedback_by_rank"])
        assert sum(len(one.occurrences) for one in conditions_of(few, demo)) == len(few)


def test_each_feedback_is_in_one_cell_and_a_rank_that_was_hidden_in_none(
    perform_a_run: Perform, dataset: Dataset
) -> None:
    protocol = read_protocol("relational_value")
    events = events_of(read_journal(perform_a_run(protocol)))
    cells = {one.name: [each.onset for each in one.occurrences] for one in cells_of(events, protocol)}
    feedback = events[events["trial_type"] == "feedback"]
    assert sorted(onset for onsets in cells.values() for onset in onsets) == sorted(feedback["onset"])
    assert cells["feedback_hidden"] == list(feedback.loc[feedback["rank_shown"] == "no", "onset"])
    assert all(cells.values())


def in_order(protocol: Protocol, *names: str) -> Protocol:
    """The same protocol with two slots changed over."""
    slots = list(protocol.slots)
    places = [[slot.name for slot in slots].index(name) for name in names]
    for place, name in zip(sorted(places), names, strict=True):
        slots[place] = next(slot for slot in protocol.slots if slot.name == name)
    raw = protocol.model_copy(update={"slots": tuple(slots)}).model_dump()
    return Protocol.model_validate(raw, strict=False)


def test_cells_are_of_the_event_from_which_both_are_known_also_where_the_rank_comes_first(
    perform_a_run: Perform, dataset: Dataset
) -> None:
    protocol = in_order(read_protocol("separate_feedback"), "rank", "match")
    shown = [slot.after_match for slot in protocol.slots if slot.after_match]
    assert shown == ["rank", "match", "share"]
    perform_a_run(protocol)
    exported = export_person(dataset, ANN)
    written, events = onset_files(exported, 1), as_text(exported.events[0])
    assert not [name for name in written if name.startswith("rank_") and "_by_" not in name]
    rows = events[events["trial_type"] == "match"]
    explicit, high = rows["rank_shown"] == "yes", rows["rank"].astype(int) <= 4
    for cell in CELLS:
        match, _, half = cell.rpartition("_")
        expected = rows[explicit & (rows["match"] == match) & (high if half == "high" else ~high)]
        assert written[f"match_{cell}"] == lines_of(expected) != []
    assert written["match_hidden"] == lines_of(rows[~explicit])


def test_a_protocol_that_never_shows_the_rank_has_no_cells(perform_a_run: Perform, demo: Protocol) -> None:
    raw = demo.model_dump()
    for slot in raw["slots"]:
        for outcome in ("after_match", "after_no_match"):
            slot[outcome] = "match" if slot[outcome] == "feedback" else slot[outcome]
    match_only = Protocol.model_validate(raw, strict=False)
    assert cells_of(events_of(read_journal(perform_a_run(match_only))), match_only) == []


def test_files_that_a_run_no_longer_has_are_cleared_away_and_those_of_other_runs_are_not(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    for run in (1, 2):
        perform_a_run(demo, run=run)
    export_person(dataset, ANN)
    folder = dataset.onsets("fsl", ANN)
    stale, other = (folder / f"sub-01_task-decider_run-{run}_old.txt" for run in ("01", "10"))
    for path in (stale, other):
        path.write_text("1 2 3\n")
    perform_a_run(demo, run=1, typed=IN_THE_FIRST_CHOICE)
    export_person(dataset, ANN)
    assert not stale.exists() and other.exists()
    assert (folder / "sub-01_task-decider_run-02_feedback_by_rank.txt").exists()
