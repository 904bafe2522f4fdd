"""Whatever stands in a file, it is read or refused in plain words; and whatever is read can be planned."""

import copy
import datetime
import itertools
import re
import string
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from task.config.base import Section
from task.config.checking import checked
from task.config.mistakes import Mistake
from task.config.protocol import Protocol
from task.config.read import ConfigError, names_in
from task.plan.cues import cues_of
from task.plan.plan import make_plan
from tests.config.toml_files import READERS, as_toml, shipped
from tests.fuzzing import examples

KEYS = [
    *("name", "wording", "scan", "tr_s", "volumes", "runs", "count", "trials", "grid_s", "deciders", "types", "kinds"),
    *("responders", "renew_every_runs", "slots", "shows", "after_match", "duration_s", "distribution", "value_s"),
    *("min_s", "max_s", "mean_s", "values_s", "devices", "keyboard", "kind", "strokes", "pulse", "display", "feedback"),
    *("", "a.b", 'a"b', "ä", "[key]", "fixed", "0", "__class__", "model_fields", "checks", "tr", "trial", "slot"),
]
VALUES: list[Any] = [
    *(0, 1, -1, 12, 24, 2.0, 0.1, 0.3, -0.0, 1e-9, 1e300, 10**400, 2**63, True, False),
    *(float("nan"), float("inf"), -float("inf")),
    *("", "x", "x" * 300, "a/b", "choice", "share", "fixation", "explicit", "keyboard:f", "keyboard:5", "neutral"),
    *("{", "}", "{}", "{0}", "{spots.x}", "{spots!r}", "\x00", "\u2028", "every_slice", "first_only"),
    *(datetime.date(2020, 2, 1), datetime.time(12, 0), datetime.datetime(2020, 2, 1, 12, 0)),
    *([], [[]], {}, [{}], ["hidden"], list(range(200))),
    *({"distribution": "list", "values_s": []}, {"distribution": []}, {"kind": "emulated_scanner"}, {"kind": {}}),
    {"distribution": "uniform", "min_s": 1.55, "max_s": 1.58},
    {"distribution": "truncated_exponential", "min_s": 1.55, "max_s": 1.58, "mean_s": 1.56},
    {"distribution": "truncated_exponential", "min_s": 2.0, "max_s": 1.0, "mean_s": 1.2},
]
MARKS_OF_CODE = re.compile(
    r"pydantic|validation error|Traceback|FieldInfo|<class|typing\.|datetime\.|Literal\[|Annotated|NoneType|None\b"
    r"|PosixPath|object at 0x|something else|\bdict\b|\btuple\b|\bfloat\b|\bstr\b|\bint\b|\b(Scan|Runs|Slot|Section)\("
)


