"""``forget``: remove one person's data, everywhere that they lie."""

from pathlib import Path

from task.cli.status import DONE, FAILED
from task.computer.asking import ask, can_ask
from task.record.layout import ROOT, Dataset, checked_label
from task.visit.forget import files_that_name, remove_traces, traces_of
from task.visit.requests import RequestError


def forget(*, participant: str, data: Path | None, sure: bool) -> int:
    """Remove a participant from a dataset, after asking: all sessions, all that was made of them, and any copies."""
    label = checked_label("participant", participant)
    dataset, name = Dataset(data or ROOT / "data" / "study"), f"sub-{label}"
    traces = traces_of(dataset.root, name)
    if not traces.places:
        raise RequestError(f"{dataset.root} holds nothing of {name}. Is it in another folder (--data)?")
    print(f"To be removed for good, all of {name}:")
    for place in traces.places:
        print(f"    {place}")
    print("Backups, and copies made by hand, are yours to remove.")
    if not sure:
        _make_sure(label)
    kept = remove_traces(dataset, traces, name)
    for problem in kept:
        print(f"Not removed: {problem}")
    for path in files_that_name(dataset.root, name):
        print(f"Note: {path} names {name} as well, and was left as it is. Look at it yourself.")
    if kept:
        print(f"The rest of {name} was removed from {dataset.root}. Look after these, and type the same again.")
        return FAILED
    print(f"{name} was removed from {dataset.root}.")
    if traces.group:
        print("Models of the group were removed with it: run `run_session.py fit` again for the others.")
    return DONE


def _make_sure(label: str) -> None:
    """Ask for the label once more, as this cannot be undone."""
    if not can_ask():
        raise RequestError("there is no terminal to ask in, and nothing was removed. If you are sure, add --sure")
    answer = ask(f"This cannot be undone. Type {label} to go on: ") or ""
    if answer != label:
        raise RequestError(f"the answer was {answer!r}: nothing was removed")
