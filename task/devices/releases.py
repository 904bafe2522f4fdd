"""Presses told from repeats by when a key is let go of, for devices that say so.

A finger that has left a key is on it again after a twentieth of a second at the earliest. What comes sooner is a worn
switch that bounces, or a box that types a key again and again as long as a button is down. A press of a key that is
down still, and was typed just before, is a system that repeats it.
"""

_LIFTED_S = 0.04
_REPEATS_WITHIN_S = 1.1  # longer than any pause before a system repeats a key; after that, a release was lost


class Releases:
    """Knows of each key when it was pressed and let go of last, in seconds; keys may be anything that can be a key."""

    def __init__(self) -> None:
        self._pressed: dict[object, float] = {}
        self._let_go: dict[object, float] = {}

    def press(self, key: object, time: float) -> bool:
        """Take a press, and say whether it is the same press once more."""
        pressed, let_go = self._pressed.get(key), self._let_go.pop(key, None)
        self._pressed[key] = time
        if let_go is not None:
            return time - let_go < _LIFTED_S
        return pressed is not None and time - pressed < _REPEATS_WITHIN_S

    def let_go(self, key: object, time: float) -> None:
        """Take in that a key was let go of."""
        self._let_go[key] = time
