"""Onset files for FSL: three columns (onset, duration, amplitude), no header, one file for each condition of a run."""

from collections.abc import Iterable
from pathlib import Path

from task.export.conditions import Condition
from task.export.files import write_text

# FEAT stops at a file that holds no line ("No valid [onset duration strength] triplets found")
_EMPTY = "0\t0\t0\n"

README = """\
Onset files for FSL FEAT
========================

One file for each condition of each run, to be named as an EV of shape "Custom (3 column format)":
onset and duration in seconds from the first stored volume, and amplitude. There is no header.

choice, feedback, share, ...
    All events of that trial type, amplitude 1. Each run of a protocol has the same set of files.
choice_miss, too_slow, share_miss
    Trials without a press in time: conditions of their own.
feedback_match_high, feedback_match_low, feedback_no_match_high, feedback_no_match_low
    The feedback events once more, split by match and by rank (high: the better half), where the rank was shown;
    feedback_hidden are those where it was not. Use these instead of "feedback", not beside it.
    (Where match and rank are shown one after the other, the later of the two is split: rank_match_high, ... or, if
    the rank comes first, match_match_high, ...)
feedback_by_match, feedback_by_rank
    Modulators: match is 1 or 0, rank is 1 (best) to the number of Responders, both minus their mean over the events of
    the run, never scaled. The rank modulates only those events that showed it. Always put "feedback" beside them, and
    leave FEAT's orthogonalisation off. One that does not vary over a run is left out; the export says so.

A condition without events in a run holds the one line "0 0 0", which gives a column of zeros: what FEAT itself calls
the shape "Empty (all zeros)"; choose that shape instead if you prefer. FEAT refuses a file without any line. It may
warn that such a design is rank deficient; a contrast of an empty EV cannot be estimated: leave that run's out of the
higher level.

Onsets are as shown on the screen, and are never shifted. If slice timing was corrected before FEAT (fMRIPrep does so by
default, to the middle of the volume), its reference lies half a TR later than the start of the volume, from which these
onsets count; say so to your model, or have fMRIPrep correct to the start (--slice-time-ref 0).

These files are made again from the journals by `export`, which clears away the files of a run that it no longer
makes: keep your own files elsewhere.
"""


def write_fsl(conditions: Iterable[Condition], stem: Path) -> list[Path]:
    """Write the onset files of a run, and clear away the others of that run.

    Parameters
    ----------
    conditions : iterable of Condition
        Conditions and modulators; an empty one is written as FEAT wants it. None at all leaves no file.
    stem : Path
        How the files' paths begin, up to the run.

    Returns
    -------
    list of Path
        The files written, one for each condition.
    """
    written = []
    for condition in conditions:
        path = stem.with_name(f"{stem.name}_{condition.name}.txt")
        lines = [f"{one.onset:.4f}\t{one.duration:.4f}\t{one.amplitude:.6g}\n" for one in condition.occurrences]
        write_text(path, "".join(lines) or _EMPTY)
        written.append(path)
    for stale in set(stem.parent.glob(f"{stem.name}_*.txt")) - set(written):
        stale.unlink()
    return written
