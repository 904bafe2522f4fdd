"""The hierarchical model, really sampled; and what is said where its library is missing."""

import importlib.util
from typing import Any

import numpy as np
import pytest
from scipy import stats

from task.model import hierarchy


def test_a_population_is_found_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hierarchy, "CHAINS", 2)
    monkeypatch.setattr(hierarchy, "WARM_UP", 300)
    monkeypatch.setattr(hierarchy, "SAMPLES", 500)
    draw, people, trials = np.random.default_rng(1), 30, 150
    evenly = stats.norm.ppf((np.arange(people) + 0.5) / people)
    beta = 4 * np.exp(0.6 * draw.permutation(evenly))
    w = 1 / (1 + np.exp(-(0.8 + 0.9 * draw.permutation(evenly))))
    raw = draw.normal(0, 0.3, (2, people, trials))
    weighed = beta[:, None] * (w[:, None] * raw[0] + (1 - w[:, None]) * raw[1])
    sides = np.where(weighed + draw.logistic(size=weighed.shape) > 0, 1.0, -1.0)
    sides[:, ::25] = 0  # missed
    found = hierarchy.estimates_of(raw * sides)
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


def test_without_numpyro_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    original = importlib.util.find_spec

    def find_spec(name: str, *more: Any) -> Any:
        return None if name == "numpyro" else original(name, *more)

    monkeypatch.setattr(hierarchy, "find_spec", find_spec)
    with pytest.raises(hierarchy.HierarchyMissing, match="pip install numpyro"):
        hierarchy.estimates_of(np.zeros((2, 3, 4)))
