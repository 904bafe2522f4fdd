"""Named things to test with: protocols, plans, and whole runs performed on virtual time."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from task.config.protocol import Protocol
from task.config.read import read_protocol, read_site, read_wording
from task.config.site import Site
from task.devices.clock import VirtualClock
from task.devices.strokes import Notice, Stroke
from task.plan.dealing import Dealer, Tally
from task.plan.plan import Plan, make_plan
from task.record.history import Attempt, attempts_of
from task.record.journal import Journal, read_journal
from task.record.kinds.head import FORMAT, Head
from task.record.kinds.screen import Onset, UnknownScene
from task.record.layout import Dataset, Person
from task.record.records import Facts, Record, Unknown, from_facts, to_facts
from task.scene.base import Scene
from task.session.conductor import Conductor
from task.session.display import VirtualDisplay
from task.visit.head import head_of
from task.visit.minds import SimulatedMindSettings, simulated_mind
from task.visit.perform import perform_run

AVATARS = [f"neutral/{number:02d}" for number in range(1, 9)]
FRAME_S = 1 / 60


def a_protocol(name: str = "demo", **tables: dict[str, Any]) -> Protocol:
    """A shipped protocol with some values of some tables changed."""
    protocol = read_protocol(name)
    changed = {table: getattr(protocol, table).model_copy(update=values) for table, values in tables.items()}
    return protocol.model_copy(update=changed)


def a_plan(protocol: Protocol | str = "demo", participant: str = "01", order_index: int = 1, seed: int = 1) -> Plan:
    """A plan for a participant."""
    science = read_protocol(protocol) if isinstance(protocol, str) else protocol
    return make_plan(
        science, participant=participant, session=None, avatars=AVATARS, order_index=order_index, seed=seed
    )


def a_site() -> Site:
    """The laptop, with the emulated scanner."""
    return read_site("laptop").with_emulated_scanner()


def a_head(**changes: Any) -> Head:
    """The head of a journal, of a run of which nothing is said."""
    said: dict[str, Any] = {
        "format": FORMAT,
        "participant": "01",
        "session": None,
        "run": 1,
        "version": 1,
        "seed": 1,
        "order_index": 1,
        "avatar_set": "neutral",
        "emulated": True,
        "virtual": True,
        "simulated_participant": None,
        "plan_digest": "",
        "ticks_per_s": 10,
        "deciders": (),
        "attempt": 1,
    }
    parts = ("planned_run", "protocol", "site", "wording", "versions", "machine", "git", "tally_before")
    return Head(**{**said, **{part: {} for part in parts}, **changes})


def as_facts(records: Iterable[Record]) -> list[Facts]:
    """Records as JSON objects, to be looked at by their keys, or to be changed by hand."""
    return [json.loads(json.dumps(to_facts(record))) for record in records]


def as_records(facts: Iterable[Facts]) -> list[Record]:
    """JSON objects as records, each as its kind has to be, or of no known kind."""
    records = [from_facts({"n": -1, **one}) for one in facts]
    assert [one.problem for one in records if isinstance(one, Unknown) and one.problem] == []
    return records


def facts_in(journal: Path) -> list[Facts]:
    """What a journal holds, as JSON objects."""
    return as_facts(read_journal(journal))


def as_journalled(scene: Scene) -> Scene | UnknownScene:
    """A scene as it is read from a journal that it was written to."""
    onset = Onset(t=1.0, planned=0.0, trial=None, slot="lead_in", scene=scene)
    (read,) = as_records(as_facts([onset]))
    assert isinstance(read, Onset)
    return read.scene


class Hands:
    """A device whose strokes are decided by the test; ``at_scene`` may add strokes when a scene is shown."""

    def __init__(
        self,
        strokes: Iterable[Stroke] = (),
        at_scene: Callable[[Scene, float, float | None], Iterable[Stroke]] = lambda scene, at, closes: (),
        delay_s: float = 0.0,
    ) -> None:
        self.coming, self.at_scene, self.delay_s = sorted(strokes), at_scene, delay_s
        self.noticed: list[Notice] = []
        self.seen: list[tuple[Scene, float]] = []

    def open(self) -> None: ...

    def close(self) -> None: ...

    def next_due(self) -> float | None:
        return self.coming[0].time + self.delay_s if self.coming else None

    def read(self, until: float) -> list[Stroke]:
        due = [stroke for stroke in self.coming if stroke.time + self.delay_s <= until]
        self.coming = [stroke for stroke in self.coming if stroke.time + self.delay_s > until]
        return due

    def notices(self) -> list[Notice]:
        noticed, self.noticed = self.noticed, []
        return noticed

    def saw(self, scene: Scene, at: float, closes: float | None) -> None:
        self.seen.append((scene, at))
        self.coming = sorted([*self.coming, *self.at_scene(scene, at, closes)])


def press(time: float, code: str) -> Stroke:
    """A key of the laptop's keyboard."""
    return Stroke(time, code, "keyboard")


