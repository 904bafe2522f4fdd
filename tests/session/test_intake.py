"""The intake: every stroke on record, in order, as what it is; and given on only if it counts."""

import itertools
import math
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from task.config.site import Strokes
from task.devices.strokes import Notice, Stroke
from task.record.journal import Journal
from task.record.kinds.marks import Ready
from task.record.records import Facts
from task.record.strokes import Recorded, strokes_of
from task.session.intake import Intake
from tests.factories import Hands, a_head, as_records, facts_in

STROKES = Strokes(
    pulse=("scanner:t",),
    manual_start=("keys:space",),
    left=("box:1",),
    right=("box:2",),
    abort=("keys:escape",),
    alarm=("ball:a",),
)
FRAME_S = 1 / 60


class Desk:
    """An intake with its journal, and devices whose strokes the test decides."""

    def __init__(self, folder: Path, *devices: Hands, strokes: Strokes = STROKES) -> None:
        self.devices = devices or (Hands(),)
        self.journal = Journal(folder / "j_journal.jsonl", durable=False)
        self.journal.write(a_head())
        self.warned: list[tuple[str, float | None]] = []
        self.intake = Intake(
            self.devices, strokes, self.journal.write, lambda warning, at=None: self.warned.append((warning, at))
        )
        self.intake.ready = 0.0
        self.now = -1.0

    def send(self, *strokes: Stroke) -> None:
        self.devices[0].coming = sorted([*self.devices[0].coming, *strokes])

    def take(self, until: float) -> list[tuple[float, str]]:
        """Take frame after frame; what was given on, by its time."""
        given = []
        while self.now < until:
            self.now = min(self.now + FRAME_S, until)
            given += [(stroke.time, meaning) for stroke, meaning in self.intake.take(self.now)]
        return given

    def records(self) -> list[Facts]:
        self.journal.close()
        return facts_in(self.journal.path)[1:]

    def recorded(self) -> list[Recorded]:
        return list(strokes_of([Ready(t=self.intake.ready), *as_records(self.records())]))


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.journal.close()


def left(*times: float) -> list[Stroke]:
    return [Stroke(time, "1", "box") for time in times]


def escape(*times: float) -> list[Stroke]:
    return [Stroke(time, "escape", "keys") for time in times]


def held(stroke: Stroke, for_s: float, per_s: float, pause_s: float = 0.0) -> list[Stroke]:
    """What a box sends for a stroke: at once, and again and again as long as it is held, maybe after a pause."""
    first = stroke.time + (pause_s or 1 / per_s)
    again = itertools.takewhile(lambda t: t <= stroke.time + for_s, (first + i / per_s for i in range(100_000)))
    return [stroke, *(stroke._replace(time=time) for time in again)]


# --- order, meaning, record ------------------------------------------------------------------------------------------


def test_strokes_of_several_devices_are_journalled_and_given_in_the_order_of_their_stamps(tmp_path: Path) -> None:
    one = Hands([Stroke(1.001, "1", "box"), Stroke(1.004, "t", "scanner")])
    other = Hands([Stroke(1.000, "space", "keys"), Stroke(1.003, "2", "box")])
    desk = Desk(tmp_path, one, other)
    assert desk.take(1.01) == [(1.0, "manual_start"), (1.001, "left"), (1.003, "right"), (1.004, "pulse")]
    assert [stroke.time for stroke in desk.recorded()] == [1.0, 1.001, 1.003, 1.004]


def test_a_stroke_without_a_meaning_is_on_record_and_given_to_nobody(desk: Desk) -> None:
    desk.send(Stroke(1.0, "x", "box"), Stroke(1.0, "1", "keys"))  # the code of one device says nothing of another
    assert desk.take(2.0) == []
    assert desk.recorded() == [Recorded(1.0, "keys", "1", None, False), Recorded(1.0, "box", "x", None, False)]


def test_what_came_before_the_run_was_ready_is_on_record_and_counts_for_nothing(desk: Desk) -> None:
    desk.intake.ready = 5.0
    desk.send(*left(4.999), *escape(3.0, 4.0), Stroke(4.5, "t", "scanner"), Stroke(5.0, "2", "box"))
    assert desk.take(6.0) == [(5.0, "right")]
    assert not desk.intake.is_aborted
    assert (desk.intake.pulses, desk.intake.early_pulses) == ([], [4.5])
    assert [stroke.before_ready for stroke in desk.recorded()] == [True] * 4 + [False]


