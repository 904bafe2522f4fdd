"""Keeping a file up to date with a journal that grows, in a thread of its own: a slow disk delays nobody but itself.

Whatever goes wrong with the file (a full disk, a folder that is gone, a file that somebody removed), the thread lives
on, keeps everything in memory, and begins afresh with the next line.
"""

import errno
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import FileIO
from pathlib import Path
from queue import SimpleQueue

from task.computer.files import sync_folder


class Writer:
    """Writes lines to a new file, each on disk at once.

    Parameters
    ----------
    path : Path
        The file to make; one that exists is never touched.
    make_ready : callable, optional
        Makes the file's folder before the file is made, and each time that it has to be made again; raises OSError if
        that may not be done. Left out, the folder is made once: if it goes away or another takes its place (a network
        drive that leaves its mount point behind), nothing is made there.

    Attributes
    ----------
    problem : OSError or None
        The first thing that went wrong, as soon as it is known, even if all was well again later.
    slowest_s : float
        The longest that a line took until it was on disk, in seconds.

    Raises
    ------
    OSError
        If the file is there already (FileExistsError), or cannot be made.
    """

    def __init__(self, path: Path, make_ready: Callable[[], None] | None = None) -> None:
        self.path = path
        if make_ready is None:
            path.parent.mkdir(parents=True, exist_ok=True)
            folder = _identity(path.parent)
            make_ready = partial(_be_the_same, path.parent, folder)
        make_ready()
        self._make_ready = make_ready
        self.problem: OSError | None = None
        self.slowest_s = 0.0
        self._file: FileIO | None = FileIO(path, "x")
        sync_folder(path.parent)
        self._content = bytearray()
        self._safe = 0  # so many bytes of the content are known to be on disk
        self._added_at: float | None = None  # when the oldest line came that is not
        self._queue: SimpleQueue[tuple[bytes, float] | None] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=f"writer of {path.name}", daemon=True)
        self._thread.start()

    def add(self, line: bytes) -> None:
        """Add a line; this returns at once."""
        self._queue.put((line, time.monotonic()))

    @property
    def behind_s(self) -> float:
        """How long the oldest line that is not on disk has been waiting, in seconds."""
        added_at = self._added_at
        return 0.0 if added_at is None else time.monotonic() - added_at

    def close(self, patience_s: float) -> bool:
        """Wait until everything is on disk, as long as in so many seconds more of it gets there; say whether it is.

        Closing again tries again.
        """
        self._queue.put(None)
        before = -1
        while self._thread.is_alive():
            if self._safe == before:
                return False
            before = self._safe
            self._thread.join(patience_s)
        self._finish()
        return self._safe == len(self._content)

    def _work(self) -> None:
        while (added := self._queue.get()) is not None:
            self._content += added[0]
            if self._added_at is None:
                self._added_at = added[1]
            if self._queue.empty():  # else, on a slow disk, several lines share a sync
                self._try()
        self._finish()

    def _finish(self) -> None:
        """Write what is left, and let go of the file."""
        if self._safe < len(self._content):
            self._try()
        if self._file is not None:
            self._file.close()
            self._file = None

    def _try(self) -> None:
        try:
            self._write()
        except Exception as error:  # whatever it is, the thread has to live for the next line
            problem = error if isinstance(error, OSError) else OSError(errno.EIO, repr(error))
            problem.filename = str(self.path)
            self.problem = self.problem or problem
            self._begin_afresh()
        else:
            if self._added_at is not None:
                self.slowest_s = max(self.slowest_s, self.behind_s)
            self._added_at = None

    def _write(self) -> None:
        if self._file is None:
            self._file = self._opened_again()
        here = os.fstat(self._file.fileno())
        if (here.st_dev, here.st_ino) != _identity(self.path):
            raise FileNotFoundError(errno.ENOENT, "the file was removed, and another stands in its place")
        self._file.seek(self._safe)
        to_write = memoryview(bytes(self._content[self._safe :]))
        while to_write:
            written = self._file.write(to_write)
            if not written:
                raise OSError(errno.EIO, "nothing could be written")
            to_write = to_write[written:]
        os.fsync(self._file.fileno())
        self._safe = len(self._content)

    def _begin_afresh(self) -> None:
        """Let go of the file. No system tries again what a failed sync lost: all of it will be written once more."""
        file, self._file, self._safe = self._file, None, 0
        if file is not None:
            with suppress(OSError):  # it is the file that has failed already
                file.close()

    def _opened_again(self) -> FileIO:
        """Open our own file once more, or make it if it is gone; never somebody else's."""
        self._make_ready()
        if not self.path.exists():
            made = FileIO(self.path, "x")
            sync_folder(self.path.parent)
            return made
        file = FileIO(self.path, "r+")
        found = file.read(len(self._content))
        if not self._content.startswith(found or b""):
            file.close()
            raise FileExistsError(errno.EEXIST, "another file stands in its place")
        return file


def _identity(path: Path) -> tuple[int, int]:
    found = os.stat(path)
    return found.st_dev, found.st_ino


def _be_the_same(folder: Path, identity: tuple[int, int]) -> None:
    if _identity(folder) != identity:
        raise FileNotFoundError(errno.ENOENT, "another folder stands in its place", str(folder))
