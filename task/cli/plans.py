"""``plan`` and ``export``: from a plan or from journals to onset files, without a display."""

from pathlib import Path
from typing import Any

from task.cli.progress import progress_bar
from task.cli.requests import RequestError, checked_request, plan_for
from task.config.site import simulated_site
from task.export.dataset import export_all
from task.export.planned import export_planned
from task.plan.generative import match_probability
from task.plan.plan import Plan
from task.record.layout import ROOT, Dataset


def plan(**options: Any) -> int:
    """Work out and save a participant's plan, write its planned events, and sum it up."""
    options["data"] = options["data"] or ROOT / "data" / "study"
    request = checked_request(site=simulated_site(), **options)
    made, _ = plan_for(request, print)
    paths = export_planned(request.dataset, made, request.person)
    _sum_up(made)
    print(f"\nPlan:            {request.dataset.plan(request.person)}")
    print(f"Planned events:  {request.dataset.planned(request.person)}  ({len(paths)} files)")
    return 0


def export(*, data: Path | None) -> int:
    """Make all events and onset files of a dataset again from its journals."""
    dataset = Dataset(data or ROOT / "data" / "study")
    people = dataset.people()
    if not people:
        raise RequestError(
            f"{dataset.root}: there are no journals here. Name a dataset with --data, such as data/pilot"
        )
    with progress_bar(len(people), "Exporting") as advance:
        exported = export_all(dataset, lambda done, total: advance())
    notes = [note for one in exported for note in one.notes]
    for note in notes:
        print(f"Note: {note}")
    print(f"Events and onset files of {len(people)} participant{'s' * (len(people) != 1)}: {dataset.root}")
    return 0


def _sum_up(made: Plan) -> None:
    protocol = made.protocol
    run = made.run(1, 1)
    print(
        f"Participant {made.participant}, protocol {protocol.name}, seed {made.seed}, order index {made.order_index}: "
        f"{protocol.runs.count} runs of {protocol.runs.trials} trials."
    )
    print(
        f"Each run: {made.seconds(run.length):g} s, {protocol.volumes} volumes at a TR of {protocol.scan.tr_s:g} s, "
        "the same for everybody."
    )
    print("\n  Decider  kind      type                       avatar          P(match)  in the decks")
    types = {kind.name: kind for kind in protocol.deciders.types}
    for decider in made.deciders:
        cards = [
            card
            for number in range(decider.first_run, decider.last_run + 1)
            for card in made.run(number, 1).decks[decider.id]
        ]
        dealt = sum(card.rank <= card.spots for card in cards) / len(cards)
        exact = match_probability(types[decider.type], protocol.deciders)
        name = f"{decider.id:<7}  {decider.kind:<8}  {decider.type:<25}  {decider.avatar:<14}"
        print(f"  {name}  {exact:8.3f}  {dealt:12.3f}")
