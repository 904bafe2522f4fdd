"""Ctrl-C and its kin as a question that is asked between two frames, and not as an exception that may come anywhere.

In the middle of a library's own code such an exception can be swallowed, or leave a window or a device half closed.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

_ENDINGS = {"SIGINT": "Ctrl-C", "SIGTERM": "a request to end", "SIGHUP": "the terminal's closing", "SIGBREAK": "Break"}
INTERRUPTED = "Interrupted by Ctrl-C."


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


def leave_at_ctrl_c(status: int) -> None:
    """Let Ctrl-C end this program at once, with a word and this exit status: for while nothing has begun."""

    def leave(number: int, frame: object) -> None:
        os.write(2, f"{INTERRUPTED}\n".encode())
        os._exit(status)

    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # a program in the background is to ignore it
        signal.signal(signal.SIGINT, leave)


@contextmanager
def ctrl_c_is_raised() -> Iterator[None]:
    """Let Ctrl-C be a KeyboardInterrupt until the block is left, as what has begun may have to be cleared away."""
    before = signal.getsignal(signal.SIGINT)
    if callable(before):
        signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def exits_are_raised() -> Iterator[None]:
    """Let ``os._exit``, which passes by all that is still to be written, be a SystemExit until the block is left."""
    leave, here = os._exit, os.getpid()

    def raise_it(status: int) -> NoReturn:
        if os.getpid() != here:  # a copy of this program, which has nothing to write
            leave(status)
        raise SystemExit(status)

    os._exit = raise_it
    try:
        yield
    finally:
        os._exit = leave
