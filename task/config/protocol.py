"""The protocol: the science of a session, and nothing about the room that it is performed in."""

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import ceil
from typing import Annotated, Literal

from pydantic import Field, model_validator

from task.config.base import AcrossMistake, Section, mistake
from task.config.durations import Duration, PositiveSeconds, balanced_sample, on_grid, ticks_per_second

GRACE_S = 0.1
"""A miss is decided this long (in seconds) after the response window, so that a press that took its time to be read
still counts by its stamp."""

Probability = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
SceneName = Literal["choice", "fixation", "feedback", "match", "rank", "share", "too_slow"]


class Scan(Section):
    """How the sequence runs and pulses."""

    tr_s: PositiveSeconds
    pulses: Literal["every_volume", "every_slice", "first_only"] = "every_volume"
    pulses_per_volume: Annotated[int, Field(ge=1)] = 1
    pulses_before_zero: Annotated[int, Field(ge=0)] = 0
    volumes_dropped_in_analysis: Annotated[int, Field(ge=0)] = 0
    volumes: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _pulses_fit_together(self) -> "Scan":
        if self.pulses != "every_slice" and self.pulses_per_volume != 1:
            raise mistake("pulses_per_volume", self.pulses_per_volume, '1, unless pulses = "every_slice"')
        return self


class Runs(Section):
    """How many runs and trials, and what surrounds the trials."""

    count: Annotated[int, Field(ge=1, le=99)]
    trials: Annotated[int, Field(ge=1)]
    lead_in_s: PositiveSeconds
    tail_s: PositiveSeconds
    grid_s: PositiveSeconds = 0.1
    spare_versions: Annotated[int, Field(ge=0, le=20)] = 2
    closing_screen_s: PositiveSeconds = 5.0
    most_of_a_kind_in_a_row: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _grid_divides_a_second(self) -> "Runs":
        try:
            per_second = ticks_per_second(self.grid_s)
        except ValueError:
            raise mistake(
                "grid_s", self.grid_s, "one second divided by a whole number (0.1, 0.05, 0.02, ...)"
            ) from None
        for key in ("lead_in_s", "tail_s"):
            if not on_grid(getattr(self, key), per_second):
                raise mistake(key, getattr(self, key), f"a multiple of grid_s ({self.grid_s:g} s)")
        return self


