"""Events as nilearn reads them, and the design matrices that it makes of them, as tables and as pictures."""

import io
import warnings
from collections.abc import Sequence
from contextlib import redirect_stdout
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from task.computer.files import replaced, write_text
from task.computer.quoting import as_tsv
from task.config.glm import Glm
from task.export.files import Written
from task.glm.conditions import Modelled
from task.glm.design import HIGH_PASS_HZ, HRF, design_of

_COLUMN_PX, _MARGIN_PX, _LEFT_PX = 36, 8, 64
_FONT_PX = 15

README = f"""\
..._events.tsv: one row for each event of each condition and modulator (trial_type, as in the design matrix), with its
amplitude in "modulation". ..._design.tsv: the design matrix that nilearn makes of it: HRF "{HRF}", cosine drift, high
pass 1/128 Hz, a row for each volume, at the volume's start. ..._design.png: the same as a picture; each column is
scaled by its own largest value (blue below 0, red above). What a run cannot estimate has no column.

Make the matrix again with your own slice timing (below) and confounds, and if the image has more or fewer volumes:

    import pandas as pd
    from nilearn.glm import compute_fixed_effects
    from nilearn.glm.first_level import FirstLevelModel
    events = pd.read_csv(".../sub-01_task-decider_run-01_events.tsv", sep="\t")
    model = FirstLevelModel(t_r=TR, slice_time_ref=0.5, hrf_model="{HRF}", high_pass=1/128, noise_model="ar1")
    maps = model.fit(image, events=events, confounds=confounds).compute_contrast(CONTRAST, output_type="all")

and then, over the runs that can answer the contrast (below), weighted by how much each has to say:

    compute_fixed_effects(EFFECT_SIZES, EFFECT_VARIANCES, mask, precision_weighted=True)

Without precision_weighted=True every run counts the same, and a learning signal is lost in the late runs, in which it
hardly varies.
"""


def write_nilearn(runs: Sequence[Modelled], glm: Glm, folder: Path) -> Written:
    """Write events and design matrices of runs.

    Parameters
    ----------
    runs : sequence of Modelled
        The runs of a person.
    glm : Glm
        What was modelled.
    folder : Path
        Where the files go.

    Returns
    -------
    Written
        The files written, and which designs are singular.
    """
    written: list[Path] = []
    notes: list[str] = []
    for run in runs:
        matrix = nilearns_design_of(run)
        if design_of(run).is_singular:
            size = f"{matrix.shape[1]} columns, {len(matrix)} volumes"
            notes.append(f"run {run.run}: its design matrix is singular ({size}), so its estimates mean nothing")
        table, design, picture = (folder / f"{run.stem}_{what}" for what in ("events.tsv", "design.tsv", "design.png"))
        write_text(table, as_tsv(events_for_nilearn(run), "%.10g"))
        write_text(design, as_tsv(matrix, "%.10g"))
        with replaced(picture) as unfinished:
            picture_of(matrix, f"{run.stem}, {glm.name}", run.tr_s).save(unfinished, format="png")
        written += [table, design, picture]
    return Written(written, notes)


def nilearn_is_there() -> bool:
    """Whether nilearn is installed: nothing else needs it."""
    return find_spec("nilearn") is not None


def events_for_nilearn(run: Modelled) -> pd.DataFrame:
    """Give a run's conditions and modulators as nilearn reads them: onset, duration, trial_type, modulation."""
    rows = [
        (onset, duration, name, value)
        for condition in run.conditions
        for name, values in condition.amplitudes.items()
        if values
        for onset, duration, value in zip(condition.onsets, condition.durations, values, strict=True)
    ]
    table = pd.DataFrame(rows, columns=["onset", "duration", "trial_type", "modulation"])
    return table.sort_values("onset", kind="stable", ignore_index=True)


def nilearns_design_of(run: Modelled) -> pd.DataFrame:
    """Give the design matrix that nilearn makes of a run at the starts of its volumes; the run's own columns first."""
    from nilearn.glm.first_level import make_first_level_design_matrix  # takes a while to import

    with warnings.catch_warnings(), redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        matrix = make_first_level_design_matrix(
            np.arange(run.volumes) * run.tr_s,
            events_for_nilearn(run),
            hrf_model=HRF,
            drift_model="cosine",
            high_pass=HIGH_PASS_HZ,
        )
    ours = [name for name in run.estimable if name in matrix]
    return matrix[ours + [name for name in matrix if name not in ours]]


def picture_of(matrix: pd.DataFrame, title: str, tr_s: float) -> Image.Image:
    """Draw a design matrix: a column each, time downwards."""
    values = matrix.to_numpy(float)
    values = values / np.maximum(np.abs(values).max(axis=0), 1e-12)
    fade = np.clip(1 - np.abs(values), 0, 1)
    colours = np.where(
        (values >= 0)[..., None],
        np.stack([200 + 55 * fade, 30 + 225 * fade, 40 + 215 * fade], -1),
        np.stack([30 + 225 * fade, 80 + 175 * fade, 190 + 65 * fade], -1),
    ).astype(np.uint8)
    per_row = max(1, round(630 / len(matrix)))
    height, width = per_row * len(matrix), _COLUMN_PX * matrix.shape[1]
    font = ImageFont.load_default(_FONT_PX)
    names = [str(name) for name in matrix]
    top = 30 + 2 * _MARGIN_PX + round(max(font.getlength(name) for name in names))
    size = (_LEFT_PX + max(width, round(font.getlength(title))) + _MARGIN_PX, top + height + _MARGIN_PX)
    picture = Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    draw.text((_LEFT_PX, _MARGIN_PX), title, "black", font)
    body = Image.fromarray(colours).resize((width, height), Image.Resampling.NEAREST)
    picture.paste(body, (_LEFT_PX, top))
    for i, name in enumerate(names):
        label = Image.new("RGB", (round(font.getlength(name)) + 2, _FONT_PX + 5), "white")
        ImageDraw.Draw(label).text((0, 0), name, "black", font)
        label = label.rotate(90, expand=True)
        left = _LEFT_PX + i * _COLUMN_PX
        picture.paste(label, (left + (_COLUMN_PX - label.width) // 2, top - _MARGIN_PX - label.height))
        draw.line([(left, top), (left, top + height)], "#888888")
    draw.rectangle([_LEFT_PX, top, _LEFT_PX + width, top + height], outline="#888888")
    step_s = next(step for step in (10, 20, 60, 120, 300, 600, 1200) if len(matrix) * tr_s / step <= 12 or step == 1200)
    for i in range(int(len(matrix) * tr_s // step_s) + 1):
        y = top + round(i * step_s / tr_s * per_row)
        draw.line([(_LEFT_PX - 5, y), (_LEFT_PX, y)], "black")
        draw.text((_LEFT_PX - 8, y), f"{i * step_s} s", "black", font, anchor="rm")
    return picture
