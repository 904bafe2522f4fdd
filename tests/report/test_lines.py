"""Where nothing can be drawn, each change worth knowing is one line, said once."""

import itertools

from task.record.records import Facts
from task.report.lines import lines_of
from tests.report.journals import Watched, a_miss, a_press, a_run, a_train, until, without_pulses, zero_of


def said_of(records: list[Facts], *silences_s: float) -> list[str]:
    """All lines said while the records come one by one, and while then time passes."""
    seen, before, said = Watched(records[0]), None, []
    for record in records[1:]:
        seen.take([record])
        live = seen.live()
        said += lines_of(before, live)
        before = live
    for silence in silences_s:
        live = seen.live(records[-1]["t"] + silence)
        said += lines_of(before, live)
        before = live
    return said


def test_a_calm_run_is_told_by_its_phases_and_trials() -> None:
    said = said_of(a_run())
    assert said[0] == "Participant 01, run 1 of 2, protocol demo, site laptop: REAL SCANNER."
    assert sum("; Pulses: " in line for line in said) == 1 + 12 + 1  # at first, at each trial, at the end
    states = ("PREPARING", "WAITING", "RUNNING", "ALL IS PERFORMED", "COMPLETE")
    assert [sum(f": {state}" in line for line in said) for state in states] == [1] * 5
    assert len(said) == 1 + 14 + 5


def test_trouble_is_said_once_and_not_again_with_other_numbers() -> None:
    records = until(without_pulses(a_run(), 5, 9, 12, *range(21, 63)), 60)
    t = zero_of(records) + 60
    records += [a_press(t, "alarm"), {"kind": "warning", "t": t, "warning": "The port has gone."}]
    said = said_of(records, *(second / 2 for second in range(1, 60)))
    for part in ("missing pulse", "No pulse for", "ALARM", "Warning: The port", "NO SIGN OF LIFE", "NO PULSE WHERE"):
        assert sum(part in line for line in said) == 1, part


def test_what_the_pulses_say_at_the_end_is_said_with_the_command() -> None:
    train = a_train(["Zero is late."], "rezero it")
    said = said_of([*without_pulses(a_run(), 62), train])
    assert any("likely missed" in line for line in said)
    assert said[-2].endswith("Zero is late.")
    assert said[-1] == "To re-zero, with your reason put in: rezero it"


def test_each_further_miss_in_a_row_is_said() -> None:
    records = until(a_run(), 30)
    said = said_of([*records, *[a_miss()] * 4])
    counts = [line.split(": ")[1].split()[0] for line in said if "awake" in line]
    assert [int(after) - int(before) for before, after in itertools.pairwise(counts)] == [1] * (len(counts) - 1)
    assert len(counts) >= 2
