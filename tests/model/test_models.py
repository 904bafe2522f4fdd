"""Fits of all models: errors and evidence against numerical integration, Rescorla-Wagner against plain loops."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from task.model import rescorla_wagner
from task.model.models import MODELS, differences_of, fit, fit_all
from task.model.posterior import posterior_of
from task.model.priors import log_prior
from task.model.rescorla_wagner import RescorlaWagner
from task.model.signals import learned_from
from task.model.trials import LEFT, MISSED, Trials
from tests.model.people import some_trials

TRIALS = some_trials()
LEARNED = learned_from(TRIALS)
PEOPLE = TRIALS.side.shape[1]


def one_of(trials: Trials, p: int) -> Trials:
    arrays = {name: getattr(trials, name)[:, [p]] for name in ("left", "right", "side", "match", "spots", "rank")}
    return Trials(**arrays, responders=trials.responders[[p]])


def log_joint_of_learner(log_beta: float, logit_w: float, differences: np.ndarray) -> float:
    beta, w = np.exp(log_beta), 1 / (1 + np.exp(-logit_w))
    weighed = beta * (w * differences[0] + (1 - w) * differences[1])
    prior = stats.gamma.logpdf(beta, 2, scale=3) + log_beta + stats.beta.logpdf(w, 1.1, 1.1) + np.log(w * (1 - w))
    return float(prior - np.logaddexp(0, -weighed).sum() + (differences == 0).all(axis=0).sum() * np.log(2))


def test_every_model_is_fitted_to_everybody_however_odd() -> None:
    for name, found in fit_all(TRIALS, LEARNED).items():
        for values in (*found.parameters.values(), *found.errors.values()):
            assert np.isfinite(values).all(), name
            assert (values > 0).all(), name
        assert np.isfinite(found.log_evidence).all()
        for low, middle, high in found.intervals.values():
            assert (low > 0).all() and (low < middle).all() and (middle < high).all()
        assert not (found.effective_samples < 300).any()
        assert (found.log_likelihood <= 1e-9).all()
        assert ("w" not in found.parameters) or (found.parameters["w"] < 1).all()


def learner_on_a_grid(p: int) -> tuple[float, np.ndarray, np.ndarray]:
    """Integrate over a fine grid of log beta and logit w: log evidence, and both parameters' quantiles."""
    answered = TRIALS.side[:, p] != MISSED
    ranks, outcomes = differences_of(TRIALS, LEARNED)[:, p, answered]
    log_beta, logit_w = np.linspace(-9, 5, 281), np.linspace(-16, 16, 321)
    beta, w = np.exp(log_beta)[:, None], 1 / (1 + np.exp(-logit_w))
    height = stats.gamma.logpdf(beta, 2, scale=3) + log_beta[:, None] + stats.beta.logpdf(w, 1.1, 1.1)
    height = height + np.log(w * (1 - w))
    for rank, outcome in zip(ranks, outcomes, strict=True):
        height -= np.logaddexp(0, -beta * (w * rank + (1 - w) * outcome))
    cell = np.exp(height - height.max())
    evidence = np.log(cell.sum() * (log_beta[1] - log_beta[0]) * (logit_w[1] - logit_w[0])) + height.max()
    quantiles = []
    for axis, grid in ((1, log_beta), (0, logit_w)):
        below = np.append(0, cell.sum(axis=axis).cumsum()) / cell.sum()
        edges = np.append(grid, 2 * grid[-1] - grid[-2]) - (grid[1] - grid[0]) / 2
        quantiles.append(np.interp([0.025, 0.5, 0.975], below, edges))
    return float(evidence), np.exp(quantiles[0]), 1 / (1 + np.exp(-quantiles[1]))


@pytest.mark.parametrize("p", [0, 2, 3, 7, 12])
def test_evidence_and_intervals_of_w_and_beta_are_those_of_a_fine_grid(p: int) -> None:
    found = fit("learner", TRIALS, LEARNED)
    evidence, beta, w = learner_on_a_grid(p)
    assert found.log_evidence[p] == pytest.approx(evidence, abs=0.02)
    assert found.laplace[p] == pytest.approx(evidence, abs=0.4)
    assert found.intervals["beta"][:, p] == pytest.approx(beta, rel=0.06)
    assert found.intervals["w"][:, p] == pytest.approx(w, abs=0.025)


