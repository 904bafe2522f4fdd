"""Planned events: what is known before anybody has chosen anything, and never to be taken for a recording."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix

from task.cli.export import export
from task.config.read import read_protocol
from task.export.dataset import export_person
from task.export.planned import export_planned
from task.plan.plan import save_plan
from task.record.columns import NAMES
from task.record.events import planned_events, read_events
from task.record.layout import Dataset
from tests.export.conftest import ANN, plan_of
from tests.export.test_dataset import contents, text_of, validated


@pytest.mark.parametrize(
    ("name", "conditions"),
    [
        ("relational_value", {"choice", "feedback", "share"}),
        ("separate_feedback", {"choice", "match", "rank", "share"}),
    ],
)
def test_planned_files_equal_the_plan(dataset: Dataset, name: str, conditions: set[str]) -> None:
    plan = plan_of(read_protocol(name), ANN)
    paths, _ = export_planned(dataset, plan, ANN)
    runs = plan.protocol.runs.count
    onset_files = conditions | {"choice_miss", "too_slow", "share_miss", "press_left", "press_right"}
    assert {path.stem.split("desc-planned_")[1] for path in paths if path.suffix == ".txt"} == onset_files
    assert len(paths) == len(set(paths)) == runs * (2 + len(onset_files) + 1) + 1
    assert all(path.is_file() and dataset.planned(ANN).parent in path.parents for path in paths)
    for number, path in enumerate(paths[:runs], 1):
        planned = planned_events(plan, plan.run(number, 1))
        assert path.name == f"sub-01_task-decider_run-{number:02d}_desc-planned_events.tsv"
        assert text_of(read_events(path)) == text_of(planned)
        for condition in conditions:
            folder = dataset.root / "derivatives" / "planned" / "onsets_planned" / "fsl" / "trial_types" / "sub-01"
            onsets = np.loadtxt(folder / path.name.replace("events.tsv", f"{condition}.txt"))
            rows = planned[planned["trial_type"] == condition]
            np.testing.assert_allclose(onsets[:, :2], rows[["onset", "duration"]], atol=5.1e-5)
            assert len(rows) == plan.protocol.runs.trials and set(onsets[:, 2]) == {1.0}


def test_planned_files_say_that_they_are_planned_and_by_which_plan(dataset: Dataset) -> None:
    plan = plan_of(read_protocol("demo"), ANN)
    for path in export_planned(dataset, plan, ANN).paths:
        assert "desc-planned" in path.name or path.name == "README"
        if path.name == "README":
            assert "run 1: Planned, not recorded" in path.read_text()
        if path.suffix == ".json":
            said = json.loads(path.read_text())
            assert (said["Planned"], said["PlanDigest"], said["PlanVersion"]) == (True, plan.digest, 1)
            assert "StimulusPresentation" not in said
            assert set(NAMES) < set(said)


def test_planned_events_make_a_design_matrix(dataset: Dataset) -> None:
    table = export_planned(dataset, plan_of(read_protocol("demo"), ANN), ANN).paths[0]
    events = pd.read_csv(table, sep="\t")[["onset", "duration", "trial_type"]]
    matrix = make_first_level_design_matrix(np.arange(0.0, 124.0, 2.0), events, drift_model=None)
    assert list(matrix.columns) == ["choice", "feedback", "share", "constant"]


def test_planned_files_made_again_are_the_same_and_touch_nothing_that_was_recorded(
    perform_a_run: Callable[..., Path], dataset: Dataset
) -> None:
    demo = read_protocol("demo")
    perform_a_run(demo)
    export_person(dataset, ANN)
    before = contents(dataset.root)
    export_planned(dataset, plan_of(demo, ANN), ANN)
    after = contents(dataset.root)
    assert {name: after[name] for name in before} == before
    assert all(name.startswith("derivatives") for name in set(after) - set(before))
    export_planned(dataset, plan_of(demo, ANN), ANN)
    assert contents(dataset.root) == after
    assert "error" not in {issue["severity"] for issue in validated(dataset.root)}


def test_a_plan_with_simulated_choices_has_the_conditions_that_choices_make(
    dataset: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = plan_of(read_protocol("demo"), ANN)
    save_plan(plan, dataset.plan(ANN))
    assert export(data=dataset.root, planned=True, choices="simulated", file_format="fsl", glm="parametric") == 0
    said = json.loads(next(dataset.planned(ANN).rglob("*run-01_desc-simulated_events.json")).read_text())
    assert said["Planned"] and said["SimulatedParticipant"] and "w 0.5, beta 3.0" in said["PlannedNote"]
    folder = dataset.root / "derivatives" / "planned" / "onsets_simulated" / "fsl" / "parametric" / "sub-01"
    amplitudes = np.loadtxt(next(folder.glob("*run-01_desc-simulated_feedback_explicit_by_rank.txt")))[:, 2]
    assert abs(amplitudes.sum()) < 1e-4 and len(set(amplitudes)) > 1
    assert "nobody was recorded" in (folder / "README").read_text()
    export(data=dataset.root, planned=True, choices="simulated", glm="learning")
    values = next((folder.parents[1] / "learning" / "sub-01").glob("*run-01*_choice_by_value_chosen.txt"))
    assert len(set(np.loadtxt(values)[:, 2])) > 2
    assert not list(dataset.root.glob("sub-*")) and not dataset.journals(ANN)


def test_planned_and_simulated_files_of_one_glm_do_not_touch_each_other(dataset: Dataset) -> None:
    save_plan(plan_of(read_protocol("demo"), ANN), dataset.plan(ANN))
    export(data=dataset.root, planned=True, file_format="afni", glm="trial_types")
    before = contents(dataset.root)
    export(data=dataset.root, planned=True, choices="simulated", file_format="afni", glm="trial_types")
    assert before.items() <= contents(dataset.root).items()
