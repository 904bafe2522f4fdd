"""The conductor on virtual time: every onset at its time, every press judged by its stamp, every end recorded."""

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from task.config.site import Site
from task.devices.clock import VirtualClock
from task.devices.strokes import Notice, Stroke
from task.plan.cues import cues_of
from task.record.history import attempts_of
from task.record.journal import Journal
from task.record.layout import Dataset, Person
from task.record.repeats import TELLS_S
from task.record.strokes import pulse_times, strokes_of
from task.scene.base import Scene
from task.scene.choice import Choice
from task.scene.feedback import Feedback, TooSlow
from task.scene.fixation import Fixation
from task.scene.messages import EndOfRun, Paused, Waiting
from task.scene.share import Share
from task.session.display import VirtualDisplay
from task.visit.minds import SimulatedMindSettings, simulated_mind
from task.visit.perform import perform_run
from tests.factories import (
    FRAME_S,
    Hands,
    Performed,
    a_plan,
    a_protocol,
    a_site,
    as_records,
    facts_in,
    perform_with,
    press,
    pulses,
    simulate_session,
)

FIRST_PULSE_S = 3.0049


def answering(side: str = "f", after_s: float = 0.5):
    """Hands that press a key some time after each question is shown."""

    def at_scene(scene: Scene, at: float, closes: float | None) -> Iterable[Stroke]:
        return [press(at + after_s, side)] if closes is not None else []

    return at_scene


def test_every_onset_is_shown_at_the_flip_nearest_to_its_plan(tmp_path: Path) -> None:
    plan = a_plan()
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j", plan)
    (zero,) = run.of("zero")
    assert zero["t"] == FIRST_PULSE_S
    onsets = run.of("onset")
    cues = cues_of(plan, plan.run(1, 1))
    assert [(onset["slot"], onset["planned"]) for onset in onsets] == [(c.name, plan.seconds(c.tick)) for c in cues]
    for onset in onsets[1:]:  # the first is at zero itself, which nobody can foresee
        assert abs(onset["t"] - zero["t"] - onset["planned"]) <= FRAME_S / 2 + 1e-9
        assert onset["t"] / FRAME_S == pytest.approx(round(onset["t"] / FRAME_S), abs=1e-6)


def test_a_run_lasts_as_planned_and_ends_complete(tmp_path: Path) -> None:
    plan = a_plan()
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j", plan)
    (end,) = run.of("end")
    assert run.cause == end["cause"] == "complete"
    assert run.records[-1] == end
    assert plan.seconds(plan.run(1, 1).length) == 123.6
    assert end["t"] - FIRST_PULSE_S == pytest.approx(122.0 + 2.5 * 2.0, abs=2 * FRAME_S)  # silence after the last pulse
    assert len(run.of("pulse")) == 62
    assert [record["n"] for record in run.records] == list(range(len(run.records)))


def test_answers_are_timed_from_the_actual_flip_and_followed_by_their_feedback(tmp_path: Path) -> None:
    plan = a_plan()
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering("j", 0.7)), tmp_path / "j", plan)
    choices = run.of("choice")
    assert len(choices) == 12
    assert all(c["side"] == "right" and c["response_time"] == pytest.approx(0.7) for c in choices)
    assert [c["decider"] for c in choices] == [t.right for t in plan.run(1, 1).trials]
    shown = {o["trial"]: o for o in run.of("onset") if o["slot"] == "feedback"}
    for feedback in run.of("feedback"):
        (onset,) = as_records([shown[feedback["trial"]]])
        explicit = plan.decider(feedback["decider"]).kind == "explicit"
        assert onset.scene == Feedback(
            plan.decider(feedback["decider"]).avatar,
            feedback["spots"],
            feedback["rank"] <= feedback["spots"],
            feedback["rank"] if explicit else None,
        )


def test_the_share_follows_a_match_and_only_a_match(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    matched = {f["trial"] for f in run.of("feedback") if f["match"]}
    assert {o["trial"] for o in run.of("onset") if o["scene"] == "Share"} == matched
    assert {s["trial"] for s in run.of("share")} == matched
    plan = a_plan()
    keeps = {t.trial: t.keep_side == "left" for t in plan.run(1, 1).trials}
    assert all(s["share"] == ("keep" if keeps[s["trial"]] else "split") for s in run.of("share"))
    assert run.of("end")[0]["points"] == sum(30 if keeps[s["trial"]] else 15 for s in run.of("share"))


def test_whoever_never_presses_misses_every_choice_and_is_told_so(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "j")
    assert run.cause == "complete"
    assert [c["side"] for c in run.of("choice")] == [None] * 12
    assert run.of("feedback") == run.of("share") == []
    assert sum(isinstance(scene, TooSlow) for scene, _ in run.hands.seen) == 12


def test_no_press_at_the_share_counts_as_keep(tmp_path: Path) -> None:
    def only_choices(scene: Scene, at: float, closes: float | None) -> Iterable[Stroke]:
        return [press(at + 0.5, "f")] if isinstance(scene, Choice) else []

    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), only_choices), tmp_path / "j")
    shares = run.of("share")
    assert shares
    assert all(s["side"] is None and s["share"] == "keep" and s["points"] == 30 for s in shares)


