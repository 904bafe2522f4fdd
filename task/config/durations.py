"""How long a slot lasts: a fixed duration, or a distribution that is sampled in balance.

A balanced sample holds the quantiles of its distribution, so that each run of a protocol has the same
durations, in another order, and therefore exactly the same length for everybody.
"""

import heapq
import math
from collections.abc import Iterable, Iterator
from fractions import Fraction
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field

from task.config.base import Check, Found, PositiveSeconds, Section, refusal


class Fixed(Section):
    """Always the same duration."""

    distribution: Literal["fixed"] = "fixed"
    value_s: PositiveSeconds

    @property
    def mean(self) -> float:
        """Mean duration in seconds."""
        return self.value_s

    @property
    def shortest(self) -> float:
        """Shortest possible duration in seconds."""
        return self.value_s

    def quantile(self, probability: float) -> float:
        """Duration in seconds below which ``probability`` of the durations lie."""
        return self.value_s


class Uniform(Section):
    """Every duration from ``min_s`` to ``max_s`` is equally likely."""

    distribution: Literal["uniform"]
    min_s: PositiveSeconds
    max_s: PositiveSeconds

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (lambda: _limits_in_order(self),)

    @property
    def mean(self) -> float:
        """Mean duration in seconds."""
        return (self.min_s + self.max_s) / 2

    @property
    def shortest(self) -> float:
        """Shortest possible duration in seconds."""
        return self.min_s

    def quantile(self, probability: float) -> float:
        """Duration in seconds below which ``probability`` of the durations lie."""
        return self.min_s + probability * (self.max_s - self.min_s)


class TruncatedExponential(Section):
    """Short durations are more likely than long ones; none lies outside of ``min_s`` to ``max_s``."""

    distribution: Literal["truncated_exponential"]
    min_s: PositiveSeconds
    max_s: PositiveSeconds
    mean_s: PositiveSeconds

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (lambda: _limits_in_order(self), self._mean_within_limits)

    def _mean_within_limits(self) -> Iterator[Found]:
        middle = (self.min_s + self.max_s) / 2
        if self.min_s < self.max_s and not self.min_s < self.mean_s < middle:
            yield Found(
                ("mean_s",),
                self.mean_s,
                f"more than min_s ({self.min_s:g}) and less than the middle of min_s and max_s ({middle:g}), "
                "because an exponential has more short durations than long ones",
            )

    @property
    def mean(self) -> float:
        """Mean duration in seconds."""
        return self.mean_s

    @property
    def shortest(self) -> float:
        """Shortest possible duration in seconds."""
        return self.min_s

    @property
    def rate(self) -> float:
        """Rate (1/s) at which the exponential, cut off at the limits, has the mean asked for."""
        return _rate_of(self.max_s - self.min_s, self.mean_s - self.min_s)

    def quantile(self, probability: float) -> float:
        """Duration in seconds below which ``probability`` of the durations lie."""
        if probability >= 1:
            return self.max_s
        rate = self.rate
        within = math.expm1(-rate * (self.max_s - self.min_s))
        return min(self.min_s - math.log1p(probability * within) / rate, self.max_s)


@cache
def _rate_of(width: float, mean: float) -> float:
    """Find the rate of an exponential that is cut off at ``width`` and has this mean."""
    low, high = 1e-9 / width, 1.0 / mean
    for _ in range(200):
        rate = (low + high) / 2
        found = 1 / rate - width / math.expm1(rate * width) if rate * width < 700 else 1 / rate
        low, high = (rate, high) if found > mean else (low, rate)
    return (low + high) / 2


