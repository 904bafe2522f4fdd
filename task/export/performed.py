"""The attempts of a person as their journals give them: what an export is made of."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from task.config.protocol import Protocol
from task.export.sidecar import Json, sidecar_of
from task.record.events import events_of
from task.record.history import Attempt, attempt_of
from task.record.journal import JournalError, Record, read_journal


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


def read_attempts(journals: Iterable[Path]) -> tuple[list[Performed], list[str]]:
    """Read journals; what is wrong with those that cannot be read is told in the second list."""
    performed, problems = [], []
    for journal in journals:
        try:
            records = read_journal(journal)
            attempt, head = attempt_of(journal, records), records[0]
            if attempt.problem:
                problems.append(f"{attempt.problem}; it was left out")
                continue
            protocol = Protocol.model_validate(head["protocol"], strict=False)
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
