"""Never run: what mypy has to refuse of records, each line by the error that is named.

mypy reads this file with the rest of the program. Where it sees no error any more, the comment that expects one is
itself an error (``warn_unused_ignores``): so this holds that a wrong field is seen, whoever writes or reads it.
"""

from task.record.journal import Journal
from task.record.kinds.answers import Choice, Share
from task.record.kinds.head import head_in
from task.record.kinds.marks import End, Zero
from task.record.kinds.screen import Onset
from task.record.records import Record, first, of_kind
from task.scene.feedback import Feedback


def written(journal: Journal) -> None:
    """A record is written with its own fields, all that it has to have, and of their types."""
    journal.write(Zero(t=1.0, source="pulse", pulses_before=0))
    journal.write(Zero(t=1.0, source="pulse", pulses=0))  # type: ignore[call-arg]
    journal.write(Zero(t=1.0, source="pulse"))  # type: ignore[call-arg]
    journal.write(Zero(t=1.0, source="puls", pulses_before=0))  # type: ignore[arg-type]
    journal.write(Choice(trial=1, side="up", response_time=None, decider=None))  # type: ignore[arg-type]
    journal.write({"kind": "zero", "t": 1.0})  # type: ignore[arg-type]
    journal.write("zero")  # type: ignore[arg-type]


def read(records: list[Record]) -> None:
    """A record is read by its own fields, once it is known of which kind it is, or that it is there at all."""
    end = first(records, End)
    print(end.cause)  # type: ignore[union-attr]
    if end is not None:
        end.cause.upper()
        print(end.reason)  # type: ignore[attr-defined]
        end.points = 7  # type: ignore[misc]
    print(records[0].seed)  # type: ignore[attr-defined]
    head_in(records).seed.bit_length()
    print(head_in(records).sead)  # type: ignore[attr-defined]
    print(head_in(records).plan.protocol.scan.tr)  # type: ignore[attr-defined]
    for record in records:
        if isinstance(record, Choice | Share):
            print(record.points)  # type: ignore[union-attr]
            print(record.response_time + 1.0)  # type: ignore[operator]
    for onset in of_kind(records, Onset):
        print(onset.scene.rank)  # type: ignore[union-attr]
        if isinstance(onset.scene, Feedback):
            print(onset.scene.rank + 1)  # type: ignore[operator]
