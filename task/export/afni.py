"""Timing files for AFNI: a file for each condition, a row for each run, in seconds from that run's own start.

Amplitudes and durations are married to the times (``time*amplitude,amplitude:duration``).
"""

from collections.abc import Sequence
from pathlib import Path

from task.config.glm import Glm
from task.export.conditions import Condition, Modelled
from task.export.files import Written, write_text

README = """\
One file for each condition, a row for each run in the order below, times from the start of that run (-local_times).
12.5*0.3,-1.2:3 is an event at 12.5 s with two modulators (0.3 and -1.2) that lasts 3 s. A run without events is *,
and a first row with a single event has a * behind it, so that nobody takes its time for one of all runs together.
AFNI's AM2 subtracts the mean over all runs once more: of values that are centred in each run this is 0. A modulator
that a run cannot estimate is 0 there. A condition without an event in all runs has no file, nor has its contrast.

The command in ..._3dDeconvolve.txt takes the files as they are. dmUBLOCK is the response to a block of the given
duration, growing with it as in the other packages; GAM is that to an impulse. Of a modulated condition NAME[0] is the
condition, and NAME[1], NAME[2], ... are its modulators. -x1D_stop stops after the matrix: look at it, and take it away.

Slice timing: 3dDeconvolve places a volume at its start, as AFNI's own correction does by default. If it was corrected
to the middle, as by fMRIPrep, add -stim_times_subtract HALF_A_TR.
"""


def write_afni(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write a person's timing files, and a 3dDeconvolve command that uses them.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person, in the order in which their images are given to AFNI.
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
            f"-stim_times{kind} {number} {path.name} {'dmUBLOCK' if lasts else 'GAM'}",
            f"-stim_label {number} {name}",
        ]
        labels[name] = f"{name}[0]" if varying else name
        labels |= {conditions[0].name_of(conditions[0].modulators[i]): f"{name}[{j}]" for j, i in enumerate(varying, 1)}
    command = folder / f"{stem}_3dDeconvolve.txt"
    write_text(command, _command(runs, stimuli, len(written), _tests(glm, labels)))
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
    text = f"{onset:.4f}"
    text += f"*{','.join(f'{one:.6g}' for one in amplitudes)}" if amplitudes else ""
    return text if duration is None else f"{text}:{duration:.4f}"


def _padded(rows: list[list[str]]) -> list[list[str]]:
    """Put * into rows without an event, and two entries into the first row if it might look like a global time."""
    first, *others = [row or ["*"] for row in rows]
    is_a_column = all(len(row) == 1 for row in others)
    return [[*first, "*"] if len(first) == 1 and (first != ["*"] or is_a_column) else first, *others]


def _tests(glm: Glm, labels: dict[str, str]) -> list[str]:
    """Write the contrasts of which every part can be estimated as symbolic general linear tests."""
    tests: list[str] = []
    for contrast in glm.contrasts:
        if set(contrast.weights) <= set(labels):
            number = len(tests) // 2 + 1
            terms = " ".join(f"{weight:+g}*{labels[name]}" for name, weight in contrast.weights.items())
            tests += [f"-gltsym 'SYM: {terms}'", f"-glt_label {number} {contrast.name}"]
    return tests


def _command(runs: Sequence[Modelled], stimuli: list[str], count: int, tests: list[str]) -> str:
    images = " ".join(f"{run.stem}_bold.nii.gz" for run in runs)
    options = [f"-input {images}", "-polort A", "-local_times", f"-num_stimts {count}", *stimuli]
    options += [f"-num_glt {len(tests) // 2}", *tests] if tests else []
    options += ["-x1D X.xmat.1D", "-tout", "-x1D_stop"]
    return " \\\n    ".join(["3dDeconvolve", *options]) + "\n"
