"""What the hierarchical model says of groups whose w and beta are known, and whether its checks are content.

    python benchmarks/populations.py [--seed 3]

Simulated participants of the main protocol: 42 and 10 like the study's, 42 at chance, 12 who go by ranks alone, and 42
in two camps. Takes some minutes.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rig import machine  # noqa: E402

from task.config.read import read_protocol  # noqa: E402
from task.model.hierarchy import population_of  # noqa: E402
from task.model.models import differences_of  # noqa: E402
from task.model.recovery import MISS_RATE  # noqa: E402
from task.model.signals import learned_from  # noqa: E402
from task.model.simulation import plans_for, simulated  # noqa: E402


def main() -> None:
    """Estimate each group, and print it beside what is true."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=3)
    draw = np.random.default_rng(parser.parse_args().seed)
    print(machine())
    plans = plans_for(read_protocol("relational_value"), range(1, 43), 1)
    like_the_study = draw.beta(1.3, 1.2, 42), draw.lognormal(np.log(1.51), 0.99, 42)
    groups = {
        "42 like the study's": like_the_study,
        "10 of these": tuple(values[:10] for values in like_the_study),
        "42 at chance": (np.full(42, 0.5), np.zeros(42)),
        "12 who go by ranks alone": (np.ones(12), np.full(12, 3.0)),
        "42 in two camps, w .05 or .95": (np.repeat([0.05, 0.95], 21), np.full(42, 3.0)),
    }
    for name, (w, beta) in groups.items():
        trials = simulated(plans[: len(w)], w, beta, draw, MISS_RATE)
        began = time.perf_counter()
        found = population_of(differences_of(trials, learned_from(trials)))
        took = time.perf_counter() - began
        print(f"{name}: true medians w {np.median(w):.2f}, beta {np.median(beta):.2f}; {took:.0f} s")
        for parameter, one in found.estimates.items():
            print(f"  {parameter:<20} {one.median:.2f} ({one.low:.2f} to {one.high:.2f})")
        print(f"  divergences: {found.divergences}; doubts: {'; '.join(found.doubts) or 'none'}", flush=True)


if __name__ == "__main__":
    main()
