"""Journals to watch: whole simulated runs, as if they had been performed in real time; and changed in odd ways."""

import json
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from task.record.journal import Record, lines_of, read_journal
from tests.factories import a_protocol, simulate_session

BEGAN = datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


@cache
def _simulated(protocol: str, run: int, scan: tuple[tuple[str, Any], ...]) -> str:
    with TemporaryDirectory() as folder:
        _, _, attempts = simulate_session(Path(folder), a_protocol(protocol, scan=dict(scan)))
        return json.dumps(read_journal(attempts[run - 1].journal))


def a_run(protocol: str = "demo", run: int = 1, began: datetime = BEGAN, **scan: Any) -> list[Record]:
    """The records of a simulated run to its end, as if in real time with a real scanner, with some values of [scan]."""
    records = json.loads(_simulated(protocol, run, tuple(scan.items())))
    records[0] |= {"virtual": False, "emulated": False, "simulated_participant": None}
    for record in records:
        if record["kind"] == "clock":
            record["utc"] = (began + timedelta(seconds=record["t"])).isoformat()
    end = next(i for i, record in enumerate(records) if record["kind"] == "end")
    return records[: end + 1]


def zero_of(records: list[Record]) -> float:
    return next(record["t"] for record in records if record["kind"] == "zero")


def until(records: list[Record], since_zero_s: float) -> list[Record]:
    """The records up to a time of the run."""
    t = zero_of(records) + since_zero_s
    count = next(i for i, record in enumerate(records) if record.get("t", 0) > t)
    return records[:count]


def without_pulses(records: list[Record], *numbers: int) -> list[Record]:
    return [r for r in records if not (r["kind"] == "pulse" and r["pulse"] in numbers)]


def a_pulse(t: float) -> Record:
    return {"kind": "pulse", "t": t, "device": "keyboard", "code": "5", "pulse": 0}


def a_press(t: float, meaning: str | None, code: str = "q", device: str = "keyboard") -> Record:
    return {"kind": "press", "t": t, "device": device, "code": code, "meaning": meaning}


def to_lines(records: list[Record]) -> list[bytes]:
    return [*lines_of({"n": number} | record for number, record in enumerate(records))]
