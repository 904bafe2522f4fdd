"""The Deciders: whom the participant chooses between, and how well the cells of their feedback are filled."""

from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import Annotated, Literal

from pydantic import Field

from task.config.base import Check, Found, Name, Section


class DeciderType(Section):
    """A type of Decider: how it ranks the participant, and for how many Responders it has room."""

    name: Name
    mean_rank: Annotated[float, Field(allow_inf_nan=False)]
    mean_spots: Annotated[float, Field(allow_inf_nan=False)]


class Deciders(Section):
    """The Deciders: one of each type in each kind."""

    responders: Annotated[int, Field(ge=2, le=20)] = 8
    kinds: Annotated[tuple[Literal["explicit", "hidden"], ...], Field(min_length=1, strict=False)] = (
        "explicit",
        "hidden",
    )
    rank_sd: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    spots_sd: Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)] = 1.0
    renew_every_runs: Annotated[int, Field(ge=1)] | None = None
    avatar_set: Name = "neutral"
    types: Annotated[tuple[DeciderType, ...], Field(min_length=2, max_length=12, strict=False)]

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (
            self._names_differ,
            lambda: self._within_responders("mean_rank"),
            lambda: self._within_responders("mean_spots"),
            self._kinds_differ,
        )

    def _names_differ(self) -> Iterator[Found]:
        names = [one.name for one in self.types]
        for i, name in enumerate(names):
            if names.index(name) != i:
                yield Found(("types", i, "name"), name, "a name that no other type has")

    def _within_responders(self, key: str) -> Iterator[Found]:
        for i, one in enumerate(self.types):
            value = getattr(one, key, None)
            if value is not None and not 1 <= value <= self.responders:
                yield Found(("types", i, key), value, f"from 1 to the {self.responders} responders")

    def _kinds_differ(self) -> Iterator[Found]:
        if len(set(self.kinds)) != len(self.kinds):
            yield Found(("kinds",), self.kinds, "each kind once")

    @property
    def pairs_per_kind(self) -> int:
        """How many pairs of different types a kind offers."""
        return len(list(combinations(self.types, 2)))


class FeedbackCells(Section):
    """How well the four cells are to be filled: match or not, ranked high or low; answered explicit trials."""

    trials_per_cell_in_a_run: Annotated[int, Field(ge=0)] = 2
    share_per_cell: Annotated[float, Field(ge=0, le=0.25, allow_inf_nan=False)] = 0.08
