"""A person's runs together: which can answer a contrast, what is said of the others, and how much each counts."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from task.config.glm import Contrast, Glm
from task.config.read import read_protocol
from task.export.dataset import export_person
from task.export.onsets import FORMATS
from task.export.spm import write_spm
from task.glm.conditions import Condition, Modelled, Modulator, glm_to_export
from task.glm.contrasts import (
    absent_from,
    aligned,
    contrasts_in_words,
    contrasts_of,
    notes_on_contrasts,
    run_weights,
)
from task.record.layout import Dataset
from tests.export.conftest import ANN, perform

ONSETS = tuple(float(onset) for onset in range(10, 250, 20))
VALUES = (3.0, -2.0, 1.0, -1.0, 2.0, -3.0, 0.5, 1.5, -0.5, -1.5, 2.5, -2.5)


def a_run(number: int, *conditions: Condition) -> Modelled:
    return Modelled(f"sub-01_task-decider_run-{number:02d}", number, 2.0, 130, conditions)


def feedback(scale: float = 1.0, why_not: str = "") -> Condition:
    values = () if why_not else tuple(scale * value for value in VALUES)
    return Condition("feedback", ONSETS, (3.0,) * len(ONSETS), (Modulator("rank", values, why_not),))


def share(has_events: bool = True) -> Condition:
    return Condition("share", (20.0, 90.0), (2.0, 2.0)) if has_events else Condition("share", (), ())


GLM = Glm.model_validate({
    "name": "test",
    "conditions": [
        {"name": "feedback", "where": {"trial_type": "feedback"}, "modulators": [{"column": "rank"}]},
        {"name": "share", "where": {"trial_type": "share"}},
        {"name": "match", "where": {"trial_type": "match"}, "modulators": [{"column": "rank"}]},
    ],
    "contrasts": [
        {"name": "rank", "weights": {"feedback_by_rank": -1}},
        {"name": "both", "weights": {"feedback": 0.5, "share": 0.5, "match": 0}},
        {"name": "alone", "weights": {"match_by_rank": 1}},
    ],
})  # fmt: skip


def test_each_contrast_knows_its_runs_and_why_the_others_cannot_answer_it() -> None:
    runs = [
        a_run(1, feedback(), share()),
        a_run(3, feedback(why_not="it is the same (4) in all 12 events"), share(False)),
    ]
    rank, both, alone = contrasts_of(runs, GLM)
    assert (rank.able, rank.unable) == ((1,), {3: "feedback_by_rank: it is the same (4) in all 12 events"})
    assert (both.able, both.unable) == ((1,), {3: "share: no event"})
    assert both.weights == {"feedback": 0.5, "share": 0.5}  # a weight of 0 asks for nothing
    assert alone.able == () and set(alone.unable.values()) == {"match_by_rank: not in this protocol"}
    assert notes_on_contrasts("sub-01", runs, GLM) == [
        "sub-01: no run can answer these contrasts of the GLM test: alone",
        "sub-01, run 3: this run cannot answer these contrasts: rank, both",
    ]
    assert contrasts_in_words(runs, GLM)[:3] == [
        '    rank = "-1 * feedback_by_rank"',
        "        answered by run 1",
        "        not by run 3: feedback_by_rank: it is the same (4) in all 12 events",
    ]


def test_runs_of_two_protocols_are_aligned_by_name() -> None:
    match = Condition("match", (5.0, 50.0), (3.0, 3.0), (Modulator("rank", (1.0, -1.0)),))
    runs = aligned([a_run(1, feedback()), a_run(2, match, feedback())], GLM)
    assert [[one.name for one in run.conditions] for run in runs] == [["feedback", "match"]] * 2
    assert runs[0].left_out == dict.fromkeys(["match", "match_by_rank"], "match: not in its protocol")
    assert runs[1].conditions == (feedback(), match)
    assert absent_from(runs, GLM) == ["share"]
    (rank, _, alone) = contrasts_of(runs, GLM)
    assert rank.able == (1, 2) and alone.able == (2,)


def test_a_run_whose_modulator_varies_a_tenth_as_much_counts_a_hundredth() -> None:
    """The variance of an estimate grows with the square: 1 / 1.01 and 0.01 / 1.01."""
    runs = [a_run(1, feedback()), a_run(2, feedback(0.1))]
    weights = run_weights(contrasts_of(runs, GLM)[0], runs)
    assert weights == pytest.approx({1: 1 / 1.01, 2: 0.01 / 1.01})


def test_weights_are_those_of_the_generalised_mean_of_independent_estimates() -> None:
    """One model of both runs, whose column is shared, estimates what the weighted mean estimates, as precisely."""
    from task.glm.design import design_of

    runs = [a_run(1, feedback(2.0), share()), a_run(2, feedback(0.5), share(False))]
    weights = run_weights(contrasts_of(runs, GLM)[0], runs)
    noise = np.random.Generator(np.random.PCG64(1))
    data = [noise.normal(size=130) for _ in runs]
    designs = [design_of(run).matrix for run in runs]
    shared = np.concatenate([one["feedback_by_rank"] for one in designs])
    others = [one.drop(columns="feedback_by_rank").to_numpy() for one in designs]
    blocks = np.block([
        [others[0], np.zeros((130, others[1].shape[1]))],
        [np.zeros((130, others[0].shape[1])), others[1]],
    ])  # fmt: skip
    together = np.linalg.lstsq(np.column_stack([shared, blocks]), np.concatenate(data), rcond=None)[0][0]
    places = [list(one).index("feedback_by_rank") for one in designs]
    alone = [
        np.linalg.lstsq(one.to_numpy(), y, rcond=None)[0][i] for one, y, i in zip(designs, data, places, strict=True)
    ]
    assert weights[1] * alone[0] + weights[2] * alone[1] == pytest.approx(together)


def test_a_run_whose_design_cannot_tell_a_contrast_from_others_has_no_weight() -> None:
    twin = Condition("share", ONSETS, (3.0,) * len(ONSETS))  # the same events as feedback's
    runs = [a_run(1, feedback(), twin), a_run(2, feedback(), share())]
    rank, both, _ = contrasts_of(runs, GLM)
    assert run_weights(rank, runs).keys() == {1, 2}
    assert run_weights(both, runs).keys() == {1, 2}  # their mean is not in doubt, only their difference is
    difference = replace(both, weights={"feedback": 1.0, "share": -1.0})
    assert run_weights(difference, runs) == {2: 1.0}
    assert run_weights(difference, runs[:1]) == {}
    apart = Contrast(name="apart", weights={"feedback": 1.0, "share": -1.0})
    (asked,) = contrasts_of(runs, GLM.model_copy(update={"contrasts": (apart,)}))
    assert (asked.able, asked.unable) == ((2,), {1: "its design cannot tell this from its other columns"})


def rows_of_batch(batch: str) -> list[tuple[str, str, float]]:
    """The table of weights as MATLAB reads it: contrast, column, weight."""
    table = re.search(r"^weights = \{\n(.*?)^\};", batch, re.MULTILINE | re.DOTALL)
    return [(name, column, float(weight)) for name, column, weight in re.findall(r"'(\S+)', '(.+?)', (\S+)", table[1])]


def test_the_spm_batch_has_the_weight_of_each_column_of_each_run(tmp_path: Path) -> None:
    """spm_get_ons.m names a modulator's column sprintf('%sx%s^%d', ...); spm_fMRI_design.m puts Sn(run) before it."""
    runs = [
        a_run(1, feedback(), share()),
        a_run(2, feedback(0.5), share(False)),
        a_run(4, feedback(why_not="x"), share()),
    ]
    batch = write_spm(runs, GLM, tmp_path).paths[-1].read_text()
    rank = [row for row in rows_of_batch(batch) if row[0] == "rank"]
    assert [row[1] for row in rank] == ["Sn(1) feedbackxrank^1*bf(1)", "Sn(2) feedbackxrank^1*bf(1)"]
    assert [row[2] for row in rank] == pytest.approx([-0.8, -0.2], abs=0.01)  # share's two events take little
    assert sum(row[2] for row in rank) == pytest.approx(-1)
    both = [(column, weight) for name, column, weight in rows_of_batch(batch) if name == "both"]
    assert [column for column, _ in both] == [f"Sn({i}) {name}*bf(1)" for i in (1, 3) for name in ("feedback", "share")]
    assert both[0][1] == both[1][1] and sum(weight for _, weight in both) == pytest.approx(1)
    assert "alone" not in batch


