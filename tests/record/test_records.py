"""Each kind of record is one class: what it writes, what it reads, and what becomes of a record that is of none."""

import json
from dataclasses import MISSING, fields, replace
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

from task.export.sidecar import sidecar_of
from task.pulses.findings import PulseTrain
from task.record.events import events_of
from task.record.fields import fields_of
from task.record.history import attempt_of
from task.record.invariants import check_run
from task.record.invariants.answers import Answers
from task.record.invariants.timing import Timing
from task.record.journal import read_journal
from task.record.kinds.answers import Choice, Feedback, Share
from task.record.kinds.marks import Clock, End, Ready, Zero
from task.record.kinds.notes import Decision, Warning
from task.record.kinds.screen import Display, Dropped, Focus, Onset, UnknownScene
from task.record.kinds.strokes import Press, Pulse, Strokes
from task.record.kinds.train import Train, train_of
from task.record.lines import line_of, lines_of
from task.record.records import Facts, Record, Unknown, from_facts, kinds_of_record, readable, stamp_of, to_facts
from task.report.watched import Watched
from task.scene import choice, feedback, share
from task.scene.fixation import Fixation
from tests.factories import a_head, facts_in, simulate_session

KEY = {"device": "keys", "code": "j"}
TRAIN = PulseTrain(62, 62, tr_s=2.0, missing=(4.5,), missing_volumes=(3,), false_start=(1.0, 0.5), trains=((3.0, 62),))