@pytest.mark.parametrize(
    ("strokes", "side"),
    [
        ([(-0.03, "f")], None),  # before the scene was on the screen
        ([(2.8 + 0.02, "f")], None),  # after the window
        ([(-0.03, "f"), (0.4, "j")], "right"),  # an early press does not use up the answer
        ([(0.4, "j"), (0.45, "f")], "right"),  # the first valid press wins
        ([(0.4, "x"), (0.5, "f")], "left"),  # a key without a meaning is no answer
        ([(0.0, "f")], "left"),  # at the flip itself
    ],
)
def test_a_press_counts_by_its_stamp(tmp_path: Path, strokes: list[tuple[float, str]], side: str | None) -> None:
    def first_choice_only(scene: Scene, at: float, closes: float | None) -> Iterable[Stroke]:
        is_first = isinstance(scene, Choice) and sum(isinstance(s, Choice) for s, _ in hands.seen) == 1
        return [press(at + after, key) for after, key in strokes] if is_first else []

    hands = Hands(pulses(FIRST_PULSE_S, 62), first_choice_only)
    run = perform_with(hands, tmp_path / "j")
    assert run.of("choice")[0]["side"] == side
    assert len(run.of("press")) == len(strokes)


@pytest.fixture
def every_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """A virtual display that skips no frame, as a real one that draws each."""

    def flip(self: VirtualDisplay, due: float) -> float:
        self._frame += 1
        self._clock.set(self._frame * self.frame_s)
        return self._clock.now()

    monkeypatch.setattr(VirtualDisplay, "flip", flip)


@pytest.mark.usefixtures("every_frame")
def test_onsets_are_nearest_to_their_plan_on_a_display_that_skips_no_frame(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    errors = [onset["t"] - FIRST_PULSE_S - onset["planned"] for onset in run.of("onset")[1:]]
    assert len(errors) > 70
    assert max(abs(error) for error in errors) <= FRAME_S / 2 + 1e-9


@pytest.mark.usefixtures("every_frame")
def test_a_press_at_the_last_moment_that_is_read_late_still_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def at_the_end(scene: Scene, at: float, closes: float | None) -> Iterable[Stroke]:
        return [press(closes - 0.001, "f")] if closes is not None else []

    shown: list[Scene] = []
    monkeypatch.setattr(VirtualDisplay, "show", lambda self, scene, **how: shown.append(scene))
    hands = Hands(pulses(FIRST_PULSE_S, 62), at_the_end, delay_s=0.05)
    run = perform_with(hands, tmp_path / "j")
    assert [c["side"] for c in run.of("choice")] == ["left"] * 12
    # by then the fixation is on the screen, and stays: nothing jumps back to the choice
    assert {scene.chosen for scene in shown if isinstance(scene, Choice | Share)} == {None}


def test_the_chosen_one_is_framed_from_the_press_on(tmp_path: Path) -> None:
    shown: list[Scene] = []
    original = VirtualDisplay.show

    def recording(self, scene: Scene, *, is_onset: bool) -> None:
        shown.append(scene)
        original(self, scene, is_onset=is_onset)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VirtualDisplay, "show", recording)
        perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering("j")), tmp_path / "j")
    choices = [scene for scene in shown if isinstance(scene, Choice)]
    assert [scene.chosen for scene in choices] == [None, "right"] * 12
    shares = [scene for scene in shown if isinstance(scene, Share)]
    assert {scene.chosen for scene in shares} == {None, "right"}


def test_pulses_before_zero_are_counted_and_the_next_one_is_zero(tmp_path: Path) -> None:
    plan = a_plan(a_protocol("demo", scan={"pulses_before_zero": 4}))
    run = perform_with(Hands(pulses(1.0, 66), answering()), tmp_path / "j", plan)
    (zero,) = run.of("zero")
    assert zero["t"] == 1.0 + 4 * 2.0
    assert zero["pulses_before"] == 4
    assert len(run.of("pulse")) == 66


def test_a_manual_start_is_recorded_as_one(tmp_path: Path) -> None:
    run = perform_with(Hands([press(2.5, "space")], answering()), tmp_path / "j")
    (zero,) = run.of("zero")
    assert (zero["t"], zero["source"], zero["pulses_before"]) == (2.5, "manual_start", 0)
    assert run.cause == "complete"


def test_a_manual_start_during_the_run_changes_nothing(tmp_path: Path) -> None:
    run = perform_with(Hands([*pulses(FIRST_PULSE_S, 62), press(20.0, "space")]), tmp_path / "j")
    assert len(run.of("zero")) == 1


def test_two_abort_strokes_within_a_second_end_the_run_safely(tmp_path: Path) -> None:
    strokes = [*pulses(FIRST_PULSE_S, 62), press(40.0, "escape"), press(40.6, "escape")]
    run = perform_with(Hands(strokes, answering()), tmp_path / "j")
    (end,) = run.of("end")
    assert run.cause == end["cause"] == "aborted by the operator"
    assert 40.6 <= end["t"] < 40.7
    assert 3 <= len(run.of("choice")) < 12


