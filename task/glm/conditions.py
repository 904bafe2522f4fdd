"""From a run's events to its conditions: which events are modelled together, from when, how long, how strongly.

``configs/glm`` says what to model; this is the one place that does it. The writers of each package's format take what
it gives, rounded as the files hold it, so that all of them say the same.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from task.config import finding, read
from task.config.glm import MISSING, Between, Columns, Glm
from task.config.glm import Condition as Asked
from task.config.glm import Modulator as AskedModulator
from task.config.protocol import Protocol
from task.glm.response import held
from task.plan.rules import ranked_high
from task.record.columns import COLUMNS, TRIAL_TYPES

DEFAULT_GLM = "match_by_rank"
_SAME = 1e-9  # of the largest value: what differs less is the same number, added up in another order
_DIGITS = 7  # of a modulator's largest value: as many as the files hold
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
    """A modulator: a centred value for each event of its condition, 0 where it has none; or none at all, and why."""

    name: str
    values: tuple[float, ...]
    why_not: str = ""


@dataclass(frozen=True)
class Condition:
    """A condition of a run: onsets and durations in seconds, and its modulators; all empty where it has no column."""

    name: str
    onsets: tuple[float, ...]
    durations: tuple[float, ...]
    modulators: tuple[Modulator, ...] = ()
    why_not: str = "no event"

    def name_of(self, modulator: Modulator) -> str:
        """What a modulator is called in a design matrix."""
        return f"{self.name}_by_{modulator.name}"

    @property
    def amplitudes(self) -> dict[str, tuple[float, ...]]:
        """Amplitudes by the names in a design matrix: its own, then its modulators'; none for what was left out."""
        own = {self.name: (1.0,) * len(self.onsets)}
        return own | {self.name_of(by): by.values for by in self.modulators}

    @property
    def left_out(self) -> dict[str, str]:
        """What has no column in this run, and why; without an event, the modulators go with their condition."""
        if not self.onsets:
            return dict.fromkeys(self.amplitudes, f"{self.name}: {self.why_not}")
        return {name: f"{name}: {by.why_not}" for by in self.modulators for name in [self.name_of(by)] if not by.values}


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
    doubts : tuple of str
        What the analyst has to know, beside what was left out.
    """

    stem: str
    run: int
    tr_s: float
    volumes: int
    conditions: tuple[Condition, ...]
    doubts: tuple[str, ...] = ()

    @property
    def image(self) -> str:
        """How the names of its images begin: a plan's are those that will be recorded."""
        return self.stem.partition("_desc-")[0]

    @property
    def left_out(self) -> dict[str, str]:
        """Why conditions and modulators, by their names in a design matrix, have no column in this run."""
        return {name: why for one in self.conditions for name, why in one.left_out.items()}

    @property
    def estimable(self) -> list[str]:
        """Names of the conditions and modulators that have a column in this run."""
        return [name for one in self.conditions for name, values in one.amplitudes.items() if values]

    def notes(self, who: str, glm: Glm) -> list[str]:
        """Say to the operator what the analyst has to know of a run; ``who`` names the run."""
        left_out = [f"left out of the GLM {glm.name}: {why}" for why in dict.fromkeys(self.left_out.values())]
        return [f"{who}: {what}" for what in (*self.doubts, *left_out)]


def glm_to_export(name_or_file: str = DEFAULT_GLM) -> Glm:
    """Read what to model, and hold it against the columns that there are; raise ConfigError if it is wrong."""
    glm = read.read_glm(name_or_file, COLUMNS_TO_MODEL)
    file = finding.file_of("glm", name_or_file)
    source = glm.name if file == finding.place_of_name("glm", glm.name) else str(file.resolve())
    return glm.stamped(f"{file.name}, sha-256 {hashlib.sha256(file.read_bytes()).hexdigest()}", source)


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
    table, tr_s = _table(events, protocol, signals), protocol.scan.tr_s
    conditions, doubts = [], []
    taken: dict[int, list[str]] = {place: [] for place in table.index}
    for asked in possible_in(glm, protocol):
        rows = table[_mask(table, asked)]
        if asked.at == "event":
            for place in rows.index:
                taken[place].append(asked.name)
        condition, doubt = _condition(rows, asked, volumes, tr_s)
        conditions.append(condition)
        doubts += doubt
    doubts += [*_miscounted(table, taken), *_outside(events["onset"], volumes * tr_s)]
    return Modelled(stem, run, tr_s, volumes, tuple(conditions), tuple(doubts))


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


