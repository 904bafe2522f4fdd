"""Onset files for FSL: three columns (onset, duration, amplitude), no header, one file for each EV of a run.

Each run has the same set of files, so that one design serves all: what a run cannot estimate is an empty EV.
"""

from collections.abc import Sequence
from pathlib import Path

from task.config.glm import Glm
from task.export.conditions import Modelled
from task.export.files import Written, write_text

# FEAT stops at a file that holds no line ("No valid [onset duration strength] triplets found")
_EMPTY = "0\t0\t0\n"

README = """\
One file for each EV of each run, of the shape "Custom (3 column format)": onset, duration, amplitude; no header. An EV
that a run cannot estimate holds the one line "0 0 0", which gives a column of zeros; in the fragment below its shape is
"Empty (all zeros)". A contrast of it cannot be estimated: leave that run's out of the higher level. FEAT may warn that
the design is rank deficient. Modulators stand beside their condition, and FEAT's orthogonalisation stays off.

..._design.fsf is a fragment: the EVs and contrasts of a run. Make a design in FEAT with your data and preprocessing,
save it, put the fragment in the place of its EVs and contrasts, and run feat from this folder (or write whole paths).

Slice timing: FSL places a volume at its middle (to slicetimer, 0.5 TR is no shift), and so does fMRIPrep's correction.
"""


def write_fsl(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write the onset files of runs, and a fragment of a FEAT design for each.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person.
    glm : Glm
        Its contrasts go into the fragment.
    folder : Path
        Where the files go.

    Returns
    -------
    Written
        The files written.
    """
    written = []
    for run in runs:
        evs: list[tuple[str, str, bool]] = []
        for condition in run.conditions:
            ones = [1.0] * len(condition.onsets)
            amplitudes = [(condition.name, ones)]
            amplitudes += [(condition.name_of(by), list(by.values)) for by in condition.modulators]
            for name, values in amplitudes:
                rows = zip(condition.onsets, condition.durations, values, strict=False)
                lines = [f"{onset:.4f}\t{duration:.4f}\t{value:.6g}\n" for onset, duration, value in rows]
                path = folder / f"{run.stem}_{name}.txt"
                write_text(path, "".join(lines) or _EMPTY)
                written.append(path)
                evs.append((name, path.name, bool(lines)))
        fragment = folder / f"{run.stem}_design.fsf"
        write_text(fragment, _fragment(evs, glm))
        written.append(fragment)
    return Written(written)


def _fragment(evs: list[tuple[str, str, bool]], glm: Glm) -> str:
    """Give the part of a FEAT design that says what its EVs and contrasts are."""
    names = [name for name, _, _ in evs]
    contrasts = [one for one in glm.contrasts if set(one.weights) <= set(names)]
    said: list[tuple[str, object]] = [("evs_orig", len(evs)), ("evs_real", len(evs)), ("evs_vox", 0)]
    said += [(f"ncon_{mode}", len(contrasts)) for mode in ("orig", "real")]
    for i, (name, file, has_events) in enumerate(evs, 1):
        said += [(f"evtitle{i}", f'"{name}"'), (f"shape{i}", 3 if has_events else 10)]
        said += [(f"convolve{i}", 3), (f"convolve_phase{i}", 0), (f"tempfilt_yn{i}", 1), (f"deriv_yn{i}", 0)]
        said += [(f"custom{i}", f'"{file}"')] if has_events else []
        said += [(f"ortho{i}.{j}", 0) for j in range(len(evs) + 1)]
    said += [("con_mode_old", "orig"), ("con_mode", "orig")]
    for mode in ("real", "orig"):
        for i, contrast in enumerate(contrasts, 1):
            said += [(f"conpic_{mode}.{i}", 1), (f"conname_{mode}.{i}", f'"{contrast.name}"')]
            said += [(f"con_{mode}{i}.{j}", f"{contrast.weights.get(name, 0):g}") for j, name in enumerate(names, 1)]
    return "".join(f"set fmri({key}) {value}\n" for key, value in said)
