"""``forget``: remove one person's data, everywhere that they lie."""

from pathlib import Path

from task.cli.status import DONE, FAILED
from task.computer.asking import ask, can_ask
from task.record.identity import mixed_up
from task.record.layout import ROOT, Dataset, checked_label
from task.record.spare import of_no_home
from task.visit.forget import remove_traces
from task.visit.requests import RequestError
from task.visit.traces import files_that_name, kept_by_git, traces_of


def forget(*, participant: str, data: Path | None, sure: bool) -> int:
    """Remove a participant from a dataset, after asking: all sessions, all that was made of them, and any copies."""
    label = checked_label("participant", participant)
    dataset, name = Dataset(data or ROOT / "data" / "study"), f"sub-{label}"
    if strange := mixed_up(dataset, label):
        listed = "".join(f"\n    {one}" for one in strange)
        raise RequestError(
            f"nothing was removed, as journals of {name} and of others lie among each other. Put these right, and type "
            f"the same again:{listed}"
        )
    traces = traces_of(dataset.root, name)
    if traces.places:
        print(f"To be removed for good, all of {name}:")
        for place in traces.places:
            print(f"    {place}")
        print("Backups, and copies made by hand, are yours to remove.")
        if not sure:
            _make_sure(label)
        kept = remove_traces(dataset, traces, name)
    else:
        beyond = traces.out_of_reach | kept_by_git(dataset.root, name)
        kept = [f"{path} ({why})" for path, why in beyond.items()]
        if not kept:
            raise RequestError(f"{dataset.root} holds nothing of {name}. Is it in another folder (--data)?")
    for problem in kept:
        print(f"Not removed: {problem}")
    _say_where_to_look(dataset, name)
    if traces.group:
        print("Models of the group were removed, too: run `run_session.py fit` again for the others.")
    if kept:
        rest = f"The rest of {name} was removed from {dataset.root}. " if traces.places else ""
        print(f"{rest}Look after what was not removed, and type the same again.")
        return FAILED
    print(f"{name} was removed from {dataset.root}.")
    return DONE


def _say_where_to_look(dataset: Dataset, name: str) -> None:
    """Name what may be the person's as well, and only somebody who knows it can tell."""
    files, unsearched = files_that_name(dataset.root, name)
    for path in files:
        print(f"Note: {path} names {name} as well, and was left as it is. Look at it yourself.")
    if unsearched:
        print(f"Note: {unsearched} other files were not searched for {name}: large ones, or such as are not here.")
    for one in of_no_home():
        if one.path.name.startswith((f"{name}_", f".{name}_")):
            print(f"Note: {one.path} may be of {name}, too: {one.why}. Look at it yourself.")


def _make_sure(label: str) -> None:
    """Ask for the label once more, as this cannot be undone."""
    if not can_ask():
        raise RequestError("there is no terminal to ask in, and nothing was removed. If you are sure, add --sure")
    answer = ask(f"This cannot be undone. Type {label} to go on: ") or ""
    if answer != label:
        raise RequestError(f"the answer was {answer!r}: nothing was removed")