@pytest.mark.parametrize(("model", "channel"), [("ranks_only", 0), ("outcomes_only", 1)])
def test_one_channel_s_evidence_and_interval_are_those_of_the_integral(model: str, channel: int) -> None:
    found = fit(model, TRIALS, LEARNED)
    for p in (0, 2, 5, 9, 12):
        answered = TRIALS.side[:, p] != MISSED
        differences = differences_of(TRIALS, LEARNED)[channel, p, answered]

        def density(x: float, differences: np.ndarray = differences) -> float:
            beta = np.exp(x)
            prior = stats.gamma.logpdf(beta, 2, scale=3) + x
            return np.exp(prior - np.logaddexp(0, -beta * differences).sum() + 60)

        total = integrate.quad(density, -12, 6, epsabs=0)[0]
        assert found.log_evidence[p] == pytest.approx(np.log(total) - 60, abs=0.01)
        assert found.laplace[p] == pytest.approx(np.log(total) - 60, abs=0.15)
        low, _, high = found.intervals["beta"][:, p]
        assert integrate.quad(density, -12, np.log(low), epsabs=0)[0] / total == pytest.approx(0.025, abs=0.006)
        assert integrate.quad(density, np.log(high), 6, epsabs=0)[0] / total == pytest.approx(0.025, abs=0.006)


def test_errors_are_those_of_the_numerical_hessian() -> None:
    found = fit("learner", TRIALS, LEARNED)
    for p in (0, 3, 8, 20):
        differences = differences_of(TRIALS, LEARNED)[:, p]
        beta, w = found.parameters["beta"][p], found.parameters["w"][p]
        middle, h = np.array([np.log(beta), np.log(w / (1 - w))]), 1e-3
        hessian = np.zeros((2, 2))
        for i in range(2):
            for j in range(2):
                steps = h * np.eye(2)[[i, j]]
                for a in (1, -1):
                    for b in (1, -1):
                        point = middle + a * steps[0] + b * steps[1]
                        hessian[i, j] += a * b * log_joint_of_learner(*point, differences) / (4 * h**2)
        errors = np.sqrt(np.diag(np.linalg.inv(-hessian))) * [beta, w * (1 - w)]
        assert [found.errors["beta"][p], found.errors["w"][p]] == pytest.approx(errors, rel=1e-3)


def test_chance_has_no_parameter_and_half_a_chance_for_each_choice() -> None:
    found = fit("chance", TRIALS, LEARNED)
    assert found.parameters == {}
    assert found.log_evidence == pytest.approx(-np.log(2) * (TRIALS.side != MISSED).sum(axis=0))


def rescorla_wagner_log_joint(unbounded: np.ndarray, trials: Trials, p: int) -> float:
    """The log joint density by a learner that goes through the trials one by one."""
    beta, (w, rank_rate, outcome_rate) = np.exp(unbounded[0]), 1 / (1 + np.exp(-unbounded[1:]))
    learner = RescorlaWagner(np.array([rank_rate]), np.array([outcome_rate]), trials.deciders, 8)
    me, total = np.array([0]), stats.gamma.logpdf(beta, 2, scale=3) + unbounded[0]
    for share in (w, rank_rate, outcome_rate):
        total += stats.beta.logpdf(share, 1.1, 1.1) + np.log(share * (1 - share))
    for t in range(len(trials.side)):
        left, right = (learner.values(me, side[[t], p]) for side in (trials.left, trials.right))
        value = w * (left[0][0] - right[0][0]) + (1 - w) * (left[1][0] - right[1][0])
        side = trials.side[t, p]
        if side != MISSED:
            total -= np.logaddexp(0, -side * beta * value)
        chosen = (trials.left if side == LEFT else trials.right)[[t], p]
        if trials.match[t, p] >= 0:
            learner.see_match(me, chosen, trials.spots[[t], p], trials.match[[t], p])
        if trials.rank[t, p] > 0:
            learner.see_rank(me, chosen, trials.rank[[t], p])
    return float(total)


def test_rescorla_wagner_s_maximum_is_as_high_as_its_plain_loop_says_and_scipy_finds_none_higher() -> None:
    found = rescorla_wagner.maximum_of(TRIALS)
    draw = np.random.default_rng(1)
    for p in (0, 1, 2, 3, 4, 15):
        trials = one_of(TRIALS, p)
        here = rescorla_wagner_log_joint(found.unbounded[:, p], trials, 0)
        assert found.log_posterior[p] == pytest.approx(here, abs=1e-9)
        for _ in range(3):
            other = optimize.minimize(
                lambda x, trials=trials: -rescorla_wagner_log_joint(x, trials, 0),
                draw.normal(0.5, 1, 4),
                method="L-BFGS-B",
                bounds=[(-6, 6)] * 4,
                options={"maxiter": 40},
            )
            assert -other.fun <= found.log_posterior[p] + 1e-9


def test_many_sets_of_parameters_at_once_have_the_likelihood_of_the_plain_loop() -> None:
    draw = np.random.default_rng(3)
    sets = np.stack([draw.normal(1, 1, (3, 5)), *draw.normal(0, 2, (3, 3, 5))])
    found = rescorla_wagner.log_likelihood(sets, TRIALS, slice(14, 17))
    for place in np.ndindex(3, 5):
        unbounded = sets[:, *place]
        expected = rescorla_wagner_log_joint(unbounded, TRIALS, 14 + place[0]) - log_prior(unbounded)
        assert found[place] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("p", [2, 3, 15, 20])
