"""What the pulses of a run say of its scan."""

from dataclasses import dataclass
from typing import Annotated

from task.pulses.findings import PulseTrain
from task.record.fields import About
from task.record.records import Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Train(Timed):
    """What the pulses say of the scan, and the command that puts zero right, if it should be."""

    pulses: Annotated[int, About("Pulses since the run was ready")]
    volumes_expected: Annotated[int, About("Stored volumes planned")]
    tr_s: Annotated[float | None, About("Measured TR; null if there are too few pulses", "s")]
    jitter_s: Annotated[float | None, About("SD of the regular pulses about their times", "s")]
    volumes_seen: Annotated[
        int | None, About("Planned volumes with at least one regular pulse; null if the scanner pulses only once")
    ]
    missing: Annotated[tuple[float, ...], About("When each pulse that is missing inside the train was due", "s")]
    missing_volumes: Annotated[tuple[int, ...], About("Their volumes; 1 is the first after zero")]
    short_by: Annotated[int, About("Pulses missing at the end")]
    extra_volumes: Annotated[int, About("Volumes beyond the planned ones")]
    doubled: Annotated[tuple[float, ...], About("Pulses within half an interval after a regular one", "s")]
    stray: Annotated[tuple[float, ...], About("Pulses elsewhere off the train", "s")]
    before_train: Annotated[tuple[float, ...], About("Pulses before its first", "s")]
    likely_missed_first: Annotated[bool, About("Whether the first pulse, or with slices the first volume, was missed")]
    false_start: Annotated[
        tuple[float, float] | None, About("When the pulse came that zero belongs to, and how much later that is", "s")
    ]
    zero_correction_s: Annotated[float | None, About("To be added to zero, if a person agrees", "s")]
    possible_corrections_s: Annotated[
        tuple[float, ...] | None,
        About(
            "What may have to be added to zero, where explanations differ; 0 leaves it where it is",
            "s",
            since=2,
            if_any=True,
        ),
    ] = None
    early: Annotated[int | None, About("Pulses of the train that came before the run was ready")] = None
    trains: Annotated[
        tuple[tuple[float, int], ...] | None,
        About("When each train began (s), and its pulses, if the scan was started again"),
    ] = None
    sentences: Annotated[tuple[str, ...], About("What was found, what it means and what to do, in words")]
    command: Annotated[str | None, About("The command that re-zeroes the run, if it should be")]


def train_of(found: PulseTrain, t: float, command: str | None) -> Train:
    """Make the record of what was found in the pulses."""
    return Train(t=t, **vars(found), command=command)
