"""Which mind the simulated participant has, as asked for on the command line."""

import math
from dataclasses import dataclass, replace

from task.cli.perform import SimulatedMindSettings
from task.cli.requests import RequestError

KINDS = ("learner", "outcomes", "ranks", "rescorla_wagner", "chance")
_RATES = (0.3, 0.3)

MindAsked = tuple[str, float | None, float | None]
"""Kind, w and beta, as they come from the command line."""
ASKED_FOR_NONE: MindAsked = ("learner", None, None)


@dataclass(frozen=True)
class SimulatedMind:
    """What was asked for; what was not is as it would be otherwise.

    Attributes
    ----------
    kind : str
        One of the learner's models: "learner", "outcomes" only, "ranks" only, "rescorla_wagner", or "chance".
    w, beta : float or None
        The weight of ranks against outcomes, from 0 to 1, and how strictly the better one is chosen.
    """

    kind: str = "learner"
    w: float | None = None
    beta: float | None = None

    def settings_for(self, usual: SimulatedMindSettings) -> SimulatedMindSettings:
        """Give the settings of a simulated participant who would usually be another; raise RequestError."""
        if self.kind not in KINDS:
            raise RequestError(f"--mind {self.kind}: one of {', '.join(KINDS)}")
        if self.w is not None and not 0 <= self.w <= 1:
            raise RequestError(f"--w {self.w:g}: a number from 0 (only outcomes count) to 1 (only ranks count)")
        if self.beta is not None and not (self.beta >= 0 and math.isfinite(self.beta)):
            raise RequestError(f"--beta {self.beta:g}: a number from 0 (chooses by chance) upwards")
        w = {"outcomes": 0.0, "ranks": 1.0}.get(self.kind, usual.w if self.w is None else self.w)
        beta = 0.0 if self.kind == "chance" else usual.beta if self.beta is None else self.beta
        return replace(usual, w=w, beta=beta, learning_rates=_RATES if self.kind == "rescorla_wagner" else None)
