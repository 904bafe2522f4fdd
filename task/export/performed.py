"""The attempts of a person as their journals give them: what an export is made of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from task.computer.files import is_there, is_unfetched
from task.config.protocol import Protocol
from task.export.sidecar import Json, sidecar_of
from task.record.events import events_of
from task.record.history import Attempt, attempt_of, that_count
from task.record.identity import journals_of
from task.record.journal import JournalError, damage_of, read_journal
from task.record.kinds.head import head_in
from task.record.kinds.marks import End
from task.record.layout import Dataset, Person, run_and_attempt
from task.record.records import Record, first


@dataclass(frozen=True)
class Performed:
    """An attempt, and what its journal gives."""

    attempt: Attempt
    records: list[Record]
    protocol: Protocol
    events: pd.DataFrame
    sidecar: Json

    def __str__(self) -> str:
        return f"run {self.attempt.run}, attempt {self.attempt.attempt}"

    @property
    def volumes(self) -> int:
        """Volumes of the image: as planned; after an early end, as many as pulses came, or as cover what happened."""
        planned, scan = int(self.sidecar["VolumesPlanned"]), self.protocol.scan
        if self.attempt.is_complete:
            return planned
        last_s = float((self.events["onset"] + self.events["duration"]).max())
        covering = math.ceil(last_s / scan.tr_s)
        came = 0 if scan.pulses == "first_only" else self.sidecar["PulsesSinceZero"] // scan.pulses_per_volume
        return min(planned, max(covering, came))

    def loses(self, events: Path) -> int:
        """Count the events of an earlier export, if the journal was damaged since and gives fewer; otherwise 0."""
        if first(self.records, End) or damage_of(self.attempt.journal) is None or not events.exists():
            return 0
        rows = events.read_bytes().count(b"\n") - 1
        return rows if rows > len(self.events) else 0


class Attempts(NamedTuple):
    """A person's attempts.

    Attributes
    ----------
    performed : list of Performed
        All that can be read.
    counted : list of Performed
        Those that an export is made of: that count for their run, and have lost nothing.
    kept : dict of Path to str
        By the journals of others that count: why the events of an earlier export are kept, and nothing made of them.
    problems : list of str
        What is wrong with those that cannot be read.
    """

    performed: list[Performed]
    counted: list[Performed]
    kept: dict[Path, str]
    problems: list[str]


def read_person(dataset: Dataset, person: Person) -> Attempts:
    """Read what a person's journals give, and which of it counts."""
    journals = journals_of(dataset, person)
    performed, problems = read_attempts(journals)
    not_here = {run_and_attempt(journal)[0] for journal in journals if is_unfetched(journal)}
    counting = {attempt.journal for attempt in that_count(one.attempt for one in performed).values()}
    counted, kept = [], dict[Path, str]()
    for one in performed:
        if one.attempt.journal not in counting:
            continue
        place = dataset.events(person, one.attempt.run)
        if rows := one.loses(place):
            kept[one.attempt.journal] = (
                f"{one.attempt.cause}. Its journal now gives {len(one.events)} events, and {place.name} of an earlier "
                f"export has {rows}: that was kept as it is, and no onset files made of the run. Restore the journal "
                "from your backup, or move that file away"
            )
        elif one.attempt.run in not_here and is_there(place):
            kept[one.attempt.journal] = (
                f"{place.name} of an earlier export was kept as it is, and no onset files made of the run, as another "
                "attempt at it may count, whose journal is not here"
            )
        else:
            counted.append(one)
    return Attempts(performed, counted, kept, problems)


def read_attempts(journals: Iterable[Path]) -> tuple[list[Performed], list[str]]:
    """Read journals; what is wrong with those that cannot be read is told in the second list."""
    performed, problems = [], []
    for journal in journals:
        try:
            records = read_journal(journal)
            attempt = attempt_of(journal, records)
            if attempt.problem:
                problems.append(f"{attempt.problem}; it was left out")
                continue
            protocol = head_in(records).plan.protocol
            performed.append(Performed(attempt, records, protocol, events_of(records), sidecar_of(records)))
        except JournalError as error:
            problems.append(f"{error}; it was left out")
        except (LookupError, TypeError, ValueError) as error:
            reason = f"{type(error).__name__}: {error}".splitlines()[0]
            problems.append(f"{journal}: this journal lacks something that it should hold ({reason}); it was left out")
    return performed, problems


def remarks_on(one: Performed) -> list[str]:
    """Say what an analyst, and the operator, should know of an attempt before its events are used."""
    remarks, scan = [], one.protocol.scan
    if not one.attempt.is_complete:
        remarks.append(f"the run ended early ({one.attempt.cause}), and so do its events")
    if one.sidecar["TimeZero"] == "manual_start":
        remarks.append("the run was started by hand, so its onsets are not tied to a pulse of the scanner")
    if one.sidecar["TimeZeroMovedBy"]:
        moved, why = one.sidecar["TimeZeroMovedBy"], one.sidecar["TimeZeroMovedBecause"]
        remarks.append(f"zero was moved by {moved:+g} s after the run ({why}); all onsets are from where it is now")
    if scan.volumes_dropped_in_analysis:
        dropped_s = scan.volumes_dropped_in_analysis * scan.tr_s
        remarks.append(
            f"the protocol drops the first {scan.volumes_dropped_in_analysis} stored volumes in the analysis: if your "
            f"image lacks them, subtract {dropped_s:g} s from all onsets (no onset was shifted here)"
        )
    return remarks
