"""What the pulses of a run say about its scan: measured TR, what is missing or too much, and whether zero is right.

A missed first pulse or a key pressed by hand puts a whole run off without a sign, but both leave traces in the train
of pulses. They are read here, from the stamps alone. Nothing is changed: corrections are suggested.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from task.config.scan import Scan
from task.record.pulse_fit import Times, near, regular_train

SILENCE_TR = 2.5
"""A scan counts as over after this many TR without a pulse."""


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
        The train ends one pulse short. A scan that was stopped looks the same.
    false_start : tuple of float or None
        When the pulse came that zero belongs to, and how much later than zero that is.
    zero_correction_s : float or None
        To be added to zero, if a person agrees; onsets get smaller by it.
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
    sentences: tuple[str, ...] = field(default=(), repr=False)


def train_to_record(train: PulseTrain) -> dict[str, Any]:
    """Give what was found as a JSON object."""
    return asdict(train)


def understand(
    times: Sequence[float],
    zero: float | None,
    scan: Scan,
    volumes: int,
    *,
    now: float | None = None,
    ended: bool = True,
) -> PulseTrain:
    """Find out what the pulses of a run say; 20,000 of them take about a tenth of a second.

    Parameters
    ----------
    times : sequence of float
        Stamps of all pulses in seconds.
    zero : float or None
        The run's zero on the same clock, if it has come. Where no pulse is, it was set by hand.
    scan, volumes : Scan, int
        How the scan pulses by the protocol, and the stored volumes planned.
    now : float or None
        The clock's time while the scan goes on: pulses due by now count as missing.
    ended : bool
        Whether the scan was given time to end; say False of a run that was aborted. Only then the end is judged.
    """
    stamps, zero = np.sort(np.asarray(times, dtype=float)), None if zero is None else float(zero)
    return _Reading(stamps, zero, scan, volumes, now, ended).result()


class _Reading:
    """The pulses of a run, read step by step; ``result`` gives what was found, what matters most being said first."""

    def __init__(
        self, times: Times, zero: float | None, scan: Scan, volumes: int, now: float | None, ended: bool
    ) -> None:
        self.times, self.zero, self.scan, self.volumes = times, zero, scan, volumes
        self.now, self.ended = None if ended else now, ended
        self.is_by_hand = zero is not None and not near(times, zero, 1e-6).size
        self.per_volume, self.interval = scan.pulses_per_volume, scan.tr_s / scan.pulses_per_volume
        self.index, self.places = np.zeros(1, dtype=np.intp), np.zeros(1, dtype=np.intp)
        self.found = PulseTrain(times.size, volumes, volumes_seen=None if scan.pulses == "first_only" else 0)

    def result(self) -> PulseTrain:
        if not self.times.size:
            if self.ended or self.is_by_hand:
                self._note(
                    "No pulse came. Check that the trigger box is on, its cable in, and its code in the site file."
                    + " Started by hand, this run does not know when the scan began." * self.is_by_hand
                )
        elif self.scan.pulses == "first_only":
            self._sort_others()
            if self.found.stray:
                self._note(
                    f"{_pulses(self.times.size)} came, where the protocol expects one for the whole run. Zero is at "
                    "the first: check that it was the scan's. If the scanner sends more, correct pulses under [scan]."
                )
        elif self._has_train():
            self._measure()
            if self.per_volume:
                self._trim()
            self._sort_others()
            if self.per_volume:
                self._count(self._origin())
            self._say_others()
        return self.found

    def _note(self, *sentences: str, **found: Any) -> None:
        self.found = replace(self.found, sentences=(*self.found.sentences, *sentences), **found)

    def _has_train(self) -> bool:
        """Find the train, if there is one, and whether it is of the kind that the protocol expects."""
        expected, times = self.interval, self.times
        self.index, self.places, self.interval = regular_train(times, expected)
        self.all = self.index, times[self.places]
        size, apart = self.index.size, 1 + np.count_nonzero(np.diff(times) > expected / 2)
        bends = np.diff(np.diff(self.all[1])[np.diff(self.index) == 1])
        jitter = float(np.std(bends)) / 6**0.5 if bends.size > 2 else 0.0
        is_sparse = size < 0.5 * times.size  # of all that came; noise leaves gaps, or jitters within the tolerance
        is_thin = is_sparse and size < 0.45 * (np.ptp(times) / self.interval + 1)
        is_loose = jitter > 0.15 * self.interval or (is_sparse and jitter > 0.02)
        few = size == 1 or (size == 2 and apart > 3)
        if apart > 2 + (not self.ended) and (few or is_thin or is_loose):
            self._note(
                f"{_pulses(times.size)} came, but in no regular train of one every {expected:.4g} s: volumes and zero "
                "cannot be checked. Check the trigger cable, and what else sends the pulse's code. The run goes on.",
                stray=tuple(times.tolist()),
            )
            return False
        self.is_other = not 0.7 < self.interval / expected < 1.4
        if self.is_other:
            ratio = self.scan.tr_s / self.interval
            self.per_volume = round(ratio) if abs(ratio - round(ratio)) < 0.03 * ratio else 0
        return True

    def _measure(self) -> None:
        """Measure TR and jitter, and compare with the protocol's TR."""
        if self.index.size < 2:
            return
        index, stamps = self.index - self.index.mean(), self.times[self.places] - self.times[self.places].mean()
        self.interval = float(np.polyfit(index, stamps, 1)[0])
        jitter, bend = None, 0.0
        if index.size > 3:
            curve = np.polyfit(index, stamps, 2)
            rest = stamps - np.polyval(curve, index)
            bend, jitter = abs(float(curve[0])), float(np.sqrt(rest @ rest / (rest.size - 3)))
        expected, measured = self.scan.tr_s, self.interval * (self.per_volume or 1)
        self._note(tr_s=measured, jitter_s=jitter)
        noise, span, off = max(jitter or 0, 0.005), float(np.ptp(index)), abs(measured / expected - 1)
        error, slip = 5 * noise / float(np.sqrt(index @ index)) / self.interval, off * span / (self.per_volume or 1)
        if self.is_other:
            self._note(
                f"Pulses come every {self.interval:.4g} s; the protocol expects one every "
                f"{expected / self.scan.pulses_per_volume:.4g} s. Compare TR and slices with the scanner's, and "
                "correct tr_s, pulses and pulses_per_volume under [scan]."
            )
        elif 2 * bend * span > 0.01 * self.interval and bend * span**2 / 4 > 6 * noise:
            self._note(
                f"TR drifts by {2 * bend * span / self.interval:.1%} within the run. Onsets in seconds stay right, but "
                "no single TR fits: have the scanner's log looked at."
            )
        elif index.size > 2 and off > error and (off > 0.01 or (off > 0.001 and slip > 0.25)):
            self._note(
                f"Measured TR is {measured:.4f} s, the protocol says {expected:g} s. Onsets in seconds stay right, but "
                "analyse with the true TR: compare with the scanner, and correct tr_s."
            )

    def _trim(self) -> None:
        """Leave off lone pulses beyond gaps at either end, if the train without them is as long as planned."""
        gaps, size = (np.flatnonzero(np.diff(self.index) > 1) + 1).tolist(), self.index.size
        for begin, end in sorted(product((0, *gaps[:3]), (*gaps[-3:], size)), key=lambda cut: cut[0] - cut[1]):
            length = self.index[end - 1] - self.index[begin] + 1
            if self.ended and begin <= 3 and size - end <= 3 and length == self._before + self._planned:
                self.index, self.places = self.index[begin:end], self.places[begin:end]
                break

    @property
    def _before(self) -> int:
        return self.scan.pulses_before_zero // self.scan.pulses_per_volume * self.per_volume

    @property
    def _planned(self) -> int:
        return self.volumes * self.per_volume

    def _due(self, index: Any) -> Times:
        """Give when the pulses of some indices came or were due."""
        beyond = np.minimum(index - self.index[0], 0) + np.maximum(index - self.index[-1], 0)
        return np.interp(index, self.index, self.times[self.places]) + beyond * self.interval

    def _sort_others(self) -> None:
        """Sort the pulses that are not of the train by where they are."""
        others, train = np.delete(self.times, self.places), self.times[self.places]
        before = np.searchsorted(train, others, "right") - 1
        is_double = (before >= 0) & (others - train[before] <= self.interval / 2)
        self.found = replace(
            self.found,
            before_train=tuple(others[before < 0].tolist()),
            doubled=tuple(others[is_double].tolist()),
            stray=tuple(others[(before >= 0) & ~is_double].tolist()) if train.size > 1 or self.ended else (),
        )
        self.most_at_once = 1 + int(np.bincount(before[is_double], minlength=1).max())

    def _origin(self) -> int:
        """Judge zero by the train's begin and end; give the index of the first stored volume's pulse."""
        zero, belongs = self.zero, int(self.index[0]) + self._before
        by_end = int(self.index[-1]) + 1 - self._planned if self.ended else None
        if zero is None:
            return belongs
        found = self.all[0][np.abs(self.all[1] - zero) < 1e-6]
        at = int(found[0]) if found.size else None
        if at == belongs:
            return belongs
        if at is not None and at == by_end:
            self._note(
                f"{_pulses(int(at - self.index[0]))} of the train came before zero, the protocol says {self._before}. "
                "The end of the train says that zero is right: correct pulses_before_zero."
            )
            return at
        is_near = by_end == belongs - 1 and abs(float(self._due(belongs - 1)) - zero) < 0.1 * self.interval
        belongs -= is_near
        off, ahead = float(self._due(belongs)) - zero, len(self.found.before_train)
        side = "before" if off > 0 else "after"
        if self.is_by_hand and by_end != belongs:
            self._note(
                f"Zero was set by hand, {abs(off):.3f} s {side} the first pulse that came. Whether that was the scan's "
                "first, only the scanner's own number of volumes can tell."
            )
            return belongs
        if self.index.size < 3:
            return belongs
        if self.is_by_hand or is_near:
            what = f"Zero is {abs(off):.3f} s {side} the train's pulse that it belongs to."
        elif off > 0:
            what = (
                f"False start: zero is {off:.3f} s before the train's pulse that it belongs to. A key, a prescan pulse "
            )
            what += "or a double was taken for it" + f" ({_pulses(ahead)} before the train)" * (ahead > 0) + "."
        else:
            what = f"Zero is {-off:.3f} s late: the scanner was running already, or a pulse before it was missed."
        if at is not None and at < self.index[0]:
            what += " That is a multiple of TR, so this is likely, not sure."
        sure = " The train from there is as long as planned." if by_end == belongs else ""
        self._note(
            f"{what}{sure} Re-zero this run by {off:+.3f} s.",
            false_start=(zero + off, off) if off > 0 and not is_near else None,
            zero_correction_s=off,
        )
        return belongs

    def _count(self, origin: int) -> None:
        """Count volumes, and what is missing inside the train, since its last pulse, or at its end."""
        first, last, per = int(self.index[0]), int(self.index[-1]), self.per_volume
        end = origin + self._planned - 1
        since = 0.0 if self.now is None else (self.now - float(self._due(last))) / self.interval
        waiting = min(max(int(since - 0.5), 0), max(end - last, 0))
        missing = np.setdiff1d(np.arange(first, last + 1 + waiting), self.index)
        seen = np.unique((self.index - origin) // per)
        moved = near(np.array(self.found.stray), float(self._due(last + 1)), 0.1 * self.interval).size
        short = max(end - last - (moved > 0), 0)  # a last pulse that is a little late is not one that is missing
        self._note(
            volumes_seen=int(np.count_nonzero((seen >= 0) & (seen < self.volumes))),
            missing=tuple(self._due(missing).tolist()),
            missing_volumes=tuple(np.unique((missing - origin) // per + 1).tolist()),
            short_by=short if self.ended else 0,
            extra_volumes=-(-max(last - end, 0) // per),
        )
        if waiting and since > SILENCE_TR * per:
            self._note(
                f"No pulse for {since * self.interval:.1f} s, where one is due every {self.interval:.4g} s: the scan "
                "was stopped, or the trigger cable is out. The run goes on."
            )
        is_open = self.zero is not None and not self.is_by_hand and self.found.zero_correction_s is None
        if self.found.short_by:
            self._say_short(is_open)
        if self.found.extra_volumes:
            extra = self.found.extra_volumes
            self._note(
                f"The scan went on for {extra} volume{'s' * (extra > 1)} more than planned. All is well if the "
                "sequence was set to so many; if not, the pulse at zero came before the scan, and zero is "
                f"{extra * per * self.interval:.3f} s early."
            )
        gap = int(self.index[1] - first) if self.index.size > 2 else 1
        if gap > 1 and is_open and not (self.ended and last == end):
            self._note(
                f"After the first pulse the next came {gap * self.interval:.3f} s later: pulses were missed there, or "
                "the first was a false start that by chance fits TR. Compare with the scanner's number of volumes."
            )

    def _say_short(self, is_open: bool) -> None:
        short, late = self.found.short_by, self.found.short_by * self.interval
        if self.index.size == 1:
            self._note(
                "Only one pulse came: the scan was stopped, the trigger cable is out, or the scanner pulses once for "
                'each run (then set pulses = "first_only").'
            )
        elif short == 1 and is_open and self.index.size > 2:
            self._note(
                f"The train ends one pulse short: the first pulse was likely missed, and zero is {late:.3f} s late. A "
                "scan stopped early or a missed last pulse looks the same: ask how many volumes the scanner stored. If "
                f"all {self.volumes}, re-zero this run by {-late:+.3f} s.",
                likely_missed_first=True,
                zero_correction_s=-late,
            )
        else:
            self._note(
                f"The train ends {_pulses(short)} short: the scan was stopped, the trigger cable came out, or the "
                "first pulses were missed. Ask how many volumes the scanner stored."
                + f" Only if all {self.volumes}, and pulses came to its end, zero is {late:.3f} s late."
                * (is_open and short < 6)
            )

    def _say_others(self) -> None:
        found = self.found
        if found.missing:
            stray = np.array(found.stray)
            moved = sum(near(stray, due, 0.3 * self.interval).size > 0 for due in found.missing)
            self._note(
                f"{_pulses(len(found.missing), 'missing ')}, {self._when(found.missing)}. Onsets do not depend on "
                "them." + f" {moved} may have come early or late: a stray is near." * (moved > 0)
            )
        if found.doubled:
            many = f", up to {self.most_at_once} in a burst" if self.most_at_once > 2 else ""
            self._note(f"{_pulses(len(found.doubled), 'doubled ')}{many}, {self._when(found.doubled)}: counted once.")
        if found.stray:
            self._note(
                f"{_pulses(len(found.stray), 'stray ')}, {self._when(found.stray)}: not counted. Check what else sends "
                "the pulse's code: a key, a second box, a bad cable."
            )

    def _when(self, times: tuple[float, ...]) -> str:
        start = float(self.times[0]) if self.zero is None else self.zero
        first = ", ".join(f"{time - start:.2f}" for time in times[:5]) + f" and {len(times) - 5} more" * (
            len(times) > 5
        )
        return f"at {first} s"


def _pulses(count: int, kind: str = "") -> str:
    return f"{count} {kind}pulse{'s' * (count != 1)}"
