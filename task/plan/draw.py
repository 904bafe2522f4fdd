"""Randomness that is the same on every machine and in every year: SHA-256 for the seed, raw PCG64 for the draws."""

import hashlib
import json
from collections.abc import Iterable
from typing import TypeVar

import numpy as np

T = TypeVar("T")


class Draw:
    """Draws for one purpose; the same names always give the same draws, whatever else has been drawn.

    Parameters
    ----------
    *names : str or int
        What the draws are for, such as the seed, the participant and the purpose.
    """

    def __init__(self, *names: str | int) -> None:
        text = json.dumps(names, separators=(",", ":"))
        self._raw = np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode()).digest()[:16], "big"))

    def below(self, limit: int) -> int:
        """Draw a whole number from 0 to ``limit - 1``, each equally likely."""
        words = -(-limit.bit_length() // 64)
        span = 1 << (64 * words)
        while True:
            value = 0
            for _ in range(words):
                value = value << 64 | int(self._raw.random_raw())
            if value < span - span % limit:
                return value % limit

    def shuffled(self, items: Iterable[T]) -> list[T]:
        """Give the items in random order (Fisher and Yates)."""
        mixed = list(items)
        for i in range(len(mixed) - 1, 0, -1):
            j = self.below(i + 1)
            mixed[i], mixed[j] = mixed[j], mixed[i]
        return mixed
