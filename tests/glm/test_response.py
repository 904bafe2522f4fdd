"""The response to an event: columns as nilearn makes them, and which events a scan says something of."""

import warnings

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix

from task.glm.conditions import Condition, Modelled, Modulator
from task.glm.design import design_of
from task.glm.response import held


def nilearns(run: Modelled) -> pd.DataFrame:
    """The design that nilearn makes of a run."""
    rows = [
        (onset, duration, name, value)
        for one in run.conditions
        for name, values in one.amplitudes.items()
        for onset, duration, value in zip(one.onsets, one.durations, values, strict=True)
    ]
    events = pd.DataFrame(rows, columns=["onset", "duration", "trial_type", "modulation"])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return make_first_level_design_matrix(
            np.arange(run.volumes) * run.tr_s, events, hrf_model="spm", drift_model="cosine", high_pass=1 / 128
        )


@pytest.mark.parametrize("tr_s", [0.72, 2.0, 3.1])
@pytest.mark.parametrize("seed", range(3))
def test_the_columns_of_a_design_are_those_of_nilearn(tr_s: float, seed: int) -> None:
    """nilearn rounds onsets to a fiftieth of a TR; so the columns are alike to some hundredths of their height."""
    draw = np.random.Generator(np.random.PCG64(seed))
    onsets = tuple(sorted(draw.uniform(-10, 320, 20)))
    by = Modulator("rank", tuple(draw.normal(size=20)))
    some = Condition("some", onsets, tuple(draw.uniform(0.3, 9, 20)), (by,))
    run = Modelled("x", 1, tr_s, int(320 / tr_s), (some, Condition("presses", onsets[3:9], (0.0,) * 6)))
    design, theirs = design_of(run).matrix, nilearns(run)
    assert set(design) == set(theirs) and list(design)[:3] == ["some", "some_by_rank", "presses"]
    for name in design:
        scale = np.abs(theirs[name]).max() / np.abs(design[name]).max() if name.startswith("drift") else 1.0
        assert np.abs(scale * design[name] - theirs[name]).max() < 0.03 * np.abs(theirs[name]).max(), name


def is_held(onset: float, duration: float, volumes: int = 50, tr_s: float = 2.0) -> bool:
    return bool(held(np.array([onset]), np.array([duration]), volumes, tr_s)[0])


@pytest.mark.parametrize(
    ("onset", "duration", "expected"),
    [
        (40, 3, True),
        (99, 3, False),  # the last volume is at 98 s
        (97, 0, False),
        (95.5, 0, False),  # a quarter of its height at 98 s
        (94.5, 0, True),
        (94.5, 9, False),  # a longer event rises longer
        (110, 3, False),
        (1e12, 3, False),
        (-1e12, 3, False),
        (-1e12, 2e12, True),
        (-3, 3, True),
        (-7.5, 0, True),  # in the first volume alone
        (-20, 3, False),  # only the undershoot is left
        (-60, 3, False),
        (80, 600, True),  # most of it is beyond the end, but the scan has seen it rise
        (-590, 600, True),  # and fall
    ],
)
def test_a_scan_holds_a_response_if_it_has_half_of_its_height(onset: float, duration: float, expected: bool) -> None:
    assert is_held(onset, duration) == expected


def test_each_event_is_judged_by_itself() -> None:
    onsets, durations = np.array([120.0, 50.0, 97.0, 60.0]), np.array([3.0, 3.0, 0.0, 0.0])
    assert held(onsets, durations, 50, 2.0).tolist() == [False, True, False, True]
    assert held(onsets[:0], durations[:0], 50, 2.0).tolist() == []


def test_a_longer_scan_never_holds_less() -> None:
    for onset in np.arange(90, 100, 0.5):
        seen = [is_held(onset, 2.0, volumes) for volumes in range(40, 70)]
        assert seen == sorted(seen) and seen[-1] and not seen[0]


def test_a_design_of_more_columns_than_volumes_is_singular() -> None:
    conditions = tuple(Condition(f"c{i}", (float(i),), (1.0,)) for i in range(12))
    assert design_of(Modelled("x", 1, 2.0, 10, conditions)).is_singular
    assert not design_of(Modelled("x", 1, 2.0, 60, conditions)).is_singular
