"""How often is the zero of a run put right by its pulses, and never wrong? Against scans whose truth is known.

    python benchmarks/pulse_causes.py [--each 12] [--clean 2000] [--faults 2] [--seed 1] [--worst 0]

Scans are made up (``tests/pulses/scenarios.py``) with every set of up to two faults, as volumes, as evenly spaced
slices and as slices with a pause; with jitter, stamps on frames, doubles, strays and lost pulses besides. The bars: no
wrong command, and no sentence of a clean scan. There is no peer's figure for this: none judges pulses.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.pulses.scenarios import KINDS, combinations, judged, outcome, scenario

OUTCOMES = ("right", "wrong", "twin", "listed", "said", "silent", "clean")
SAYS = {
    "right": "the right command",
    "wrong": "a wrong command",
    "twin": "the command for a missed first volume, which other faults look exactly like: it says so",
    "listed": "no command; the right correction among those listed",
    "said": "no command, but something is said",
    "silent": "zero is wrong, and nothing is said",
    "clean": "zero is right, and nothing is said of it",
}


def _of(task: tuple[list[int], str, int, bool]) -> tuple[tuple[str, ...], str, str, list[int], bool, bool]:
    seed, kind, place, plain = task
    faults = combinations()[place] if place >= 0 else ()
    made = scenario(seed, kind, faults, plain=plain)
    found = judged(made)
    return (
        tuple(one.__name__ for one in faults),
        kind,
        outcome(made, found),
        seed,
        made.is_zero_right,
        bool(made.besides),
    )


def _tasks(options: argparse.Namespace) -> Iterator[tuple[list[int], str, int, bool]]:
    for place, faults in enumerate(combinations()):
        if len(faults) <= options.faults:
            for kind in KINDS:
                for number in range(options.each):
                    yield [options.seed, place, number], kind, place, number % 2 == 0
    for kind in KINDS:
        for number in range(options.clean):
            yield [options.seed, 9999, number], kind, -1, False


def main() -> None:
    """Judge all, and print shares."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--each", type=int, default=12, help="scans of each set of faults and kind")
    parser.add_argument("--clean", type=int, default=2000, help="scans of each kind without a fault")
    parser.add_argument("--faults", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worst", type=int, default=0, help="how many wrong ones to list")
    options = parser.parse_args()
    began = time.perf_counter()
    with ProcessPoolExecutor() as pool:
        results = list(pool.map(_of, _tasks(options), chunksize=64))
    print(f"{len(results)} scans judged in {time.perf_counter() - began:.0f} s")
    rows = {
        "clean": [one for one in results if not one[0] and not one[5]],
        "doubles, strays, gaps only": [one for one in results if not one[0] and one[5]],
        "one fault, zero right": [one for one in results if len(one[0]) == 1 and one[4]],
        "one fault, zero wrong": [one for one in results if len(one[0]) == 1 and not one[4]],
        "two faults, zero right": [one for one in results if len(one[0]) == 2 and one[4]],
        "two faults, zero wrong": [one for one in results if len(one[0]) == 2 and not one[4]],
    }
    print(f"{'':28}{'scans':>8}" + "".join(f"{word:>9}" for word in OUTCOMES))
    for title, some in rows.items():
        counts = Counter(one[2] for one in some)
        print(f"{title:28}{len(some):>8}" + "".join(f"{counts[word] / max(len(some), 1):>9.1%}" for word in OUTCOMES))
    print("; ".join(f"{word}: {says}" for word, says in SAYS.items()))
    by_fault = Counter((name, one[2]) for one in results for name in one[0])
    print(f"\n{'a fault, alone or with another':32}" + "".join(f"{word:>9}" for word in OUTCOMES))
    for name in sorted({name for name, _ in by_fault}):
        print(f"{name:32}" + "".join(f"{by_fault[name, word]:>9}" for word in OUTCOMES))
    wrong = [one for one in results if one[2] == "wrong"]
    for faults, count in Counter((one[0], one[1]) for one in wrong).most_common(options.worst):
        print(count, *faults, next(one[3] for one in wrong if (one[0], one[1]) == faults))


if __name__ == "__main__":
    main()