def test_a_batch_without_any_contrast_ends_with_the_estimation(tmp_path: Path) -> None:
    bare = GLM.model_copy(update={"contrasts": ()})
    batch = write_spm([a_run(1, feedback())], bare, tmp_path).paths[-1].read_text()
    assert "fmri_est" in batch and "weights" not in batch and "consess" not in batch


@pytest.mark.timeout(300)
def test_two_protocols_in_one_session_come_out_right_in_every_format(dataset: Dataset) -> None:
    perform(dataset, read_protocol("relational_value"), run=1)
    perform(dataset, read_protocol("separate_feedback"), run=2)
    exported = export_person(dataset, ANN, FORMATS, glm_to_export("parametric"))
    folder = {one: dataset.onsets(f"{one}/parametric", ANN) for one in FORMATS}
    stem = "sub-01_task-decider"
    for run in (1, 2):
        fragment = (folder["fsl"] / f"{stem}_run-{run:02d}_design.fsf").read_text()
        names = re.findall(r'fmri\(conname_real\.\d\) "(\w+)"', fragment)
        assert names == ["match", "better_rank", "match_alone", "better_rank_alone"]
        assert re.search(r'evtitle\d+\) "match_alone"', fragment)
    assert (folder["fsl"] / f"{stem}_run-01_match_alone.txt").read_text() == "0\t0\t0\n"
    command = (folder["afni"] / f"{stem}_3dDeconvolve.txt").read_text()
    assert re.findall(r"-glt_label \d (\w+)", command) == ["match", "better_rank", "match_alone", "better_rank_alone"]
    assert (folder["afni"] / f"{stem}_match_alone.txt").read_text().startswith("*\n")
    rows = rows_of_batch((folder["spm"] / f"{stem}_batch.m").read_text())
    assert [row for row in rows if "alone" in row[0]] == [
        ("match_alone", "Sn(2) match_alonexmatch^1*bf(1)", 1.0),
        ("better_rank_alone", "Sn(2) rank_explicitxrank^1*bf(1)", -1.0),
    ]
    assert {row[1][:5] for row in rows if row[0] == "match"} == {"Sn(1)"}
    assert "sub-01, run 1: this run cannot answer these contrasts: match_alone, better_rank_alone" in exported.notes
    for one in FORMATS:
        readme = (folder[one] / "README").read_text()
        assert "not by run 1: match_alone: not in its protocol" in readme
        assert "not by run 2: feedback_explicit: not in its protocol" in readme


