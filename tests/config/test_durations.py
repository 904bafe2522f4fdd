"""A balanced sample stands for its distribution, and has the same sum for everybody."""

import random
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from task.config.durations import (
    Fixed,
    Listed,
    TruncatedExponential,
    Uniform,
    balanced_sample,
    on_grid,
    ticks_per_second,
    to_ticks,
)
from task.config.read import names_in, read_protocol

JITTERS = {
    f"{name}, {slot.name}": (slot.duration_s, read_protocol(name).runs.trials)
    for name in names_in("protocols")
    for slot in read_protocol(name).slots
}


def exponential(min_s: float, max_s: float, mean_s: float) -> TruncatedExponential:
    return TruncatedExponential(distribution="truncated_exponential", min_s=min_s, max_s=max_s, mean_s=mean_s)


def uniform(min_s: float, max_s: float) -> Uniform:
    return Uniform(distribution="uniform", min_s=min_s, max_s=max_s)


@st.composite
def durations(draw: st.DrawFn) -> tuple[Any, int]:
    """A distribution whose limits lie on a grid, and the grid's ticks in a second."""
    per_second = draw(st.sampled_from([1, 4, 10, 50, 1000]))
    low = draw(st.integers(1, 20 * per_second))
    high = low + draw(st.integers(1, 20 * per_second))
    where = draw(st.floats(0.01, 0.49))
    min_s, max_s = low / per_second, high / per_second
    one = draw(st.sampled_from(["fixed", "uniform", "truncated_exponential", "list"]))
    if one == "fixed":
        return Fixed(value_s=max_s), per_second
    if one == "uniform":
        return uniform(min_s, max_s), per_second
    if one == "list":
        return Listed(distribution="list", values_s=(max_s, min_s, max_s)), per_second
    return exponential(min_s, max_s, min_s + where * (max_s - min_s)), per_second


@settings(deadline=None, max_examples=150)
@given(durations(), st.integers(1, 120))
def test_a_sample_has_the_distributions_sum_within_its_limits_and_shortest_first(
    distribution: tuple[Any, int], count: int
) -> None:
    duration, per_second = distribution

    sample = balanced_sample(duration, count, per_second)

    assert len(sample) == count
    assert sample == sorted(sample)
    shortest, longest = duration.quantile(0.0), duration.quantile(1.0)
    assert round(shortest * per_second) <= sample[0]
    assert sample[-1] <= round(longest * per_second)
    if isinstance(duration, Listed):
        assert {one / per_second for one in sample} <= set(duration.values_s)
    else:
        assert sum(sample) == round(count * duration.mean * per_second)


@pytest.mark.parametrize(("duration", "count"), JITTERS.values(), ids=list(JITTERS))
def test_the_durations_of_a_shipped_slot_have_the_stated_mean_and_lie_close_to_the_quantiles(
    duration: Any, count: int
) -> None:
    sample = balanced_sample(duration, count, 10)

    assert sum(sample) == round(count * duration.mean * 10)
    assert sum(sample) / count / 10 == pytest.approx(duration.mean, abs=0.05 / count + 1e-9)
    for i, ticks in enumerate(sample):
        assert abs(ticks - 10 * duration.quantile((i + 0.5) / count)) <= 1 + 1e-6


def test_on_a_fine_grid_no_single_duration_makes_up_for_all_the_others() -> None:
    duration, count = exponential(2.0, 8.0, 3.5), 12

    sample = balanced_sample(duration, count, 1000)

    moved = [ticks - 1000 * duration.quantile((i + 0.5) / count) for i, ticks in enumerate(sample)]
    assert sum(sample) == 42_000
    assert sum(moved) > 20, "this jitter's quantiles alone have no sum that is off, and so test nothing"
    assert max(moved) - min(moved) < 1.001


def test_a_list_comes_round_as_evenly_as_it_can() -> None:
    listed = Listed(distribution="list", values_s=(4.0, 2.0, 3.0))

    assert balanced_sample(listed, 6, 10) == [20, 20, 30, 30, 40, 40]
    assert balanced_sample(listed, 1, 10) == [30]


