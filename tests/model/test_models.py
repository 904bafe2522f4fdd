"""Fits of all models: errors and evidence against numerical integration, Rescorla-Wagner against plain loops."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from task.model import rescorla_wagner
from task.model.models import MODELS, differences_of, fit, fit_all
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
        assert (found.log_likelihood <= 1e-9).all()
        assert ("w" not in found.parameters) or (found.parameters["w"] < 1).all()


@pytest.mark.parametrize("p", [0, 2, 3, 7, 12])
def test_laplace_s_evidence_is_near_the_integral(p: int) -> None:
    differences = differences_of(TRIALS, LEARNED)[:, p]
    answered = TRIALS.side[:, p] != MISSED
    differences = differences[:, answered]
    even = (differences == 0).all(axis=0).sum() * np.log(2)

    def density(z: float, x: float) -> float:
        return np.exp(log_joint_of_learner(x, z, differences) - even + 60)

    exact = np.log(integrate.dblquad(density, -9, 5, -16, 16, epsabs=0, epsrel=1e-5)[0]) - 60
    assert fit("learner", TRIALS, LEARNED).log_evidence[p] == pytest.approx(exact, abs=0.3)


@pytest.mark.parametrize(("model", "channel"), [("ranks_only", 0), ("outcomes_only", 1)])
def test_one_channel_s_evidence_is_near_the_integral(model: str, channel: int) -> None:
    found = fit(model, TRIALS, LEARNED)
    for p in (0, 5, 9, 12):
        answered = TRIALS.side[:, p] != MISSED
        differences = differences_of(TRIALS, LEARNED)[channel, p, answered]

        def density(x: float, differences: np.ndarray = differences) -> float:
            beta = np.exp(x)
            prior = stats.gamma.logpdf(beta, 2, scale=3) + x
            return np.exp(prior - np.logaddexp(0, -beta * differences).sum() + 60)

        exact = np.log(integrate.quad(density, -12, 6, epsabs=0)[0]) - 60
        assert found.log_evidence[p] == pytest.approx(exact, abs=0.15)


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
