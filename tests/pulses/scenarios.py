"""Scans made up with faults of known kinds: what a run gets of them, and when the first stored volume truly began."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from task.config.scan import Scan
from task.pulses.train import PulseTrain, understand
from tests.pulses.trains import Times

LISTENS_TR = 2.5


@dataclass
class Scanned:
    """A scan while it is made: first what the sequence does, then what becomes of its pulses on their way."""

    rng: np.random.Generator
    scan: Scan
    volumes: int  # planned
    spacing: float  # from slice to slice, TR being the protocol's
    dummies: int
    stored: int
    factor: float = 1.0  # of TR
    jitter: float = 0.0
    raster: float = 0.0
    ready: float = -np.inf
    by_hand_tr: float | None = None
    is_cut: bool = False
    pulses: Times = field(default_factory=lambda: np.empty(0))
    is_heard: np.ndarray = field(default_factory=lambda: np.empty(0, dtype=bool))
    besides: Times = field(default_factory=lambda: np.empty(0))

    @property
    def per(self) -> int:
        return self.scan.pulses_per_volume

    @property
    def tr(self) -> float:
        return self.scan.tr_s * self.factor

    @property
    def first_stored(self) -> float:
        return float(self.pulses[self.dummies * self.per])

    def send(self) -> None:
        begins = self.tr * np.arange(self.dummies + self.stored)
        self.pulses = (begins[:, None] + self.factor * self.spacing * np.arange(self.per)).ravel()
        self.is_heard = np.ones(self.pulses.size, dtype=bool)

    def lose_volumes(self, first: int, count: int) -> None:
        self.is_heard[first * self.per : (first + count) * self.per] = False

    def add(self, *times: float) -> None:
        self.besides = np.append(self.besides, times)


@dataclass(frozen=True)
class Made:
    """What a run got: the arguments of ``understand``, and the truth."""

    faults: tuple[str, ...]
    besides: tuple[str, ...]
    seed: object
    scan: Scan
    volumes: int
    times: Times
    before_ready: Times
    zero: float
    ended: bool
    first_stored: float
    tolerance: float

    @property
    def correction(self) -> float:
        return self.first_stored - self.zero

    @property
    def is_zero_right(self) -> bool:
        return abs(self.correction) <= self.tolerance


# --- what the sequence does; before its pulses are sent ---------------------------------------------------------------


def other_dummies(made: Scanned) -> None:
    fewer = -int(made.rng.integers(1, min(made.dummies, 3) + 1)) if made.dummies else 1
    made.dummies += int(made.rng.choice([fewer, made.rng.integers(1, 4)]))


def longer(made: Scanned) -> None:
    made.stored += int(made.rng.choice([1, 2, made.rng.integers(3, 40)]))


def stopped(made: Scanned) -> None:
    made.stored -= int(made.rng.integers(2, made.volumes // 2))


def one_short(made: Scanned) -> None:
    made.stored -= 1


def tr_is_half(made: Scanned) -> None:
    made.factor = 0.5


def tr_is_twice(made: Scanned) -> None:
    made.factor = 2.0


def tr_is_off(made: Scanned) -> None:
    made.factor = made.rng.uniform(0.85, 1.2)


# --- what becomes of the pulses ---------------------------------------------------------------------------------------


def missed_first(made: Scanned) -> None:
    made.lose_volumes(0, 1)


def missed_first_few(made: Scanned) -> None:
    made.lose_volumes(0, int(made.rng.integers(2, 6)))


def missed_part_of_first(made: Scanned) -> None:
    made.is_heard[: int(made.rng.integers(1, max(made.per, 2)))] = False


def lost_dummy(made: Scanned) -> None:
    made.lose_volumes(int(made.rng.integers(0, made.dummies)) if made.dummies else 0, 1)


def first_stored_missed(made: Scanned) -> None:
    made.lose_volumes(made.dummies, 1)


def missed_last(made: Scanned) -> None:
    made.lose_volumes(made.dummies + made.stored - 1, 1)


def lone_whole(made: Scanned) -> None:
    made.add(-made.tr * int(made.rng.integers(1, 12)))


def lone_part(made: Scanned) -> None:
    made.add(-made.tr * (int(made.rng.integers(0, 8)) + made.rng.uniform(0.12, 0.88)))


def lone_few(made: Scanned) -> None:
    made.add(*(-made.tr * made.rng.uniform(0.3, 9, int(made.rng.integers(2, 4)))))


def prescan(made: Scanned) -> None:
    """One volume, its pulses as the scan's, then a pause that may be a whole number of TR or not."""
    pause = made.rng.choice([made.rng.uniform(0.2, 4), made.rng.integers(1, 5), made.rng.integers(1, 40) / made.per])
    made.add(*(-(1 + pause) * made.tr + made.factor * made.spacing * np.arange(made.per)))


