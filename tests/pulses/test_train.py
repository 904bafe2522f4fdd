"""The pulse train: each fault of a scanner or a room is named and told from the others, and a clean train is not."""

import json
from dataclasses import asdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from task.config.scan import Scan
from task.pulses.train import understand
from tests.pulses.trains import SCAN, SLICES, TR, VOLUMES, a_train, assert_is_clean, read

DUMMIES = Scan(tr_s=TR, pulses_before_zero=4)

# --- no false alarms ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", ["uniform", "normal"])
def test_thousands_of_clean_trains_give_numbers_and_no_sentence(shape: str) -> None:
    rng = np.random.default_rng(20)
    for _ in range(1500):
        tr, volumes, jitter = rng.uniform(0.5, 3), int(5 * 100 ** rng.uniform()), rng.uniform(0, 0.005)
        before = int(rng.integers(4))
        noise = (
            rng.uniform(-jitter, jitter, volumes + before)
            if shape == "uniform"
            else rng.normal(0, jitter, volumes + before)
        )
        times = rng.uniform(-1000, 100_000) + tr * np.arange(volumes + before) + noise
        found = understand(times.tolist(), times[before], Scan(tr_s=tr, pulses_before_zero=before), volumes)
        assert_is_clean(found)
        assert found.volumes_seen == volumes
        assert found.tr_s == pytest.approx(tr, abs=0.006)


def test_clean_trains_of_slices_give_no_sentence() -> None:
    rng = np.random.default_rng(21)
    for _ in range(150):
        tr, volumes, slices = rng.uniform(0.8, 3), int(rng.integers(5, 60)), int(rng.integers(2, 24))
        jitter = min(0.003, 0.08 * tr / slices)
        times = a_train(volumes * slices, tr / slices, jitter, seed=int(rng.integers(1 << 30)))
        found = read(times, scan=Scan(tr_s=tr, pulses="every_slice", pulses_per_volume=slices), volumes=volumes)
        assert_is_clean(found)
        assert found.volumes_seen == volumes


def test_no_moment_of_a_clean_run_gives_an_alarm_in_the_live_view() -> None:
    for seed in range(15):
        times = a_train(30, 1.3, 0.003, seed)
        scan = Scan(tr_s=1.3, pulses_before_zero=seed % 4)
        for count in range(31):
            zero = times[seed % 4] if count > seed % 4 else None
            for since in (0.01, 0.7, 1.5):
                now = (times[count - 1] if count else 49) + since
                found = understand(times[:count].tolist(), zero, scan, 30, now=now, ended=False)
                assert_is_clean(found)
                assert found.volumes_seen == max(0, count - seed % 4)


def test_jitter_that_adds_up_and_stamps_on_frames_are_no_fault() -> None:
    rng = np.random.default_rng(3)
    assert_is_clean(read(np.cumsum(TR + rng.normal(0, 0.003, VOLUMES))))
    assert_is_clean(read(np.ceil(60 * (0.41 + TR * np.arange(VOLUMES) + rng.uniform(0, 0.002, VOLUMES))) / 60))


def test_tr_and_jitter_are_measured() -> None:
    times = 50 + TR * np.arange(400) + np.random.default_rng(5).normal(0, 0.003, 400)
    found = read(times, volumes=400)
    assert found.tr_s == pytest.approx(TR, abs=1e-5)
    assert found.jitter_s == pytest.approx(0.003, rel=0.1)


def test_zero_at_the_clocks_own_zero_is_a_zero() -> None:
    times = np.append(0.0, a_train(start=1.3))
    assert read(times, zero=0.0).false_start == pytest.approx((times[1], times[1]))


# --- zero: missed first pulse, false start, dummies ----------------------------------------------------------------


def test_a_missed_first_pulse_is_likely_and_moves_zero_back_by_a_tr() -> None:
    found = read(a_train()[1:])
    assert found.likely_missed_first
    assert found.false_start is None
    assert found.zero_correction_s == pytest.approx(-TR, abs=0.001)
    assert (found.short_by, found.volumes_seen) == (1, VOLUMES - 1)
    assert len(found.sentences) == 1
    assert "likely missed" in found.sentences[0]
    assert "-2.000 s" in found.sentences[0]
    assert "stopped early" in found.sentences[0]


def test_a_scan_stopped_one_volume_early_looks_the_same() -> None:
    times = a_train()
    stopped, missed = read(times[:-1]), read(times[1:])
    assert stopped.likely_missed_first
    assert stopped.sentences == missed.sentences


