"""What the operator is told at each moment of a run, from the records that are there by then."""

import io
import itertools
import json
import re
from datetime import datetime
from pathlib import Path

import pytest
from rich.console import Console

from task.record.journal import JournalError
from task.record.records import from_facts
from task.report import watched
from task.report.drawing import drawn
from task.report.lines import lines_of
from tests.factories import Hands, facts_in, perform_with, press, pulses
from tests.report.journals import (
    Watched,
    a_miss,
    a_press,
    a_run,
    a_train,
    live_of,
    until,
    zero_of,
)

ORDER = ["preparing", "waiting", "running", "listening", "complete"]


# --- a whole run -------------------------------------------------------------------------------------------------


def test_every_moment_of_a_run_is_told_and_nothing_goes_backwards() -> None:
    records = a_run()
    seen = Watched(records[0])
    moments = []
    for record in records[1:]:
        seen.take([record])
        moments.append(seen.live())
    assert [phase for phase, _ in itertools.groupby(live.phase for live in moments)] == ORDER
    for before, after in itertools.pairwise(moments):
        assert (after.trial or 0) >= (before.trial or 0)
        assert (after.volumes_seen or 0) >= (before.volumes_seen or 0)
        assert (after.since_zero_s or 0) >= (before.since_zero_s or 0)
    assert not any(live.alerts or live.sentences or live.is_pulse_due for live in moments)


def test_the_end_says_what_the_record_says() -> None:
    records = a_run()
    live, end = live_of(records), records[-1]
    answers = [record for record in records if record["kind"] in ("choice", "share")]
    assert (live.points, live.pulses, live.dropped_frames) == (end["points"], end["pulses"], end["dropped_frames"])
    assert (live.questions, live.misses) == (len(answers), sum(answer["side"] is None for answer in answers))
    assert (live.volumes_seen, live.volumes) == (62, 62)
    assert (live.trial, live.trials) == (12, 12)
    assert live.tr_s == pytest.approx(2.0)
    assert live.state.startswith("COMPLETE at ")


def test_times_are_counted_from_zero_and_to_the_end_of_the_scan() -> None:
    records = until(a_run(), 30)
    live = live_of(records, zero_of(records) + 31.25)
    assert live.since_zero_s == pytest.approx(31.25)
    assert live.total_s == 124
    assert live.left_s == pytest.approx(124 - 31.25)
    last_pulse = max(record["t"] for record in records if record["kind"] == "pulse")
    assert live.since_pulse_s == pytest.approx(zero_of(records) + 31.25 - last_pulse)


def test_now_is_never_before_what_was_recorded() -> None:
    records = until(a_run(), 30)
    assert live_of(records, now=0.0) == live_of(records)


@pytest.mark.parametrize(
    ("changes", "source"),
    [
        ({}, "REAL SCANNER"),
        ({"emulated": True}, "EMULATED SCANNER"),
        ({"emulated": True, "virtual": True}, "SIMULATED"),
    ],
)
def test_real_emulated_and_simulated_runs_are_told_apart(changes: dict[str, bool], source: str) -> None:
    records = a_run()
    assert live_of([records[0] | changes, *records[1:]]).source == source


# --- what is on the screen, and what was pressed -----------------------------------------------------------------


@pytest.mark.parametrize(("run", "scenes"), [(1, set()), (2, {"TooSlow"})])
def test_the_screen_is_told_in_words(run: int, scenes: set[str]) -> None:
    records = a_run(run=run)
    trials = {trial["trial"]: trial for trial in records[0]["planned_run"]["trials"]}
    seen = Watched(records[0])
    told = set()
    for record in records[1:]:
        seen.take([record])
        if record["kind"] != "onset":
            continue
        screen, scene = seen.live().screen, record["scene"]
        told.add(scene)
        if scene == "Choice":
            trial = trials[record["trial"]]
            assert screen == f"choice between {trial['left']} (left) and {trial['right']} (right)"
        elif scene == "Feedback":
            assert ("no match" in screen) is not record["match"]
            assert ("rank hidden" if record["rank"] is None else f"rank {record['rank']}") in screen
            assert f"{record['spots']} spots" in screen
        elif scene == "Share":
            assert f"keep ({record['keep_side']})" in screen
        else:
            assert screen.startswith({"Fixation": "fixation (", "TooSlow": "too slow"}[scene])
    assert told >= {"Choice", "Feedback", "Share", "Fixation"} | scenes


