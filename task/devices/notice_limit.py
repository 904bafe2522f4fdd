"""Keeps a device from talking without end: a box that connects and hangs up in a loop has one thing to say, not 94,000.

Notices whose texts differ in numbers only are of one kind. Of each kind a handful pass within ten seconds; the others
are counted, and the count is told with the last of them.
"""

import re
from dataclasses import dataclass

from task.devices.source import Say

HANDFUL = 5
WITHIN_S = 10.0


@dataclass
class _Kind:
    since: float
    count: int = 0
    last: str = ""


class NoticeLimit:
    """Passes notices on, unless they are too many.

    Parameters
    ----------
    say : callable
        Takes the time and the words of a notice.
    """

    def __init__(self, say: Say) -> None:
        self._say = say
        self._kinds: dict[str, _Kind] = {}

    def say(self, now: float, text: str) -> None:
        """Pass a notice on, or count it."""
        self.tell(now)
        kind = self._kinds.setdefault(re.sub(r"\d+", "", text), _Kind(now))
        kind.count += 1
        kind.last = text
        if kind.count <= HANDFUL:
            self._say(now, text)

    def tell(self, now: float, is_last: bool = False) -> None:
        """Sum up what was only counted, if it is time for it or if nothing can be said any more."""
        over = [name for name, kind in self._kinds.items() if is_last or now >= kind.since + WITHIN_S]
        for name in over:
            kind = self._kinds.pop(name)
            more = kind.count - HANDFUL
            if more > 0:
                self._say(now, f"{more} more in {now - kind.since:.0f} s like this one: {kind.last}")
