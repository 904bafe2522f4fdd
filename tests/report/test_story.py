"""The story of a run, told from its journal alone, with what is not real and what went wrong in plain sight."""

import copy
import re
from pathlib import Path
from typing import Any

import pytest

from task.record.correction import move_zero
from task.record.journal import JournalError
from task.record.layout import Dataset
from task.record.records import Facts
from task.report.story import WIDTH, story_of
from tests.export.conftest import abort_at, perform
from tests.factories import Hands, a_protocol, as_records, facts_in, perform_with, press, pulses

Records = list[Facts]


@pytest.fixture(scope="module")
def _performed(tmp_path_factory: pytest.TempPathFactory) -> Records:
    return facts_in(perform(Dataset(tmp_path_factory.mktemp("run")), a_protocol(), typed=[(20.0, "q")]))


@pytest.fixture
def records(_performed: Records) -> Records:
    return copy.deepcopy(_performed)


def told(records: Records, **how: Any) -> str:
    return "\n".join(story_of(as_records(records), **how))


def entry(story: str, label: str) -> str:
    """What the story says behind a label, on one line."""
    found = re.search(rf"^{label} +(.*(?:\n {{13}}.*)*)", story, re.MULTILINE)
    assert found, story
    return " ".join(found[1].split())


def section(story: str, title: str) -> list[str]:
    found = re.search(rf"^{title} \(seconds .*\)\n((?:.+\n?)*)", story, re.MULTILINE)
    return found[1].splitlines() if found else []


def of(records: Records, kind: str) -> Records:
    return [record for record in records if record["kind"] == kind]


def test_it_says_who_and_which_run_and_what_is_not_real(records: Records) -> None:
    story = told(records)
    assert story.startswith("Participant 01, run 1 of 2, attempt 1, plan version 1 ")
    assert story.splitlines()[0].endswith("SIMULATED")
    assert "Nothing here is real: time was virtual" in story
    assert "The choices are not real: the simulated participant played (w 0.5, beta 3.0" in story


@pytest.mark.parametrize(
    ("emulated", "source", "warns"), [(True, "EMULATED SCANNER", True), (False, "REAL SCANNER", False)]
)
def test_a_real_run_looks_unlike_an_emulated_one(records: Records, emulated: bool, source: str, warns: bool) -> None:
    records[0] |= {"virtual": False, "emulated": emulated, "simulated_participant": None}
    story = told(records)
    assert story.splitlines()[0].endswith(source)
    assert ("The pulses are not real" in story) is warns
    assert "Nothing here is real" not in story


def test_it_says_with_what_the_run_was_performed(records: Records) -> None:
    records[0] |= {"git": {"commit": "abc123", "changed": ""}}
    story, head = told(records), records[0]
    assert entry(story, "Protocol").startswith("demo: The task in two minutes.")
    assert entry(story, "Site").startswith("laptop: ")
    assert entry(story, "Plan") == f"seed 1, order index 7, avatars neutral digest {head['plan_digest']}"
    assert entry(story, "Program") == "git commit abc123, clean"
    assert f"python {head['versions']['python']}" in entry(story, "Versions")
    assert head["machine"]["release"] in entry(story, "Machine")
    assert entry(story, "Window") == "paced by virtual time, refresh hz 60.0"
    assert "D1 high_value_low_outcome, explicit (neutral/" in entry(story, "Deciders")


@pytest.mark.parametrize(
    ("git", "said"),
    [
        (
            {"commit": "abc", "changed": "M task/a.py\n M task/b.py"},
            "abc, CHANGED since changed: M task/a.py, M task/b",
        ),
        ({"commit": None, "changed": None}, "git commit not known, whether it was changed is not known"),
    ],
)
def test_it_says_whether_the_program_was_as_committed(records: Records, git: dict[str, Any], said: str) -> None:
    records[0] |= {"git": git}
    assert said in entry(told(records), "Program")


def test_each_trial_has_a_line_with_all_that_came_of_it(records: Records) -> None:
    lines = section(told(records), "Trials")[1:-1]
    assert len(lines) == 12
    zero = of(records, "zero")[0]["t"]
    feedback = {r["trial"]: r for r in of(records, "feedback")}
    shares = {r["trial"]: r for r in of(records, "share")}
    shown = [r for r in of(records, "onset") if r["scene"] == "Choice"]
    for line, onset, choice in zip(lines, shown, of(records, "choice"), strict=True):
        assert line.split()[:2] == [f"{onset['t'] - zero:.3f}", str(choice["trial"])]
        if choice["side"] is None:
            assert line.endswith("missed")
            continue
        assert f"{choice['side']}: {choice['decider']} " in line
        assert f" {choice['response_time']:.3f} s" in line
        card = feedback[choice["trial"]]
        rank, spots = line.split(" s  ")[1].split()[:2]
        assert (rank.strip("()"), spots) == (str(card["rank"]), str(card["spots"]))
        assert f" {spots}  {'match' if card['match'] else 'no match'}" in line
        assert (f"{shares[choice['trial']]['share']} " in line) if choice["trial"] in shares else line.endswith("match")


