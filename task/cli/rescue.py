"""``rescue``: bring the spare copies of journals home, after a disk or a folder failed during a run."""

from pathlib import Path

from task.cli.status import DONE, FAILED
from task.export.dataset import export_person
from task.record.layout import Dataset, Person
from task.record.spare import left_behind, searched
from task.visit.rescue import NotBroughtHome, rescue_copy


def rescue(*, to: Path | None) -> int:
    """Bring home every copy that was left behind; fail if one could not be brought home."""
    copies = left_behind()
    if not copies:
        where = ", ".join(map(str, searched()))
        print(f"There is nothing to rescue: no copy of a journal was left behind by this user in {where}.")
        return DONE
    status = DONE
    rescued: dict[tuple[Path, Person], None] = {}
    for copy in copies:
        if copy.is_in_use:
            print(f"{copy.home}: its run is going on just now, and looks after its copy itself.")
            continue
        try:
            dataset, person, done = rescue_copy(copy, to)
        except NotBroughtHome as error:
            status = FAILED
            print(error)
            continue
        print(done)
        rescued[dataset.root, person] = None
    for root, person in rescued:
        for note in export_person(Dataset(root), person).for_operator:
            print(f"Note: {note}")
        if to:
            print(f"From now on {person.stem} is in {root}: add --data {root} to `run` and all other commands.")
    return status
