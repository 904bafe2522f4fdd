"""Each format against small examples worked out by hand from its package's documentation.

So a mistake that writer and reader share would be found here. Cited are, as of their latest versions,
AFNI: the output of ``3dDeconvolve -help``; FSL: the FEAT user guide and its page on design matrix rules;
SPM: the help of "Multiple conditions" in SPM12 (config/spm_cfg_fmri_spec.m) and what reads it (spm_run_fmri_spec.m);
BIDS Stats Models: the schema that its authors publish (bsmschema), and PyBIDS, which FitLins runs on.
"""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pandas as pd
import pytest
from bids.layout import BIDSLayout
from bids.modeling import BIDSStatsModelsGraph
from bsmschema.models import BIDSStatsModel
from scipy.io import loadmat

from task.config.glm import Contrast, Glm
from task.config.protocol import Protocol
from task.config.read import names_in
from task.export.afni import write_afni
from task.export.dataset import export_person
from task.export.fitlins import model_for_fitlins, write_fitlins
from task.export.fsl import write_fsl
from task.export.nilearn import picture_of, write_nilearn
from task.export.spm import write_spm
from task.glm.conditions import Condition, Modelled, Modulator, glm_to_export
from task.record.layout import Dataset
from tests.export.conftest import ANN, perform
from tests.export.readers import read_afni, read_fitlins, read_fsl, read_nilearn, read_spm
from tests.export.test_dataset import validated


def a_run(number: int, *conditions: Condition) -> Modelled:
    return Modelled(f"sub-01_task-decider_run-{number:02d}", number, 2.0, 60, conditions)


def a_condition(name: str, *events: tuple[float, float], **modulators: tuple[float, ...]) -> Condition:
    onsets, durations = zip(*events, strict=True) if events else ((), ())
    return Condition(name, onsets, durations, tuple(Modulator(by, values) for by, values in modulators.items()))


def a_glm(**contrasts: dict[str, float]) -> Glm:
    raw = [{"name": name, "weights": weights} for name, weights in contrasts.items()]
    condition = {"name": "a", "where": {"trial_type": "feedback"}}
    glm = Glm.model_validate({"name": "test", "conditions": [condition]})
    return glm.model_copy(update={"contrasts": tuple(Contrast.model_validate(one) for one in raw)})


# --- AFNI ------------------------------------------------------------------------------------------------------------


def afni_file(folder: Path, *conditions: Condition) -> list[str]:
    """The lines of a condition's file, a row for each run."""
    runs = [a_run(number, one) for number, one in enumerate(conditions, 1)]
    return write_afni(runs, a_glm(), folder).paths[0].read_text().splitlines()


def test_afni_marries_amplitudes_and_durations_as_its_help_does(tmp_path: Path) -> None:
    """'30*5,3:12' is 'a block starting at 30 s, with amplitude modulation parameters 5 and 3, ... duration 12 s'."""
    both = a_condition("a", (30, 12), (50, 10), one=(5.0, -5.0), other=(3.0, -3.0))
    assert afni_file(tmp_path, both) == ["30*5,3:12 50*-5,-3:10"]


def test_afni_has_amplitudes_alone_for_impulses(tmp_path: Path) -> None:
    """'33.7*9,-2,3 indicates a stimulus at time 33.7 seconds with 3 amplitudes attached (9 and -2 and 3)'."""
    impulses = a_condition("a", (33.7, 0), (40, 0), one=(9.0, -9.0), two=(-2.0, 2.0), three=(3.0, -3.0))
    assert afni_file(tmp_path, impulses) == ["33.7*9,-2,3 40*-9,2,-3"]


def test_afni_has_durations_alone_without_modulators(tmp_path: Path) -> None:
    """'10:1 40:2 70:3 ...' is the help's own file for dmBLOCK with -stim_times_AM1."""
    assert afni_file(tmp_path, a_condition("a", (10, 1), (40, 2), (70, 3))) == ["10:1 40:2 70:3"]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([2, 0, 1], ["1 2", "*", "1"]),
        ([1, 2], ["1 *", "1 2"]),
        ([1, 1], ["1 *", "1"]),
        ([0, 2], ["*", "1 2"]),
        ([0, 1], ["* *", "1"]),
        ([1], ["1 *"]),
    ],
)
def test_afni_can_never_take_times_of_a_run_for_global_ones(
    tmp_path: Path, rows: list[int], expected: list[str]
) -> None:
    """'put a single * on the line' for a run without; a file of a single column would be guessed to be global."""
    conditions = [a_condition("a", *[(float(i), 0.0) for i in range(1, count + 1)]) for count in rows]
    assert afni_file(tmp_path, *conditions) == expected
    assert [len(run.get("a", [])) for run in read_afni_beside_a_readme(tmp_path)] == rows


