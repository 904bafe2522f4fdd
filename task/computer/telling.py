"""Telling the operator things without waiting for the terminal, which may be held up: Ctrl-S, a text being selected."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

_LAST_WORDS_S = 2.0


class Teller:
    """Prints lines in a thread of its own; ``tell`` returns at once."""

    def __init__(self) -> None:
        self._lines: SimpleQueue[str | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._print, name="teller", daemon=True)
        self._thread.start()

    def tell(self, line: str) -> None:
        """Print a line as soon as the terminal takes it, an alarm with a bell."""
        self._lines.put(("\a" if "ALARM" in line else "") + line)

    def close(self) -> None:
        """Wait for the terminal, but not for long."""
        self._lines.put(None)
        self._thread.join(_LAST_WORDS_S)

    def _print(self) -> None:
        while (line := self._lines.get()) is not None:
            try:
                print(line, flush=True)
            except (OSError, ValueError):  # the terminal is gone
                return


@contextmanager
def telling() -> Iterator[Teller]:
    """Give a teller, closed at the end of the block."""
    teller = Teller()
    try:
        yield teller
    finally:
        teller.close()
