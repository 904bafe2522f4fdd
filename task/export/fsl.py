"""Onset files for FSL: three columns (onset, duration, amplitude), no header, one file for each EV of a run.

Each run has the same set of files, so that one design serves all: what a run cannot estimate is an empty EV.
"""

from collections.abc import Sequence
from pathlib import Path

from task.computer.files import as_text, write_text
from task.computer.quoting import for_tcl
from task.config.glm import Glm
from task.export.files import Written
from task.glm.conditions import Modelled
from task.glm.contrasts import Answerable, contrasts_of

# FEAT stops at a file that holds no line ("No valid [onset duration strength] triplets found")
_EMPTY = "0\t0\t0\n"

README = """\
One file for each EV of each run, of the shape "Custom (3 column format)": onset, duration, amplitude; no header. An EV
that a run cannot estimate holds the one line "0 0 0", which gives a column of zeros; in the fragment below its shape is
"Empty (all zeros)". FEAT may warn that the design is rank deficient.

..._design.fsf is a fragment: the EVs and contrasts of a run, which are the same, and in the same order, in each run.
Make a design in FEAT with your data and preprocessing, save it, and put the fragment in the place of its EVs, contrasts
and F-tests (docs/analysis.md has the command). It names files by their whole paths, as FEAT looks for them from the
folder of its results: export again when this folder has moved. FEAT's orthogonalisation stays off.

A cope of a run that cannot answer its contrast (listed below) means nothing: leave it out of the higher level. There,
"Fixed effects" counts each run by its precision, as it should be: a learning signal varies mostly in the first run.
"""


def write_fsl(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write the onset files of runs, and a fragment of a FEAT design for each.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person, aligned.
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
    contrasts = [one for one in contrasts_of(runs, glm) if one.able]
    for run in runs:
        evs: list[tuple[str, Path, bool]] = []
        for condition in run.conditions:
            for name, values in condition.amplitudes.items():
                rows = zip(condition.onsets, condition.durations, values, strict=True) if values else ()
                path = folder / f"{run.stem}_{name}.txt"
                write_text(path, "".join("\t".join(map(as_text, row)) + "\n" for row in rows) or _EMPTY)
                evs.append((name, path, bool(values)))
        fragment = folder / f"{run.stem}_design.fsf"
        write_text(fragment, _fragment(evs, contrasts))
        written += [*(path for _, path, _ in evs), fragment]
    return Written(written)


def _fragment(evs: list[tuple[str, Path, bool]], contrasts: list[Answerable]) -> str:
    """Give the part of a FEAT design that says what its EVs and contrasts are."""
    said: list[tuple[str, object]] = [("evs_orig", len(evs)), ("evs_real", len(evs)), ("evs_vox", 0)]
    said += [
        (f"{what}_{mode}", number)
        for mode in ("orig", "real")
        for what, number in (("ncon", len(contrasts)), ("nftests", 0))
    ]
    for i, (name, file, has_events) in enumerate(evs, 1):
        said += [(f"evtitle{i}", for_tcl(name)), (f"shape{i}", 3 if has_events else 10)]
        said += [(f"convolve{i}", 3), (f"convolve_phase{i}", 0), (f"tempfilt_yn{i}", 1), (f"deriv_yn{i}", 0)]
        said += [(f"custom{i}", for_tcl(str(file.resolve())))] if has_events else []
        said += [(f"ortho{i}.{j}", 0) for j in range(len(evs) + 1)]
    said += [("con_mode_old", "orig"), ("con_mode", "orig"), ("conmask1_1", 0)]
    for mode in ("real", "orig"):
        for i, one in enumerate(contrasts, 1):
            said += [(f"conpic_{mode}.{i}", 1), (f"conname_{mode}.{i}", for_tcl(one.name))]
            said += [(f"con_{mode}{i}.{j}", as_text(one.weights.get(name, 0))) for j, (name, _, _) in enumerate(evs, 1)]
    return "".join(f"set fmri({key}) {value}\n" for key, value in said)
