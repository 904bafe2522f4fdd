"""What each source does inside of its reading process, and how bytes are split into strokes there."""

from collections.abc import Callable
from typing import Any, Protocol

from task.config.codes import BYTE_CODES, LONGEST, text_code
from task.devices.gate import Arrived

WAIT_S = 0.5
"""A source that has nothing to give comes back after this time, in seconds."""

Settings = dict[str, Any]
"""The settings of the device, as the site file has them."""
Say = Callable[[float, str], None]
"""Takes the time and the words of a notice."""


class SourceError(Exception):
    """A source that cannot be opened; its text says what to check."""


class Source(Protocol):
    """A source of strokes, read by blocking."""

    def open(self) -> None:
        """Make ready, without what arrived before; raise SourceError if that cannot be done."""

    def read(self) -> list[Arrived]:
        """Wait for strokes, stamped as they arrive; give none after WAIT_S of silence; raise OSError if it is gone."""

    def close(self) -> None:
        """Let go; closing twice does no harm."""


class Bytes:
    """Each byte is a stroke."""

    def feed(self, stamp: float, data: bytes) -> list[Arrived]:
        """Give the strokes in what has just arrived."""
        return [(stamp, BYTE_CODES[byte]) for byte in data]


class Lines:
    """Each line is a stroke, stamped at its first byte; its end may be CR, LF or both. Blank lines are none."""

    def __init__(self) -> None:
        self._begun, self._began = b"", 0.0

    def feed(self, stamp: float, data: bytes) -> list[Arrived]:
        """Give the lines that have become complete, each cut after LONGEST bytes."""
        strokes = []
        *ended, rest = data.replace(b"\r", b"\n").split(b"\n")
        for line in ended:
            self._begin(stamp, line)
            if self._begun.strip():
                strokes.append((self._began, text_code(self._begun)))
            self._begun = b""
        self._begin(stamp, rest)
        return strokes

    def _begin(self, stamp: float, data: bytes) -> None:
        if not self._begun.strip():  # blanks before the text are no beginning of it
            self._begun, self._began = b"", stamp
        self._begun = (self._begun + data)[:LONGEST]


def splitter(splits: str) -> Bytes | Lines:
    """Give what splits a stream as the site file says: by "bytes" or "lines"."""
    return Bytes() if splits == "bytes" else Lines()
