"""What stood behind a train that is not as it should be, and what is not said of it."""

import numpy as np
import pytest

from task.config.scan import Scan
from task.pulses.train import understand
from tests.pulses.trains import SCAN, SLICES, TR, VOLUMES, a_train, assert_is_clean, read, with_pauses

ONCE = Scan(tr_s=TR, pulses="first_only")
PAUSED = Scan(tr_s=TR, pulses="every_slice", pulses_per_volume=20)


# --- pulses before the task was ready ------------------------------------------------------------------------------


@pytest.mark.parametrize("early", [1, 3, 9])
@pytest.mark.parametrize("ended", [True, False])
def test_a_scan_that_ran_before_the_task_was_ready_makes_zero_late_by_its_pulses(early: int, ended: bool) -> None:
    times = a_train()
    upto = VOLUMES if ended else 30
    found = read(times[early:upto], before_ready=times[:early].tolist(), ended=ended)
    assert found.early == early
    assert found.zero_correction_s == pytest.approx(-early * TR, abs=0.005)
    assert f"running {early} pulse" in found.sentences[0]
    assert (found.short_by, found.likely_missed_first, len(found.sentences)) == (0, False, 1)


@pytest.mark.parametrize("slices", [a_train(2000, 0.1), with_pauses(20, 0.07)], ids=["even", "with pauses"])
def test_slices_before_the_task_was_ready_count_by_their_times(slices: np.ndarray) -> None:
    found = read(slices[47:], scan=PAUSED, before_ready=slices[:47])
    assert found.early == 47
    assert found.zero_correction_s == pytest.approx(slices[0] - slices[47], abs=0.005)


def test_missed_pulses_among_the_early_ones_do_not_hide_the_first() -> None:
    times = a_train()
    found = read(times[8:], before_ready=np.delete(times[:8], [3, 6]))
    assert (found.early, found.zero_correction_s) == (6, pytest.approx(-8 * TR, abs=0.005))


def test_a_scan_that_may_have_run_even_earlier_than_its_first_recorded_pulse_has_two_zeros() -> None:
    times = a_train()
    found = read(times[7:], before_ready=times[4:7])
    assert found.zero_correction_s is None
    assert found.possible_corrections_s == pytest.approx((-3 * TR, -7 * TR), abs=0.005)
    assert (
        f"If {VOLUMES - 4}, zero is 6.000 s late, re-zero this run by -6.000 s: the scan was running"
        in found.sentences[0]
    )
    assert f"If {VOLUMES}, zero is 14.0" in found.sentences[0]


@pytest.mark.parametrize("before", [[10.0, 12.0, 14.0], [49.2], [47.3, 48.4], [5.0]])
def test_a_test_of_the_trigger_before_the_run_is_not_the_scan(before: list[float]) -> None:
    assert_is_clean(read(a_train(), before_ready=before))


def test_a_few_earlier_pulses_that_by_chance_fit_a_slice_are_not_the_scan() -> None:
    times = a_train(2000, 0.1)
    assert_is_clean(read(times, scan=SLICES, before_ready=[times[0] - 1.1, times[0] - 0.3]))


def test_a_scan_before_this_one_in_phase_by_chance_is_not_the_scan() -> None:
    times = a_train()
    assert_is_clean(read(times, before_ready=times[:40] - 50 * TR))


def test_dummies_of_which_some_came_before_the_task_was_ready() -> None:
    times = a_train(104)
    scan = Scan(tr_s=TR, pulses_before_zero=4)
    found = read(times[2:], scan=scan, before_ready=times[:2])
    assert found.zero_correction_s == pytest.approx(-2 * TR, abs=0.005)


def test_no_pulse_but_some_before_the_task_was_ready() -> None:
    found = understand([], 9.0, SCAN, VOLUMES, before_ready=[1.0, 3.0])
    assert "2 came before" in found.sentences[0]


# --- one pulse for each run ------------------------------------------------------------------------------------------


def test_a_manual_start_before_the_only_pulse_is_corrected_to_it() -> None:
    found = read([54.0], zero=50.0, scan=ONCE)
    assert found.zero_correction_s == pytest.approx(4.0)
    assert found.sentences == (
        "Zero was set by hand; the scan's pulse came 4.000 s later. If that pulse was this scan's first, re-zero this "
        "run by +4.000 s.",
    )


def test_zero_is_not_said_to_be_at_a_pulse_when_it_was_set_by_hand() -> None:
    found = read(a_train(), zero=47.0, scan=ONCE)
    assert "Zero is at the first" not in " ".join(found.sentences)
    assert "one for the whole run" in found.sentences[1]


def test_the_only_pulse_may_have_come_before_the_task_was_ready() -> None:
    found = understand([], 54.0, ONCE, VOLUMES, before_ready=[50.0])
    assert found.zero_correction_s == pytest.approx(-4.0)
    assert "before the task was ready" in found.sentences[0]


def test_an_only_pulse_far_from_a_manual_start_is_another_scan_s() -> None:
    found = read([100.0], zero=50.0, scan=ONCE)
    assert found.zero_correction_s is None
    assert "another scan" in found.sentences[0]


