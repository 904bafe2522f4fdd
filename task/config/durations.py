"""How long a slot lasts: a fixed duration, or a distribution that is sampled in balance.

A balanced sample holds the quantiles of its distribution, so that each run of a protocol has the same durations, in
another order, and therefore exactly the same length for everybody.
"""

import math
from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, model_validator

from task.config.base import Section, mistake




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

    @model_validator(mode="after")
    def _limits_in_order(self) -> "Uniform":
        _check_limits(self.min_s, self.max_s)
        return self

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

    @model_validator(mode="after")
    def _mean_within_limits(self) -> "TruncatedExponential":
        _check_limits(self.min_s, self.max_s)
        middle = (self.min_s + self.max_s) / 2
        if not self.min_s < self.mean_s < middle:
            raise mistake(
                "mean_s",
                self.mean_s,
                f"more than min_s ({self.min_s:g}) and less than the middle of min_s and max_s ({middle:g}), because "
                "an exponential has more short durations than long ones",
            )
        return self

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
        width, wanted = self.max_s - self.min_s, self.mean_s - self.min_s
        low, high = 1e-9 / width, 1.0 / wanted
        for _ in range(200):
            rate = (low + high) / 2
            mean = 1 / rate - width / math.expm1(rate * width) if rate * width < 700 else 1 / rate
            low, high = (rate, high) if mean > wanted else (low, rate)
        return (low + high) / 2

    def quantile(self, probability: float) -> float:
        """Duration in seconds below which ``probability`` of the durations lie."""
        rate = self.rate
        return self.min_s - math.log1p(probability * math.expm1(-rate * (self.max_s - self.min_s))) / rate


class Listed(Section):
    """The durations of a list, each as often as the others."""

    distribution: Literal["list"]
    values_s: Annotated[tuple[PositiveSeconds, ...], Field(min_length=1, strict=False)]

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


def _check_limits(min_s: float, max_s: float) -> None:
    if not min_s < max_s:
        raise mistake("max_s", max_s, f"more than min_s ({min_s:g})")


def _number_means_fixed(value: Any) -> Any:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return {"distribution": "fixed", "value_s": value} if is_number else value


def _is_a_table(value: Any) -> Any:
    if not isinstance(value, dict | Fixed | Uniform | TruncatedExponential | Listed):
        raise mistake(None, value, 'a number of seconds, or a table like { distribution = "uniform", ... }')
    return value


Duration = Annotated[
    Annotated[Fixed | Uniform | TruncatedExponential | Listed, Discriminator("distribution")],
    BeforeValidator(_is_a_table),
    BeforeValidator(_number_means_fixed),
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

    They are the quantiles at (i + 1/2) / count, rounded to the grid so that their sum is the rounded sum of the
    quantiles' exact expectation, ``count * mean``: the same for everybody.

    Parameters
    ----------
    duration : Fixed, Uniform, TruncatedExponential or Listed
        The distribution.
    count : int
        How many durations.
    per_second : int
        Grid ticks in a second.

    Returns
    -------
    list of int
        Durations in ticks, each within the distribution's limits.
    """
    exact = [duration.quantile((i + 0.5) / count) * per_second for i in range(count)]
    if duration.distribution in ("fixed", "list"):
        return [round(ticks) for ticks in exact]
    low, high = math.ceil(duration.min_s * per_second - 1e-9), math.floor(duration.max_s * per_second + 1e-9)
    sample = [min(max(round(ticks), low), high) for ticks in exact]
    missing = round(count * duration.mean * per_second) - sum(sample)
    step = 1 if missing > 0 else -1
    while missing:
        # move the duration that a step brings nearest to (or takes least far from) its exact quantile
        movable = [i for i in range(count) if low <= sample[i] + step <= high]
        best = min(movable, key=lambda i: (abs(sample[i] + step - exact[i]) - abs(sample[i] - exact[i]), i))
        sample[best] += step
        missing -= step
    return sorted(sample)


