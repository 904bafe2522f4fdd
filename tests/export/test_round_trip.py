"""What each package reads from our files is what the BIDS events say, in ordinary runs and in odd ones."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from task.config.protocol import Protocol
from task.config.read import read_protocol
from task.export.dataset import Exported, export_person
from task.export.onsets import FORMATS
from task.glm.conditions import glm_to_export
from task.model.signals import signals_of
from task.record.correction import move_zero
from task.record.journal import read_journal
from task.record.layout import Dataset, run_and_attempt
from tests.export.conftest import ANN, IN_THE_FIRST_CHOICE, abort_at, perform, rewrite
from tests.export.readers import Run, design_of, read_afni, read_fitlins, read_fsl, read_nilearn, read_spm, rows_of

Perform = Callable[..., Path]


def _rows(table: pd.DataFrame, amplitudes: pd.Series | None = None) -> list[tuple[float, float, float]]:
    return rows_of(table["onset"], table["duration"], [1.0] * len(table) if amplitudes is None else amplitudes)


def _presses(events: pd.DataFrame) -> Run:
    answered = events[events["response_time"].notna()]
    at = (answered["onset"] + answered["response_time"]).round(4)
    run = {}
    for side in ("left", "right"):
        here = answered["side"] == side
        run[f"press_{side}"] = rows_of(at[here], [0.0] * here.sum(), [1.0] * here.sum())
    return run


def _centred(table: pd.DataFrame, values: pd.Series) -> Run | None:
    return None if values.nunique() < 2 else _rows(table, (values - values.mean()).fillna(0.0))


def expected_of_parametric(path: Path) -> Run:
    """What the parametric GLM should hold, worked out from the BIDS table by hand."""
    events = pd.read_csv(path, sep="\t")
    run: dict[str, object] = _presses(events)
    for name in ("choice", "choice_miss", "too_slow", "share", "share_miss"):
        run[name] = _rows(events[events["trial_type"] == name])
    feedback = events[events["trial_type"] == "feedback"]
    for name, shown in (("feedback_explicit", "yes"), ("feedback_hidden", "no")):
        table = feedback[feedback["rank_shown"] == shown]
        run[name] = _rows(table)
        run[f"{name}_by_match"] = _centred(table, (table["match"] == "match").astype(float))
        if shown == "yes":
            run[f"{name}_by_rank"] = _centred(table, table["rank"].astype(float))
    first = events[events["trial_type"] == "match"]
    run["match_alone"] = _rows(first)
    run["match_alone_by_match"] = _centred(first, (first["match"] == "match").astype(float))
    second = events[events["trial_type"] == "rank"]
    explicit = second[second["rank_shown"] == "yes"]
    run["rank_explicit"], run["rank_hidden"] = _rows(explicit), _rows(second[second["rank_shown"] == "no"])
    run["rank_explicit_by_rank"] = _centred(explicit, explicit["rank"].astype(float))
    return {name: rows for name, rows in run.items() if rows}


def expected_of_match_by_rank(path: Path) -> Run:
    """What the four cells should hold, worked out from the BIDS table by hand."""
    events = pd.read_csv(path, sep="\t")
    run = _presses(events)
    for name in ("choice", "choice_miss", "too_slow", "share", "share_miss"):
        run[name] = _rows(events[events["trial_type"] == name])
    complete = events[events["trial_type"].isin(["feedback", "rank"])]  # of the shipped protocols
    for outcome in ("match", "no_match"):
        here = complete[complete["match"] == outcome]
        explicit = here[here["rank_shown"] == "yes"]
        run[f"{outcome}_high"] = _rows(explicit[explicit["rank"].astype(float) <= 4])
        run[f"{outcome}_low"] = _rows(explicit[explicit["rank"].astype(float) >= 5])
        run[f"hidden_{outcome}"] = _rows(here[here["rank_shown"] == "no"])
    run["match_alone"] = _rows(events[events["trial_type"] == "match"])
    return {name: rows for name, rows in run.items() if rows}


SIGNALS_OF = {
    "feedback_explicit": ["rank_update", "outcome_update", "rank_surprise", "match_surprise"],
    "feedback_hidden": ["rank_update", "outcome_update", "match_surprise"],
    "match_explicit": ["outcome_update", "match_surprise"],
    "match_hidden": ["rank_update", "outcome_update", "match_surprise"],
    "rank_explicit": ["rank_update", "rank_surprise"],
    "rank_hidden": [],
}


def expected_of_learning(path: Path) -> Run:
    """What the learning GLM should hold: the learner's signals, put beside the BIDS table by hand."""
    events = pd.read_csv(path, sep="\t")
    dataset, said = Dataset(path.parents[2]), json.loads(path.with_suffix(".json").read_text())
    journals = dataset.journals(ANN)
    place = [run_and_attempt(one) for one in journals].index((int(events_run(path)), said["Attempt"]))
    signals = signals_of([read_journal(one) for one in journals])[place].set_index("trial")
    run: dict[str, object] = _presses(events)
    for name in ("choice", "choice_miss", "too_slow", "share", "share_miss"):
        run[name] = _rows(events[events["trial_type"] == name])
    for name, columns in SIGNALS_OF.items():
        trial_type, _, kind = name.partition("_")
        shown = events["rank_shown"] == ("yes" if kind == "explicit" else "no")
        table = events[(events["trial_type"] == trial_type) & shown]
        run[name] = _rows(table)
        for column in columns:
            run[f"{name}_by_{column}"] = _centred(table, signals[column].reindex(table["trial"]).reset_index(drop=True))
    return {name: rows for name, rows in run.items() if rows}


