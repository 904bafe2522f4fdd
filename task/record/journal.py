"""The journal of one attempt at a run: a line for each fact, on disk before the next event.

The order of facts is their number ``n``; ``t`` is the clock's time in seconds; each line has a checksum. A file that
was cut off in the middle of a line, or damaged, reads as the run up to there.
"""

import errno
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from task.record import spare
from task.record.kinds.head import FORMAT, Head
from task.record.kinds.notes import Decision
from task.record.lines import BYTE_ORDER_MARK, CHECK, check_of, line_of, record_of
from task.record.records import Record, Unknown, to_facts
from task.record.writing import Writer

_PATIENCE_S = 60.0
_PIECE = 1 << 16  # a journal that need not be durable goes to disk in pieces of about this many bytes


class Journal:
    """Writes facts to a new file; an existing one is never touched.

    While the run goes on, a copy grows in the system's temporary folder, so that nothing is lost if the place of the
    journal fails. It is removed when the journal is closed and whole.

    Parameters
    ----------
    path : Path
        The file to make.
    durable : bool
        Write in a thread, sync to disk after each record, and keep the copy. Simulated runs, which can be made again,
        need not.

    Raises
    ------
    FileExistsError
        If the file is there already.
    """

    def __init__(self, path: Path, *, durable: bool = True) -> None:
        self.path = path
        self._count, self._head_check = 0, 0
        self._is_closed = self._is_whole = False
        self._copy_problem: OSError | None = None
        self._writers: list[Writer] = []
        self._pending = bytearray()
        if durable:
            self._writers.append(Writer(path))
            copy = spare.place_for(path)
            try:
                self._writers.append(Writer(copy, partial(spare.make_ready, copy, path)))
            except OSError as error:
                self._copy_problem = error
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("xb", buffering=0)

    @property
    def problem(self) -> OSError | None:
        """The first thing that went wrong with the disk, as soon as it is known, even if all was well again later."""
        return self._writers[0].problem if self._writers else None

    @property
    def behind_s(self) -> float:
        """How long the oldest fact that is not on disk has been waiting, in seconds."""
        return self._writers[0].behind_s if self._writers else 0.0

    @property
    def slowest_s(self) -> float:
        """The longest that a fact took until it was on disk, in seconds."""
        return max(self._writers[0].slowest_s, self.behind_s) if self._writers else 0.0

    @property
    def is_whole(self) -> bool:
        """Whether the journal was closed with everything on disk in its own place."""
        return self._is_whole

    @property
    def copy_problem(self) -> OSError | None:
        """What keeps the copy in the temporary folder from being whole; None as long as it is."""
        return self._copy_problem or (self._writers[1].problem if len(self._writers) > 1 else None)

    @property
    def count(self) -> int:
        """How many facts were written down so far."""
        return self._count

    @property
    def copy_path(self) -> Path | None:
        """Where the copy is, sound or not; None if none could be made."""
        return self._writers[1].path if len(self._writers) > 1 else None

    @property
    def spare(self) -> Path | None:
        """The copy in the temporary folder; None if there is no sound one, or none is needed any more."""
        return None if self.copy_problem is not None or self._is_whole else self.copy_path

    def write(self, record: Record) -> None:
        """Put down a fact, with the next number; this returns at once.

        Raises
        ------
        TypeError, ValueError
            If JSON has no such fact (an integer of NumPy's, nan, inf), or the journal is closed; nothing is written.
        """
        if self._is_closed:
            raise ValueError(f"{self.path}: this journal is closed, and takes no {record.kind!r}")
        line = line_of(to_facts(record, self._count), self._head_check)
        self._head_check = self._head_check or check_of(line)
        self._count += 1
        for writer in self._writers:
            writer.add(line)
        if not self._writers:
            self._pending += line
            if len(self._pending) >= _PIECE:
                self._write_pending()

    def close(self, patience_s: float = _PATIENCE_S) -> None:
        """Wait until everything is on disk; closing again tries again, and does no harm.

        Parameters
        ----------
        patience_s : float
            How long to wait for a disk that takes nothing more, in seconds.

        Raises
        ------
        OSError
            If neither the journal's own place nor the copy has everything.
        """
        was_closed, self._is_closed = self._is_closed, True
        if not self._writers:
            if not was_closed:
                with self._file:
                    self._write_pending()
            return
        if self._is_whole:
            return
        own, *copies = self._writers
        self._is_whole = own.close(patience_s)
        for copy in copies:
            if copy.close(0.5 if self._is_whole else patience_s):
                copy.problem = None  # if there was one, it is whole again
            elif copy.problem is None:
                copy.problem = OSError(errno.ETIMEDOUT, "the disk does not answer", str(copy.path))
            if self._is_whole:
                with suppress(OSError):  # if it stays behind, it says what the journal says
                    spare.remove(copy.path)
        if not self._is_whole and self.spare is None:
            raise own.problem or OSError(errno.ETIMEDOUT, "the disk does not answer", str(self.path))

    def _write_pending(self) -> None:
        try:
            while self._pending:
                del self._pending[: self._file.write(self._pending) or 0]
        except OSError as error:
            error.filename = str(self.path)
            raise


