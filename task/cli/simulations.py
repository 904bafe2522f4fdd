"""``simulate``: whole sessions on virtual time, by the same conductor, written as a dataset of their own."""

import time
from pathlib import Path

import numpy as np

from task.cli.minds import ASKED_FOR_NONE, MindAsked, SimulatedMind, SimulatedMindSettings, simulated_mind
from task.cli.perform import perform_run
from task.cli.progress import progress_bar
from task.cli.requests import RequestError, checked_request, plan_for, refuse_mixtures
from task.config.site import simulated_site
from task.devices.clock import VirtualClock
from task.export.dataset import export_person
from task.plan.draw import Draw
from task.record.history import Attempt, attempt_of
from task.record.layout import ROOT


def simulate(
    *, participants: int, protocol: str, seed: int | None, data: Path | None, mind: MindAsked = ASKED_FOR_NONE
) -> int:
    """Simulate participants 1 to N and export each; stop where there are data already."""
    asked = SimulatedMind(*mind)  # what cannot be is refused before anything is written
    folder = data or ROOT / "data" / "simulated"
    width = max(2, len(str(participants)))
    simulated_s, began = 0.0, time.perf_counter()
    with progress_bar(participants, "Simulating") as advance:
        for number in range(1, participants + 1):
            request = checked_request(
                participant=f"{number:0{width}d}",
                session=None,
                protocol=protocol,
                site=simulated_site(),
                data=folder,
                seed=seed,
            )
            if request.dataset.journals(request.person):
                raise RequestError(
                    f"{folder} already holds data of participant {request.person.participant}, and nothing is "
                    "overwritten. Name a new folder with --data"
                )
            refuse_mixtures(request, [], virtual=True)
            plan, _ = plan_for(request, lambda line: None)
            settings = asked.settings_for(_settings(plan.seed, number))
            thinks = simulated_mind(settings, request.person, plan.protocol.deciders.responders)
            attempts: list[Attempt] = []
            for run in range(1, plan.protocol.runs.count + 1):
                clock = VirtualClock()
                performance = perform_run(
                    dataset=request.dataset,
                    person=request.person,
                    plan=plan,
                    run=run,
                    site=request.site,
                    attempts=attempts,
                    clock=clock,
                    mind=thinks,
                    mind_settings=settings,
                    wording=request.wording,
                    tell=lambda line: None,
                )
                attempts.append(attempt_of(performance.journal))
                simulated_s += clock.now()
            export_person(request.dataset, request.person)
            advance()
    took = time.perf_counter() - began
    print(f"{participants} simulated sessions of {protocol}: {folder}")
    print(f"{simulated_s:.0f} s of scanning in {took:.1f} s: {simulated_s / took:.0f} times real time.")
    return 0


def _settings(seed: int, number: int) -> SimulatedMindSettings:
    """Draw who a participant is: w ~ Beta(1.1, 1.1), beta ~ Gamma(2, 3), the learner's priors."""
    draw = np.random.Generator(np.random.PCG64(Draw("who", seed, number).below(2**63)))
    return SimulatedMindSettings(
        w=round(float(draw.beta(1.1, 1.1)), 4), beta=round(float(draw.gamma(2, 3)), 4), split_rate=0.5, seed=seed
    )