def read_afni_beside_a_readme(folder: Path) -> list[Any]:
    (folder / "README").write_text("")
    return read_afni(folder, "sub-01_task-decider")


def test_afni_has_no_file_of_a_condition_without_any_event_and_no_test_of_it(tmp_path: Path) -> None:
    """'If NO run at all has a stimulus of a given class, then you must have at least 1 time that is not *'."""
    runs = [a_run(number, a_condition("a", (1, 2), (3, 2)), a_condition("b")) for number in (1, 2)]
    *files, command = write_afni(runs, a_glm(a={"a": 1}, both={"a": 1, "b": -1}), tmp_path).paths
    assert [path.name for path in files] == ["sub-01_task-decider_a.txt"]
    assert "-num_stimts 1 " in command.read_text() and "both" not in command.read_text()


def test_the_afni_command_has_the_option_that_each_file_needs(tmp_path: Path) -> None:
    """'If you are NOT doing amplitude modulation ... use -stim_times_AM1 with dmBLOCK', if so, -stim_times_AM2."""
    run = a_run(
        1,
        a_condition("modulated", (1, 2), (3, 2), rank=(1.0, -1.0), flat=()),
        a_condition("plain", (41, 2), (53, 2), flat=()),
        a_condition("press", (1, 0), (3, 0)),
    )
    glm = a_glm(rank={"modulated_by_rank": -1, "plain": 0.5}, flat={"modulated_by_flat": 1})
    command = write_afni([run], glm, tmp_path).paths[-1].read_text().replace(" \\\n   ", "")
    stem = '"$onsets"/sub-01_task-decider'
    assert f"-stim_times_AM2 1 {stem}_modulated.txt dmUBLOCK -stim_label 1 modulated " in command
    assert f"-stim_times_AM1 2 {stem}_plain.txt dmUBLOCK -stim_label 2 plain " in command
    assert f"-stim_times 3 {stem}_press.txt GAM -stim_label 3 press " in command
    assert "-num_glt 1 -gltsym 'SYM: -1*modulated[1] +0.5*plain' -glt_label 1 rank " in command
    assert command.index("-local_times") < command.index("-stim_times")
    assert '-input "$images"/sub-01_task-decider_run-01_bold.nii.gz ' in command
    assert f"onsets={tmp_path}\n" in command and "\nimages=" in command


def test_the_afni_command_of_a_plan_needs_no_image(tmp_path: Path) -> None:
    """'-nodata [NT [TR]] Evaluate experimental design only (no input data)'; -concat '1D: 0 60' begins each run."""
    plans = [
        replace(a_run(number, a_condition("a", (1, 2))), stem=f"x_run-{number:02d}_desc-planned") for number in (1, 2)
    ]
    command = write_afni(plans, a_glm(), tmp_path).paths[-1].read_text()
    assert "3dDeconvolve \\\n    -nodata 120 2 -concat '1D: 0 60' \\\n" in command and '-input "' not in command


# --- FSL -------------------------------------------------------------------------------------------------------------


def fsl_files(folder: Path, *runs: Modelled, glm: Glm | None = None) -> dict[str, str]:
    """The files of the first of some runs, by the ends of their names."""
    stem = runs[0].stem
    paths = write_fsl(runs, glm or a_glm(), folder).paths
    return {path.name.removeprefix(f"{stem}_"): path.read_text() for path in paths if path.name.startswith(stem)}


def test_fsl_has_onset_duration_and_amplitude_on_each_line(tmp_path: Path) -> None:
    """'40 20 1' is a stimulus that starts at 40 s, lasts 20 s and has amplitude 1."""
    files = fsl_files(tmp_path, a_run(1, a_condition("a", (40, 20), (70, 5), rank=(1.5, -1.5))))
    assert files["a.txt"] == "40\t20\t1\n70\t5\t1\n"
    assert files["a_by_rank.txt"] == "40\t20\t1.5\n70\t5\t-1.5\n"