def _condition(rows: pd.DataFrame, asked: Asked, volumes: int, tr_s: float) -> tuple[Condition, list[str]]:
    """Make a condition of its events; say what is doubtful about it."""
    doubts = []
    onsets, durations = rows["onset"], rows["duration"]
    unanswered = rows["response_time"].isna()
    if asked.at == "press":
        rows, onsets = rows[~unanswered], (onsets + rows["response_time"])[~unanswered]
        if unanswered.any():
            doubts.append(f"{asked.name}: events without a press, which are not in it: {unanswered.sum()}")
    elif asked.duration == "response_time":
        durations = rows["response_time"].fillna(durations)
        if unanswered.any():
            doubts.append(f"{asked.name}: events with no response time but a measured duration: {unanswered.sum()}")
    if asked.duration not in ("measured", "response_time"):
        durations = pd.Series(0.0 if asked.duration == "impulse" else asked.duration, index=rows.index)
    is_held = pd.Series(held(onsets.to_numpy(), durations.to_numpy(), volumes, tr_s), index=rows.index)
    if len(rows) and not is_held.any():
        events = "its only event" if len(rows) == 1 else f"any of its {len(rows)} events"
        empty = tuple(Modulator(one.label, ()) for one in asked.modulators)
        why_not = f"the scan does not hold the response to {events} (half its height, at least)"
        return Condition(asked.name, (), (), empty, why_not), doubts
    modulators = []
    for by, name in zip(asked.modulators, asked.regressors[1:], strict=True):
        modulator, without = _modulator(rows, by, is_held)
        modulators.append(modulator)
        if modulator.values and without:
            doubts.append(f"{name}: events without a value, which are 0 (the mean): {without}")
    starts, lengths = (tuple(round(float(one), 4) for one in times) for times in (onsets, durations))
    return Condition(asked.name, starts, lengths, tuple(modulators)), doubts


def _modulator(rows: pd.DataFrame, by: AskedModulator, is_held: pd.Series) -> tuple[Modulator, int]:
    """Give a modulator, its values minus their mean over the run, and how many events have none.

    It has to vary over the events whose response the scan holds: beside its condition, the others say nothing of it.
    """
    if by.column not in rows:
        return Modulator(by.label, (), "its column is not known here"), 0
    values = rows[by.column].map(by.values) if by.values else rows[by.column]
    values = values.astype("float64")
    known = values[is_held].dropna()
    whose = "" if is_held.all() else " whose response the scan holds"
    if len(known) < 2:
        why_not = f"a single event{whose} has a value" if len(known) else f"it has no value in any event{whose}"
        return Modulator(by.label, (), why_not), 0
    if known.max() - known.min() <= _SAME * known.abs().max():
        why_not = f"it is the same ({known.iloc[0]:g}) in all {len(known)} events{whose}"
        return Modulator(by.label, (), why_not), 0
    centred = (values - values.mean()).fillna(0.0)
    decimals = _DIGITS - 1 - math.floor(math.log10(centred.abs().max()))  # a column may be of very small numbers
    return Modulator(by.label, tuple(round(float(one), decimals) + 0.0 for one in centred)), int(values.isna().sum())


def _outside(onsets: pd.Series, length_s: float) -> Iterator[str]:
    """Say which events the image does not have, as when zero was moved far."""
    if (onsets < 0).any():
        yield f"events that begin before the first stored volume, at negative onsets: {(onsets < 0).sum()}"
    if (onsets >= length_s).any():
        yield f"events that begin after the last volume: {(onsets >= length_s).sum()}"


def _miscounted(table: pd.DataFrame, taken: dict[int, list[str]]) -> list[str]:
    """Name events that no condition takes, and those that several take."""
    unmodelled = Counter(str(table.at[place, "trial_type"]) for place, names in taken.items() if not names)
    twice = Counter(" and ".join(names) for names in taken.values() if len(names) > 1)
    said = [f"events of {name} in no condition, and so in the baseline: {n}" for name, n in unmodelled.items()]
    return said + [f"events in {names} at once: {n}" for names, n in twice.items()]