class DeciderType(Section):
    """A type of Decider: how it ranks the participant, and for how many Responders it has room."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    mean_rank: Annotated[float, Field(allow_inf_nan=False)]
    mean_spots: Annotated[float, Field(allow_inf_nan=False)]


class Deciders(Section):
    """The Deciders: one of each type in each kind."""

    responders: Annotated[int, Field(ge=2, le=99)] = 8
    kinds: Annotated[tuple[Literal["explicit", "hidden"], ...], Field(min_length=1, strict=False)] = (
        "explicit",
        "hidden",
    )
    rank_sd: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    spots_sd: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 1.0
    renew_every_runs: Annotated[int, Field(ge=1)] | None = None
    avatar_set: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] = "neutral"
    types: Annotated[tuple[DeciderType, ...], Field(min_length=2, strict=False)]

    @model_validator(mode="after")
    def _names_and_means(self) -> "Deciders":
        names = [kind.name for kind in self.types]
        for i, kind in enumerate(self.types):
            if names.index(kind.name) != i:
                raise mistake(f"types.{i}.name", kind.name, "a name that no other type has")
            for key in ("mean_rank", "mean_spots"):
                if not 1 <= getattr(kind, key) <= self.responders:
                    raise mistake(
                        f"types.{i}.{key}", getattr(kind, key), f"from 1 to the {self.responders} responders"
                    )
        if len(set(self.kinds)) != len(self.kinds):
            raise mistake("kinds", list(self.kinds), "each kind once")
        return self

    @property
    def pairs_per_kind(self) -> int:
        """How many pairs of different types a kind offers."""
        return len(list(combinations(self.types, 2)))


class FeedbackCells(Section):
    """How well the four cells (match or not, ranked high or low; answered explicit trials) are to be filled."""

    trials_per_cell_in_a_run: Annotated[int, Field(ge=0)] = 2
    share_per_cell: Annotated[float, Field(ge=0, le=0.25, allow_inf_nan=False)] = 0.08


class TrustGame(Section):
    """What a match is worth: the Decider invests, the sum grows, the participant keeps all or splits it evenly."""

    invested: Annotated[int, Field(ge=1)] = 10
    multiplier: Annotated[int, Field(ge=1)] = 3

    @model_validator(mode="after")
    def _can_be_split(self) -> "TrustGame":
        if self.invested * self.multiplier % 2:
            raise mistake("invested", self.invested, "such that invested * multiplier is even and can be split")
        return self

    @property
    def pot(self) -> int:
        """Points that are shared out after a match."""
        return self.invested * self.multiplier


class Slot(Section):
    """A stretch of each trial: how long it lasts, and what it shows."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    duration_s: Duration
    shows: SceneName | None = None
    after_match: SceneName | None = None
    after_no_match: SceneName | None = None
    after_miss: SceneName | None = None
    response_window_s: PositiveSeconds | None = None

    @model_validator(mode="after")
    def _shows_something(self) -> "Slot":
        by_outcome = {key: getattr(self, key) for key in ("after_match", "after_no_match", "after_miss")}
        if self.shows is None:
            for key, scene in by_outcome.items():
                if scene is None:
                    raise mistake(key, None, 'a scene, or "shows" for the same scene in every trial')
        else:
            for key, scene in by_outcome.items():
                if scene is not None:
                    raise mistake(key, scene, 'left out when "shows" names the scene for every trial')
            if self.shows not in ("choice", "fixation"):
                raise mistake(
                    "shows",
                    self.shows,
                    '"choice" or "fixation"; what depends on the outcome is named by after_match, after_no_match '
                    "and after_miss",
                )
        if self.after_miss not in (None, "fixation", "too_slow"):
            raise mistake("after_miss", self.after_miss, '"fixation" or "too_slow": nobody was chosen')
        for key in ("after_match", "after_no_match"):
            if by_outcome[key] in ("choice", "too_slow"):
                raise mistake(key, by_outcome[key], '"fixation", "feedback", "match", "rank" or "share"')
        if self.after_no_match == "share":
            raise mistake("after_no_match", "share", "any other scene: without a match there is nothing to share")
        if self.response_window_s is not None:
            if not self.takes_a_response:
                raise mistake("response_window_s", self.response_window_s, "left out: this slot takes no response")
            if self.response_window_s > self.duration_s.shortest:
                raise mistake(
                    "response_window_s",
                    self.response_window_s,
                    f"at most the slot's own length ({self.duration_s.shortest:g} s)",
                )
        return self

    @property
    def scenes(self) -> set[str]:
        """Names of all scenes that this slot can show."""
        return {s for s in (self.shows, self.after_match, self.after_no_match, self.after_miss) if s is not None}

    @property
    def takes_a_response(self) -> bool:
        """Whether the participant can press something here."""
        return bool(self.scenes & {"choice", "share"})

    @property
    def depends_on_outcome(self) -> bool:
        """Whether what is shown depends on the participant's choice."""
        return self.shows is None

    @property
    def window_s(self) -> float:
        """Response window in seconds: the whole slot unless the protocol says less."""
        return self.response_window_s if self.response_window_s is not None else self.duration_s.shortest


class Protocol(Section):
    """A whole protocol file."""

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str = ""
    wording: str = "en"
    scan: Scan
    runs: Runs
    deciders: Deciders
    feedback_cells: FeedbackCells = FeedbackCells()
    trust_game: TrustGame = TrustGame()
    slots: Annotated[tuple[Slot, ...], Field(min_length=1, strict=False)]

    @property
    def pairs(self) -> int:
        """How many different pairs of Deciders there are to choose between."""
        return self.deciders.pairs_per_kind * len(self.deciders.kinds)

    @property
    def run_s(self) -> Fraction:
        """Length of a run in seconds, from zero to the end of the tail; exact, and the same for everybody."""
        per_second = ticks_per_second(self.runs.grid_s)
        ticks = sum(sum(balanced_sample(slot.duration_s, self.runs.trials, per_second)) for slot in self.slots)
        return Fraction(ticks, per_second) + Fraction(str(self.runs.lead_in_s)) + Fraction(str(self.runs.tail_s))

    @property
    def volumes_needed(self) -> int:
        """Volumes that cover a run."""
        return ceil(self.run_s / Fraction(str(self.scan.tr_s)))

    @property
    def volumes(self) -> int:
        """Volumes of a run: as the protocol says, or as many as cover it."""
        return self.scan.volumes or self.volumes_needed


