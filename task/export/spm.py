"""Multiple-conditions files for SPM: names, onsets, durations, pmod and orth, one .mat file for each run."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from task.computer.files import as_text, replaced, write_text
from task.computer.quoting import for_matlab
from task.config.glm import Glm
from task.export.files import Written
from task.glm.conditions import Condition, Modelled
from task.glm.contrasts import contrasts_of, run_weights, weights_in_words

_HEADER = b"MATLAB 5.0 MAT-file, written by the decider task"  # SciPy's own has the date: no two exports were the same
_PMOD = [("name", object), ("param", object), ("poly", object)]

README = """\
One .mat file for each run, for "Multiple conditions" of fMRI model specification; units: seconds. SPM takes no empty
condition and no constant modulator: what a run cannot estimate is not in its file, so the runs' columns may differ.
orth is 0 for each condition: SPM would otherwise orthogonalise modulators one after the other, and its betas would mean
something else than elsewhere.

..._batch.m specifies, estimates and contrasts all runs: copy it, and put in your images and multi_reg. A contrast is a
weighted mean over the runs that can answer it, as SPM has one model for all of them. A learning signal varies mostly in
the first run, and the plain mean of the runs would drown what that one says. So each run has a weight proportional to
its precision, 1 / (c (X'X)^-1 c'), where X is its own design matrix and c the contrast. The weights sum to 1:

"""


_TABLE = ("", "% Contrast, column, weight: the contrast's own, times that of the run (see the README)", "weights = {")
_CONTRASTS = """\
};
load(fullfile(results, 'SPM.mat'));
con.spmmat = {fullfile(results, 'SPM.mat')};
con.delete = 1;
names = unique(weights(:, 1), 'stable');
for c = 1:numel(names)
    rows = weights(strcmp(weights(:, 1), names{c}), :);
    [found, at] = ismember(rows(:, 2), SPM.xX.name);   % where confounds have left these columns
    assert(all(found), 'SPM has no column for: %s', names{c});
    vector = zeros(1, numel(SPM.xX.name));
    vector(at) = [rows{:, 3}];
    con.consess{c}.tcon = struct('name', names{c}, 'weights', vector, 'sessrep', 'none');
end
clear matlabbatch
matlabbatch{1}.spm.stats.con = con;
spm_jobman('run', matlabbatch);""".splitlines()


def howto(runs: Sequence[Modelled], glm: Glm) -> str:
    """List the weights of the runs."""
    return "".join(f"    {weights_in_words(one, runs)}\n" for one in contrasts_of(runs, glm) if one.able)


def write_spm(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write the multiple-conditions files of runs, and a batch that uses them.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person, aligned.
    glm : Glm
        Its contrasts go into the batch.
    folder : Path
        Where the files go.

    Returns
    -------
    Written
        The files written.
    """
    from scipy.io import savemat  # takes a while to import, and is needed here only

    if not runs:
        return Written([])
    written = []
    for run in runs:
        path = folder / f"{run.stem}_conditions.mat"
        content = io.BytesIO()
        savemat(content, _content([one for one in run.conditions if one.onsets]))
        with replaced(path) as unfinished:
            unfinished.write_bytes(_HEADER.ljust(116) + content.getvalue()[116:])
        written.append(path)
    batch = folder / f"{runs[0].stem.rpartition('_run-')[0]}_batch.m"
    write_text(batch, _batch(runs, glm, folder))
    return Written([*written, batch])


def _content(conditions: list[Condition]) -> dict[str, np.ndarray]:
    """Give the variables of a file: each a 1 x n cell array, and pmod a 1 x n structure of cell arrays."""
    content = {
        "names": _cells([one.name for one in conditions]),
        "onsets": _cells([_row(one.onsets) for one in conditions]),
        "durations": _cells([_row(one.durations) for one in conditions]),
        "orth": _cells([0.0] * len(conditions)),
    }
    pmod = np.empty((1, len(conditions)), dtype=_PMOD)
    for i, condition in enumerate(conditions):
        varying = [by for by in condition.modulators if by.values]
        pmod["name"][0, i] = _cells([by.name for by in varying])
        pmod["param"][0, i] = _cells([_row(by.values) for by in varying])
        pmod["poly"][0, i] = _cells([1.0] * len(varying))
    return {**content, "pmod": pmod}


def _cells(values: Sequence[object]) -> np.ndarray:
    cells = np.empty((1, len(values)) if values else (0, 0), dtype=object)
    for i, value in enumerate(values):
        cells[0, i] = value
    return cells


def _row(values: Sequence[float]) -> np.ndarray:
    return np.array([values], dtype=float)


def _batch(runs: Sequence[Modelled], glm: Glm, folder: Path) -> str:
    """Give a batch: specification, estimation, and contrasts over the runs that can answer them."""
    lines = [
        "% Made by export, which makes it again: copy it before you edit it.",
        "images = 'PUT_IN_THE_FOLDER_OF_YOUR_IMAGES';   % 4D, .nii; motion and other confounds go into multi_reg",
        f"onsets = {for_matlab(str(folder.resolve()))};",
        "results = fullfile(images, 'first_level');",
        "if ~exist(results, 'dir'), mkdir(results); end",
        "spm('defaults', 'fmri');",
        "spm_jobman('initcfg');",
        "clear matlabbatch",
        "spec.dir = {results};",
        "spec.timing.units = 'secs';",
        f"spec.timing.RT = {as_text(runs[0].tr_s)};",
        "spec.timing.fmri_t = 16;   % as many as slices, if slice timing was corrected",
        "spec.timing.fmri_t0 = 8;   % the middle of the volume; see the README",
    ]
    for i, run in enumerate(runs, 1):
        lines += [
            f"spec.sess({i}).scans = cellstr(spm_select('ExtFPList', images, '^{run.image}_.*bold\\.nii$', Inf));",
            f"spec.sess({i}).multi = {{fullfile(onsets, '{run.stem}_conditions.mat')}};",
            f"spec.sess({i}).multi_reg = {{''}};",
            f"spec.sess({i}).hpf = 128;",
        ]
    lines += [
        "spec.bases.hrf.derivs = [0 0];",
        "spec.cvi = 'AR(1)';",
        "matlabbatch{1}.spm.stats.fmri_spec = spec;",
        "matlabbatch{2}.spm.stats.fmri_est.spmmat = {fullfile(results, 'SPM.mat')};",
        "spm_jobman('run', matlabbatch);",
    ]
    rows = _weights(runs, glm)
    return "\n".join([*lines, *([*_TABLE, *rows, *_CONTRASTS] if rows else [])]) + "\n"


def _weights(runs: Sequence[Modelled], glm: Glm) -> list[str]:
    """Give the rows of the table of weights; a column is named as SPM names it."""
    columns = {
        name: f"{one.name}x{by.name}^1" if by else one.name
        for one in runs[0].conditions
        for by, name in [(None, one.name), *((by, one.name_of(by)) for by in one.modulators)]
    }
    rows = []
    for contrast in contrasts_of(runs, glm):
        of_runs = run_weights(contrast, runs)
        for i, run in enumerate(runs, 1):
            for name, weight in contrast.weights.items():
                if run.run in of_runs:
                    value = as_text(weight * of_runs[run.run])
                    rows.append(f"    '{contrast.name}', 'Sn({i}) {columns[name]}*bf(1)', {value}")
    return rows