def test_pulses_are_numbered_from_the_first_that_counts(desk: Desk) -> None:
    desk.intake.ready = 2.0
    desk.send(*(Stroke(float(second), "t", "scanner") for second in range(1, 5)))
    assert desk.take(5.0) == [(2.0, "pulse"), (3.0, "pulse"), (4.0, "pulse")]
    assert (desk.intake.early_pulses, desk.intake.pulses) == ([1.0], [2.0, 3.0, 4.0])
    assert [(r["t"], r.get("pulse")) for r in desk.records()] == [(1.0, None), (2.0, 1), (3.0, 2), (4.0, 3)]


def test_pulses_before_the_run_is_ready_are_warned_of_once(desk: Desk) -> None:
    desk.intake.ready = math.inf
    desk.send(*left(0.5), *(Stroke(float(second), "t", "scanner") for second in range(1, 5)))
    desk.take(5.0)
    ((warning, at),) = desk.warned
    assert "the scanner is running already" in warning
    assert at == 1.0


def test_a_pulse_that_counts_is_warned_of_by_nobody(desk: Desk) -> None:
    desk.send(Stroke(1.0, "t", "scanner"))
    desk.take(2.0)
    assert desk.warned == []


def test_what_a_device_notices_is_a_warning_at_its_time(desk: Desk) -> None:
    desk.devices[0].noticed.append(Notice(0.7, "box", "gone"))
    desk.take(1.0)
    assert desk.warned == [("box: gone", 0.7)]


def test_what_has_been_taken_is_not_given_again(desk: Desk) -> None:
    desk.send(*left(1.0))
    assert desk.take(1.5) == [(1.0, "left")]
    assert desk.take(3.0) == []
    assert len(desk.recorded()) == 1


# --- ending a run ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("times", "is_aborted"),
    [
        ([1.0], False),
        ([1.0, 2.0], True),  # just within a second
        ([1.0, 2.001], False),
        ([1.0, 2.5, 3.0], True),
        ([1.0, 2.5, 4.0, 5.5], False),
        ([1.0, 1.15], True),
    ],
)
def test_two_abort_presses_within_a_second_end_the_run(desk: Desk, times: list[float], is_aborted: bool) -> None:
    desk.send(*escape(*times))
    desk.take(8.0)
    assert desk.intake.is_aborted == is_aborted


@pytest.mark.parametrize(
    ("times", "is_aborted"), [([1.0, 1.4], False), ([1.0, 1.4, 1.8], True), ([1.0, 1.4, 2.1], False)]
)
def test_a_site_says_how_many_abort_presses_it_takes(tmp_path: Path, times: list[float], is_aborted: bool) -> None:
    desk = Desk(tmp_path, strokes=STROKES.model_copy(update={"abort_presses": 3}))
    desk.send(*escape(*times))
    desk.take(4.0)
    desk.journal.close()
    assert desk.intake.is_aborted == is_aborted


@pytest.mark.parametrize(("per_s", "pause_s"), [(10, 0.0), (30, 0.0), (60, 0.0), (120, 0.0), (30, 0.25), (30, 0.5)])
def test_an_abort_key_that_is_held_is_one_press_and_ends_nothing(desk: Desk, per_s: float, pause_s: float) -> None:
    (key,) = escape(1.0)
    desk.send(*held(key, 5.0, per_s, pause_s))
    desk.take(7.0)
    assert not desk.intake.is_aborted
    desk.send(*held(key._replace(time=8.0), 0.1, per_s, pause_s), *held(key._replace(time=8.6), 3.0, per_s, pause_s))
    desk.take(9.0)
    assert desk.intake.is_aborted


# --- the alarm -------------------------------------------------------------------------------------------------------


def test_an_alarm_is_told_at_its_time_also_before_the_run_is_ready(desk: Desk) -> None:
    desk.intake.ready = 100.0
    desk.send(Stroke(1.0, "a", "ball"))
    assert desk.take(2.0) == []
    ((warning, at),) = desk.warned
    assert warning.startswith("ALARM")
    assert at == 1.0


def test_an_alarm_is_told_again_only_after_five_seconds_of_silence(desk: Desk) -> None:
    squeezed = [1.0, 3.0, 5.9, 10.8, 15.8, 30.0]
    desk.send(*(Stroke(time, "a", "ball") for time in squeezed))
    desk.take(40.0)
    assert [at for _, at in desk.warned] == [1.0, 15.8, 30.0]


def test_a_ball_that_stays_squeezed_is_told_once(desk: Desk) -> None:
    desk.send(*held(Stroke(1.0, "a", "ball"), 12.0, 60))
    desk.take(15.0)
    assert [at for _, at in desk.warned] == [1.0]


