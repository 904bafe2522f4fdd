"""Planned events: what is known before anybody has chosen anything, and never to be taken for a recording."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix

from task.config.read import read_protocol
from task.export.dataset import export_person
from task.export.planned import export_planned
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
    paths = export_planned(dataset, plan, ANN)
    runs = plan.protocol.runs.count
    assert len(paths) == len(set(paths)) == runs * (2 + len(conditions))
    assert all(path.is_file() and dataset.planned(ANN) in path.parents for path in paths)
    for number, path in enumerate(paths[:runs], 1):
        planned = planned_events(plan, plan.run(number, 1))
        assert path.name == f"sub-01_task-decider_run-{number:02d}_desc-planned_events.tsv"
        assert text_of(read_events(path)) == text_of(planned)
        for condition in conditions:
            onsets = np.loadtxt(dataset.planned(ANN) / "fsl" / path.name.replace("events.tsv", f"{condition}.txt"))
            rows = planned[planned["trial_type"] == condition]
            np.testing.assert_allclose(onsets[:, :2], rows[["onset", "duration"]], atol=5.1e-5)
            assert len(rows) == plan.protocol.runs.trials and set(onsets[:, 2]) == {1.0}


def test_planned_files_say_that_they_are_planned_and_by_which_plan(dataset: Dataset) -> None:
    plan = plan_of(read_protocol("demo"), ANN)
    for path in export_planned(dataset, plan, ANN):
        assert "desc-planned" in path.name
        if path.suffix == ".json":
            said = json.loads(path.read_text())
            assert (said["Planned"], said["PlanDigest"], said["PlanVersion"]) == (True, plan.digest, 1)
            assert "StimulusPresentation" not in said
            assert set(NAMES) < set(said)


def test_planned_events_make_a_design_matrix(dataset: Dataset) -> None:
    table = export_planned(dataset, plan_of(read_protocol("demo"), ANN), ANN)[0]
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