def test_fsl_has_an_empty_ev_for_what_a_run_cannot_estimate(tmp_path: Path) -> None:
    """FEAT: shape 3 is "Custom (3 column format)", 10 is "Empty (all zeros)"; it stops at a file without a line."""
    run = a_run(1, a_condition("a", (40, 20), (70, 5), rank=()), a_condition("b", rank=()))
    full = a_run(2, a_condition("a", (40, 20), (70, 5), rank=()), a_condition("b", (1, 2)))
    glm = a_glm(a_and_b={"a": 1, "b": -0.5}, other={"c": 1})
    files = fsl_files(tmp_path, run, full, glm=glm)
    assert files["a_by_rank.txt"] == files["b.txt"] == files["b_by_rank.txt"] == "0\t0\t0\n"
    said = dict(re.findall(r"^set fmri\((\S+)\) (.+)$", files["design.fsf"], re.MULTILINE))
    assert (said["evs_orig"], said["evs_real"], said["ncon_real"], said["ncon_orig"]) == ("4", "4", "1", "1")
    assert [said[f"shape{i}"] for i in range(1, 5)] == ["3", "10", "10", "10"]
    assert [said[f"evtitle{i}"] for i in range(1, 5)] == ['"a"', '"a_by_rank"', '"b"', '"b_by_rank"']
    assert said["custom1"] == f'"{tmp_path / "sub-01_task-decider_run-01_a.txt"}"' and "custom2" not in said
    assert (said["nftests_real"], said["nftests_orig"], said["conmask1_1"]) == ("0", "0", "0")
    assert {said[f"ortho{i}.{j}"] for i in range(1, 5) for j in range(5)} == {"0"}
    assert [said[f"con_real1.{i}"] for i in range(1, 5)] == ["1", "0", "-0.5", "0"]
    assert [said[f"con_orig1.{i}"] for i in range(1, 5)] == ["1", "0", "-0.5", "0"]
    assert said["conname_real.1"] == said["conname_orig.1"] == '"a_and_b"'
    assert read_fsl(tmp_path, run.stem).keys() == {"a"}


def test_feat_convolves_filters_and_adds_nothing_to_an_ev_as_every_other_package(tmp_path: Path) -> None:
    """FEAT: convolution 3 is "Double-Gamma HRF", without phase; temporal filtering on; no temporal derivative."""
    files = fsl_files(tmp_path, a_run(1, a_condition("a", (40, 20), (70, 5), rank=(1.5, -1.5))))
    said = dict(re.findall(r"^set fmri\((\S+)\) (.+)$", files["design.fsf"], re.MULTILINE))
    for i in (1, 2):
        kept = [said[f"{key}{i}"] for key in ("convolve", "convolve_phase", "tempfilt_yn", "deriv_yn")]
        assert kept == ["3", "0", "1", "0"]
    assert said["evs_vox"] == "0" and said["con_mode"] == said["con_mode_old"] == "orig"


# --- SPM -------------------------------------------------------------------------------------------------------------


def test_spm_has_the_example_of_its_own_help(tmp_path: Path) -> None:
    """``names{2}='SSent-DSpeak', onsets{2}=[3 5 19 222], durations{2}=[0 0 0 0]``, two modulators on the second.

    'pmod(1).name{1}' is the first modulator of the first condition; 'unused structure entries should have all fields
    left empty'; orth is 'a (1 x n) cell array ... with a 1 or 0 for each condition'.
    """
    run = a_run(
        1,
        a_condition("first", (1, 2), (4, 2)),
        a_condition(
            "SSent_DSpeak", (3, 0), (5, 0), (19, 0), (222, 0), one=(1.0, 3.0, 5.0, 7.0), two=(2.0, 4.0, 6.0, 8.0)
        ),
        a_condition("none_of_these"),
    )
    path = write_spm([run], a_glm(), tmp_path).paths[0]
    content = loadmat(path, squeeze_me=False, struct_as_record=False)
    assert [key for key in content if not key.startswith("__")] == ["names", "onsets", "durations", "orth", "pmod"]
    assert content["names"].shape == content["onsets"].shape == content["durations"].shape == (1, 2)
    assert content["names"][0, 1].tolist() == ["SSent_DSpeak"]
    assert content["onsets"][0, 1].tolist() == [[3, 5, 19, 222]]
    assert content["durations"][0, 1].tolist() == [[0, 0, 0, 0]]
    assert [one.item() for one in content["orth"][0]] == [0, 0]
    first, second = content["pmod"][0]
    assert first.name.size == first.param.size == first.poly.size == 0
    assert [one.item() for one in second.name[0]] == ["one", "two"]
    assert [one.ravel().tolist() for one in second.param[0]] == [[1, 3, 5, 7], [2, 4, 6, 8]]
    assert [one.item() for one in second.poly[0]] == [1, 1]
    assert set(read_spm(path)) == {"first", "SSent_DSpeak", "SSent_DSpeak_by_one", "SSent_DSpeak_by_two"}