@pytest.mark.parametrize("times", [[40.0], [40.0, 41.5], [40.0, 41.1, 42.2, 43.3]])
def test_a_lone_abort_stroke_ends_nothing(tmp_path: Path, times: list[float]) -> None:
    strokes = [*pulses(FIRST_PULSE_S, 62), *(press(time, "escape") for time in times)]
    run = perform_with(Hands(strokes), tmp_path / "j")
    assert run.cause == "complete"
    assert len([p for p in run.of("press") if p["meaning"] == "abort"]) == len(times)


def test_a_run_can_be_ended_before_it_began(tmp_path: Path) -> None:
    run = perform_with(Hands([press(1.0, "escape"), press(1.2, "escape")]), tmp_path / "j")
    assert run.cause == "aborted by the operator"
    assert run.of("zero") == run.of("onset") == []


def test_ctrl_c_ends_the_run_as_an_abort_does(tmp_path: Path) -> None:
    asked = iter([None] * 60 + ["Ctrl-C"] * 1000)
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "j", was_interrupted=lambda: next(asked))
    assert run.cause == run.of("end")[0]["cause"] == "interrupted by Ctrl-C"


def test_an_exception_ends_the_journal_with_its_cause_and_is_passed_on(tmp_path: Path) -> None:
    class Broken(Hands):
        def read(self, until: float) -> list[Stroke]:
            if until > 30:
                raise OSError("the box is gone")
            return super().read(until)

    with pytest.raises(OSError, match="the box is gone"):
        perform_with(Broken(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    end = facts_in(tmp_path / "j")[-1]
    assert (end["kind"], end["cause"], end["error"]) == ("end", "error", "OSError: the box is gone")
    assert "Traceback" in end["traceback"]


class Fatal(VirtualDisplay):
    """A display that fails from a moment on, as by a library that asks the whole program to end."""

    def __init__(self, *args: Any, at: float, error: BaseException) -> None:
        super().__init__(*args)
        self.at, self.error = at, error

    def flip(self, due: float) -> float:
        if super().flip(due) >= self.at:
            raise self.error
        return self._clock.now()


@pytest.mark.parametrize("at", [0.0, 1.0, 60.0])
@pytest.mark.parametrize(
    "error", [SystemExit(0), GeneratorExit(), MemoryError(), ZeroDivisionError("who knows")], ids=repr
)
def test_whatever_ends_a_run_its_journal_has_an_end_with_the_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: float, error: BaseException
) -> None:
    monkeypatch.setattr("tests.factories.VirtualDisplay", partial(Fatal, at=at, error=error))
    with pytest.raises(type(error)):
        perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    end = facts_in(tmp_path / "j")[-1]
    assert (end["kind"], end["cause"]) == ("end", "error")
    assert end["error"].startswith(type(error).__name__)


def test_a_ctrl_c_that_comes_as_an_exception_ends_a_run_as_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.factories.VirtualDisplay", partial(Fatal, at=60.0, error=KeyboardInterrupt()))
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == run.of("end")[0]["cause"] == "interrupted by Ctrl-C"


@pytest.mark.parametrize("error", [SystemExit(0), KeyboardInterrupt(), OSError("gone")], ids=repr)
def test_an_error_once_all_was_performed_leaves_the_run_complete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    over = FIRST_PULSE_S + 124.5  # while the scanner is listened to, and while the last screen is shown
    monkeypatch.setattr("tests.factories.VirtualDisplay", partial(Fatal, at=over, error=error))
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == run.of("end")[0]["cause"] == "complete"
    said = [warning["warning"] for warning in run.of("warning")]
    is_told = not isinstance(error, KeyboardInterrupt)
    assert any("listening to the scanner ended by an error" in one for one in said) == is_told
    assert any("The last screen failed" in one for one in said)


def test_the_participant_sees_paused_after_an_error(tmp_path: Path) -> None:
    class Broken(Hands):
        def read(self, until: float) -> list[Stroke]:
            if 30 < until < 31:
                raise OSError("the box is gone")
            return super().read(until)

    shown: list[Scene] = []
    with pytest.MonkeyPatch.context() as patch, pytest.raises(OSError):
        patch.setattr(VirtualDisplay, "show", lambda self, scene, **how: shown.append(scene))
        perform_with(Broken(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert shown[-1] == Paused()


def test_the_participant_sees_paused_after_an_abort(tmp_path: Path) -> None:
    shown: list[Scene] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VirtualDisplay, "show", lambda self, scene, **how: shown.append(scene))
        perform_with(Hands([press(1.0, "escape"), press(1.2, "escape")]), tmp_path / "j")
    assert shown[-1] == Paused()


def test_the_operator_is_told_what_is_waited_for_and_how_to_end(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "j")
    told = "\n".join(run.told)
    assert "Ready. This run takes 62 stored volumes of 2 s." in told
    assert "Waiting for the scanner's first pulse: emulated_scanner:pulse" in told
    assert "keyboard:escape 2 times within 1 s" in told
    assert "Time zero. Run 1: 62 volumes, 123.6 s." in told


def test_utc_is_noted_at_the_head_at_zero_and_at_the_end(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "j")
    kinds = [record["kind"] for record in run.records]
    clocks = [i for i, kind in enumerate(kinds) if kind == "clock"]
    assert len(clocks) == 3
    assert clocks[0] < kinds.index("zero") < clocks[1] < clocks[2] == kinds.index("end") - 1


def test_strokes_without_a_meaning_are_journalled_too(tmp_path: Path) -> None:
    strokes = [*pulses(FIRST_PULSE_S, 62), press(10.0, "q"), Stroke(11.0, "b", "another_box")]
    run = perform_with(Hands(strokes), tmp_path / "j")
    unknown = [(p["device"], p["code"]) for p in run.of("press") if p["meaning"] is None]
    assert unknown == [("keyboard", "q"), ("another_box", "b")]


def test_fixation_fills_lead_in_intervals_and_tail(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    fixations = {o["slot"] for o in run.of("onset") if o["scene"] == "Fixation"}
    assert {"lead_in", "tail", "interval_after_choice"} <= fixations
    assert isinstance(run.hands.seen[0][0], Fixation)


def test_what_was_typed_before_the_task_was_ready_starts_and_ends_nothing(tmp_path: Path) -> None:
    early = [press(-2.0, "escape"), press(-1.5, "escape"), press(-1.0, "space"), press(-0.5, "f")]
    run = perform_with(Hands([*early, *pulses(FIRST_PULSE_S, 62)]), tmp_path / "j")
    assert run.cause == "complete"
    assert run.of("zero")[0]["t"] == FIRST_PULSE_S
    assert [p["meaning"] for p in run.of("press") if p.get("before_ready")] == [
        "abort",
        "abort",
        "manual_start",
        "left",
    ]


def test_a_pulse_before_the_task_was_ready_is_told_once_and_is_not_zero(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(-3.0, 64), answering()), tmp_path / "j")
    assert run.of("zero")[0]["t"] == 1.0
    (warning,) = run.of("warning")
    assert "the scanner is running already" in warning["warning"]
    assert f"Warning: {warning['warning']}" in run.told


def test_pulses_go_on_being_recorded_until_the_scan_s_last_volume(tmp_path: Path) -> None:
    plan = a_plan(a_protocol("demo", scan={"volumes": 80}))
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 80), answering()), tmp_path / "j", plan)
    assert len(run.of("pulse")) == run.of("end")[0]["pulses"] == 80
    assert run.of("end")[0]["t"] - FIRST_PULSE_S == pytest.approx(158.0 + 2.5 * 2.0, abs=2 * FRAME_S)


