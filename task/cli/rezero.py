"""``rezero``: move a run's zero after the run, as a decision in its journal."""

from pathlib import Path

from task.cli.status import DONE, FAILED
from task.record.layout import ROOT, Dataset, Person, checked_label
from task.visit.requests import RequestError
from task.visit.rezero import move_run


def rezero(
    *,
    participant: str,
    session: str | None,
    run: int,
    attempt: int | None,
    by: float,
    reason: str,
    data: Path | None,
) -> int:
    """Move a run's zero, and make its events and onset files again."""
    dataset = Dataset(data or ROOT / "data" / "study")
    person = Person(checked_label("participant", participant), session and checked_label("session", session))
    reason = reason.strip()
    if not reason.strip("."):
        raise RequestError(
            "--reason: say in a few words why, for whoever reads this in a year, as in "
            '--reason "the scanner stored all 250 volumes"'
        )
    moved = move_run(dataset, person, run, attempt, by, reason)
    if moved.before is not None:
        print(
            f"The earlier decision no longer counts: zero moved by {moved.before.by_s:+.3f} s ({moved.before.reason})."
        )
    if by:
        print(
            f"Zero of run {run} is now {abs(by):.3f} s {'later' if by > 0 else 'earlier'} than it was in the run: "
            f"{abs(by):.3f} s are {'taken from' if by > 0 else 'added to'} its onsets. To take this back: --by 0."
        )
    else:
        print(f"Zero of run {run} is again where it was in the run.")
    for note in moved.exported.for_operator:
        print(f"Note: {note}")
    print(f"Decision: {moved.journal}")
    for path in moved.exported.events:
        if path == dataset.events(person, run):
            print(f"Events:   {path}")
    return DONE if moved.exported.is_whole else FAILED
