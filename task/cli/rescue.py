"""``rescue``: bring the spare copies of journals home, after a disk or a folder failed during a run."""

from pathlib import Path

from task.cli.status import DONE, FAILED
from task.computer.quoting import for_terminal
from task.export.dataset import export_or_say
from task.record.layout import Dataset, Person
from task.record.spare import left_behind, of_no_home, searched
from task.visit.requests import RequestError
from task.visit.rescue import NotBroughtHome, is_of, rescue_copy


def rescue(*, to: Path | None, data: Path | None = None) -> int:
    """Bring home every copy that was left behind, or those of one dataset; fail if one could not be brought home."""
    everywhere = left_behind()
    copies = [copy for copy in everywhere if data is None or is_of(Dataset(data), copy)]
    if data is not None and not copies and not data.is_dir():
        raise RequestError(f"--data {data}: there is no such folder, and no copy of a journal that lay there")
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
        exported = export_or_say(Dataset(root), person)
        status = status if exported.is_whole else FAILED
        for note in exported.for_operator:
            print(f"Note: {note}")
        if to:
            place = for_terminal("--data", str(root))
            print(f"From now on {person.stem} is in {root}: add {place} to `run` and all other commands.")
    if not copies:
        what = "copy of a journal" if data is None else f"copy of a journal of {data}"
        where = ", ".join(map(str, searched()))
        print(f"There is nothing to rescue: no {what} was left behind by this user in {where}.")
    for other in everywhere:
        if other not in copies:
            print(f"Note: {other.home} is of another dataset; its copy was left alone.")
    for one in of_no_home():
        print(f"Note: {one.path} was passed over: {one.why}.")
    return status
