"""Whole sessions by a simulated participant, on virtual time."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from task.config.site import simulated_site
from task.devices.clock import VirtualClock
from task.plan.draw import Draw
from task.plan.plan import Plan
from task.record.history import Attempt, attempt_of
from task.record.journal import read_journal
from task.record.layout import Dataset, Person
from task.record.records import Record
from task.visit.minds import SimulatedMindSettings, simulated_mind
from task.visit.perform import perform_run


def simulate_session(
    dataset: Dataset, person: Person, plan: Plan, settings: SimulatedMindSettings
) -> Iterator[tuple[Path, float]]:
    """Let a simulated participant perform every run of a plan; give each journal, and its run's seconds."""
    mind = simulated_mind(settings, person, plan.protocol.deciders.responders)
    attempts: list[Attempt] = []
    for run in range(1, plan.protocol.runs.count + 1):
        clock = VirtualClock()
        performance = perform_run(
            dataset=dataset,
            person=person,
            plan=plan,
            run=run,
            site=simulated_site(),
            attempts=attempts,
            clock=clock,
            mind=mind,
            mind_settings=settings,
            tell=lambda line: None,
        )
        attempts.append(attempt_of(performance.journal))
        yield performance.journal, clock.now()


def records_of_simulated(plan: Plan, person: Person) -> dict[int, list[Record]]:
    """Give the records of each run of a plan, as a simulated participant would perform it; nothing is kept."""
    settings = SimulatedMindSettings(seed=plan.seed)
    with TemporaryDirectory() as folder:
        session = simulate_session(Dataset(Path(folder)), person, plan, settings)
        return {run: read_journal(journal) for run, (journal, _) in enumerate(session, 1)}


def who_is_simulated(seed: int, number: int) -> SimulatedMindSettings:
    """Draw who a participant is: w ~ Beta(1.1, 1.1), beta ~ Gamma(2, 3), the learner's priors."""
    draw = np.random.Generator(np.random.PCG64(Draw("who", seed, number).below(2**63)))
    return SimulatedMindSettings(
        w=round(float(draw.beta(1.1, 1.1)), 4), beta=round(float(draw.gamma(2, 3)), 4), split_rate=0.5, seed=seed
    )
