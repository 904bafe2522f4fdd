"""The most probable parameters: against SciPy, against brute force, and by what a maximum is."""

import numpy as np
import pytest
from scipy import optimize, special, stats

from task.model.maximum import log_prior, maximum_of
from tests.model.people import some_differences


def log_joint(unbounded: np.ndarray, differences: np.ndarray, choices: int) -> float:
    """The log joint density written down anew, over (log beta, logit w) or over log beta alone."""
    x, beta = unbounded[0], np.exp(unbounded[0])
    total, weights = 2 * x - beta / 3 - np.log(9), np.array([beta])  # Gamma(2, scale 3), times beta
    if len(unbounded) == 2:
        z = unbounded[1]
        w = special.expit(z)
        total += 1.1 * (special.log_expit(z) + special.log_expit(-z)) - special.betaln(1.1, 1.1)
        weights = beta * np.array([w, 1 - w])
    unanswered = differences.shape[1] - choices  # each has counted as an even choice
    return total - np.logaddexp(0, -(weights @ differences)).sum() + unanswered * np.log(2)


def test_the_density_that_all_is_held_against_is_that_of_the_distributions() -> None:
    differences, choices = some_differences(1)
    for x, z in ((0.0, 0.0), (2.0, -3.0), (-1.0, 4.0)):
        beta, w = np.exp(x), special.expit(z)
        prior = stats.gamma.logpdf(beta, 2, scale=3) + x + stats.beta.logpdf(w, 1.1, 1.1) + np.log(w * (1 - w))
        weighed = beta * (w * differences[0, 0] + (1 - w) * differences[1, 0])[(differences[:, 0] != 0).any(axis=0)]
        likelihood = stats.logistic.logcdf(weighed).sum()
        assert log_joint(np.array([x, z]), differences[:, 0], choices[0]) == pytest.approx(prior + likelihood)


@pytest.mark.parametrize("channels", [[0, 1], [0], [1]])
def test_no_start_of_scipy_finds_a_higher_posterior_not_even_for_odd_people(channels: list[int]) -> None:
    differences, choices = some_differences(20, trials=60)
    differences = differences[channels]
    found = maximum_of(differences, choices)
    draw = np.random.default_rng(2)
    for p in range(20):
        best = max(
            -optimize.minimize(
                lambda x, p=p: -log_joint(x, differences[:, p], choices[p]),
                draw.normal(1, 1.5, len(channels)),
                method="L-BFGS-B",
                bounds=[(-12, 12)] * len(channels),
            ).fun
            for _ in range(20)
        )
        assert found.log_posterior[p] >= best - 1e-9
        assert found.log_posterior[p] == pytest.approx(best, abs=1e-4)


def test_no_point_of_a_fine_grid_is_higher() -> None:
    differences, choices = some_differences(20, trials=40, seed=5)
    found = maximum_of(differences, choices)
    for p in range(20):
        heights = [
            log_joint(np.array([x, z]), differences[:, p], choices[p])
            for x in np.linspace(-4, 4, 41)
            for z in np.linspace(-6, 6, 41)
        ]
        assert max(heights) <= found.log_posterior[p]
        assert max(heights) == pytest.approx(found.log_posterior[p], abs=0.15)


@pytest.mark.parametrize("channels", [[0, 1], [0]])
def test_the_slope_is_nil_and_the_ground_curved_down_for_thousands(channels: list[int]) -> None:
    differences, choices = some_differences(5000)
    differences = differences[channels]
    found = maximum_of(differences, choices)
    assert np.isfinite(found.log_posterior).all()
    assert (found.weights > 0).all()
    for i in range(len(channels)):
        step = found.weights * 0
        step[i] = found.weights[i] * 1e-4
        ahead, behind = (
            log_prior(found.weights + sign * step) + log_likelihood(found.weights + sign * step, differences)
            for sign in (1, -1)
        )
        here = log_prior(found.weights) + log_likelihood(found.weights, differences)
        slope = (ahead - behind) / 2e-4  # by the logarithm of the weight
        assert np.abs(slope).max() < 1e-5
        assert (ahead <= here + 1e-12).all()
        assert (behind <= here + 1e-12).all()
    assert (np.linalg.eigvalsh(found.curvature) > 0).all()


def log_likelihood(weights: np.ndarray, differences: np.ndarray) -> np.ndarray:
    return -np.logaddexp(0, -np.einsum("cp,cpt->pt", weights, differences)).sum(axis=1)


def test_the_posterior_is_concave_between_any_two_points() -> None:
    differences, _ = some_differences(500, seed=3)
    draw = np.random.default_rng(4)
    for _ in range(20):
        one, other = draw.gamma(1, 4, (2, 2, 500)) + 1e-6
        ends = [log_prior(x) + log_likelihood(x, differences) for x in (one, other)]
        middle = log_prior((one + other) / 2) + log_likelihood((one + other) / 2, differences)
        assert (middle >= (ends[0] + ends[1]) / 2 - 1e-9).all()


def test_the_curvature_is_the_derivative_of_the_slope() -> None:
    differences, choices = some_differences(20, seed=7)
    found = maximum_of(differences, choices)

    def height(weights: np.ndarray) -> np.ndarray:
        return log_prior(weights) + log_likelihood(weights, differences)

    for i in range(2):
        for j in range(2):
            steps = [np.eye(2)[k][:, None] * found.weights[k] * 1e-3 for k in (i, j)]
            corners = [height(found.weights + a * steps[0] + b * steps[1]) * a * b for a in (1, -1) for b in (1, -1)]
            second = sum(corners) / (4 * 1e-6 * found.weights[i] * found.weights[j])
            assert -second == pytest.approx(found.curvature[:, i, j], rel=2e-3, abs=1e-3)


def test_each_participant_is_fitted_as_if_alone() -> None:
    differences, choices = some_differences(450)
    together = maximum_of(differences, choices)
    for p in (0, 191, 192, 449):
        alone = maximum_of(differences[:, [p]], choices[[p]])
        assert alone.weights[:, 0] == pytest.approx(together.weights[:, p], rel=1e-9)
        assert alone.log_posterior[0] == pytest.approx(together.log_posterior[p], abs=1e-10)


def test_without_choices_there_is_nothing_but_the_prior() -> None:
    found = maximum_of(np.zeros((2, 1, 30)), np.array([0]))
    assert found.weights.sum() == pytest.approx(6)  # of beta's density over its logarithm
    assert found.weights[0, 0] == pytest.approx(3)
    assert found.log_likelihood[0] == pytest.approx(0, abs=1e-12)
    assert found.log_posterior[0] == pytest.approx(log_joint(np.array([np.log(6), 0.0]), np.zeros((2, 30)), 0))


def test_differences_far_beyond_what_beliefs_can_have_are_climbed_all_the_same() -> None:
    differences = np.random.default_rng(1).normal(0, 100, (2, 400, 1))
    found = maximum_of(differences, np.ones(400, dtype=int))
    for factor in (0.999, 1.001):
        for i in (0, 1):
            nearby = found.weights * np.where(np.arange(2) == i, factor, 1)[:, None]
            assert (log_prior(nearby) + log_likelihood(nearby, differences) < found.log_posterior).all()
