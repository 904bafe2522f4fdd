"""What is watched beside the run: frames, stalls, the focus, the disks; each told once, and all of it on record."""

from pathlib import Path
from typing import Any

import pytest

from task.devices.clock import RealClock, VirtualClock
from task.record.journal import Journal
from task.record.records import Facts
from task.session.display import VirtualDisplay
from task.session.oversight import Oversight
from tests.factories import a_head, facts_in

FRAME_S = 1 / 60


class Watched:
    """An oversight on real time, over a display and a journal that the test can spoil."""

    def __init__(self, folder: Path) -> None:
        self.display = VirtualDisplay(VirtualClock(), 60.0, [])
        self.journal = Journal(folder / "j.jsonl", durable=False)
        self.journal.write(a_head())
        self.warned: list[str] = []
        self.told: list[str] = []
        self.oversight = Oversight(self.display, self.journal, RealClock(), self.warned.append, self.told.append)

    def records(self) -> list[Facts]:
        self.journal.close()
        return facts_in(self.journal.path)[1:]


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    return Watched(tmp_path)


def test_frames_that_follow_each_other_are_no_stall(watched: Watched) -> None:
    for frames in (1, 2, 3):
        watched.oversight.after_flip(10.0, 10.0 + frames * FRAME_S)
    assert watched.oversight.dropped == 0
    assert watched.records() == []


def test_a_stall_that_the_display_did_not_see_is_a_dropped_frame(watched: Watched) -> None:
    watched.oversight.after_flip(10.0, 12.0)
    assert watched.oversight.dropped == 1
    (record,) = watched.records()
    assert (record["kind"], record["t"]) == ("dropped", 12.0)
    assert record["late_s"] == pytest.approx(2.0 - FRAME_S)


def test_a_late_frame_that_the_display_saw_counts_once(watched: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watched.display, "take_dropped", lambda: [(12.0, 1.9)])
    watched.oversight.after_flip(10.0, 12.0)
    assert watched.oversight.dropped == 1
    assert [record["late_s"] for record in watched.records()] == [1.9]


def test_a_stall_of_which_the_display_saw_only_the_end_counts_whole(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watched.display, "take_dropped", lambda: [(12.0, FRAME_S)])
    watched.oversight.after_flip(10.0, 12.0)
    assert [record["late_s"] for record in watched.records()] == [FRAME_S, pytest.approx(2.0 - FRAME_S)]


def test_a_late_onset_whose_flip_was_noted_is_not_noted_again(watched: Watched) -> None:
    watched.oversight.after_flip(10.0, 12.0)
    watched.oversight.after_onset(12.0, 1.9, dropped_before=0)
    watched.oversight.after_onset(14.0, FRAME_S / 2, dropped_before=1)
    watched.oversight.after_onset(16.0, 0.5, dropped_before=1)
    assert watched.oversight.dropped == 2
    (warning,) = watched.warned
    assert "An onset came 1900 ms late" in warning


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"copy_problem": OSError(30, "Read-only file system")}, ["takes no copy of the journal"]),
        ({"problem": OSError(28, "No space left")}, ["The disk refuses the journal"]),
        ({"behind_s": 1.2}, ["The disk is slow: it has taken nothing for 1.2 s"]),
        ({"problem": OSError(28, "No space left"), "behind_s": 9.0}, ["The disk refuses the journal"]),
        ({"behind_s": 0.9}, []),
    ],
)
def test_what_a_disk_does_is_told_once(
    watched: Watched, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any], said: list[str]
) -> None:
    for name, value in facts.items():
        monkeypatch.setattr(Journal, name, value)
    for _ in range(3):
        watched.oversight.look_at_disks()
    assert len(watched.warned) == len(said)
    assert all(part in warning for part, warning in zip(said, watched.warned, strict=True))
