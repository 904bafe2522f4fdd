"""Whatever an export made follows from what counts now, or is named by whoever looks at the dataset."""

import hashlib
import re
import shutil
import sys
from pathlib import Path

import pytest

from task.config.protocol import Protocol
from task.export.dataset import Exported, export_all, export_person
from task.export.fitlins import write_fitlins
from task.export.kept import FORMATS, WRITERS, all_kept, made_from
from task.export.onsets import write_onsets
from task.glm.conditions import Condition, Modelled, Modulator, glm_to_export
from task.record.correction import move_zero
from task.record.layout import Dataset, Person
from tests.export.conftest import ANN, BEN, abort_at, perform
from tests.export.test_answerable import GLM, RUNS
from tests.export.test_dataset import contents
from tests.export.test_onset_files import small_glm

GLMS = ("match_by_rank", "parametric", "learning")


@pytest.fixture
def exported(dataset: Dataset, demo: Protocol) -> Dataset:
    """A run of two people, exported for every package by several GLMs."""
    for person in (ANN, BEN):
        perform(dataset, demo, person=person)
        for glm in GLMS:
            export_person(dataset, person, FORMATS, glm_to_export(glm))
    return dataset


def onsets(dataset: Dataset) -> dict[str, bytes]:
    return contents(dataset.root / "derivatives" / "onsets")


def as_exported_anew(dataset: Dataset) -> dict[str, bytes]:
    """What the same exports give in a dataset in which nothing was exported before."""
    shutil.rmtree(dataset.root / "derivatives")
    for person in (ANN, BEN):
        for glm in GLMS:
            export_person(dataset, person, FORMATS, glm_to_export(glm))
    return onsets(dataset)


def contents_of_fitlins(runs: list[Modelled], folder: Path) -> dict[str, bytes]:
    write_fitlins(runs, GLM, folder)
    return {f"fitlins/{name}": text for name, text in contents(folder).items()}


def about(done: Exported, words: str) -> list[str]:
    return [note for note in done.notes if words in note]


def test_after_a_decision_about_zero_every_package_and_glm_has_the_new_one(exported: Dataset) -> None:
    move_zero(exported.journals(ANN)[0], -1.5, "the first pulse was missed")
    done = export_person(exported, ANN)
    (note,) = about(done, "made again as well")
    names = [f"{one}/{glm}" for one in FORMATS for glm in GLMS if (one, glm) != ("fsl", "match_by_rank")]
    assert sorted(note.partition(": made again as well, as they did not follow any more: ")[2].split(", ")) == sorted(
        names
    )
    assert len(done.onset_folders) == len(FORMATS) * len(GLMS) and done.is_whole
    now = onsets(exported)
    assert now == as_exported_anew(exported)


def test_after_another_attempt_every_package_and_glm_has_that_one(exported: Dataset, demo: Protocol) -> None:
    perform(exported, demo, person=ANN, typed=abort_at(50))
    assert not about(export_person(exported, ANN), "made again as well")  # the complete one counts as before
    perform(exported, demo, person=ANN, seed=2)
    assert about(export_person(exported, ANN), "made again as well")
    now = onsets(exported)
    assert now == as_exported_anew(exported)


def test_what_still_follows_is_not_written_again(exported: Dataset) -> None:
    def times() -> dict[Path, int]:
        folders = [exported.onsets(f"{one}/parametric", ANN) for one in FORMATS]
        return {path: path.stat().st_mtime_ns for folder in folders for path in folder.iterdir()}

    before = times()
    assert not about(export_person(exported, ANN), "made again as well")
    assert times() == before


@pytest.mark.parametrize("spoil", ["remove", "edit"])
def test_a_file_that_is_gone_or_was_changed_is_made_again(exported: Dataset, spoil: str) -> None:
    before = onsets(exported)
    path = next(exported.onsets("afni/learning", ANN).glob("*_choice.txt"))
    path.unlink() if spoil == "remove" else path.write_text("1 2 3\n")
    assert about(export_person(exported, ANN), "made again as well, as they did not follow any more: afni/learning")
    assert onsets(exported) == before


def test_the_files_of_a_version_that_kept_no_digests_are_made_again(exported: Dataset) -> None:
    readme = exported.onsets("afni/parametric", ANN) / "README"
    text = readme.read_text()
    old = re.sub(r"^(Made from|To read it again): .*\n", "", text, flags=re.MULTILINE)
    readme.write_text(re.sub(r"^(    afni/\S+)  \w{16}$", r"\1", old, flags=re.MULTILINE))
    extra = readme.parent / "sub-01_task-decider_older.txt"
    extra.write_text("1")
    readme.write_text(readme.read_text() + f"    afni/parametric/sub-01/{extra.name}\n")
    assert about(export_person(exported, ANN), "made again as well")
    assert readme.read_text() == text and not extra.exists()