def pulses(first: float, count: int, tr_s: float = 2.0) -> list[Stroke]:
    """A train of emulated pulses."""
    return [Stroke(first + number * tr_s, "pulse", "emulated_scanner") for number in range(count)]


@dataclass
class Performed:
    """A run performed on virtual time: how it ended, what was journalled, what the hands saw."""

    cause: str
    records: list[Facts]
    hands: Hands
    told: list[str]

    def of(self, kind: str) -> list[Facts]:
        return [record for record in self.records if record["kind"] == kind]


def perform_with(
    hands: Hands,
    journal: Path,
    plan: Plan | None = None,
    was_interrupted: Callable[[], str | None] = lambda: None,
    **strokes: str,
) -> Performed:
    """Perform run 1 of a plan with strokes from the test alone; those named here get a meaning."""
    plan = plan or a_plan()
    run, site, clock, told = plan.run(1, 1), a_site(), VirtualClock(), []
    meant = site.strokes.model_copy(update={meaning: (stroke,) for meaning, stroke in strokes.items()})
    site = site.model_copy(update={"strokes": meant})
    book = Journal(journal, durable=False)
    book.write(head_of(plan, run, site, read_wording("en"), clock, None, 1, Tally(), 0, []))
    conductor = Conductor(
        plan,
        run,
        site=site,
        display=VirtualDisplay(clock, 60.0, [hands]),
        devices=[hands],
        journal=book,
        clock=clock,
        dealer=Dealer(run, plan.deciders, plan.protocol, Tally()),
        observers=[hands],
        tell=told.append,
        was_interrupted=was_interrupted,
    )
    try:
        cause = conductor.perform()
    finally:
        book.close()
    return Performed(cause, facts_in(journal), hands, told)


def simulate_session(
    folder: Path, protocol: Protocol | str = "demo", participant: str = "01", mind: SimulatedMindSettings | None = None
) -> tuple[Dataset, Plan, list[Attempt]]:
    """Perform all runs of a session by the simulated participant."""
    plan = a_plan(protocol, participant)
    dataset, attempts = perform_session(folder, plan, mind or SimulatedMindSettings())
    return dataset, plan, attempts


def perform_session(folder: Path, plan: Plan, settings: SimulatedMindSettings) -> tuple[Dataset, list[Attempt]]:
    """Perform all runs of a plan by a simulated participant."""
    dataset, person = Dataset(folder), Person(plan.participant)
    thinking = simulated_mind(settings, person)
    for run in range(1, plan.protocol.runs.count + 1):
        perform_run(
            dataset=dataset,
            person=person,
            plan=plan,
            run=run,
            site=a_site(),
            attempts=attempts_of(dataset, person),
            clock=VirtualClock(),
            mind=thinking,
            mind_settings=settings,
            tell=lambda line: None,
        )
    return dataset, attempts_of(dataset, person)
