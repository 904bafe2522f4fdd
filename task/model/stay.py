"""The stay analysis: whether a Decider is chosen again the next time it is offered, by what it showed last.

Only choices whose rank was shown count. ``rank`` is turned round, so that more is better, and it and ``match`` (1 or 0)
are each standardised over all rows of the group. The study's own coding and scaling are not known; this is ours.

Two models by statsmodels. The mixed logistic regression (``BinomialBayesMixedGLM``, variational Bayes) has a random
intercept and random slopes for each participant, all independent. Its own errors take no account of how far people
differ, and come out too small; its Laplace approximation (``fit_map``) lets the spreads vanish and is of no use here.
So the errors are those of the population-averaged regression (``GEE``), robust to how each participant's choices hang
together.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from task.model.beliefs import Array
from task.model.trials import LEFT, MISSED, Trials

EFFECTS = ("intercept", "rank", "outcome")
LEAST_PARTICIPANTS = 3


class StayError(ValueError):
    """Too little to fit; the text says what."""


@dataclass(frozen=True)
class StayEffects:
    """Log odds of staying, each in the order of ``EFFECTS``.

    Attributes
    ----------
    mixed, spreads : array of 3
        Effects of the mixed model, and their standard deviations over participants.
    averaged, errors : array of 3
        Effects of the population-averaged model, and their robust standard errors.
    choices, participants : int
        How many choices, of how many participants, went in.
    """

    mixed: Array
    spreads: Array
    averaged: Array
    errors: Array
    choices: int
    participants: int


def stays_of(trials: Trials) -> pd.DataFrame:
    """List the choices whose rank was shown, and whether the Decider was chosen the next time that it was offered.

    Returns
    -------
    pandas.DataFrame
        Columns ``participant`` (a number from 0), ``trial``, ``rank`` and ``match`` as shown, ``stay`` (1 or 0). A
        Decider that was not offered again, or whose next offer was missed, makes no row.
    """
    rows = []
    for p in range(trials.side.shape[1]):
        last: dict[int, tuple[int, int, int]] = {}
        for t in range(len(trials.side)):
            side = trials.side[t, p]
            offered = trials.left[t, p], trials.right[t, p]
            if offered[0] == offered[1]:  # beyond this participant's last trial
                continue
            chosen = None if side == MISSED else offered[0] if side == LEFT else offered[1]
            for decider in offered:
                if decider in last and chosen is not None:
                    rows.append((p, *last[decider], int(decider == chosen)))
                last.pop(decider, None)
            if chosen is not None and trials.rank[t, p] > 0 and trials.match[t, p] >= 0:
                last[chosen] = t, trials.rank[t, p], trials.match[t, p]
    return pd.DataFrame(rows, columns=["participant", "trial", "rank", "match", "stay"])


def stay_effects(stays: pd.DataFrame) -> StayEffects:
    """Fit both models to what ``stays_of`` gave.

    Raises
    ------
    StayError
        If there is too little to fit.
    """
    from scipy.sparse import csr_matrix
    from statsmodels.genmod.bayes_mixed_glm import BinomialBayesMixedGLM
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_estimating_equations import GEE

    people, person = np.unique(stays["participant"], return_inverse=True)
    for column in ("rank", "match", "stay"):
        if stays[column].nunique() < 2:
            raise StayError(f"{column} does not vary over the {len(stays)} choices that could be used")
    if len(people) < LEAST_PARTICIPANTS:
        raise StayError(f"{len(people)} participants with such choices; at least {LEAST_PARTICIPANTS} are needed")
    answer = stays["stay"].to_numpy(float)
    predictors = np.column_stack([np.ones(len(stays)), _standardised(-stays["rank"]), _standardised(stays["match"])])
    each = (person[:, None] == np.arange(len(people))).astype(float)
    random = csr_matrix(np.hstack([each * predictor[:, None] for predictor in predictors.T]))
    effects = len(EFFECTS)
    mixed_model = BinomialBayesMixedGLM(answer, predictors, random, np.repeat(np.arange(effects), len(people)))
    # started from the same place each time, as it would else draw one
    mixed = mixed_model.fit_vb(sd=np.full(2 * effects + effects * len(people), 0.6))
    averaged = GEE(answer, predictors, groups=person, family=Binomial()).fit()
    spreads = np.exp(mixed.vcp_mean)
    return StayEffects(mixed.fe_mean, spreads, averaged.params, averaged.bse, len(stays), len(people))


def _standardised(values: pd.Series) -> Array:
    numbers = values.to_numpy(float)
    return (numbers - numbers.mean()) / numbers.std()
