"""The design matrix that nilearn makes of a run: for its own files, and to see how much each run has to say."""

import io
import warnings
from contextlib import redirect_stdout
from functools import lru_cache
from importlib.util import find_spec
from typing import NamedTuple

import numpy as np
import pandas as pd

from task.glm.conditions import Modelled

HRF, HIGH_PASS_HZ = "spm", 1 / 128


class Design(NamedTuple):
    """A run's design matrix, a row for each volume, and whether nilearn finds it singular."""

    matrix: pd.DataFrame
    is_singular: bool


def nilearn_is_there() -> bool:
    """Whether nilearn is installed: nothing but the design matrices needs it."""
    return find_spec("nilearn") is not None


def events_for_nilearn(run: Modelled) -> pd.DataFrame:
    """Give a run's conditions and modulators as nilearn reads them: onset, duration, trial_type, modulation."""
    rows = [
        (onset, duration, name, value)
        for condition in run.conditions
        for name, values in condition.amplitudes.items()
        if values
        for onset, duration, value in zip(condition.onsets, condition.durations, values, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["onset", "duration", "trial_type", "modulation"])
    return table.sort_values("onset", kind="stable", ignore_index=True)


@lru_cache(maxsize=16)
def design_of(run: Modelled) -> Design:
    """Give a run's design matrix at the starts of its volumes: conditions with their modulators, then nilearn's own."""
    from nilearn.glm.first_level import make_first_level_design_matrix  # takes a while to import

    with warnings.catch_warnings(record=True) as caught, redirect_stdout(io.StringIO()):
        warnings.simplefilter("always")
        matrix = make_first_level_design_matrix(
            np.arange(run.volumes) * run.tr_s,
            events_for_nilearn(run),
            hrf_model=HRF,
            drift_model="cosine",
            high_pass=HIGH_PASS_HZ,
        )
    ours = [name for name in run.estimable if name in matrix]
    matrix = matrix[ours + [name for name in matrix if name not in ours]]
    return Design(matrix, any("singular" in str(one.message) for one in caught))
