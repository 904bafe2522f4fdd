"""From a person's attempts to runs as a GLM models them; and which onset files of earlier exports still follow."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from task.config.glm import Glm
from task.export.kept import Kept, glm_of, made_from
from task.export.nilearn import nilearn_is_there
from task.export.performed import Attempts, read_attempts, remarks_on
from task.glm.conditions import Modelled, model_run
from task.glm.contrasts import aligned
from task.glm.learner import needs_signals, signals_for
from task.record.identity import journals_of
from task.record.layout import Dataset, Person


class ModelledRuns(NamedTuple):
    """Runs by a GLM; what is to be said of the learner's signals, and of what each run leaves out."""

    runs: list[Modelled]
    of_learner: list[str]
    left_out: list[str]


class Stale(NamedTuple):
    """Onset files that do not follow any more from what they were made of.

    Attributes
    ----------
    kept : Kept
        The files.
    why : str
        What has changed; and what to do, if they cannot be made again here and now.
    glm : Glm or None
        The GLM by which they can.
    modelled : ModelledRuns
        The runs as they count now, by that GLM.
    """

    kept: Kept
    why: str
    glm: Glm | None = None
    modelled: ModelledRuns = ModelledRuns([], [], [])


def sessions_beside(dataset: Dataset, person: Person) -> list[Person]:
    """List the other sessions of a person's participant."""
    return [one for one in dataset.sessions(person.participant) if one != person and journals_of(dataset, one)]


def model_runs(dataset: Dataset, person: Person, attempts: Attempts, glm: Glm) -> ModelledRuns:
    """Model the runs that count and have events."""
    signals: dict[Path, pd.DataFrame] = {}
    of_learner: list[str] = []
    if needs_signals(glm):  # what was learned in one session goes on in the next
        beside = [journal for one in sessions_beside(dataset, person) for journal in journals_of(dataset, one)]
        everything = [*attempts.performed, *read_attempts(beside)[0]]
        signals, of_learner = signals_for(
            dataset, person, {one.attempt.journal: one.records for one in everything}, glm
        )
    runs, left_out = [], []
    for one in attempts.counted:
        if one.events.empty:
            continue
        run = one.attempt.run
        modelled = model_run(
            one.events,
            glm,
            one.protocol,
            stem=dataset.events(person, run).name.removesuffix("_events.tsv"),
            run=run,
            volumes=one.volumes,
            signals=signals.get(one.attempt.journal),
        )
        runs.append(replace(modelled, doubts=(*remarks_on(one), *modelled.doubts)))
        left_out += modelled.notes(f"{person.stem}, {one}", glm)
    return ModelledRuns(runs, of_learner, left_out)


def stale_onsets(dataset: Dataset, person: Person, attempts: Attempts, kept: Iterable[Kept]) -> Iterator[Stale]:
    """Hold a person's onset files against the journals, the GLM's file and the fit; give those that do not follow."""
    known: dict[str, ModelledRuns] = {}
    for one in kept:
        glm, why = glm_of(one)
        if glm is None:
            yield Stale(one, why)
            continue
        if one.glm not in known:
            known[one.glm] = model_runs(dataset, person, attempts, glm)
        modelled = known[one.glm]
        why = one.why_stale(made_from(glm.stamp, aligned(modelled.runs, glm)))
        if why and one.software == "nilearn" and not nilearn_is_there():
            yield Stale(one, f"{why}; nilearn, which makes them, is not installed here")
        elif why:
            yield Stale(one, why, glm, modelled)
