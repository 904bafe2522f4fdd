"""Reading one train of pulses: is zero where it belongs, what is missing, and what came besides."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from task.config.scan import Scan
from task.pulses.explain import Evidence, Explanation, Planned, best_explanations
from task.pulses.findings import SILENCE_TR, PulseTrain, in_pulses
from task.pulses.fit import Times, Train, near
from task.pulses.hangs import hangs_among
from task.pulses.others import said_of_others
from task.pulses.search import with_earlier
from task.pulses.tr import measured, plans_of
from task.pulses.zero import Zero


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
        later: Sequence[Train],
    ) -> None:
        self.found, self.train, self.zero, self.is_by_hand = found, train, zero, is_by_hand
        self.scan, self.now, self.ended, self.before_ready, self.later = scan, now, ended, before_ready, later
        self.hangs = hangs_among(train.stamps, train.interval, train.grain)
        self.length_is_told = False

    def result(self) -> PulseTrain:
        """Read the train."""
        plans, is_other = plans_of(self.train, self.scan, self.found.volumes_expected)
        if self.train.index.size > 1:
            per_volume = plans[0].per_volume if plans else 0
            interval, jitter_s, sentence = measured(self.train, self.scan, per_volume, is_other)
            self.train = replace(self.train, interval=interval)
            self._note(*([sentence] if sentence else []), tr_s=interval * (per_volume or 1), jitter_s=jitter_s)
        story = self._explained(plans) if plans else None
        before, doubled, stray, most_at_once = self.train.others()
        self._note(
            before_train=tuple(before.tolist()),
            doubled=tuple(doubled.tolist()),
            stray=tuple(stray.tolist()) if self.train.index.size > 1 or self.ended else (),
        )
        if story is not None:
            self._count(story)
        start = float(self.train.stamps[0]) if self.zero is None else self.zero
        self._note(*said_of_others(self.found, self.train.closest_s, start, most_at_once, self.hangs, self.later))
        return self.found

    def _note(self, *sentences: str, **found: Any) -> None:
        self.found = replace(self.found, sentences=(*self.found.sentences, *sentences), **found)

    # --- where the scan began, and zero ----------------------------------------------------------------------------

    def _explained(self, plans: list[Planned]) -> Explanation:
        """Judge zero by all explanations; give the one to count by, and leave off what by it is not the scan's."""
        zero = self.zero
        train, early = with_earlier(self.train, self.before_ready, plans[0].per_volume)
        before, _, stray, _ = train.others()
        first, last = int(train.index[0]), int(train.index[-1])
        hang = next((hang for hang in self.hangs if hang.since is None and zero is not None and hang.has(zero)), None)
        after = 0 if hang is None else np.count_nonzero(train.times <= hang.over)
        hung = None if hang is None else int(train.index[min(after, train.index.size - 1)]) - hang.count
        is_off_time = before.size == 1 and not early.size
        is_off_time &= near(before, float(train.due(first - 1)), 0.1 * train.interval).size > 0
        late = near(stray, float(train.due(last + 1)), 0.1 * train.interval).size > 0  # a last pulse, a little late
        held = sum(hang.count for hang in self.hangs if hang.until > train.times[-1] + train.closest_s / 2)
        index = np.append(early, train.index)
        evidence = Evidence(
            index=index,
            early=early.size,
            slices=train.slices,
            before=before.size,
            hung_from=hung,
            off_time=first - 1 if is_off_time else None,
            end=last + 1 + max(late, held),
            has_ended=self.ended,
            is_by_hand=self.is_by_hand,
        )
        best = best_explanations(evidence, plans)
        self._note(early=int(early.size))
        story = best[0]
        if zero is not None:
            judged = Zero(zero, self.is_by_hand, train, self.scan, self.ended, early.size, before.size, hang, best)
            story = judged.story
            if index.size >= 3 or hang is not None:
                sentence, found = judged.said()
                self._note(*([sentence] if sentence else []), **found)
                self.length_is_told = judged.is_open or hang is not None
        self.index = index[np.searchsorted(index, story.begin) :]
        is_its = (train.index >= story.begin) & (train.index < story.end)
        self.train = replace(train, index=train.index[is_its], places=train.places[is_its])
        if self.found.tr_s is not None:
            self._note(tr_s=train.interval * story.planned.per_volume)
        return story

    # --- volumes ---------------------------------------------------------------------------------------------------

    def _count(self, story: Explanation) -> None:
        """Count volumes, and what is missing inside the train, since its last pulse, or at its end."""
        train, per, volumes = self.train, story.planned.per_volume, story.planned.volumes
        last, interval, end = story.end - 1, train.interval, story.first + volumes * per - 1
        since = 0.0 if self.now is None else self.now - float(train.due(last))
        upto = max(min(end, last + int(since / train.closest_s) + 1), last)
        due = train.due(np.arange(last + 1, upto + 1))
        waiting = 0 if self.now is None else int(np.count_nonzero(due < self.now - interval / 2))
        missing = np.setdiff1d(np.arange(self.index[0], int(train.index[-1]) + 1 + waiting), self.index)
        seen = np.unique((train.index - story.first) // per)
        self._note(
            volumes_seen=int(np.count_nonzero((seen >= 0) & (seen < volumes))),
            missing=tuple(train.due(missing).tolist()),
            missing_volumes=tuple(np.unique((missing - story.first) // per + 1).tolist()),
            short_by=max(end - last, 0) if self.ended else 0,
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
        if self.length_is_told:
            return
        if self.found.short_by:
            self._note(self._short(self.found.short_by, per))
        elif extra := self.found.extra_volumes:
            self._note(
                f"The scan went on for {extra} volume{'s' * (extra > 1)} more than planned. All is well if the "
                "sequence was set to so many. If it was set to the planned number, the pulse at zero came before the "
                f"scan, and zero is {extra * per * interval:.3f} s early. If it was set to still more, the scan began "
                "before the task was ready, and zero is late."
            )

    def _short(self, short: int, per: int) -> str:
        if self.train.index.size == 1:
            return (
                "Only one pulse came: the scan never began and a key or a prescan pulse started this run, or it was "
                "stopped, or the trigger cable is out, or the scanner pulses once for each run (then set pulses = "
                '"first_only").'
            )
        if short < per and self.train.slices:
            return f"The last volume is {in_pulses(short)} short. Zero and the onsets do not depend on it."
        volumes = f" ({short // per} volume{'s' * (short > per)})" * (per > 1 and short % per == 0)
        return (
            f"The train ends {in_pulses(short)}{volumes} short: the scan was stopped, the trigger cable came out, or "
            "the first pulses were missed. Ask how many volumes the scanner stored."
        )