def test_rescorla_wagner_s_evidence_and_intervals_are_those_of_blind_sampling_from_the_prior(p: int) -> None:
    found, trials = fit("rescorla_wagner", TRIALS, LEARNED), one_of(TRIALS, p)
    draw, height, drawn = np.random.default_rng(6), [], []
    for _ in range(6):
        beta, shares = draw.gamma(2, 3, 20_000), draw.beta(1.1, 1.1, (3, 20_000))
        drawn.append(np.stack([beta, *shares]))
        unbounded = np.stack([np.log(beta), *np.log(shares / (1 - shares))])[:, None]
        height.append(rescorla_wagner.log_likelihood(unbounded, trials, slice(0, 1))[0])
    weights = np.exp(np.concatenate(height) - np.max(height))
    assert 1 / ((weights / weights.sum()) ** 2).sum() > 300  # enough to hold anything against
    assert found.log_evidence[p] == pytest.approx(np.log(weights.mean()) + np.max(height), abs=0.15)
    for name, values in zip(("beta", "w", "rank_rate", "outcome_rate"), np.concatenate(drawn, axis=1), strict=True):
        for quantile, share in zip(found.intervals[name][:, p], (0.025, 0.5, 0.975), strict=True):
            assert weights[values < quantile].sum() / weights.sum() == pytest.approx(share, abs=0.015 + 0.1 * share)


def test_of_two_tops_of_a_posterior_neither_is_overlooked() -> None:
    def log_likelihood(unbounded: np.ndarray, who: slice) -> np.ndarray:
        tops = [stats.norm.logpdf(unbounded[1], middle, 0.2) for middle in (-1.5, 1.5)]
        return np.logaddexp(*tops)

    def density(z: float) -> float:
        prior = np.exp(log_prior(np.array([0.0, z])) - log_prior(np.array([0.0])))
        return prior * (stats.norm.pdf(z, -1.5, 0.2) + stats.norm.pdf(z, 1.5, 0.2))

    exact = np.log(integrate.quad(density, -4, 4, points=[-1.5, 1.5])[0])
    top, curvature = np.array([[np.log(6)], [1.5]]), np.diag([2.0, 25.0])[None]
    found = posterior_of(log_likelihood, top, curvature)
    assert found.log_evidence[0] == pytest.approx(exact, abs=0.05)
    assert found.quantiles[0, 1, 0] == pytest.approx(-1.83, abs=0.06)
    assert found.quantiles[2, 1, 0] == pytest.approx(1.83, abs=0.06)


def test_the_same_choices_give_the_same_evidence_whoever_else_there_is() -> None:
    alone = fit("learner", one_of(TRIALS, 9), learned_from(one_of(TRIALS, 9)))
    assert alone.log_evidence[0] == pytest.approx(fit("learner", TRIALS, LEARNED).log_evidence[9], abs=1e-9)


def test_rescorla_wagner_s_derivatives_are_those_of_finite_differences() -> None:
    draw, people = np.random.default_rng(1), np.arange(PEOPLE)
    points = np.stack([draw.normal(1, 0.7, PEOPLE), *draw.normal(0, 1.5, (3, PEOPLE))])
    _, slope, curvature = rescorla_wagner._evaluated(points, TRIALS, people)
    for i, direction in enumerate(1e-5 * np.eye(4)[:, :, None]):
        ahead, behind = (rescorla_wagner._evaluated(points + sign * direction, TRIALS, people) for sign in (1, -1))
        assert (ahead[0] - behind[0]) / 2e-5 == pytest.approx(slope[i], abs=1e-5)
        bend = (behind[1] - ahead[1]).T / 2e-5
        assert bend == pytest.approx(curvature[:, i], abs=1e-5)


def best_of_random_starts(trials: Trials, person: np.ndarray, starts: int) -> np.ndarray:
    draw, person = np.random.default_rng(2), np.tile(person, starts)
    points = np.stack([draw.normal(1, 1, len(person)), *draw.normal(0, 2, (3, len(person)))])
    climbed = rescorla_wagner._climbed(points, trials, person)
    return rescorla_wagner._evaluated(climbed, trials, person)[0].reshape(starts, -1).max(axis=0)


def test_many_random_starts_find_no_better_rescorla_wagner_learner() -> None:
    trials = some_trials(participants=200, seed=9)
    found = rescorla_wagner.maximum_of(trials)
    assert (found.log_posterior >= best_of_random_starts(trials, np.arange(200), 10) - 1e-7).all()
    assert (np.linalg.eigvalsh(found.curvature) > 0).all()


def test_of_two_tops_the_higher_is_found_even_where_the_grid_has_the_lower_one_higher() -> None:
    trials = one_of(some_trials(participants=600, trials=144, deciders=4, seed=4), 240)
    found = rescorla_wagner.maximum_of(trials)
    assert found.log_posterior[0] >= best_of_random_starts(trials, np.array([0]), 60)[0] - 1e-7


def test_models_are_those_that_are_compared() -> None:
    assert list(fit_all(TRIALS, LEARNED)) == list(MODELS)
