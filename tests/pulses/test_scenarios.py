"""Scans with known faults: no wrong command, and nothing of a clean scan; ``benchmarks/pulse_causes.py`` tries more."""

import numpy as np
import pytest

from task.config.scan import Scan
from task.pulses.train import understand
from tests.pulses.scenarios import KINDS, OF_PULSES, OF_SEQUENCE, Fault, judged, outcome, scenario


@pytest.mark.parametrize("kind", KINDS)
def test_a_clean_scan_gives_no_command_that_is_wrong_and_no_sentence(kind: str) -> None:
    for number in range(60):
        made = scenario([7, number], kind)
        found = judged(made)
        assert outcome(made, found) != "wrong", made
        if made.is_zero_right and not made.besides:
            assert found.sentences == (), made


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("fault", [*OF_SEQUENCE, *OF_PULSES], ids=lambda fault: fault.__name__)
def test_of_a_scan_with_one_fault_no_command_is_wrong(fault: Fault, kind: str) -> None:
    for number in range(3):
        made = scenario([8, number], kind, (fault,))
        assert outcome(made, judged(made)) != "wrong", made


def test_a_lone_pulse_before_a_scan_of_another_length_is_not_taken_for_the_first() -> None:
    """TR 1 s, two pulses before zero, one pulse 7 s too early, and 20 volumes more than planned; truth is +1 s."""
    times = [0.0, *(7.0 + np.arange(82))]
    found = understand(times, times[2], Scan(tr_s=1.0, pulses_before_zero=2), 60)
    assert found.zero_correction_s in (None, 1.0)
    assert 1.0 in found.possible_corrections_s or found.zero_correction_s == 1.0
    assert "+1.000 s" in " ".join(found.sentences)


def test_two_sets_of_dummies_name_the_setting() -> None:
    scan = Scan(tr_s=2.0, pulses_before_zero=4)
    for sent in (3, 5):
        times = list(2.0 * np.arange(sent + 60))
        found = understand(times, times[4], scan, 60)
        assert "pulses_before_zero" in " ".join(found.sentences)
