"""The room that is checked: its files, and its window and devices once they are open."""

import math
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from task.config.protocol import Protocol
from task.config.site import Site
from task.config.wording import Wording
from task.devices.strokes import Device, Stroke
from task.plan.plan import Plan
from task.record.layout import Dataset, Person
from task.record.repeats import Repeats
from task.scene.check import Check as CheckScene

if TYPE_CHECKING:
    from task.screens.window import Window

_PAUSE_S = 0.5
_POLL_S = 0.01
NOTHING_TO_DO = CheckScene("nothing")


class EndedByOperator(Exception):
    """The operator ended the preflight, with the abort key or Ctrl-C."""


@dataclass
class Room:
    """What the checks are about, and what they share.

    Attributes
    ----------
    tell : callable
        Takes a line for the operator.
    time_limit_s : float
        How long to wait for a hand.
    no_hands : str
        Why nobody is to be asked to press anything; empty if somebody is there.
    plan : Plan or None
        What the participant's runs would be performed by, once it is found.
    window, devices
        The participant's screen and the sources of strokes: those that could be opened.
    not_open : set of str
        Names of the devices that could not be opened.
    proven : set of str
        Meanings of the buttons that were pressed when asked for, and arrived.
    heard, repeated : list of Stroke
        All strokes so far, and those of them that were the same press once more, held or bouncing.
    closing : ExitStack
        Closes what was opened.
    """

    site: Site
    protocol: Protocol
    wording: Wording
    dataset: Dataset
    person: Person | None
    tell: Callable[[str], None] = print
    time_limit_s: float = 12.0
    no_hands: str = ""
    plan: Plan | None = None
    draw: np.random.Generator = field(default_factory=np.random.default_rng)
    window: "Window | None" = None
    devices: list[Device] = field(default_factory=list)
    not_open: set[str] = field(default_factory=set)
    proven: set[str] = field(default_factory=set)
    heard: list[Stroke] = field(default_factory=list)
    repeated: list[Stroke] = field(default_factory=list)
    asks: str = "nothing"
    aborts: list[float] = field(default_factory=list)
    was_interrupted: Callable[[], str | None] = lambda: None
    closing: ExitStack = field(default_factory=ExitStack)
    _waiting: list[Stroke] = field(default_factory=list)

    def __post_init__(self) -> None:
        meanings = self.site.strokes.meanings
        self._repeats = Repeats({key for key, meaning in meanings.items() if meaning == "pulse"})

    def meaning(self, stroke: Stroke) -> str | None:
        """Say what a stroke means here."""
        return self.site.strokes.meanings.get((stroke.device, stroke.code))

    def why_not_asked(self, meaning: str) -> str:
        """Say why nobody is to be asked for a stroke of this meaning; nothing if it can arrive."""
        devices = {stroke.partition(":")[0] for stroke in getattr(self.site.strokes, meaning)}
        if self.no_hands or not devices <= self.not_open:
            return self.no_hands
        return f"{' and '.join(sorted(devices))} could not be opened, so nothing can arrive"

    def present(self, scene: CheckScene) -> None:
        """Show a scene on the participant's screen, if it is open."""
        if self.window is not None:
            self.window.prepare([scene])
            self.window.show(scene)
            self.window.flip(math.inf)

    def ask(self, scene: CheckScene, question: str) -> None:
        """Ask for something, on the participant's screen and in the terminal.

        Before that no question is shown for a moment, so that a second press at the one before answers nothing.
        """
        self.present(NOTHING_TO_DO)
        pause_ends = time.perf_counter() + _PAUSE_S
        while time.perf_counter() < pause_ends:
            self.listen()
        self.asks = scene.asks
        self.tell(question)
        self.present(scene)

    def stop_if_asked(self) -> None:
        """Raise EndedByOperator if there was a Ctrl-C."""
        if self.was_interrupted():
            raise EndedByOperator

    def listen(self) -> list[Stroke]:
        """Let a frame pass and give the pulses and presses that came, in order; what repeats a press is only noted.

        Raises
        ------
        EndedByOperator
            If the site's abort strokes were among them, or by Ctrl-C.
        """
        self.stop_if_asked()
        if self.window is None:
            time.sleep(_POLL_S)
        else:
            self.window.flip(math.inf)
        now = time.perf_counter()
        came = sorted(stroke for device in self.devices for stroke in device.read(now))
        self.heard += came
        told, self._waiting = self._repeats.tell(sorted([*self._waiting, *came]), now)
        self.repeated += [stroke for stroke, is_repeat in told if is_repeat]
        pressed = [stroke for stroke, is_repeat in told if not is_repeat]
        strokes = self.site.strokes
        for stroke in pressed:
            if self.meaning(stroke) == "alarm" and self.asks != "alarm":
                self.tell("ALARM: the participant calls, or took the alarm for a button. Speak to them now.")
            if self.meaning(stroke) == "abort":
                self.aborts = [*self.aborts, stroke.time][-strokes.abort_presses :]
                if len(self.aborts) == strokes.abort_presses and stroke.time - self.aborts[0] <= strokes.abort_within_s:
                    raise EndedByOperator
        return pressed
