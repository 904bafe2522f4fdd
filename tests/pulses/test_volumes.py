"""Slices with a pause after each volume, as an ordinary sequence sends them."""

import numpy as np
import pytest

from task.config.scan import Scan
from tests.pulses.trains import TR, VOLUMES, a_train, assert_is_clean, read, with_pauses

PAUSED = Scan(tr_s=TR, pulses="every_slice", pulses_per_volume=30)


def slices_of(count: int, tr: float = TR) -> Scan:
    return Scan(tr_s=tr, pulses="every_slice", pulses_per_volume=count)


@pytest.mark.parametrize(
    ("slices", "spacing", "tr"),
    [
        (30, 0.05, 2),
        (30, 0.06, 2),
        (30, 0.065, 2),
        (36, 0.04, 2),
        (5, 0.3, 2),
        (10, 0.03, 0.5),
        (20, 0.1, 10),
        (2, 0.3, 2),
    ],
)
def test_a_clean_train_gives_its_tr_and_no_sentence(slices: int, spacing: float, tr: float) -> None:
    found = read(with_pauses(slices, spacing, tr=tr), scan=slices_of(slices, tr))
    assert_is_clean(found)
    assert found.tr_s == pytest.approx(tr, abs=1e-4)
    assert found.volumes_seen == VOLUMES
    assert found.jitter_s is not None
    assert found.jitter_s < 0.001


def test_no_moment_of_a_clean_run_gives_an_alarm_in_the_live_view() -> None:
    for slices, spacing in ((30, 0.05), (30, 0.065), (5, 0.3), (36, 0.02)):
        times = with_pauses(slices, spacing, 6)
        for count in range(1, times.size):
            for now in (times[count - 1] + 0.001, times[count] - 0.003):
                found = read(times[:count], scan=slices_of(slices), volumes=6, ended=False, now=now)
                assert_is_clean(found)
                assert found.volumes_seen == 1 + (count - 1) // slices


def test_dummies_are_counted_before_zero() -> None:
    scan = PAUSED.model_copy(update={"pulses_before_zero": 120})
    times = with_pauses(30, 0.05, 104)
    assert_is_clean(read(times, scan=scan))
    assert read(times[30:], scan=scan).zero_correction_s == pytest.approx(-TR, abs=0.001)


def test_missing_slices_and_volumes_are_named_by_their_volumes() -> None:
    times = with_pauses(30, 0.05)
    found = read(np.delete(times, [7, 40, *range(1500, 1530)]), scan=PAUSED)
    assert found.missing == pytest.approx(times[[7, 40, *range(1500, 1530)]], abs=0.005)
    assert found.missing_volumes == (1, 2, 51)
    assert (found.volumes_seen, found.zero_correction_s, len(found.sentences)) == (VOLUMES - 1, None, 1)


@pytest.mark.parametrize("missed", [1, 3, 12])
def test_missed_first_slices_move_zero_back_to_the_first_slice(missed: int) -> None:
    times = with_pauses(30, 0.05)
    found = read(times[missed:], scan=PAUSED)
    assert found.likely_missed_first
    assert found.zero_correction_s == pytest.approx(-0.05 * missed, abs=0.003)
    assert (found.short_by, found.false_start) == (0, None)


def test_a_missed_last_slice_moves_nothing() -> None:
    found = read(with_pauses(30, 0.05)[:-1], scan=PAUSED)
    assert (found.short_by, found.zero_correction_s, found.likely_missed_first) == (1, None, False)
    assert "Zero and the onsets do not depend on it" in found.sentences[0]


def test_a_missed_first_volume_moves_zero_back_by_a_tr() -> None:
    found = read(with_pauses(30, 0.05)[30:], scan=PAUSED)
    assert found.likely_missed_first
    assert found.zero_correction_s == pytest.approx(-TR, abs=0.001)


def test_a_scan_that_was_stopped_is_short_by_volumes_and_moves_nothing() -> None:
    found = read(with_pauses(30, 0.05)[: 90 * 30], scan=PAUSED)
    assert (found.short_by, found.zero_correction_s) == (300, None)
    assert "10 volumes" in found.sentences[0]


@pytest.mark.parametrize("gap", [0.05, 0.3, 0.55, 1.0, 1.95, 2.0, 3.3, 8.0, 21.7])
def test_after_a_false_start_zero_belongs_to_the_first_slice(gap: float) -> None:
    times = with_pauses(30, 0.05)
    found = read([times[0] - gap], times, scan=PAUSED)
    assert found.false_start == pytest.approx((times[0], gap), abs=0.005)
    assert found.zero_correction_s == pytest.approx(gap, abs=0.005)
    assert (found.volumes_seen, found.missing, found.stray, found.short_by) == (VOLUMES, (), (), 0)


@pytest.mark.parametrize("lag", [0.003, 0.011, 0.02])
def test_slices_that_all_come_twice_count_once(lag: float) -> None:
    times = with_pauses(30, 0.05)
    found = read(times, times + lag, scan=PAUSED)
    assert len(found.doubled) == 3000
    assert (found.missing, found.stray, found.zero_correction_s, found.volumes_seen) == ((), (), None, VOLUMES)


def test_a_pulse_in_the_pause_is_stray() -> None:
    times = with_pauses(30, 0.05)
    found = read(times, [times[0] + 4 * TR + 1.8], scan=PAUSED)
    assert len(found.stray) == 1
    assert (found.missing, found.zero_correction_s) == ((), None)


def test_another_number_of_slices_than_the_protocols_is_found() -> None:
    fewer, more = (read(with_pauses(slices, 0.05), scan=PAUSED) for slices in (28, 33))
    for found, slices in ((fewer, 28), (more, 33)):
        assert (found.volumes_seen, found.missing, found.stray, len(found.sentences)) == (VOLUMES, (), (), 1)
        assert f"{slices} pulses come, then a pause; the protocol expects 30" in found.sentences[0]
        assert found.tr_s == pytest.approx(TR, abs=1e-4)


def test_slices_with_pauses_where_volumes_were_expected_are_understood() -> None:
    found = read(with_pauses(30, 0.05))
    assert (found.volumes_seen, found.missing, found.zero_correction_s, len(found.sentences)) == (VOLUMES, (), None, 1)
    assert "expects one for each" in found.sentences[0]


def test_another_tr_with_the_right_number_of_slices_is_said() -> None:
    found = read(with_pauses(30, 0.05, tr=2.1), scan=PAUSED)
    assert found.tr_s == pytest.approx(2.1, abs=1e-4)
    assert (found.volumes_seen, found.missing, len(found.sentences)) == (VOLUMES, (), 1)
    assert "Measured TR is 2.1000 s" in found.sentences[0]


def test_a_cable_that_comes_out_is_told_within_three_volumes() -> None:
    times = with_pauses(30, 0.05)[:300]
    silent = read(times, scan=PAUSED, ended=False, now=times[-1] + 6)
    assert silent.sentences[0].startswith("No pulse for 6.0 s, where one is due every 2 s")
    assert silent.missing_volumes == (11, 12, 13)


def test_bursts_that_are_short_beside_tr_are_doubles_of_a_volume_s_pulse() -> None:
    found = read(*(a_train() + lag for lag in (0.0, 0.03, 0.06, 0.09)))
    assert (len(found.doubled), found.missing, found.stray, found.volumes_seen) == (300, (), (), VOLUMES)
