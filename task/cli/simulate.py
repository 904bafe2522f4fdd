"""``simulate``: whole sessions on virtual time, by the same conductor, written as a dataset of their own."""

import time
from pathlib import Path

from task.computer.progress import progress_bar
from task.config.site import simulated_site
from task.export.dataset import export_person
from task.record.layout import ROOT
from task.visit.minds import SimulatedMind
from task.visit.plans import plan_for
from task.visit.requests import RequestError, checked_request, refuse_mixtures
from task.visit.simulated import simulate_session, who_is_simulated


def simulate(
    *,
    participants: int,
    protocol: str,
    seed: int | None,
    data: Path | None,
    mind: str = "learner",
    w: float | None = None,
    beta: float | None = None,
    learning_rates: tuple[float, float] | None = None,
) -> int:
    """Simulate participants 1 to N and export each; stop where there are data already."""
    asked = SimulatedMind(mind, w, beta, learning_rates)  # what cannot be is refused before anything is written
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
            settings = asked.settings_for(who_is_simulated(plan.seed, number))
            for _, seconds in simulate_session(request.dataset, request.person, plan, settings):
                simulated_s += seconds
            export_person(request.dataset, request.person)
            advance()
    took = time.perf_counter() - began
    print(f"{participants} simulated sessions of {protocol}: {folder}")
    print(f"{simulated_s:.0f} s of scanning in {took:.1f} s: {simulated_s / took:.0f} times real time.")
    return 0
