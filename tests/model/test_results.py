"""The tables of a fit: which model is said to be the best, and what is noted of whom."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from task.model.models import Fit, fit_all
from task.model.participants import Participant
from task.model.results import fit_table, models_table
from task.model.trials import Seen, as_arrays

TRIALS = [Seen(0, 1, n, "a", "b", "left" if n % 3 else "right", 4, n % 2 == 0, 1 + n % 8) for n in range(1, 31)]
PEOPLE = [Participant("01", seen=TRIALS, responders=8), Participant("02", seen=TRIALS[:25], responders=8)]


@pytest.fixture
def fits() -> dict[str, Fit]:
    return fit_all(as_arrays([one.seen for one in PEOPLE], [8, 8]))


def table_of(fits: dict[str, Fit]) -> pd.DataFrame:
    return fit_table(PEOPLE, PEOPLE, fits).set_index("participant_id")


def test_the_best_model_is_that_of_the_highest_sampled_evidence(fits: dict[str, Fit]) -> None:
    sampled = {"learner": [-9.0, -5.0], "ranks_only": [-5.0, -9.0]}
    made_up = {
        name: replace(
            found,
            log_evidence=np.array(sampled.get(name, [-20.0, -20.0])),
            laplace=np.array([0.0, 0.0] if name == "chance" else [-30.0, -30.0]),
        )
        for name, found in fits.items()
    }
    assert table_of(made_up)["best_model"].tolist() == ["ranks_only", "learner"]


def test_too_few_effective_draws_are_noted_with_whose_and_of_what(fits: dict[str, Fit]) -> None:
    few = {"rescorla_wagner": replace(fits["rescorla_wagner"], effective_samples=np.array([2000.0, 60.0]))}
    notes = table_of(fits | few)["note"].fillna("")
    assert "evidence and intervals of rescorla_wagner rest on 60 effective draws" in notes["sub-02"]
    assert "effective draws" not in notes["sub-01"]


def test_each_model_gets_a_row_and_has_only_its_own_parameters(fits: dict[str, Fit]) -> None:
    table = models_table(PEOPLE, fits).set_index(["participant_id", "model"])
    assert len(table) == 2 * len(fits)
    for name, found in fits.items():
        known = table.xs(name, level="model")[["w", "beta", "rank_rate", "outcome_rate"]].notna().all()
        assert set(known[known].index) == set(found.parameters)


def test_people_who_differ_in_a_single_trial_have_another_digest(fits: dict[str, Fit]) -> None:
    digests = table_of(fits)["learned_from"]
    assert digests.nunique() == 2
    assert digests.str.fullmatch("[0-9a-f]{12}").all()
