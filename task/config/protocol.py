"""The protocol: the science of a session, and nothing about the room that it is performed in."""

from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import ceil
from typing import Annotated

from pydantic import Field

from task.config.base import Check, Found, Name, Plain, PositiveSeconds, Section
from task.config.deciders import Deciders, DeciderType, FeedbackCells
from task.config.durations import balanced_sample, on_grid, ticks_per_second
from task.config.scan import Scan
from task.config.slots import SceneName, Slot

__all__ = [
    "GRACE_S",
    "DeciderType",
    "Deciders",
    "FeedbackCells",
    "Protocol",
    "Runs",
    "Scan",
    "SceneName",
    "Slot",
    "TrustGame",
]

GRACE_S = 0.1
"""A miss is decided this long (in seconds) after the response window, so that a press that took its time to be
read still counts by its stamp."""
LONGEST_RUN_S = 7200


class Runs(Section):
    """How many runs and trials, and what surrounds the trials."""

    count: Annotated[int, Field(ge=1, le=20)]
    trials: Annotated[int, Field(ge=1, le=240)]
    lead_in_s: PositiveSeconds
    tail_s: PositiveSeconds
    grid_s: Annotated[float, Field(ge=0.001, le=1, allow_inf_nan=False)] = 0.1
    spare_versions: Annotated[int, Field(ge=0, le=10)] = 2
    closing_screen_s: PositiveSeconds = 5.0
    most_of_a_kind_in_a_row: Annotated[int, Field(ge=1, le=240)] = 3

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._grid_divides_a_second, lambda: self._on_grid("lead_in_s"), lambda: self._on_grid("tail_s"))

    @property
    def has_a_grid(self) -> bool:
        """Whether a second is a whole number of the grid's steps."""
        return (1 / Fraction(str(self.grid_s))).denominator == 1

    def _grid_divides_a_second(self) -> Iterator[Found]:
        if not self.has_a_grid:
            yield Found(("grid_s",), self.grid_s, "one second divided by a whole number (0.1, 0.05, 0.02, ...)")

    def _on_grid(self, key: str) -> Iterator[Found]:
        if self.has_a_grid and not on_grid(getattr(self, key), ticks_per_second(self.grid_s)):
            yield Found((key,), getattr(self, key), f"a multiple of grid_s ({self.grid_s:g} s)")


class TrustGame(Section):
    """What a match is worth: the Decider invests, the sum grows, the participant keeps all or splits it."""

    invested: Annotated[int, Field(ge=1, le=10_000)] = 10
    multiplier: Annotated[int, Field(ge=1, le=100)] = 3

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._can_be_split,)

    def _can_be_split(self) -> Iterator[Found]:
        if self.pot % 2:
            yield Found(("invested",), self.invested, "such that invested * multiplier is even and can be split")

    @property
    def pot(self) -> int:
        """Points that are shared out after a match."""
        return self.invested * self.multiplier


