"""Onset files for every analysis package: which writer makes what, where it goes, and the README beside it."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from task.computer.files import NotFetchedError, write_text
from task.computer.refusals import what_was_refused
from task.computer.words import and_others
from task.config.glm import Glm
from task.export import afni, fitlins, fsl, nilearn, spm
from task.export.description import put_description
from task.export.files import Written
from task.export.kept import FORMATS as FORMATS
from task.export.kept import all_kept, file_lines, head_lines, kept_of, made_from
from task.export.slices import slices_for
from task.glm.conditions import Modelled
from task.glm.contrasts import absent_from, aligned, contrasts_in_words, notes_on_contrasts
from task.record.layout import Person

_Runs = Sequence[Modelled]


class OnsetFiles(NamedTuple):
    """What came of writing onset files.

    Attributes
    ----------
    folders : tuple of Path
        The folders that have files, one for each package.
    notes : tuple of str
        What the analyst has to know about them.
    refused : tuple of OSError
        What the computer did not do, at most one for each package.
    """

    folders: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()
    refused: tuple[OSError, ...] = ()


class _Software(NamedTuple):
    """A package: its name, what writes its files, what its README says of all files and of these; which paths it takes.

    FSL's scripts put paths into commands of a shell, and AFNI's programs take brackets and the like in the name of a
    file for selectors: both whatever quotes a design or a command has about them.
    """

    name: str
    write: Callable[[_Runs, Glm, Path], Written]
    readme: str
    howto: Callable[[_Runs, Glm], str] = lambda runs, glm: ""
    takes_any_path: bool = False


_SOFTWARE = {
    "fsl": _Software("FSL", fsl.write_fsl, fsl.README),
    "afni": _Software("AFNI", afni.write_afni, afni.README, afni.howto),
    "spm": _Software("SPM", spm.write_spm, spm.README, spm.howto, takes_any_path=True),
    "nilearn": _Software("nilearn", nilearn.write_nilearn, nilearn.README, takes_any_path=True),
}
_GENERAL = """\
Times are in seconds from each run's zero, the pulse of its first stored volume, as shown on the screen; no onset is
ever shifted. A modulator is a column's value minus its mean over the condition's events of the run, never scaled; an
event of which it has no value has 0, the mean. Always model the condition beside its modulators. All of this is made
again by `export`, which overwrites the files listed at the end: copy one before you edit it.
"""


def write_onsets(
    base: Path, person: Person, runs: _Runs, formats: Sequence[str], glm: Glm, made_of: object = None
) -> OnsetFiles:
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
    made_of : object, optional
        What the runs follow from, if that is known by less than the runs themselves.

    Returns
    -------
    OnsetFiles
        What was written; a package whose files the computer refuses keeps the others from nothing.
    """
    runs = aligned(runs, glm)
    notes = notes_on_contrasts(person.stem, runs, glm) + _notes_on_runs(person, runs)
    if runs and not any(run.estimable for run in runs):
        notes.append(f"{person.stem}: no onset files, as there is no event of any condition of the GLM {glm.name}")
        runs = []
    folders, refused = list[Path](), list[OSError]()
    replaced = False
    for one in formats:
        software, before = _SOFTWARE[one], kept_of(base, one, glm.name, person)
        replaced |= bool(runs) and before.stamp not in ("", glm.stamp)
        try:
            written = software.write(runs, glm, before.folder)
            paths = list(written.paths)
            if one == "nilearn":
                paths += fitlins.write_fitlins(runs, glm, before.func).paths
            before.clear(paths)
            if runs:
                on_path = _notes_on_path(software, base)
                head = head_lines(glm, made_from(glm.stamp, made_of or runs))
                readme = _readme(software, person, runs, glm, head, [*on_path, *written.notes])
                write_text(before.folder / "README", "\n".join([*readme, "", *file_lines(base, paths)]) + "\n")
                folders.append(before.folder)
                notes += [f"{person.stem}: {note}" for note in on_path]
                notes += [f"{person.stem}, {note}" for note in written.notes]
        except OSError as error:
            refused.append(error)
    if replaced:
        notes.append(f"{person.stem}: these onset files replace those of another version of the GLM {glm.name}")
    return OnsetFiles(tuple(folders), tuple(notes), tuple(refused))


def note_on_refused(person: Person, error: OSError) -> str:
    """Say why onset files are missing, and what to do."""
    if isinstance(error, NotFetchedError):
        return f"{person.stem}: no onset files were made: {error.filename}: {error.strerror}"
    return (
        f"{person.stem}: onset files could not be written, or not all of them. {what_was_refused(error)} `export` them "
        "again when that is mended"
    )


def note_on_absent(person: Person, runs: _Runs, glm: Glm) -> list[str]:
    """Say which conditions of a GLM that somebody asked for cannot come up; the default has some for any protocol."""
    absent = absent_from(runs, glm) if runs else []
    return [f"{person.stem}: the GLM {glm.name} has conditions that are not in the protocol: {', '.join(absent)}"][
        : len(absent)
    ]


def describe_onsets(base: Path, glm: Glm) -> list[str]:
    """Write what belongs to no single person: the model for FitLins, and its small dataset's own files.

    Returns
    -------
    list of str
        What the operator has to know: whose files are of another version of the GLM than the model is now.
    """
    root = base / "fitlins" / glm.name
    put_description(root, f"Decider task: events as the GLM {glm.name} models them", "raw")
    slices = slices_for("FitLins").replace("\n", "\n  ").rstrip()
    write_text(root / "README", fitlins.README.format(glm=glm.name, stamp=glm.stamp, slices=slices))
    write_text(root / "code" / f"model-{glm.name}_smdl.json", fitlins.model_for_fitlins(glm))
    older = [one.person.stem for one in all_kept(base) if one.name == f"nilearn/{glm.name}" and one.stamp != glm.stamp]
    if not older:
        return []
    whose = f"the files of {and_others(older)} are of an older version"
    return [f"the GLM {glm.name} has changed, and {whose}: export everybody again"]


def _notes_on_path(software: _Software, base: Path) -> list[str]:
    """Say what of a path a package does not take, and what to do."""
    odd = dict.fromkeys(re.findall(r"[^\w./\\:+=@%,-]", str(base.resolve())))
    if software.takes_any_path or not odd:
        return []
    named = ["blanks"] * any(one.isspace() for one in odd) + [one for one in odd if not one.isspace()]
    return [
        f"{software.name} takes no path with {' '.join(named)}, as in {base.resolve()}: move the dataset to where the "
        "path has letters, digits, . _ and - only, and export again"
    ]


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


def _readme(
    software: _Software, person: Person, runs: _Runs, glm: Glm, head: Sequence[str], notes: Sequence[str]
) -> list[str]:
    title = f"Onset files for {software.name}: {person.stem}, GLM {glm.name}"
    lines = [title, "=" * len(title), "", *([glm.description, ""] if glm.description else [])]
    lines += [*head, "", _GENERAL, software.readme + software.howto(runs, glm)]
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
    return lines
