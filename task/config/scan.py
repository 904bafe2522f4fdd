"""The scan: how the sequence runs, and which pulses it sends."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from task.config.base import Check, Found, Section


class Scan(Section):
    """How the sequence runs and pulses."""

    tr_s: Annotated[float, Field(ge=0.05, le=60, allow_inf_nan=False)]
    pulses: Literal["every_volume", "every_slice", "first_only"] = "every_volume"
    pulses_per_volume: Annotated[int, Field(ge=1, le=1000)] = 1
    pulses_before_zero: Annotated[int, Field(ge=0, le=10_000)] = 0
    volumes_dropped_in_analysis: Annotated[int, Field(ge=0, le=10_000)] = 0
    volumes: Annotated[int, Field(ge=1, le=1_000_000)] | None = None

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._pulses_per_volume, self._pulses_before_zero)

    @property
    def double_within_s(self) -> float:
        """Of two pulses no further apart than this, in seconds, the second is a double, and does not count before zero.

        Slice pulses may come in bursts with a pause after each, so only much nearer ones are doubles.
        """
        return 0.2 * self.tr_s / self.pulses_per_volume if self.pulses == "every_slice" else self.tr_s / 2

    def _pulses_per_volume(self) -> Iterator[Found]:
        if self.pulses != "every_slice" and self.pulses_per_volume != 1:
            yield Found(("pulses_per_volume",), self.pulses_per_volume, '1, unless pulses = "every_slice"')
        if self.pulses == "every_slice" and self.pulses_per_volume == 1:
            yield Found(
                ("pulses_per_volume",),
                self.pulses_per_volume,
                '2 or more, as pulses = "every_slice": how many pulses make a volume',
            )

    def _pulses_before_zero(self) -> Iterator[Found]:
        before = self.pulses_before_zero
        if self.pulses == "first_only" and before:
            yield Found(
                ("pulses_before_zero",),
                before,
                '0, as pulses = "first_only": the only pulse has to be that of the first stored volume',
            )
        elif before % self.pulses_per_volume:
            yield Found(
                ("pulses_before_zero",),
                before,
                f"a multiple of pulses_per_volume ({self.pulses_per_volume}): whole volumes",
            )
