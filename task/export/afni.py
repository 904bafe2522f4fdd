"""Timing files for AFNI: a file for each condition, a row for each run, in seconds from that run's own start.

Amplitudes and durations are married to the times (``time*amplitude,amplitude:duration``).
"""

from collections.abc import Sequence
from itertools import accumulate
from pathlib import Path

from task.computer.files import as_text, write_text
from task.computer.quoting import for_sh
from task.config.glm import Glm
from task.export.files import Written
from task.glm.conditions import Condition, Modelled
from task.glm.contrasts import contrasts_of

README = """\
One file for each condition, a row for each run in the order below, times from the start of that run (-local_times).
12.5*0.3,-1.2:3 is an event at 12.5 s with two modulators (0.3 and -1.2) that lasts 3 s. A run without events is *,
and a first row with a single event has a * behind it, so that nobody takes its time for one of all runs together.
AFNI's AM2 subtracts the mean over all runs once more: of values that are centred in each run this is 0. A modulator
that a run cannot estimate is 0 there. A condition without an event in all runs has no file.

..._3dDeconvolve.txt is a command that takes the files as they are: copy it, and put the folder of your images in.
dmUBLOCK is the response to a block of the given duration, growing with it as in the other packages; GAM is that to an
impulse. Of a modulated condition NAME[0] is the condition, and NAME[1], NAME[2], ... are its modulators. -x1D_stop
stops after the matrix: look at it, and take it away. A condition is one column over all runs, so that each run counts
by how much it has to say, and one that cannot answer a contrast by itself does no harm. The command of a plan needs no
image (-nodata).
"""


def write_afni(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write a person's timing files, and a 3dDeconvolve command that uses them.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person, aligned, in the order in which their images are given to AFNI.
    glm : Glm
        Its contrasts become general linear tests.
    folder : Path
        Where the files go.

    Returns
    -------
    Written
        The files written; none for a condition without events in all runs.
    """
    if not runs:
        return Written([])
    written: list[Path] = []
    stimuli: list[str] = []
    labels: dict[str, str] = {}
    stem = runs[0].stem.rpartition("_run-")[0]
    for conditions in zip(*(run.conditions for run in runs), strict=True):
        if not any(one.onsets for one in conditions):
            continue
        name, varying = conditions[0].name, _varying(conditions)
        lasts = any(duration for one in conditions for duration in one.durations)
        rows = []
        for one in conditions:
            values = [one.modulators[i].values or (0.0,) * len(one.onsets) for i in varying]
            events = zip(one.onsets, one.durations, *values, strict=True)
            rows.append(
                [_married(onset, amplitudes, duration if lasts else None) for onset, duration, *amplitudes in events]
            )
        path = folder / f"{stem}_{name}.txt"
        write_text(path, "".join(" ".join(row) + "\n" for row in _padded(rows)))
        written.append(path)
        number, kind = len(written), "_AM2" if varying else "_AM1" if lasts else ""
        stimuli += [
            f'-stim_times{kind} {number} "$onsets"/{path.name} {"dmUBLOCK" if lasts else "GAM"}',
            f"-stim_label {number} {name}",
        ]
        labels[name] = f"{name}[0]" if varying else name
        labels |= {conditions[0].name_of(conditions[0].modulators[i]): f"{name}[{j}]" for j, i in enumerate(varying, 1)}
    command = folder / f"{stem}_3dDeconvolve.txt"
    write_text(command, _command(runs, folder, stimuli, _tests(runs, glm, labels)))
    return Written([*written, command])


def howto(runs: Sequence[Modelled], glm: Glm) -> str:
    """List which amplitude of a condition's file is which modulator."""
    said = []
    for conditions in zip(*(run.conditions for run in runs), strict=True):
        names = [conditions[0].modulators[i].name for i in _varying(conditions)]
        said += [f"    {conditions[0].name}: {', '.join(names)}\n"] if names else []
    return "\nAmplitudes, in the order in which they are married to the times\n" + "".join(said) if said else ""


def _varying(conditions: Sequence[Condition]) -> list[int]:
    """Give the places of the modulators of a condition that some run can estimate."""
    places = range(len(conditions[0].modulators))
    return [i for i in places if any(one.modulators[i].values for one in conditions)]


def _married(onset: float, amplitudes: Sequence[float], duration: float | None) -> str:
    text = as_text(onset)
    text += f"*{','.join(map(as_text, amplitudes))}" if amplitudes else ""
    return text if duration is None else f"{text}:{as_text(duration)}"


def _padded(rows: list[list[str]]) -> list[list[str]]:
    """Put * into rows without an event, and two entries into the first row if it might look like a global time."""
    first, *others = [row or ["*"] for row in rows]
    is_a_column = all(len(row) == 1 for row in others)
    return [[*first, "*"] if len(first) == 1 and (first != ["*"] or is_a_column) else first, *others]


def _tests(runs: Sequence[Modelled], glm: Glm, labels: dict[str, str]) -> list[str]:
    """Write the contrasts as symbolic general linear tests."""
    tests: list[str] = []
    for number, one in enumerate((one for one in contrasts_of(runs, glm) if one.able), 1):
        terms = " ".join(f"{weight:+.10g}*{labels[name]}" for name, weight in one.weights.items())
        tests += [f"-gltsym 'SYM: {terms}'", f"-glt_label {number} {one.name}"]
    return tests


def _command(runs: Sequence[Modelled], folder: Path, stimuli: list[str], tests: list[str]) -> str:
    images = " ".join(f'"$images"/{run.image}_bold.nii.gz' for run in runs)
    starts = [0, *accumulate(run.volumes for run in runs)]
    design_only = f"-nodata {starts.pop()} {as_text(runs[0].tr_s)} -concat '1D: {' '.join(map(str, starts))}'"
    data = f"-input {images}" if runs[0].image == runs[0].stem else design_only
    options = [data, "-polort A", "-local_times", f"-num_stimts {len(stimuli) // 2}", *stimuli]
    options += [f"-num_glt {len(tests) // 2}", *tests] if tests else []
    options += ["-x1D X.xmat.1D", "-tout", "-x1D_stop"]
    lines = [
        "# Made by export, which makes it again: copy it before you edit it. Add -mask, -ortvec MOTION, and what the",
        f"# README says of slice timing. Without images, to look at the design, in the place of -input: {design_only}",
        "images=PUT_IN_THE_FOLDER_OF_YOUR_IMAGES",
        f"onsets={for_sh(str(folder.resolve()))}",
    ]
    return "\n".join([*lines, " \\\n    ".join(["3dDeconvolve", *options])]) + "\n"