def events_run(path: Path) -> str:
    """The number of the run that is in a file's name."""
    return path.name.partition("_run-")[2].partition("_")[0]


EXPECTED = {
    "parametric": expected_of_parametric,
    "match_by_rank": expected_of_match_by_rank,
    "learning": expected_of_learning,
}


def as_read(dataset: Dataset, exported: Exported, glm: str) -> Iterator[tuple[str, Path, Run]]:
    """Every run as read from every format: the format, the run's BIDS events, what was read."""
    base = dataset.root / "derivatives" / "onsets"
    person = exported.person.folder
    folder = {one: base / one / glm / person for one in FORMATS}
    stems = [path.name.removesuffix("_events.tsv") for path in exported.events]
    of_afni = read_afni(folder["afni"], stems[0].rpartition("_run-")[0])
    assert len(of_afni) == len(stems)
    for path, stem, afni in zip(exported.events, stems, of_afni, strict=True):
        yield "fsl", path, read_fsl(folder["fsl"], stem)
        yield "afni", path, afni
        yield "spm", path, read_spm(folder["spm"] / f"{stem}_conditions.mat")
        yield "nilearn", path, read_nilearn(folder["nilearn"] / f"{stem}_events.tsv")
        yield "fitlins", path, read_fitlins(base / "fitlins" / glm / person / "func" / f"{stem}_events.tsv")


def compare(dataset: Dataset, exported: Exported, glm: str) -> None:
    """Hold every format against the BIDS events, row by row and as design matrices."""
    seen, designs = 0, {}
    for name, path, run in as_read(dataset, exported, glm):
        expected = EXPECTED[glm](path)
        if name == "afni":  # what one run cannot estimate is 0 there, as it has a column in another
            run = {one: rows for one, rows in run.items() if any(row[2] for row in rows)}
        assert set(run) == set(expected), (name, path)
        for condition, rows in expected.items():
            largest = max(abs(row[2]) for row in rows)
            for found, wanted in zip(run[condition], rows, strict=True):
                assert found[:2] == pytest.approx(wanted[:2], abs=2e-5), (name, path, condition)
                assert found[2] == pytest.approx(wanted[2], abs=1e-6 * largest), (name, path, condition)
        if str(path) not in designs:  # of the whole length, as exported
            table = dataset.onsets(f"nilearn/{glm}", ANN) / path.name.replace("_events.tsv", "_design.tsv")
            designs[str(path)] = design_of(expected, len(pd.read_csv(table, sep="\t")), 2.0)
        wanted_design = designs[str(path)]
        design = design_of(run, len(wanted_design), 2.0)[list(wanted_design)]
        scale = wanted_design.abs().max()  # a column may be of small numbers
        pd.testing.assert_frame_equal(design / scale, wanted_design / scale, atol=1e-5, rtol=0)
        seen += 1
    assert seen == 5 * len(exported.events) > 0


def export(dataset: Dataset, glm: str) -> Exported:
    return export_person(dataset, ANN, FORMATS, glm_to_export(glm))


@pytest.mark.parametrize("glm", EXPECTED)
@pytest.mark.parametrize("name", ["relational_value", "separate_feedback"])
@pytest.mark.timeout(300)
def test_every_format_says_what_the_bids_events_say(dataset: Dataset, name: str, glm: str) -> None:
    for run in (1, 2):
        perform(dataset, read_protocol(name), run=run)
    compare(dataset, export(dataset, glm), glm)


ODD = {
    "all missed": [{"run": 1, "plays": False}],
    "all missed in one run of two": [{"run": 1, "plays": False}, {"run": 2}],
    "ended early": [{"run": 1, "typed": abort_at(40)}, {"run": 2}],
    "ended in the first choice": [{"run": 1, "typed": IN_THE_FIRST_CHOICE}, {"run": 2}],
    "a run is missing": [{"run": 2}],
    "two attempts": [{"run": 1, "typed": abort_at(40)}, {"run": 1}, {"run": 2}],
}


@pytest.mark.parametrize("glm", EXPECTED)
@pytest.mark.parametrize("odd", ODD)
def test_odd_runs_come_out_right(dataset: Dataset, demo: Protocol, odd: str, glm: str) -> None:
    for how in ODD[odd]:
        perform(dataset, demo, **how)
    compare(dataset, export(dataset, glm), glm)