def test_a_press_that_answers_has_its_response_time_and_one_that_does_not_has_none() -> None:
    records = a_run()
    place = next(i for i, record in enumerate(records) if record["kind"] == "choice" and record["side"])
    live = live_of(records[: place + 1])
    assert live.response_s == records[place]["response_time"]
    assert live.press.startswith(records[place]["side"])
    assert live.screen.endswith(f"; pressed {records[place]['side']}")
    later = live_of([*records[: place + 1], a_press(records[place - 1]["t"] + 0.1, "left")])
    assert later.response_s is None


def test_a_press_without_meaning_is_named_and_noise_is_made_harmless() -> None:
    records = until(a_run(), 30)
    live = live_of([*records, a_press(zero_of(records) + 30.5, None, code="\x1b[2J\x00", device="serial")])
    assert live.press == "serial ?[2J?, which means nothing here"
    assert live.press_ago_s == 0


def test_misses_are_counted_in_a_row_and_in_all() -> None:
    records = until(a_run(), 30)
    before = live_of(records)
    miss = a_miss()
    missed = live_of([*records, miss, miss, miss])
    assert (missed.misses_in_a_row, missed.misses) == (before.misses_in_a_row + 3, before.misses + 3)
    answered = live_of([*records, miss, miss, miss, miss | {"side": "left", "response_time": 1.0, "decider": "D1"}])
    assert (answered.misses_in_a_row, answered.misses) == (0, before.misses + 3)


# --- waiting, dying, ending --------------------------------------------------------------------------------------


def test_waiting_says_since_when_for_what_and_is_no_fault_however_long() -> None:
    records = a_run()
    ready = next(i for i, record in enumerate(records) if record["kind"] == "ready")
    live = live_of(records[: ready + 1], now=records[ready]["t"] + 3000)
    since = f"{datetime.fromisoformat(records[1]['utc']).astimezone():%H:%M:%S}"
    assert live.phase == "waiting"
    assert f"WAITING FOR THE FIRST PULSE since {since}, for 50:00" in live.state
    assert "emulated_scanner:pulse" in live.state
    assert "keyboard:space" in live.state
    assert live.alerts == ()


def test_pulses_before_zero_are_counted_while_waiting() -> None:
    records = a_run(pulses_before_zero=3)
    second = next(i for i, record in enumerate(records) if record["kind"] == "pulse" and record["pulse"] == 2)
    assert "Pulse 2 of 3 before zero has come." in live_of(records[: second + 1]).state
    assert live_of(records).volumes_seen == 62


def test_a_program_that_has_died_gives_no_sign_of_life() -> None:
    records = until(a_run(), 30)
    latest = max(record["t"] for record in records if "t" in record)
    assert live_of(records, latest + 4).alerts == ()
    ((alert, level),) = live_of(records, latest + 75).alerts
    assert "NO SIGN OF LIFE for 1:15" in alert
    assert level == "hand"


def test_a_program_that_has_died_sends_nobody_to_the_trigger_cable() -> None:
    """Neither a pulse nor anything else comes any more: of that the scanner is no cause."""
    records = until(a_run(), 30)
    seen = Watched(records[0])
    seen.take(records[1:])
    latest = max(record["t"] for record in records if "t" in record)
    for silent_s in range(100):
        live = seen.live(latest + silent_s)
        assert live.sentences == ()
        assert not live.is_pulse_due
    assert "NO SIGN OF LIFE" in live.alerts[0][0]


def test_of_a_run_that_has_gone_silent_it_is_not_said_that_it_goes_on() -> None:
    """The cable was out, and then the program died as well: both are told, the program first."""
    records = [r for r in until(a_run(), 60) if not (r["kind"] == "pulse" and r["pulse"] > 20)]
    live = live_of(records, zero_of(records) + 100)
    assert "NO SIGN OF LIFE" in live.alerts[0][0]
    assert live.sentences[0].endswith("the trigger cable is out.")
    assert not live.is_pulse_due