def test_a_hidden_rank_is_said_to_have_been_hidden(records: Records) -> None:
    trials = {trial["trial"]: trial["kind"] for trial in records[0]["planned_run"]["trials"]}
    *lines, note = section(told(records), "Trials")[1:]
    assert note.strip() == "A rank in brackets was not shown."
    dealt = [line for line in lines if "match" in line]
    assert len(dealt) > 5
    for line in dealt:
        assert bool(re.search(r"\(\d\)", line)) is (trials[int(line.split()[1])] == "hidden")


def test_what_went_wrong_stands_there_with_its_time_since_zero(records: Records) -> None:
    zero = of(records, "zero")[0]["t"]
    records += [
        {"n": 0, "kind": "warning", "t": zero + 7.5, "warning": "box: the port is gone"},
        {"n": 0, "kind": "warning", "t": zero - 1.25, "warning": "too early"},
        {"n": 0, "kind": "dropped", "t": zero + 9.0, "late_s": 0.0174},
        {"n": 0, "kind": "focus", "t": zero + 10.0, "has": False},
        {"n": 0, "kind": "focus", "t": zero + 12.0, "has": True},
        {"n": 0, "kind": "decision", "t": zero - 2.0, "decision": "the saved plan was performed"},
    ]
    story = told(records)
    assert section(story, "Warnings")[-2:] == ["     7.500  box: the port is gone", "    -1.250  too early"]
    assert section(story, "Frames that came late") == ["     9.000  late by 17.4 ms"]
    assert [line.split()[0] for line in section(story, "Focus of the participant's window")] == ["10.000", "12.000"]
    assert section(story, "Decisions of the operator") == ["    -2.000  the saved plan was performed"]


def test_presses_that_answered_nothing_are_listed_and_those_that_did_are_not(records: Records) -> None:
    zero = of(records, "zero")[0]["t"]
    idle = section(told(records), "Presses that answered nothing")
    assert f"{20.0 - zero:10.3f}  keyboard q, which means nothing here" in idle
    answered = sum(r["side"] is not None for r in (*of(records, "choice"), *of(records, "share")))
    assert len(idle) == len(of(records, "press")) - answered


def test_zero_by_hand_and_a_zero_that_was_moved_are_in_plain_sight(tmp_path: Path) -> None:
    journal = perform(Dataset(tmp_path), a_protocol(), scanner_starts_after_s=30, typed=[(2.0, "space")])
    before = section(told(facts_in(journal)), "Trials")[1]
    move_zero(journal, -1.5, "the scanner had begun")
    story = told(facts_in(journal))
    assert "by the manual start: NOT TIED TO A PULSE" in entry(story, "Zero")
    assert entry(story, "Zero moved") == "by -1.5000 s after the run: the scanner had begun"
    assert float(section(story, "Trials")[1].split()[0]) == pytest.approx(float(before.split()[0]) + 1.5, abs=1e-3)
    decision = " ".join(" ".join(section(story, "Decisions of the operator")).split())
    assert decision.startswith("after run zero was moved by -1.5000 s (reason: the scanner had begun)")


def test_what_the_pulses_say_and_the_command_that_puts_zero_right_are_given(records: Records) -> None:
    of(records, "train")[0] |= {"sentences": ["The train ends one pulse short."], "command": "python rezero --by=-2"}
    story = told(records)
    assert "62 came, measured TR 2.0000 s" in entry(story, "Pulses")
    assert "62 of 62 volumes seen. The train ends one pulse short." in entry(story, "Pulses")
    assert entry(story, "To re-zero") == "python rezero --by=-2"


def test_how_it_ended_is_said_in_words(records: Records, tmp_path: Path) -> None:
    end = of(records, "end")[0]
    assert entry(told(records), "End") == f"complete, {end['t'] - of(records, 'zero')[0]['t']:.3f} s after zero"
    aborted = facts_in(perform(Dataset(tmp_path), a_protocol(), typed=abort_at(40.0)))
    assert entry(told(aborted), "End").startswith("aborted by the operator, 37.")
    end |= {"cause": "error", "error": "OSError: the box is gone", "traceback": "Traceback ...\n  File x"}
    assert entry(told(records), "End").startswith("error: OSError: the box is gone, ")
    assert "Traceback" not in told(records)
    assert "Traceback" in told(records, full=True)


