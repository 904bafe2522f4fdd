"""The response to an event, by SPM's canonical function: columns of a design, and which responses a scan holds.

The function is that of spm_hrf.m with its own parameters: a gamma density of shape 6, less a sixth of one of shape 16,
both of scale 1 s, up to 32 s. An event that lasts is a box; an impulse is a box of a fiftieth of a TR, as in nilearn.
"""

from math import factorial

import numpy as np

from task.model.beliefs import Array

LENGTH_S = 32.0
LEAST_HEIGHT = 0.5
_BINS = 50
_GRID_S = np.linspace(0, LENGTH_S, 3201)
_HRF = np.exp(-_GRID_S) * (_GRID_S**5 / factorial(5) - _GRID_S**15 / factorial(15) / 6)
_RISEN = np.concatenate([[0.0], np.cumsum(_HRF[1:] + _HRF[:-1])])
_RISEN /= _RISEN[-1]


def responses(onsets: Array, durations: Array, at: Array, tr_s: float) -> Array:
    """Give the response to each event (events x times), in seconds; that to a long event rises to 1."""
    lasting = np.where(durations > 0, durations, tr_s / _BINS)
    since = at - np.asarray(onsets)[:, None]
    return np.interp(since, _GRID_S, _RISEN) - np.interp(since - lasting[:, None], _GRID_S, _RISEN)


def held(onsets: Array, durations: Array, volumes: int, tr_s: float) -> Array:
    """Say of each event whether the scan holds its response: at least half its height, in some volume.

    An event right before the end of a scan, or beyond it, has a column that is next to zero: its beta is made of noise.
    An event counts by what the same event would be in a scan that goes on. It is not held against other runs: few
    events, or a modulator of small values, make a beta less certain, but not wrong. Below half its height a response is
    all rise: it has about a tenth of its energy, so that the beta is three times as uncertain as it would be, and the
    canonical shape fits the rise worst.
    """
    length_s = volumes * tr_s
    is_near = (onsets + durations > -LENGTH_S) & (onsets < length_s)  # of a damaged journal they may be anywhere
    starts, ends = (np.clip(times, -LENGTH_S, length_s + LENGTH_S) for times in (onsets, onsets + durations))
    places = np.arange(np.floor(-LENGTH_S / tr_s), np.ceil((length_s + 2 * LENGTH_S) / tr_s) + 1)
    heights = np.abs(responses(starts, ends - starts, places * tr_s, tr_s))
    inside = (places >= 0) & (places < volumes)
    return np.asarray(is_near & (heights[:, inside].max(axis=1, initial=0.0) >= LEAST_HEIGHT * heights.max(axis=1)))