GOLDEN: list[tuple[Record, str]] = [
    (
        a_head(versions={"python": "3"}, machine={"system": "Linux"}, git={"commit": None}, deciders=({"id": "D1"},)),
        '"kind":"head","format":2,"participant":"01","session":null,"run":1,"version":1,"seed":1,"order_index":1,'
        '"avatar_set":"neutral","emulated":true,"virtual":true,"simulated_participant":null,"plan_digest":"",'
        '"ticks_per_s":10,"deciders":[{"id":"D1"}],"planned_run":{},"protocol":{},"site":{},"wording":{},'
        '"versions":{"python":"3"},"machine":{"system":"Linux"},"git":{"commit":null},"attempt":1,'
        '"tally_before":{},"points_before":null,"copy":null',
    ),
    (Clock(t=0.5, utc="2024-05-06T07:08:09"), '"kind":"clock","t":0.5,"utc":"2024-05-06T07:08:09"'),
    (Decision(t=0.5, decision="so"), '"kind":"decision","t":0.5,"decision":"so"'),
    (
        Decision(utc="2024", decision="zero was moved", by_s=0.0, reason="ä", cut_off='{"n'),
        '"kind":"decision","utc":"2024","decision":"zero was moved","by_s":0.0,"reason":"ä","cut_off":"{\\"n"',
    ),
    (
        Display(t=0.0, paced_by="virtual time", refresh_hz=60.0),
        '"kind":"display","t":0.0,"paced_by":"virtual time","refresh_hz":60.0',
    ),
    (
        Display(
            t=0.0,
            size_px=(800, 600),
            screen=0,
            full_screen=False,
            flips_wait=False,
            paced_by="software",
            refresh_hz=59.9,
            swap_s=0.001,
            renderer="llvmpipe",
            vendor="Mesa",
            opengl="4.5",
            window_type="pyglet",
            background_rgb=(108, 108, 108),
        ),
        '"kind":"display","t":0.0,"size_px":[800,600],"screen":0,"full_screen":false,"flips_wait":false,'
        '"paced_by":"software","refresh_hz":59.9,"swap_s":0.001,"renderer":"llvmpipe","vendor":"Mesa","opengl":"4.5",'
        '"window_type":"pyglet","background_rgb":[108,108,108]',
    ),
    (Ready(t=1.0), '"kind":"ready","t":1.0'),
    (Pulse(t=1.5, **KEY, pulse=1), '"kind":"pulse","t":1.5,"device":"keys","code":"j","pulse":1'),
    (
        Pulse(t=1.5, **KEY, before_ready=True),
        '"kind":"pulse","t":1.5,"device":"keys","code":"j","before_ready":true',
    ),
    (Press(t=1.5, **KEY, meaning=None), '"kind":"press","t":1.5,"device":"keys","code":"j","meaning":null'),
    (
        Press(t=1.5, **KEY, meaning="right", before_ready=True),
        '"kind":"press","t":1.5,"device":"keys","code":"j","meaning":"right","before_ready":true',
    ),
    (
        Press(t=1.5, **KEY, meaning="right", repeat=True),
        '"kind":"press","t":1.5,"device":"keys","code":"j","meaning":"right","repeat":true',
    ),
    (
        Strokes(t=1.5, strokes=((1.5, "box", "x", None), (1.6, "box", "5", "pulse"))),
        '"kind":"strokes","t":1.5,"strokes":[[1.5,"box","x",null],[1.6,"box","5","pulse"]]',
    ),
    (
        Strokes(t=1.5, strokes=((1.5, "box", "x", None), (1.6, "box", "x", None)), repeats=(1,)),
        '"kind":"strokes","t":1.5,"strokes":[[1.5,"box","x",null],[1.6,"box","x",null]],"repeats":[1]',
    ),
    (Warning(t=2.0, warning="The port has gone."), '"kind":"warning","t":2.0,"warning":"The port has gone."'),
    (Warning(t=2.0, warning="x", traceback="y"), '"kind":"warning","t":2.0,"warning":"x","traceback":"y"'),
    (Zero(t=3.0, source="pulse", pulses_before=0), '"kind":"zero","t":3.0,"source":"pulse","pulses_before":0'),
    (
        Onset(t=3.05, planned=0.0, trial=None, slot="lead_in", scene=Fixation()),
        '"kind":"onset","t":3.05,"planned":0.0,"trial":null,"slot":"lead_in","scene":"Fixation"',
    ),
    (
        Onset(t=5.0, planned=2.0, trial=1, slot="choice", scene=choice.Choice("neutral/01", "neutral/02")),
        '"kind":"onset","t":5.0,"planned":2.0,"trial":1,"slot":"choice","scene":"Choice","left":"neutral/01",'
        '"right":"neutral/02","chosen":null',
    ),
    (
        Onset(t=9.0, planned=6.0, trial=1, slot="feedback", scene=feedback.Feedback("neutral/01", 4, True, None)),
        '"kind":"onset","t":9.0,"planned":6.0,"trial":1,"slot":"feedback","scene":"Feedback","avatar":"neutral/01",'
        '"spots":4,"match":true,"rank":null',
    ),
    (
        Onset(t=9.0, planned=6.0, trial=1, slot="share", scene=share.Share("neutral/01", "left")),
        '"kind":"onset","t":9.0,"planned":6.0,"trial":1,"slot":"share","scene":"Share","avatar":"neutral/01",'
        '"keep_side":"left","chosen":null',
    ),
    (
        Choice(trial=1, side=None, response_time=None, decider=None),
        '"kind":"choice","trial":1,"side":null,"response_time":null,"decider":null',
    ),
    (
        Feedback(trial=1, decider="D2", rank=4, spots=5, match=True, source="deck"),
        '"kind":"feedback","trial":1,"decider":"D2","rank":4,"spots":5,"match":true,"source":"deck"',
    ),
    (
        Share(trial=1, side="right", response_time=0.7, share="split", points=15),
        '"kind":"share","trial":1,"side":"right","response_time":0.7,"share":"split","points":15',
    ),
    (Dropped(t=7.0, late_s=0.016), '"kind":"dropped","t":7.0,"late_s":0.016'),
    (Focus(t=7.0, has=False), '"kind":"focus","t":7.0,"has":false'),
    (
        End(t=99.0, cause="complete", points=30, pulses=62, dropped_frames=0, slowest_write_s=0.0),
        '"kind":"end","t":99.0,"cause":"complete","points":30,"pulses":62,"dropped_frames":0,"slowest_write_s":0.0',
    ),
    (
        End(t=9.0, cause="error", points=0, pulses=1, dropped_frames=0, slowest_write_s=0.0, error="x", traceback="y"),
        '"kind":"end","t":9.0,"cause":"error","points":0,"pulses":1,"dropped_frames":0,"slowest_write_s":0.0,'
        '"error":"x","traceback":"y"',
    ),
    (
        train_of(TRAIN, 99.0, None),
        '"kind":"train","t":99.0,"pulses":62,"volumes_expected":62,"tr_s":2.0,"jitter_s":null,"volumes_seen":0,'
        '"missing":[4.5],"missing_volumes":[3],"short_by":0,"extra_volumes":0,"doubled":[],"stray":[],'
        '"before_train":[],"likely_missed_first":false,"false_start":[1.0,0.5],"zero_correction_s":null,'
        '"possible_corrections_s":[],"early":0,'
        '"trains":[[3.0,62]],"sentences":[],"command":null',
    ),
]
"""Records, and the lines that were written for them before records had types."""