class Protocol(Section):
    """A whole protocol file."""

    name: Name
    description: str = ""
    wording: str = "en"
    scan: Scan
    runs: Runs
    deciders: Deciders
    feedback_cells: FeedbackCells = FeedbackCells()
    trust_game: TrustGame = TrustGame()
    slots: Annotated[tuple[Slot, ...], Field(min_length=1, max_length=50, strict=False)]

    def checks(self) -> Iterable[Check]:
        """Give the checks across tables."""
        return (
            self._slot_names_differ,
            self._choice_comes_first,
            self._share_follows_match,
            self._presses_are_read_in_time,
            self._durations_are_on_grid,
            self._pairs_come_equally_often,
            self._cells_can_be_filled,
            self._deciders_are_renewed_within_the_session,
            self._run_is_no_longer_than_a_session,
            self._volumes_cover_the_run,
        )

    @property
    def pairs(self) -> int:
        """How many different pairs of Deciders there are to choose between."""
        return self.deciders.pairs_per_kind * len(self.deciders.kinds)

    @property
    def deciders_at_once(self) -> int:
        """How many Deciders a run has: one of each type in each kind."""
        return len(self.deciders.types) * len(self.deciders.kinds)

    @property
    def deciders_needed(self) -> int:
        """How many Deciders, and so how many avatars, a session has."""
        every = self.deciders.renew_every_runs or self.runs.count
        return self.deciders_at_once * -(-self.runs.count // every)

    @property
    def run_s(self) -> Fraction:
        """Length of a run in seconds, from zero to the end of the tail; exact, and the same for everybody."""
        per_second, count = ticks_per_second(self.runs.grid_s), self.runs.trials
        ticks = sum(sum(balanced_sample(slot.duration_s, count, per_second)) for slot in self.slots)
        around = Fraction(str(self.runs.lead_in_s)) + Fraction(str(self.runs.tail_s))
        return Fraction(ticks, per_second) + around

    @property
    def volumes_needed(self) -> int:
        """Volumes that cover a run."""
        return ceil(self.run_s / Fraction(str(self.scan.tr_s)))

    @property
    def volumes(self) -> int:
        """Volumes of a run: as the protocol says, or as many as cover it."""
        return self.scan.volumes or self.volumes_needed

    def _slot_names_differ(self) -> Iterator[Found]:
        names: list[str] = []
        for i, slot in enumerate(self.slots):
            if slot.name in names:
                yield Found(("slots", i, "name"), slot.name, "a name that no other slot has")
            names.append(slot.name)

    def _choice_comes_first(self) -> Iterator[Found]:
        for i, slot in enumerate(self.slots):
            if (slot.shows == "choice") != (i == 0):
                allowed = '"choice" in the first slot' if i == 0 else '"choice" in the first slot only'
                yield Found(("slots", i, "shows"), slot.shows, allowed)

    def _share_follows_match(self) -> Iterator[Found]:
        match_was_shown = share_was_shown = False
        for i, slot in enumerate(self.slots):
            if slot.after_match == "share" and not match_was_shown:
                yield Found(("slots", i, "after_match"), "share", 'the share after a slot with "feedback" or "match"')
            elif slot.after_match == "share" and share_was_shown:
                yield Found(("slots", i, "after_match"), "share", "one slot at most that shows the share")
            match_was_shown |= slot.after_match in ("feedback", "match")
            share_was_shown |= slot.after_match == "share"

    def _presses_are_read_in_time(self) -> Iterator[Found]:
        """Where what comes next depends on the press, the window ends early enough for the press to be read."""
        for i, slot in enumerate(self.slots):
            if not slot.takes_a_response or (slot.shows == "choice" and i):
                continue
            until, follows = slot.duration_s.shortest, i + 1
            while follows < len(self.slots) and not self.slots[follows].depends_on_outcome:
                until += self.slots[follows].duration_s.shortest
                follows += 1
            if slot.window_s > until - GRACE_S + 1e-9:
                name = self.slots[follows % len(self.slots)].name
                yield Found(
                    ("slots", i, "response_window_s"),
                    slot.response_window_s,
                    f"at most {max(until - GRACE_S, 0):g}, as a press needs {GRACE_S:g} s to be read before "
                    f'"{name}" can follow; or a slot of fixation in between',
                )

    def _durations_are_on_grid(self) -> Iterator[Found]:
        if not self.runs.has_a_grid:
            return
        grid_s, per_second = self.runs.grid_s, ticks_per_second(self.runs.grid_s)
        for i, slot in enumerate(self.slots):
            duration = getattr(slot, "duration_s", None)
            for key in ("value_s", "min_s", "max_s", "values_s"):
                values = getattr(duration, key, ())
                for one in values if isinstance(values, tuple) else (values,):
                    if not on_grid(one, per_second):
                        yield Found(("slots", i, "duration_s", key), one, f"a multiple of runs.grid_s ({grid_s:g} s)")

    def _pairs_come_equally_often(self) -> Iterator[Found]:
        trials, pairs = self.runs.trials, self.pairs
        if trials % pairs:
            below, above = trials // pairs * pairs, (trials // pairs + 1) * pairs
            nearest = f"{below} or {above}" if below else f"{above}"
            kinds = " and ".join(f"{self.deciders.pairs_per_kind} {kind}" for kind in self.deciders.kinds)
            yield Found(
                ("runs", "trials"),
                trials,
                f"a multiple of the {pairs} pairs ({kinds}), so that each pair comes equally often; nearest: {nearest}",
            )

    def _cells_can_be_filled(self) -> Iterator[Found]:
        cells, deciders = self.feedback_cells, self.deciders
        if "explicit" not in deciders.kinds:
            return
        explicit = self.runs.trials // len(deciders.kinds)
        if 4 * cells.trials_per_cell_in_a_run > explicit:
            yield Found(
                ("feedback_cells", "trials_per_cell_in_a_run"),
                cells.trials_per_cell_in_a_run,
                f"at most {explicit // 4}: a run has {explicit} explicit trials for the four cells",
            )

    def _deciders_are_renewed_within_the_session(self) -> Iterator[Found]:
        every, runs = self.deciders.renew_every_runs, self.runs.count
        if every is not None and every >= runs:
            yield Found(
                ("deciders", "renew_every_runs"),
                every,
                f"fewer than the session's runs ({runs}); or left out, for the same Deciders in all runs",
            )

    def _run_is_no_longer_than_a_session(self) -> Iterator[Found]:
        if self._can_be_timed() and self.run_s > LONGEST_RUN_S:
            minutes = f"{float(self.run_s) / 60:.0f} minutes"
            yield Found(
                ("slots",),
                Plain(f"slots that with {self.runs.trials} trials make a run of {minutes}"),
                f"a run of at most {LONGEST_RUN_S // 60} minutes; durations are in seconds",
            )

    def _volumes_cover_the_run(self) -> Iterator[Found]:
        if not self._can_be_timed():
            return
        given, needed, dropped = self.scan.volumes, self.volumes_needed, self.scan.volumes_dropped_in_analysis
        if given is not None and given < needed:
            yield Found(
                ("scan", "volumes"),
                given,
                f"at least {needed}: a run lasts {float(self.run_s):g} s, at a TR of {self.scan.tr_s:g} s; or "
                "left out, to have it worked out",
            )
        if dropped >= self.volumes:
            yield Found(
                ("scan", "volumes_dropped_in_analysis"), dropped, f"fewer than the run's {self.volumes} volumes"
            )

    def _can_be_timed(self) -> bool:
        return self.runs.has_a_grid and not any(self._durations_are_on_grid())
