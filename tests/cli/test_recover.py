"""``recover`` as typed: tables, a picture, and the same again for the same seed."""

import json
from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from task.config.read import read_protocol
from task.model.models import MODELS
from task.model.plots import draw_recovery
from task.model.recovery import bands_of, confusion_of, groups_of, recovered_batch
from tests.cli.test_commands import assert_no_traceback, typed


def read(path: Path) -> pd.DataFrame:
    return pd.read_csv(path, sep="\t", na_values="n/a", keep_default_na=False)


def test_recover_says_what_can_be_told_apart(tmp_path: Path) -> None:
    words = ("recover", "--participants", "24", "--protocol", "demo", "--seed", "3")
    done = typed(*words, "--out", str(tmp_path / "one"))
    assert done.returncode == 0, done.stderr
    assert_no_traceback(done)
    assert "24 participants simulated by each of 5 models" in done.stdout
    assert "0.5 to 1" in done.stdout
    assert "simulated by, with beta (rows); of the highest evidence (columns)" in done.stdout
    folder = tmp_path / "one"
    people = read(folder / "participants.tsv")
    assert len(people) == 24 * len(MODELS)
    assert people["best"].isin(list(MODELS)).all()
    assert people[people["simulated"] == "chance"]["w"].isna().all()
    assert (people[people["simulated"] == "ranks_only"]["w"] == 1).all()
    bands = read(folder / "parameters.tsv")
    everybody = bands.iloc[-1]
    assert (everybody["low"], everybody["high"], everybody["participants"]) == (0.5, 16, 24)
    assert everybody["correlation_w_low"] < everybody["correlation_w"] < everybody["correlation_w_high"]
    assert 0.5 < everybody["covered_w"] <= 1
    models = read(folder / "models.tsv")
    assert models["simulated"].value_counts().to_dict() == dict.fromkeys(MODELS, 6) | {"chance": 1}
    shares = models[models["participants"] > 0][list(MODELS)]
    assert shares.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-4)
    assert read(folder / "groups.tsv")["cohorts"].tolist() == [0] * 5
    assert "left out: of a model only" in done.stdout
    for name in ("participants", "parameters", "models", "groups"):
        assert set(read(folder / f"{name}.tsv")) == set(json.loads((folder / f"{name}.json").read_text())), name
    with Image.open(folder / "recovery.png") as picture:
        assert picture.width > 1000
        assert len(picture.convert("L").getcolors(256) or []) > 20
    again = typed(*words, "--out", str(tmp_path / "two"))
    assert again.stdout.replace(str(tmp_path / "two"), str(folder)) == done.stdout
    assert (tmp_path / "two" / "participants.tsv").read_bytes() == (folder / "participants.tsv").read_bytes()


def test_as_few_as_are_allowed_are_recovered_even_if_no_band_has_enough(tmp_path: Path) -> None:
    table = recovered_batch(read_protocol("demo"), 1, 10, seed=1)
    table.loc[table["simulated"] == "learner", "beta"] = [0.6, 0.7, 1.2, 1.3, 2.5, 3, 5, 6, 9, 10]
    bands = bands_of(table)
    assert len(bands) == 1  # all of them together
    draw_recovery(table, bands, confusion_of(table), groups_of(table, 1), tmp_path / "recovery.png")
    with Image.open(tmp_path / "recovery.png") as picture:
        assert picture.width > 1000
    done = typed("recover", "--participants", "10", "--protocol", "demo", "--out", str(tmp_path / "ten"))
    assert done.returncode == 0, done.stderr
    assert "fewer than 4 participants is left out" in done.stdout


@pytest.mark.parametrize(
    ("words", "says"), [(["--participants", "9"], "participants"), (["--protocol", "demoo"], "did you mean 'demo'")]
)
def test_what_cannot_be_recovered_is_explained(words: list[str], says: str, tmp_path: Path) -> None:
    done = typed("recover", *words, "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert says in done.stderr
    assert_no_traceback(done)
    assert not (tmp_path / "out").exists()
