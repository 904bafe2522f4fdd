"""The journal of one attempt at a run: a line for each fact, on disk before the next event.

A writer thread writes and syncs, so that a slow disk never delays a frame. The order of facts is their number ``n``;
``t`` is the clock's time in seconds. A file that was cut off in the middle of a line reads as the run up to there.
"""

import json
import os
import threading
from pathlib import Path
from queue import SimpleQueue
from typing import Any

Record = dict[str, Any]


class Journal:
    """Writes facts to a new file; an existing one is never touched.

    Parameters
    ----------
    path : Path
        The file to make.
    durable : bool
        Write in a thread and sync to disk after each record. Simulated runs, which can be made again, need not.

    Raises
    ------
    FileExistsError
        If the file is there already.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path
        self._file = path.open("xb", buffering=0 if durable else -1)
        self._count = 0
        self._queue: SimpleQueue[Record | None] = SimpleQueue()
        self._writer: threading.Thread | None = None
        self._problem: OSError | None = None
        if durable:
            self._writer = threading.Thread(target=self._write_queued, name="journal")
            self._writer.start()

    def write(self, kind: str, **facts: Any) -> None:
        """Put down a fact; this returns at once."""
        record = {"n": self._count, "kind": kind, **facts}
        self._count += 1
        if self._writer is None:
            self._file.write(_line(record))
        else:
            self._queue.put(record)

    def close(self) -> None:
        """Wait until everything is on disk; raise the disk's own error if something could not be written."""
        if self._writer is not None:
            self._queue.put(None)
            self._writer.join()
            self._writer = None
        self._file.close()
        if self._problem is not None:
            raise self._problem

    def _write_queued(self) -> None:
        going_on = True
        while going_on:
            lines = []
            record = self._queue.get()
            while record is not None:
                lines.append(_line(record))
                if self._queue.empty():
                    break
                record = self._queue.get()
            going_on = record is not None
            try:
                self._file.write(b"".join(lines))
                os.fsync(self._file.fileno())
            except OSError as error:
                self._problem = self._problem or error


def _line(record: Record) -> bytes:
    return (json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n").encode()


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