def _check_slots(protocol: Protocol) -> Iterator[AcrossMistake]:
    slots = protocol.slots
    names = [slot.name for slot in slots]
    for i, slot in enumerate(slots):
        if names.index(slot.name) != i:
            yield ("slots", str(i), "name"), slot.name, "a name that no other slot has"
    if slots[0].shows != "choice" or sum("choice" in slot.scenes for slot in slots) != 1:
        yield ("slots", "0", "shows"), slots[0].shows, '"choice" in the first slot, and in no other'
        return
    if len([slot for slot in slots if "share" in slot.scenes]) > 1:
        yield ("slots",), [s.name for s in slots if "share" in s.scenes], "at most one slot that shows the share"
    shown: set[str] = set()
    for i, slot in enumerate(slots):
        if "share" in slot.scenes and not shown & {"feedback", "match"}:
            yield ("slots", str(i), "after_match"), "share", "the share after a slot that shows the match"
        shown |= slot.scenes
    if len(slots) > 1 and slots[1].depends_on_outcome:
        longest = slots[0].duration_s.shortest - GRACE_S
        if slots[0].window_s > longest + 1e-9:
            yield (
                ("slots", "0", "response_window_s"),
                slots[0].window_s,
                f"at most {longest:g}, since the next slot shows the outcome and a press needs {GRACE_S:g} s to be "
                "read; or an interval of fixation in between",
            )
    grid = protocol.runs.grid_s
    for i, slot in enumerate(slots):
        for key, value in slot.duration_s.model_dump().items():
            values = value if isinstance(value, tuple) else (value,)
            if key in ("value_s", "min_s", "max_s", "values_s"):
                for one in values:
                    if not on_grid(one, ticks_per_second(grid)):
                        yield (
                            ("slots", str(i), "duration_s", key),
                            one,
                            f"a multiple of runs.grid_s ({grid:g} s)",
                        )


def _check_pairs(protocol: Protocol) -> Iterator[AcrossMistake]:
    trials, pairs = protocol.runs.trials, protocol.pairs
    if trials % pairs:
        below, above = trials // pairs * pairs, (trials // pairs + 1) * pairs
        nearest = f"{above}" if not below else f"{below} or {above}"
        kinds = " and ".join(f"{protocol.deciders.pairs_per_kind} {kind}" for kind in protocol.deciders.kinds)
        yield (
            ("runs", "trials"),
            trials,
            f"a multiple of the {pairs} pairs ({kinds}), so that each pair comes equally often; nearest: {nearest}",
        )


def _check_volumes(protocol: Protocol) -> Iterator[AcrossMistake]:
    volumes, needed = protocol.scan.volumes, protocol.volumes_needed
    if volumes is not None and volumes < needed:
        yield (
            ("scan", "volumes"),
            volumes,
            f"at least {needed}, since a run lasts {float(protocol.run_s):g} s at a TR of {protocol.scan.tr_s:g} s; "
            "or left out, to have it worked out",
        )


def _check_renewal(protocol: Protocol) -> Iterator[AcrossMistake]:
    every, runs = protocol.deciders.renew_every_runs, protocol.runs.count
    if every is not None and every >= runs:
        yield (
            ("deciders", "renew_every_runs"),
            every,
            f"fewer than the {runs} runs; or left out, for the same Deciders in all runs",
        )


CHECKS = (
    (("slots", "runs"), _check_slots),
    (("runs", "deciders"), _check_pairs),
    (("scan", "slots", "runs"), _check_volumes),
    (("runs", "deciders"), _check_renewal),
)
"""Checks across tables: the tables that each needs, and the check."""
