"""The design matrix of a run: what it can tell, and how much it has to say, for every package alike.

It is our own, so that all formats are judged with nothing else installed; columns agree with nilearn's (a test).
"""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd

from task.glm.conditions import Modelled
from task.glm.response import responses
from task.model.beliefs import Array

HRF, HIGH_PASS_HZ = "spm", 1 / 128


class Design(NamedTuple):
    """A run's design matrix, a row for each volume, and whether some of its columns cannot be told from others."""

    matrix: pd.DataFrame
    is_singular: bool


@lru_cache(maxsize=16)
def design_of(run: Modelled) -> Design:
    """Give a run's design matrix at the starts of its volumes: conditions with their modulators, drift, constant."""
    at = np.arange(run.volumes) * run.tr_s
    columns: dict[str, Array] = {}
    for condition in run.conditions:
        shapes = responses(np.array(condition.onsets), np.array(condition.durations), at, run.tr_s)
        columns |= {name: np.array(values) @ shapes for name, values in condition.amplitudes.items() if values}
    slowest = int(2 * run.volumes * run.tr_s * HIGH_PASS_HZ)
    for k in range(1, min(slowest, run.volumes - 1) + 1):
        columns[f"drift_{k}"] = np.cos(np.pi * k * (np.arange(run.volumes) + 0.5) / run.volumes)
    matrix = pd.DataFrame({**columns, "constant": 1.0}, index=at)
    scaled = matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)
    return Design(matrix, bool(np.linalg.matrix_rank(scaled) < matrix.shape[1]))