def test_the_end_is_judged_only_once_it_had_time_to_come() -> None:
    times = a_train()[1:]
    assert_is_clean(read(times, ended=False, now=times[-1] + 1))


def test_missed_pulses_in_the_middle_do_not_hide_a_missed_first_one() -> None:
    found = read(np.delete(a_train(), [0, 30, 31, 70]))
    assert found.likely_missed_first
    assert found.missing_volumes == (30, 31, 70)


def test_one_slice_too_few_may_be_the_first_or_the_last_and_moves_nothing() -> None:
    times = a_train(2000, 0.1)
    for cut in (times[1:], times[:-1]):
        found = read(cut, scan=SLICES)
        assert (found.likely_missed_first, found.zero_correction_s, found.short_by) == (False, None, 1)
        assert found.volumes_seen == VOLUMES
        assert "the first slice was missed, or of the last" in found.sentences[0]


def test_a_missed_first_volume_of_slices_moves_zero_back_by_a_tr() -> None:
    found = read(a_train(2000, 0.1)[20:], scan=SLICES)
    assert found.likely_missed_first
    assert found.zero_correction_s == pytest.approx(-TR, abs=0.001)
    assert "the first volume was likely missed" in found.sentences[0]


@pytest.mark.parametrize("missed", [2, 5, 40])
def test_a_train_more_than_one_short_gives_no_correction(missed: int) -> None:
    found = read(a_train()[missed:])
    assert (found.short_by, found.likely_missed_first, found.zero_correction_s) == (missed, False, None)
    assert len(found.sentences) == 1
    assert (" s late" in found.sentences[0]) == (missed < 6)  # 40 will hardly have been missed


@pytest.mark.parametrize("gap", [0.1, 0.6, 1.0, 1.5, 1.9, 2.3, 3.0, 7.7, 31.3])
def test_after_a_false_start_zero_belongs_to_the_first_pulse_of_the_train(gap: float) -> None:
    times = a_train()
    found = read([times[0] - gap], times)
    assert found.false_start == pytest.approx((times[0], gap))
    assert found.zero_correction_s == pytest.approx(gap)
    assert not found.likely_missed_first
    assert (found.volumes_seen, found.short_by, found.missing, found.stray) == (VOLUMES, 0, (), ())
    assert len(found.sentences) == 1
    assert f"{gap:+.3f} s" in found.sentences[0]


def test_a_start_more_than_twenty_tr_too_early_is_more_likely_of_another_scan() -> None:
    times = a_train()
    found = read([times[0] - 40.9], times)
    assert found.false_start == pytest.approx((times[0], 40.9))
    assert found.zero_correction_s is None
    assert "another scan" in found.sentences[0]
    assert "Re-zero" not in "".join(found.sentences)


def test_a_false_start_is_told_while_the_scan_still_runs() -> None:
    times = a_train()
    for gap in (0.3, 1.1, 2.5, 11.2):
        early = [read([times[0] - gap], times[:n], ended=False, now=times[n - 1] + 0.1) for n in (1, 2, 3, 4)]
        assert [found.false_start is None for found in early[2:]] == [False, False]
        assert all(found.zero_correction_s is None and not found.stray for found in early[:2])


def test_a_false_start_before_a_train_that_was_stopped_is_still_one() -> None:
    times = a_train()
    found = read([times[0] - 1.3], times[:-1])
    assert found.false_start == pytest.approx((times[0], 1.3))
    assert (found.short_by, found.likely_missed_first) == (1, False)


def test_a_false_start_that_fits_tr_is_told_by_the_length_of_the_train() -> None:
    times = a_train()
    found = read([times[0] - 3 * TR], times)
    assert found.false_start == pytest.approx((times[0], 3 * TR))
    assert "likely, not sure" in found.sentences[0]


def test_a_gap_after_the_first_pulse_in_a_train_as_long_as_planned_is_of_missed_pulses() -> None:
    found = read(np.delete(a_train(), [1, 2]))
    assert found.false_start is None
    assert found.missing_volumes == (2, 3)


def test_a_gap_after_the_first_pulse_that_the_count_does_not_settle_is_said_to_be_open() -> None:
    times = a_train()
    for found in (
        read([times[0] - 3 * TR], times[:-10]),
        read([times[0] - 3 * TR], times[:5], ended=False, now=times[4] + 0.1),
    ):
        assert found.zero_correction_s is None
        assert any("or the first was a false start" in sentence for sentence in found.sentences)


