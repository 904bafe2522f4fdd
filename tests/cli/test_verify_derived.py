"""``verify`` and its neighbours name what was made of journals, plans and fits, and does not follow from them now."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from task.cli.export import export
from task.cli.fit import fit
from task.cli.forget import forget
from task.cli.plan import plan
from task.cli.rezero import rezero
from task.cli.simulate import simulate
from task.cli.verify import verify
from task.config.read import CONFIGS
from task.export.kept import FORMATS
from task.export.planned import removed_as_stale
from task.plan.plan import read_plan, save_plan
from task.record.correction import move_zero
from task.record.layout import Dataset, Person
from tests.cli.test_commands import SHORT
from tests.export.test_onset_files import small_glm

ANN, BEN = Person("01"), Person("02")


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder, protocol = tmp_path_factory.mktemp("made"), tmp_path_factory.mktemp("protocol") / "longer.toml"
    demo = (CONFIGS / "protocols" / "demo.toml").read_text()
    protocol.write_text(demo.replace("count = 2", "count = 4"))  # enough choices for a fit
    assert simulate(participants=2, protocol=str(protocol), seed=1, data=folder) == 0
    assert fit(data=folder, hierarchical=False) == 0
    for glm in ("learning", "parametric"):
        assert export(data=folder, file_format="all", glm=glm) == 0
    return folder


@pytest.fixture
def made(_made: Path, tmp_path: Path) -> Dataset:
    """Two simulated participants, fitted, and exported for every package by three GLMs."""
    shutil.copytree(_made, tmp_path / "data")
    return Dataset(tmp_path / "data")


@pytest.fixture
def verified(made: Dataset, capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, list[str]]]:
    """Verify; give the status and the lines about what was made, by their places below derivatives."""

    def run(participant: str | None = None) -> tuple[int, list[str]]:
        capsys.readouterr()
        status = verify(data=made.root, participant=participant)
        base = f"{made.root / 'derivatives'}/"
        return status, [
            line.removeprefix(base) for line in capsys.readouterr().out.splitlines() if line.startswith(base)
        ]

    return run


Verified = Callable[..., tuple[int, list[str]]]


def test_what_follows_is_well(verified: Verified) -> None:
    assert verified() == (0, [])


def test_every_stale_folder_is_named_until_an_export_of_any_format(made: Dataset, verified: Verified) -> None:
    move_zero(made.journals(ANN)[0], -1.5, "the first pulse was missed")
    status, lines = verified()
    due = [f"onsets/{one}/{glm}/sub-01" for one in FORMATS for glm in ("learning", "parametric")]
    due += ["onsets/fsl/match_by_rank/sub-01"]
    assert status == 1 and sorted(lines) == sorted(f"{one}: what they were made of has changed since" for one in due)
    assert verified("02") == (0, [])
    assert export(data=made.root) == 0
    assert verified() == (0, [])


def test_rezero_leaves_nothing_stale(made: Dataset, verified: Verified) -> None:
    options = {"participant": "01", "session": None, "run": 1, "attempt": None, "data": made.root}
    assert rezero(by=-1.5, reason="the first pulse was missed", **options) == 0
    assert verified() == (0, [])


def test_a_changed_or_missing_file_and_a_folder_of_nobody_are_named(made: Dataset, verified: Verified) -> None:
    first, second = (
        made.onsets("afni/learning", ANN) / f"sub-01_task-decider_{one}.txt" for one in ("choice", "share")
    )
    first.unlink()
    second.write_text("1 2 3\n")
    shutil.copytree(made.onsets("fsl/learning", ANN), made.onsets("fsl/learning", Person("09")))
    status, lines = verified()
    assert status == 1 and lines == [
        "onsets/fsl/learning/sub-09: no journal gives these onset files. Restore the journals, or remove them",
        f"onsets/afni/learning/sub-01: gone, or not as they were made: {first.name}, {second.name}",
    ]


def test_files_of_a_glm_that_has_changed_are_named_with_the_command(
    made: Dataset, verified: Verified, tmp_path: Path
) -> None:
    file = small_glm(tmp_path, "before")
    export(data=made.root, participant="01", file_format="spm", glm=file)
    assert verified() == (0, [])
    small_glm(tmp_path, "after")
    again = f"`export --format spm --glm {file}` makes them by it as it is now"
    assert verified() == (1, [f"onsets/spm/small/sub-01: their GLM has changed since: {again}"])


def test_a_fit_is_held_against_the_journals(made: Dataset, verified: Verified) -> None:
    last = made.journals(ANN)[-1]
    apart = last.rename(made.root.parent / last.name)
    export(data=made.root)
    status, lines = verified()
    assert status == 1
    assert [line for line in lines if line.startswith("model: ")] == [
        "model: not fitted to the trials that the journals hold now: sub-01. Run `run_session.py fit` again"
    ]
    fit(data=made.root, hierarchical=False)
    export(data=made.root)
    assert verified()[1] == []  # of what was made; the last run's events have no journal
    apart.rename(last)
    export(data=made.root)
    assert any("not fitted to the trials that the journals hold now: sub-01. " in line for line in verified()[1])
    for journal in made.journals(BEN):
        journal.unlink()
    assert any("fitted, but without journals: sub-02" in line for line in verified()[1])


def test_a_fit_without_its_table_or_signals_or_by_another_glm_is_named(made: Dataset, verified: Verified) -> None:
    folder = made.root / "derivatives" / "model"
    next((folder / "signals").rglob("sub-02*_signals.tsv")).unlink()
    described = json.loads((folder / "modulators.json").read_text())
    (folder / "modulators.json").write_text(json.dumps({**described, "GlmFile": "another"}))
    again = "Run `run_session.py fit` again"
    assert verified()[1] == [
        f"model: without the signals of all attempts: sub-02. {again}",
        f"model/modulators.tsv: made by another version of the GLM learning than there is now. {again}",
    ]
    (folder / "fit.tsv").unlink()
    said = f"model: not fitted to the trials that the journals hold now: sub-01, sub-02. {again}"
    assert said in verified()[1]
    (folder / "fit.tsv").mkdir()
    assert any(line.startswith("model/fit.tsv: it cannot be read") and again in line for line in verified()[1])


def test_fit_names_the_onset_files_that_rest_on_another(
    made: Dataset, verified: Verified, capsys: pytest.CaptureFixture[str]
) -> None:
    for person in (ANN, BEN):
        made.journals(person)[-1].unlink()
    export(data=made.root)  # without values, as the fit is of other trials
    capsys.readouterr()
    fit(data=made.root, hierarchical=False)
    said = [line for line in capsys.readouterr().out.splitlines() if "do not follow from this fit" in line]
    assert said == [
        f"Note: the onset files {one}/learning of sub-01 and 1 other do not follow from this fit: `export` again."
        for one in sorted(FORMATS)
    ]
    export(data=made.root)
    assert verified()[1] == []


def test_after_one_is_forgotten_the_others_are_well(made: Dataset, verified: Verified) -> None:
    assert forget(participant="02", data=made.root, sure=True) == 0
    assert verified() == (0, [])


def planned(made: Dataset, seed: int | None = None) -> None:
    options = {"participant": "01", "session": None, "protocol": SHORT, "avatar_set": None, "order_index": None}
    for journal in made.journals(ANN):
        journal.unlink()
    assert plan(data=made.root, seed=seed, **options) == 0


def test_what_was_made_of_a_plan_follows_the_plan_that_is_saved(
    made: Dataset, verified: Verified, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(participant="01", data=made.root, sure=True)
    planned(made)
    for choices in ("none", "simulated"):
        export(data=made.root, participant="01", planned=True, choices=choices, file_format="afni", glm="parametric")
    assert verified() == (0, [])
    saved = read_plan(made.plan(ANN))
    save_plan(saved.model_copy(update={"seed": 7}), made.plan(ANN))
    status, lines = verified()
    assert status == 1
    folders = ["onsets_planned/afni/parametric", "onsets_planned/fsl/trial_types", "onsets_simulated/afni/parametric"]
    runs = [f"sub-01/func/sub-01_task-decider_run-{run:02d}_desc" for run in range(1, saved.protocol.runs.count + 1)]
    places = [
        *(f"{one}/sub-01" for one in folders),
        *(f"{one}-{what}_events.tsv" for one in runs for what in ("planned", "simulated")),
    ]
    again = "it was made of another plan. `export --planned` makes it of the plan that is saved now"
    assert sorted(lines) == sorted(f"planned/{one}: {again}" for one in places)
    capsys.readouterr()
    export(data=made.root, participant="01", planned=True)
    (note,) = (one for one in capsys.readouterr().out.splitlines() if "removed from derivatives/planned" in one)
    assert "onsets_simulated/afni/parametric" in note and "fsl/trial_types" not in note
    assert verified() == (0, [])
    assert not [
        one for one in (made.root / "derivatives" / "planned").rglob("*") if "simulated" in one.name and one.is_file()
    ]


def test_a_plan_made_anew_takes_what_was_made_of_the_former_one_with_it(
    made: Dataset, verified: Verified, capsys: pytest.CaptureFixture[str]
) -> None:
    forget(participant="01", data=made.root, sure=True)
    planned(made)
    export(data=made.root, participant="01", planned=True, file_format="spm", glm="parametric")
    capsys.readouterr()
    planned(made, seed=5)
    said = capsys.readouterr().out
    assert "removed from derivatives/planned, as they were made of another plan" in said
    assert "onsets_planned/spm/parametric/sub-01" in said
    assert verified() == (0, [])


def test_another_scan_leaves_what_was_made_of_a_plan_as_it_is(made: Dataset, verified: Verified) -> None:
    forget(participant="01", data=made.root, sure=True)
    planned(made)
    saved = read_plan(made.plan(ANN))
    scan = saved.protocol.scan.model_copy(update={"pulses_before_zero": 3})
    assert removed_as_stale(made, ANN, saved.with_scan(scan)) == []
    made.plan(ANN).unlink()
    assert {line.partition(": ")[2].partition(".")[0] for line in verified()[1]} == {"its plan is not there"}
