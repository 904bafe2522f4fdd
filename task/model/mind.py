"""The mind of a simulated participant: it learns from the scenes shown, and chooses by softmax."""

import math

import numpy as np

from task.model.beliefs import RESPONDERS, Beliefs
from task.model.rescorla_wagner import RescorlaWagner
from task.plan.rules import Side
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.feedback import Feedback, MatchFeedback, RankFeedback
from task.scene.share import Share

_ME = np.array([0])


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
    learning_rates : tuple of float, optional
        For ranks and for outcomes, from 0 to 1: learns as Rescorla and Wagner have it. Left out, it is an ideal
        observer.
    """

    def __init__(
        self,
        w: float,
        beta: float,
        split_rate: float,
        draw: np.random.Generator,
        responders: int = RESPONDERS,
        learning_rates: tuple[float, float] | None = None,
    ) -> None:
        self._responders, self._rates = responders, learning_rates
        self._w, self._beta, self._split_rate, self._draw = w, beta, split_rate, draw
        self._learned: dict[str, Beliefs | RescorlaWagner] = {}

    def learn(self, scene: Scene) -> None:
        """Update the beliefs about a Decider by what a scene says of it."""
        if isinstance(scene, Feedback | MatchFeedback):
            self._of(scene.avatar).see_match(_ME, _ME, np.array([scene.spots]), np.array([scene.match]))
        if isinstance(scene, Feedback | RankFeedback) and scene.rank is not None:
            self._of(scene.avatar).see_rank(_ME, _ME, np.array([scene.rank]))

    def value_of(self, avatar: str) -> float:
        """Give the value of a Decider under the present beliefs, from 0 to 1."""
        rank, outcome = self._of(avatar).values(_ME, _ME)
        return float(self._w * rank[0] + (1 - self._w) * outcome[0])

    def decide(self, scene: Choice | Share) -> Side:
        """Choose a Decider by softmax over the values, or a share by the split rate."""
        if isinstance(scene, Share):
            split: Side = "left" if scene.keep_side == "right" else "right"
            return split if self._draw.random() < self._split_rate else scene.keep_side
        difference = self._beta * (self.value_of(scene.left) - self.value_of(scene.right))
        return "left" if self._draw.random() < 1 / (1 + math.exp(-difference)) else "right"

    def _of(self, avatar: str) -> Beliefs | RescorlaWagner:
        if avatar not in self._learned:
            self._learned[avatar] = self._begin()
        return self._learned[avatar]

    def _begin(self) -> Beliefs | RescorlaWagner:
        if self._rates is None:
            return Beliefs(1, 1, self._responders)
        rank_rate, outcome_rate = np.array(self._rates)
        return RescorlaWagner(rank_rate[None], outcome_rate[None], 1, self._responders)
