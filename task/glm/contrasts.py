"""A person's runs together: which of them can answer a contrast, why others cannot, and how much each has to say.

This is decided here, for every package. A run that lacks a column of a contrast (a condition without an event, or
whose events the scan did not hold; a modulator that is constant) cannot answer it, and neither can one whose design
cannot tell it from its other columns. Those that can do not know equally much: what is learned, and so the spread of a
learning signal, is mostly in the first run. Where runs are averaged, each has to count by its precision.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from task.computer.files import as_text
from task.config.glm import Glm
from task.glm.conditions import Condition, Modelled, Modulator
from task.glm.design import design_of


@dataclass(frozen=True)
class Answerable:
    """A contrast over a person's runs.

    Attributes
    ----------
    name : str
        Its name.
    weights : mapping of str to float
        The columns that it is about, each with its weight.
    able : tuple of int
        Numbers of the runs that have all of these columns, and whose design can tell it.
    unable : mapping of int to str
        Numbers of the other runs, each with the reason.
    """

    name: str
    weights: Mapping[str, float]
    able: tuple[int, ...]
    unable: Mapping[int, str]

    @property
    def formula(self) -> str:
        """The contrast as nilearn takes it."""
        terms = " ".join(f"{weight:+g} * {name}" for name, weight in self.weights.items())
        return terms.removeprefix("+")


def aligned(runs: Sequence[Modelled], glm: Glm) -> list[Modelled]:
    """Give runs the same conditions in the same order, whatever the protocol of each can have.

    Runs of one person may have been performed with different protocols; what only another run can have is empty.
    """
    union = {one.name for run in runs for one in run.conditions}
    empty = [
        Condition(one.name, (), (), tuple(Modulator(by.label, ()) for by in one.modulators), "not in its protocol")
        for one in glm.conditions
        if one.name in union
    ]
    own = [{one.name: one for one in run.conditions} for run in runs]
    return [
        replace(run, conditions=tuple(here.get(one.name, one) for one in empty))
        for run, here in zip(runs, own, strict=True)
    ]


def absent_from(runs: Sequence[Modelled], glm: Glm) -> list[str]:
    """Name the conditions of a GLM that no run's protocol can have."""
    possible = {condition.name for run in runs for condition in run.conditions}
    return [condition.name for condition in glm.conditions if condition.name not in possible]


def contrasts_of(runs: Sequence[Modelled], glm: Glm) -> list[Answerable]:
    """Hold the contrasts of a GLM against the runs of a person; those that no run can answer have none in ``able``."""
    found = []
    for contrast in glm.contrasts:
        weights = {name: weight for name, weight in contrast.weights.items() if weight}
        unable = {}
        for run in runs:
            left_out, has = run.left_out, set(run.estimable)
            lacks = [left_out.get(name, f"{name}: not in this protocol") for name in weights if name not in has]
            if lacks:
                unable[run.run] = "; ".join(dict.fromkeys(lacks))
            elif not _precision(weights, run):
                unable[run.run] = "its design cannot tell this from its other columns"
        able = tuple(run.run for run in runs if run.run not in unable)
        found.append(Answerable(contrast.name, weights, able, unable))
    return found


def notes_on_contrasts(who: str, runs: Sequence[Modelled], glm: Glm) -> list[str]:
    """Say to the operator which contrasts some runs cannot answer, and which ones none can; ``who`` is the person."""
    contrasts = contrasts_of(runs, glm)
    lost = [one.name for one in contrasts if not one.able]
    if not runs:
        return []
    notes = [f"{who}: no run can answer these contrasts of the GLM {glm.name}: {', '.join(lost)}"] if lost else []
    for run in runs:
        names = [one.name for one in contrasts if one.able and run.run in one.unable]
        if names:
            notes.append(f"{who}, run {run.run}: this run cannot answer these contrasts: {', '.join(names)}")
    return notes


def contrasts_in_words(runs: Sequence[Modelled], glm: Glm) -> list[str]:
    """List the contrasts for a README: what each is, which runs can answer it, and why others cannot."""
    lines = []
    for one in contrasts_of(runs, glm):
        lines.append(f'    {one.name} = "{one.formula}"')
        if one.able:
            lines.append(f"        answered by run {', '.join(map(str, one.able))}")
        else:
            lines.append("        answered by no run, and so left out of all files")
        reasons: dict[str, list[str]] = {}
        for number, why in one.unable.items():
            reasons.setdefault(why, []).append(str(number))
        lines += [f"        not by run {', '.join(numbers)}: {why}" for why, numbers in reasons.items()]
    return lines


def run_weights(contrast: Answerable, runs: Sequence[Modelled]) -> dict[int, float]:
    """Give the runs the weights by which the mean of their answers is most precise; they sum to 1.

    They are proportional to 1 / (c (X'X)^-1 c'), where X is a run's own design matrix: to the run's precision, if the
    noise is the same in all of them.
    """
    precisions = {run.run: _precision(contrast.weights, run) for run in runs if run.run in contrast.able}
    total = sum(precisions.values())
    return {number: one / total for number, one in precisions.items() if one}


def weights_in_words(contrast: Answerable, runs: Sequence[Modelled]) -> str:
    """Give the weights of runs for a README."""
    weights = run_weights(contrast, runs)
    said = ", ".join(f"run {number} {as_text(round(one, 4))}" for number, one in weights.items())
    return f"{contrast.name}: {said or 'no run can tell it from the rest of its design'}"


def _precision(weights: Mapping[str, float], run: Modelled) -> float:
    """Give 1 / (c (X'X)^-1 c'); 0 if the design cannot tell the contrast from its other columns."""
    names, lengths, design, inverse = _solved(run)
    vector = np.array([weights.get(name, 0.0) for name in names]) / lengths
    answer = vector @ inverse
    if not np.allclose(answer @ design, vector, rtol=0, atol=1e-6 * np.abs(vector).max()):
        return 0.0
    return float(1 / (answer @ answer))


@lru_cache(maxsize=16)
def _solved(run: Modelled) -> tuple[list[str], np.ndarray, np.ndarray, np.ndarray]:
    """Give the columns of a run's design, their lengths, the design in these units, and its inverse."""
    matrix = design_of(run).matrix
    design = matrix.to_numpy(float)
    lengths = np.linalg.norm(design, axis=0)
    lengths[lengths == 0] = 1.0
    return list(matrix), lengths, design / lengths, np.linalg.pinv(design / lengths, rcond=1e-10)
