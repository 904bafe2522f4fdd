"""What can be found in the pulses of a run, as a value."""

from dataclasses import dataclass, field

SILENCE_TR = 2.5
"""A scan counts as over after this many TR without a pulse."""

FURTHEST_TR = 20
"""Zero is never moved by more TR than this: farther away is another scan."""


@dataclass(frozen=True)
class PulseTrain:
    """What was found in the pulses of a run. Times are in seconds on the clock of the stamps.

    Attributes
    ----------
    tr_s, jitter_s : float or None
        Measured TR, and the SD of the regular pulses about their times; None if there are too few.
    volumes_seen : int or None
        Planned volumes with at least one regular pulse; None if the scanner pulses only once.
    missing, missing_volumes : tuple
        When each pulse missing inside the train was due (while the scan goes on, also those due since the last one),
        and their volumes: 1 is the first after zero.
    short_by, extra_volumes : int
        Pulses missing at the end, and volumes beyond the planned ones.
    doubled, stray, before_train : tuple of float
        Pulses within half an interval after a regular one, elsewhere off the train, and before its first pulse.
    likely_missed_first : bool
        The first pulse, or with slices the first volume, was likely missed. A scan that was stopped looks the same.
    false_start : tuple of float or None
        When the pulse came that zero belongs to, and how much later than zero that is.
    zero_correction_s : float or None
        To be added to zero, if a person agrees; onsets get smaller by it. Never more than ``FURTHEST_TR``.
    possible_corrections_s : tuple of float
        What may have to be added to zero, where explanations differ; 0 if one of them leaves it where it is.
    early : int
        Pulses of the train that came before the task was ready.
    trains : tuple of (float, int)
        When each train began, and its pulses; more than one if the scan was stopped and started again.
    sentences : tuple of str
        What was found, what it means and what to do, in plain words; none for a clean train.
    """

    pulses: int
    volumes_expected: int
    tr_s: float | None = None
    jitter_s: float | None = None
    volumes_seen: int | None = 0
    missing: tuple[float, ...] = ()
    missing_volumes: tuple[int, ...] = ()
    short_by: int = 0
    extra_volumes: int = 0
    doubled: tuple[float, ...] = ()
    stray: tuple[float, ...] = ()
    before_train: tuple[float, ...] = ()
    likely_missed_first: bool = False
    false_start: tuple[float, float] | None = None
    zero_correction_s: float | None = None
    possible_corrections_s: tuple[float, ...] = ()
    early: int = 0
    trains: tuple[tuple[float, int], ...] = ()
    sentences: tuple[str, ...] = field(default=(), repr=False)


def in_pulses(count: int, kind: str = "") -> str:
    """Say how many pulses of a kind."""
    return f"{count} {kind}pulse{'s' * (count != 1)}"
