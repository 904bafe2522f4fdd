"""The mind of a simulated participant: it learns from the scenes shown, and chooses by softmax."""

import math

import numpy as np

from task.model.beliefs import RESPONDERS, HiddenRankBelief, OutcomeBelief, RankBelief, value
from task.plan.rules import Side
from task.scene.scenes import Choice, Feedback, MatchFeedback, RankFeedback, Scene, Share


class LearningMind:
    """Learns about each Decider, told apart by its avatar.

    Parameters
    ----------
    w : float
        From 0 (only outcomes count) to 1 (only ranks count).
    beta : float
        How strictly it goes by value; 0 chooses at random.
    split_rate : float
        How often it splits rather than keeps, after a match.
    draw : numpy.random.Generator
        The source of randomness.
    responders : int
        The lowest rank that there is.
    """

    def __init__(
        self, w: float, beta: float, split_rate: float, draw: np.random.Generator, responders: int = RESPONDERS
    ) -> None:
        self._responders = responders
        self._w, self._beta, self._split_rate, self._draw = w, beta, split_rate, draw
        self._shown_ranks: dict[str, RankBelief] = {}
        self._hidden_ranks: dict[str, HiddenRankBelief] = {}
        self._outcomes: dict[str, OutcomeBelief] = {}

    def learn(self, scene: Scene) -> None:
        """Update the beliefs about a Decider by what a scene says of it."""
        if isinstance(scene, Feedback | MatchFeedback):
            self._outcomes.setdefault(scene.avatar, OutcomeBelief()).see_match(scene.match)
            hidden = self._hidden_ranks.setdefault(scene.avatar, HiddenRankBelief(self._responders))
            hidden.see_match(scene.spots, scene.match)
        if isinstance(scene, Feedback | RankFeedback) and scene.rank is not None:
            self._shown_ranks.setdefault(scene.avatar, RankBelief(self._responders)).see_rank(scene.rank)

    def value_of(self, avatar: str) -> float:
        """Give the value of a Decider under the present beliefs, from 0 to 1."""
        rank = self._shown_ranks.get(avatar) or self._hidden_ranks.get(avatar) or RankBelief(self._responders)
        return value(rank.mean, self._outcomes.get(avatar, OutcomeBelief()).mean, self._w, self._responders)

    def decide(self, scene: Choice | Share) -> Side:
        """Choose a Decider by softmax over the values, or a share by the split rate."""
        if isinstance(scene, Share):
            split: Side = "left" if scene.keep_side == "right" else "right"
            return split if self._draw.random() < self._split_rate else scene.keep_side
        difference = self._beta * (self.value_of(scene.left) - self.value_of(scene.right))
        return "left" if self._draw.random() < 1 / (1 + math.exp(-difference)) else "right"
