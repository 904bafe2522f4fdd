"""Journals as the conductor writes them, on virtual time: whole sessions, and the ways in which a run goes wrong."""

import json
import shutil
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import pytest

from task.config.avatars import avatars_of
from task.config.protocol import Protocol
from task.config.read import read_protocol, read_site
from task.devices.clock import VirtualClock
from task.devices.strokes import Notice, Stroke
from task.plan.plan import Plan, make_plan, save_plan
from task.record.history import attempts_of
from task.record.layout import Dataset, Person
from task.visit.minds import SimulatedMindSettings, simulated_mind
from task.visit.perform import perform_run
from tests.factories import facts_in

ANN, BEN, CLEO, DAN, EVE, FAY = (Person(f"{number:02d}") for number in range(1, 7))
GUS_A, GUS_B = Person("07", "a"), Person("07", "b")
TYPED_AT_ONCE = (0.0, "x")  # the virtual display passes over time in which nobody has anything to do


class Fingers:
    """A keyboard on virtual time: what the operator types, and when (seconds from opening)."""

    def __init__(self, typed: Sequence[tuple[float, str]]) -> None:
        self._coming = [Stroke(time, code, "keyboard") for time, code in (TYPED_AT_ONCE, *typed)]

    def open(self) -> None: ...

    def close(self) -> None: ...

    def next_due(self) -> float | None:
        return self._coming[0].time if self._coming else None

    def read(self, until: float) -> list[Stroke]:
        due = [stroke for stroke in self._coming if stroke.time <= until]
        self._coming = self._coming[len(due) :]
        return due

    def notices(self) -> list[Notice]:
        return []


def abort_at(time: float) -> list[tuple[float, str]]:
    """The operator ends the run: the abort key twice."""
    return [(time, "escape"), (time + 0.3, "escape")]


IN_THE_FIRST_CHOICE = abort_at(7.5)  # of the demo, if the scanner starts after 3 s; who plays has chosen by then


@lru_cache
def plan_of(protocol: Protocol, person: Person, seed: int = 1) -> Plan:
    return make_plan(
        protocol,
        participant=person.participant,
        session=person.session,
        avatars=avatars_of("neutral", protocol.deciders_needed),
        order_index=7,
        seed=seed,
    )


def perform(
    dataset: Dataset,
    protocol: Protocol,
    *,
    run: int = 1,
    person: Person = ANN,
    seed: int = 1,
    plays: bool = True,
    typed: Sequence[tuple[float, str]] = (),
    scanner_starts_after_s: float = 3.0,
) -> Path:
    """Perform the next attempt at a run on virtual time, and give its journal."""
    plan = plan_of(protocol, person, seed)
    save_plan(plan, dataset.plan(person))
    site = read_site("laptop").with_emulated_scanner()
    scanner = site.devices["emulated_scanner"].model_copy(update={"starts_after_s": scanner_starts_after_s})
    settings = SimulatedMindSettings(seed=seed) if plays else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("task.visit.perform._SilentKeyboard", lambda: Fingers(typed))
        return perform_run(
            dataset=dataset,
            person=person,
            plan=plan,
            run=run,
            site=site.model_copy(update={"devices": {**site.devices, "emulated_scanner": scanner}}),
            attempts=attempts_of(dataset, person),
            clock=VirtualClock(),
            mind=simulated_mind(settings, person) if settings else None,
            mind_settings=settings,
            tell=lambda line: None,
        ).journal


def cut_off(journal: Path, trial: int) -> None:
    """Cut a journal off while a trial's feedback is shown, in the middle of a line."""
    lines = journal.read_bytes().splitlines(keepends=True)
    records = facts_in(journal)
    shown = next(r["n"] for r in records if (r.get("trial"), r.get("slot")) == (trial, "feedback"))
    pulse = next(r["n"] for r in records[shown:] if r["kind"] == "pulse")
    journal.write_bytes(b"".join(lines[: pulse + 1]) + lines[pulse + 1][:20])


def rewrite(journal: Path, change: Callable[[list[dict[str, Any]]], Any]) -> None:
    """Change the records of a journal by hand, as no program of ours would."""
    records = facts_in(journal)
    change(records)
    text = "".join(json.dumps(record, separators=(",", ":")) + "\n" for record in records)
    journal.write_text(text, encoding="utf-8")


@pytest.fixture(scope="session")
def demo() -> Protocol:
    return read_protocol("demo")


@pytest.fixture(scope="session")
def no_match(demo: Protocol) -> Protocol:
    """A protocol whose Deciders have no room for anybody ranked last, as everybody is."""
    raw = demo.model_dump()
    raw["deciders"]["types"] = [{"name": f"type_{i}", "mean_rank": 8.0, "mean_spots": 1.0 + i / 10} for i in range(4)]
    return Protocol.model_validate(raw, strict=False)


@pytest.fixture
def perform_a_run(dataset: Dataset) -> Callable[..., Path]:
    """Perform the next attempt at a run of the test's own dataset, and give its journal."""
    return partial(perform, dataset)


@pytest.fixture(scope="session")
def _mishaps(tmp_path_factory: pytest.TempPathFactory, demo: Protocol, no_match: Protocol) -> Dataset:
    dataset = Dataset(tmp_path_factory.mktemp("mishaps"))
    perform(dataset, demo, run=1, person=ANN, typed=abort_at(40))
    perform(dataset, demo, run=1, person=ANN)
    perform(dataset, demo, run=2, person=ANN, typed=IN_THE_FIRST_CHOICE)
    perform(dataset, demo, person=BEN, plays=False)
    perform(dataset, no_match, person=CLEO)
    perform(dataset, demo, person=DAN, scanner_starts_after_s=30, typed=abort_at(2))
    perform(dataset, demo, person=EVE, scanner_starts_after_s=30, typed=[(2, "space")])
    cut_off(perform(dataset, demo, person=FAY), trial=5)
    perform(dataset, read_protocol("separate_feedback"), person=GUS_A)
    perform(dataset, read_protocol("relational_value"), person=GUS_B)
    return dataset


@pytest.fixture
def mishaps(_mishaps: Dataset, dataset: Dataset) -> Dataset:
    """A dataset in which all sorts of things have gone wrong; nothing is exported yet."""
    shutil.copytree(_mishaps.root, dataset.root)
    return dataset
