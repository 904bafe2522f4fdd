"""A plan's own events, before anybody has chosen anything: to look at a design, or to set up an analysis beforehand."""

from pathlib import Path

from task.export.conditions import conditions_of
from task.export.description import put_description
from task.export.files import write_described, write_if_absent
from task.export.fsl import write_fsl
from task.export.sidecar import planned_sidecar
from task.plan.plan import Plan
from task.record.events import planned_events
from task.record.layout import TASK, Dataset, Person

README = """\
Planned events: nothing here was recorded
=========================================

Made from a participant's plan, before anybody has chosen anything. Each trial stands there as it goes after a
match, and what only the participant decides is n/a. "desc-planned" in a file's name says so, too. The fsl folders
hold one three-column file (onset, duration, amplitude) for each trial type that is planned; misses, the four
cells and modulators come with the real events.
"""


def export_planned(dataset: Dataset, plan: Plan, person: Person) -> tuple[Path, ...]:
    """Write the planned events of each run's first version, as an events table and as onset files for FSL.

    Parameters
    ----------
    dataset : Dataset
        Where they go: ``derivatives/planned``, apart from all that was recorded.
    plan : Plan
        The plan.
    person : Person
        Whose plan it is.

    Returns
    -------
    tuple of Path
        The files made, the events tables first.
    """
    everybody, folder = dataset.root / "derivatives" / "planned", dataset.planned(person)
    put_description(everybody, "Decider task: planned events", "derivative")
    write_if_absent(everybody / "README", README)
    tables: list[Path] = []
    onsets: list[Path] = []
    for number in range(1, plan.protocol.runs.count + 1):
        run = plan.run(number, 1)
        events = planned_events(plan, run)
        stem = f"{person.stem}_task-{TASK}_run-{number:02d}_desc-planned"
        tables.append(folder / "func" / f"{stem}_events.tsv")
        write_described(tables[-1], events, planned_sidecar(plan, run))
        conditions = [one for one in conditions_of(events, plan.protocol) if one.occurrences]
        onsets += write_fsl(conditions, folder / "fsl" / stem)
    return (*tables, *(table.with_suffix(".json") for table in tables), *onsets)
