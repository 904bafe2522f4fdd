"""What the explanations of a train say of a run's zero: a command if all agree, else each with its correction."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from task.config.scan import Scan
from task.pulses.explain import MOST_FAULTS, OFF_TIME, Explanation
from task.pulses.findings import FURTHEST_TR, in_pulses
from task.pulses.fit import Train
from task.pulses.hangs import Hang

_SAME_S = 0.01  # zero is not moved by less
_Judgement = tuple[str | None, dict[str, Any]]


@dataclass(frozen=True)
class Zero:
    """A run's zero, and what may be thought of it.

    Attributes
    ----------
    at, is_by_hand : float, bool
        Where it is, in seconds; whether no pulse made it.
    train, scan : Train, Scan
        The train that it is judged by, and what the protocol says.
    has_ended : bool
        Whether the scan was given time to end.
    early, before : int
        Pulses of the train from before the task was ready, and others before the train.
    hang : Hang or None
        Where the program that reads the pulses hung, if zero's pulse came then.
    best : list of Explanation
        The explanations that are as good as each other.
    """

    at: float
    is_by_hand: bool
    train: Train
    scan: Scan
    has_ended: bool
    early: int
    before: int
    hang: Hang | None
    best: list[Explanation]

    @property
    def story(self) -> Explanation:
        """The explanation to count volumes by: one that leaves zero where it is, if there is one."""
        return next((story for story in self.best if not self.off(story)), self.best[0])

    def off(self, story: Explanation) -> float:
        """Give by how many seconds the first stored volume came later than zero, by one explanation."""
        off = float(self.train.due(story.first)) - self.at
        return off if abs(off) > _SAME_S else 0.0

    def _is_near(self, off: float) -> bool:
        return abs(off) <= FURTHEST_TR * self.scan.tr_s

    @property
    def is_open(self) -> bool:
        """Whether explanations differ on where zero belongs."""
        return len({story.first for story in self.best}) > 1

    def said(self) -> _Judgement:
        """Give what there is to say of zero, if anything, and what was found."""
        story = self.story
        off, firsts = self.off(story), {other.first for other in self.best}
        if self.hang is not None:
            return self._after_hang(self.hang, story, off)
        if self.is_by_hand and off and not self.has_ended and not self.early:
            return f"{self._by_hand(off)} Only the scanner can tell whether that was the scan's first.", {}
        if len(story.faults) > MOST_FAULTS:
            return (
                f"Zero cannot be judged: it takes more than {MOST_FAULTS} faults to explain these pulses. Ask when the "
                "scan began, and how many volumes the scanner stored."
            ), {}
        if not self.is_open:
            return self._moved(story, off) if off else (self._of_setting(story), {})
        per, volumes = story.planned.per_volume, story.planned.volumes
        is_only_short = len(story.faults) == 1 and not off and not self.early and not self.is_by_hand
        if is_only_short and firsts == {story.first, story.first - per} and story.stored == volumes - 1:
            return self._likely_missed(story)
        if is_only_short and 0 < story.first - min(firsts) < per:
            return self._short_of_slices(story.first - min(firsts)), {}
        return self._listed(story, off)

    # --- all explanations agree ----------------------------------------------------------------------------------

    def _moved(self, story: Explanation, off: float) -> _Judgement:
        fits = self.has_ended and story.stored == story.planned.volumes
        what = self._why(story, off) + " The train from there is as long as planned." * fits
        advice = f"Re-zero this run by {off:+.3f} s."
        if not self._is_near(off):
            why = "more likely this is another scan than the one that started this run"
            why = "start the scan once the task is ready" if self.early else why
            advice = f"That is more than {FURTHEST_TR} TR, and zero is not moved so far: {why}."
        return f"{what} {advice}", {
            "false_start": self._false_start(story, off),
            "zero_correction_s": off if self._is_near(off) else None,
            "likely_missed_first": story.missed > 0 and not self.early,
        }

    def _false_start(self, story: Explanation, off: float) -> tuple[float, float] | None:
        return (self.at + off, off) if off > 0 and OFF_TIME not in story.faults else None

    def _why(self, story: Explanation, off: float) -> str:
        if self.early and off < 0:
            running = in_pulses(self.early)
            return f"The scan was running {running} before the task was ready: zero is {-off:.3f} s late."
        if story.missed and off < 0:
            return f"{story.planned.first(story.missed).capitalize()} missed: zero is {-off:.3f} s late."
        if self.is_by_hand or OFF_TIME in story.faults:
            return f"Zero is {abs(off):.3f} s {_side(off)} the train's pulse that it belongs to."
        if off < 0:
            return f"Zero is {-off:.3f} s late: the scanner was running already, or a pulse before it was missed."
        cut = int(np.count_nonzero(self.train.index < story.begin))
        ahead = f" ({in_pulses(self.before + cut)} before the train)" if self.before + cut else ""
        chance = " By chance it fits the train, so this is likely, not sure." if cut else ""
        return (
            f"False start: zero is {off:.3f} s before the train's pulse that it belongs to. A key, a prescan pulse or "
            f"a double was taken for it{ahead}.{chance}"
        )

    def _of_setting(self, story: Explanation) -> str | None:
        """Name the setting that is wrong where zero is right all the same."""
        came = story.first - story.begin
        if story.missed or came == story.planned.before:
            return None
        return (
            f"{in_pulses(came)} of the train came before zero, the protocol says {story.planned.before}. The end of "
            "the train says that zero is right: correct pulses_before_zero."
        )

    # --- they differ ---------------------------------------------------------------------------------------------

    def _likely_missed(self, story: Explanation) -> _Judgement:
        """One volume too few, and nothing else: that the first was missed is by far the most common of its causes."""
        planned, late = story.planned, float(self.train.due(story.first - story.planned.per_volume)) - self.at
        unit, what = "pulse", "one pulse"
        if planned.per_volume > 1:
            unit, what = "volume", f"one volume ({in_pulses(planned.per_volume)})"
        setting = ""
        if planned.before >= planned.per_volume:
            setting = (
                f" If other runs show the same, {in_pulses(planned.before - planned.per_volume)} come before the first "
                f"stored volume and not {planned.before}: correct pulses_before_zero, or every run repeats this."
            )
        return (
            f"The train ends {what} short: the first {unit} was likely missed, and zero is {-late:.3f} s late. A scan "
            f"stopped early or a missed last {unit} looks the same: ask how many volumes the scanner stored. If all "
            f"{planned.volumes}, re-zero this run by {late:+.3f} s.{setting}"
        ), {"likely_missed_first": True, "zero_correction_s": late}

    def _short_of_slices(self, short: int) -> str:
        late, was = (
            float(self.train.interval * short),
            "that of the first slice was" if short == 1 else "those of the first slices were",
        )
        return (
            f"The train ends {in_pulses(short)} short: {was} missed, or of the last. Evenly spaced pulses do not tell "
            f"which; if the first, zero is {late:.3f} s late, less than a volume."
        )

    def _listed(self, story: Explanation, off: float) -> _Judgement:
        """List the explanations by the volumes that were stored: that tells them apart."""
        causes: dict[tuple[int, int], list[str]] = {}
        for other in self.best:
            causes.setdefault((other.stored, other.first), []).append(", and ".join(other.faults))
        corrections = {other.first: self.off(other) for other in self.best}
        each = []
        for (stored, first), whys in causes.items():
            by = corrections[first]
            means = "zero is right"
            if by:
                means = f"zero is {abs(by):.3f} s {'early' if by > 0 else 'late'}"
                means += f", re-zero this run by {by:+.3f} s" if self._is_near(by) else ", too far to be moved"
            why = "; or ".join(dict.fromkeys(whys))
            each.append(f"If {stored}, {means}: {why}." if self.has_ended else f"If {why}: {means}.")
        ask = ["Ask how many volumes the scanner stored."] if self.has_ended else []
        setting = []
        if any("pulses_before_zero" in fault for other in self.best for fault in other.faults):
            setting = ["Where pulses_before_zero is wrong, correct it, or every run repeats this."]
        return " ".join([*self._what_is_odd(story, off), *ask, *each, *setting]), {
            "false_start": self._false_start(story, off),
            "possible_corrections_s": tuple(by for by in corrections.values() if self._is_near(by)),
        }

    def _what_is_odd(self, story: Explanation, off: float) -> Iterator[str]:
        index, planned = self.train.index, story.planned
        short = planned.before + planned.volumes * planned.per_volume - (story.end - story.begin)
        if self.is_by_hand and off:
            yield self._by_hand(off)
        if self.early:
            yield f"The scan was running {in_pulses(self.early)} before the task was ready."
        begins = [other.begin for other in self.best if other.begin > index[0]]
        if begins:
            cut = int(np.searchsorted(index, min(begins)))
            what, were = (
                ("pulse", "first was a false start") if cut == 1 else (f"{cut} pulses", "first were false starts")
            )
            gap = int(index[cut] - index[cut - 1]) * self.train.interval
            yield (
                f"After the first {what} the next came {gap:.3f} s later: pulses were missed there, or the {were} that "
                "by chance fits TR."
            )
        elif short > 0:
            yield f"The train ends {planned.said(short)} short."
        elif short < 0:
            yield f"The scan went on for {planned.said(-short)} more than planned."

    def _by_hand(self, off: float) -> str:
        return f"Zero was set by hand, {abs(off):.3f} s {_side(off)} the first pulse that came."

    # --- the program that reads the pulses hung --------------------------------------------------------------------

    def _after_hang(self, hang: Hang, story: Explanation, off: float) -> _Judgement:
        """Judge a zero whose pulse is one of several with one stamp: it came earlier."""
        what = f"The program that reads the pulses hung: {hang.count} pulses have the stamp of zero."
        if self.has_ended and len(self.best) == len(story.faults) == 1 and self._is_near(off):
            said = f"{what} The end of the train says that zero is {-off:.3f} s late: re-zero this run by {off:+.3f} s."
            return said, {"zero_correction_s": off}
        late_s = (hang.count - 1) * self.train.interval
        return f"{what} Zero may be {late_s:.3f} s late: ask how many volumes the scanner stored.", {}


def _side(off: float) -> str:
    return "before" if off > 0 else "after"
