"""``rezero``: move a run's zero after the run, as a decision in its journal; and the words that suggest it."""

from pathlib import Path

from task.cli.requests import RequestError
from task.cli.rescue import take_home
from task.cli.typed import as_typed
from task.config.protocol import Protocol
from task.export.dataset import export_person
from task.record.correction import correction_of, move_zero
from task.record.history import attempts_of, that_count
from task.record.journal import read_journal
from task.record.layout import ROOT, Dataset, Person, checked_label
from task.record.lock import locked
from task.record.pulse_train import FURTHEST_TR


def rezero_command(dataset: Dataset, person: Person, run: int, attempt: int, by_s: float) -> str:
    """Give the command that moves a run's zero by some seconds, as it is to be typed; the reason is left to fill in."""
    words = ["rezero", "--participant", person.participant]
    if person.session:
        words += ["--session", person.session]
    words += ["--run", str(run), "--attempt", str(attempt), f"--by={by_s:+.3f}", "--data", str(dataset.root.resolve())]
    return as_typed(*words) + ' --reason "..."'


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
    _journal(dataset, person, run, attempt)  # there is one, before anything is touched
    with locked(dataset, person):
        take_home(dataset, person)
    journal = _journal(dataset, person, run, attempt)
    records = read_journal(journal)
    furthest_s = FURTHEST_TR * Protocol.model_validate(records[0]["protocol"], strict=False).scan.tr_s
    if not abs(by) <= furthest_s:
        raise RequestError(
            f"--by {by:g}: a number of seconds from {-furthest_s:g} to {furthest_s:g} ({FURTHEST_TR} TR of this run)"
        )
    before = correction_of(records)
    with locked(dataset, person):
        move_zero(journal, by, reason)
        exported = export_person(dataset, person)
    if before is not None:
        print(f"The earlier decision no longer counts: zero moved by {before.by_s:+.3f} s ({before.reason}).")
    if by:
        print(
            f"Zero of run {run} is now {abs(by):.3f} s {'later' if by > 0 else 'earlier'} than it was in the run: "
            f"{abs(by):.3f} s are {'taken from' if by > 0 else 'added to'} its onsets. To take this back: --by 0."
        )
    else:
        print(f"Zero of run {run} is again where it was in the run.")
    for note in exported.for_operator:
        print(f"Note: {note}")
    print(f"Decision: {journal}")
    for path in exported.events:
        if path == dataset.events(person, run):
            print(f"Events:   {path}")
    return 0


def _journal(dataset: Dataset, person: Person, run: int, attempt: int | None) -> Path:
    """Find the journal that is meant: of the attempt named, or of the one that counts."""
    attempts = attempts_of(dataset, person)
    if not attempts:
        raise RequestError(f"there is no run of {person.stem} in {dataset.root}. Is it in another folder (--data)?")
    of_run = [one for one in attempts if one.run == run]
    chosen = {one.attempt: one for one in of_run}.get(attempt) if attempt else that_count(attempts).get(run)
    if chosen is None:
        known = ", ".join(f"run {one.run} attempt {one.attempt}" for one in attempts)
        raise RequestError(f"{person.stem} has no such run or attempt. There are: {known}")
    return chosen.journal
