"""The way to a first-level model in docs/analysis.md: its nilearn block is run, on images with a signal planted."""

import re
import warnings
from pathlib import Path

import nibabel
import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix

from task.config.read import CONFIGS, names_in, read_protocol
from task.export.dataset import export_person
from task.export.onsets import FORMATS
from task.export.slices import PLACED, START, slices_for, table_of_slices
from task.glm.conditions import glm_to_export
from task.record.layout import ROOT, Dataset
from tests.export.conftest import ANN, perform

DOCUMENT = (ROOT / "docs" / "analysis.md").read_text(encoding="utf-8")
PLANTED, OTHER = (1, 1, 1), (3, 3, 1)


def plant(dataset: Dataset, folder: Path, modulator: str, beta: float) -> None:
    """Make an image of each run: noise everywhere, and in one voxel a modulator, with the same beta in all runs."""
    noise = np.random.Generator(np.random.PCG64(1))
    folder.mkdir(parents=True)
    for table in sorted(dataset.onsets("nilearn/learning", ANN).glob("*_events.tsv")):
        volumes = len(pd.read_csv(str(table).replace("_events.tsv", "_design.tsv"), sep="\t"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            middles = (np.arange(volumes) + 0.5) * 2.0  # as slice timing corrected to the middle of the volume
            design = make_first_level_design_matrix(middles, pd.read_csv(table, sep="\t"), hrf_model="spm")
        image = noise.normal(1000, 1.0, (5, 5, 3, volumes))
        image[PLANTED] += beta * design[modulator].to_numpy()
        image[OTHER] += 3 * (design["feedback_explicit"] / design["feedback_explicit"].std()).to_numpy()
        nibabel.save(
            nibabel.Nifti1Image(image.astype(np.float32), np.eye(4)),
            folder / table.name.replace("_events.tsv", "_bold.nii.gz"),
        )
    nibabel.save(nibabel.Nifti1Image(np.ones((5, 5, 3), dtype=np.uint8), np.eye(4)), folder / "mask.nii.gz")


@pytest.mark.timeout(300)
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("planted", "beta", "name"), [
    ("feedback_explicit_by_rank_update", 30.0, "rank_update"),
    ("feedback_hidden_by_outcome_update", 30.0, "outcome_update"),
])  # fmt: skip
def test_a_signal_planted_from_one_modulator_is_found_by_its_contrast_and_by_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, planted: str, beta: float, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").symlink_to(CONFIGS)
    dataset = Dataset(tmp_path / "data" / "study")
    for run in (1, 2, 3, 4):
        perform(dataset, read_protocol("relational_value"), run=run)
    export_person(dataset, ANN, FORMATS, glm_to_export("learning"))
    plant(dataset, tmp_path / "preprocessed" / "sub-01", planted, beta)

    (block,) = re.findall(r"```python\n(.*?)```", DOCUMENT, re.DOTALL)
    exec(compile(block, "docs/analysis.md", "exec"), {})

    maps = {
        path.name.removesuffix("_z.nii.gz"): nibabel.load(path).get_fdata()
        for path in (tmp_path / "preprocessed" / "sub-01").glob("*_z.nii.gz")
    }
    assert {"rank_update", "outcome_update", "rank_surprise", "match_surprise"} == set(maps)
    found = maps[name]
    assert found[PLANTED] > 6 and np.unravel_index(found.argmax(), found.shape) == PLANTED
    assert abs(found[OTHER]) < 4
    for other in {"rank_update", "outcome_update"} - {name}:
        assert abs(maps[other][PLANTED]) < 4, other


def test_the_document_names_every_option_format_and_shipped_glm() -> None:
    for name in (*names_in("glm"), "--format", "--glm", "--participant", "--planned", "--choices simulated", *FORMATS):
        assert f"{name}" in DOCUMENT


def test_the_half_tr_is_said_once_for_the_document_and_all_readmes(dataset: Dataset) -> None:
    """The table of the document is that of the code, from which each README takes its own row."""
    assert f"\n\n{table_of_slices()}\n" in DOCUMENT
    perform(dataset, read_protocol("demo"))
    export_person(dataset, ANN, FORMATS, glm_to_export("parametric"))
    onsets = dataset.root / "derivatives" / "onsets"
    for name, placed in PLACED.items():
        folder = onsets / name.lower() / "parametric"
        readme = folder / "README" if name == "FitLins" else folder / "sub-01" / "README"
        words, said = (" ".join(text.split()) for text in (readme.read_text(), slices_for(name)))
        assert said in words and words.count("Slice timing") == 1
        assert all(part.replace("`", "") in said for part in (*placed, START)), name


def test_every_key_that_the_document_cuts_out_of_a_feat_design_is_one_that_the_fragment_brings(
    dataset: Dataset,
) -> None:
    (pattern,) = re.findall(r"grep -vE '(.*)' my.fsf", DOCUMENT)
    perform(dataset, read_protocol("demo"))
    (folder,) = export_person(dataset, ANN).onset_folders
    lines = next(folder.glob("*_design.fsf")).read_text().splitlines()
    assert lines and all(re.search(pattern, line) for line in lines)
    theirs = ["ftest_real1.1", "ftest_orig1.2", "interactions2.1", "interactionsd2.1", "conmask3_1"]  # of what is gone
    assert all(re.search(pattern, f"set fmri({key}) 1") for key in theirs)
    kept = ["tr", "outputdir", "confoundevs", "conmask_zerothresh_yn", "temphp_yn"]
    assert not any(re.search(pattern, f"set fmri({key}) 1") for key in kept)
