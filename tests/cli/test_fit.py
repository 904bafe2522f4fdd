"""``fit`` as typed: what it prints and leaves behind, and what it says of those it cannot fit."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from task.cli.fit import fit
from task.glm.modulators import inflation_of
from task.model import hierarchy
from task.model.models import fit_all
from task.model.signals import SIGNALS, Parameters, signals_of
from task.model.trials import as_arrays, trials_of
from task.record.journal import read_journal
from task.record.lines import lines_of
from task.visit.requests import RequestError
from tests.cli.test_commands import assert_no_traceback, typed
from tests.factories import facts_in


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
    assert "The prior pulls small betas up" in done.stdout
    assert "Variance of each modulator of the GLM learning within a run" in done.stdout
    assert "these say nearly nothing about a population" in done.stdout
    assert "protected" in done.stdout
    assert "Staying with a Decider" in done.stdout
    model = data / "derivatives" / "model"
    description = json.loads((model / "dataset_description.json").read_text())
    assert description["DatasetType"] == "derivative"
    assert "simulated" in description["Name"]
    for name in ("fit", "fit_by_model", "comparison", "modulators", "stay"):
        table, sidecar = read(model / f"{name}.tsv"), json.loads((model / f"{name}.json").read_text())
        assert set(table.columns) <= set(sidecar), name
    assert set(json.loads((model / "signals" / "signals.json").read_text())) == {"trial", *SIGNALS}
    with Image.open(model / "fit.png") as picture:
        assert picture.width > 1000
        assert len(picture.convert("L").getcolors(256) or []) > 20
    table = read(model / "fit.tsv").set_index("participant_id")
    journals = [read_journal(path) for path in journals_of(data, "03")]
    expected = fit_all(as_arrays([trials_of(journals)], [8]))
    row = table.loc["sub-03"]
    assert row["w"] == pytest.approx(expected["learner"].parameters["w"][0], rel=1e-4)
    assert row["w_low"] < row["w_median"] < row["w_high"]
    by_model = read(model / "fit_by_model.tsv").set_index(["participant_id", "model"]).loc["sub-03"]
    assert by_model.loc["rescorla_wagner", "rank_rate"] == pytest.approx(
        expected["rescorla_wagner"].parameters["rank_rate"][0], rel=1e-3
    )
    assert by_model.loc["chance", "log_evidence"] == pytest.approx(-np.log(2) * row["n_choices"], rel=1e-4)
    assert by_model["log_evidence"].idxmax() == row["best_model"]
    assert by_model.loc["learner", "laplace"] == pytest.approx(expected["learner"].laplace[0], rel=1e-4)
    assert by_model.loc["ranks_only", ["w", "w_low", "rank_rate"]].isna().all()
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
    assert len(first[1]) == 5 + 16


def test_the_variance_of_modulators_is_that_of_explicit_and_hidden_feedback_apart(data: Path) -> None:
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    model = data / "derivatives" / "model"
    table = read(model / "modulators.tsv").set_index(["modulator", "run"])
    by_hand: dict[str, list[float]] = {"explicit": [], "hidden": [], "r": [], "inflation": []}
    for participant in ("01", "02", "03", "04"):
        path = journals_of(data, participant)[1]
        kinds = {trial["trial"]: trial["kind"] for trial in facts_in(path)[0]["planned_run"]["trials"]}
        signals = signals_of([read_journal(one) for one in journals_of(data, participant)])[1].dropna(
            subset="rank_update"
        )
        is_explicit = signals["trial"].map(kinds) == "explicit"
        for kind, rows in (("explicit", signals[is_explicit]), ("hidden", signals[~is_explicit])):
            by_hand[kind].append(rows["rank_update"].var(ddof=0))
        names = ["rank_update", "outcome_update", "rank_surprise", "match_surprise"]
        correlations = signals.loc[is_explicit, names].corr()
        by_hand["r"].append(correlations.loc["rank_update", "rank_surprise"])
        own, others = signals.loc[is_explicit, "rank_update"], signals.loc[is_explicit, names[1:]]
        design = np.column_stack([np.ones(len(own)), others])
        unexplained = own - design @ np.linalg.lstsq(design, own, rcond=None)[0]
        by_hand["inflation"].append(own.var(ddof=0) / (unexplained**2).mean())
    explicit, hidden = (table.loc[(f"feedback_{kind}_by_rank_update", 2)] for kind in ("explicit", "hidden"))
    assert explicit["variance"] == pytest.approx(np.mean(by_hand["explicit"]), rel=1e-4)
    assert hidden["variance"] == pytest.approx(np.mean(by_hand["hidden"]), rel=1e-4)
    assert explicit["r_rank_surprise"] == pytest.approx(np.mean(by_hand["r"]), rel=1e-4)
    assert explicit["inflation"] == pytest.approx(np.median(by_hand["inflation"]), rel=1e-3)
    assert explicit["worst_inflation"] == pytest.approx(max(by_hand["inflation"]), rel=1e-3)
    assert np.isnan(hidden["r_rank_surprise"])
    assert (table["n_participants"] == 4).all()
    assert f"{explicit['variance']:.4f}" in done.stdout
    assert table.loc[("choice_by_value_chosen", 4), "variance"] > 0


def test_modulators_that_are_one_another_s_mirror_image_are_infinitely_inflated() -> None:
    one, other = np.random.default_rng(1).normal(size=(2, 30))
    assert np.isinf(inflation_of(np.array([one, -2 * one]))).all()
    r = np.corrcoef(one, other)[0, 1]
    assert inflation_of(np.array([one, other])) == pytest.approx([1 / (1 - r**2)] * 2)
    assert inflation_of(np.array([one])).tolist() == [1]


def test_what_an_earlier_fit_made_of_people_and_runs_that_are_gone_goes(data: Path) -> None:
    assert typed("fit", "--data", str(data)).returncode == 0
    shutil.rmtree(data / "sourcedata" / "sub-02")
    journals_of(data, "01")[3].unlink()
    assert typed("fit", "--data", str(data)).returncode == 0
    signals = data / "derivatives" / "model" / "signals"
    assert sorted(path.name for path in signals.glob("sub-*")) == ["sub-01", "sub-03", "sub-04"]
    assert len(list((signals / "sub-01").iterdir())) == 3


def test_runs_of_several_protocols_are_taken_together_and_it_is_said(data: Path) -> None:
    path = journals_of(data, "04")[0]
    head, *rest = facts_in(path)
    path.write_bytes(b"".join(lines_of([head | {"protocol": head["protocol"] | {"name": "another"}}, *rest])))
    done = typed("fit", "--data", str(data))
    assert done.returncode == 0, done.stderr
    assert "several protocols (another, relational_value) are taken together" in done.stdout


def test_all_sessions_and_attempts_of_a_participant_are_one_person(data: Path, tmp_path: Path) -> None:
    # the third participant's journals, as if of a second session of the first one
    home = data / "sourcedata" / "sub-01" / "ses-2"
    home.mkdir()
    for path in journals_of(data, "03"):
        head, *rest = facts_in(path)
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
    assert row[["w", "beta", "w_se", "w_low", "log_evidence", "best_model", "learned_from"]].isna().all()
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
    assert f": sourcedata/sub-04/{first.name}" in done.stdout
    assert str(data) not in (data / "derivatives" / "model" / "fit.tsv").read_text()
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
    head, *rest = facts_in(path)
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
    assert done.returncode == 1
    assert_no_traceback(done)
    assert "Nobody has made enough choices" in done.stdout
    assert "without anybody's w and beta" in done.stdout
    assert not stale.exists()


def test_an_empty_folder_says_what_to_name(tmp_path: Path) -> None:
    done = typed("fit", "--data", str(tmp_path))
    assert done.returncode == 2
    assert "no journals" in done.stderr
    assert "--data" in done.stderr


def test_the_group_is_estimated_when_asked_for_and_large_enough(
    data: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fit(data=data, hierarchical=True) == 0
    assert "4 participants are too few (at least 10)" in capsys.readouterr().out
    assert not (data / "derivatives/model/group.tsv").exists()
    for name, value in (
        ("CHAINS", 2),
        ("WARM_UP", 100),
        ("SAMPLES", 100),
        ("ACCEPTED", 0.8),
        ("LEAST_PARTICIPANTS", 4),
    ):
        monkeypatch.setattr(hierarchy, name, value)
    assert fit(data=data, hierarchical=True) == 0
    table = read(data / "derivatives" / "model" / "group.tsv").set_index("parameter")
    assert table.index.tolist() == ["w", "beta", "spread_of_logit_w", "spread_of_log_beta"]
    assert (table["low"] < table["median"]).all()
    said = capsys.readouterr().out
    assert "spread of logit w" in said
    assert "two camps would be given a w between them" in said
    assert "effective samples, fewer than 400" in said
    assert "DO NOT USE THESE: " in said
    sidecar = json.loads((data / "derivatives/model/group.json").read_text())
    assert any("effective samples, fewer than 400" in doubt for doubt in sidecar["DoNotUse"])
    assert sidecar["Divergences"] >= 0


def test_without_numpyro_nothing_is_begun(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "find_spec", lambda name: None)
    with pytest.raises(RequestError, match="leave --hierarchical out"):
        fit(data=data, hierarchical=True)
    assert not (data / "derivatives" / "model").exists()
