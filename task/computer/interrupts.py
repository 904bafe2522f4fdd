"""Ctrl-C and its kin as a question that is asked between two frames, and not as an exception that may come anywhere.

In the middle of a library's own code such an exception can be swallowed, or leave a window or a device half closed.
"""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_ENDINGS = {"SIGINT": "Ctrl-C", "SIGTERM": "a request to end", "SIGHUP": "the terminal's closing", "SIGBREAK": "Break"}


@contextmanager
def interrupts() -> Iterator[Callable[[], str | None]]:
    """Give what to ask: by what the operator wants to end this, such as Ctrl-C; None as long as nobody does."""
    asked: list[str] = []
    kinds = {getattr(signal, name): words for name, words in _ENDINGS.items() if hasattr(signal, name)}
    before = {number: signal.signal(number, lambda n, _: asked.append(kinds[n])) for number in kinds}
    try:
        yield lambda: asked[0] if asked else None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