@pytest.mark.parametrize(("record", "line"), GOLDEN)
def test_each_kind_is_written_as_ever_and_read_as_it_was(record: Record, line: str) -> None:
    facts = to_facts(record, 7)
    assert line_of(facts).decode().rpartition(',"crc"')[0] == f'{{"n":7,{line}'
    assert from_facts(facts) == replace(record, n=7)


def test_no_kind_is_without_such_a_line() -> None:
    assert {record.kind for record, _ in GOLDEN} == set(kinds_of_record())


def test_every_field_says_what_it_tells_and_none_that_came_later_has_to_be_there() -> None:
    for kind in kinds_of_record().values():
        for one in fields_of(kind):
            assert one.about.text, (kind, one.name)
            if one.about.since > 1 or one.about.if_any:
                assert one.default in (None, False), (kind, one.name)


def test_the_train_has_all_that_is_found_in_pulses() -> None:
    assert [one.name for one in fields_of(Train)] == ["t", *(one.name for one in fields(PulseTrain)), "command"]


def test_whole_sessions_are_read_back_with_nothing_unknown(tmp_path_factory: pytest.TempPathFactory) -> None:
    _, _, attempts = simulate_session(tmp_path_factory.mktemp("session"), "separate_feedback")
    for path in (attempt.journal for attempt in attempts):
        records = read_journal(path)
        assert not any(isinstance(record, Unknown) or record.more for record in records)
        assert b"".join(lines_of(map(to_facts, records))) == path.read_bytes()


def test_a_journal_of_the_first_versions_still_reads_and_gives_the_same_events(tmp_path: Path) -> None:
    """It has no checksums, and none of the fields that came later; what it does not say breaks nothing."""
    _, _, attempts = simulate_session(tmp_path)
    path = attempts[0].journal
    events, sidecar = events_of(read_journal(path)), sidecar_of(read_journal(path))
    later = {
        (name, one.name)
        for name, kind in kinds_of_record().items()
        for one in fields_of(kind)
        if one.default is not MISSING and not (one.about.if_any and one.about.since == 1)
    }
    assert later >= {("head", "wording"), ("end", "pulses"), ("train", "early"), ("press", "repeat")}
    first_ones = [
        {key: value for key, value in facts.items() if (facts["kind"], key) not in later} for facts in facts_in(path)
    ]
    path.write_text("".join(json.dumps(facts) + "\n" for facts in first_ones), encoding="utf-8")
    records = read_journal(path)
    assert len(records) == len(first_ones)
    assert events_of(records).equals(events)
    assert sidecar_of(records) == sidecar
    assert check_run(records).broken == []
    assert attempt_of(path) == attempts[0]


def test_a_kind_that_another_module_defines_already_is_refused() -> None:
    with pytest.raises(TypeError, match=r"defines a kind of record 'pulse', as task\.record\.kinds\.strokes does"):
        type("Pulse", (Record,), {})


# --- what is not as it has to be -------------------------------------------------------------------------------------

CHOICE: Facts = {"n": 3, "kind": "choice", "trial": 1, "side": "left", "response_time": 0.5, "decider": "D1"}
FIXATION: Facts = {"n": 3, "kind": "onset", "t": 1, "planned": 0.0, "trial": None, "slot": "tail", "scene": "Fixation"}
FLOOD: Facts = {"n": 3, "kind": "strokes", "t": 1.0, "strokes": [[1.0, "box", "x", None]]}


