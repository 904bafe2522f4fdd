"""From a run's events to its conditions: which events are modelled together, from when, how long, how strongly.

``configs/glm`` says what to model; this is the one place that does it. The writers of each package's format take what
it gives, rounded as the files hold it, so that all of them say the same.
"""

from collections import Counter
from dataclasses import dataclass

import pandas as pd

from task.config.glm import MISSING, Between, Columns, Glm
from task.config.glm import Condition as Asked
from task.config.glm import Modulator as AskedModulator
from task.config.protocol import Protocol
from task.config.read import read_glm
from task.plan.rules import ranked_high
from task.record.columns import COLUMNS, TRIAL_TYPES

DEFAULT_GLM = "match_by_rank"
SIGNALS = ("rank_update", "outcome_update", "match_surprise", "rank_surprise")
VALUES = ("value_chosen", "value_unchosen", "choice_probability")
"""Signals of the learner that need the participant's own parameters."""
COLUMNS_TO_MODEL: Columns = {
    **{one.name: None if one.units or one.is_whole_number else tuple(one.levels) for one in COLUMNS},
    "ranked": ("high", "low"),
    **dict.fromkeys((*SIGNALS, *VALUES)),
}


@dataclass(frozen=True)
class Modulator:
    """A modulator: a centred value for each event of its condition, 0 where it has none; empty if it was left out."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Condition:
    """A condition of a run: onsets and durations in seconds, and its modulators. Without events, all are empty."""

    name: str
    onsets: tuple[float, ...]
    durations: tuple[float, ...]
    modulators: tuple[Modulator, ...] = ()

    def name_of(self, modulator: Modulator) -> str:
        """What a modulator is called in a design matrix."""
        return f"{self.name}_by_{modulator.name}"


@dataclass(frozen=True)
class Modelled:
    """A run as it is modelled.

    Attributes
    ----------
    stem : str
        How the names of its files begin.
    run : int
        Number of the run.
    tr_s : float
        Repetition time in seconds.
    volumes : int
        How many volumes a design matrix of it has.
    conditions : tuple of Condition
        All that the protocol can have, with or without events.
    left_out : tuple of str
        Conditions and modulators that cannot be estimated in this run, and why.
    doubts : tuple of str
        What else the analyst has to know.
    """

    stem: str
    run: int
    tr_s: float
    volumes: int
    conditions: tuple[Condition, ...]
    left_out: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()

    @property
    def estimable(self) -> set[str]:
        """Names of the conditions and modulators that have a column of their own in this run."""
        names = {one.name for one in self.conditions if one.onsets}
        return names | {one.name_of(by) for one in self.conditions for by in one.modulators if by.values}


def glm_to_export(name_or_file: str = DEFAULT_GLM) -> Glm:
    """Read what to model, and hold it against the columns that there are; raise ConfigError if it is wrong."""
    return read_glm(name_or_file, COLUMNS_TO_MODEL)


def possible_in(glm: Glm, protocol: Protocol) -> list[Asked]:
    """List the conditions that can come up under a protocol: the same for each of its runs."""
    scenes = {scene for slot in protocol.slots for scene in slot.scenes}
    can_be = {
        "trial_type": {name for name in TRIAL_TYPES if name.removesuffix("_miss") in scenes},
        "rank_shown": {"yes" if kind == "explicit" else "no" for kind in protocol.deciders.kinds},
    }

    def can(condition: Asked) -> bool:
        wanted = {column: condition.where[column] for column in can_be if column in condition.where}
        return all(set(one.values) & can_be[column] for column, one in wanted.items())

    return [condition for condition in glm.conditions if can(condition)]


def model_run(
    events: pd.DataFrame,
    glm: Glm,
    protocol: Protocol,
    *,
    stem: str,
    run: int,
    volumes: int,
    signals: pd.DataFrame | None = None,
) -> Modelled:
    """Sort a run's events into conditions.

    Parameters
    ----------
    events : pandas.DataFrame
        The run's events, with the columns of ``task.record.columns``.
    glm : Glm
        What to model.
    protocol : Protocol
        Says which conditions there can be, and where the better half of the ranks ends.
    stem, run, volumes
        See ``Modelled``.
    signals : pandas.DataFrame, optional
        The learner's signals, a row for each trial, joined by ``trial``.

    Returns
    -------
    Modelled
        All conditions that the protocol can have, and what was left out and why.
    """
    table = _table(events, protocol, signals)
    conditions, left_out, doubts = [], [], []
    taken: dict[int, list[str]] = {place: [] for place in table.index}
    for asked in possible_in(glm, protocol):
        rows = table[_mask(table, asked)]
        if asked.at == "event":
            for place in rows.index:
                taken[place].append(asked.name)
        condition, why, doubt = _condition(rows, asked)
        conditions.append(condition)
        left_out += why
        doubts += doubt
    doubts += _miscounted(table, taken)
    tr_s = protocol.scan.tr_s
    return Modelled(stem, run, tr_s, volumes, tuple(conditions), tuple(left_out), tuple(doubts))


def _table(events: pd.DataFrame, protocol: Protocol, signals: pd.DataFrame | None) -> pd.DataFrame:
    """Put beside the events what can be modelled as well."""
    responders = protocol.deciders.responders
    halves = [None if pd.isna(one) else "high" if ranked_high(one, responders) else "low" for one in events["rank"]]
    table = events.assign(ranked=pd.Series(halves, index=events.index, dtype="str"))
    if signals is None:
        return table
    added = signals.astype({"trial": "Int64"}).drop_duplicates("trial").set_index("trial")
    return table.join(added, on="trial")


def _mask(table: pd.DataFrame, asked: Asked) -> pd.Series:
    taken = pd.Series(True, index=table.index)
    for column, wanted in asked.where.items():
        values = table[column] if column in table else pd.Series(float("nan"), index=table.index)
        if isinstance(wanted, Between):
            fits = values.between(wanted.low, wanted.high)
        else:
            fits = values.isin([one for one in wanted.values if one != MISSING])
            fits |= values.isna() & (MISSING in wanted.values)
        taken &= fits.fillna(False).astype(bool)
    return taken


def _condition(rows: pd.DataFrame, asked: Asked) -> tuple[Condition, list[str], list[str]]:
    """Make a condition of its events; say what of it was left out, and what is doubtful."""
    left_out, doubts = [], []
    onsets, durations = rows["onset"], rows["duration"]
    unanswered = rows["response_time"].isna()
    if asked.at == "press":
        rows, onsets = rows[~unanswered], (onsets + rows["response_time"])[~unanswered]
        if unanswered.any():
            doubts.append(f"{asked.name}: {unanswered.sum()} events without a press are not in it")
    elif asked.duration == "response_time":
        durations = rows["response_time"].fillna(durations)
        if unanswered.any():
            doubts.append(
                f"{asked.name}: {unanswered.sum()} events without a response time have their measured duration"
            )
    if asked.duration not in ("measured", "response_time"):
        durations = pd.Series(0.0 if asked.duration == "impulse" else asked.duration, index=rows.index)
    if rows.empty:
        left_out.append(f"{asked.name}: no event")
        nothing = tuple(Modulator(by.label, ()) for by in asked.modulators)
        return Condition(asked.name, (), (), nothing), left_out, doubts
    modulators = []
    for by, name in zip(asked.modulators, asked.regressors[1:], strict=True):
        values, why = _centred(rows, by)
        modulators.append(Modulator(by.label, values))
        if why:
            left_out.append(f"{name}: {why}")
    starts, lengths = (tuple(round(float(one), 4) for one in times) for times in (onsets, durations))
    return Condition(asked.name, starts, lengths, tuple(modulators)), left_out, doubts


def _centred(rows: pd.DataFrame, by: AskedModulator) -> tuple[tuple[float, ...], str | None]:
    """Give a modulator's values, minus their mean over the run, or none and the reason."""
    if by.column not in rows:
        return (), "its column is not known here"
    values = rows[by.column].map(by.values) if by.values else rows[by.column]
    values = values.astype("float64")
    known = values.dropna()
    if known.empty:
        return (), "it has no value in any event"
    if len(known) == 1:
        return (), "a single event has a value"
    if known.nunique() == 1:
        return (), f"it is the same ({known.iloc[0]:g}) in all {len(known)} events"
    centred = (values - known.mean()).fillna(0.0)
    return tuple(round(float(one), 6) for one in centred), None


def _miscounted(table: pd.DataFrame, taken: dict[int, list[str]]) -> list[str]:
    """Name events that no condition takes, and those that several take."""
    unmodelled = Counter(str(table.at[place, "trial_type"]) for place, names in taken.items() if not names)
    twice = Counter(" and ".join(names) for names in taken.values() if len(names) > 1)
    said = [
        f"{count} events of {name} are in no condition, and so in the baseline" for name, count in unmodelled.items()
    ]
    return said + [f"{count} events are in {names} at once" for names, count in twice.items()]