class Listed(Section):
    """The durations of a list, each as often as the others."""

    distribution: Literal["list"]
    values_s: Annotated[tuple[PositiveSeconds, ...], Field(min_length=1, max_length=1000, strict=False)]

    @property
    def mean(self) -> float:
        """Mean duration in seconds."""
        return math.fsum(self.values_s) / len(self.values_s)

    @property
    def shortest(self) -> float:
        """Shortest possible duration in seconds."""
        return min(self.values_s)

    def quantile(self, probability: float) -> float:
        """Duration in seconds below which ``probability`` of the durations lie."""
        ordered = sorted(self.values_s)
        return ordered[min(int(probability * len(ordered)), len(ordered) - 1)]


def _limits_in_order(duration: Uniform | TruncatedExponential) -> Iterator[Found]:
    if not duration.min_s < duration.max_s:
        yield Found(("max_s",), duration.max_s, f"more than min_s ({duration.min_s:g})")


_DURATION = 'a number of seconds, or a table like { distribution = "uniform", min_s = 2.0, max_s = 4.0 }'


def _number_means_fixed(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"distribution": "fixed", "value_s": value} if is_number else value


def _is_a_table(value: Any) -> Any:
    if not isinstance(value, dict | Fixed | Uniform | TruncatedExponential | Listed):
        raise refusal(_DURATION)
    return value


Duration = Annotated[
    Annotated[Fixed | Uniform | TruncatedExponential | Listed, Discriminator("distribution")],
    BeforeValidator(_is_a_table),
    BeforeValidator(_number_means_fixed),
    Field(description=_DURATION),
]


def ticks_per_second(grid_s: float) -> int:
    """Give the number of grid ticks in a second; the grid's step in seconds must be one over a whole number.

    Raises
    ------
    ValueError
        If the step does not fit a whole number of times into a second.
    """
    ticks = 1 / Fraction(str(grid_s))
    if ticks.denominator != 1:
        raise ValueError(f"{grid_s:g} s does not fit a whole number of times into a second")
    return int(ticks)


def on_grid(seconds: float, per_second: int) -> bool:
    """Say whether a time in seconds is a whole number of grid ticks."""
    return (Fraction(str(seconds)) * per_second).denominator == 1


def to_ticks(seconds: float, per_second: int) -> int:
    """Give a time in seconds as grid ticks; a time off the grid is an error, since a plan is exact."""
    ticks = Fraction(str(seconds)) * per_second
    if ticks.denominator != 1:
        raise ValueError(f"{seconds:g} s is not a whole number of ticks of 1/{per_second} s")
    return int(ticks)


def balanced_sample(duration: Any, count: int, per_second: int) -> list[int]:
    """Give ``count`` durations in ticks, shortest first, that stand for the whole distribution.

    They are the quantiles at (i + 1/2) / count, rounded to the grid and then moved by as little as makes their
    sum the distribution's own, ``count * mean`` on the grid: the same for everybody.

    Parameters
    ----------
    duration : Fixed, Uniform, TruncatedExponential or Listed
        The distribution; its limits lie on the grid.
    count : int
        How many durations.
    per_second : int
        Grid ticks in a second.

    Returns
    -------
    list of int
        Durations in ticks, each within the distribution's limits.
    """
    # rounded, so that the last bit of a machine's exponential decides nothing
    exact = [round(duration.quantile((i + 0.5) / count) * per_second, 6) for i in range(count)]
    if duration.distribution in ("fixed", "list"):
        return [round(ticks) for ticks in exact]
    low, high = math.ceil(duration.min_s * per_second - 1e-9), math.floor(duration.max_s * per_second + 1e-9)
    sample = [min(max(round(ticks), low), high) for ticks in exact]
    missing = round(count * duration.mean * per_second) - sum(sample)
    step = 1 if missing > 0 else -1
    # always the duration that lies furthest on the other side of its exact quantile
    waiting = [(step * (ticks - exact[i]), i) for i, ticks in enumerate(sample)]
    heapq.heapify(waiting)
    while missing:
        beyond, i = heapq.heappop(waiting)
        if low <= sample[i] + step <= high:
            sample[i] += step
            missing -= step
            heapq.heappush(waiting, (beyond + 1, i))
    return sorted(sample)
