"""``fit`` as typed: what it prints and leaves behind, and what it says of those it cannot fit."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from task.cli.fit import fit
from task.cli.requests import RequestError
from task.model import hierarchy
from task.model.models import fit_all
from task.model.signals import SIGNALS, Parameters, signals_of
from task.model.trials import as_arrays, trials_of
from task.record.journal import lines_of, read_journal
from tests.cli.test_commands import assert_no_traceback, typed


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", na_values="n/a", keep_default_na=False)


@pytest.fixture(scope="module")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four simulated participants of the main protocol; nobody writes here."""
    folder = tmp_path_factory.mktemp("simulated")
    done = typed("simulate", "--participants", "4", "--data", str(folder))
    assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture
def data(simulated: Path, tmp_path: Path) -> Path:
    """A copy of theirs, to write in."""
    return Path(shutil.copytree(simulated, tmp_path / "data"))


def journals_of(data: Path, participant: str) -> list[Path]:
    return sorted((data / "sourcedata" / f"sub-{participant}").glob("*_journal.jsonl"))


def test_fit_leaves_a_table_a_comparison_pictures_and_signals(data: Path) -> None:
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert_no_traceback(done)
    assert "4 of 4 participants fitted: median w" in done.stdout
    assert "Variance of each signal within a run" in done.stdout
    assert "protected" in done.stdout
    assert "Staying with a Decider" in done.stdout
    model = data / "derivatives" / "model"
    description = json.loads((model / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert "simulated" in description["Name"]
    for name in ("fit", "comparison", "stay"):
        table, sidecar = read(model / f"{name}.tsv"), json.loads((model / f"{name}.json").read_text())
        assert set(table.columns) <= set(sidecar), name
    with Image.open(model / "fit.png") as picture:
        assert picture.width > 1000
        assert len(picture.convert("L").getcolors(256) or []) > 20
    table = read(model / "fit.tsv").set_index("participant_id")
    journals = [read_journal(path) for path in journals_of(data, "03")]
    expected = fit_all(as_arrays([trials_of(journals)], [8]))
    row = table.loc["sub-03"]
    assert row["w"] == pytest.approx(expected["learner"].parameters["w"][0], rel=1e-4)
    assert row["rescorla_wagner_rank_rate"] == pytest.approx(
        expected["rescorla_wagner"].parameters["rank_rate"][0], rel=1e-3
    )
    assert row["chance_log_evidence"] == pytest.approx(-np.log(2) * row["n_choices"], rel=1e-4)
    assert row["n_choices"] + row["n_missed"] == 144
    frequencies = read(model / "comparison.tsv")["frequency"]
    assert frequencies.sum() == pytest.approx(1, abs=1e-4)
    own = Parameters(row["w"], row["beta"])
    for path, signals in zip(journals_of(data, "03"), signals_of(journals, own), strict=True):
        written = read(model / "signals" / "sub-03" / path.name.replace("_journal.jsonl", "_signals.tsv"))
        assert written.columns.tolist() == ["trial", *SIGNALS]
        assert written.to_numpy(float) == pytest.approx(signals.to_numpy(float), rel=1e-4, abs=1e-6, nan_ok=True)


def test_fitting_again_gives_the_same_bytes(data: Path) -> None:
    model = data / "derivatives" / "model"
    first, second = (
        (typed("fit", "--data", str(data)).stdout, {path: path.read_bytes() for path in model.rglob("*.tsv")})
        for _ in range(2)
    )
    assert first == second
    assert len(first[1]) == 3 + 16


def test_all_sessions_and_attempts_of_a_participant_are_one_person(data: Path, tmp_path: Path) -> None:
    # the third participant's journals, as if of a second session of the first one
    home = data / "sourcedata" / "sub-01" / "ses-2"
    home.mkdir()
    for path in journals_of(data, "03"):
        head, *rest = read_journal(path)
        records = [head | {"participant": "01", "session": "2"}, *rest]
        (home / path.name.replace("sub-03", "sub-01_ses-2")).write_bytes(b"".join(lines_of(records)))
    shutil.rmtree(data / "sourcedata" / "sub-03")
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    table = read(data / "derivatives" / "model" / "fit.tsv").set_index("participant_id")
    assert table.index.tolist() == ["sub-01", "sub-02", "sub-04"]
    assert table.loc["sub-01", ["n_choices", "n_missed"]].sum() == 288
    assert "ses-2 run 1" in done.stdout
    assert (data / "derivatives/model/signals/sub-01/ses-2").is_dir()


def test_who_has_made_too_few_choices_is_reported_and_not_guessed(data: Path) -> None:
    first, *others = journals_of(data, "02")
    for path in others:
        path.unlink()
    lines = first.read_bytes().splitlines(keepends=True)
    tenth = next(i for i, line in enumerate(lines) if b'"trial":10,' in line and b'"onset"' in line)
    first.write_bytes(b"".join(lines[:tenth]))
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "3 of 4 participants fitted" in done.stdout
    assert "not fitted: " in done.stdout
    row = read(data / "derivatives" / "model" / "fit.tsv").set_index("participant_id").loc["sub-02"]
    assert row[["w", "beta", "w_se", "log_evidence", "best_model"]].isna().all()
    assert 5 <= row["n_choices"] <= 9
    assert "fewer than 20" in row["note"]
    signals = read(next((data / "derivatives/model/signals/sub-02").glob("*run-01*_signals.tsv")))
    assert signals["rank_update"].notna().any()
    assert signals["value_chosen"].isna().all()


def test_a_journal_that_cannot_be_read_is_told_and_keeps_nobody_else_from_being_fitted(data: Path) -> None:
    first = journals_of(data, "04")[0]
    first.write_bytes(b"not a journal\n")
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert_no_traceback(done)
    assert first.name in done.stdout
    assert "is missing from what was learned" in done.stdout
    table = read(data / "derivatives" / "model" / "fit.tsv").set_index("participant_id")
    assert table["w"].notna().all()
    assert table.loc["sub-04", ["n_choices", "n_missed"]].sum() == 108


def test_a_damaged_journal_is_told(data: Path) -> None:
    first = journals_of(data, "04")[0]
    lines = first.read_bytes().splitlines(keepends=True)
    half = next(i for i, line in enumerate(lines) if b'"onset"' in line and b'"trial":19,' in line)
    first.write_bytes(
        b"".join([*lines[:half], lines[half].replace(b'"trial":19', b'"trial":18'), *lines[half + 1 : -1]])
    )
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert f"damaged in line {half + 1}" in done.stdout
    table = read(data / "derivatives" / "model" / "fit.tsv").set_index("participant_id")
    assert 108 + 17 <= table.loc["sub-04", ["n_choices", "n_missed"]].sum() <= 108 + 19


def test_ranks_of_different_numbers_of_responders_are_not_mixed(data: Path) -> None:
    path = journals_of(data, "01")[0]
    head, *rest = read_journal(path)
    deciders = head["protocol"]["deciders"] | {"responders": 10}
    records = [head | {"protocol": head["protocol"] | {"deciders": deciders}}, *rest]
    path.write_bytes(b"".join(lines_of(records)))
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "3 of 4 participants fitted" in done.stdout
    assert "different numbers of Responders (8, 10)" in done.stdout


def test_a_dataset_in_which_nobody_can_be_fitted_says_so(data: Path) -> None:
    for participant in ("01", "02", "03", "04"):
        for path in journals_of(data, participant):
            path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    (data / "derivatives" / "model").mkdir(parents=True)
    stale = data / "derivatives" / "model" / "comparison.tsv"
    stale.write_text("of an earlier fit\n")
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "Nobody has made enough choices" in done.stdout
    assert not stale.exists()


def test_an_empty_folder_says_what_to_name(tmp_path: Path) -> None:
    done = typed("fit", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "no journals" in done.stderr
    assert "--data" in done.stderr


def test_the_group_is_estimated_when_asked_for(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(hierarchy, "CHAINS", 2)
    monkeypatch.setattr(hierarchy, "WARM_UP", 100)
    monkeypatch.setattr(hierarchy, "SAMPLES", 100)
    assert fit(data=data, hierarchical=True) == 0
    table = read(data / "derivatives" / "model" / "group.tsv").set_index("parameter")
    assert table.index.tolist() == ["w", "beta", "spread_of_logit_w", "spread_of_log_beta"]
    assert (table["low"] < table["median"]).all()
    assert "spread of logit w" in capsys.readouterr().out


def test_without_numpyro_nothing_is_begun(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "find_spec", lambda name: None)
    with pytest.raises(RequestError, match="leave --hierarchical out"):
        fit(data=data, hierarchical=True)
    assert not (data / "derivatives" / "model").exists()