def test_a_false_start_just_one_tr_early_is_only_one_volume_too_many() -> None:
    times = a_train()
    found = read([times[0] - TR], times)
    assert (found.extra_volumes, found.zero_correction_s) == (1, None)
    assert "zero is 2.000 s early" in found.sentences[0]


def test_a_scan_that_was_started_twice_has_its_zero_in_the_second() -> None:
    for gap in (30.7, 33.2):
        times = a_train()
        found = read(a_train(12, start=times[0] - gap), times)
        assert found.false_start is not None
        assert found.false_start[0] == times[0]
        assert len(found.before_train) == 12


def test_a_late_first_stamp_is_no_false_start() -> None:
    times = a_train()
    times[0] += 0.09
    found = read(times)
    assert found.false_start is None
    assert found.zero_correction_s == pytest.approx(-0.09, abs=0.003)


def test_a_late_last_stamp_is_no_missed_first_pulse() -> None:
    times = a_train()
    times[-1] += 0.09
    found = read(times)
    assert not found.likely_missed_first
    assert len(found.stray) == 1


def test_dummies_are_counted_before_zero() -> None:
    times = a_train(104)
    assert_is_clean(read(times, scan=DUMMIES))
    late = read(np.delete(times, 2), scan=DUMMIES)
    assert late.zero_correction_s == pytest.approx(-TR, abs=0.005)
    assert late.false_start is None
    early = read(times, [times[1] + 0.03], scan=DUMMIES)
    assert early.zero_correction_s == pytest.approx(TR, abs=0.005)
    assert early.false_start is not None
    assert early.false_start[0] == times[4]
    assert read(times[1:], scan=DUMMIES).likely_missed_first


def test_dummies_that_the_protocol_does_not_know_of_leave_zero_where_it_fits() -> None:
    times = a_train(102)
    found = read(times, zero=times[2])
    assert (found.zero_correction_s, found.volumes_seen) == (None, VOLUMES)
    assert "pulses_before_zero" in found.sentences[0]


def test_a_scanner_that_ran_before_zero_makes_zero_late() -> None:
    times = a_train()
    found = read(times, zero=times[3])
    assert found.zero_correction_s == pytest.approx(-3 * TR, abs=0.005)


def test_a_manual_start_is_corrected_only_by_a_whole_train() -> None:
    times = a_train()
    whole, cut = read(times, zero=times[0] - 0.7), read(times[5:], zero=times[0] - 0.7)
    assert whole.zero_correction_s == pytest.approx(0.7)
    assert cut.zero_correction_s is None
    assert not cut.likely_missed_first
    assert "by hand" in cut.sentences[0]


# --- missing, doubled, stray, too many ------------------------------------------------------------------------------


def test_a_gap_of_several_pulses_is_named_with_its_volumes() -> None:
    times = a_train()
    found = read(np.delete(times, range(40, 52)))
    assert found.missing == pytest.approx(times[40:52], abs=0.01)
    assert found.missing_volumes == tuple(range(41, 53))
    assert (found.volumes_seen, found.zero_correction_s, len(found.sentences)) == (88, None, 1)


def test_pulses_due_by_now_are_missing_while_the_scan_goes_on() -> None:
    times = a_train()[:20]
    assert read(times, ended=False, now=times[-1] + 2.9).missing == ()
    short, long = (read(times, ended=False, now=times[-1] + since) for since in (3.1, 7.1))
    assert short.missing_volumes == (21,)
    assert long.missing_volumes == (21, 22, 23)
    assert not any("No pulse for" in sentence for sentence in short.sentences)
    assert long.sentences[0].startswith("No pulse for 7.1 s")


def test_nothing_is_due_after_the_last_planned_volume() -> None:
    times = a_train()
    assert_is_clean(read(times, ended=False, now=times[-1] + 30))


@pytest.mark.parametrize("lag", [0.003, 0.01, 0.028, 0.03, 0.032, 0.036, 0.045, 0.2, 0.9])
def test_a_scanner_that_sends_every_pulse_twice_is_read_by_the_first(lag: float) -> None:
    times = a_train()
    found = read(times, times + lag)
    assert found.doubled == pytest.approx(times + lag)
    assert (found.stray, found.missing, found.zero_correction_s, found.volumes_seen) == ((), (), None, VOLUMES)
    assert found.jitter_s is not None
    assert found.jitter_s < 0.003


