"""Random-effects model selection against integrals, sampling, and the limits that everybody agrees on."""

import numpy as np
import pytest
from scipy import integrate, special, stats

from task.model.comparison import _free_energy, compare, exceedance_of


@pytest.mark.parametrize("counts", [[3.0, 5.0], [11.8, 2.2], [1.0, 1.0], [40.0, 1.0]])
def test_of_two_models_exceedance_is_half_of_a_beta_distribution(counts: list[float]) -> None:
    exact = stats.beta(*counts).sf(0.5)
    assert exceedance_of(np.array(counts)) == pytest.approx([exact, 1 - exact], abs=1e-5)


def test_of_many_models_exceedance_is_what_sampling_says() -> None:
    counts = np.array([3.0, 5.0, 1.0, 1.0, 2.0])
    samples = np.random.default_rng(1).dirichlet(counts, 400_000)
    sampled = np.bincount(samples.argmax(axis=1), minlength=5) / len(samples)
    assert exceedance_of(counts) == pytest.approx(sampled, abs=3e-3)


def exact_two(log_evidence: np.ndarray) -> tuple[float, float, float]:
    """Integrate over the frequency of the first of two models: log evidence, mean, and P(more frequent)."""
    height = log_evidence.max(axis=1, keepdims=True)
    odds = np.exp(log_evidence - height)

    def density(r: float) -> float:
        return float(np.prod(r * odds[:, 0] + (1 - r) * odds[:, 1]))

    total = integrate.quad(density, 0, 1)[0]
    mean = integrate.quad(lambda r: r * density(r), 0, 1)[0] / total
    return float(np.log(total) + height.sum()), mean, integrate.quad(density, 0.5, 1)[0] / total


@pytest.mark.parametrize("seed", range(4))
def test_of_two_models_all_is_near_the_exact_integral(seed: int) -> None:
    draw = np.random.default_rng(seed)
    follows = draw.random(16) < 0.7
    log_evidence = np.stack([np.where(follows, 3.0, -3.0), np.zeros(16)], axis=1) + draw.normal(0, 1, (16, 2))
    found = compare(log_evidence)
    evidence, mean, more_frequent = exact_two(log_evidence)
    assert found.frequencies[0] == pytest.approx(mean, abs=0.02)
    assert found.exceedance[0] == pytest.approx(more_frequent, abs=0.03)
    bound = _free_energy(log_evidence, found.counts, found.attributions)
    assert bound <= evidence + 1e-9
    assert bound == pytest.approx(evidence, abs=0.2)
    null = (special.logsumexp(log_evidence, axis=1) - np.log(2)).sum()
    assert found.omnibus_risk == pytest.approx(1 / (1 + np.exp(evidence - null)), abs=0.05)
    expected = (1 - found.omnibus_risk) * found.exceedance + found.omnibus_risk / 2
    assert found.protected == pytest.approx(expected)


def test_of_three_models_frequencies_are_those_of_a_gibbs_sampler() -> None:
    draw = np.random.default_rng(3)
    truth = draw.choice(3, 25, p=[0.6, 0.3, 0.1])
    log_evidence = draw.normal(0, 0.7, (25, 3))
    log_evidence[np.arange(25), truth] += 4
    found, r, sampled = compare(log_evidence), np.full(3, 1 / 3), []
    for step in range(6000):
        p = r * np.exp(log_evidence)
        p /= p.sum(axis=1, keepdims=True)
        models = (p.cumsum(axis=1) > draw.random((25, 1))).argmax(axis=1)
        r = draw.dirichlet(1 + np.bincount(models, minlength=3))
        if step > 500:
            sampled.append(r)
    assert found.frequencies == pytest.approx(np.mean(sampled, axis=0), abs=0.02)
    more_frequent = np.bincount(np.argmax(sampled, axis=1), minlength=3) / len(sampled)
    assert found.exceedance == pytest.approx(more_frequent, abs=0.04)


def test_where_everybody_is_certain_the_counts_are_those_of_people() -> None:
    log_evidence = np.full((12, 3), -500.0)
    log_evidence[np.arange(12), [0] * 7 + [1] * 4 + [2]] = 0
    assert compare(log_evidence).counts == pytest.approx([8, 5, 2])


def test_one_outlier_does_not_decide_for_the_group() -> None:
    log_evidence = np.zeros((11, 2))
    log_evidence[:10, 0] = 3
    log_evidence[10, 1] = 100  # summed over people the second model wins by far
    found = compare(log_evidence)
    assert log_evidence.sum(axis=0).argmax() == 1
    assert found.protected[0] > 0.95


def test_models_that_nobody_can_tell_apart_share_everything() -> None:
    found = compare(np.zeros((20, 4)))
    assert found.frequencies == pytest.approx([0.25] * 4)
    assert found.protected == pytest.approx([0.25] * 4)
    assert found.omnibus_risk > 0.5


def test_a_constant_added_to_a_participant_changes_nothing() -> None:
    log_evidence = np.random.default_rng(1).normal(0, 2, (9, 3))
    shifted = log_evidence + np.linspace(-2000, 2000, 9)[:, None]
    one, other = compare(log_evidence), compare(shifted)
    assert other.counts == pytest.approx(one.counts)
    assert other.omnibus_risk == pytest.approx(one.omnibus_risk, abs=1e-6)
