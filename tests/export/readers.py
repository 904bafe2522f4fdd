"""Readers of what the writers write, made from the packages' documentation and not from the writers.

Each gives a run as rows of (onset, duration, amplitude) by name: conditions with amplitude 1, modulators as
CONDITION_by_MODULATOR.
"""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.io import loadmat

Rows = list[tuple[float, float, float]]
Run = dict[str, Rows]


def rows_of(onsets: object, durations: object, amplitudes: object) -> Rows:
    """Rows from three sequences of numbers."""
    columns = (np.atleast_1d(np.asarray(one, dtype=float)).ravel().tolist() for one in (onsets, durations, amplitudes))
    return list(zip(*columns, strict=True))


def read_fsl(folder: Path, stem: str) -> Run:
    """Three columns, no header; a file of zeros is an empty EV (FEAT user guide, "Custom (3 column format)")."""
    run = {}
    for path in folder.glob(f"{stem}_*.txt"):
        table = np.loadtxt(path, ndmin=2)
        assert table.shape[1] == 3, path
        if table.any():
            run[path.stem.removeprefix(f"{stem}_")] = rows_of(*table.T)
    return run


def read_afni(folder: Path, stem: str) -> list[Run]:
    """A row for each run; time*amplitude,amplitude:duration; * is nothing (3dDeconvolve -help, -stim_times_AM1, AM2).

    Which amplitude is which stands in the README, and in no file of AFNI's.
    """
    listed = (folder / "README").read_text().partition("Amplitudes, in the order")[2].partition("\nRuns\n")[0]
    modulators = {name: by.split(", ") for name, by in re.findall(r"^    (\w+): (.+)$", listed, re.MULTILINE)}
    runs: list[Run] = []
    for path in sorted(folder.glob(f"{stem}_*.txt")):
        name = path.stem.removeprefix(f"{stem}_")
        if name == "3dDeconvolve":
            continue
        lines = path.read_text().splitlines()
        runs = runs or [{} for _ in lines]
        assert len(lines) == len(runs)
        for run, line in zip(runs, lines, strict=True):
            for word in line.split():
                if word == "*":
                    continue
                found = re.fullmatch(r"([-\d.e]+)(?:\*([-\d.,e]+))?(?::([-\d.e]+))?", word)
                assert found, word
                onset, duration = float(found[1]), float(found[3] or 0)
                run.setdefault(name, []).append((onset, duration, 1.0))
                amplitudes = found[2].split(",") if found[2] else []
                for by, amplitude in zip(modulators.get(name, []), amplitudes, strict=True):
                    run.setdefault(f"{name}_by_{by}", []).append((onset, duration, float(amplitude)))
    return runs


def read_spm(path: Path) -> Run:
    """Cells names, onsets, durations and orth, and the structure array pmod (SPM12, "Multiple conditions")."""
    content = loadmat(path)
    cells = {key: content[key] for key in ("names", "onsets", "durations", "orth")}
    count = cells["names"].shape[1]
    assert all(one.dtype == object and one.shape == (1, count) for one in cells.values())
    pmod = content["pmod"]
    assert pmod.dtype.names == ("name", "param", "poly") and pmod.shape == (1, count)
    run = {}
    for i in range(count):
        name, onsets = str(cells["names"][0, i][0]), cells["onsets"][0, i]
        assert onsets.size, "SPM stops at a condition without onsets"
        assert cells["orth"][0, i].item() == 0
        durations = cells["durations"][0, i]
        run[name] = rows_of(onsets, durations, np.ones(onsets.size))
        by = pmod[0, i]
        for j in range(by["name"].size):
            values = by["param"][0, j]
            assert by["poly"][0, j].item() == 1 and values.size == onsets.size
            assert np.ptp(values) > 0, "SPM cannot estimate a modulator that is constant"
            run[f"{name}_by_{by['name'][0, j][0]}"] = rows_of(onsets, durations, values)
    return run


def read_nilearn(path: Path) -> Run:
    """Columns onset, duration, trial_type, modulation (nilearn, make_first_level_design_matrix)."""
    table = pd.read_csv(path, sep="\t")
    return {
        str(name): rows_of(rows["onset"], rows["duration"], rows["modulation"])
        for name, rows in table.groupby("trial_type")
    }


def read_fitlins(path: Path) -> Run:
    """BIDS events: trial_type is the condition, every other column a modulator of the condition in its name."""
    table = pd.read_csv(path, sep="\t")
    run = {}
    for name, rows in table.groupby("trial_type"):
        run[str(name)] = rows_of(rows["onset"], rows["duration"], np.ones(len(rows)))
        for column in table.columns[3:]:
            if column.startswith(f"{name}_by_"):
                run[column] = rows_of(rows["onset"], rows["duration"], rows[column])
                assert not table.loc[table["trial_type"] != name, column].any()
    return run


def design_of(run: Run, volumes: int, tr_s: float) -> pd.DataFrame:
    """The design matrix that nilearn makes of a run, whichever format it was read from."""
    import warnings

    from nilearn.glm.first_level import make_first_level_design_matrix

    rows = [(onset, duration, name, amplitude) for name, table in run.items() for onset, duration, amplitude in table]
    events = pd.DataFrame(rows, columns=["onset", "duration", "trial_type", "modulation"]).sort_values("onset")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_first_level_design_matrix(
            np.arange(volumes) * tr_s, events, hrf_model="spm", drift_model="cosine", high_pass=1 / 128
        )
