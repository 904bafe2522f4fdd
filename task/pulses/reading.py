"""Reading one train of pulses: is zero where it belongs, what is missing, and what came besides."""

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np

from task.config.scan import Scan
from task.pulses.findings import FURTHEST_TR, SILENCE_TR, PulseTrain, in_pulses
from task.pulses.fit import Times, Train, near
from task.pulses.hangs import Hang, hangs_among
from task.pulses.others import said_of_others
from task.pulses.search import earlier_pulses
from task.pulses.tr import measured


class Reading:
    """The train of a run, read step by step; ``result`` gives what was found, what matters most being said first.

    Parameters
    ----------
    found : PulseTrain
        To be filled in.
    train : Train
        The train.
    zero, is_by_hand : float or None, bool
        The run's zero, and whether no pulse made it.
    scan : Scan
        What the protocol says.
    now, ended : float or None, bool
        The time while the scan goes on; whether it was given time to end.
    before_ready : array of float
        Pulses from before the task was ready.
    later : list of Train
        Other trains that began after this one.
    """

    def __init__(
        self,
        found: PulseTrain,
        train: Train,
        zero: float | None,
        is_by_hand: bool,
        scan: Scan,
        now: float | None,
        ended: bool,
        before_ready: Times,
        later: list[Train],
    ) -> None:
        self.found, self.train, self.zero, self.is_by_hand = found, train, zero, is_by_hand
        self.scan, self.now, self.ended, self.before_ready, self.later = scan, now, ended, before_ready, later
        self.volumes, self.per_volume = found.volumes_expected, scan.pulses_per_volume
        self.all = train.index, train.times

    def result(self) -> PulseTrain:
        """Read the train."""
        self._measure()
        if self.per_volume:
            self._trim()
        before, doubled, stray, most_at_once = self.train.others()
        self.hangs = hangs_among(self.train.stamps, self.train.interval)
        self._note(
            before_train=tuple(before.tolist()),
            doubled=tuple(doubled.tolist()),
            stray=tuple(stray.tolist()) if self.train.index.size > 1 or self.ended else (),
        )
        if self.per_volume:
            early = earlier_pulses(self.train, self.before_ready, self.per_volume)
            self.first = int(early[0]) if early.size else int(self.train.index[0])
            self._note(early=int(early.size))
            self._count(self._origin())
        start = float(self.train.stamps[0]) if self.zero is None else self.zero
        self._note(*said_of_others(self.found, self.train.closest_s, start, most_at_once, self.hangs, self.later))
        return self.found

    def _note(self, *sentences: str, **found: Any) -> None:
        self.found = replace(self.found, sentences=(*self.found.sentences, *sentences), **found)

    def _measure(self) -> None:
        train, expected = self.train, self.scan.tr_s / self.scan.pulses_per_volume
        is_other = not 0.7 < train.interval / expected < 1.4
        if train.slices:
            is_other, self.per_volume = train.slices != self.scan.pulses_per_volume, train.slices
        elif is_other:
            ratio = self.scan.tr_s / train.interval
            self.per_volume = round(ratio) if abs(ratio - round(ratio)) < 0.03 * ratio else 0
        if train.index.size > 1:
            interval, jitter_s, sentence = measured(train, self.scan, self.per_volume, is_other)
            self.train = replace(train, interval=interval)
            self._note(*([sentence] if sentence else []), tr_s=interval * (self.per_volume or 1), jitter_s=jitter_s)

    def _trim(self) -> None:
        """Leave off lone pulses beyond gaps at either end, if the train without them is as long as planned."""
        index, places = self.train.index, self.train.places
        gaps = (np.flatnonzero(np.diff(index) > 1) + 1).tolist()
        for begin, end in sorted(product((0, *gaps[:3]), (*gaps[-3:], index.size)), key=lambda cut: cut[0] - cut[1]):
            length = index[end - 1] - index[begin] + 1
            is_short = begin <= 3 and index.size - end <= 3
            if self.ended and begin < end and is_short and length == self._before + self._planned:
                self.train = replace(self.train, index=index[begin:end], places=places[begin:end])
                break

    @property
    def _before(self) -> int:
        return self.scan.pulses_before_zero // self.scan.pulses_per_volume * self.per_volume

    @property
    def _planned(self) -> int:
        return self.volumes * self.per_volume

    def _origin(self) -> int:
        """Judge zero by the train's begin and end; give the index of the first stored volume's pulse."""
        train, zero, slices, early = self.train, self.zero, self.train.slices, self.found.early
        begin = self.first // slices * slices if slices else self.first
        belongs, end = begin + self._before, int(train.index[-1]) + 1
        by_end = ((-(-end // slices) * slices if slices else end) - self._planned) if self.ended else None
        if zero is None:
            return belongs
        here = self.all[0][np.abs(self.all[1] - zero) < 1e-6]
        at = int(here[0]) if here.size else None
        for hang in self.hangs:
            if hang.since is None and hang.has(zero):
                return self._after_hang(hang, zero, belongs, by_end)
        if at == belongs or (self.is_by_hand and abs(float(train.due(belongs)) - zero) < 0.005):
            return belongs
        if at is not None and at == by_end:
            self._note(
                f"{in_pulses(at - begin)} of the train came before zero, the protocol says {self._before}. The end of "
                "the train says that zero is right: correct pulses_before_zero."
            )
            return at
        is_near = by_end == belongs - 1 and abs(float(train.due(belongs - 1)) - zero) < 0.1 * train.interval
        belongs -= is_near
        off = float(train.due(belongs)) - zero
        side = "before" if off > 0 else "after"
        if self.is_by_hand and by_end != belongs and not early:
            self._note(
                f"Zero was set by hand, {abs(off):.3f} s {side} the first pulse that came. Whether that was the scan's "
                "first, only the scanner's own number of volumes can tell."
            )
            return belongs
        if train.index.size + early < 3:
            return belongs
        what = self._why_off(off, at, is_near)
        sure = " The train from there is as long as planned." if by_end == belongs else ""
        is_far = abs(off) > FURTHEST_TR * self.scan.tr_s
        advice = f"Re-zero this run by {off:+.3f} s."
        if is_far:
            why = "more likely this is another scan than the one that started this run"
            why = "start the scan once the task is ready" if early else why
            advice = f"That is more than {FURTHEST_TR} TR, and zero is not moved so far: {why}."
        self._note(
            f"{what}{sure} {advice}",
            false_start=(zero + off, off) if off > 0 and not is_near else None,
            zero_correction_s=None if is_far else off,
            likely_missed_first=slices > 0 and not early and at == self.first > begin,
        )
        return belongs

    def _after_hang(self, hang: Hang, zero: float, belongs: int, by_end: int | None) -> int:
        """Judge a zero whose pulse is one of several with one stamp: it came earlier."""
        what = f"The program that reads the pulses hung: {hang.count} pulses have the stamp of zero."
        off = 0.0 if by_end is None else float(self.train.due(by_end)) - zero
        is_near = abs(off) <= FURTHEST_TR * self.scan.tr_s and self.train.index.size > 2
        if by_end is not None and is_near and abs(belongs - by_end - hang.count + 0.5) < 2:
            self._note(
                f"{what} The end of the train says that zero is {-off:.3f} s late: re-zero this run by {off:+.3f} s.",
                zero_correction_s=off,
            )
            return by_end
        late_s = (hang.count - 1) * self.train.interval
        self._note(f"{what} Zero may be {late_s:.3f} s late: ask how many volumes the scanner stored.")
        return belongs

    def _why_off(self, off: float, at: int | None, is_near: bool) -> str:
        train, ahead = self.train, len(self.found.before_train)
        missed = self.first % train.slices if train.slices and at == self.first else 0
        if self.found.early and off < 0:
            early = in_pulses(self.found.early)
            return f"The scan was running {early} before the task was ready: zero is {-off:.3f} s late."
        if missed and off < 0:
            were = "pulse of the first volume was" if missed == 1 else f"{missed} pulses of the first volume were"
            return f"The first {were} missed: zero is {-off:.3f} s late."
        if self.is_by_hand or is_near:
            return f"Zero is {abs(off):.3f} s {'before' if off > 0 else 'after'} the train's pulse that it belongs to."
        if off < 0:
            what = f"Zero is {-off:.3f} s late: the scanner was running already, or a pulse before it was missed."
        else:
            what = (
                f"False start: zero is {off:.3f} s before the train's pulse that it belongs to. A key, a prescan pulse "
                "or a double was taken for it" + f" ({in_pulses(ahead)} before the train)" * (ahead > 0) + "."
            )
        fits = at is not None and at < int(train.index[0])
        return what + " That is a multiple of TR, so this is likely, not sure." * fits

    def _count(self, origin: int) -> None:
        """Count volumes, and what is missing inside the train, since its last pulse, or at its end."""
        train, per, stray = self.train, self.per_volume, np.array(self.found.stray)
        first, last, interval = int(train.index[0]), int(train.index[-1]), train.interval
        end = origin + self._planned - 1
        since = 0.0 if self.now is None else self.now - float(train.due(last))
        upto = max(min(end, last + int(since / train.closest_s) + 1), last)
        due = train.due(np.arange(last + 1, upto + 1))
        waiting = 0 if self.now is None else int(np.count_nonzero(due < self.now - interval / 2))
        missing = np.setdiff1d(np.arange(first, last + 1 + waiting), train.index)
        seen = np.unique((train.index - origin) // per)
        moved = near(stray, float(train.due(last + 1)), 0.1 * interval).size > 0  # a last pulse that came a little late
        held = sum(hang.count for hang in self.hangs if hang.until > train.times[-1] + train.closest_s / 2)
        short = max(end - last - max(moved, held), 0)
        self._note(
            volumes_seen=int(np.count_nonzero((seen >= 0) & (seen < self.volumes))),
            missing=tuple(train.due(missing).tolist()),
            missing_volumes=tuple(np.unique((missing - origin) // per + 1).tolist()),
            short_by=short if self.ended else 0,
            extra_volumes=-(-max(last - end, 0) // per),
        )
        if waiting and since > SILENCE_TR * per * interval:
            each = interval * per if train.slices else interval
            is_lone = train.index.size == 1 and not self.is_by_hand
            why = "the scan was stopped, or the trigger cable is out. The run goes on."
            if is_lone:
                why = (
                    "the scan was stopped, the trigger cable is out, or a key or a prescan pulse started this run. If "
                    "the scan has not begun, end this run and start it again."
                )
            self._note(f"No pulse for {since:.1f} s, where one is due every {each:.4g} s: {why}")
        is_open = self.zero is not None and not self.is_by_hand and self._zero_is_unquestioned
        if self.found.short_by:
            self._say_short(is_open)
        if self.found.extra_volumes:
            extra = self.found.extra_volumes
            self._note(
                f"The scan went on for {extra} volume{'s' * (extra > 1)} more than planned. All is well if the "
                "sequence was set to so many. If it was set to the planned number, the pulse at zero came before the "
                f"scan, and zero is {extra * per * interval:.3f} s early. If it was set to still more, the scan began "
                "before the task was ready, and zero is late."
            )
        gap = int(train.index[1] - first) if train.index.size > 2 and not train.slices else 1
        if gap > 1 and is_open and not (self.ended and last == end):
            self._note(
                f"After the first pulse the next came {gap * interval:.3f} s later: pulses were missed there, or the "
                "first was a false start that by chance fits TR. Compare with the scanner's number of volumes."
            )

    @property
    def _zero_is_unquestioned(self) -> bool:
        return self.found.zero_correction_s is None and self.found.false_start is None

    def _say_short(self, is_open: bool) -> None:
        short, train, per = self.found.short_by, self.train, self.per_volume
        late = short * train.interval
        ask = f"ask how many volumes the scanner stored. If all {self.volumes}, re-zero this run by {-late:+.3f} s."
        if self.hangs and self.hangs[0].since is None:  # it has been said why
            return
        if train.index.size == 1:
            self._note(
                "Only one pulse came: the scan never began and a key or a prescan pulse started this run, or it was "
                "stopped, or the trigger cable is out, or the scanner pulses once for each run (then set pulses = "
                '"first_only").'
            )
        elif short == per and is_open and train.index.size > 2:
            what, first, last = ("one pulse", "pulse", "a missed last pulse looks")
            if per > 1:
                what, first, last = (f"one volume ({in_pulses(per)})", "volume", "a missed last volume looks")
            self._note(
                f"The train ends {what} short: the first {first} was likely missed, and zero is {late:.3f} s late. A "
                f"scan stopped early or {last} the same: {ask}",
                likely_missed_first=True,
                zero_correction_s=-late,
            )
        elif short < per and train.slices:
            self._note(f"The last volume is {in_pulses(short)} short. Zero and the onsets do not depend on it.")
        elif short == 1 and per > 1:
            self._note(
                "The train ends one pulse short: that of the first slice was missed, or of the last. Evenly spaced "
                f"pulses do not tell which; if the first, zero is {late:.3f} s late, less than a volume."
            )
        else:
            volumes = f" ({short // per} volume{'s' * (short > per)})" * (per > 1 and short % per == 0)
            pulses = f" Only if all {self.volumes}, and pulses came to its end, zero is {late:.3f} s late."
            early = f" If all {self.volumes}, the scan began before its first recorded pulse: zero is even later."
            self._note(
                f"The train ends {in_pulses(short)}{volumes} short: the scan was stopped, the trigger cable came out, "
                "or the first pulses were missed. Ask how many volumes the scanner stored."
                + pulses * (is_open and short < 6 * per)
                + early * (self.found.early > 0)
            )