# --- repeats ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("per_s", "pause_s"), [(10, 0.0), (60, 0.0), (120, 0.0), (30, 0.25), (30, 0.5), (25, 0.66)])
def test_a_button_that_is_held_is_given_once_and_its_repeats_are_on_record_as_such(
    desk: Desk, per_s: float, pause_s: float
) -> None:
    strokes = held(left(1.0)[0], 6.0, per_s, pause_s)
    desk.send(*strokes)
    assert desk.take(8.0) == [(1.0, "left")]
    recorded = desk.recorded()
    assert [stroke.time for stroke in recorded] == [stroke.time for stroke in strokes]
    assert [stroke.repeat for stroke in recorded] == [False] + [True] * (len(strokes) - 1)
    assert all(stroke.meaning == "left" for stroke in recorded)


def test_a_button_that_was_held_before_the_run_was_ready_is_not_pressed_when_it_is(desk: Desk) -> None:
    desk.intake.ready = 3.0
    desk.send(*held(Stroke(1.0, "space", "keys"), 6.0, 60))
    assert desk.take(8.0) == []


def test_what_may_be_a_second_press_waits_a_moment_and_keeps_its_time_and_its_place(desk: Desk) -> None:
    desk.send(*left(1.0, 1.5), Stroke(1.51, "2", "box"))
    assert desk.take(1.56) == [(1.0, "left")]
    assert desk.intake.is_behind and desk.intake.tells_at == pytest.approx(1.57)
    assert desk.take(1.6) == [(1.5, "left"), (1.51, "right")]
    assert not desk.intake.is_behind and desk.intake.tells_at == math.inf
    assert [stroke.time for stroke in desk.recorded()] == [1.0, 1.5, 1.51]


def test_a_pulse_waits_for_no_press(desk: Desk) -> None:
    desk.send(*left(1.0, 1.5), Stroke(1.51, "t", "scanner"))
    desk.take(1.5)
    assert desk.take(1.53) == [(1.51, "pulse")]
    assert desk.take(2.0) == [(1.5, "left")]


def test_pulses_that_come_twice_are_two(desk: Desk) -> None:
    desk.send(*(Stroke(time, "t", "scanner") for time in (1.0, 1.01, 1.02)))
    assert len(desk.take(2.0)) == 3
    assert not any(stroke.repeat for stroke in desk.recorded())


def test_what_still_waits_when_all_is_over_is_on_record(desk: Desk) -> None:
    desk.send(*left(1.0, 1.5), *noise(900), Stroke(1.55, "2", "box"))
    desk.take(1.0)
    list(desk.intake.take(1.56))
    desk.intake.finish()
    assert len(desk.recorded()) == 903


# --- floods ----------------------------------------------------------------------------------------------------------


def noise(count: int, codes: int = 256) -> Iterable[Stroke]:
    return (Stroke(1 + i * 1e-5, f"0x{i % codes:02x}", "port") for i in range(count))


@pytest.mark.parametrize(("count", "kinds"), [(30, ["press"] * 30), (31, ["strokes"])])
def test_a_handful_of_strokes_have_a_record_each_and_a_flood_shares_one(
    desk: Desk, count: int, kinds: list[str]
) -> None:
    desk.send(*noise(count))
    assert list(desk.intake.take(2.0)) == []
    assert [record["kind"] for record in desk.records()] == kinds


def test_a_flood_s_record_bears_its_first_time_and_loses_nothing(desk: Desk) -> None:
    strokes = [*noise(30), *left(1.0001, 1.0002), Stroke(1.00015, "t", "scanner")]
    desk.send(*strokes)
    given = [(stroke.time, meaning) for stroke, meaning in desk.intake.take(2.0)]
    assert given == [(1.0001, "left"), (1.00015, "pulse")]
    assert desk.intake.pulses == [1.00015]
    (record,) = desk.records()
    assert record["t"] == 1.0
    recorded = desk.recorded()
    assert [(s.time, s.code, s.device) for s in recorded] == sorted((s.time, s.code, s.device) for s in strokes)
    assert [stroke.time for stroke in recorded if stroke.repeat] == [1.0002]
    assert {stroke.meaning for stroke in recorded} == {None, "left", "pulse"}


def test_of_a_flood_so_much_is_taken_at_a_time_and_the_rest_the_next_time(desk: Desk) -> None:
    desk.send(*noise(900, codes=900), *left(1.5))
    for until, is_behind, meanings in ((2.0, True, []), (2.1, True, []), (2.2, False, ["left"])):
        assert [meaning for _, meaning in desk.intake.take(until)] == meanings
        assert desk.intake.is_behind == is_behind
    assert [len(record["strokes"]) for record in desk.records()] == [400, 400, 101]


def test_what_was_typed_before_the_run_was_ready_is_early_also_in_a_flood(desk: Desk) -> None:
    desk.intake.ready = 1.0001
    desk.send(*noise(31))
    assert list(desk.intake.take(2.0)) == []
    assert sum(stroke.before_ready for stroke in desk.recorded()) == 10
