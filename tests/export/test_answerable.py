"""A run whose scan does not hold the response to a condition's events answers no contrast of it, in any package."""

import re
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.io import loadmat

from task.config.glm import Glm
from task.config.read import read_protocol
from task.export.onsets import FORMATS, write_onsets
from task.glm.conditions import Modelled, model_run
from task.record.layout import Person
from tests.glm.test_conditions import event, events

STEM = "sub-01_task-decider"
LACKS = "share: the scan does not hold the response to its only event (half its height, at least)"
GLM = Glm.model_validate({
    "name": "test",
    "conditions": [
        {"name": "feedback", "where": {"trial_type": "feedback"}, "modulators": [{"column": "rank"}]},
        {"name": "share", "where": {"trial_type": "share"}},
    ],
    "contrasts": [
        {"name": "rank", "weights": {"feedback_by_rank": -1}},
        {"name": "share", "weights": {"share": 1, "feedback": -1}},
    ],
})  # fmt: skip
FEEDBACK = [event(float(onset), rank=1 + i % 5) for i, onset in enumerate(range(10, 90, 12))]


def a_run(number: int, share_at: float, volumes: int = 60) -> Modelled:
    table = events(*FEEDBACK, event(share_at, "share"))
    return model_run(table, GLM, read_protocol("demo"), stem=f"{STEM}_run-{number:02d}", run=number, volumes=volumes)


RUNS = [a_run(1, 50.0), a_run(2, 97.5, volumes=50), a_run(3, 125.0)]  # in the second the scan is stopped right after


@pytest.fixture
def written(tmp_path: Path) -> Callable[[str], Path]:
    def write(one: str) -> Path:
        folders, notes, _ = write_onsets(tmp_path, Person("01"), RUNS, [one], GLM)
        assert [note for note in notes if "cannot answer" in note] == [
            f"sub-01, run {run}: this run cannot answer these contrasts: share" for run in (2, 3)
        ]
        readme = (folders[0] / "README").read_text()
        assert re.search(rf"answered by run 1\n +not by run 2, 3: {re.escape(LACKS)}\n", readme)
        assert re.search(r"rank = .*\n +answered by run 1, 2, 3\n", readme)
        return folders[0]

    return write


def test_fsl_has_an_empty_ev_of_it(written: Callable[[str], Path]) -> None:
    folder = written("fsl")
    ev = {run: (folder / f"{STEM}_run-{run:02d}_share.txt").read_text() for run in (1, 2, 3)}
    assert ev == {1: "50\t3\t1\n", 2: "0\t0\t0\n", 3: "0\t0\t0\n"}
    assert "set fmri(shape3) 10\n" in (folder / f"{STEM}_run-02_design.fsf").read_text()


def test_afni_has_a_row_without_events(written: Callable[[str], Path]) -> None:
    assert (written("afni") / f"{STEM}_share.txt").read_text() == "50:3 *\n*\n*\n"


def test_spm_has_no_such_condition_and_no_weight_for_it(written: Callable[[str], Path]) -> None:
    folder = written("spm")
    names = {run: loadmat(folder / f"{STEM}_run-{run:02d}_conditions.mat")["names"][0] for run in (1, 2, 3)}
    assert [len(one) for one in names.values()] == [2, 1, 1]
    batch = (folder / f"{STEM}_batch.m").read_text()
    assert re.findall(r"'share', 'Sn\((\d)\) (\w+)\*bf\(1\)', (\S+)", batch) == [
        ("1", "share", "1"),
        ("1", "feedback", "-1"),
    ]


def test_nilearn_and_fitlins_have_no_column_of_it(written: Callable[[str], Path]) -> None:
    folder = written("nilearn")
    for run, has_it in ((1, True), (2, False), (3, False)):
        design = pd.read_csv(folder / f"{STEM}_run-{run:02d}_design.tsv", sep="\t")
        assert ("share" in design) == has_it and np.abs(design["feedback"]).max() > 0.1
        name = f"{STEM}_run-{run:02d}_events.tsv"
        assert ("share" in set(pd.read_csv(folder / name, sep="\t")["trial_type"])) == has_it
        func = folder.parents[2] / "fitlins" / "test" / "sub-01" / "func"
        assert ("share" in set(pd.read_csv(func / name, sep="\t")["trial_type"])) == has_it


@pytest.mark.parametrize("one", [one for one in FORMATS if one != "nilearn"])
def test_this_is_judged_without_nilearn(
    one: str, written: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "nilearn", None)
    written(one)
