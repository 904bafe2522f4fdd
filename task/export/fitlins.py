"""A BIDS Stats Models file for FitLins, and a small BIDS dataset of events as it models them.

FitLins reads events from a dataset. The conditions of a GLM are no column of the study's own events, so it is given a
dataset of theirs: ``trial_type`` names the condition, and each modulator has a column of amplitudes.
"""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from task.computer.files import as_json, write_text
from task.computer.quoting import as_tsv
from task.config.glm import Glm
from task.export.files import Written
from task.glm.conditions import Modelled
from task.record.layout import TASK

README = """\
A small BIDS dataset of events as FitLins models them, and the model: code/model-{glm}_smdl.json. trial_type is the
condition; each modulator has a column: its centred value, and 0 for other events. Made by `export`, which makes it
again: keep your own changes elsewhere.

GLM file: {stamp}

Give it to FitLins with the preprocessed images:

    fitlins THIS_FOLDER RESULTS dataset --derivatives FMRIPREP --model THIS_FOLDER/code/model-{glm}_smdl.json \\
        --space MNI152NLin2009cAsym --drift-model cosine

FitLins leaves out of a run what the run cannot estimate, with the contrasts of it: the READMEs in
../../nilearn/{glm} list these for each run. It has its limits, as of 2026:

- Its fixed effects count every run the same, whatever its variance. A learning signal varies mostly in the first run,
  and is diluted by the others: prefer a package whose runs count by their precision (nilearn as in docs/analysis.md,
  FEAT, AFNI, SPM with our batch).
- PyBIDS, which makes its design, resamples to the TR with an error that grows: late in a run of some hundred volumes
  its columns lie nearly a TR away from where they lie at the start.
- {slices}
"""


def write_fitlins(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write the events of runs as FitLins models them.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person.
    glm : Glm
        What was modelled; ``model_for_fitlins`` gives the model itself.
    folder : Path
        The ``func`` folder of the person in the small dataset.

    Returns
    -------
    Written
        The files written.
    """
    written = []
    for run in runs:
        rows = [
            {"onset": onset, "duration": duration, "trial_type": one.name, **dict(zip(names, values, strict=True))}
            for one in run.conditions
            for varying in [[by for by in one.modulators if by.values]]
            for names in [[one.name_of(by) for by in varying]]
            for onset, duration, *values in zip(one.onsets, one.durations, *(by.values for by in varying), strict=True)
        ]
        names = [one.name_of(by) for one in run.conditions for by in one.modulators if by.values]
        table = pd.DataFrame(rows, columns=["onset", "duration", "trial_type", *names])
        table = table.fillna(dict.fromkeys(names, 0.0)).sort_values("onset", kind="stable")
        events = folder / f"{run.stem}_events.tsv"
        write_text(events, as_tsv(table, "%.10g"))
        sidecar = {
            "trial_type": {"Description": "Condition", "Levels": {one.name: one.name for one in run.conditions}},
            **{name: {"Description": "Modulator: centred over its run, 0 for other conditions"} for name in names},
        }
        write_text(events.with_suffix(".json"), as_json(sidecar))
        written += [events, events.with_suffix(".json")]
    return Written(written)


def model_for_fitlins(glm: Glm) -> str:
    """Give the model as BIDS Stats Models JSON.

    Variables are named by patterns, since a run has those only that it can estimate: another name would stop FitLins.
    Contrasts that a run lacks a variable of are dropped by it.
    """
    conditions = {one.name for one in glm.conditions}
    all_of_them = ["trial_type.*", "*_by_*"]
    run_node = {
        "Level": "Run",
        "Name": "run",
        "GroupBy": ["run", "session", "subject"],
        "Transformations": {
            "Transformer": "pybids-transforms-v1",
            "Instructions": [
                {"Name": "Factor", "Input": ["trial_type"]},
                {"Name": "Convolve", "Input": all_of_them, "Model": "spm"},
            ],
        },
        "Model": {"Type": "glm", "X": [*all_of_them, 1]},
        "Contrasts": [
            {
                "Name": one.name,
                "ConditionList": [f"trial_type.{name}" if name in conditions else name for name in one.weights],
                "Weights": list(one.weights.values()),
                "Test": "t",
            }
            for one in glm.contrasts
        ],
    }
    higher = [
        {
            "Level": level,
            "Name": level.lower(),
            "GroupBy": ["subject", "contrast"] if level == "Subject" else ["contrast"],
            "Model": {"Type": kind, "X": [1]},
            "DummyContrasts": {"Test": "t"},
        }
        for level, kind in (("Subject", "meta"), ("Dataset", "glm"))
    ]
    return as_json(
        {
            "Name": glm.name,
            "BIDSModelVersion": "1.0.0",
            "Description": glm.description,
            "Input": {"task": [TASK]},
            "Nodes": [run_node, *higher],
            "Edges": [{"Source": "run", "Destination": "subject"}, {"Source": "subject", "Destination": "dataset"}],
        }
    )
