"""Multiple-conditions files for SPM: names, onsets, durations, pmod and orth, one .mat file for each run."""

import io
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from task.config.glm import Glm
from task.export.conditions import Condition, Modelled
from task.export.files import Written, replaced, write_text

_HEADER = b"MATLAB 5.0 MAT-file, written by the decider task"  # SciPy's own has the date: no two exports were the same
_PMOD = [("name", object), ("param", object), ("poly", object)]

README = """\
One .mat file for each run, for "Multiple conditions" of fMRI model specification; units: seconds. SPM takes no empty
condition and no constant modulator: what a run cannot estimate is not in its file, so the runs' columns may differ; the
batch below therefore finds the columns of a contrast by their names. Modulators are centred already, and orth is 0 for
each condition: SPM would otherwise orthogonalise them one after the other, and its betas would mean something else.
A modulator has 0 (the mean) for an event of which it has no value.

Slice timing corrected to the middle of the volume: set fmri_t0 to half of fmri_t, as below; not corrected, or corrected
to its start: set it to 1.
"""


def write_spm(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write the multiple-conditions files of runs, and a batch that uses them.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person.
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
    write_text(batch, _batch(runs, glm))
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


def _batch(runs: Sequence[Modelled], glm: Glm) -> str:
    """Give a batch: specification, estimation, and contrasts over all runs that can estimate them."""
    columns = {
        name: f"{one.name}x{by.name}^1" if by else one.name
        for one in runs[0].conditions
        for by, name in [(None, one.name), *((by, one.name_of(by)) for by in one.modulators)]
    }
    lines = [
        "% Put in your images; motion and other confounds go into multi_reg. Run it from this folder.",
        "clear matlabbatch",
        "spec.dir = {fullfile(pwd, 'first_level')};",
        "spec.timing.units = 'secs';",
        f"spec.timing.RT = {runs[0].tr_s:g};",
        "spec.timing.fmri_t = 16;   % as many as slices, if slice timing was corrected",
        "spec.timing.fmri_t0 = 8;   % the middle of the volume, as after fMRIPrep; 1 is its start",
    ]
    for i, run in enumerate(runs, 1):
        lines += [
            f"spec.sess({i}).scans = cellstr(spm_select('ExtFPList', pwd, '^{run.stem}_.*bold\\.nii$', Inf));",
            f"spec.sess({i}).multi = {{fullfile(pwd, '{run.stem}_conditions.mat')}};",
            f"spec.sess({i}).multi_reg = {{''}};",
            f"spec.sess({i}).hpf = 128;",
        ]
    lines += [
        "spec.bases.hrf.derivs = [0 0];",
        "spec.cvi = 'AR(1)';",
        "matlabbatch{1}.spm.stats.fmri_spec = spec;",
        "matlabbatch{2}.spm.stats.fmri_est.spmmat = {fullfile(pwd, 'first_level', 'SPM.mat')};",
        "spm_jobman('run', matlabbatch);",
        "",
        "% A contrast is the mean over the runs that can estimate all of it.",
        "load(fullfile(pwd, 'first_level', 'SPM.mat'));",
        "asked = {",
    ]
    for contrast in glm.contrasts:
        if set(contrast.weights) <= set(columns):
            names = ", ".join(f"'{columns[name]}'" for name in contrast.weights)
            weights = " ".join(f"{weight:g}" for weight in contrast.weights.values())
            lines.append(f"    '{contrast.name}', {{{names}}}, [{weights}]")
    lines += [
        "};",
        "con.spmmat = {fullfile(pwd, 'first_level', 'SPM.mat')};",
        "con.consess = {};",
        "for c = 1:size(asked, 1)",
        "    vector = zeros(1, numel(SPM.xX.name));",
        "    for r = 1:numel(SPM.Sess)",
        "        columns = cellfun(@(name) sprintf('Sn(%d) %s*bf(1)', r, name), asked{c, 2}, 'UniformOutput', false);",
        "        [found, at] = ismember(columns, SPM.xX.name);",
        "        if all(found), vector(at) = asked{c, 3}; end",
        "    end",
        "    can = sum(arrayfun(@(r) any(vector(SPM.Sess(r).col)), 1:numel(SPM.Sess)));",
        "    if can == 0, warning('%s cannot be estimated in any run', asked{c, 1}); continue, end",
        "    con.consess{end + 1}.tcon = struct('name', asked{c, 1}, 'weights', vector / can, 'sessrep', 'none');",
        "end",
        "con.delete = 1;",
        "clear matlabbatch",
        "matlabbatch{1}.spm.stats.con = con;",
        "spm_jobman('run', matlabbatch);",
    ]
    return "\n".join(lines) + "\n"
