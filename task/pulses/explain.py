"""All explanations of a train of pulses, each weighed against the whole of it, its end included.

An explanation is a story of the scan: with which pulse it began, how many pulses came before the first stored volume,
how many volumes were stored, and what went wrong. One equation holds a story together:

    pulses missed at the begin + those recorded = those before the first stored volume + those of stored volumes

Each story makes up a difference in its own way, and pays for each fault that it needs. Those that need the fewest are
as good as each other: only where all of them have the same first stored volume, zero is known.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np

from task.pulses.findings import FURTHEST_TR, SILENCE_TR, in_pulses
from task.pulses.fit import Places

MOST_FAULTS = 2
"""A train that takes more faults than these is not explained."""

HUNG = "the program that reads the pulses hung"
OFF_TIME = "the first pulse has a stamp that is off"

_LONE = 3  # so few pulses before a gap may be of a key, of a test of the trigger, or of a prescan
_MOST_MISSED = 5  # more volumes than these will hardly have been missed, one after the other


def _first(said: str) -> str:
    return f"the first {said.removeprefix('1 ')} was" if said.startswith("1 ") else f"the first {said} were"


class Planned(NamedTuple):
    """What the scan was to send: pulses for each volume, pulses before the first stored volume, stored volumes."""

    per_volume: int
    before: int
    volumes: int

    def first(self, pulses: int) -> str:
        """Begin to say what became of so many first pulses."""
        return _first(self.said(pulses))

    def said(self, pulses: int) -> str:
        """Say how many pulses, as volumes if each has several."""
        if self.per_volume == 1 or pulses % self.per_volume:
            return in_pulses(pulses)
        return f"{pulses // self.per_volume} volume{'s' * (pulses > self.per_volume)}"


class Explanation(NamedTuple):
    """One story of a scan; its pulses are named by their number in the train.

    Attributes
    ----------
    planned : Planned
        The plan that it is held against.
    begin, end : int
        The first of the recorded pulses that are the scan's, and one after its last.
    missed : int
        Pulses missed before them.
    first, stored : int
        The first pulse of the first stored volume, recorded or not; and the stored volumes.
    faults : tuple of str
        What went wrong, to be read after "if"; none for a scan as planned.
    """

    planned: Planned
    begin: int
    end: int
    missed: int
    first: int
    stored: int
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Evidence:
    """What explanations are held against.

    Attributes
    ----------
    index : array of int
        The train's recorded pulses by their number, gaps counted; first ``early`` ones from before the task was ready.
    slices : int
        Pulses of a volume if a pause follows each: those with a multiple of it as their number begin one.
    before : int
        Pulses before the train that are not on it.
    hung_from, off_time : int or None
        The number of the first pulse if the reading program hung then; that of a first pulse whose stamp is off.
    end : int
        One after the number of the last pulse.
    has_ended, is_by_hand : bool
        Whether the scan was given time to end; whether zero was set by hand, as when pulses do not come.
    """

    index: Places
    early: int
    slices: int
    before: int
    hung_from: int | None
    off_time: int | None
    end: int
    has_ended: bool
    is_by_hand: bool


def best_explanations(evidence: Evidence, plans: Iterable[Planned]) -> list[Explanation]:
    """Give the explanations with the fewest faults; of these, the ones that take the pulses as they came are first."""
    found = [story for planned in plans for story in _explanations(evidence, planned)]
    fewest = min(len(story.faults) for story in found)
    return [story for story in found if len(story.faults) == fewest]


def _explanations(evidence: Evidence, planned: Planned) -> Iterator[Explanation]:
    """Tell every story: each begin with each end, and each way to make up the difference between them and the plan."""
    per, slices, index = planned.per_volume, evidence.slices or 1, evidence.index
    begin_breaks = _breaks(index, evidence.slices, per)
    end_breaks = _breaks(-1 - index[::-1], evidence.slices, per) if evidence.has_ended else []
    breaks = np.array([*begin_breaks, *(index.size - place for place in end_breaks)], dtype=np.intp)
    gaps = index[breaks][index[breaks] - index[breaks - 1] > 1]
    for (begin, why_begin), (end, why_end) in product(_begins(evidence, begin_breaks), _ends(evidence, end_breaks)):
        part = begin % slices
        sent = -(-end // slices) * slices - (begin - part)
        lost = ["pulses were missed in between"] * bool(np.any((begin < gaps) & (gaps < end)))
        for missed, before, stored, why in _differences(evidence, planned, sent) if sent > 0 else []:
            were_missed = [f"{planned.first(some)} missed" for some in (part, missed) if some]
            faults = [*why_begin, *why_end, *lost, *were_missed, *why]
            first = begin - part - missed + before
            yield Explanation(planned, begin, end, part + missed, first, stored, tuple(faults))


def _differences(evidence: Evidence, planned: Planned, sent: int) -> Iterator[tuple[int, int, int, list[str]]]:
    """Give pulses missed at the begin, pulses before the first stored volume, stored volumes, and faults."""
    per, before, volumes = planned
    difference = sent - before - volumes * per
    stored = volumes - (-difference // per)
    if difference == 0 or not evidence.has_ended:
        yield 0, before, stored, []
        return
    if stored > 0:
        faults = ["the scan was stopped early, or its last pulses were missed"] * (
            difference < 0 or difference % per > 0
        )
        yield 0, before, stored, ["the scan was set to more volumes"] * (difference > 0) + faults
    if difference < 0 and (-difference <= _MOST_MISSED * per or evidence.early or evidence.is_by_hand):
        yield -difference, before, volumes, []
    dummies = before + difference
    if dummies >= 0 and dummies % per == 0 and difference <= FURTHEST_TR * per:
        yield (
            0,
            dummies,
            volumes,
            [f"{in_pulses(dummies)} came before the first stored volume, where pulses_before_zero says {before}"],
        )


def _begins(evidence: Evidence, breaks: list[int]) -> list[tuple[int, list[str]]]:
    """Give which pulse may be the scan's first, and what was wrong then."""
    if evidence.hung_from is not None:
        return [(evidence.hung_from, [HUNG])]
    begins = [] if evidence.off_time is None else [(evidence.off_time, [OFF_TIME])]
    for place in (0, *breaks):
        others = evidence.before + place
        faults = [f"{_first(in_pulses(others))} not the scan's"] * (others > 0)
        faults += ["the scan was running before the task was ready"] * (place < evidence.early)
        begins.append((int(evidence.index[place]), faults))
    if evidence.early:
        by_chance = ["pulses came before the task was ready", "by chance they are on the scan's train"]
        begins.append((int(evidence.index[evidence.early]), by_chance))
    return begins


def _ends(evidence: Evidence, breaks: list[int]) -> list[tuple[int, list[str]]]:
    """Give where the scan may have ended, and what was wrong then."""
    others = [[f"{_first(in_pulses(place)).replace('first', 'last')} not the scan's"] for place in breaks]
    return [(evidence.end, []), *zip((int(evidence.index[-1 - place]) + 1 for place in breaks), others, strict=True)]


def _breaks(index: Places, slices: int, per_volume: int) -> list[int]:
    """Find the places of pulses before which a gap may part the scan from others that by chance fit it.

    These are a few lone pulses, up to two volumes as of a prescan, or a start that was stopped.
    """
    gaps, places = np.diff(index) - 1, np.arange(1, index.size)
    volume = slices or per_volume
    is_lone = (gaps > 0) & (places <= _LONE)
    is_prescan = (gaps >= _LONE) & (places <= 2 * volume + _LONE)
    if slices:  # what is alone in a volume's place needs no gap to be another's
        is_lone |= (np.diff(index // slices) > 0) & (places <= _LONE)
    else:
        is_prescan |= (gaps > 0) & (places == volume)
    return places[is_lone | is_prescan | (gaps > SILENCE_TR * volume)].tolist()
