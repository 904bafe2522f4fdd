"""What is drawn fits the terminal, whatever there is to say, and what matters can be read without colours."""

import io
import re
from dataclasses import replace

import pytest
from rich.console import Console, RenderableType

from task.record.records import Facts
from task.report.drawing import drawn, rows_of, waiting
from tests.report.journals import a_miss, a_press, a_pulse, a_run, a_train, live_of, until, without_pulses, zero_of

WARNINGS = [
    "serial: the port /dev/ttyUSB0 has gone. Put the cable in again: it is opened as soon as it is back.",
    "The participant's window does not have the focus: keys may go to another program. Click on the window once.",
    "The disk refuses the journal (no space left on device). The run goes on; what was not written is kept in memory "
    "and tried again. Make room on the disk, or look after the network, before the run ends.",
]


def on_terminal(picture: RenderableType, width: int, height: int, colours: str | None = None) -> str:
    """What a terminal shows, as text."""
    terminal = Console(file=io.StringIO(), width=width, height=height, force_terminal=True, color_system=colours)
    terminal.print(picture)
    return terminal.file.getvalue()


def troubled() -> list[Facts]:
    """Half a run in which all goes wrong at once."""
    records = until(without_pulses(a_run(), 5, 9, 10), 60)
    zero = zero_of(records)
    more: list[Facts] = [a_pulse(zero + 12.3), a_pulse(zero + 9.1), a_press(zero + 40, "alarm")]
    more += [{"kind": "warning", "t": zero + 10 * i, "warning": text} for i, text in enumerate(WARNINGS)]
    more += [{"kind": "focus", "t": zero + 50, "has": False}, {"kind": "dropped", "t": zero + 51, "late_s": 0.025}]
    return [*records, *more, a_miss(), a_miss(), a_miss()]


def test_a_calm_run_fits_and_has_everything() -> None:
    records = until(a_run(), 30)
    text = on_terminal(drawn(live_of(records, zero_of(records) + 31), 80, 24, footer="the last line"), 80, 24)
    lines = text.splitlines()
    assert len(lines) == 24
    assert lines[-1].startswith("the last line")
    said = ["Participant 01, run 1 of 2", "REAL SCANNER", "protocol demo, site laptop", "RUNNING", "3 of 12"]
    said += ["0:31 since zero, 1:33 left of 2:04", "16 of 62 volumes", "last pulse 1.0 s ago", "TR 2.0000 s"]
    said += ["s ago, answered after", "0 dropped", "in this run", "Misses", "On screen"]
    for part in said:
        assert part in text


@pytest.mark.parametrize("after_s", [0.0, 0.4, 10.25, 31.7, 62.5, 123.9, 124.0, 126.2])
@pytest.mark.parametrize("total_s", [124.0, 124.6])
def test_what_has_gone_by_and_what_is_left_add_up_in_every_second(after_s: float, total_s: float) -> None:
    records = until(a_run(), 30)
    live = replace(live_of(records), since_zero_s=after_s, total_s=total_s, left_s=max(total_s - after_s, 0.0))
    text = dict(row[:2] for row in rows_of(live))["Trial"]
    times = [60 * int(m) + int(s) for m, s in re.findall(r"(\d+):(\d\d)", text)]
    if after_s < 125:
        since, left, total = times
        assert since + left == total == 124
    else:
        assert text.endswith("2:06 since zero, all 2:04 are over")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (100, 30), (60, 15), (40, 10), (30, 5), (200, 60)])
@pytest.mark.parametrize("since_s", [0, 75])
def test_a_run_full_of_trouble_fits_any_terminal(size: tuple[int, int], since_s: float) -> None:
    records = troubled()
    live = live_of(records, zero_of(records) + 60 + since_s)
    lines = on_terminal(drawn(live, *size, problem="It cannot be reached.", footer="end"), *size).splitlines()
    assert len(lines) == size[1]
    assert all(len(line) <= size[0] for line in lines)
    assert "ALARM" in "".join(lines[:3])
    assert lines[-1].startswith("end")


def test_at_80_by_24_all_trouble_is_named_without_colours() -> None:
    records = troubled()
    text = on_terminal(drawn(live_of(records, zero_of(records) + 135), 80, 24), 80, 24)
    said = [
        "ALARM pressed by the participant 1:35 ago",
        "NO SIGN OF LIFE for 1:15",
        "LOST THE FOCUS",
    ]
    said += ["3 in a row", "IS THE PARTICIPANT AWAKE?", "1 dropped (late by up to 25 ms)", "missing pulse"]
    said += ["doubled pulse", "stray pulse", "before the run ends."]  # the newest warning to its end
    for part in said:
        assert part in text
    assert "earlier lines in a larger window" in text
    assert "NO PULSE" not in text  # it is the program that is gone, and not the cable


def test_a_larger_terminal_shows_all_of_it() -> None:
    records = troubled()
    text = " ".join(on_terminal(drawn(live_of(records, zero_of(records) + 62), 120, 50), 120, 50).split())
    for part in (*WARNINGS, *live_of(records, zero_of(records) + 62).sentences):
        assert part in text
    assert "larger window" not in text


def test_colours_are_for_what_matters_only() -> None:
    red = "\x1b[1;31m"
    calm = until(a_run(), 30)
    assert red not in on_terminal(drawn(live_of(calm), 80, 24), 80, 24, "standard")
    records = troubled()
    assert red in on_terminal(drawn(live_of(records, zero_of(records) + 135), 80, 24), 80, 24, "standard")


def test_the_command_that_re_zeroes_stays_whole_while_sentences_are_shortened() -> None:
    command = "python run_session.py rezero --participant 01 --run 1 --by=-2.000 --data /data/study --reason '...'"
    sentences = [
        f"{number} things were found in the pulses, and this sentence about them is long. " * 3 for number in range(10)
    ]
    train = a_train(sentences, command)
    warnings = [{"kind": "warning", "t": 0.0, "warning": text} for text in WARNINGS]
    text = " ".join(on_terminal(drawn(live_of([*a_run(), *warnings, train]), 80, 24), 80, 24).split())
    assert command in text
    assert WARNINGS[-1][-60:] in text
    assert "4 things were found" in text


def test_waiting_for_a_run_says_what_for() -> None:
    lines = on_terminal(waiting("Waiting for a run to begin in " + "x" * 100, 80, 24, "end"), 80, 24).splitlines()
    assert len(lines) == 24
    assert lines[0].startswith("Waiting for a run")
    assert lines[-1].startswith("end")
