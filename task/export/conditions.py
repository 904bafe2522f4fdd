"""From a run's events to its conditions: which events are modelled together, and with what amplitudes.

This is the one place that says what a condition is; the writers of each package's format take what it gives.
"""

from typing import NamedTuple

import pandas as pd

from task.config.protocol import Protocol
from task.plan.rules import ranked_high
from task.record.columns import TRIAL_TYPES

_SHOW_MATCH = ("feedback", "match")
_SHOW_RANK = ("feedback", "rank")
_OUTCOMES = {"match": "after_match", "no_match": "after_no_match"}


class Occurrence(NamedTuple):
    """One event of a condition: onset and duration in seconds, and its amplitude."""

    onset: float
    duration: float
    amplitude: float


class Condition(NamedTuple):
    """A condition of a run, or a modulator, which differs only in its amplitudes."""

    name: str
    occurrences: tuple[Occurrence, ...]


def trial_types_of(protocol: Protocol) -> list[str]:
    """List the trial types that can come up under a protocol: the same for each of its runs."""
    scenes = {scene for slot in protocol.slots for scene in slot.scenes}
    return [name for name in TRIAL_TYPES if name.removesuffix("_miss") in scenes]


def conditions_of(events: pd.DataFrame, protocol: Protocol) -> list[Condition]:
    """Sort a run's events by trial type.

    Parameters
    ----------
    events : pandas.DataFrame
        The run's events, with the columns of ``task.record.columns``.
    protocol : Protocol
        Says which trial types there are.

    Returns
    -------
    list of Condition
        One for each trial type, with or without events.
    """
    return [_condition(name, events[events["trial_type"] == name]) for name in trial_types_of(protocol)]


def cells_of(events: pd.DataFrame, protocol: Protocol) -> list[Condition]:
    """Sort the events from which both match and rank are known by cell.

    That is ``feedback``; where match and rank come apart, it is the later of the two.

    Parameters
    ----------
    events, protocol
        As for ``conditions_of``.

    Returns
    -------
    list of Condition
        The four cells of match or not and ranked high or low, where the rank was shown, and ``hidden``, where it was
        not; with or without events. None where a protocol never shows both.
    """
    completing = {outcome: _completing(protocol, key) for outcome, key in _OUTCOMES.items()}
    conditions = []
    for name in trial_types_of(protocol):
        outcomes = [outcome for outcome in _OUTCOMES if completing[outcome] == name]
        if not outcomes:
            continue
        rows = events[(events["trial_type"] == name) & events["match"].isin(outcomes)]
        is_explicit = rows["rank_shown"] == "yes"
        is_high = ranked_high(rows["rank"], protocol.deciders.responders)
        if "explicit" in protocol.deciders.kinds:
            for outcome in outcomes:
                is_here = is_explicit & (rows["match"] == outcome)
                conditions.append(_condition(f"{name}_{outcome}_high", rows[is_here & is_high]))
                conditions.append(_condition(f"{name}_{outcome}_low", rows[is_here & ~is_high]))
        if "hidden" in protocol.deciders.kinds:
            conditions.append(_condition(f"{name}_hidden", rows[~is_explicit]))
    return conditions


def modulators_of(events: pd.DataFrame, protocol: Protocol) -> tuple[list[Condition], list[str]]:
    """Make the modulators of a run: rank (where it was shown) and match, each where the feedback tells it.

    Amplitudes are centred over the run's own events and never scaled.

    Parameters
    ----------
    events, protocol
        As for ``conditions_of``.

    Returns
    -------
    modulators : list of Condition
        Those that vary over the run.
    left_out : list of str
        Names of those that do not, or that have a single event or none: centred, they would be nothing but zeros.
    """
    modulators, left_out = [], []
    for name in trial_types_of(protocol):
        rows = events[events["trial_type"] == name]
        values = {}
        if name in _SHOW_MATCH:
            values[f"{name}_by_match"] = (rows["match"] == "match").astype("float64")
        if name in _SHOW_RANK:
            values[f"{name}_by_rank"] = rows.loc[rows["rank_shown"] == "yes", "rank"].astype("float64")
        for modulator, value in values.items():
            if value.nunique() < 2:
                left_out.append(modulator)
            else:
                modulators.append(_condition(modulator, rows.loc[value.index], value - value.mean()))
    return modulators, left_out


def _completing(protocol: Protocol, outcome: str) -> str | None:
    """Name the scene that makes the feedback complete after an outcome, or None if none does."""
    match_is_known = rank_is_known = False
    for slot in protocol.slots:
        scene = getattr(slot, outcome)
        match_is_known |= scene in _SHOW_MATCH
        rank_is_known |= scene in _SHOW_RANK
        if match_is_known and rank_is_known:
            return str(scene)
    return None


def _condition(name: str, rows: pd.DataFrame, amplitudes: pd.Series | None = None) -> Condition:
    values = [1.0] * len(rows) if amplitudes is None else amplitudes
    return Condition(name, tuple(map(Occurrence, rows["onset"], rows["duration"], values)))