def test_spm_takes_a_condition_with_a_single_event_as_a_row_of_one(tmp_path: Path) -> None:
    content = loadmat(write_spm([a_run(1, a_condition("a", (7.5, 3)))], a_glm(), tmp_path).paths[0])
    assert content["onsets"][0, 0].tolist() == [[7.5]] and content["names"][0, 0].tolist() == ["a"]


def test_the_spm_batch_takes_images_from_elsewhere_and_onsets_from_their_own_folder(tmp_path: Path) -> None:
    run = a_run(1, a_condition("a", (1, 2), (4, 2)))
    planned = replace(a_run(2, run.conditions[0]), stem="sub-01_task-decider_run-02_desc-planned")
    folder = tmp_path / "O'Neil"
    batch = write_spm([run, planned], a_glm(), folder).paths[-1].read_text()
    assert "copy it before you edit it" in batch.splitlines()[0]
    quoted = str(folder).replace("'", "''")
    assert f"onsets = '{quoted}';" in batch and "pwd" not in batch
    assert "timing.units = 'secs'" in batch and "timing.RT = 2;" in batch
    for i, stem in ((1, run.stem), (2, planned.stem)):
        assert f"sess({i}).multi = {{fullfile(onsets, '{stem}_conditions.mat')}};" in batch
        pattern = f"'^sub-01_task-decider_run-0{i}_.*bold\\.nii$'"
        assert f"sess({i}).scans = cellstr(spm_select('ExtFPList', images, {pattern}, Inf));" in batch


def test_the_spm_batch_models_runs_as_the_readme_says_they_are(tmp_path: Path) -> None:
    """TR of the runs; bins and reference bin for slices corrected to the middle; SPM's usual filter and noise model."""
    run = replace(a_run(1, a_condition("a", (1, 2), (4, 2))), tr_s=1.35)
    batch = write_spm([run], a_glm(), tmp_path).paths[-1].read_text()
    set_to = dict(re.findall(r"^spec\.(\S+) = ([^;]+);", batch, re.MULTILINE))
    assert set_to["timing.RT"] == "1.35"
    assert int(set_to["timing.fmri_t0"]) * 2 == int(set_to["timing.fmri_t"]) == 16
    assert set_to["sess(1).hpf"] == "128" and set_to["cvi"] == "'AR(1)'"
    assert set_to["bases.hrf.derivs"] == "[0 0]" and set_to["sess(1).multi_reg"] == "{''}"


# --- nilearn ---------------------------------------------------------------------------------------------------------


def test_nilearn_events_name_condition_and_modulator_apart(tmp_path: Path) -> None:
    run = a_run(1, a_condition("a", (40, 3), (70, 3), rank=(1.5, -1.5), flat=()), a_condition("b", (50, 0)))
    events, design, picture = write_nilearn([run], a_glm(), tmp_path).paths
    assert events.read_text().splitlines() == [
        "onset\tduration\ttrial_type\tmodulation",
        "40\t3\ta\t1",
        "40\t3\ta_by_rank\t1.5",
        "50\t0\tb\t1",
        "70\t3\ta\t1",
        "70\t3\ta_by_rank\t-1.5",
    ]
    matrix = pd.read_csv(design, sep="\t")
    assert list(matrix)[:3] == ["a", "a_by_rank", "b"] and list(matrix)[-1] == "constant" and len(matrix) == 60
    assert 44 <= matrix["a"].idxmax() * 2.0 <= 48 or 74 <= matrix["a"].idxmax() * 2.0 <= 80  # the response's peak
    assert picture.stat().st_size > 1000


def test_the_picture_of_a_design_shows_what_is_above_and_below_zero() -> None:
    matrix = pd.DataFrame({"up": [0.0, 2.0, 0.0], "down": [0.0, 0.0, -0.1]})
    picture = np.asarray(picture_of(matrix, "title", 2.0)).astype(int)
    is_red, is_blue = picture[..., 0] > picture[..., 2] + 100, picture[..., 2] > picture[..., 0] + 100
    (red_rows, red_columns), (blue_rows, blue_columns) = np.nonzero(is_red), np.nonzero(is_blue)
    assert red_columns.max() < blue_columns.min() and red_rows.max() < blue_rows.min()


# --- numbers, in every format ---------------------------------------------------------------------------------------


