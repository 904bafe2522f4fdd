"""Presses told from repeats: what a box sends again while a button is held, or a worn switch sends twice, is no press.

Boxes do it in three ways. Some send a code 10 to 120 times a second as long as its button is down. Some wait for a
quarter to a whole second first, and then send it some 30 times a second, as keyboards do. And a worn switch bounces:
some strokes within 20 ms. A person's finger presses a button again after a seventh of a second at the earliest.

So a stroke that comes sooner than that after the last one of its code is a repeat. One that comes within a second of a
lone one may be a second press, or the first repeat: what follows it tells, so its answer takes a moment. What is held,
however long, was pressed once: a button that was down before the question came up has not answered it.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass

AGAIN_S = 0.12
"""A stroke that follows the last one of its code sooner is a repeat; the quickest finger takes 0.14 s."""
_STEPS = 2.5  # of a box that sends seldom, one stroke may be lost on the way, and another late
_PAUSE_S = 1.1
TELLS_S = 0.07
"""So long after a stroke it can be told whether it is a repeat."""
_BOUNCE_S = 0.02


@dataclass
class _Held:
    """The last press of a code: its last stroke so far, how many followed the first, and the first step among them."""

    last: float
    repeats: int = 0
    step_s: float = 0.0


class Repeats:
    """Tells repeats from presses; strokes of one code are asked for in the order of their stamps."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], _Held] = {}

    def is_repeat(self, time: float, key: tuple[str, str], following: Iterable[float], until: float) -> bool | None:
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
