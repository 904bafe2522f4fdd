"""Values rest on a fit of exactly the trials that the journals hold: an older fit is not used."""

from pathlib import Path

import pytest

from task.cli.fit import fit
from task.cli.simulate import simulate
from task.export.dataset import Exported, export_person
from task.glm.conditions import glm_to_export
from task.record.layout import Dataset, Person
from task.record.lines import lines_of
from tests.factories import facts_in

ANN = Person("01")


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    folder = tmp_path_factory.mktemp("simulated")
    assert simulate(participants=1, protocol="relational_value", seed=1, data=folder) == 0
    return Dataset(folder)


def exported(dataset: Dataset) -> tuple[Exported, list[str]]:
    """What was exported, and the files of the chosen values of all runs that have any."""
    done = export_person(dataset, ANN, ("fsl",), glm_to_export("learning"))
    files = sorted(dataset.onsets("fsl/learning", ANN).glob("*_choice_by_value_chosen.txt"))
    return done, [path.name for path in files if len(path.read_text().splitlines()) > 2]


STALE = "sub-01 was fitted to other trials than the journals hold now (run `run_session.py fit`, and export again)"


def test_after_another_run_values_are_left_out_until_it_was_fitted_again(simulated: Dataset, tmp_path: Path) -> None:
    last = simulated.journals(ANN)[-1]
    apart = last.rename(tmp_path / last.name)
    assert fit(data=simulated.root, hierarchical=False) == 0
    assert len(exported(simulated)[1]) == 3
    apart.rename(last)
    done, with_values = exported(simulated)
    assert with_values == []
    assert any(STALE in note and "value_chosen" in note for note in done.notes)
    updates = simulated.onsets("fsl/learning", ANN).glob("*_feedback_explicit_by_rank_update.txt")
    assert all(len(path.read_text().splitlines()) > 2 for path in updates)
    assert fit(data=simulated.root, hierarchical=False) == 0
    done, with_values = exported(simulated)
    assert len(with_values) == 4
    assert not any("fitted to other trials" in note for note in done.notes)


def test_a_single_choice_that_is_another_one_makes_a_fit_stale_and_other_pulses_do_not(simulated: Dataset) -> None:
    assert fit(data=simulated.root, hierarchical=False) == 0
    journal = simulated.journals(ANN)[1]
    original, records = journal.read_bytes(), facts_in(journal)
    moved = [{**one, "t": one["t"] + 0.5} if one["kind"] == "pulse" else one for one in records]
    journal.write_bytes(b"".join(lines_of(moved)))
    assert len(exported(simulated)[1]) == 4
    last = max(place for place, one in enumerate(records) if one["kind"] == "choice" and one["side"])
    records[last] = {**records[last], "side": {"left": "right", "right": "left"}[records[last]["side"]]}
    journal.write_bytes(b"".join(lines_of(records)))
    done, with_values = exported(simulated)
    assert with_values == []
    assert any(STALE in note for note in done.notes)
    journal.write_bytes(original)


def test_a_fit_of_a_version_that_did_not_say_of_what_is_not_used(simulated: Dataset) -> None:
    assert fit(data=simulated.root, hierarchical=False) == 0
    table = simulated.root / "derivatives" / "model" / "fit.tsv"
    table.write_text(table.read_text().replace("learned_from", "learned"))
    done, with_values = exported(simulated)
    assert with_values == []
    assert any("cannot be read" in note and "learned_from" in note for note in done.notes)


def test_a_fit_that_was_not_fetched_is_named_and_not_taken_for_missing(simulated: Dataset) -> None:
    table = simulated.root / "derivatives" / "model" / "fit.tsv"
    table.parent.mkdir(parents=True, exist_ok=True)
    table.unlink(missing_ok=True)
    table.symlink_to("nowhere")
    done, with_values = exported(simulated)
    assert with_values == []
    assert any(f"{table} cannot be read: what it holds is not here" in note for note in done.notes)