def test_a_journal_that_was_cut_off_says_so_wherever_it_was_cut(records: Records) -> None:
    for count in range(1, of(records, "end")[0]["n"], 5):
        story = told(records[:count])
        assert "CUT OFF" in entry(story, "End")
    assert "never came" in entry(told(records[:4]), "Zero")


def test_a_journal_of_which_not_all_could_be_read_says_so(records: Records) -> None:
    assert entry(told(records[:100], damage="line 101 is damaged"), "DAMAGED") == "line 101 is damaged"


def test_times_without_a_zero_are_those_of_the_clock(tmp_path: Path) -> None:
    records = facts_in(
        perform(Dataset(tmp_path), a_protocol(), scanner_starts_after_s=30, typed=[(1.0, "q"), *abort_at(2.0)])
    )
    story = told(records)
    assert "aborted by the operator, at 2.3" in entry(story, "End")
    assert "(seconds on the clock, as there was no zero)" in story
    assert "     1.000  keyboard q" in story


def test_everything_is_shown_in_full_if_asked_for(records: Records) -> None:
    zero = of(records, "zero")[0]["t"]
    records += [
        {"n": 0, "kind": "press", "t": zero + i, "device": "box", "code": f"b{i}", "meaning": None} for i in range(50)
    ]
    short, full = told(records), told(records, full=True)
    assert "more: --full" in short
    assert "box b49" not in short
    assert "box b49" in full
    assert '"most_of_a_kind_in_a_row"' in full
    assert '"abort_within_s"' in full
    assert '"abort_within_s"' not in short
    assert "Whole text of the wording" in full


def test_lines_are_no_wider_than_a_terminal(records: Records) -> None:
    records += [{"n": 0, "kind": "warning", "t": 9.0, "warning": "many words " * 40}]
    records[0]["site"]["description"] = "long " * 60
    for trial in records[0]["planned_run"]["trials"]:
        trial |= {"left": "D10", "right": "D11"}
    assert max(map(len, story_of(as_records(records)))) <= WIDTH <= 100


def test_nothing_in_a_journal_can_give_orders_to_the_terminal(records: Records) -> None:
    evil = "\x1b[2J\x1b]0;title\x07\rname"
    records[0] |= {"participant": evil, "versions": {evil: evil}, "git": {"commit": evil, "changed": evil}}
    records[0]["protocol"]["description"] = evil
    records[0]["planned_run"]["trials"][0]["left"] = evil
    records += [
        {"n": 0, "kind": "warning", "t": 9.0, "warning": evil},
        {"n": 0, "kind": "press", "t": 9.0, "device": evil, "code": evil, "meaning": None},
    ]
    of(records, "end")[0] |= {"cause": evil, "error": evil, "traceback": evil}
    story = told(records, full=True)
    assert not set(story) & {"\x1b", "\x07", "\r"}
    assert "?[2J?]0;title?" in story


@pytest.mark.parametrize("spoil", [{"protocol": {}}, {"planned_run": {}}, {"git": {}}, {"deciders": [{}]}])
def test_a_head_of_another_program_is_refused_in_words(records: Records, spoil: dict[str, Any]) -> None:
    records[0] |= spoil
    with pytest.raises(JournalError, match=r"j\.jsonl: a record of this journal lacks what it should hold"):
        story_of(as_records(records), name="j.jsonl")


def test_what_answers_and_strokes_say_is_told_and_repeats_only_in_full(tmp_path: Path) -> None:
    strokes = [press(5.0, "x"), *(press(20.0 + i / 60, "f") for i in range(120))]
    perform_with(Hands([*pulses(3.0, 62), *strokes]), tmp_path / "j_journal.jsonl")
    journal = facts_in(tmp_path / "j_journal.jsonl")
    answers = entry(told(journal), "Answers")
    assert answers.startswith("12 choices, ")
    assert "Strokes came that mean nothing at this site: keyboard:x (1 time)." in answers
    assert "keyboard:f (left) was sent" in answers
    assert not any("once more" in line for line in section(told(journal), "Presses that answered nothing"))
    in_full = section(told(journal, full=True), "Presses that answered nothing")
    assert sum("left (keyboard f), the same press once more" in line for line in in_full) == 119
