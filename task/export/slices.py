"""Where each package places a volume in time, and so what slice timing asks of an analysis: said here for all of them.

Sources: FEAT user guide and slicetimer's help (its 0.5 TR is no shift); 3dTshift -help (its default time is the average
of the slices'), afni_proc.py -help (its default is -tzero 0); fmri_t0 in SPM12's help of fMRI model specification;
slice_time_ref of nilearn's FirstLevelModel; FitLins' issues 394 ("assumes bold starts at 0s") and 424 (StartTime is not
respected yet); fMRIPrep --slice-time-ref, 0.5 by default.
"""

import textwrap
from typing import NamedTuple

MIDDLE = "fMRIPrep and 3dTshift by default, slicetimer"
START = "fMRIPrep `--slice-time-ref 0`, afni_proc.py by default"


class Placed(NamedTuple):
    """Where a package places a volume, and what to do if images were corrected to its middle, or to its start."""

    at: str
    middle: str
    start: str


PLACED = {
    "FSL": Placed("its middle", "nothing to do", "add half a TR to all onsets"),
    "AFNI": Placed("its start", "`-stim_times_subtract HALF_A_TR`", "nothing to do"),
    "SPM": Placed("bin `fmri_t0` of `fmri_t`", "`fmri_t0` = half of `fmri_t` (as in our batch)", "`fmri_t0` = 1"),
    "nilearn": Placed("`slice_time_ref`", "`slice_time_ref=0.5`", "`slice_time_ref=0` (nilearn's own; our designs)"),
    "FitLins": Placed(
        "its start, whatever `StartTime` says",
        "have fMRIPrep correct to the start, or subtract half a TR from all onsets",
        "nothing to do",
    ),
}


def slices_for(software: str) -> str:
    """Say it for one package, in a paragraph of a README."""
    placed = PLACED[software]
    said = (
        f"Slice timing: {software} places a volume at {placed.at}. If it was corrected to the volume's middle "
        f"({MIDDLE}): {placed.middle}. To its start ({START}): {placed.start}. No onset was shifted here."
    )
    return textwrap.fill(said.replace("`", ""), 118, break_on_hyphens=False, break_long_words=False) + "\n"


def table_of_slices() -> str:
    """Say it for all packages, as the table of docs/analysis.md."""
    rows = [("package", "places a volume at", f"corrected to its middle: {MIDDLE}", f"to its start: {START}")]
    rows += [("---",) * 4] + [(name, *placed) for name, placed in PLACED.items()]
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)