@pytest.mark.parametrize(
    ("scan", "train"),
    [
        ({"pulses": "every_slice", "pulses_per_volume": 20}, pulses(FIRST_PULSE_S, 62 * 20, 0.1)),
        ({"pulses": "first_only"}, pulses(FIRST_PULSE_S, 1)),
    ],
)
def test_zero_is_the_first_pulse_however_the_scanner_pulses(tmp_path: Path, scan: dict, train: list[Stroke]) -> None:
    run = perform_with(Hands(train, answering()), tmp_path / "j", a_plan(a_protocol("demo", scan=scan)))
    assert run.cause == "complete"
    assert run.of("zero")[0]["t"] == FIRST_PULSE_S
    assert len(run.of("pulse")) == len(train)


def test_all_strokes_of_the_last_frame_are_kept_when_a_run_is_aborted(tmp_path: Path) -> None:
    strokes = [*pulses(FIRST_PULSE_S, 62), press(40.0, "escape"), press(40.5, "escape"), press(40.502, "f")]
    run = perform_with(Hands(strokes), tmp_path / "j")
    assert [p["code"] for p in run.of("press")] == ["escape", "escape", "f"]


def test_an_abort_in_the_frame_of_an_onset_leaves_the_onset_on_record(tmp_path: Path) -> None:
    plan = a_plan()
    onset = FIRST_PULSE_S + plan.seconds(cues_of(plan, plan.run(1, 1))[3].tick)
    strokes = [*pulses(FIRST_PULSE_S, 62), press(onset - 0.5, "escape"), press(onset - 0.075, "escape")]
    whole = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "a", plan)
    cut = perform_with(Hands(strokes), tmp_path / "b", plan)
    assert cut.cause == "aborted by the operator"
    shown = [o["t"] for o in whole.of("onset")]
    assert [o["t"] for o in cut.of("onset")] == [t for t in shown if t <= cut.of("end")[0]["t"]]


def test_a_disk_that_fails_is_told_once_while_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "problem", OSError(28, "No space left on device"))
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == "complete"
    (warning,) = run.of("warning")
    assert "No space left" in warning["warning"]


def test_a_slow_disk_is_told_once_while_the_run_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Journal, "behind_s", 1.5)
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == "complete"
    (warning,) = run.of("warning")
    assert "The disk is slow: it has taken nothing for 1.5 s" in warning["warning"]


