"""What the learner's signals let each run's GLM find: how far its modulators vary, and how far they are entangled.

They are those of the GLM ``learning``, as ``export`` makes them: explicit and hidden feedback apart, never scaled.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from task.config.glm import Glm
from task.config.mistakes import ConfigError
from task.glm.conditions import Modelled, glm_to_export, model_run
from task.model.beliefs import Array
from task.model.derivatives import model_folder
from task.record.events import events_of
from task.record.journal import read_journal
from task.record.kinds.head import head_in
from task.record.layout import dataset_and_person, run_and_attempt

GLM = "learning"
BESIDE = "rank_surprise"
GLM_FILE = "GlmFile"
"""What the table's description calls the file of the GLM, with its digest."""
_PLACE = ["session", "run", "modulator"]
MODULATOR_COLUMNS = {
    name: {"Description": text}
    for name, text in {
        "session": "Session, if there are several",
        "run": "Run",
        "modulator": f"Modulator, as the GLM {GLM} names it: condition, by, signal",
        "n_participants": "Participants in whose run it can be estimated",
        "variance": "Variance over the run's events of the condition, in the signal's own unit (squared); mean over "
        "participants",
        "inflation": "Variance inflation factor among the modulators of its condition, before convolution: by how much "
        "what they share with each other makes its effect's variance greater; median over participants",
        "worst_inflation": "The largest of these factors over participants",
        f"r_{BESIDE}": f"Correlation with {BESIDE} within its condition, where that is modelled as well; mean over "
        "participants",
    }.items()
}


def modulators_of(journals: Mapping[Path, pd.DataFrame], glm: Glm) -> pd.DataFrame:
    """Sum up the modulators of runs, from the learner's signals in each of their journals.

    Returns
    -------
    pandas.DataFrame
        A row for each run (over participants) and modulator, with the columns of ``MODULATOR_COLUMNS``.
    """
    rows = pd.DataFrame(_rows(journals.items(), glm), columns=[*_PLACE, "variance", "inflation", f"r_{BESIDE}"])
    grouped = rows.groupby(_PLACE, sort=False)
    table = grouped.mean()
    table.insert(0, "n_participants", grouped.size())
    table["inflation"] = grouped["inflation"].median()  # of a few events it may be huge
    table.insert(3, "worst_inflation", grouped["inflation"].max())
    order = {name: i for i, name in enumerate(dict.fromkeys(rows["modulator"]))}
    return table.reset_index().sort_values(
        ["modulator", "session", "run"], key=lambda column: column.map(order) if column.name == "modulator" else column
    )


def stale_modulators(root: Path) -> list[str]:
    """Say whether the table of modulators was made by another version of the GLM than there is now."""
    described = model_folder(root) / "modulators.json"
    if not described.exists():
        return []
    try:
        made_by = json.loads(described.read_bytes()).get(GLM_FILE)
        is_so = made_by == glm_to_export(GLM).stamp
    except (OSError, ValueError, AttributeError, ConfigError):
        is_so = False
    why = f"made by another version of the GLM {GLM} than there is now. Run `run_session.py fit` again"
    return [] if is_so else [f"{described.with_suffix('.tsv')}: {why}"]


def _rows(journals: Iterable[tuple[Path, pd.DataFrame]], glm: Glm) -> Iterator[dict[str, object]]:
    for journal, signals in journals:
        records = read_journal(journal)
        protocol = head_in(records).plan.protocol
        session, run = dataset_and_person(journal)[1].session or "", run_and_attempt(journal)[0]
        modelled = model_run(
            events_of(records),
            glm,
            protocol,
            stem=journal.stem,
            run=run,
            volumes=protocol.volumes,
            signals=signals,
        )
        yield from ({"session": session, "run": run, **row} for row in _of_run(modelled))


def _of_run(modelled: Modelled) -> Iterator[dict[str, object]]:
    for condition in modelled.conditions:
        known = [one for one in condition.modulators if one.values]
        values = np.array([one.values for one in known])
        inflation = inflation_of(values)
        beside = [one.name for one in known].index(BESIDE) if BESIDE in [one.name for one in known] else None
        for i, one in enumerate(known):
            r = np.nan if beside in (None, i) else np.corrcoef(values[i], values[beside])[0, 1]
            yield {
                "modulator": condition.name_of(one),
                "variance": values[i].var(),
                "inflation": inflation[i],
                f"r_{BESIDE}": r,
            }


def inflation_of(values: Array) -> Array:
    """Give the variance inflation factors of modulators (modulators x events); infinite where they are not apart."""
    if len(values) < 2:
        return np.ones(len(values))
    correlations = np.corrcoef(values)
    if np.linalg.matrix_rank(correlations) < len(values):
        return np.full(len(values), np.inf)
    return np.diag(np.linalg.inv(correlations))
