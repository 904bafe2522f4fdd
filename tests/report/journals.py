"""Journals to watch: whole simulated runs, as if they had been performed in real time; and changed in odd ways."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from task.pulses.findings import PulseTrain
from task.record.kinds.train import train_of
from task.record.lines import lines_of
from task.record.records import Facts, to_facts
from task.report import watched
from task.report.live import Live
from tests.factories import a_protocol, as_records, facts_in, simulate_session

BEGAN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@cache
def _simulated(protocol: str, run: int, scan: tuple[tuple[str, Any], ...]) -> str:
    with TemporaryDirectory() as folder:
        _, _, attempts = simulate_session(Path(folder), a_protocol(protocol, scan=dict(scan)))
        return json.dumps(facts_in(attempts[run - 1].journal))


def a_run(protocol: str = "demo", run: int = 1, began: datetime = BEGAN, **scan: Any) -> list[Facts]:
    """The records of a simulated run to its end, as if in real time with a real scanner, with some values of [scan]."""
    records = json.loads(_simulated(protocol, run, tuple(scan.items())))
    records[0] |= {"virtual": False, "emulated": False, "simulated_participant": None}
    for record in records:
        if record["kind"] == "clock":
            record["utc"] = (began + timedelta(seconds=record["t"])).isoformat()
    end = next(i for i, record in enumerate(records) if record["kind"] == "end")
    return records[: end + 1]


def zero_of(records: list[Facts]) -> float:
    return next(record["t"] for record in records if record["kind"] == "zero")


def until(records: list[Facts], since_zero_s: float) -> list[Facts]:
    """The records up to a time of the run."""
    t = zero_of(records) + since_zero_s
    count = next(i for i, record in enumerate(records) if record.get("t", 0) > t)
    return records[:count]


def without_pulses(records: list[Facts], *numbers: int) -> list[Facts]:
    return [r for r in records if not (r["kind"] == "pulse" and r["pulse"] in numbers)]


def a_pulse(t: float) -> Facts:
    return {"kind": "pulse", "t": t, "device": "keyboard", "code": "5", "pulse": 0}


def a_press(t: float, meaning: str | None, code: str = "q", device: str = "keyboard") -> Facts:
    return {"kind": "press", "t": t, "device": device, "code": code, "meaning": meaning}


def a_train(sentences: list[str], command: str) -> Facts:
    """What the program itself found in the pulses."""
    return to_facts(train_of(PulseTrain(62, 62, sentences=tuple(sentences)), 0.0, command))


def a_miss(trial: int = 9) -> Facts:
    return {"kind": "choice", "trial": trial, "side": None, "response_time": None, "decider": None}


class Watched(watched.Watched):
    """The live view of a run whose records are JSON objects."""

    def __init__(self, head: Facts) -> None:
        super().__init__(*as_records([head]))

    def take(self, records: Iterable[Facts]) -> None:
        super().take(as_records(records))


def live_of(records: list[Facts], now: float | None = None) -> Live:
    return watched.live_of(as_records(records), now)


def to_lines(records: list[Facts]) -> list[bytes]:
    return [*lines_of({"n": number} | record for number, record in enumerate(records))]