def test_points_of_earlier_runs_and_attempts_are_on_the_last_screen(tmp_path: Path) -> None:
    dataset, plan, (first_run, second_run) = simulate_session(tmp_path)
    shown: list[Scene] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(VirtualDisplay, "show", lambda self, scene, **how: shown.append(scene))
        perform_run(
            dataset=dataset,
            person=Person("01"),
            plan=plan,
            run=1,
            site=a_site(),
            attempts=[first_run, second_run],
            clock=VirtualClock(),
            mind=simulated_mind(SimulatedMindSettings(), Person("01")),
            mind_settings=SimulatedMindSettings(),
            tell=lambda line: None,
        )
    again = attempts_of(dataset, Person("01"))[1]
    assert first_run.points and second_run.points and again.points
    assert shown[-1] == EndOfRun(1, 2, first_run.points + second_run.points + again.points)
    assert facts_in(again.journal)[0]["points_before"] == first_run.points + second_run.points


def test_a_scan_that_goes_on_is_listened_to_and_told(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 70), answering()), tmp_path / "j")
    assert run.cause == "complete"
    assert run.of("end")[0]["pulses"] == 70
    (warning,) = run.of("warning")
    assert "the scanner goes on pulsing" in warning["warning"]


def test_ending_the_listening_leaves_the_run_complete(tmp_path: Path) -> None:
    strokes = [*pulses(FIRST_PULSE_S, 200), press(140.0, "escape"), press(140.3, "escape")]
    run = perform_with(Hands(strokes), tmp_path / "j")
    assert run.cause == run.of("end")[0]["cause"] == "complete"
    assert run.of("end")[0]["t"] == pytest.approx(140.3 + TELLS_S, abs=2 * FRAME_S)


@pytest.mark.parametrize("train", [[press(2.5, "space")], pulses(FIRST_PULSE_S, 1)])
def test_a_run_without_a_train_of_pulses_does_not_wait_for_its_end(tmp_path: Path, train: list[Stroke]) -> None:
    run = perform_with(Hands(train), tmp_path / "j")
    zero = run.of("zero")[0]["t"]
    assert run.of("end")[0]["t"] - zero == pytest.approx(124.0, abs=2 * FRAME_S)


def test_what_a_device_notices_is_a_warning_for_operator_and_journal(tmp_path: Path) -> None:
    hands = Hands(pulses(FIRST_PULSE_S, 62), answering())
    hands.noticed.append(Notice(2.5, "box", "the port is gone"))
    run = perform_with(hands, tmp_path / "j")
    (warning,) = run.of("warning")
    assert (warning["t"], warning["warning"]) == (2.5, "box: the port is gone")
    assert "Warning: box: the port is gone" in run.told
    assert run.cause == "complete"


def test_a_squeeze_of_the_ball_is_told_and_ends_nothing(tmp_path: Path) -> None:
    strokes = [Stroke(at, "b", "ball") for at in (40.0, 40.5, 60.0)]
    run = perform_with(Hands([*pulses(FIRST_PULSE_S, 62), *strokes], answering()), tmp_path / "j", alarm="ball:b")
    assert [p["t"] for p in run.of("press") if p["meaning"] == "alarm"] == [40.0, 40.5, 60.0]
    assert [w["t"] for w in run.of("warning")] == [40.0, 60.0]
    assert all("ALARM" in w["warning"] for w in run.of("warning"))
    assert run.cause == "complete"


def test_a_flood_of_noise_shares_records_and_changes_nothing(tmp_path: Path) -> None:
    def played(noise: list[Stroke], name: str) -> Performed:
        return perform_with(Hands([*pulses(FIRST_PULSE_S, 62), *noise], answering()), tmp_path / name)

    noise = [Stroke(20.0 + i * 0.00017, f"0x{i % 256:02x}", "port") for i in range(3000)]
    quiet, loud = played([], "quiet"), played(noise, "loud")
    facts = ("onset", "choice", "feedback", "share", "end", "zero")
    assert [loud.of(kind) for kind in facts] != [] and all(
        [{**r, "n": 0} for r in loud.of(kind)] == [{**r, "n": 0} for r in quiet.of(kind)] for kind in facts
    )
    assert len(loud.records) - len(quiet.records) < 200
    recorded = list(strokes_of(as_records(loud.records)))
    assert [(s.time, s.code) for s in recorded if s.device == "port"] == [(s.time, s.code) for s in noise]
    assert pulse_times(as_records(loud.records)) == pulse_times(as_records(quiet.records))


def test_a_press_amid_a_flood_answers_and_a_pulse_amid_it_is_zero(tmp_path: Path) -> None:
    noise = [Stroke(i * 0.0002, "x", "port") for i in range(5 * 7000)]
    run = perform_with(Hands([*pulses(FIRST_PULSE_S, 62), *noise], answering()), tmp_path / "j")
    assert run.of("zero")[0]["t"] == FIRST_PULSE_S
    assert all(c["side"] == "left" for c in run.of("choice"))
    assert len(pulse_times(as_records(run.records))) == run.of("end")[0]["pulses"] == 62


