"""Onset files for every analysis package: which writer makes what, where it goes, and the README beside it."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from task.computer.files import read_if_there, write_text
from task.config.glm import Glm
from task.export import afni, fitlins, fsl, nilearn, spm
from task.export.description import put_description
from task.export.files import Written
from task.export.slices import slices_for
from task.glm.conditions import Modelled
from task.glm.contrasts import absent_from, aligned, contrasts_in_words, notes_on_contrasts
from task.record.layout import Person

FORMATS = ("fsl", "afni", "spm", "nilearn")
_Runs = Sequence[Modelled]


class _Software(NamedTuple):
    """A package: its name, what writes its files, and what its README says of all files and of these."""

    name: str
    write: Callable[[_Runs, Glm, Path], Written]
    readme: str
    howto: Callable[[_Runs, Glm], str] = lambda runs, glm: ""


_SOFTWARE = {
    "fsl": _Software("FSL", fsl.write_fsl, fsl.README),
    "afni": _Software("AFNI", afni.write_afni, afni.README, afni.howto),
    "spm": _Software("SPM", spm.write_spm, spm.README, spm.howto),
    "nilearn": _Software("nilearn", nilearn.write_nilearn, nilearn.README),
}
_GENERAL = """\
Times are in seconds from each run's zero, the pulse of its first stored volume, as shown on the screen; no onset is
ever shifted. A modulator is a column's value minus its mean over the condition's events of the run, never scaled; an
event of which it has no value has 0, the mean. Always model the condition beside its modulators. All of this is made
again by `export`, which overwrites the files listed at the end: copy one before you edit it.
"""
_STAMP, _FILES = "GLM file: ", "Files of this export"


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
        The runs that count; none leaves no file, and neither do runs of which the GLM models nothing.
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
    runs = aligned(runs, glm)
    notes = notes_on_contrasts(person.stem, runs, glm) + _notes_on_runs(person, runs)
    if runs and not any(run.estimable for run in runs):
        notes.append(f"{person.stem}: no onset files, as there is no event of any condition of the GLM {glm.name}")
        runs = []
    folders: list[Path] = []
    replaced = False
    for one in formats:
        software = _SOFTWARE[one]
        folder = base / one / glm.name / person.folder
        readme = folder / "README"
        replaced |= bool(runs) and _stamp_in(readme) not in ("", glm.stamp)
        written = software.write(runs, glm, folder)
        paths = list(written.paths)
        func = base / "fitlins" / glm.name / person.folder / "func"
        if one == "nilearn":
            paths += fitlins.write_fitlins(runs, glm, func).paths
        names = [path.relative_to(base).as_posix() for path in paths]
        _clear(base, (folder, func), read_if_there(readme, "replace"), names)
        if runs:
            write_text(readme, _readme(software, person, runs, glm, written.notes, names))
            folders.append(folder)
            notes += [f"{person.stem}, {note}" for note in written.notes]
        else:
            readme.unlink(missing_ok=True)
    if replaced:
        notes.append(f"{person.stem}: these onset files replace those of another version of the GLM {glm.name}")
    return folders, notes


def note_on_absent(person: Person, runs: _Runs, glm: Glm) -> list[str]:
    """Say which conditions of a GLM that somebody asked for cannot come up; the default has some for any protocol."""
    absent = absent_from(runs, glm) if runs else []
    return [f"{person.stem}: the GLM {glm.name} has conditions that are not in the protocol: {', '.join(absent)}"][
        : len(absent)
    ]


def describe_onsets(base: Path, formats: Sequence[str], glm: Glm) -> list[str]:
    """Write what belongs to no single person: the model for FitLins, and its small dataset's own files.

    Returns
    -------
    list of str
        What the operator has to know: whose files are of another version of the GLM than the model is now.
    """
    if "nilearn" not in formats:
        return []
    root = base / "fitlins" / glm.name
    has_changed = _stamp_in(root / "README") not in ("", glm.stamp)
    put_description(root, f"Decider task: events as the GLM {glm.name} models them", "raw")
    slices = slices_for("FitLins").replace("\n", "\n  ").rstrip()
    write_text(root / "README", fitlins.README.format(glm=glm.name, stamp=glm.stamp, slices=slices))
    write_text(root / "code" / f"model-{glm.name}_smdl.json", fitlins.model_for_fitlins(glm))
    readmes = sorted((base / "nilearn" / glm.name).glob("sub-*/**/README")) if has_changed else []
    folders = [readme.parent for readme in readmes if _stamp_in(readme) != glm.stamp]
    others = [folder.relative_to(base / "nilearn" / glm.name).as_posix() for folder in folders]
    if not others:
        return []
    who = f"{others[0]}{f' and {len(others) - 1} more' * (len(others) > 1)}"
    return [f"the GLM {glm.name} has changed, and the files of {who} are of an older version: export everybody again"]


def _stamp_in(readme: Path) -> str:
    """Give the GLM file, and its digest, of which a README says that it was made from it."""
    found = re.search(f"^{_STAMP}(.+)$", read_if_there(readme, "replace"), re.MULTILINE)
    return found[1] if found else ""


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


def _notes_on_runs(person: Person, runs: _Runs) -> list[str]:
    """Say what is odd about a person's runs taken together."""
    notes = []
    numbers = [run.run for run in runs]
    missing = [str(number) for number in range(1, max(numbers, default=0)) if number not in numbers]
    if missing:
        notes.append(f"{person.stem}: of these runs before the last one there are no events: {', '.join(missing)}")
    if len({run.tr_s for run in runs}) > 1:
        notes.append(f"{person.stem}: the TR differs between runs, and AFNI and SPM take one TR for all of them")
    return notes


