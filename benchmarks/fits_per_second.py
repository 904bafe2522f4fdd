"""How many participants are fitted a second, beside ``scipy.optimize.minimize``? The bar: a thousand times as many.

    python benchmarks/fits_per_second.py [--participants 2000] [--by-scipy 60] [--seed 1]

Simulated participants of the main protocol. Both sides get the same beliefs, worked out beforehand, and fit w and beta
by the same posterior: SciPy with L-BFGS-B, its default tolerances, a numerical gradient and 20 random starts; ours as
``fit`` does it, to all participants at once, Hessian included. Each in one process, one after the other, in the same
run. SciPy fits the first of the participants only, as it would take minutes for all; the first eight of these are odd
(strict, contrary, at random, with few choices). Then the highest posteriors are compared.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, expit, log_expit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rig import machine  # noqa: E402

from task.config.read import read_protocol  # noqa: E402
from task.model.maximum import maximum_of  # noqa: E402
from task.model.models import differences_of  # noqa: E402
from task.model.recovery import MISS_RATE  # noqa: E402
from task.model.signals import learned_from  # noqa: E402
from task.model.simulation import plans_for, simulated  # noqa: E402
from task.model.trials import MISSED  # noqa: E402

BAR = 1000
STARTS = 20
ODD = 8


def main() -> None:
    """Fit by both, and print how they compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=2000)
    parser.add_argument("--by-scipy", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(machine())
    draw = np.random.default_rng(options.seed)
    differences, choices = people(options.participants, draw)
    print(f"{options.participants} participants of relational_value, {differences.shape[2]} trials each")
    took = []
    for _ in range(5):
        began = time.perf_counter()
        found = maximum_of(differences, choices)
        took.append(time.perf_counter() - began)
    ours = options.participants / np.median(took)
    began = time.perf_counter()
    best = np.array([by_scipy(differences[:, p], draw) for p in range(options.by_scipy)])
    theirs = options.by_scipy / (time.perf_counter() - began)
    unanswered = (differences.shape[2] - choices[: options.by_scipy]) * np.log(2)
    behind = best + unanswered - found.log_posterior[: options.by_scipy]
    print(f"{'':34}{'participants a second':>24}")
    print(f"{'SciPy, L-BFGS-B, 20 random starts':34}{theirs:>24.1f}")
    print(f"{'ours':34}{ours:>24.0f}")
    missed = "" if ours / theirs >= BAR else "  MISSED"
    print(f"{ours / theirs:.0f} times as many; bar: {BAR}{missed}")
    print(f"Highest log posterior, SciPy's less ours, over {len(best)} participants: at most {behind.max():.1e},")
    print(f"at least {behind.min():.1e} (a log posterior near {abs(best).max():.0f} is itself known to about 1e-13)")


def people(count: int, draw: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Simulate participants; the first few are odd: strict, contrary, one-sided, random, and with few choices."""
    w, beta = draw.beta(1.1, 1.1, count), draw.gamma(2, 3, count)
    beta[:ODD] = [200, 200, -20, -200, 0, 0, 3, 3]
    w[:ODD] = [0, 1, 0.5, 1, 0.5, 0.5, 0, 1]
    plans = plans_for(read_protocol("relational_value"), range(1, min(count, 200) + 1), seed=1)
    trials = simulated([plans[i % len(plans)] for i in range(count)], w, beta, draw, MISS_RATE)
    trials.side[10:, 4] = MISSED
    differences = differences_of(trials, learned_from(trials))
    differences[:, 5] *= np.sign(differences[:, 5])  # contradicts nothing
    return differences, (trials.side != MISSED).sum(axis=0)


def by_scipy(differences: np.ndarray, draw: np.random.Generator) -> float:
    """Give the highest log posterior of 20 random starts."""
    ranks, outcomes = differences

    def loss(unbounded: np.ndarray) -> float:
        beta, w = np.exp(unbounded[0]), expit(unbounded[1])
        of_w = 1.1 * (log_expit(unbounded[1]) + log_expit(-unbounded[1])) - betaln(1.1, 1.1)
        prior = 2 * unbounded[0] - beta / 3 - np.log(9) + of_w
        return -(prior - np.logaddexp(0, -beta * (w * ranks + (1 - w) * outcomes)).sum())

    starts = np.column_stack([np.log(draw.gamma(2, 3, STARTS)), draw.normal(0, 1.5, STARTS)])
    return max(-minimize(loss, start, method="L-BFGS-B").fun for start in starts)


if __name__ == "__main__":
    main()