def test_the_loss_of_the_focus_is_told_and_journalled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lost = [False] * 30 + [True] * 30
    monkeypatch.setattr(VirtualDisplay, "has_focus", lambda self: not (lost and lost.pop(0)))
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert [f["has"] for f in run.of("focus")] == [False, True]
    (warning,) = run.of("warning")
    assert "does not have the focus" in warning["warning"]
    assert run.cause == "complete"


def test_of_doubled_pulses_before_zero_each_counts_once(tmp_path: Path) -> None:
    plan = a_plan(a_protocol("demo", scan={"pulses_before_zero": 2}))
    train = [stroke for one in pulses(FIRST_PULSE_S, 64) for stroke in (one, one._replace(time=one.time + 0.02))]
    run = perform_with(Hands(train, answering()), tmp_path / "j", plan)
    assert run.of("zero")[0]["t"] == FIRST_PULSE_S + 4.0


def test_an_alarm_while_the_last_screen_is_shown_is_told(tmp_path: Path) -> None:
    end = FIRST_PULSE_S + 122.0 + 5.0
    hands = Hands([*pulses(FIRST_PULSE_S, 62), Stroke(end + 2.0, "b", "ball")], answering())
    run = perform_with(hands, tmp_path / "j", alarm="ball:b")
    assert run.of("end")[0]["t"] < end + 2.0
    assert [p["meaning"] for p in run.of("press")][-1] == "alarm"
    assert "ALARM" in run.of("warning")[-1]["warning"]


def test_an_onset_that_is_late_is_a_dropped_frame_and_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flip = VirtualDisplay.flip

    def held_up(self: VirtualDisplay, due: float) -> float:
        if 50 < due < 56 or 80 < due < 86:
            self._frame = max(self._frame, round((due + 0.3) / self.frame_s))
        return flip(self, due)

    monkeypatch.setattr(VirtualDisplay, "flip", held_up)
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == "complete"
    (warning,) = run.of("warning")
    assert "An onset came 3" in warning["warning"]
    assert len(run.of("dropped")) == run.of("end")[0]["dropped_frames"] > 1
    assert all(record["late_s"] > 0.25 for record in run.of("dropped"))


def test_a_site_without_pulses_is_not_told_that_none_came(tmp_path: Path) -> None:
    dataset, plan = Dataset(tmp_path), a_plan()
    site, told = a_site(), list[str]()
    strokes = site.strokes.model_copy(update={"pulse": (), "manual_start": ("emulated_scanner:pulse",)})
    perform_run(
        dataset=dataset,
        person=Person("01"),
        plan=plan,
        run=1,
        site=site.model_copy(update={"strokes": strokes}),
        attempts=[],
        clock=VirtualClock(),
        tell=told.append,
    )
    (journal,) = dataset.journals(Person("01"))
    assert not [r for r in facts_in(journal) if r["kind"] == "train" or "pulse" in r.get("warning", "")]
    assert ("Ready. This site names no pulse, so none is waited for. Start by hand: emulated_scanner:pulse.") in told


@pytest.mark.parametrize(
    ("first", "scan", "is_said"),
    [
        (1.9, {}, True),
        (1.99, {}, True),
        (2.1, {}, False),
        (0.7, {"pulses_before_zero": 4}, True),
        (0.7, {"pulses": "first_only"}, False),
        (2.9, {"tr_s": 3.0}, True),
    ],
)
def test_a_first_pulse_within_a_tr_of_ready_may_come_from_a_scan_that_runs_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, first: float, scan: dict[str, Any], is_said: bool
) -> None:
    monkeypatch.setattr(Site, "is_emulated", False)
    plan = a_plan(a_protocol("demo", scan=scan))
    train = pulses(first, 66, plan.protocol.scan.tr_s)
    doubled = [*train, *pulses(first + 0.01, 1)]  # which is still one pulse, and said once
    run = perform_with(Hands(doubled), tmp_path / "j", plan)
    said = [one for one in run.of("warning") if "within one TR" in one["warning"]]
    assert len(said) == is_said
    assert all(f"came {first:.1f} s after the task was ready" in one["warning"] for one in said)


def test_a_scan_that_is_known_to_run_already_is_told_of_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Site, "is_emulated", False)
    run = perform_with(Hands(pulses(-1.5, 64), answering()), tmp_path / "j")
    (warning,) = run.of("warning")
    assert "the scanner is running already" in warning["warning"]


def test_pulses_that_are_counted_before_zero_are_announced(tmp_path: Path) -> None:
    plan = a_plan(a_protocol("demo", scan={"pulses_before_zero": 4}))
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 66)), tmp_path / "j", plan)
    assert "Ready. This run takes 62 stored volumes of 2 s; 4 pulses before them are waited for." in run.told


@pytest.mark.usefixtures("every_frame")
def test_a_press_that_waits_behind_a_flood_still_answers(tmp_path: Path) -> None:
    asked: list[float] = []

    def at_scene(scene: Scene, at: float, closes: float | None) -> list[Stroke]:
        if not isinstance(scene, Choice) or closes is None or asked:
            return []
        asked.append(closes)
        noise = [Stroke(closes - 0.12 + i * 1e-5, "x", "port") for i in range(10_000)]
        return [*noise, press(closes - 0.01, "f")]

    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), at_scene, delay_s=0.09), tmp_path / "j")
    assert run.of("choice")[0]["side"] == "left"
    assert run.of("choice")[1]["side"] is None