def test_a_fixed_duration_is_always_the_same() -> None:
    assert balanced_sample(Fixed(value_s=2.5), 3, 10) == [25, 25, 25]


def test_a_uniform_sample_is_spread_evenly() -> None:
    assert balanced_sample(uniform(2.0, 4.0), 4, 100) == [225, 275, 325, 375]


@settings(deadline=None, max_examples=40)
@given(st.floats(0.1, 10), st.floats(0.1, 30), st.floats(0.005, 0.495))
def test_a_truncated_exponential_has_the_mean_that_is_asked_for(min_s: float, width: float, where: float) -> None:
    duration = exponential(min_s, min_s + width, min_s + where * width)

    by_integration, _ = quad(duration.quantile, 0, 1, epsabs=1e-9, epsrel=1e-9, limit=400)

    assert by_integration == pytest.approx(duration.mean, rel=1e-5)
    assert duration.quantile(0.0) == pytest.approx(min_s)
    assert duration.quantile(1.0) == pytest.approx(min_s + width)
    assert duration.quantile(0.5) < duration.mean, "an exponential leans to the short side"


def test_quantiles_of_a_truncated_exponential_are_those_of_its_density() -> None:
    duration = exponential(1.5, 6.0, 3.0)
    rate = duration.rate

    def density(seconds: float) -> float:
        return 2.718281828459045 ** (-rate * (seconds - 1.5))

    whole, _ = quad(density, 1.5, 6.0)
    for probability in (0.1, 0.5, 0.9):
        below, _ = quad(density, 1.5, duration.quantile(probability))
        assert below / whole == pytest.approx(probability, abs=1e-6)


@pytest.mark.parametrize(
    ("duration", "mean", "shortest"),
    [
        (Fixed(value_s=2.0), 2.0, 2.0),
        (uniform(2.0, 5.0), 3.5, 2.0),
        (exponential(1.0, 5.0, 2.0), 2.0, 1.0),
        (Listed(distribution="list", values_s=(5.0, 1.0, 3.0)), 3.0, 1.0),
    ],
)
def test_every_distribution_knows_its_mean_and_its_shortest_duration(
    duration: Any, mean: float, shortest: float
) -> None:
    assert duration.mean == mean
    assert duration.shortest == shortest


def test_the_order_in_which_jitter_comes_never_changes_how_long_a_run_is() -> None:
    protocol = read_protocol("relational_value")
    draw = random.Random(1)
    for _ in range(3):
        ticks = 0
        for slot in protocol.slots:
            sample = balanced_sample(slot.duration_s, protocol.runs.trials, 10)
            draw.shuffle(sample)
            ticks += sum(sample)
        assert Fraction(ticks, 10) + 8 + 10 == protocol.run_s


@pytest.mark.parametrize(("grid_s", "ticks"), [(0.1, 10), (0.05, 20), (0.025, 40), (1.0, 1), (0.001, 1000)])
def test_a_grid_that_divides_a_second_gives_its_ticks(grid_s: float, ticks: int) -> None:
    assert ticks_per_second(grid_s) == ticks
    assert to_ticks(grid_s, ticks) == 1
    assert to_ticks(3.0, ticks) == 3 * ticks


@pytest.mark.parametrize("grid_s", [0.3, 0.07, 2.0])
def test_a_grid_that_does_not_divide_a_second_is_an_error(grid_s: float) -> None:
    with pytest.raises(ValueError, match="does not fit a whole number of times"):
        ticks_per_second(grid_s)


def test_a_time_off_the_grid_is_an_error_and_never_rounded() -> None:
    assert to_ticks(0.3, 10) == 3
    assert not on_grid(0.25, 10)
    with pytest.raises(ValueError, match=r"0\.25 s is not a whole number of ticks"):
        to_ticks(0.25, 10)
