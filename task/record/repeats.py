"""Presses told from repeats: what a box sends again while a button is held, or a worn switch sends twice, is no press.

Boxes do it in three ways. Some send a code 10 to 120 times a second as long as its button is down. Some wait for a
quarter to a whole second first, and then send it some 30 times a second, as keyboards do. And a worn switch bounces:
some strokes within 20 ms. A person's finger presses a button again after a seventh of a second at the earliest.

So a stroke that comes sooner than that after the last one of its code is a repeat. One that comes within a second of a
lone one may be a second press, or the first repeat: what follows it tells, so its answer takes a moment. What is held,
however long, was pressed once: a button that was down before the question came up has not answered it.

A device that knows when a key is let go of says itself which of its strokes repeat.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Protocol, TypeVar

AGAIN_S = 0.12
"""A stroke that follows the last one of its code sooner is a repeat; the quickest finger takes 0.14 s."""
_STEPS = 2.5  # of a box that sends seldom, one stroke may be lost on the way, and another late
_PAUSE_S = 1.1
TELLS_S = 0.07
"""So long after a stroke it can be told whether it is a repeat."""
_BOUNCE_S = 0.02


Key = tuple[str, str]
"""The device and code of a stroke."""


class Stroke(Protocol):
    """What is to be known of a stroke."""

    @property
    def time(self) -> float:
        """Its stamp, in seconds on the clock."""

    @property
    def code(self) -> str:
        """What was sent."""

    @property
    def device(self) -> str:
        """By which device."""

    @property
    def again(self) -> bool | None:
        """Whether it is the same press once more; None if the device cannot know."""


S = TypeVar("S", bound=Stroke)


@dataclass
class _Held:
    """The last press of a code: its last stroke so far, how many followed the first, and the first step among them."""

    last: float
    repeats: int = 0
    step_s: float = 0.0


class Repeats:
    """Tells repeats from presses, in the order of their stamps.

    Parameters
    ----------
    pulses : collection of (str, str)
        Device and code of each pulse: of these every stroke counts by itself, and none waits.
    """

    def __init__(self, pulses: Collection[Key] = ()) -> None:
        self._pulses = pulses
        self._held: dict[Key, _Held] = {}

    def tell(
        self, strokes: Sequence[S], until: float, at_most: int | None = None
    ) -> tuple[list[tuple[S, bool]], list[S]]:
        """Say of strokes whether they are repeats.

        Parameters
        ----------
        strokes : sequence of strokes
            Those that have not been told yet, in order.
        until : float
            Up to when strokes are known, in seconds on the clock.
        at_most : int, optional
            How many to tell of, the first ones; the others are only looked at.

        Returns
        -------
        told : list of (stroke, bool)
            Those that can be told, and whether each is a repeat.
        kept : list of strokes
            Those that cannot be told yet, and what follows them.
        """
        told: list[tuple[S, bool]] = []
        kept: list[S] = []
        for number, stroke in enumerate(strokes[:at_most]):
            key = stroke.device, stroke.code
            is_repeat = stroke.again
            if key in self._pulses:
                is_repeat = False
            elif kept:
                is_repeat = None
            elif is_repeat is None:
                later = islice(strokes, number + 1, None)
                following = (one.time for one in later if (one.device, one.code) == key)
                is_repeat = self.is_repeat(stroke.time, key, following, until)
            if is_repeat is None:
                kept.append(stroke)
            else:
                told.append((stroke, is_repeat))
        return told, kept + list(strokes[len(told) + len(kept) :])

    def is_repeat(self, time: float, key: Key, following: Iterable[float], until: float) -> bool | None:
        """Say whether a stroke is a repeat; None if that cannot be told yet, and it has to be asked again.

        Parameters
        ----------
        time : float
            The stamp of the stroke, in seconds on the clock.
        key : tuple of (str, str)
            Its device and code.
        following : iterable of float
            The stamps of the strokes of this device and code that are known to follow it, in order.
        until : float
            Up to when strokes are known.
        """
        held = self._held.get(key)
        if held is None:
            self._held[key] = _Held(time)
            return False
        gap = time - held.last
        is_again = gap < max(AGAIN_S, _STEPS * held.step_s)
        if not is_again and not held.repeats and gap < _PAUSE_S:
            next_s = next(iter(following), math.inf) - time
            if next_s == math.inf and until - time < TELLS_S:
                return None
            is_again = _BOUNCE_S < next_s < TELLS_S
        if not is_again:
            self._held[key] = _Held(time)
            return False
        held.step_s = held.step_s or (gap if gap < AGAIN_S else 0.0)
        held.last, held.repeats = time, held.repeats + 1
        return True