# --- stopped and started again ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first", "shift"), [(40, 33.3), (40, 34.0), (100, 0.5), (100, -0.5), (100, 1.0), (160, 61.1)], ids=str
)
@pytest.mark.parametrize("scan", [Scan(tr_s=TR), SLICES], ids=["volumes", "slices"])
def test_a_scan_started_again_is_two_trains_and_no_correction(scan: Scan, first: int, shift: float) -> None:
    per = scan.pulses_per_volume
    times = a_train(200 * per, TR / per)
    later = times[first * per :] + shift + (0.05 if per > 1 else 0)  # in phase with the slices, it is but a gap
    found = read(times[: first * per], later, scan=scan, volumes=200)
    assert [begin for begin, _ in found.trains] == pytest.approx([times[0], later[0]], abs=0.5)  # they may overlap
    assert [count for _, count in found.trains] == pytest.approx([first * per, (200 - first) * per], abs=5)
    assert (found.zero_correction_s, found.stray, found.false_start) == (None, (), None)
    assert len(found.sentences) == 1
    assert "No one shift of zero" in found.sentences[0]


def test_slices_with_pauses_started_again_are_two_trains() -> None:
    times = with_pauses(20, 0.07)
    found = read(times[:800], times[800:] + 7.3, scan=PAUSED)
    assert [count for _, count in found.trains] == [800, 1200]


def test_a_few_volumes_then_the_rest() -> None:
    found = read(0.5 * np.arange(6), 4.7 + 0.5 * np.arange(7), scan=Scan(tr_s=0.5), volumes=13)
    assert found.trains == ((0.0, 6), (4.7, 7))
    assert found.zero_correction_s is None


def test_a_scan_started_again_is_told_while_it_runs() -> None:
    times = a_train()
    found = read(times[:40], times[40:50] + 33.3, ended=False)
    assert "end this run and start it again" in found.sentences[0]


def test_three_trains_are_three() -> None:
    times = a_train()
    found = read(times[:30], times[30:60] + 0.7, times[60:] + 5.3)
    assert [count for _, count in found.trains] == [30, 30, 40]


def test_the_next_scan_after_a_whole_one_is_named_and_not_stray() -> None:
    times = a_train()
    found = read(times, times[:20] + 231.3)
    assert found.zero_correction_s is None
    assert found.sentences == ("Another train of 20 pulses began at 231.30 s: not counted.",)


# --- noise, and a reader that hung -----------------------------------------------------------------------------------


@pytest.mark.parametrize("scan", [SCAN, SLICES, Scan(tr_s=0.5)], ids=["volumes", "slices", "fast"])
@pytest.mark.parametrize("lasts", [9, 200, 2000])
@pytest.mark.parametrize("train", [[], a_train()], ids=["alone", "over a scan"])
def test_noise_with_the_pulses_code_cannot_be_judged(scan: Scan, lasts: float, train: np.ndarray) -> None:
    noise = 60 + np.random.default_rng(4).uniform(0, lasts, 29_001)
    found = read(train, noise, scan=scan)
    assert len(found.sentences) == 1
    assert "volumes and zero cannot be judged from these pulses" in found.sentences[0]
    assert (found.zero_correction_s, found.false_start, found.tr_s) == (None, None, None)


@pytest.mark.parametrize("late", [0.01, 0.7, 1.3])
def test_a_reader_that_hung_is_named_and_nothing_else(late: float) -> None:
    times = a_train()
    found = read(times[:50], np.full(6, times[55] + late), times[56:])
    assert found.zero_correction_s is None
    assert len(found.sentences) == 1
    assert "hung for" in found.sentences[0]
    assert "6 pulses have one stamp" in found.sentences[0]


def test_a_reader_that_hung_at_the_end_does_not_make_the_scan_short() -> None:
    times = a_train()
    found = read(times[:95], np.full(5, times[99] + 0.7))
    assert (found.short_by, found.zero_correction_s, len(found.sentences)) == (0, None, 1)


def test_a_reader_that_hung_at_zero_is_corrected_by_the_end_of_the_train() -> None:
    times = a_train()
    for late in (0.01, 0.7):
        found = read(np.full(5, times[4] + late), times[5:])
        assert found.zero_correction_s == pytest.approx(-4 * TR - late, abs=0.02)
        assert found.sentences[0].startswith("The program that reads the pulses hung")
        assert "what else sends" not in " ".join(found.sentences)


def test_a_hundred_pulses_of_one_stamp_are_a_reader_that_hung() -> None:
    found = read(np.full(100, 5.0))
    assert "hung" in found.sentences[0]
    assert found.zero_correction_s is None


def test_a_scan_that_ran_for_more_than_twenty_tr_before_is_named_and_moves_nothing() -> None:
    times = a_train()
    found = read(times[30:], before_ready=times[:30])
    assert (found.early, found.zero_correction_s) == (30, None)
    assert "start the scan once the task is ready" in found.sentences[0]
