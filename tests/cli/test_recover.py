"""``recover`` as typed: tables, a picture, and the same again for the same seed."""

from pathlib import Path

import pandas as pd
import pytest
from PIL import Image

from task.model.models import MODELS
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
    assert "simulated by (rows), fitted best by (columns)" in done.stdout
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
    models = read(folder / "models.tsv").set_index("simulated")
    assert models.index.tolist() == models.columns.tolist() == list(MODELS)
    assert models.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-4)
    with Image.open(folder / "recovery.png") as picture:
        assert picture.width > 1000
        assert len(picture.convert("L").getcolors(256) or []) > 20
    again = typed(*words, "--out", str(tmp_path / "two"))
    assert again.stdout.replace(str(tmp_path / "two"), str(folder)) == done.stdout
    assert (tmp_path / "two" / "participants.tsv").read_bytes() == (folder / "participants.tsv").read_bytes()


@pytest.mark.parametrize(
    ("words", "says"), [(["--participants", "9"], "participants"), (["--protocol", "demoo"], "did you mean 'demo'")]
)
def test_what_cannot_be_recovered_is_explained(words: list[str], says: str, tmp_path: Path) -> None:
    done = typed("recover", *words, "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert says in done.stderr
    assert_no_traceback(done)
    assert not (tmp_path / "out").exists()
