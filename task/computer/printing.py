"""Printing to somebody who may go: whoever reads a command's output, as `head` does, may stop when they have enough.

What is printed from then on goes nowhere, and the command does its work to the end: its exit status says how that went.
"""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO, cast


class _Heard:
    """An output stream that outlives its reader."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._gone = {errno.EPIPE, errno.EINVAL}  # the latter is how Windows says it
        if stream.isatty():
            self._gone.add(errno.EIO)  # a terminal that was closed
        self.is_heard = True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with self._reader_may_go():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        with self._reader_may_go():
            self._stream.flush()

    @contextmanager
    def _reader_may_go(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno not in self._gone:
                raise
            self.is_heard = False
            self.let_go()

    def let_go(self) -> None:
        """Let what the stream still holds, and all that follows, go nowhere."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, self._stream.fileno())
        os.close(nowhere)


@contextmanager
def readers_may_go() -> Iterator[None]:
    """Let nobody who reads output or errors break what is done in the block by going away."""
    before = sys.stdout, sys.stderr
    heard = [stream and _Heard(stream) for stream in before]  # without a terminal there may be none
    sys.stdout, sys.stderr = (cast(TextIO, stream) for stream in heard)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before
        for stream in filter(None, heard):
            try:
                stream.flush()
            except OSError:  # of a full disk the command itself has told
                stream.let_go()


def is_heard() -> bool:
    """Whether anybody still reads what is printed, as far as printing has shown."""
    return getattr(sys.stdout, "is_heard", True)
