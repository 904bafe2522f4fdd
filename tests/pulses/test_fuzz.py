"""Many generated scans, each with a fault in its zero and others besides: the truth is found, or nothing is said."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field

import numpy as np
import pytest

from task.config.scan import Scan
from task.pulses.train import PulseTrain, understand
from tests.pulses.trains import Times

FAULTS = ["none", "missed first", "false start", "ran before ready", "by hand", "stopped", "started again"]


@dataclass
class Scanned:
    """A scan as it truly was, and the pulses that a run got of it."""

    scan: Scan
    volumes: int
    spacing: float
    pulses: Times  # all that were sent, in order
    first_stored: float
    got: Times = field(default_factory=lambda: np.empty(0))
    before_ready: Times = field(default_factory=lambda: np.empty(0))
    zero: float = 0.0


def a_scan(rng: np.random.Generator) -> Scanned:
    """Volumes, or slices with or without a pause after them; with jitter, a TR a little off, and maybe dummies."""
    tr, volumes, dummies = rng.uniform(0.6, 3), int(rng.integers(12, 90)), int(rng.choice([0, 0, 2, 5]))
    slices = int(rng.choice([1, 1, rng.integers(4, 40)]))  # multiband sends few
    spread = rng.choice([1.0, rng.uniform(0.3, 0.95)])  # the share of TR that the slices take
    spacing = tr / slices * (spread if slices > 1 else 1.0)
    if spacing < 0.02:
        slices, spacing = 1, tr
    true_tr = tr * (1 + rng.choice([0, 1e-5, 4e-4]))
    begins = rng.uniform(-1000, 100_000) + true_tr * np.arange(dummies + volumes)
    pulses = (begins[:, None] + spacing * np.arange(slices)).ravel()
    jitter = min(0.003, 0.06 * spacing)
    pulses += rng.uniform(-jitter, jitter, pulses.size)
    kind = {"pulses": "every_slice", "pulses_per_volume": slices} if slices > 1 else {}
    scan = Scan(tr_s=tr, pulses_before_zero=dummies * slices, **kind)
    return Scanned(scan, volumes, spacing, pulses, float(pulses[dummies * slices]))


def with_fault(made: Scanned, fault: str, rng: np.random.Generator) -> None:
    """Make what a run gets of the scan; zero is what a run would take for it."""
    sent, per, scan = made.pulses, made.scan.pulses_per_volume, made.scan
    got = sent
    if fault == "missed first":
        got = sent[per:]
    elif fault == "false start":
        got = np.append(sent[0] - rng.choice([rng.uniform(0.2, 0.95), rng.uniform(1.05, 8)]) * scan.tr_s, sent)
    elif fault == "ran before ready":
        early = int(rng.integers(1, min(18 * per, sent.size // 2)))
        made.before_ready, got = sent[:early], sent[early:]
    elif fault == "stopped":
        got = sent[: -per * int(rng.integers(2, made.volumes // 2))]
    elif fault == "started again":
        cut = per * int(rng.integers(4, sent.size // per - 4))
        got = np.append(sent[:cut], sent[cut:] + rng.uniform(0.3, 0.45) * made.spacing + rng.uniform(3, 9) * scan.tr_s)
    made.zero = float(got[scan.pulses_before_zero])
    if fault == "by hand":
        made.zero = float(sent[0]) + rng.uniform(-5, 3) * scan.tr_s
    made.got = got


def with_small_faults(made: Scanned, rng: np.random.Generator) -> tuple[Times, Times]:
    """Lose some pulses in the middle, and double others; give both."""
    after = made.scan.pulses_before_zero + 3 * made.scan.pulses_per_volume
    middle = np.arange(after, made.got.size - 2 * made.scan.pulses_per_volume)
    some = rng.permutation(middle)[: 2 * int(rng.uniform(0, 0.06) * middle.size)]
    lost, doubled = some[: some.size // 2], some[some.size // 2 :]
    gone = made.got[lost]
    doubles = made.got[doubled] + rng.uniform(0.37, 0.45) * made.spacing
    made.got = np.sort(np.append(np.delete(made.got, lost), doubles))
    return gone, doubles


def generated(fault: str, small: bool) -> Iterator[tuple[Scanned, PulseTrain, Times, Times]]:
    for seed in range(100):
        rng = np.random.default_rng([seed, FAULTS.index(fault)])
        made = a_scan(rng)
        with_fault(made, fault, rng)
        gone, doubles = with_small_faults(made, rng) if small else (np.empty(0), np.empty(0))
        found = understand(made.got, made.zero, made.scan, made.volumes, before_ready=made.before_ready)
        yield made, found, gone, doubles


@pytest.mark.parametrize("small", [False, True], ids=["alone", "with lost and doubled pulses"])
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "started again"])
def test_zero_is_put_where_it_belongs_or_left_where_it_is(fault: str, small: bool) -> None:
    for made, found, gone, doubles in generated(fault, small):
        about = f"{made.scan} x {made.volumes}, slices every {made.spacing:.4f} s: {found} {found.sentences}"
        assert found.tr_s == pytest.approx(made.scan.tr_s, rel=1e-3), about
        assert found.stray == (), about
        assert len(found.missing) == len(gone), about
        assert len(found.doubled) == len(doubles), about
        if fault in ("none", "stopped"):
            assert found.zero_correction_s is None, about
            assert found.volumes_seen == made.volumes - -(-found.short_by // made.scan.pulses_per_volume) or small, (
                about
            )
        else:
            assert found.zero_correction_s is not None, about
            assert made.zero + found.zero_correction_s == pytest.approx(made.first_stored, abs=0.012), about
        if fault == "none" and not small:
            assert found.sentences == (), about


def test_a_scan_started_again_is_never_given_a_correction_nor_strays() -> None:
    for made, found, _, _ in generated("started again", small=False):
        about = f"{made.scan} x {made.volumes}, slices every {made.spacing:.4f} s: {found} {found.sentences}"
        assert len(found.trains) in (2, 3), about  # rarely the walk finds a part of one by itself
        assert (found.zero_correction_s, found.stray) == (None, ()), about


def test_no_mixture_of_faults_breaks_the_reading_or_moves_zero_far() -> None:
    for seed in range(400):
        rng = np.random.default_rng([seed, 99])
        made = a_scan(rng)
        with_fault(made, str(rng.choice(FAULTS)), rng)
        with_small_faults(made, rng)
        kept = made.got[rng.random(made.got.size) < rng.choice([0.02, 0.5, 1])]
        noise = made.got[0] + rng.uniform(-20, 300, int(rng.choice([0, 5, 500])))
        piled = np.full(int(rng.choice([0, 2, 7])), made.got[-1])
        times = np.concatenate([kept, noise, piled])
        scan = (
            made.scan
            if rng.random() < 0.7
            else Scan(tr_s=made.scan.tr_s, pulses=rng.choice(["every_volume", "first_only"]))
        )
        ended = bool(rng.random() < 0.5)
        found = understand(
            times, made.zero, scan, made.volumes, now=made.got[-1] + 9, ended=ended, before_ready=made.before_ready
        )
        assert abs(found.zero_correction_s or 0) <= 20 * scan.tr_s
        assert "NaN" not in json.dumps(asdict(found))