class JournalError(Exception):
    """A journal that cannot be read."""


@dataclass(frozen=True)
class Damage:
    """From which line on a journal cannot be used; ``misfit`` stands there, if the line itself is whole."""

    line: int
    misfit: Unknown | None = None

    def __str__(self) -> str:
        what = "is damaged or out of its place"
        if self.misfit is not None:
            what = f"is not as it has to be ({self.misfit.kind} {self.misfit.problem})"
        return f"line {self.line} of the journal {what}: nothing from there on can be used"


def read_journal(path: Path) -> list[Record]:
    """Read the records of a journal, its head first, up to the first line that is damaged, out of order, or not whole.

    Raises
    ------
    JournalError
        If the file has no head that can be read, and so says nothing of what it belongs to.
    """
    return read_whole(path)[0]


def read_whole(path: Path) -> tuple[list[Record], Damage | None]:
    """Read the records of a journal as ``read_journal`` does, and say what damage they end at, if they do."""
    read = _read(path)
    if read.records and isinstance(read.records[0], Head):
        return read.records, read.damage
    misfit = read.damage.misfit if read.damage and not read.records else None
    if misfit is not None and misfit.kind == "head":
        written = misfit.more.get("format")
        if isinstance(written, int) and written > FORMAT:
            raise JournalError(
                f"{path}: a newer version of this program wrote this journal (its format is {written}, here it is "
                f"{FORMAT}). Use that version"
            )
        raise JournalError(
            f"{path}: the head of this journal {misfit.problem}. Was it changed, or written by another program?"
        )
    if not path.name.endswith("_journal.jsonl"):
        raise JournalError(f"{path}: this is no journal; they end in _journal.jsonl, below sourcedata/ of a dataset")
    has_lines = read.records or read.damage
    problem = "its first line, the head, is damaged" if has_lines else "nothing was recorded in it, not even its head"
    raise JournalError(f"{path}: this journal cannot be read, as {problem}")


def damage_of(path: Path) -> Damage | None:
    """Say from which line on a journal cannot be used; None if all is well.

    A last line that is not whole is no damage: the program was stopped while it was written.
    """
    return _read(path).damage


def with_decision(path: Path, decision: Decision) -> bytes:
    """Give the content of a journal with a decision at its end; all that was there stays as it is.

    A last line that is not whole goes into the decision, as ``cut_off``.

    Raises
    ------
    JournalError
        If the journal cannot be read to its end.
    """
    read = _read(path)
    if read.damage is not None:
        raise JournalError(f"{path}: {read.damage}. Nothing was changed: restore the file from a copy first")
    content = read.content
    if read.cut_off:
        decision = replace(decision, cut_off=read.cut_off.decode(errors="backslashreplace"))
        content = content[: len(content) - len(read.cut_off)]
    elif not content.endswith(b"\n"):
        content += b"\n"
    return content + line_of(to_facts(decision, len(read.records)), read.head_check)


class _Read(NamedTuple):
    """A journal as it was read: its records up to the first that cannot be used, and what there is besides."""

    content: bytes
    records: list[Record]
    head_check: int
    damage: Damage | None
    cut_off: bytes  # what stands behind the last line end, if it is no whole record


def _read(path: Path) -> _Read:
    """Read a journal; what editors and tools leave behind (blank lines, a byte order mark, CR) is passed over."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise JournalError(f"{path}: this journal cannot be read ({error.strerror})") from None
    *lines, rest = content.removeprefix(BYTE_ORDER_MARK).split(b"\n")
    records: list[Record] = []
    has_checks = any(CHECK in line for line in lines)
    head_check, damage, cut_off = 0, None, b""
    for number, line in enumerate((*lines, rest), 1):
        line = line.strip()
        if not line:
            continue
        record = record_of(line, head_check)
        if record is None or record.n != len(records) or (has_checks and CHECK not in line):
            damage, cut_off = (Damage(number), b"") if number <= len(lines) else (None, rest)
            break
        if number > len(lines) and CHECK not in line:  # nothing says that this line is whole
            cut_off = rest
            break
        if isinstance(record, Unknown) and record.problem:
            damage = Damage(number, record)
            break
        records.append(record)
        head_check = head_check or check_of(line)
    return _Read(content, records, head_check, damage, cut_off)
