"""The journal of one attempt at a run: a line for each fact, on disk before the next event.

A writer thread writes and syncs, so that a slow disk never delays a frame. The order of facts is their number ``n``;
``t`` is the clock's time in seconds. A file that was cut off in the middle of a line reads as the run up to there.
"""

import errno
import json
import os
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

Record = dict[str, Any]
_PIECE = 1 << 16  # a journal that need not be durable goes to disk in pieces of about this many bytes


class Journal:
    """Writes facts to a new file; an existing one is never touched.

    What the disk does not take is kept in memory, and tried again with the next fact and when the journal is closed.

    Parameters
    ----------
    path : Path
        The file to make.
    durable : bool
        Write in a thread and sync to disk after each record. Simulated runs, which can be made again, need not.

    Attributes
    ----------
    problem : OSError or None
        The first thing that went wrong with the disk, as soon as it is known, even if all was well again later.

    Raises
    ------
    FileExistsError
        If the file is there already.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.problem: OSError | None = None
        self._file = path.open("xb", buffering=0)
        self._count = 0
        self._safe = 0  # bytes of the file that are known to be on disk
        self._pending = bytearray()  # what follows them
        self._queue: SimpleQueue[bytes | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        if durable:
            self._writer = threading.Thread(target=self._write_queued, name="journal")
            self._writer.start()

    def write(self, kind: str, **facts: Any) -> None:
        """Put down a fact; this returns at once.

        Raises
        ------
        TypeError, ValueError
            If JSON has no such fact (an integer of NumPy's, nan, inf), or the journal is closed; nothing is written.
        """
        if self._file.closed:
            raise ValueError(f"{self.path}: this journal is closed, and takes no {kind!r}")
        line = line_of({"n": self._count, "kind": kind, **facts})
        self._count += 1
        if self._writer is not None:
            self._queue.put(line)
        else:
            self._pending += line
            if len(self._pending) >= _PIECE:
                self._try_to_write(sync=False)

    def close(self) -> None:
        """Wait until everything is on disk; raise the disk's own error if something could not be written."""
        if self._writer is not None:
            self._queue.put(None)
            self._writer.join()
            self._writer = None
        elif not self._file.closed:
            self._try_to_write(sync=False)
        self._file.close()
        if self._pending and self.problem is not None:
            raise self.problem

    def _write_queued(self) -> None:
        while (line := self._queue.get()) is not None:
            self._pending += line
            if self._queue.empty():  # else, on a slow disk, several lines share a sync
                self._try_to_write(sync=True)
        self._try_to_write(sync=True)

    def _try_to_write(self, *, sync: bool) -> None:
        """Write what is pending; if that fails, all of it stays so.

        The next try begins where this one did: it finishes a line of which half was written, and writes again what a
        failed sync may have lost, since no system tries that twice by itself.
        """
        if not self._pending:
            return
        try:
            self._file.seek(self._safe)
            written = 0
            while written < len(self._pending):
                more = self._file.write(self._pending[written:])
                if not more:
                    raise OSError(errno.EIO, "nothing could be written")
                written += more
            if sync:
                os.fsync(self._file.fileno())
        except Exception as error:  # whatever it is, the thread has to live for the next fact
            problem = error if isinstance(error, OSError) else OSError(errno.EIO, repr(error))
            problem.filename = str(self.path)
            self.problem = self.problem or problem
        else:
            self._safe += written
            self._pending.clear()


def line_of(record: Record) -> bytes:
    """Give a record as a line of a journal."""
    text = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")) + "\n"
    return text.encode(errors="backslashreplace")  # half a surrogate pair, as in odd file names, as JSON escapes it


def read_journal(path: Path) -> list[Record]:
    """Read the records of a journal, up to the first line that is not whole.

    Raises
    ------
    JournalError
        If the file has no head, and so says nothing of what it belongs to.
    """
    records: list[Record] = []
    try:
        lines = path.read_bytes().split(b"\n")[:-1]
    except OSError as error:
        raise JournalError(f"{path}: this journal cannot be read ({error.strerror})") from None
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            break
        if not isinstance(record, dict) or record.get("n") != len(records) or "kind" not in record:
            break
        records.append(record)
    if not records or records[0]["kind"] != "head":
        raise JournalError(f"{path}: this file does not begin like a journal, with its head")
    return records


class JournalError(Exception):
    """A journal that cannot be read."""


def first(records: list[Record], kind: str) -> Record | None:
    """Give the first record of a kind, or None."""
    return next((record for record in records if record["kind"] == kind), None)
