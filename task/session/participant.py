"""The simulated participant: it sees each scene, and its presses come back as strokes like anybody's.

What it chooses is decided by its mind (see ``task.model``); how it presses, misses and fumbles is decided here.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from task.config.site import Strokes
from task.devices.strokes import Notice, Stroke
from task.plan.rules import Side
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.share import Share


class Mind(Protocol):
    """What decides, and learns from what is seen."""

    def decide(self, scene: Choice | Share) -> Side:
        """Pick a side."""

    def learn(self, scene: Scene) -> None:
        """Take in a scene."""


@dataclass(frozen=True)
class Habits:
    """How a simulated participant presses: rates as probabilities per question, times in seconds."""

    miss_rate: float = 0.03
    late_rate: float = 0.01
    early_rate: float = 0.01
    double_rate: float = 0.03
    median_response_s: float = 0.9
    spread: float = 0.35
    fastest_s: float = 0.25


class SimulatedParticipant:
    """An observer and a device in one.

    Parameters
    ----------
    mind : Mind
        Decides and learns.
    strokes : Strokes
        Says which stroke means left, and which right.
    draw : numpy.random.Generator
        The source of randomness for response times, misses and fumbles.
    habits : Habits
        How it presses.
    """

    def __init__(self, mind: Mind, strokes: Strokes, draw: np.random.Generator, habits: Habits | None = None) -> None:
        self._mind, self._draw, self._habits = mind, draw, habits or Habits()
        self._strokes = {"left": strokes.left[0].split(":", 1), "right": strokes.right[0].split(":", 1)}
        self._coming: list[Stroke] = []

    def open(self) -> None:
        """There is nothing to open."""

    def close(self) -> None:
        """Take the hands off the keys."""
        self._coming = []

    def next_due(self) -> float | None:
        """Give the time of the next press; None if none is on its way."""
        return self._coming[0].time if self._coming else None

    def read(self, until: float) -> list[Stroke]:
        """Give the presses made up to ``until``."""
        due = [stroke for stroke in self._coming if stroke.time <= until]
        self._coming = self._coming[len(due) :]
        return due

    def notices(self) -> list[Notice]:
        """There is nothing to know."""
        return []

    def saw(self, scene: Scene, at: float, closes: float | None) -> None:
        """See a scene; press for it, if it takes a response, before ``closes``."""
        self._mind.learn(scene)
        if closes is None or not isinstance(scene, Choice | Share):
            return
        side, habits = self._mind.decide(scene), self._habits
        what = self._draw.random()
        time = at + max(habits.fastest_s, habits.median_response_s * np.exp(self._draw.normal(0, habits.spread)))
        if what < habits.miss_rate:
            return
        if what < habits.miss_rate + habits.late_rate:
            time = closes + self._draw.uniform(0.01, 0.3)
        else:
            time = min(time, closes - 0.01)
        if self._draw.random() < habits.early_rate:
            self._press(at - 0.02, side)
        self._press(time, side)
        if self._draw.random() < habits.double_rate:
            self._press(time + self._draw.uniform(0.03, 0.2), "left" if side == "right" else "right")

    def _press(self, time: float, side: Side) -> None:
        device, code = self._strokes[side]
        self._coming.append(Stroke(float(time), code, device))
        self._coming.sort()