def test_a_last_screen_that_fails_takes_nothing_from_a_complete_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show = VirtualDisplay.show

    def failing(self: VirtualDisplay, scene: Scene, *, is_onset: bool) -> None:
        if isinstance(scene, EndOfRun):
            raise ZeroDivisionError("who knows")
        show(self, scene, is_onset=is_onset)

    monkeypatch.setattr(VirtualDisplay, "show", failing)
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == "complete"
    (warning,) = run.of("warning")
    assert "The last screen failed (ZeroDivisionError: who knows)" in warning["warning"]
    assert "in failing" in warning["traceback"]


@pytest.mark.parametrize(("before_end_s", "side"), [(0.01, "left"), (-0.01, None)])
def test_a_window_ends_when_it_was_planned_to_however_late_the_scene_came_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before_end_s: float, side: str | None
) -> None:
    plan, flip = a_plan(), VirtualDisplay.flip
    choice = next(cue for cue in cues_of(plan, plan.run(1, 1)) if cue.name == "choice")
    assert choice.slot is not None
    onset = FIRST_PULSE_S + plan.seconds(choice.tick)
    pressed = onset + choice.slot.window_s - before_end_s

    def held_up(self: VirtualDisplay, due: float) -> float:
        if due == onset:
            self._frame = max(self._frame, round((due + 0.3) / self.frame_s))
        return flip(self, due)

    monkeypatch.setattr(VirtualDisplay, "flip", held_up)
    run = perform_with(Hands([*pulses(FIRST_PULSE_S, 62), press(pressed, "f")]), tmp_path / "j", plan)
    shown = next(record["t"] for record in run.of("onset") if record["slot"] == "choice")
    assert shown > onset + 0.25
    answer = run.of("choice")[0]
    assert answer["side"] == side
    if side:
        assert answer["response_time"] == pytest.approx(pressed - shown)


def test_a_question_that_is_open_at_the_very_end_is_decided(tmp_path: Path) -> None:
    demo = a_protocol("demo", runs={"tail_s": 0.1}, scan={"volumes": 10})
    plan = a_plan(demo.model_copy(update={"slots": demo.slots[:1]}))
    assert plan.protocol.slots[0].window_s == 2.8  # until 0.1 s before the end: so late a miss is decided
    run = perform_with(Hands([press(FIRST_PULSE_S, "space")]), tmp_path / "j", plan)
    assert run.cause == "complete"
    assert [choice["trial"] for choice in run.of("choice")] == list(range(1, 13))


def test_all_that_is_shown_was_prepared_before_the_run_and_nothing_is_prepared_during_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared: list[set[Scene]] = []

    def prepare(self: VirtualDisplay, scenes: Iterable[Scene]) -> None:
        prepared.append(set(scenes))

    def show(self: VirtualDisplay, scene: Scene, *, is_onset: bool = False) -> None:
        assert any(scene in scenes for scenes in prepared)
        original(self, scene, is_onset=is_onset)

    original = VirtualDisplay.show
    monkeypatch.setattr(VirtualDisplay, "prepare", prepare)
    monkeypatch.setattr(VirtualDisplay, "show", show)
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert run.cause == "complete"
    assert len(prepared) == 2  # for the run, and for its last screen
    assert Waiting() in prepared[0] and Paused() in prepared[0]


def test_the_display_is_told_which_scenes_are_onsets_and_a_frame_around_an_answer_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[tuple[Scene, bool]] = []
    original = VirtualDisplay.show

    def show(self: VirtualDisplay, scene: Scene, *, is_onset: bool = False) -> None:
        shown.append((scene, is_onset))
        original(self, scene, is_onset=is_onset)

    monkeypatch.setattr(VirtualDisplay, "show", show)
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), answering()), tmp_path / "j")
    assert sum(is_onset for _, is_onset in shown) == len(run.of("onset"))
    framed = [is_onset for scene, is_onset in shown if isinstance(scene, Choice | Share) and scene.chosen]
    assert len(framed) > 12 and not any(framed)


# --- boxes that repeat -----------------------------------------------------------------------------------------------


def held(at: float, for_s: float, per_s: float = 60, pause_s: float = 0.0, code: str = "f") -> list[Stroke]:
    """A key that is sent again and again as long as it is held, maybe after a pause."""
    first = at + (pause_s or 1 / per_s)
    return [press(at, code), *(press(first + i / per_s, code) for i in range(int((at + for_s - first) * per_s)))]


REPEATING = [(10, 0.0), (60, 0.0), (120, 0.0), (30, 0.25), (30, 0.5)]


