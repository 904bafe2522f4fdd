"""Onset files for every analysis package: which writer makes what, where it goes, and the README beside it."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from task.config.glm import Glm
from task.export import afni, fitlins, fsl, nilearn, spm
from task.export.conditions import Modelled
from task.export.description import put_description
from task.export.files import Written, write_text
from task.record.layout import TASK, Person

FORMATS = ("fsl", "afni", "spm", "nilearn")
_Runs = Sequence[Modelled]


class _Software(NamedTuple):
    """A package: its name, what writes its files, and what its README says of all files and of these."""

    name: str
    write: Callable[[_Runs, Glm, Path], Written]
    readme: str
    howto: Callable[[_Runs, Glm], str] = lambda runs, glm: ""


_SOFTWARE = {
    "fsl": _Software("FSL FEAT", fsl.write_fsl, fsl.README),
    "afni": _Software("AFNI", afni.write_afni, afni.README, afni.howto),
    "spm": _Software("SPM", spm.write_spm, spm.README),
    "nilearn": _Software("nilearn", nilearn.write_nilearn, nilearn.README, nilearn.howto),
}
_GENERAL = """\
Times are in seconds from each run's zero, the pulse of its first stored volume, as shown on the screen; no onset is
ever shifted. A modulator is a column's value minus its mean over the condition's events of the run, never scaled; an
event of which it has no value has 0, the mean. Always model the condition beside its modulators. All of this is made
again by `export`, which clears away its own files of runs that are no more: keep yours elsewhere.
"""


def write_onsets(
    base: Path, person: Person, runs: _Runs, formats: Sequence[str], glm: Glm
) -> tuple[list[Path], list[str]]:
    """Write a person's onset files, and clear away what an earlier export left of them.

    Parameters
    ----------
    base : Path
        The folder that has a folder for each package.
    person : Person
        Whose they are.
    runs : sequence of Modelled
        The runs that count; none leaves no file.
    formats : sequence of str
        Packages, of ``FORMATS``.
    glm : Glm
        What was modelled.

    Returns
    -------
    folders : list of Path
        The folders that have files, one for each package.
    notes : list of str
        What the operator has to know about them.
    """
    folders, notes = [], []
    for one in formats:
        software = _SOFTWARE[one]
        folder = base / one / glm.name / person.folder
        written = software.write(runs, glm, folder)
        _clear(folder, person, written)
        readme = folder / "README"
        if runs:
            write_text(readme, _readme(software, person, runs, glm, written.notes))
            folders.append(folder)
            notes += [f"{person.stem}, {note}" for note in written.notes]
        else:
            readme.unlink(missing_ok=True)
        if one == "nilearn":
            events = base / "fitlins" / glm.name / person.folder / "func"
            _clear(events, person, fitlins.write_fitlins(runs, glm, events))
    return folders, notes


def describe_onsets(base: Path, formats: Sequence[str], glm: Glm) -> None:
    """Write what belongs to no single person: the model for FitLins, and its small dataset's own files."""
    if "nilearn" in formats:
        root = base / "fitlins" / glm.name
        put_description(root, f"Decider task: events as the GLM {glm.name} models them", "raw")
        write_text(root / "README", fitlins.README.format(glm=glm.name))
        write_text(root / "code" / f"model-{glm.name}_smdl.json", fitlins.model_for_fitlins(glm))


def older_onsets(base: Path, person: Person, journals: Sequence[Path]) -> list[str]:
    """Name a person's onset files that an earlier export made, and that journals have changed since."""
    changed = max((journal.stat().st_mtime for journal in journals), default=0.0)
    names = sorted(
        f"{software}/{folder.name}"
        for software in FORMATS
        for folder in (base / software).glob("*")
        for readme in [folder / person.folder / "README"]
        if readme.exists() and readme.stat().st_mtime < changed
    )
    if not names:
        return []
    older = ", ".join(names)
    return [f"{person.stem}: these onset files are older than the last run or decision: {older}; export them again"]


def _clear(folder: Path, person: Person, written: Written) -> None:
    for stale in set(folder.glob(f"{person.stem}_task-{TASK}_*")) - set(written.paths):
        stale.unlink()


def _readme(software: _Software, person: Person, runs: _Runs, glm: Glm, notes: Sequence[str]) -> str:
    title = f"Onset files for {software.name}: {person.stem}, GLM {glm.name}"
    lines = [title, "=" * len(title), "", *([glm.description, ""] if glm.description else []), _GENERAL]
    lines += [software.readme + software.howto(runs, glm), "Runs"]
    lines += [f"    run {run.run}: {run.stem}, {run.volumes} volumes of {run.tr_s:g} s" for run in runs]
    possible = {condition.name for run in runs for condition in run.conditions}
    absent = [condition.name for condition in glm.conditions if condition.name not in possible]
    if absent:
        lines += ["", f"Not in this protocol, and so not here: {', '.join(absent)}"]
    lines += ["", "What could not be estimated, and why"]
    lines += [f"    run {run.run}: {one}" for run in runs for one in run.left_out or ("nothing: all of it can be",)]
    doubts = [f"run {run.run}: {one}" for run in runs for one in run.doubts]
    if doubts or notes:
        lines += ["", "What else to know", *(f"    {one}" for one in (*doubts, *notes))]
    return "\n".join(lines) + "\n"
