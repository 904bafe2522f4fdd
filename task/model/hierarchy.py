"""The group's w and beta by a hierarchical model, with numpyro: an optional extra, as it brings a compiler along.

log beta and logit w of each participant are Normal in the population: one heap, not two camps. What one participant's
choices leave open is filled from the others. Sampled by NUTS (Phan, Pradhan & Jankowiak, 2019, arXiv:1912.11554), and
judged as Vehtari et al. (2021, Bayesian Analysis 16, 667-718) advise: no divergence, R-hat below 1.01, at least 100
effective samples from each chain.
"""

from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from task.model.beliefs import Array

CHAINS, WARM_UP, SAMPLES = 4, 1000, 1000
ACCEPTED = 0.99
"""Share of proposals that the steps are sized for: small ones, as the usual 0.8 diverges where choices say little."""
LEAST_PARTICIPANTS = 10
"""With fewer, how far people differ would be little else than its prior."""
MOST_R_HAT, LEAST_EFFECTIVE = 1.01, 400


class HierarchyMissing(RuntimeError):
    """numpyro is not installed; the text says what to do."""

    def __init__(self) -> None:
        super().__init__(
            "Hierarchical estimates need numpyro, which is not installed. Install it with "
            "`.venv/bin/python -m pip install numpyro`, or leave --hierarchical out"
        )


@dataclass(frozen=True)
class Estimate:
    """A posterior in short: median, 95 % interval, and whether the chains agree.

    Attributes
    ----------
    median, low, high : float
        The posterior's median, 2.5 % and 97.5 % quantiles.
    r_hat : float
        Split R-hat; near 1 (below 1.01) if the chains agree.
    effective_samples : float
        How many independent samples these are worth.
    """

    median: float
    low: float
    high: float
    r_hat: float
    effective_samples: float


@dataclass(frozen=True)
class Population:
    """What was estimated of the population.

    Attributes
    ----------
    estimates : dict of Estimate
        ``w`` and ``beta`` of the population's median participant; ``spread_of_logit_w`` and ``spread_of_log_beta``,
        standard deviations over participants.
    divergences : int
        How often the sampler left its path.
    """

    estimates: dict[str, Estimate]
    divergences: int

    @property
    def doubts(self) -> list[str]:
        """Why these should not be used; none if all is well."""
        doubts = [f"{self.divergences} divergences (there should be none)"] if self.divergences else []
        for name, one in self.estimates.items():
            if not one.r_hat < MOST_R_HAT:  # not a number is as bad
                doubts.append(f"{name}: the chains do not agree (R-hat {one.r_hat:.3f}, and not below {MOST_R_HAT})")
            if not one.effective_samples >= LEAST_EFFECTIVE:
                doubts.append(f"{name}: {one.effective_samples:.0f} effective samples, fewer than {LEAST_EFFECTIVE}")
        return doubts


def refuse_without_numpyro() -> None:
    """Raise HierarchyMissing if numpyro is not installed."""
    if find_spec("numpyro") is None:
        raise HierarchyMissing


def population_of(differences: Array, seed: int = 1) -> Population:
    """Estimate the population.

    Parameters
    ----------
    differences : array of 2 x participants x trials
        What the chosen Decider was worth less the other one, by rank and by outcome; 0 where nothing was chosen.
    seed : int
        Seeds the chains.
    """
    refuse_without_numpyro()
    import jax
    from numpyro.diagnostics import summary
    from numpyro.infer import MCMC, NUTS

    jax.config.update("jax_enable_x64", True)
    sampler = MCMC(
        NUTS(_population, target_accept_prob=ACCEPTED),
        num_warmup=WARM_UP,
        num_samples=SAMPLES,
        num_chains=CHAINS,
        chain_method="sequential",
        progress_bar=False,
    )
    sampler.run(jax.random.PRNGKey(seed), differences, extra_fields=("diverging",))
    samples = sampler.get_samples(group_by_chain=True)
    wanted = {
        "w": 1 / (1 + np.exp(-np.asarray(samples["logit_w"]))),
        "beta": np.exp(np.asarray(samples["log_beta"])),
        "spread_of_logit_w": np.asarray(samples["spread_of_logit_w"]),
        "spread_of_log_beta": np.asarray(samples["spread_of_log_beta"]),
    }
    checks = summary(wanted)
    estimates = {}
    for name, values in wanted.items():
        low, median, high = np.quantile(values, [0.025, 0.5, 0.975])
        check = checks[name]
        estimates[name] = Estimate(float(median), float(low), float(high), float(check["r_hat"]), float(check["n_eff"]))
    return Population(estimates, int(np.asarray(sampler.get_extra_fields()["diverging"]).sum()))


def _population(differences: Any) -> None:
    """The model: weak priors on the population, and each participant as so many spreads away from its middle."""
    import jax.numpy as jnp
    import numpyro
    from jax.nn import log_sigmoid, sigmoid
    from numpyro import distributions as dist

    count = differences.shape[1]
    log_beta = numpyro.sample("log_beta", dist.Normal(1, 1.5))
    logit_w = numpyro.sample("logit_w", dist.Normal(0, 1.5))
    spread_of_log_beta = numpyro.sample("spread_of_log_beta", dist.HalfNormal(1.5))
    spread_of_logit_w = numpyro.sample("spread_of_logit_w", dist.HalfNormal(1.5))
    with numpyro.plate("participants", count):
        beta = jnp.exp(log_beta + spread_of_log_beta * numpyro.sample("own_log_beta", dist.Normal(0, 1)))
        w = sigmoid(logit_w + spread_of_logit_w * numpyro.sample("own_logit_w", dist.Normal(0, 1)))
    weighed = beta[:, None] * (w[:, None] * differences[0] + (1 - w)[:, None] * differences[1])
    # a trial without a choice has a difference of zero, and adds a constant
    numpyro.factor("choices", log_sigmoid(weighed).sum())
