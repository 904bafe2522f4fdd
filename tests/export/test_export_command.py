"""The export command: what it takes, what it says, and what it needs."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from task.cli import export as plans
from task.cli.export import export
from task.config.protocol import Protocol
from task.config.read import ConfigError
from task.export.dataset import export_all, export_person
from task.export.onsets import FORMATS
from task.glm.conditions import COLUMNS_TO_MODEL, SIGNALS, VALUES, glm_to_export
from task.model.signals import SIGNALS as model_signals
from task.model.signals import responders_of
from task.model.trials import digest_of, trials_of
from task.plan.plan import save_plan
from task.record.correction import move_zero
from task.record.journal import read_journal
from task.record.layout import ROOT, Dataset, Person
from task.record.lock import locked
from task.visit.requests import RequestError
from tests.export.conftest import ANN, BEN, GUS_A, GUS_B, perform, plan_of
from tests.export.test_dataset import contents


def made(dataset: Dataset) -> set[str]:
    """The packages and GLMs of which there are onset files."""
    folders = (dataset.root / "derivatives" / "onsets").glob("*/*/sub-*")
    return {"/".join(folder.relative_to(dataset.root / "derivatives" / "onsets").parts) for folder in folders}


@pytest.fixture
def two_people(dataset: Dataset, demo: Protocol) -> Dataset:
    for person in (ANN, BEN):
        perform(dataset, demo, person=person)
    return dataset


def test_it_needs_no_display_and_no_psychopy(two_people: Dataset, demo: Protocol) -> None:
    save_plan(plan_of(demo, ANN), two_people.plan(ANN))
    program = (
        "import sys; from task.cli.export import export; from pathlib import Path\n"
        f"data = Path({str(two_people.root)!r})\n"
        "export(data=data, file_format='all')\n"
        "export(data=data, planned=True, choices='simulated', file_format='all')\n"
        "print('imported', [one for one in sys.modules if one.split('.')[0] in ('psychopy', 'pyglet')])"
    )
    environment = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "imported []"


def test_every_format_can_be_had_alone_or_all_together(two_people: Dataset) -> None:
    assert export(data=two_people.root, file_format="bids") == 0
    assert not made(two_people) and two_people.events(ANN, 1).exists()
    export(data=two_people.root, participant="02", file_format="spm")
    assert made(two_people) == {"spm/match_by_rank/sub-02"}
    export(data=two_people.root, file_format="all", glm="parametric")
    expected = {f"{one}/parametric/sub-{n}" for one in (*FORMATS, "fitlins") for n in ("01", "02")}
    assert made(two_people) == expected | {"spm/match_by_rank/sub-02"}


def test_what_a_lab_models_is_its_own_file(two_people: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('[[conditions]]\nname = "long"\nwhere = { rank = { min = 6 } }\nduration = 2.0\n')
    export(data=two_people.root, glm=str(file))
    lines = next(two_people.onsets("fsl/ours", ANN).glob("*_long.txt")).read_text().splitlines()
    events = pd.read_csv(two_people.events(ANN, 1), sep="\t")
    assert len(lines) == (events["rank"] >= 6).sum() > 0
    assert {line.split("\t")[1] for line in lines} == {"2"}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"file_format": "smp"}, "--format smp: did you mean spm? one of: bids, fsl, afni, spm, nilearn, all"),
        ({"participant": "2"}, "there are no journals of participant 2; did you mean 02? one of: 01, 02"),
        ({"choices": "simulated"}, "--choices simulated is for plans: add --planned, or leave it out"),
        ({"choices": "random", "planned": True}, "--choices random: one of: none, simulated"),
        ({"data": Path("nowhere")}, "nowhere: there are no journals here"),
        ({"data": Path("nowhere"), "planned": True}, "nowhere: there are no plans here"),
    ],
)
def test_what_cannot_be_done_is_said(two_people: Dataset, options: dict[str, object], said: str) -> None:
    with pytest.raises(RequestError) as refused:
        export(**{"data": two_people.root, **options})
    assert said in str(refused.value)


def test_a_wrong_glm_stops_the_command_and_touches_nothing(two_people: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "ours.toml"
    file.write_text('[[conditions]]\nname = "a"\nwhere = { rnak = 1 }\n')
    before = contents(two_people.root)
    with pytest.raises(ConfigError, match="did you mean rank"):
        export(data=two_people.root, glm=str(file))
    assert contents(two_people.root) == before


def test_after_a_run_a_default_glm_that_was_spoilt_costs_the_onset_files_only(
    two_people: Dataset, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "glm").mkdir()
    (tmp_path / "glm" / "match_by_rank.toml").write_text("conditions = 3\n")
    monkeypatch.setattr("task.config.finding.CONFIGS", tmp_path)
    exported = export_person(two_people, ANN)
    assert len(exported.events) == 1 and exported.onset_folders == ()
    assert any(note.startswith("no onset files were made: ") and "conditions" in note for note in exported.notes)


def test_without_nilearn_its_own_files_are_refused_or_left_out_with_a_word(
    two_people: Dataset, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(plans, "nilearn_is_there", lambda: False)
    monkeypatch.setitem(sys.modules, "nilearn", None)  # whoever imports it now gets an ImportError
    with pytest.raises(RequestError, match=r"is not installed; install it: .*pip install nilearn"):
        export(data=two_people.root, file_format="nilearn")
    assert export(data=two_people.root, file_format="all") == 0
    said = "Note: nilearn is not installed, so its own files and those for FitLins are left out; install it: "
    assert said in capsys.readouterr().out
    assert {one.split("/")[0] for one in made(two_people)} == {"fsl", "afni", "spm"}


def test_the_same_remark_about_many_runs_is_said_once(two_people: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    for person in (ANN, BEN):
        for journal in two_people.journals(person):
            text = journal.read_text().splitlines(keepends=True)
            journal.write_text("".join(text[: len(text) // 2]))
    export(data=two_people.root)
    (line,) = (one for one in capsys.readouterr().out.splitlines() if "ended early" in one)
    assert line == "Note: sub-01 run 1 attempt 1 and 1 other run: the run ended early (cut off), and so do its events"


NOTES = [
    "sub-01, run 1: left out of the GLM x: a: it is the same (1) in all 12 events",
    "sub-01, run 1: left out of the GLM x: b: no event",
    "sub-02, run 1: left out of the GLM x: a: it is the same (1) in all 9 events",
    "sub-02, run 1: left out of the GLM x: b: no event",
    "sub-02, run 2: left out of the GLM x: c2: no event",
    "sub-02, run 2: zero was moved by -1.5 s (it was late)",
    "sub-03, run 1: zero was moved by 0.5 s (it was late)",
    "/data/sub-01_run-01.jsonl: no such journal",
    "/data/sub-01_run-02.jsonl: no such journal",
    "sub-03: no model",
]


def test_notes_that_differ_in_numbers_are_one_with_a_range_and_those_of_the_same_runs_are_a_line() -> None:
    assert plans._gathered(NOTES) == [
        "sub-01 run 1 and 1 other run: left out of the GLM x: a: it is the same (1) in all 9 to 12 events; b: no event",
        "sub-02 run 2: left out of the GLM x: c2: no event",
        "sub-02 run 2 and 1 other run: zero was moved by -1.5 to 0.5 s (it was late)",
        "/data/sub-01_run-01.jsonl: no such journal",
        "/data/sub-01_run-02.jsonl: no such journal",
        "sub-03: no model",
    ]


def test_a_filter_that_can_never_match_is_said_once_for_everybody(
    two_people: Dataset, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(
        '[[conditions]]\nname = "m"\nwhere = { trial_type = "match" }\n'
        '[[conditions]]\nname = "f"\nwhere = { trial_type = "feedback" }\n'
        '[[contrasts]]\nname = "difference"\nweights = { f = 1, m = -1 }\n'
    )
    export(data=two_people.root, glm=str(file), file_format="all")
    said = capsys.readouterr().out
    assert "Note: sub-01 and 1 other participant: the GLM ours has conditions that are not in the protocol: m\n" in said
    assert (
        "Note: sub-01 and 1 other participant: no run can answer these contrasts of the GLM ours: difference\n" in said
    )
    export_person(two_people, ANN)  # as after a run: nobody has asked for what the default cannot have
    assert not any("not in the protocol" in note for note in export_person(two_people, ANN).notes)


def test_what_a_plan_cannot_show_is_said(
    two_people: Dataset, demo: Protocol, capsys: pytest.CaptureFixture[str]
) -> None:
    export(data=two_people.root, planned=True, glm="match_by_rank")
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith("Note: ")]
    (line,) = (line for line in lines if "left out of the GLM match_by_rank: " in line)
    assert line.startswith("Note: sub-01 run 1 and 3 other runs: ")
    for name in ("choice_miss", "match_low", "no_match_high", "hidden_match", "press_left"):
        assert f"{name}: no event" in line
    contrasts = "match, ranked_high, match_and_ranked_high, hidden_match"
    assert (
        f"Note: sub-01 and 1 other participant: no run can answer these contrasts of the GLM match_by_rank: {contrasts}"
        in lines
    )


def test_an_empty_name_is_no_glm(two_people: Dataset) -> None:
    with pytest.raises(ConfigError, match="there is no such name in configs/glm"):
        export(data=two_people.root, glm="")


@pytest.mark.parametrize("name", ["constant", "drift_1"])
def test_a_condition_named_like_a_column_of_nilearns_own_is_refused_before_anything_is_made(
    two_people: Dataset, tmp_path: Path, name: str
) -> None:
    file = tmp_path / "ours.toml"
    file.write_text(f'[[conditions]]\nname = "{name}"\nwhere = {{ trial_type = "choice" }}\n')
    with pytest.raises(ConfigError, match="are columns of every design matrix"):
        export(data=two_people.root, glm=str(file), file_format="all")
    assert not made(two_people)


def test_many_people_are_exported_at_once_to_the_same_bytes(dataset: Dataset, demo: Protocol) -> None:
    people = [Person(f"{number:02d}") for number in range(1, 7)]
    for person in people:
        perform(dataset, demo, person=person)
    told: list[tuple[int, int]] = []
    glm = glm_to_export("parametric")
    exported = export_all(dataset, lambda done, of: told.append((done, of)), formats=FORMATS, glm=glm)
    assert [one.person for one in exported] == people and told == [(done, 6) for done in range(1, 7)]
    together = contents(dataset.root)
    for person in people:
        export_person(dataset, person, FORMATS, glm)
    assert contents(dataset.root) == together


def test_the_learners_signals_have_the_names_that_a_glm_may_use() -> None:
    assert {*SIGNALS, *VALUES} == set(model_signals) and set(model_signals) <= set(COLUMNS_TO_MODEL)


@pytest.mark.parametrize(("dropped", "is_said"), [(0, False), (3, True)])
def test_volumes_that_the_protocol_drops_are_said_and_shift_nothing(
    dataset: Dataset, demo: Protocol, dropped: int, is_said: bool
) -> None:
    scan = demo.scan.model_copy(update={"volumes_dropped_in_analysis": dropped})
    perform(dataset, demo.model_copy(update={"scan": scan}))
    exported = export_person(dataset, ANN)
    assert pd.read_csv(exported.events[0], sep="\t")["onset"][0] == demo.runs.lead_in_s
    said = any("first 3 stored volumes" in note and "subtract 6 s" in note for note in exported.notes)
    assert said == is_said == ("subtract 6 s" in (exported.onset_folders[0] / "README").read_text())


def test_a_zero_that_was_moved_is_said_beside_the_files(two_people: Dataset) -> None:
    (journal,) = two_people.journals(ANN)
    move_zero(journal, -1.5, "the first pulse was missed")
    exported = export_person(two_people, ANN)
    said = "zero was moved by -1.5 s after the run (the first pulse was missed)"
    assert said in (exported.onset_folders[0] / "README").read_text()


def test_a_person_who_is_being_recorded_is_left_alone(two_people: Dataset, capsys: pytest.CaptureFixture[str]) -> None:
    with locked(two_people, ANN):
        export(data=two_people.root)
    assert "sub-01: a run is being performed now, so nothing was exported" in capsys.readouterr().out
    assert not two_people.events(ANN, 1).exists() and two_people.events(BEN, 1).exists()


LEARNING = (
    "sub-01, run 1, attempt 1: left out of the GLM learning: choice_by_value_chosen: it has no value in any event"
)


def test_without_a_fit_the_learners_values_are_left_out_and_it_is_said_what_to_do(two_people: Dataset) -> None:
    exported = export_person(two_people, ANN, ("fsl",), glm_to_export("learning"))
    assert any(
        "no model was fitted to this dataset (run `run_session.py fit`, and export again)" in n for n in exported.notes
    )
    assert any(note.startswith(LEARNING) for note in exported.notes)
    folder = two_people.onsets("fsl/learning", ANN)
    assert next(folder.glob("*_choice_by_value_chosen.txt")).read_text() == "0\t0\t0\n"
    assert len(next(folder.glob("*_feedback_explicit_by_rank_update.txt")).read_text().splitlines()) > 2


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ("participant_id\tw\tbeta\tlearned_from\nsub-01\t0.5\t3.0\tDIGEST\n", None),
        ("participant_id\tw\tbeta\tlearned_from\nsub-01\t0.5\t3.0\t0123\n", "fitted to other trials"),
        ("participant_id\tw\tbeta\nsub-02\t0.5\t3.0\n", "has no sub-01"),
        ("participant_id\tomega\nsub-01\t0.5\n", "cannot be read"),
        ("participant_id\tw\tbeta\nsub-01\tn/a\t3.0\n", "has too few choices"),
    ],
)
def test_with_a_fit_choices_are_modulated_by_the_participants_own_values(
    two_people: Dataset, rows: str, reason: str | None
) -> None:
    path = two_people.root / "derivatives" / "model" / "fit.tsv"
    path.parent.mkdir(parents=True)
    journals = [read_journal(journal) for journal in two_people.journals(ANN)]
    path.write_text(rows.replace("DIGEST", digest_of(trials_of(journals), responders_of(journals))))
    exported = export_person(two_people, ANN, ("fsl",), glm_to_export("learning"))
    lines = next(two_people.onsets("fsl/learning", ANN).glob("*_choice_by_value_chosen.txt")).read_text().splitlines()
    if reason is None:
        assert len(lines) > 5 and abs(sum(float(line.split("\t")[2]) for line in lines)) < 1e-4
    else:
        assert lines == ["0\t0\t0"] and any(reason in note for note in exported.notes)


def test_the_learner_of_a_session_has_learned_from_the_sessions_before(mishaps: Dataset) -> None:
    glm = glm_to_export("learning")
    together = export_person(mishaps, GUS_B, ("fsl",), glm)
    name = "*_feedback_explicit_by_rank_update.txt"
    updates = next(together.onset_folders[0].glob(name)).read_text()
    for journal in mishaps.journals(GUS_A):
        journal.unlink()
    alone = export_person(mishaps, GUS_B, ("fsl",), glm)
    assert next(alone.onset_folders[0].glob(name)).read_text() != updates
