"""The events table of a run: one row per event, made from a journal, or from a plan before anybody has chosen.

A row holds what its trial had shown by then. Fixation is no event: it is the baseline.
"""

from collections.abc import Iterable
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pandas as pd

from task.computer.files import write_text
from task.computer.quoting import as_tsv
from task.plan.cues import cues_of
from task.plan.plan import Plan, RunPlan, Trial
from task.record.columns import COLUMNS, NAMES, TRIAL_TYPES
from task.record.correction import corrected_zero, correction_of
from task.record.kinds.answers import Choice, Feedback, Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import End
from task.record.kinds.screen import Onset
from task.record.records import Record, first, of_kind, stamp_of

Row = dict[str, Any]

_SHOWS_MATCH = ("feedback", "match")
_SHOWS_RANK = ("feedback", "rank")


def events_of(records: list[Record]) -> pd.DataFrame:
    """Make the events table of a journal.

    Parameters
    ----------
    records : list of Record
        The journal's records; a run that ended early gives its events so far.

    Returns
    -------
    pandas.DataFrame
        Columns as in ``task.record.columns``; missing values are NA. Empty if the run never reached its zero.
    """
    zero = corrected_zero(records)
    if zero is None:
        return _table([])
    correction = correction_of(records)
    moved_s = correction.by_s if correction else 0.0
    plan = head_in(records).plan
    types = {decider.id: decider.type for decider in plan.deciders}
    trials = {trial.trial: trial for trial in plan.runs[0].trials}
    slots = [slot.name for slot in plan.protocol.slots]
    choices = {one.trial: one for one in of_kind(records, Choice)}
    feedbacks = {one.trial: one for one in of_kind(records, Feedback)}
    shares = {one.trial: one for one in of_kind(records, Share)}
    onsets, end = of_kind(records, Onset), first(records, End)
    last = end.t if end else max(t for record in records if (t := stamp_of(record)) is not None)
    rows: list[Row] = []
    shown: set[str] = set()
    for onset, following in zip_longest(onsets, onsets[1:]):
        trial_type, number = onset.scene.slot_name, onset.trial
        until = following.t if following else last
        if trial_type not in TRIAL_TYPES or number is None or until <= onset.t:  # no event, or nothing of it was seen
            continue
        trial, choice, feedback, share = trials[number], choices.get(number), feedbacks.get(number), shares.get(number)
        answer = choice if trial_type == "choice" else share if trial_type == "share" else None
        if trial_type in ("choice", "share"):
            if answer is None:  # the run ended before it was decided
                continue
            if answer.side is None:
                trial_type += "_miss"
        shown = {trial_type} if trial_type.startswith("choice") else shown | {trial_type}
        row: Row = {
            "onset": onset.t - zero,
            "duration": until - onset.t,
            "trial_type": trial_type,
            "response_time": answer.response_time if answer else None,
            **_offer(trial),
            "decider": choice.decider if choice else None,
            "type": types.get(choice.decider) if choice and choice.decider else None,
            "side": answer.side if answer else None,
            "planned_onset": onset.planned - moved_s,
            "planned_duration": plan.seconds(trial.lengths[slots.index(onset.slot)]),
        }
        if feedback and shown & set(_SHOWS_MATCH):
            row |= {"spots": feedback.spots, "match": "match" if feedback.match else "no_match"}
        if feedback and shown & set(_SHOWS_RANK):
            row["rank"] = feedback.rank
        if trial_type.startswith("share") and share:
            row |= {"share": share.share, "points": share.points}
        rows.append(row)
    return _table(rows)


def planned_events(plan: Plan, run: RunPlan) -> pd.DataFrame:
    """Make the events table of a planned run: what only the participant decides is NA.

    Each trial stands there as it goes after a match, since only then is everything shown.
    """
    rows = []
    for cue in cues_of(plan, run):
        slot, trial = cue.slot, cue.trial
        if slot is None or trial is None:
            continue
        trial_type = slot.shows or slot.after_match
        if trial_type == "fixation":
            continue
        length = plan.seconds(trial.lengths[plan.protocol.slots.index(slot)])
        onset = plan.seconds(cue.tick)
        rows.append(
            {
                "onset": onset,
                "duration": length,
                "trial_type": trial_type,
                **_offer(trial),
                "planned_onset": onset,
                "planned_duration": length,
            }
        )
    return _table(rows)


def events_text(events: pd.DataFrame) -> str:
    """Give an events table as BIDS wants it: tabs, ``n/a`` for missing values, times to a tenth of a millisecond."""
    return as_tsv(events, "%.4f")


def write_events(events: pd.DataFrame, path: Path) -> None:
    """Write an events table as BIDS wants it."""
    write_text(path, events_text(events))


def read_events(path: Path) -> pd.DataFrame:
    """Read an events table that ``write_events`` wrote."""
    return _typed(pd.read_csv(path, sep="\t", na_values="n/a", keep_default_na=False))


def _offer(trial: Trial) -> Row:
    return {
        "trial": trial.trial,
        "left": trial.left,
        "right": trial.right,
        "rank_shown": "yes" if trial.kind == "explicit" else "no",
    }


def _table(rows: Iterable[Row]) -> pd.DataFrame:
    return _typed(pd.DataFrame(list(rows), columns=NAMES))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    numbers = [c.name for c in COLUMNS if c.units]
    whole = [c.name for c in COLUMNS if c.is_whole_number]
    words = [c.name for c in COLUMNS if not c.units and not c.is_whole_number]
    types = (("float64", numbers), ("Int64", whole), ("str", words))
    return table.astype({name: kind for kind, names in types for name in names})
