"""What is said before a run, after it, and when it was ended early."""

from dataclasses import dataclass

from task.config.protocol import Protocol
from task.scene.base import Scene


@dataclass(frozen=True)
class Waiting(Scene):
    """Before the first pulse: lie still."""

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the one form that it has."""
        return {"waiting": cls()}


@dataclass(frozen=True)
class Paused(Scene):
    """The run was ended early: lie still."""

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the one form that it has."""
        return {"paused": cls()}


@dataclass(frozen=True)
class EndOfRun(Scene):
    """The run is over, and this is what it earned."""

    run: int
    runs: int
    points: int

    @classmethod
    def examples(cls, protocol: Protocol, first: str, second: str) -> dict[str, Scene]:
        """Give the end of the last run, with the most points that a session can earn: no other end is as wide."""
        runs = protocol.runs
        return {"end_of_run": cls(runs.count, runs.count, runs.count * runs.trials * protocol.trust_game.pot)}