def test_the_doubles_do_not_become_the_train_when_more_of_them_arrive() -> None:
    times = a_train()
    found = read(np.delete(times, [20, 40, 41]), times + 0.2)
    assert (found.missing_volumes, found.false_start, found.zero_correction_s) == ((21, 41, 42), None, None)
    assert found.stray == pytest.approx(times[[20, 40, 41]] + 0.2)


def test_a_double_of_the_very_first_pulse_counts_once_and_is_no_false_start() -> None:
    times = a_train()
    for lag in (0.0, 0.004, 0.02, 0.3, 0.95):
        found = read(times, [times[0] + lag])
        assert found.doubled == pytest.approx([times[0] + lag])
        assert (found.false_start, found.zero_correction_s, found.stray) == (None, None, ())


def test_pulses_in_a_burst_count_once() -> None:
    times = a_train()
    found = read(times, times[30] + 0.004 * np.arange(1, 5), times[60] + 0.1 * np.arange(1, 4))
    assert len(found.doubled) == 7
    assert (found.stray, found.missing) == ((), ())
    assert "up to 5 in a burst" in found.sentences[0]


def test_an_early_pulse_is_missing_at_its_time_and_stray_where_it_came() -> None:
    times = a_train()
    times[40] -= 0.4
    found = read(times)
    assert found.stray == (times[40],)
    assert found.missing_volumes == (41,)
    assert "1 may have come early" in found.sentences[0]


def test_strays_all_over_a_train_do_not_lead_it_astray() -> None:
    for seed in range(40):
        rng = np.random.default_rng(seed)
        times = a_train(seed=seed)
        noise = times[rng.integers(0, 99, 100)] + rng.uniform(0.1, 1.9, 100)
        found = read(times, noise)
        assert len(found.doubled) + len(found.stray) == 100
        assert (found.missing, found.volumes_seen, found.zero_correction_s) == ((), VOLUMES, None)
        assert found.tr_s == pytest.approx(TR, abs=1e-3)


def test_a_longer_scan_than_planned_is_told_in_volumes() -> None:
    found = read(a_train(137))
    assert (found.extra_volumes, found.volumes_seen, found.stray) == (37, VOLUMES, ())
    assert len(found.sentences) == 1
    assert read(a_train(2001, 0.1), scan=SLICES).extra_volumes == 1


def test_missing_slices_are_missing_but_their_volumes_are_seen() -> None:
    times = a_train(2000, 0.1)
    found = read(np.delete(times, [5, 27, *range(60, 80)]), scan=SLICES)
    assert len(found.missing) == 22
    assert found.missing_volumes == (1, 2, 4)
    assert found.volumes_seen == VOLUMES - 1