def _clear(base: Path, folders: Sequence[Path], readme_before: str, written: Sequence[str]) -> None:
    """Remove what the README of an earlier export lists and is no more; nothing else is ours, and no other folder."""
    listed = readme_before.partition(f"\n{_FILES}")[2].splitlines()[1:]
    for name in {line.strip() for line in listed} - set(written):
        path = base / name
        if path.parent in folders and path.is_file():
            path.unlink()


def _readme(
    software: _Software, person: Person, runs: _Runs, glm: Glm, notes: Sequence[str], files: Sequence[str]
) -> str:
    title = f"Onset files for {software.name}: {person.stem}, GLM {glm.name}"
    lines = [title, "=" * len(title), "", *([glm.description, ""] if glm.description else [])]
    lines += [f"{_STAMP}{glm.stamp}", "", _GENERAL, software.readme + software.howto(runs, glm)]
    lines += [slices_for(software.name), "Runs"]
    lines += [f"    run {run.run}: {run.stem}, {run.volumes} volumes of {run.tr_s:g} s" for run in runs]
    absent = absent_from(runs, glm)
    if absent:
        lines += ["", f"Not in the protocol, and so not here: {', '.join(absent)}"]
    lines += ["", "What could not be estimated, and why (a condition without an event takes its modulators with it)"]
    without = [(run.run, tuple(dict.fromkeys(run.left_out.values()))) for run in runs]
    lines += [f"    run {number}: {one}" for number, every in without for one in every or ("all of it can be",)]
    if glm.contrasts:
        lines += ["", "Contrasts, by the names of columns", *contrasts_in_words(runs, glm)]
    doubts = [f"run {run.run}: {one}" for run in runs for one in run.doubts]
    more = [*doubts, *notes, *(note.partition(": ")[2] for note in _notes_on_runs(person, runs))]
    if more:
        lines += ["", "What else to know", *(f"    {one}" for one in more)]
    lines += ["", f"{_FILES}, in the folder that has one for each package", *(f"    {name}" for name in files)]
    return "\n".join(lines) + "\n"
