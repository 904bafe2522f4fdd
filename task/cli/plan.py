"""``plan``: a participant's whole session worked out and saved, with its planned events, and summed up."""

from typing import Any

from task.computer.tables import print_table
from task.config.site import simulated_site
from task.export.planned import export_planned
from task.plan.generative import match_probability
from task.plan.plan import Plan
from task.record.layout import ROOT
from task.record.lock import locked
from task.visit.plans import plan_for
from task.visit.requests import checked_request, doubts_about_label


def plan(**options: Any) -> int:
    """Work out and save a participant's plan, write its planned events, and sum it up."""
    options["data"] = options["data"] or ROOT / "data" / "study"
    request = checked_request(site=simulated_site(), **options)
    for doubt in doubts_about_label(request):
        print(f"Note: {doubt}.")
    with locked(request.dataset, request.person):  # or a run that is just beginning would be performed by another plan
        made, _ = plan_for(request, print)
    paths, _ = export_planned(request.dataset, made, request.person)
    _sum_up(made)
    print(f"\nPlan:            {request.dataset.plan(request.person)}")
    print(f"Planned events:  {request.dataset.planned(request.person)}  ({len(paths)} files)")
    return 0


def _before_zero(pulses: int) -> str:
    return f"with {pulses} pulse{'s' * (pulses > 1)} before time zero, " if pulses else ""


def _sum_up(made: Plan) -> None:
    protocol = made.protocol
    run = made.run(1, 1)
    print(
        f"Participant {made.participant}, protocol {protocol.name}, seed {made.seed}, order index {made.order_index}: "
        f"{protocol.runs.count} runs of {protocol.runs.trials} trials."
    )
    print(
        f"Each run: {made.seconds(run.length):g} s, {protocol.volumes} volumes at a TR of {protocol.scan.tr_s:g} s, "
        f"{_before_zero(protocol.scan.pulses_before_zero)}the same for everybody."
    )
    rows = []
    types = {kind.name: kind for kind in protocol.deciders.types}
    for decider in made.deciders:
        cards = [
            card
            for number in range(decider.first_run, decider.last_run + 1)
            for card in made.run(number, 1).decks[decider.id]
        ]
        dealt = sum(card.rank <= card.spots for card in cards) / len(cards)
        exact = match_probability(types[decider.type], protocol.deciders)
        rows.append((decider.id, decider.kind, decider.type, decider.avatar, f"{exact:.3f}", f"{dealt:.3f}"))
    print()
    print_table(("Decider", "kind", "type", "avatar", "P(match)", "in the decks"), rows, "<<<<>>")