def test_a_glm_whose_file_has_changed_or_is_gone_is_named_with_what_to_do(exported: Dataset, tmp_path: Path) -> None:
    file = Path(small_glm(tmp_path, "before"))
    export_person(exported, ANN, ("fsl", "afni"), glm_to_export(str(file)))
    small_glm(tmp_path, "after")
    before = contents(exported.root)
    for one in ("fsl", "afni"):
        (note,) = about(export_person(exported, ANN), f"the onset files {one}/small do not follow from the runs now")
        assert f"`export --format {one} --glm {file}` makes them by it as it is now" in note
    file.unlink()
    done = export_person(exported, ANN)
    (note, _) = about(done, f"their GLM {file} cannot be read any more (there is no such file)")
    assert note.startswith("sub-01: the onset files afni/small ") and "bring its file back" in note
    assert note in done.for_operator
    assert contents(exported.root) == before


def test_without_nilearn_its_files_are_named_and_the_others_made_again(
    exported: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("task.export.modelling.nilearn_is_there", lambda: False)
    monkeypatch.setitem(sys.modules, "nilearn", None)
    move_zero(exported.journals(ANN)[0], -1.5, "the first pulse was missed")
    done = export_person(exported, ANN)
    said = "what they were made of has changed since; nilearn, which makes them, is not installed here"
    assert len(about(done, said)) == len(GLMS)
    (note,) = about(done, "made again as well")
    assert "spm/learning" in note and "nilearn" not in note


def test_a_folder_that_somebody_has_copied_is_no_export(exported: Dataset) -> None:
    base = exported.root / "derivatives" / "onsets"
    shutil.copytree(base / "fsl", base / "fsl_of_may")
    before = onsets(exported)
    move_zero(exported.journals(ANN)[0], -1.5, "the first pulse was missed")
    export_person(exported, ANN)
    assert {name: text for name, text in onsets(exported).items() if "fsl_of_may" in name} == {
        name: text for name, text in before.items() if "fsl_of_may" in name
    }


def test_the_digest_depends_on_all_that_the_files_follow_from(tmp_path: Path) -> None:
    small = glm_to_export(small_glm(tmp_path))
    changed = glm_to_export(small_glm(tmp_path, "other"))
    digests = {
        made_from(small.stamp, RUNS),
        made_from(changed.stamp, RUNS),
        made_from(small.stamp, RUNS[:2]),
        made_from(small.stamp, "plan"),
    }
    assert len(digests) == 4 and made_from(small.stamp, RUNS) == made_from(small.stamp, list(RUNS))


def test_whoever_changes_what_is_written_of_the_same_runs_raises_the_number(tmp_path: Path) -> None:
    """Otherwise nobody would notice that files on disk are of an earlier way to write them.

    If this fails and you meant it: raise ``WRITERS`` in task/export/kept.py, and put the new pair here.
    """
    ranked = (Modulator("rank", (0.5, -1.25, 0.75)), Modulator("match", (), "no"))
    first, second = (
        Condition("feedback", (10.0, 31.5, 60.25), (3.0, 2.5, 3.0), by)
        for by in (ranked, (Modulator("rank", (), "no"), ranked[1]))
    )
    shared = Condition("share", (42.0,), (0.0,))
    stem = "sub-01_task-decider_run-"
    runs = [
        Modelled(f"{stem}01", 1, 2.0, 60, (first, shared)),
        Modelled(f"{stem}02", 2, 2.0, 60, (second, Condition("share", (), ()))),
    ]
    write_onsets(tmp_path, Person("01"), runs, [one for one in FORMATS if one != "nilearn"], GLM)
    written = {name: text for name, text in contents(tmp_path).items() if not name.endswith("README")}
    written |= contents_of_fitlins(runs, tmp_path / "fitlins")
    told = [(name, text.replace(str(tmp_path).encode(), b"BASE")) for name, text in sorted(written.items())]
    assert (WRITERS, hashlib.sha256(repr(told).encode()).hexdigest()[:16]) == (1, "271f61ace14489bd")


def test_everybody_s_files_are_looked_at(exported: Dataset) -> None:
    for person in (ANN, BEN):
        move_zero(exported.journals(person)[0], -1.5, "the first pulse was missed")
    done = export_all(exported, formats=())
    assert [len(about(one, "made again as well")) for one in done] == [1, 1]
    assert {one.person for one in all_kept(exported.root / "derivatives" / "onsets")} == {ANN, BEN}
    now = onsets(exported)
    assert now == as_exported_anew(exported)
