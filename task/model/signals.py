"""What a participant's learning should look like in the brain: a number for each trial and signal, for the GLM.

Updates and surprises are in nats, and depend on nothing but what was shown. Values and the probability of the choice
depend on the participant's own w and beta as well.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from task.model.beliefs import Array, Beliefs
from task.model.trials import LEFT, Seen, Trials, as_arrays, trials_of
from task.record.kinds.head import head_in
from task.record.records import Record

SIGNALS = {
    "rank_update": "KL(posterior || prior) of the belief about the Decider's mean rank, in nats",
    "outcome_update": "KL(posterior || prior) of the belief about the Decider's match probability, in nats; negative "
    "if there was no match",
    "match_surprise": "-log of the expected probability of the match, or of none, in nats",
    "rank_surprise": "-log of the expected probability of the rank, in nats; only where the rank was shown",
    "value_chosen": "Value of the chosen Decider at the choice, from 0 to 1, by the participant's w",
    "value_unchosen": "Value of the other Decider at the choice, from 0 to 1, by the participant's w",
    "choice_probability": "Probability of the choice that was made, by the participant's w and beta",
}
"""The signals, and what they are; the last three need w and beta."""
UPDATES = ("rank_update", "outcome_update", "match_surprise", "rank_surprise")
"""Those that depend on nothing but what was shown."""


@dataclass(frozen=True)
class Parameters:
    """Who a participant is: ``w`` from 0 (only outcomes count) to 1 (only ranks count), ``beta`` above 0."""

    w: float
    beta: float


@dataclass(frozen=True)
class Learned:
    """What ideal observers expect and learn, as arrays of trials x participants; NaN where nothing was learned.

    ``chosen`` and ``unchosen`` have a leading axis of two: what these Deciders are worth at the choice by their rank,
    and by their outcome. After a miss it is the right one that stands there as chosen.
    """

    chosen: Array
    unchosen: Array
    rank_update: Array
    outcome_update: Array
    match_surprise: Array
    rank_surprise: Array


def learned_from(trials: Trials) -> Learned:
    """Let ideal observers see what these participants were shown."""
    shape = trials.side.shape
    beliefs = Beliefs(shape[1], trials.deciders, trials.responders)
    everybody = np.arange(shape[1])
    left, right = np.empty((2, *shape)), np.empty((2, *shape))
    rank_update, outcome_update, match_surprise, rank_surprise = (np.full(shape, np.nan) for _ in range(4))
    for t, chosen in enumerate(trials.chosen):
        left[:, t] = beliefs.values(everybody, trials.left[t])
        right[:, t] = beliefs.values(everybody, trials.right[t])
        who = np.flatnonzero(trials.match[t] >= 0)
        outcome_update[t, who], match_surprise[t, who], rank_update[t, who] = beliefs.see_match(
            who, chosen[who], trials.spots[t, who], trials.match[t, who] == 1
        )
        who = np.flatnonzero(trials.rank[t] > 0)
        rank_update[t, who], rank_surprise[t, who] = beliefs.see_rank(who, chosen[who], trials.rank[t, who])
    is_left = trials.side == LEFT
    chosen, unchosen = np.where(is_left, left, right), np.where(is_left, right, left)
    signals = rank_update, outcome_update, match_surprise, rank_surprise
    return Learned(chosen, unchosen, *signals)


def signals_of(journals: Sequence[Sequence[Record]], parameters: Parameters | None = None) -> list[pd.DataFrame]:
    """Give the signals of one participant's trials.

    Parameters
    ----------
    journals : sequence of sequences of Record
        The records of all attempts of one participant, of all sessions, in any order: they are learned from in the
        order in which they were performed.
    parameters : Parameters, optional
        The participant's w and beta; without them values and choice probabilities are NaN.

    Returns
    -------
    list of pandas.DataFrame
        One for each journal, as given: a row for each trial that was answered or missed, with the columns ``trial``
        and those of ``SIGNALS``. What a trial does not have is NaN: a miss has nothing.

    Raises
    ------
    ValueError
        If the journals do not agree on how many Responders there are.
    """
    seen = trials_of(journals)
    learned = learned_from(as_arrays([seen], [responders_of(journals)]))
    tables = dict(signals_by_journal(seen, learned, 0, parameters))
    return [tables.get(place, _signals([], np.empty((len(SIGNALS), 0)))) for place in range(len(journals))]


def signals_by_journal(
    seen: Sequence[Seen], learned: Learned, participant: int, parameters: Parameters | None
) -> Iterator[tuple[int, pd.DataFrame]]:
    """Give the signals of each journal that has trials, by its place: as ``signals_of``, from what is known already."""
    count = len(seen)
    updates = [getattr(learned, name)[:count, participant] for name in UPDATES]
    values = np.full((3, count), np.nan)
    if parameters is not None:
        mixed = np.array([learned.chosen, learned.unchosen])[..., :count, participant]
        values[:2] = parameters.w * mixed[:, 0] + (1 - parameters.w) * mixed[:, 1]
        values[2] = expit(parameters.beta * (values[0] - values[1]))
        values[:, [one.side is None for one in seen]] = np.nan
    signals = np.array([*updates, *values])
    for place in dict.fromkeys(one.journal for one in seen):
        rows = [i for i, one in enumerate(seen) if one.journal == place]
        yield place, _signals([seen[i].trial for i in rows], signals[:, rows])


def _signals(trials: list[int], signals: Array) -> pd.DataFrame:
    return pd.DataFrame({"trial": np.array(trials, dtype=int), **dict(zip(SIGNALS, signals, strict=True))})


def responders_of(journals: Sequence[Sequence[Record]]) -> int:
    """Give how many Responders the Deciders rank; raise ValueError if the journals do not agree."""
    numbers = sorted({head_in(journal).protocol["deciders"]["responders"] for journal in journals})
    if len(numbers) > 1:
        raise ValueError(
            f"the runs have different numbers of Responders ({', '.join(map(str, numbers))}), so that their ranks mean "
            "different things"
        )
    return int(numbers[0]) if numbers else 8
