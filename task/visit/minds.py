"""The simulated participant's mind: which one was asked for, and what it remembers of earlier runs."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from task.model.mind import LearningMind
from task.plan.draw import Draw
from task.record.history import Attempt
from task.record.journal import read_journal
from task.record.kinds.screen import Onset
from task.record.layout import Person
from task.record.order import order_of
from task.record.records import of_kind
from task.scene.base import Scene
from task.visit.requests import RequestError

_TAKES = {
    "learner": ("--w", "--beta"),
    "outcomes": ("--beta",),
    "ranks": ("--beta",),
    "rescorla_wagner": ("--w", "--beta", "--learning-rates"),
    "chance": (),
}
_RATES = (0.3, 0.3)

Rates = tuple[float, float]


@dataclass(frozen=True)
class SimulatedMindSettings:
    """Who the simulated participant is."""

    w: float = 0.5
    beta: float = 3.0
    split_rate: float = 0.5
    seed: int = 1
    learning_rates: tuple[float, float] | None = None


@dataclass(frozen=True)
class SimulatedMind:
    """What was asked for; what was not is as it would be otherwise. What cannot be raises RequestError at once.

    Attributes
    ----------
    kind : str
        One of the learner's models: "learner", "outcomes" only, "ranks" only, "rescorla_wagner", or "chance".
    w, beta : float or None
        The weight of ranks against outcomes, from 0 to 1, and how strictly the better one is chosen.
    learning_rates : tuple of float or None
        Of "rescorla_wagner", for ranks and for outcomes, from 0 to 1.
    """

    kind: str = "learner"
    w: float | None = None
    beta: float | None = None
    learning_rates: Rates | None = None

    def __post_init__(self) -> None:
        if self.kind not in _TAKES:
            raise RequestError(f"--mind {self.kind}: one of {', '.join(_TAKES)}")
        asked = {"--w": self.w, "--beta": self.beta, "--learning-rates": self.learning_rates}
        for option, value in asked.items():
            if value is not None and option not in _TAKES[self.kind]:
                takes = " and ".join(_TAKES[self.kind]) or "none of these"
                raise RequestError(f"{option}: --mind {self.kind} has none (it takes {takes}). Leave {option} out")
        if self.w is not None and not 0 <= self.w <= 1:
            raise RequestError(f"--w {self.w:g}: a number from 0 (only outcomes count) to 1 (only ranks count)")
        if self.beta is not None and not (self.beta >= 0 and math.isfinite(self.beta)):
            raise RequestError(f"--beta {self.beta:g}: a number from 0 (chooses by chance) upwards")
        if not all(0 <= rate <= 1 for rate in self.learning_rates or ()):
            rates = " ".join(f"{rate:g}" for rate in self.learning_rates or ())
            raise RequestError(f"--learning-rates {rates}: two numbers from 0 (learns nothing) to 1, ranks first")

    def settings_for(self, usual: SimulatedMindSettings) -> SimulatedMindSettings:
        """Give the settings of a simulated participant who would usually be another."""
        w = {"outcomes": 0.0, "ranks": 1.0}.get(self.kind, usual.w if self.w is None else self.w)
        beta = 0.0 if self.kind == "chance" else usual.beta if self.beta is None else self.beta
        rates = (self.learning_rates or _RATES) if self.kind == "rescorla_wagner" else None
        return replace(usual, w=w, beta=beta, learning_rates=rates)


def simulated_mind(settings: SimulatedMindSettings, person: Person, responders: int = 8) -> LearningMind:
    """Make the mind of a simulated participant, which goes on learning from run to run."""
    draw = generator_of(settings, person, "mind")
    return LearningMind(
        settings.w, settings.beta, settings.split_rate, draw, responders, learning_rates=settings.learning_rates
    )


def remember(mind: LearningMind, attempts: Sequence[Attempt]) -> None:
    """Let a simulated participant see again all that earlier attempts have shown, in that order."""
    journals = [read_journal(one.journal) for one in attempts if one.problem is None]
    for place in order_of(journals).places:
        for onset in of_kind(journals[place], Onset):
            if isinstance(onset.scene, Scene):
                mind.learn(onset.scene)


def generator_of(settings: SimulatedMindSettings, person: Person, *purpose: str | int) -> np.random.Generator:
    """Give the source of randomness for a purpose, so that what is drawn for one does not change another."""
    names = (settings.seed, person.participant, person.session or "", *purpose)
    return np.random.Generator(np.random.PCG64(Draw("simulated participant", *names).below(2**63)))
