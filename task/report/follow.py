"""Following journals that are being written, by reading alone: only what was added, and on to the next run.

Each look opens the file anew and closes it again, as folders shared between machines show what was added only then.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from task.computer.files import listed
from task.record.kinds.marks import End
from task.record.lines import record_of
from task.record.records import Record, Unknown

_OVERLAP = 256  # bytes read again each time: if they differ, this is another file
_PATIENCE_S = 2.0  # a line that cannot be read may still be on its way to a shared folder
_QUIET_S = 10.0  # a journal that has not grown for so long may be left for a newer one
_NEW_RUNS_S = 2.0  # how often to look for one


class GrowingJournal:
    """A journal that may be growing.

    Attributes
    ----------
    unreadable : int
        Lines that were passed over because they could not be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._start_afresh()

    def _start_afresh(self) -> None:
        self._offset, self._before, self.unreadable = 0, b"", 0
        self._stuck_since: float | None = None

    def read(self) -> tuple[bool, list[Record]]:
        """Read what was added.

        Returns
        -------
        afresh : bool
            Whether the records are the journal's first ones; again so after it was truncated or replaced.
        records : list of Record
            The whole lines that were added; half a line stays for the next time.

        Raises
        ------
        OSError
            If the file cannot be reached.
        """
        data = self._bytes_since()
        if not data.startswith(self._before):
            self._start_afresh()
            data = self._bytes_since()
        afresh, new = self._offset == 0, data[len(self._before) :]
        records, end = [], 0
        while (newline := new.find(b"\n", end)) >= 0:
            record = record_of(new[end:newline])
            if record is not None:
                records.append(record)
                self._stuck_since = None
                is_misfit = isinstance(record, Unknown) and record.problem and record.kind != "head"
                self.unreadable += bool(is_misfit)  # a head that is none is told of by whoever wants to understand it
            elif not self._gives_up_a_line():
                break
            end = newline + 1
        self._offset += end
        self._before = (self._before + new[:end])[-_OVERLAP:]
        return afresh and bool(records), records

    def _bytes_since(self) -> bytes:
        with self.path.open("rb") as file:
            file.seek(self._offset - len(self._before))
            return file.read()

    def _gives_up_a_line(self) -> bool:
        now = time.monotonic()
        self._stuck_since = now if self._stuck_since is None else self._stuck_since
        if now - self._stuck_since < _PATIENCE_S:
            return False
        self.unreadable += 1
        return True


@dataclass(frozen=True)
class News:
    """What a look at the files gave.

    Attributes
    ----------
    journal : Path or None
        The journal that is followed; None while there is none.
    afresh : bool
        Whether the records are the first ones of this journal.
    records : sequence of Record
        What was added.
    arrived : float
        When it was read, by ``time.perf_counter`` of this computer.
    problem : str
        What keeps the journal from being read; empty if nothing does.
    """

    journal: Path | None
    afresh: bool
    records: Sequence[Record]
    arrived: float
    problem: str = ""


class Follower:
    """Follows a journal, or the newest one of some datasets.

    A newest journal that has ended before anybody looked is let lie. A run that goes on is never left for another.

    Parameters
    ----------
    journal : Path, optional
        The only journal to follow.
    roots : iterable of Path
        Without a journal: the datasets in which to look for the newest.
    participant : str, optional
        Look for this participant's journals only.
    """

    def __init__(self, journal: Path | None = None, roots: Iterable[Path] = (), participant: str | None = None) -> None:
        self._growing = GrowingJournal(journal) if journal else None
        self._folders = [] if journal else [root / "sourcedata" for root in roots]
        who = f"sub-{participant or '*'}"
        self._patterns = (f"{who}/**/*_journal.jsonl", f"{who}/ses-*/*_journal.jsonl")  # also by links
        self._known: set[Path] | None = None
        self._looked = self._grew = self._changed = float("-inf")
        self._has_ended = False

    def look(self) -> News:
        """Read what was added to the journal that is followed, or begin with a newer one."""
        growing = self._growing
        try:
            self._move_on()
            growing = self._growing
            if growing is None:
                return News(None, False, (), time.perf_counter())
            afresh, records = growing.read()
        except OSError as error:
            what = "journal" if growing else "folder"
            problem = f"The {what} cannot be reached ({error.strerror or error}). Trying again; a run may be going on."
            return News(growing.path if growing else None, False, (), time.perf_counter(), problem)
        if afresh:
            self._has_ended = False
        if records:
            self._grew = time.monotonic()
            self._has_ended = self._has_ended or any(isinstance(record, End) for record in records)
        lines = f"{growing.unreadable} line{'s' * (growing.unreadable > 1)}"
        problem = (
            f"{lines} of the journal cannot be read: some of what follows may be missing." if growing.unreadable else ""
        )
        return News(growing.path, afresh, records, time.perf_counter(), problem)

    def _move_on(self) -> None:
        now = time.monotonic()
        is_free = self._growing is None or self._has_ended or now - self._grew > _QUIET_S
        if not self._folders or not is_free or now - self._looked < _NEW_RUNS_S:
            return
        self._looked = now
        changed = {path: _changed(path) for folder in self._folders for path in listed(folder, *self._patterns)}
        # the clock may have been set back since the others were written: a file that was not there before is newer
        new = set() if self._known is None else changed.keys() - self._known
        newest = max(changed, key=lambda path: (path in new, changed[path], path), default=None)
        is_new = newest in new
        self._known = (self._known or set()) | changed.keys()
        if newest is None or (changed[newest] < self._changed and not is_new):  # what was followed has vanished
            return
        if self._growing is None or newest != self._growing.path:
            if not is_new and _has_ended(newest):
                return
            self._growing, self._has_ended, self._grew = GrowingJournal(newest), False, now
        self._changed = changed[newest]


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:  # it has gone in the meantime
        return 0.0


def _has_ended(path: Path) -> bool:
    """Whether the journal's last lines tell the end of its run."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - (1 << 16)))
            lines = file.read().split(b"\n")[:-1]
    except OSError:
        return False
    return any(isinstance(record, End) for record in map(record_of, lines))