def test_facts_that_a_kind_does_not_know_are_kept_beside_those_that_it_does() -> None:
    record = from_facts({**CHOICE, "confidence": 0.9})
    assert isinstance(record, Choice)
    assert (record.side, record.more) == ("left", {"confidence": 0.9})
    assert to_facts(record) == {**CHOICE, "confidence": 0.9}


def test_a_kind_that_is_not_known_is_kept_whole() -> None:
    rating = {"n": 3, "kind": "rating", "t": 4.0, "of": "D1", "value": [7]}
    record = from_facts(rating)
    assert isinstance(record, Unknown)
    assert (record.n, record.kind, record.problem, stamp_of(record)) == (3, "rating", "", 4.0)
    assert to_facts(record) == rating


def test_a_scene_that_is_not_known_is_kept_with_its_onset() -> None:
    scale = {**FIXATION, "scene": "Scale", "low": "not at all"}
    record = from_facts(scale)
    assert isinstance(record, Onset)
    assert (record.scene, record.more) == (UnknownScene("Scale"), {"low": "not at all"})
    assert to_facts(record) == scale


@pytest.mark.parametrize("kind", ["record", "timed", "unknown"])
def test_what_kinds_are_made_of_is_no_kind_itself(kind: str) -> None:
    record = from_facts({"n": 1, "kind": kind, "t": 1.0, "name": "x"})
    assert isinstance(record, Unknown)
    assert (record.name, record.more) == (kind, {"t": 1.0, "name": "x"})


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({key: CHOICE[key] for key in ("n", "kind", "trial", "response_time")}, "lacks side, decider"),
        (CHOICE | {"side": "up"}, 'has side \'up\' (allowed: "left" or "right" or null)'),
        (CHOICE | {"trial": 1.0}, "has trial 1.0 (allowed: whole number)"),
        (CHOICE | {"trial": True}, "has trial True (allowed: whole number)"),
        (CHOICE | {"response_time": "0.5"}, "has response_time '0.5' (allowed: number or null)"),
        (CHOICE | {"decider": [1] * 99}, "(allowed: text or null)"),
        (FIXATION | {"t": None}, "has t None (allowed: number)"),
        (FIXATION | {"scene": None}, "has scene None (allowed: text)"),
        (FIXATION | {"scene": "Choice", "left": "a"}, "lacks right"),
        (FIXATION | {"scene": "Choice", "left": "a", "right": 7}, "has right 7 (allowed: text)"),
        (FLOOD | {"strokes": [[1.0, "box", "x"]]}, "(allowed: list of [number, text, text, text or null])"),
        (FLOOD | {"strokes": {}}, "has strokes {}"),
        ({**to_facts(a_head()), "protocol": []}, "has protocol [] (allowed: object)"),
        ({**to_facts(a_head()), "versions": {"python": 3}}, "has versions {'python': 3}"),
    ],
)
def test_a_record_that_is_not_as_its_kind_has_to_be_is_kept_whole_and_it_says_why(facts: Facts, problem: str) -> None:
    record = from_facts(facts)
    assert isinstance(record, Unknown)
    assert problem in record.problem
    assert len(record.problem) < 200
    assert to_facts(record) == facts


def test_a_value_that_could_not_be_read_again_is_refused_where_no_type_checker_has_seen_it() -> None:
    facts: dict[str, Any] = {"paced_by": "display", "refresh_hz": 60.0, "renderer": b"llvmpipe"}
    with pytest.raises(TypeError, match="display has renderer b'llvmpipe'"):
        readable(Display(t=0.0, **facts))


def test_records_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        Ready(t=1.0).t = 2.0  # type: ignore[misc]


@pytest.mark.parametrize(("reader", "prefix"), [(Timing, "take_"), (Answers, "take_"), (Watched, "_take_")])
def test_who_goes_through_a_journal_takes_each_kind_by_its_name(reader: type, prefix: str) -> None:
    """Which method takes a record is found by the name of its kind, where no type checker can follow."""
    takers = {name.removeprefix(prefix): taker for name, taker in vars(reader).items() if name.startswith(prefix)}
    known = kinds_of_record().keys() & takers.keys()
    assert len(known) > 5
    for kind in known:
        taken = get_type_hints(takers[kind])["record"]
        assert kinds_of_record()[kind] in (get_args(taken) or (taken,)), kind