@settings(max_examples=120, deadline=None, derandomize=True)
@given(st.data())
def test_every_mixture_of_missing_doubled_and_stray_pulses_is_taken_apart(data: st.DataObject) -> None:
    tr = data.draw(st.floats(0.5, 3), label="tr_s")
    volumes = data.draw(st.integers(20, 120), label="volumes")
    times = a_train(volumes, tr, data.draw(st.floats(0, 0.003)), data.draw(st.integers(0, 1 << 20)))
    inner = st.integers(1, volumes - 2)
    missing = data.draw(st.sets(inner, max_size=volumes // 4), label="missing")
    doubled = data.draw(st.sets(inner, max_size=volumes // 4), label="doubled") - missing
    stray = data.draw(st.dictionaries(inner, st.floats(0.55, 0.85), max_size=volumes // 4), label="stray")
    lag = data.draw(st.floats(0.12, 0.45), label="lag") * tr
    kept = np.delete(times, sorted(missing))
    doubles = times[sorted(doubled)] + lag
    strays = np.array(sorted(times[place] + after * tr for place, after in stray.items()))
    found = read(kept, doubles, strays, scan=Scan(tr_s=tr), volumes=volumes)
    assert found.missing_volumes == tuple(place + 1 for place in sorted(missing))
    assert found.doubled == pytest.approx(doubles)
    assert found.stray == pytest.approx(strays)
    assert found.volumes_seen == volumes - len(missing)
    assert (found.false_start, found.zero_correction_s, found.likely_missed_first) == (None, None, False)
    assert found.tr_s == pytest.approx(tr, abs=0.002)


# --- TR, another kind of train, no train ------------------------------------------------------------------------------


@pytest.mark.parametrize("tr", [1.5, 1.96, 2.006, 2.03, 2.2, 2.6])
def test_another_tr_than_the_protocols_is_said_and_makes_no_strays(tr: float) -> None:
    found = read(a_train(interval=tr))
    assert found.tr_s == pytest.approx(tr, abs=1e-4)
    assert (found.stray, found.missing, found.volumes_seen) == ((), (), VOLUMES)
    assert len(found.sentences) == 1
    assert f"{tr:.3f}" in found.sentences[0]


def test_a_tr_that_is_off_by_less_than_matters_is_not_mentioned() -> None:
    assert_is_clean(read(a_train(interval=2.0015)))


@pytest.mark.parametrize("last", [1.8, 2.04, 2.2])
def test_a_drifting_tr_is_followed_and_said(last: float) -> None:
    found = read(50 + np.cumsum(np.linspace(TR, last, VOLUMES)) + np.random.default_rng(1).uniform(0, 0.003, VOLUMES))
    assert (found.stray, found.missing, found.volumes_seen) == ((), (), VOLUMES)
    assert "drifts" in found.sentences[0]
    assert found.jitter_s is not None
    assert found.jitter_s < 0.003


def test_slices_where_volumes_were_expected_are_understood_and_the_other_way_round() -> None:
    slices, volumes = read(a_train(2000, 0.1)), read(a_train(), scan=SLICES)
    for found in (slices, volumes):
        assert (found.volumes_seen, found.stray, found.missing, len(found.sentences)) == (VOLUMES, (), (), 1)
        assert "pulses_per_volume" in found.sentences[0]
        assert found.tr_s == pytest.approx(TR, abs=1e-3)


def test_one_pulse_for_each_run_is_all_that_first_only_expects() -> None:
    scan = Scan(tr_s=TR, pulses="first_only")
    assert_is_clean(read([5.0], scan=scan))
    assert read([5.0], scan=scan).volumes_seen is None
    assert read([5.0, 5.02], scan=scan).doubled == (5.02,)
    every_volume = read(a_train(), scan=scan).sentences
    assert "one for the whole run. Zero is at the first" in every_volume[0]


def test_no_pulse_at_all() -> None:
    assert "No pulse came" in understand([], None, SCAN, VOLUMES).sentences[0]
    assert "by hand" in understand([], 3.0, SCAN, VOLUMES, now=9.0, ended=False).sentences[0]
    assert_is_clean(understand([], None, SCAN, VOLUMES, now=9.0, ended=False))


def test_one_pulse_only() -> None:
    assert "Only one pulse came" in read([5.0]).sentences[0]
    assert_is_clean(read([5.0], ended=False, now=6.9))
    assert "a key or a prescan pulse started this run" in read([5.0]).sentences[0]
    waiting = read([5.0], ended=False, now=11.0).sentences[0]
    assert waiting.startswith("No pulse for 6.0 s")
    assert "end this run and start it again" in waiting
    assert "end this run" not in read(a_train()[:9], ended=False, now=75.0).sentences[0]


@pytest.mark.parametrize(("scan", "count"), [(SCAN, 20), (SCAN, 100), (SCAN, 300), (SCAN, 1000), (SLICES, 2000)])
def test_noise_alone_is_no_train(scan: Scan, count: int) -> None:
    for seed in range(20):
        noise = np.random.default_rng(seed).uniform(0, 200, count)
        found = read(noise, scan=scan)
        assert "volumes and zero cannot be judged" in found.sentences[0]
        assert (found.tr_s, found.zero_correction_s, len(found.sentences)) == (None, None, 1)


def test_twenty_thousand_slices_with_every_fault_at_once_are_taken_apart() -> None:
    rng = np.random.default_rng(9)
    times = a_train(20_000, 0.1, 0.003)
    gone = 1 + rng.choice(19_998, 200, replace=False)
    found = read(np.delete(times, gone), rng.uniform(51, 2000, 500), scan=SLICES, volumes=1000)
    assert 185 <= len(found.missing) <= 200  # a stray may come just when a missing one was due
    assert (found.volumes_seen, found.zero_correction_s) == (1000, None)
    assert found.tr_s == pytest.approx(TR, abs=1e-4)


def test_what_was_found_goes_into_the_journal_as_it_is() -> None:
    times = a_train()
    found = read([times[0] - 1.3], np.delete(times, 5), [times[9] + 0.1, times[20] + 1.5])
    assert json.loads(json.dumps(asdict(found)))["false_start"] == [times[0], pytest.approx(1.3)]
    assert {type(value) for value in asdict(found).values()} <= {int, float, bool, tuple, type(None)}