@pytest.mark.parametrize(("per_s", "pause_s"), REPEATING)
@pytest.mark.parametrize("before_s", [0.05, 0.2, 0.4, 2.0])
def test_a_button_that_was_down_before_a_choice_came_up_has_not_answered_it(
    tmp_path: Path, per_s: float, pause_s: float, before_s: float
) -> None:
    plan = a_plan()
    onsets = [FIRST_PULSE_S + plan.seconds(cue.tick) for cue in cues_of(plan, plan.run(1, 1)) if cue.name == "choice"]
    strokes = [stroke for onset in onsets for stroke in held(onset - before_s, before_s + 2.9, per_s, pause_s)]
    run = perform_with(Hands([*pulses(FIRST_PULSE_S, 62), *strokes]), tmp_path / "j", plan)
    assert [choice["side"] for choice in run.of("choice")] == [None] * 12
    assert sum(not stroke.repeat for stroke in strokes_of(as_records(run.of("press")))) == 12


@pytest.mark.parametrize(("per_s", "pause_s"), REPEATING)
def test_a_button_that_is_held_answers_once_by_its_first_stroke(tmp_path: Path, per_s: float, pause_s: float) -> None:
    def holding(scene: Scene, at: float, closes: float | None) -> list[Stroke]:
        return held(at + 0.7, 1.2, per_s, pause_s) if isinstance(scene, Choice) else []

    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), holding), tmp_path / "j")
    assert [choice["response_time"] for choice in run.of("choice")] == pytest.approx([0.7] * 12)
    assert all(share["side"] is None for share in run.of("share"))


def test_a_button_that_is_stuck_for_the_whole_run_answers_nothing(tmp_path: Path) -> None:
    run = perform_with(Hands([*pulses(FIRST_PULSE_S, 62), *held(1.0, 140.0)]), tmp_path / "j")
    assert run.cause == "complete"
    assert [choice["side"] for choice in run.of("choice")] == [None] * 12


def test_a_second_press_after_one_that_came_too_early_answers(tmp_path: Path) -> None:
    def early_and_late(scene: Scene, at: float, closes: float | None) -> list[Stroke]:
        return [press(at - 0.01, "f"), press(at + 0.3, "f")] if isinstance(scene, Choice) else []

    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), early_and_late), tmp_path / "j")
    assert [choice["response_time"] for choice in run.of("choice")] == pytest.approx([0.3] * 12)


def test_a_key_that_was_held_before_the_run_was_ready_starts_nothing(tmp_path: Path) -> None:
    strokes = [*held(-2.0, 5.0, code="space"), *pulses(FIRST_PULSE_S + 2, 62)]
    run = perform_with(Hands(strokes), tmp_path / "j")
    assert [zero["source"] for zero in run.of("zero")] == ["pulse"]


@pytest.mark.parametrize(("per_s", "pause_s"), REPEATING)
def test_an_abort_key_that_is_held_ends_no_run(tmp_path: Path, per_s: float, pause_s: float) -> None:
    strokes = [*pulses(FIRST_PULSE_S, 62), *held(40.0, 3.0, per_s, pause_s, code="escape")]
    assert perform_with(Hands(strokes), tmp_path / "j").cause == "complete"


# --- what answers and strokes say ------------------------------------------------------------------------------------


def test_misses_in_a_row_are_told_at_once_in_the_terminal_and_on_record(tmp_path: Path) -> None:
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "j")
    (warning,) = run.of("warning")
    assert warning["warning"].startswith("None of the first 3 questions was answered. No press of keyboard:f or")
    assert f"Warning: {warning['warning']}" in run.told
    assert [record["kind"] for record in run.records].index("warning") < 60


@pytest.mark.usefixtures("every_frame")
def test_a_miss_is_decided_a_tenth_of_a_second_after_its_window(tmp_path: Path) -> None:
    plan = a_plan()
    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62)), tmp_path / "j", plan)
    third = [cue for cue in cues_of(plan, plan.run(1, 1)) if cue.name == "choice"][2]
    assert third.slot is not None
    closes = FIRST_PULSE_S + plan.seconds(third.tick) + third.slot.window_s
    assert closes + 0.1 < run.of("warning")[0]["t"] <= closes + 0.1 + 2 * FRAME_S


def test_a_code_without_a_meaning_is_told_while_the_first_pulse_is_waited_for(tmp_path: Path) -> None:
    strokes = [Stroke(at, "t", "emulated_scanner") for at in (1.0, 3.0, 5.0)]
    run = perform_with(Hands([*strokes, *pulses(9.0, 62)], answering()), tmp_path / "j")
    (warning,) = run.of("warning")
    assert warning["warning"].startswith("emulated_scanner:t has come, which means nothing at this site. Of emulated_")
    assert run.told.index(f"Warning: {warning['warning']}") < len(run.told) - 1


def test_a_box_that_repeats_is_told_of_once(tmp_path: Path) -> None:
    def holding(scene: Scene, at: float, closes: float | None) -> list[Stroke]:
        return held(at + 0.7, 0.5) if closes is not None else []

    run = perform_with(Hands(pulses(FIRST_PULSE_S, 62), holding), tmp_path / "j")
    (warning,) = run.of("warning")
    assert "keyboard:f (left) is sent several times for one press" in warning["warning"]
