"""What an export does to the folders of onset files: it clears away what it made, and touches nothing else."""

import hashlib
from pathlib import Path

import pandas as pd
import pytest

from task.config.protocol import Protocol
from task.config.read import CONFIGS, read_protocol
from task.export.dataset import Exported, export_person
from task.export.onsets import FORMATS
from task.glm.conditions import glm_to_export
from task.record.correction import move_zero
from task.record.layout import Dataset
from tests.export.conftest import ANN, BEN, perform
from tests.export.test_dataset import contents
from tests.export.test_round_trip import compare

STEM = "sub-01_task-decider"
SMALL = """\
[[conditions]]
name = "CONDITION"
where = { trial_type = "feedback" }
modulators = [{ column = "rank" }]
"""


def export(dataset: Dataset, glm: str = "parametric") -> Exported:
    return export_person(dataset, ANN, FORMATS, glm_to_export(glm))


def small_glm(folder: Path, condition: str = "feedback") -> str:
    file = folder / "small.toml"
    file.write_text(SMALL.replace("CONDITION", condition))
    return str(file)


@pytest.fixture
def two_runs(dataset: Dataset, demo: Protocol) -> Dataset:
    for run in (1, 2):
        perform(dataset, demo, run=run)
    return dataset


def test_what_a_run_no_longer_has_is_cleared_away_and_no_other_file_or_folder_is(two_runs: Dataset) -> None:
    export(two_runs)
    theirs: list[Path] = []
    for one in FORMATS:
        folder = two_runs.onsets(f"{one}/parametric", ANN)
        for run in ("01", "02"):
            names = ("bold.nii", "bold.nii.gz", "desc-preproc_bold.nii.gz", "motion.txt", "confounds.tsv", "mine.m")
            theirs += [folder / f"{STEM}_run-{run}_{name}" for name in names]
            theirs.append(folder / f"{STEM}_run-{run}_bold.feat" / "report.html")
        theirs += [folder / "my_notes.txt", folder / f"{STEM}_batch_mine.m", folder / f"{STEM}_motion.txt"]
    for path in theirs:
        path.parent.mkdir(exist_ok=True)
        path.write_text("mine")
    two_runs.journals(ANN)[1].unlink()
    exported = export(two_runs)
    assert len(exported.events) == 1
    assert all(path.read_text() == "mine" for path in theirs)
    left = {path for path in (two_runs.root / "derivatives").rglob("*run-02*") if path.is_file()}
    assert left - set(theirs) == set()
    for path in theirs:
        path.unlink()
    compare(two_runs, exported, "parametric")


def test_the_files_of_a_condition_that_was_renamed_are_cleared_away(two_runs: Dataset, tmp_path: Path) -> None:
    first = export(two_runs, small_glm(tmp_path, "before"))
    assert any("before" in name for name in contents(two_runs.root / "derivatives"))
    second = export(two_runs, small_glm(tmp_path, "after"))
    names = contents(two_runs.root / "derivatives")
    assert any("after" in name for name in names) and not any("before" in name for name in names)
    assert "sub-01: these onset files replace those of another version of the GLM small" not in first.notes
    assert "sub-01: these onset files replace those of another version of the GLM small" in second.notes
    assert not any("another version" in note for note in export(two_runs, small_glm(tmp_path, "after")).notes)


def test_a_list_that_names_what_lies_elsewhere_clears_none_of_it(two_runs: Dataset, demo: Protocol) -> None:
    perform(two_runs, demo, person=BEN)
    export_person(two_runs, BEN, FORMATS, glm_to_export("parametric"))
    export(two_runs)
    folder = two_runs.onsets("fsl/parametric", ANN)
    outside = two_runs.root / "derivatives" / "outside.txt"
    outside.write_text("mine")
    (folder / "theirs").mkdir()
    before = contents(two_runs.root)
    names = ("../outside.txt", str(outside), "fsl/parametric/sub-01/theirs", "fsl/parametric/sub-01", "\xff")
    names += tuple(f"fsl/parametric/sub-02/{path.name}" for path in two_runs.onsets("fsl/parametric", BEN).iterdir())
    readme = folder / "README"
    readme.write_bytes(readme.read_bytes() + b"".join(b"    " + name.encode("latin-1") + b"\n" for name in names))
    export(two_runs)
    assert contents(two_runs.root) == before and (folder / "theirs").is_dir()


def test_every_readme_says_of_which_glm_file_all_was_made(two_runs: Dataset, tmp_path: Path) -> None:
    digest = hashlib.sha256((CONFIGS / "glm" / "parametric.toml").read_bytes()).hexdigest()
    export(two_runs)
    readmes = [two_runs.onsets(f"{one}/parametric", ANN) / "README" for one in FORMATS]
    readmes.append(two_runs.root / "derivatives" / "onsets" / "fitlins" / "parametric" / "README")
    for readme in readmes:
        assert f"\nGLM file: parametric.toml, sha-256 {digest}\n" in readme.read_text()