def places(value: Any, keys: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The keys that lead to everything in a file's content."""
    if keys:
        yield keys
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in entries:
        yield from places(below, (*keys, key))


def at(content: Any, keys: tuple[Any, ...]) -> Any:
    for key in keys:
        content = content[key]
    return content


@st.composite
def spoilt(draw: st.DrawFn, kind: str) -> dict[str, Any]:
    """The content of a shipped file, in which some things are not what they were."""
    content = shipped(f"{kind}/{draw(st.sampled_from(names_in(kind)))}")
    for _ in range(draw(st.integers(1, 6))):
        all_places = list(places(content))
        if not all_places:
            break
        *above, last = draw(st.sampled_from(all_places))
        here, value = at(content, tuple(above)), copy.deepcopy(draw(st.sampled_from(VALUES)))
        key = draw(st.sampled_from(KEYS))
        match draw(st.sampled_from(["change", "take out", "rename", "add", "wrap", "copy", "twice"])):
            case "change":
                here[last] = value
            case "take out":
                del here[last]
            case "rename" if isinstance(here, dict):
                here[key] = here.pop(last)
            case "add" if isinstance(here, dict):
                here[key] = value
            case "wrap":
                here[last] = draw(st.sampled_from([[here[last]], {key: here[last]}]))
            case "copy":
                here[last] = copy.deepcopy(at(content, draw(st.sampled_from(all_places))))
            case "twice" if isinstance(here, list):
                here.append(copy.deepcopy(here[last]))
    return content


@pytest.mark.parametrize("kind", READERS)
@settings(deadline=None, max_examples=examples(250), suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_file_is_read_or_refused_in_plain_words(kind: str, data: st.DataObject, tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml(data.draw(spoilt(kind))), encoding="utf-8")

    try:
        result: Any = READERS[kind](str(file))
    except ConfigError as error:
        said = [f"{one.where}\n{one.allowed}" for one in error.mistakes]
        assert said or re.search("not valid TOML|nothing in this file|is needed", str(error))
        for text in said or [str(error)]:
            assert not MARKS_OF_CODE.search(text)
        assert len(set(error.mistakes)) == len(error.mistakes)
        assert all(one.found and one.allowed and one.where for one in error.mistakes)
    else:
        assert isinstance(result, Section)


@settings(deadline=None, max_examples=examples(150))
@given(st.text(alphabet=st.sampled_from(string.printable + "ä\u2028\x00"), max_size=60))
def test_any_text_is_refused_in_plain_words(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.getbasetemp() / "any.toml"
    file.write_bytes(text.encode())

    for read in READERS.values():
        with pytest.raises(ConfigError) as refused:
            read(str(file))
        assert not re.search("pydantic|Traceback", str(refused.value))


@st.composite
def unusual(draw: st.DrawFn) -> dict[str, Any]:
    """A protocol that a lab might come up with, mostly one that can be."""
    content = shipped(f"protocols/{draw(st.sampled_from(names_in('protocols')))}")
    content["name"] = "lab"
    runs, deciders = content["runs"], content["deciders"]
    responders, types = draw(st.sampled_from([2, 3, 8, 20])), draw(st.integers(2, 6))
    means = st.one_of(st.sampled_from([1.0, float(responders), responders / 2]), st.floats(1, responders))
    spreads = st.sampled_from([5e-324, 0.01, 1.0, 100.0])
    kinds = draw(st.sampled_from([["explicit"], ["hidden"], ["explicit", "hidden"], ["hidden", "explicit"]]))
    deciders.update(
        responders=responders,
        kinds=kinds,
        rank_sd=draw(spreads),
        spots_sd=draw(spreads),
        types=[{"name": f"t{i}", "mean_rank": draw(means), "mean_spots": draw(means)} for i in range(types)],
    )
    runs.update(
        count=draw(st.integers(1, 4)),
        trials=types * (types - 1) // 2 * len(kinds) * draw(st.integers(1, 3)),
        most_of_a_kind_in_a_row=draw(st.integers(1, 3)),
        spare_versions=draw(st.integers(0, 1)),
        grid_s=draw(st.sampled_from([0.1, 0.05, 0.025, 0.01, 0.001])),
    )
    if runs["count"] > 1 and draw(st.booleans()):
        deciders["renew_every_runs"] = draw(st.integers(1, runs["count"] - 1))
    cells = draw(st.integers(0, runs["trials"] // len(kinds) // 4))
    content["feedback_cells"] = {"trials_per_cell_in_a_run": cells, "share_per_cell": draw(st.floats(0, 0.25))}
    if draw(st.booleans()):
        content["slots"] = content["slots"][: draw(st.integers(1, 3))]
        content["slots"][0]["response_window_s"] = draw(st.sampled_from([0.001, 0.5, 2.0, 2.5]))
    return content


@settings(deadline=None, max_examples=examples(60), suppress_health_check=[HealthCheck.too_slow])
@given(unusual(), st.integers(0, 30))
def test_whatever_protocol_is_taken_can_be_planned(content: dict[str, Any], order_index: int) -> None:
    protocol = checked(Protocol, content)
    assert not isinstance(protocol, list), [str(one) for one in protocol if isinstance(one, Mistake)]

    plan = make_plan(
        protocol,
        participant="01",
        session=None,
        avatars=[f"neutral/{number:02d}" for number in range(protocol.deciders_needed)],
        order_index=order_index,
        seed=1,
    )

    assert len(plan.deciders) == protocol.deciders_needed
    for run in plan.runs:
        assert len(run.trials) == protocol.runs.trials
        assert Fraction(run.length, plan.ticks_per_s) == protocol.run_s
        assert protocol.volumes * Fraction(str(protocol.scan.tr_s)) >= protocol.run_s
        onsets = [cue.tick for cue in cues_of(plan, run)]
        assert all(one < following for one, following in itertools.pairwise(onsets))


def test_the_most_trials_that_are_taken_can_be_planned() -> None:
    content = {"name": "lab", **shipped("protocols/relational_value")}
    content["runs"].update(trials=240, count=1, spare_versions=0)
    protocol = checked(Protocol, content)
    assert isinstance(protocol, Protocol)

    plan = make_plan(
        protocol, participant="01", session=None, avatars=[f"a/{i}" for i in range(8)], order_index=1, seed=1
    )

    assert len(plan.run(1, 1).trials) == 240
