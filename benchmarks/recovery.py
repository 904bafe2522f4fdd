"""How well does the main protocol recover w and beta, against the figures that a good design should beat?

    python benchmarks/recovery.py [--participants 500] [--cohorts 20] [--seed 1] [--without-the-command]

First, how long the command ``recover`` takes for 500 participants: the bar is a minute on two cores. Second, recovery
for participants as in a quick simulation of old (random order, 144 trials, w ~ Beta(2, 2), beta ~ Gamma with mean 2.5):
r(w) .75, and .87 where beta > 1.5; r(beta) .9; correlation of rank update and signed outcome update .07. Third, for
participants drawn from the learner's priors: how many 95 % intervals hold the true value, sampled and by standard
errors, and how far Laplace's evidence is off. Fourth, cohorts of 42 with the study's medians of w and beta: the stay
analysis, beside what the study is said to report (rank b = 0.21, outcome b = 0.22), and which model wins the group.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from scipy.special import logit

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from rig import machine  # noqa: E402

from task.config.read import read_protocol  # noqa: E402
from task.model.comparison import compare  # noqa: E402
from task.model.models import MODELS, fit, fit_all  # noqa: E402
from task.model.recovery import MISS_RATE, correlation  # noqa: E402
from task.model.signals import learned_from  # noqa: E402
from task.model.simulation import plans_for, simulated  # noqa: E402
from task.model.stay import stay_effects, stays_of  # noqa: E402

BAR_S = 60
COHORT = 42
MEDIAN_W, MEDIAN_BETA, MEAN_BETA = 0.52, 1.51, 2.46


def main() -> None:
    """Print all four."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--participants", type=int, default=500)
    parser.add_argument("--cohorts", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--without-the-command", action="store_true")
    options = parser.parse_args()
    print(machine())
    if not options.without_the_command:
        the_command(options.participants)
    draw = np.random.default_rng(options.seed)
    of_old(options.participants, draw)
    of_the_prior(options.participants, draw)
    cohorts(options.cohorts, draw)


def the_command(participants: int) -> None:
    """Time ``recover``."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, str(ROOT / "run_session.py"), "recover", "--participants", str(participants)]
        began = time.perf_counter()
        done = subprocess.run([*command, "--out", folder], capture_output=True, text=True)
        took = time.perf_counter() - began
    if done.returncode:
        raise SystemExit(done.stderr)
    print(done.stdout)
    print(f"recover --participants {participants}: {took:.0f} s; bar: {BAR_S}{'' if took <= BAR_S else '  MISSED'}\n")


def of_old(participants: int, draw: np.random.Generator) -> None:
    """Recover participants of the distributions of old."""
    w, beta = draw.beta(2, 2, participants), draw.gamma(2.0, 1.25, participants)
    trials = simulated(plans_for(read_protocol("relational_value"), range(1, participants + 1), 1), w, beta, draw)
    learned = learned_from(trials)
    found = fit("learner", trials, learned).parameters
    strict = beta > 1.5
    pairs = [
        np.corrcoef(learned.rank_update[keep, p], learned.outcome_update[keep, p])[0, 1]
        for p in range(participants)
        for keep in [trials.match[:, p] >= 0]
    ]
    print(f"{participants} participants, w ~ Beta(2, 2), beta ~ Gamma(2, 1.25)      here, 95 % interval     to beat")
    for name, one, other, bar in (
        ("r(w)", w, found["w"], 0.75),
        ("r(w) where beta > 1.5", w[strict], found["w"][strict], 0.87),
        ("r(beta)", beta, found["beta"], 0.9),
    ):
        r, low, high = correlation(one, other)
        print(f"  {name:<58} {r:.2f} ({low:.2f} to {high:.2f})      {bar}")
    print(f"  {'r(rank update, signed outcome update), mean':<58} {np.mean(pairs):+.2f}                     0.07\n")


def of_the_prior(participants: int, draw: np.random.Generator) -> None:
    """Count the intervals that hold the true value, of participants who are what the prior says."""
    rates = draw.beta(1.1, 1.1, (2, participants))
    who = {"w": draw.beta(1.1, 1.1, participants), "beta": draw.gamma(2.0, 3.0, participants)}
    plans = plans_for(read_protocol("relational_value"), range(1, participants + 1), 2)
    print(f"{participants} participants drawn from the priors       95 % intervals: sampled    by standard errors")
    for name, own in (("learner", None), ("rescorla_wagner", (rates[0], rates[1]))):
        trials = simulated(plans, who["w"], who["beta"], draw, MISS_RATE, own)
        found = fit(name, trials, learned_from(trials))
        truth = who if own is None else who | {"rank_rate": rates[0], "outcome_rate": rates[1]}
        for one, true in truth.items():
            low, _, high = found.intervals[one]
            scale = np.log if one == "beta" else logit
            value = found.parameters[one]
            error = found.errors[one] / (value if one == "beta" else value * (1 - value))
            is_near = np.abs(scale(value) - scale(true)) <= 1.96 * error
            held = ((low <= true) & (true <= high)).mean()
            print(f"  {name + ', ' + one:<56} {held:>15.1%} {is_near.mean():>21.1%}")
        off, samples = found.laplace - found.log_evidence, found.effective_samples
        print(
            f"    Laplace's log evidence less the sampled: mean {off.mean():.2f}, {off.min():.2f} to {off.max():.2f};"
        )
        print(f"    effective draws: at least {samples.min():.0f}, median {np.median(samples):.0f}")
    print()


def cohorts(count: int, draw: np.random.Generator) -> None:
    """Do the stay analysis in cohorts of 42, for three rules of choice."""
    plans = plans_for(read_protocol("relational_value"), range(1, COHORT + 1), 1)
    spread = np.sqrt(2 * np.log(MEAN_BETA / MEDIAN_BETA))
    print(f"Stay, {count} cohorts of {COHORT}: median w {MEDIAN_W}, median beta {MEDIAN_BETA}, mean {MEAN_BETA}")
    print("  (log odds by the mixed model, mean over cohorts and standard deviation; its spread over people)")
    print(f"  {'':34}{'rank':>18}{'outcome':>18}{'robust errors':>18}{'spreads':>16}   fitted / true median beta")
    print(f"  {'the study':34}{'0.21':>18}{'0.22':>18}")
    won = []
    for name, rates in (
        ("ideal observer", None),
        ("Rescorla-Wagner, rates .3", 0.3),
        ("Rescorla-Wagner, rates .7", 0.7),
    ):
        effects, errors, spreads, protected, laplace, factors, off = [], [], [], [], [], [], []
        for _ in range(count):
            w, beta = draw.beta(1.3, 1.2, COHORT), draw.lognormal(np.log(MEDIAN_BETA), spread, COHORT)
            fixed = None if rates is None else (np.full(COHORT, rates), np.full(COHORT, rates))
            trials = simulated(plans, w, beta, draw, MISS_RATE, fixed)
            found = stay_effects(stays_of(trials))
            effects.append(found.mixed[1:])
            errors.append(found.errors[1:])
            spreads.append(found.spreads[1:])
            fits = fit_all(trials)
            protected.append(compare(np.array([one.log_evidence for one in fits.values()]).T).protected)
            laplace.append(compare(np.array([one.laplace for one in fits.values()]).T).protected)
            factors.append(np.median(fits["learner"].parameters["beta"]) / np.median(beta))
            off.append([fits[one].laplace - fits[one].log_evidence for one in ("learner", "rescorla_wagner")])
        cells = [f"{mean:.2f} ({sd:.2f})" for mean, sd in zip(np.mean(effects, 0), np.std(effects, 0), strict=True)]
        cells += [" ".join(f"{one:.2f}" for one in np.mean(many, 0)) for many in (errors, spreads)]
        print(f"  {name:34}{cells[0]:>18}{cells[1]:>18}{cells[2]:>18}{cells[3]:>16}   {np.mean(factors):.2f}")
        won += [(name, "sampled evidence", protected), (name, "Laplace's", laplace)]
        for model, these in zip(("learner", "Rescorla-Wagner"), np.swapaxes(off, 0, 1), strict=True):
            print(f"    Laplace's evidence less the sampled, {model}: {these.mean():.2f}, at worst {these.min():.2f}")
    print(
        f"\nModel selection in these cohorts: of {count}, how many a model wins (with a protected exceedance above .95)"
    )
    print(" " * 48 + "".join(f"{model:>18}" for model in MODELS))
    for name, evidence, found in won:
        highest, above = np.bincount(np.argmax(found, axis=1), minlength=len(MODELS)), (np.array(found) > 0.95).sum(0)
        wins = "".join(f"{f'{one} ({certain})':>18}" for one, certain in zip(highest, above, strict=True))
        print(f"  {name:28}{evidence:18}{wins}")


if __name__ == "__main__":
    main()