@pytest.mark.parametrize("glm", EXPECTED)
def test_a_rezeroed_run_is_moved_in_every_format(dataset: Dataset, demo: Protocol, glm: str) -> None:
    journal = perform(dataset, demo)
    before = pd.read_csv(export(dataset, glm).events[0], sep="\t")
    move_zero(journal, -1.5, "the first pulse was missed")
    exported = export(dataset, glm)
    after = pd.read_csv(exported.events[0], sep="\t")
    assert (after["onset"] - before["onset"]).to_numpy() == pytest.approx(1.5, abs=2e-4)
    compare(dataset, exported, glm)


@pytest.mark.parametrize("glm", EXPECTED)
def test_a_run_without_a_single_match_comes_out_right_and_says_what_is_missing(
    dataset: Dataset, no_match: Protocol, glm: str
) -> None:
    perform(dataset, no_match)
    exported = export(dataset, glm)
    compare(dataset, exported, glm)
    missing = {
        "match_by_rank": "match_high: no event",
        "parametric": "feedback_explicit_by_match: it is the same (0)",
        "learning": "choice_by_value_chosen: it has no value in any event",
    }
    assert any(
        f"sub-01, run 1, attempt 1: left out of the GLM {glm}: " in one and missing[glm] in one
        for one in exported.notes
    )
    for one in FORMATS:
        readme = (dataset.onsets(f"{one}/{glm}", ANN) / "README").read_text()
        assert f"run 1: {missing[glm]}" in readme


@pytest.mark.parametrize("glm", EXPECTED)
def test_a_run_with_a_single_match_comes_out_right_in_every_format(
    dataset: Dataset, no_match: Protocol, glm: str
) -> None:
    """One match only: its modulator still varies, one against the others; a cell may have a single event."""

    def with_one_match(records: list[dict[str, Any]]) -> None:
        dealt = [record for record in records if record["kind"] == "feedback"]
        dealt[2] |= {"spots": 8, "match": True}

    rewrite(perform(dataset, no_match), with_one_match)
    exported = export(dataset, glm)
    table = pd.read_csv(exported.events[0], sep="\t")
    assert ((table["trial_type"] == "feedback") & (table["match"] == "match")).sum() == 1
    compare(dataset, exported, glm)
    read = {name: run for name, _, run in as_read(dataset, exported, glm)}
    for name, run in read.items():
        if glm == "match_by_rank":
            assert len(run["match_low"]) == 1, name
        if glm == "parametric":
            amplitudes = [row[2] for row in run["feedback_explicit_by_match"]]
            assert sorted(set(amplitudes))[0] < 0 < max(amplitudes) and amplitudes.count(max(amplitudes)) == 1, name


def test_runs_of_different_lengths_have_designs_of_their_own_lengths(dataset: Dataset, demo: Protocol) -> None:
    raw = demo.model_dump()
    raw["runs"]["tail_s"] = 30.0
    perform(dataset, demo, run=1)
    perform(dataset, Protocol.model_validate(raw, strict=False), run=2)
    exported = export(dataset, "parametric")
    compare(dataset, exported, "parametric")
    folder = dataset.onsets("nilearn/parametric", ANN)
    lengths = [len(pd.read_csv(path, sep="\t")) for path in sorted(folder.glob("*_design.tsv"))]
    assert lengths[0] == demo.volumes and lengths[1] > demo.volumes + 8


def test_a_run_that_ended_early_has_a_design_of_the_volumes_that_came(dataset: Dataset, demo: Protocol) -> None:
    perform(dataset, demo, typed=abort_at(40))
    exported = export(dataset, "parametric")
    design = pd.read_csv(next(dataset.onsets("nilearn/parametric", ANN).glob("*_design.tsv")), sep="\t")
    last = pd.read_csv(exported.events[0], sep="\t")[["onset", "duration"]].iloc[-1].sum()
    assert last / 2.0 <= len(design) < demo.volumes
    assert any("run 1: its design matrix is singular" in note for note in exported.notes)
    assert "singular" in (dataset.onsets("nilearn/parametric", ANN) / "README").read_text()


def test_files_of_every_format_are_the_same_to_the_byte_when_made_again(dataset: Dataset, demo: Protocol) -> None:
    def files() -> dict[Path, bytes]:
        return {path: path.read_bytes() for path in (dataset.root / "derivatives").rglob("*") if path.is_file()}

    for run in (1, 2):
        perform(dataset, demo, run=run)
    export(dataset, "learning")
    before = files()
    shutil.rmtree(dataset.root / "derivatives")
    export(dataset, "learning")
    assert files() == before
    assert {path.suffix for path in before} == {"", ".txt", ".fsf", ".mat", ".m", ".tsv", ".png", ".json"}