def restarted(made: Scanned) -> None:
    """A start of some volumes, stopped; then the scan from its beginning."""
    volumes, pause = int(made.rng.integers(3, 12)), made.rng.choice([made.rng.uniform(2.7, 9), made.rng.integers(3, 9)])
    begins = made.tr * (np.arange(volumes) - volumes - pause)
    made.add(*(begins[:, None] + made.factor * made.spacing * np.arange(made.per)).ravel())


def ran_before_ready(made: Scanned) -> None:
    made.ready = made.tr * (int(made.rng.integers(0, min(14, made.stored // 2 + 1))) + made.rng.uniform(0.1, 0.9))


def ran_before_listening(made: Scanned) -> None:
    unheard = int(made.rng.integers(1, 6))
    made.lose_volumes(0, unheard)
    made.ready = made.tr * (unheard + int(made.rng.integers(0, 4)) + made.rng.uniform(0.1, 0.9))


def by_hand(made: Scanned) -> None:
    made.by_hand_tr = float(made.rng.uniform(-5, 3))


def listening_cut(made: Scanned) -> None:
    made.is_cut = True


# --- what is no fault in zero, but in the way -------------------------------------------------------------------------


def all_doubled(made: Scanned) -> None:
    lag = min(made.rng.uniform(0.004, 0.09), 0.15 * made.factor * made.spacing)
    made.add(*(made.pulses[made.is_heard] + lag))


def some_doubled(made: Scanned) -> None:
    heard = made.pulses[made.is_heard]
    some = heard[made.rng.random(heard.size) < 0.05]
    made.add(*(some + min(made.rng.uniform(0.004, 0.09), 0.15 * made.factor * made.spacing)))


def some_lost(made: Scanned) -> None:
    inner = np.arange(made.pulses.size)
    after = (made.dummies + 3) * made.per
    is_inner = (inner > after) & (inner < made.pulses.size - 2 * made.per)
    made.is_heard &= ~(is_inner & (made.rng.random(made.pulses.size) < 0.04))


def strays(made: Scanned) -> None:
    made.add(*made.rng.uniform(4 * made.tr, made.pulses[-1], int(made.rng.integers(1, 4))))


Fault = Callable[[Scanned], None]
OF_SEQUENCE: tuple[Fault, ...] = (other_dummies, longer, stopped, one_short, tr_is_half, tr_is_twice, tr_is_off)
OF_PULSES: tuple[Fault, ...] = (
    missed_first,
    missed_first_few,
    missed_part_of_first,
    lost_dummy,
    first_stored_missed,
    missed_last,
    lone_whole,
    lone_part,
    lone_few,
    prescan,
    restarted,
    ran_before_ready,
    ran_before_listening,
    by_hand,
    listening_cut,
)
IN_THE_WAY: tuple[Fault, ...] = (all_doubled, some_doubled, some_lost, strays)
KINDS = ("volumes", "slices", "slices and pause")


def a_scan(rng: np.random.Generator, kind: str) -> Scanned:
    """A scan as planned: its TR, slices, dummies and volumes."""
    tr, volumes, dummies = round(rng.uniform(0.5, 3), 2), int(rng.integers(12, 90)), int(rng.choice([0, 0, 1, 2, 4, 6]))
    slices = 1 if kind == "volumes" else int(rng.integers(3, 41))
    spacing = tr / slices
    if kind == "slices and pause":
        slices, spacing = max(slices, 4), rng.uniform(0.4, 0.93) * tr / max(slices, 4)
    if spacing < 0.025:  # fewer of them, as with several slices at once
        slices, spacing = (
            max(3, int(slices * spacing / 0.025)),
            slices * spacing / max(3, int(slices * spacing / 0.025)),
        )
    more = {"pulses": "every_slice", "pulses_per_volume": slices} if slices > 1 else {}
    scan = Scan(tr_s=tr, pulses_before_zero=dummies * slices, **more)
    return Scanned(rng, scan, volumes, float(spacing), dummies, volumes)


def scenario(seed: object, kind: str, faults: tuple[Fault, ...] = (), *, plain: bool = False) -> Made:
    """Make a scan with some faults; ``plain`` leaves out jitter and what is in the way."""
    rng = np.random.default_rng(seed)
    made = a_scan(rng, kind)
    more: tuple[Fault, ...] = ()
    if not plain:
        made.jitter = min(rng.uniform(0, 0.005), 0.08 * made.spacing)
        made.raster = float(rng.choice([0, 0, 0, 1 / 60, 1 / 30])) if kind != "slices" or made.spacing > 0.08 else 0.0
        more = tuple(rng.choice(np.array(IN_THE_WAY), int(rng.choice([0, 0, 1])), replace=False))
    for fault in [one for one in faults if one in OF_SEQUENCE]:
        fault(made)
    made.raster = made.raster if made.factor * made.spacing > 0.024 else 0.0
    made.send()
    for fault in [one for one in (*faults, *more) if one not in OF_SEQUENCE]:
        fault(made)
    return _as_got(made, faults, more, seed)


def _as_got(made: Scanned, faults: tuple[Fault, ...], besides: tuple[Fault, ...], seed: object) -> Made:
    rng, scan = made.rng, made.scan
    sent = np.sort(np.append(made.pulses[made.is_heard], made.besides))
    start = rng.uniform(-1000, 100_000)

    def stamped(times: Times) -> Times:
        stamps = start + times + rng.uniform(-made.jitter, made.jitter, times.size)
        return np.ceil(stamps / made.raster) * made.raster if made.raster else stamps

    stamps, first_stored = np.sort(stamped(sent)), made.first_stored + start
    is_early = stamps < start + made.ready
    before, times = stamps[is_early], stamps[~is_early]
    zero = _counted(times, scan)
    if made.by_hand_tr is not None:
        zero = min(zero, first_stored + made.by_hand_tr * made.tr)
    ended = True
    over = zero + made.volumes * scan.tr_s
    if made.is_cut and times[-1] > over:
        times, ended = times[times < rng.uniform(over, times[-1])], False
    silent = np.flatnonzero((np.diff(times) > LISTENS_TR * scan.tr_s) & (times[:-1] > over - LISTENS_TR * scan.tr_s))
    times = times[: silent[0] + 1] if silent.size else times
    tolerance = 0.012 + 2 * made.jitter + made.raster
    return Made(
        tuple(fault.__name__ for fault in faults),
        tuple(fault.__name__ for fault in besides),
        seed,
        scan,
        made.volumes,
        times,
        before,
        zero,
        ended,
        first_stored,
        tolerance,
    )


def _counted(times: Times, scan: Scan) -> float:
    """The pulse that the run takes for zero."""
    counted, last = 0, -np.inf
    for time in times.tolist():
        if time - last > scan.double_within_s:
            counted, last = counted + 1, time
        if counted > scan.pulses_before_zero:
            return time
    return float(times[-1])


def combinations(most: int = 2) -> list[tuple[Fault, ...]]:
    """All sets of up to so many faults that can go together."""
    faults = OF_SEQUENCE + OF_PULSES
    sets = [some for count in range(1, most + 1) for some in itertools.combinations(faults, count)]
    return [some for some in sets if not any(set(some) >= set(apart) for apart in _APART)]


_LENGTH = (longer, stopped, one_short)
_TR = (tr_is_half, tr_is_twice, tr_is_off)
_START = (missed_first, missed_first_few, missed_part_of_first, ran_before_listening)
_APART = [pair for group in (_LENGTH, _TR, _START) for pair in itertools.combinations(group, 2)]


def judged(made: Made) -> PulseTrain:
    """What is understood of a scan."""
    return understand(
        made.times.tolist(),
        made.zero,
        made.scan,
        made.volumes,
        ended=made.ended,
        before_ready=made.before_ready.tolist(),
    )


def outcome(made: Made, found: PulseTrain) -> str:
    """Say in a word how what was found stands to the truth."""
    by = found.zero_correction_s
    if by is not None:
        if abs(by - made.correction) <= made.tolerance:
            return "right"
        return "twin" if found.likely_missed_first and "looks the same" in " ".join(found.sentences) else "wrong"
    listed = found.possible_corrections_s
    if any(abs(one - made.correction) <= made.tolerance for one in listed):
        return "listed"
    if made.is_zero_right:
        return "clean" if not found.sentences else "said"
    return "said" if found.sentences else "silent"