@pytest.mark.timeout(300)
def test_an_all_missed_run_is_listed_in_every_readme_as_one_that_answers_nothing(dataset: Dataset) -> None:
    demo = read_protocol("demo")
    perform(dataset, demo, run=1, plays=False)
    perform(dataset, demo, run=2)
    exported = export_person(dataset, ANN, FORMATS, glm_to_export("parametric"))
    for folder in exported.onset_folders:
        readme = (folder / "README").read_text()
        assert re.search(
            r'better_rank = "-1 \* feedback_explicit_by_rank"\n +answered by run 2\n'
            r" +not by run 1: feedback_explicit: no event\n",
            readme,
        ), folder
    rows = rows_of_batch(next(exported.onset_folders[2].glob("*_batch.m")).read_text())
    assert {row[1][:5] for row in rows} == {"Sn(2)"}


def test_the_weights_in_the_readme_are_those_of_the_batch(dataset: Dataset) -> None:
    for run in (1, 2):
        perform(dataset, read_protocol("demo"), run=run)
    export_person(dataset, ANN, ("spm",), glm_to_export("parametric"))
    folder = dataset.onsets("spm/parametric", ANN)
    said = re.search(r"better_rank: run 1 (\S+), run 2 (\S+)\n", (folder / "README").read_text())
    rows = pd.DataFrame(rows_of_batch(next(folder.glob("*_batch.m")).read_text()), columns=["name", "column", "weight"])
    weights = rows.loc[rows["name"] == "better_rank", "weight"]
    assert [-float(one) for one in said.groups()] == pytest.approx(list(weights), abs=1e-4)