def test_no_format_loses_a_tenth_of_a_millisecond_late_in_a_session_or_a_digit_of_a_small_modulator(
    tmp_path: Path,
) -> None:
    values = (-1.234567e-07, 2.5e-08, 9.84567e-08)
    run = a_run(1, a_condition("a", (1234.5678, 1.2345), (12345.6789, 0.0333), (54321.1234, 3.0), by=values))
    (tmp_path / "README").write_text("Amplitudes, in the order\n    a: by\n\nRuns\n")
    glm = a_glm()
    write_fsl([run], glm, tmp_path)
    spm, *_ = write_spm([run], glm, tmp_path).paths
    events, *_ = write_nilearn([run], glm, tmp_path).paths
    (tmp_path / "func").mkdir()
    fitlins, _ = write_fitlins([run], glm, tmp_path / "func").paths
    (tmp_path / "afni").mkdir()
    (tmp_path / "afni" / "README").write_text((tmp_path / "README").read_text())
    write_afni([run], glm, tmp_path / "afni")
    (afni,) = read_afni(tmp_path / "afni", "sub-01_task-decider")
    for read in (read_fsl(tmp_path, run.stem), afni, read_spm(spm), read_nilearn(events), read_fitlins(fitlins)):
        assert [row[:2] for row in read["a"]] == [(1234.5678, 1.2345), (12345.6789, 0.0333), (54321.1234, 3.0)]
        assert [row[2] for row in read["a_by_by"]] == list(values)


# --- BIDS Stats Models -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", names_in("glm"))
def test_the_model_for_fitlins_fits_the_schema_of_bids_stats_models(name: str) -> None:
    glm = glm_to_export(name)
    model = BIDSStatsModel.model_validate_json(model_for_fitlins(glm))
    assert [node.Level for node in model.Nodes] == ["Run", "Subject", "Dataset"]
    assert [one.Name for one in model.Nodes[0].Contrasts] == [one.name for one in glm.contrasts]


def test_the_events_for_fitlins_are_a_dataset_that_the_validator_takes(dataset: Dataset, demo: Protocol) -> None:
    perform(dataset, demo)
    export_person(dataset, ANN, ("nilearn",), glm_to_export("parametric"))
    found = validated(dataset.root / "derivatives" / "onsets" / "fitlins" / "parametric")
    assert "error" not in {issue["severity"] for issue in found}


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")
def test_pybids_builds_the_design_from_the_model_and_its_events(dataset: Dataset, demo: Protocol) -> None:
    """What FitLins runs on: each run has the variables that it can estimate, and the contrasts of these."""
    perform(dataset, demo, run=1, plays=False)
    perform(dataset, demo, run=2)
    glm = glm_to_export("parametric")
    exported = export_person(dataset, ANN, ("nilearn",), glm)
    root = dataset.root / "derivatives" / "onsets" / "fitlins" / "parametric"
    (root / "task-decider_bold.json").write_text(json.dumps({"RepetitionTime": 2.0, "TaskName": "decider"}))
    for path in root.rglob("*_events.tsv"):
        empty = nibabel.Nifti1Image(np.zeros((1, 1, 1, demo.volumes), dtype=np.int16), np.eye(4))
        nibabel.save(empty, str(path).replace("_events.tsv", "_bold.nii.gz"))
    graph = BIDSStatsModelsGraph(BIDSLayout(root, validate=False), str(root / "code" / "model-parametric_smdl.json"))
    graph.load_collections()
    first, second = sorted(graph.root_node.run(group_by=["run", "subject"]), key=lambda one: one.entities["run"])
    assert set(first.X) == {"trial_type.choice_miss", "trial_type.too_slow", "intercept"}
    assert first.contrasts == []
    assert [one.name for one in second.contrasts] == ["match", "better_rank"]
    read = read_fitlins(next(root.rglob("*run-02_events.tsv")))
    assert {name.removeprefix("trial_type.") for name in second.X} == {*read, "intercept"}
    folder = exported.onset_folders[0]
    matrix = pd.read_csv(next(folder.glob("*run-02_design.tsv")), sep="\t")
    assert read_nilearn(next(folder.glob("*run-02_events.tsv"))).keys() == read.keys()
    for name in second.X:
        bare = name.removeprefix("trial_type.")
        if bare in matrix:  # PyBIDS filters and interpolates, half a volume later: alike, not equal
            assert np.corrcoef(second.X[name], matrix[bare])[0, 1] > 0.8, name
    timing = {"RepetitionTime": 2.0, "TaskName": "decider", "StartTime": 1.0}  # as fMRIPrep says it; not heeded
    (root / "task-decider_bold.json").write_text(json.dumps(timing))
    graph = BIDSStatsModelsGraph(BIDSLayout(root, validate=False), str(root / "code" / "model-parametric_smdl.json"))
    graph.load_collections()
    later = max(graph.root_node.run(group_by=["run", "subject"]), key=lambda one: one.entities["run"])
    pd.testing.assert_frame_equal(later.X, second.X)