def test_a_long_time_in_which_nothing_is_due_is_no_death() -> None:
    records = [record for record in until(a_run(), 6) if record["kind"] != "pulse"]
    due = [trial["onsets"][0] for trial in records[0]["planned_run"]["trials"]]
    records[0]["planned_run"]["trials"][1]["onsets"][0] = due[1] + 1000
    onsets = [onset for trial in records[0]["planned_run"]["trials"][:1] for onset in trial["onsets"]]
    fixation = {"kind": "onset", "t": zero_of(records) + 12, "planned": 12.0, "trial": 1, "slot": "x"}
    shown = sum(record["kind"] == "onset" and record["trial"] == 1 for record in records)
    records += [fixation | {"scene": "Fixation"}] * (len(onsets) - shown)


def test_a_lost_focus_is_shown_until_it_comes_back() -> None:
    records = until(a_run(), 30)
    lost = {"kind": "focus", "t": zero_of(records) + 30, "has": False}
    assert "LOST THE FOCUS" in live_of([*records, lost]).alerts[0][0]
    assert live_of([*records, lost, lost | {"has": True}]).alerts == ()


def test_warnings_and_decisions_come_with_their_time() -> None:
    records = until(a_run(), 30)
    zero = zero_of(records)
    more = [
        {"kind": "warning", "t": zero + 12.5, "warning": "The port has\ngone."},
        {"kind": "decision", "t": 0.0, "decision": "the saved plan was performed"},
        {
            "kind": "decision",
            "utc": "2024-05-06T09:00:00+00:00",
            "decision": "zero was moved by +0.5 s",
            "by_s": 0.5,
            "reason": "as the log says",
        },
    ]
    notes = live_of([*records, *more]).notes
    assert [(note.kind, note.text) for note in notes] == [
        ("warning", "The port has gone."),
        ("decision", "Decided: the saved plan was performed"),
        ("decision", "Decided: zero was moved by +0.5 s (reason: as the log says)"),
    ]
    assert [note.since_zero_s for note in notes] == [12.5, pytest.approx(-zero), None]


def test_what_the_program_itself_found_in_the_pulses_stands_with_its_command() -> None:
    records = a_run()
    live = live_of([*records, a_train(["Zero is late."], "rezero it")])
    assert (live.sentences, live.command) == (("Zero is late.",), "rezero it")


def test_kinds_of_records_that_are_not_known_are_let_pass() -> None:
    records = a_run()
    assert live_of([*records[:20], {"kind": "weather", "t": 0.0}, *records[20:]]) == live_of(records)


# --- journals that are none --------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["protocol", "planned_run", "site", "virtual", "participant", "attempt", "ticks_per_s"])
def test_a_head_of_another_version_is_refused_with_a_reason(key: str) -> None:
    head = dict(a_run()[0])
    del head[key]
    with pytest.raises(JournalError, match=key):
        watched.Watched(from_facts(head))


def test_a_head_with_another_kind_of_protocol_is_refused() -> None:
    head = a_run()[0]
    for odd in ({"kind": "pulse"}, {"protocol": []}, {"planned_run": {"trials": []}}, {"site": None}):
        with pytest.raises(JournalError, match="not understood"):
            watched.Watched(from_facts(json.loads(json.dumps(head)) | odd))


def test_after_a_run_there_stands_what_its_answers_and_strokes_say(tmp_path: Path) -> None:
    perform_with(Hands([*pulses(3.0, 62), press(5.0, "x")]), tmp_path / "j_journal.jsonl")
    records = facts_in(tmp_path / "j_journal.jsonl")
    live = live_of(records)
    assert live.doubts[0].startswith("NONE of its 12 choices was answered.")
    assert "keyboard:x (1 time)" in live.doubts[1]
    assert live_of(records[:-1]).doubts == ()
    said = [*lines_of(live_of(records[:-1]), live)]
    assert sum("NONE of its 12 choices" in line for line in said) == 1
    drawing = Console(width=100, height=60, file=(text := io.StringIO()))
    drawing.print(drawn(live, 100, 60))
    assert re.search(r"^Answers +NONE of its 12 choices", text.getvalue(), re.MULTILINE)


def test_a_repeat_is_no_last_press() -> None:
    records = until(a_run(), 30)
    t = zero_of(records) + 30
    seen = Watched(records[0])
    seen.take([*records[1:], a_press(t, "left", "f"), a_press(t + 0.1, "left", "f") | {"repeat": True}])
    assert seen.live(t + 1).press_ago_s == pytest.approx(1.0)
