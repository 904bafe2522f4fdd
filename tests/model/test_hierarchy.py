"""The hierarchical model, really sampled; and what is said where its library is missing."""

import importlib.util
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import stats

from task.model import hierarchy


def test_a_population_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "CHAINS", 2)
    monkeypatch.setattr(hierarchy, "WARM_UP", 300)
    monkeypatch.setattr(hierarchy, "SAMPLES", 500)
    monkeypatch.setattr(hierarchy, "ACCEPTED", 0.9)
    draw, people, trials = np.random.default_rng(1), 30, 150
    evenly = stats.norm.ppf((np.arange(people) + 0.5) / people)
    beta = 4 * np.exp(0.6 * draw.permutation(evenly))
    w = 1 / (1 + np.exp(-(0.8 + 0.9 * draw.permutation(evenly))))
    raw = draw.normal(0, 0.3, (2, people, trials))
    weighed = beta[:, None] * (w[:, None] * raw[0] + (1 - w[:, None]) * raw[1])
    sides = np.where(weighed + draw.logistic(size=weighed.shape) > 0, 1.0, -1.0)
    sides[:, ::25] = 0  # missed
    population = hierarchy.population_of(raw * sides)
    found = population.estimates
    assert population.divergences == 0
    truth = {
        "w": 1 / (1 + np.exp(-0.8)),
        "beta": 4.0,
        "spread_of_logit_w": 0.9,
        "spread_of_log_beta": 0.6,
    }
    for name, true in truth.items():
        estimate = found[name]
        assert estimate.low < true < estimate.high, name
        assert estimate.low < estimate.median < estimate.high
        assert estimate.r_hat < 1.1
        assert estimate.effective_samples > 50
    assert found["w"].high - found["w"].low < 0.3
    assert found["beta"].high / found["beta"].low < 2


FINE = hierarchy.Estimate(0.5, 0.4, 0.6, 1.001, 2000.0)


@pytest.mark.parametrize(
    ("changed", "divergences", "said"),
    [
        ({}, 0, []),
        ({}, 3, ["3 divergences"]),
        ({"r_hat": 1.02}, 0, ["w: the chains do not agree"]),
        ({"r_hat": float("nan")}, 0, ["w: the chains do not agree"]),
        ({"effective_samples": 399.0}, 0, ["w: 399 effective samples"]),
        ({"effective_samples": float("nan"), "r_hat": 1.2}, 1, ["1 divergences", "w: the chains", "w: nan effective"]),
    ],
)
def test_whatever_casts_doubt_on_a_population_is_said(changed: dict, divergences: int, said: list[str]) -> None:
    found = hierarchy.Population({"w": replace(FINE, **changed), "beta": FINE}, divergences)
    assert len(found.doubts) == len(said)
    assert all(doubt.startswith(words) for doubt, words in zip(found.doubts, said, strict=True))


def test_the_sampler_s_own_divergences_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("CHAINS", 1), ("WARM_UP", 5), ("SAMPLES", 100), ("ACCEPTED", 0.3)):
        monkeypatch.setattr(hierarchy, name, value)
    found = hierarchy.population_of(np.random.default_rng(2).normal(0, 0.3, (2, 4, 140)))
    assert found.divergences > 0
    assert found.doubts[0] == f"{found.divergences} divergences (there should be none)"


def test_without_numpyro_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    original = importlib.util.find_spec

    def find_spec(name: str, *more: Any) -> Any:
        return None if name == "numpyro" else original(name, *more)

    monkeypatch.setattr(hierarchy, "find_spec", find_spec)
    with pytest.raises(hierarchy.HierarchyMissing, match="pip install numpyro"):
        hierarchy.population_of(np.zeros((2, 3, 4)))