def test_the_files_of_others_are_said_to_be_of_an_older_glm(two_runs: Dataset, tmp_path: Path, demo: Protocol) -> None:
    perform(two_runs, demo, person=BEN)
    for person in (ANN, BEN):
        export_person(two_runs, person, ("nilearn",), glm_to_export(small_glm(tmp_path, "before")))
    changed = glm_to_export(small_glm(tmp_path, "after"))
    notes = export_person(two_runs, ANN, ("nilearn",), changed).notes
    assert "the GLM small has changed, and the files of sub-02 are of an older version: export everybody again" in notes
    assert not any("older version" in note for note in export_person(two_runs, BEN, ("nilearn",), changed).notes)


def test_events_whose_journal_can_no_longer_be_read_are_kept_and_named(two_runs: Dataset) -> None:
    export(two_runs)
    rest = two_runs.events(ANN, 1).with_name("sub-01_task-rest_run-01_events.tsv")
    rest.write_text("onset\tduration\n")
    two_runs.journals(ANN)[0].write_bytes(b"")
    exported = export(two_runs)
    assert two_runs.events(ANN, 1).exists()
    (note,) = (note for note in exported.notes if "no journal gives it" in note)
    assert note.endswith(f"and without onset files: {STEM}_run-01_events.tsv")
    assert not list((two_runs.root / "derivatives").rglob("*run-01*"))


def test_a_journal_that_was_damaged_since_takes_nothing_from_the_events_that_it_gave(two_runs: Dataset) -> None:
    export(two_runs)
    events, journal = two_runs.events(ANN, 2), two_runs.journals(ANN)[1]
    whole, lines = events.read_bytes(), journal.read_bytes().splitlines(keepends=True)
    at = len(lines) // 2
    journal.write_bytes(b"".join([*lines[:at], lines[at].replace(b"0", b"1"), *lines[at + 1 :]]))
    exported = export(two_runs)
    assert events.read_bytes() == whole and events in exported.events
    (note,) = (note for note in exported.for_operator if "was kept as it is" in note)
    assert f"damaged in line {at + 1}" in note and "Restore the journal from your backup" in note
    assert not list((two_runs.root / "derivatives").rglob("*run-02*"))
    events.unlink()
    assert events in export(two_runs).events and 0 < events.stat().st_size < len(whole)


def test_a_gap_in_the_runs_is_said(dataset: Dataset) -> None:
    for run in (1, 2, 4):
        perform(dataset, read_protocol("relational_value"), run=run)
    exported = export_person(dataset, ANN)
    assert "sub-01: of these runs before the last one there are no events: 3" in exported.notes
    assert "before the last one there are no events: 3" in (exported.onset_folders[0] / "README").read_text()


def test_runs_of_different_trs_are_said(dataset: Dataset, demo: Protocol) -> None:
    perform(dataset, demo, run=1)
    scan = demo.scan.model_copy(update={"tr_s": 1.5})
    perform(dataset, demo.model_copy(update={"scan": scan}), run=2)
    said = "the TR differs between runs, and AFNI and SPM take one TR for all of them"
    exported = export_person(dataset, ANN)
    assert f"sub-01: {said}" in exported.notes
    assert said in (exported.onset_folders[0] / "README").read_text()


def test_a_zero_moved_beyond_the_first_event_is_said(dataset: Dataset, demo: Protocol) -> None:
    move_zero(perform(dataset, demo), 4, "the pulses of the dummies were counted")
    exported = export(dataset)
    assert pd.read_csv(exported.events[0], sep="\t")["onset"].min() < 0
    said = "events that begin before the first stored volume, at negative onsets: 1"
    assert any(said in note for note in exported.notes)
    assert said in (exported.onset_folders[0] / "README").read_text()
    compare(dataset, exported, "parametric")


def test_a_glm_of_which_nothing_comes_up_leaves_no_file_and_says_so(two_runs: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "alone.toml"
    file.write_text(
        '[[conditions]]\nname = "m"\nwhere = { trial_type = "match" }\n[[contrasts]]\nname = "c"\nweights = { m = 1 }\n'
    )
    exported = export(two_runs, str(file))
    assert exported.onset_folders == ()
    assert not [name for name in contents(two_runs.root / "derivatives") if "sub-01" in name]
    assert "sub-01: the GLM alone has conditions that are not in the protocol: m" in exported.notes
    assert "sub-01: no run can answer these contrasts of the GLM alone: c" in exported.notes
    assert "sub-01: no onset files, as there is no event of any condition of the GLM alone" in exported.notes


def test_a_modulator_without_a_value_for_some_events_is_counted(two_runs: Dataset, tmp_path: Path) -> None:
    file = tmp_path / "mixed.toml"
    file.write_text(
        '[[conditions]]\nname = "all"\nwhere = { trial_type = ["feedback", "choice"] }\n'
        'modulators = [{ column = "rank" }]\n'
    )
    exported = export(two_runs, str(file))
    events = pd.read_csv(exported.events[0], sep="\t")
    choices = (events["trial_type"] == "choice").sum()
    said = f"all_by_rank: events without a value, which are 0 (the mean): {choices}"
    assert f"sub-01, run 1, attempt 1: {said}" in exported.notes
    assert f"run 1: {said}" in (exported.onset_folders[0] / "README").read_text()
