"""Files that say what to model: what is shipped is right, what is wrong is said, all of it at once."""

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from task.config.base import Section
from task.config.checking import checked
from task.config.glm import Between, Glm, OneOf, columns_are_there
from task.config.mistakes import Mistake
from task.config.read import CONFIGS, ConfigError, names_in, read_glm, read_protocol
from task.glm.conditions import COLUMNS_TO_MODEL, glm_to_export
from tests.config.test_fuzzed_configs import MARKS_OF_CODE
from tests.config.toml_files import as_toml

COLUMNS = {"trial_type": ("choice", "feedback"), "match": ("match", "no_match"), "rank": None, "decider": ()}
CHOICE = {"name": "choice", "where": {"trial_type": "choice"}}
FEEDBACK = {"name": "feedback", "where": {"trial_type": "feedback"}, "modulators": [{"column": "rank"}]}
GOOD = {
    "conditions": [CHOICE, FEEDBACK],
    "contrasts": [{"name": "rank", "weights": {"feedback_by_rank": 1}}],
}


def mistakes_in(content: dict[str, Any], folder: Path) -> list[Mistake]:
    """What is said of a file of this content; nothing if it is right."""
    file = folder / "lab.toml"
    file.write_text(as_toml(content), encoding="utf-8")
    try:
        read_glm(str(file), COLUMNS)
    except ConfigError as error:
        return list(error.mistakes)
    return []


@pytest.mark.parametrize("name", names_in("glm"))
def test_every_shipped_glm_is_right_and_bears_its_own_name(name: str) -> None:
    glm = glm_to_export(name)
    assert glm.name == name and glm.description and glm.contrasts
    assert glm_to_export(str(CONFIGS / "glm" / f"{name}.toml")) == glm


def test_filters_are_a_value_a_list_or_a_range(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    where = {"trial_type": "choice", "match": ["match", "n/a"], "rank": {"min": 1, "max": 4}}
    file.write_text(as_toml({"conditions": [{"name": "a", "where": where}]}))
    (condition,) = read_glm(str(file), COLUMNS).conditions
    assert condition.where == {
        "trial_type": OneOf(("choice",)),
        "match": OneOf(("match", "n/a")),
        "rank": Between(1, 4),
    }
    assert (condition.at, condition.duration, condition.modulators) == ("event", "measured", ())


def with_condition(**changes: Any) -> dict[str, Any]:
    return {**GOOD, "conditions": [{**CHOICE, **changes}, FEEDBACK]}


A = 'conditions[1 "choice"]'
RANGE, WORDS, TWICE = "a range like { min = 1, max = 4 }", "a value, a list of values", "comes twice"
WRONG_CONDITIONS: list[tuple[dict[str, Any], str, str, str]] = [  # changes, place, found, allowed
    ({"where": {"trial_typ": "choice"}}, "where.trial_typ", '"choice"', "did you mean trial_type?"),
    ({"where": {"trial_type": "choise"}}, "where.trial_type", '"choise"', 'did you mean "choice"?'),
    ({"where": {"trial_type": ["choice", "x"]}}, "where.trial_type", '"x"', 'one of: "choice"'),
    ({"where": {"trial_type": {"min": 1}}}, "where.trial_type", "{ min = 1 }", "no range, as trial_type"),
    ({"where": {"trial_type": 3}}, "where.trial_type", "3", 'words: one of: "choice"'),
    ({"where": {"decider": 3}}, "where.decider", "3", "words in quotes"),
    ({"where": {"rank": "1"}}, "where.rank", '"1"', "numbers (without quotes)"),
    ({"where": {"rank": {"from": 1}}}, "where.rank", "{ from = 1 }", RANGE),
    ({"where": {"rank": []}}, "where.rank", "[]", WORDS),
    ({"where": {"rank": True}}, "where.rank", "true", WORDS),
    ({"where": {}}, "where", "an empty table", "a table"),
    ({"where": "feedback"}, "where", '"feedback"', "a table"),
    ({"duration": "measure"}, "duration", '"measure"', '"measured", "response_time", "impulse"'),
    ({"duration": 0}, "duration", "0", "or a number of seconds"),
    ({"duration": True}, "duration", "true", "or a number of seconds"),
    ({"at": "press"}, "duration", '"measured"', '"impulse" or a number of seconds'),
    ({"at": "button"}, "at", '"button"', 'one of: "event", "press"'),
    ({"modulators": [{"column": "ranks"}]}, "modulators[1].column", '"ranks"', 'did you mean "rank"?'),
    ({"modulators": [{"column": "match"}]}, "modulators[1].values", "nothing", "match = 0, no_match = 1"),
    ({"modulators": [{"column": "match", "values": {"macth": 1.0}}]}, "modulators[1].values.macth", "1.0", '"match"?'),
    ({"modulators": [{"column": "rank", "values": {"a": 1.0}}]}, "modulators[1].values", "{ a = 1.0 }", "left out"),
    ({"modulators": [{"column": "rank"}, {"column": "rank"}]}, "name", '"choice"', f"choice_by_rank {TWICE}"),
    ({"filter": "x"}, "filter", '"x", but there is no such key', "where"),
]
ONE = {"name": "c", "weights": {"choice": 1.0}}
WRONG_CONTRASTS: list[tuple[list[dict[str, Any]], str, str, str]] = [
    (
        [{**ONE, "weights": {"by_rank": 1.0}}],
        'contrasts[1 "c"].weights.by_rank',
        "1.0",
        "did you mean feedback_by_rank?",
    ),
    ([{**ONE, "weights": {"choice": 0.0}}], 'contrasts[1 "c"].weights', "{ choice = 0.0 }", "a weight that is not 0"),
    ([ONE, ONE], 'contrasts[2 "c"].name', '"c"', "a name that no other contrast has"),
]
WRONG = [(with_condition(**changes), f"{A}.{place}", *said) for changes, place, *said in WRONG_CONDITIONS]
WRONG += [({**GOOD, "contrasts": contrasts}, *said) for contrasts, *said in WRONG_CONTRASTS]
WRONG += [
    (with_condition(name="A choice"), 'conditions[1 "A choice"].name', '"A choice"', "small letters, digits and _"),
    (with_condition(name="feedback"), 'conditions[2 "feedback"].name', '"feedback"', f"feedback {TWICE}"),
    ({**GOOD, "conditions": [], "contrasts": []}, "conditions", "[]", "at least one table: [[conditions]]"),
    (
        {**GOOD, "conditions": [{**CHOICE, "name": "A choice"}], "contrasts": []},  # and nothing of the list around it
        'conditions[1 "A choice"].name',
        '"A choice"',
        "small letters, digits and _",
    ),
    *(
        (
            {**GOOD, "conditions": [{**CHOICE, "name": name}, FEEDBACK]},
            f'conditions[1 "{name}"].name',
            f'"{name}"',
            "another name, as constant and drift_1, drift_2, ... are columns of every design matrix",
        )
        for name in ("constant", "drift_1", "drift_12")
    ),
]


def test_what_is_right_is_taken(tmp_path: Path) -> None:
    assert mistakes_in(GOOD, tmp_path) == []


@pytest.mark.parametrize(("content", "where", "found", "allowed"), WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_a_mistake_is_said_with_its_place_what_was_found_and_what_is_allowed(
    content: dict[str, Any], where: str, found: str, allowed: str, tmp_path: Path
) -> None:
    (mistake,) = mistakes_in(content, tmp_path)
    assert (mistake.where, mistake.found) == (where, found)
    assert allowed in mistake.allowed


def test_a_hint_stands_in_a_whole_sentence(tmp_path: Path) -> None:
    (mistake,) = mistakes_in(with_condition(where={"trial_typ": "choice"}), tmp_path)
    assert mistake.allowed.startswith("the name of a column: did you mean trial_type? one of: ")
    wrong = {**GOOD, "contrasts": [{"name": "c", "weights": {"choise": 1}}]}
    (mistake,) = mistakes_in(wrong, tmp_path)
    assert mistake.allowed.startswith("the name of a condition or modulator: did you mean choice? one of: choice, ")


def test_a_name_that_only_begins_like_a_reserved_one_is_taken(tmp_path: Path) -> None:
    for name in ("constant_rank", "drift_of_attention"):
        assert mistakes_in(with_condition(name=name), tmp_path) == []


def test_all_mistakes_of_a_file_are_said_at_once(tmp_path: Path) -> None:
    content = with_condition(where={"trial_typ": "choice"}, duration="measure", modulators=[{"column": "ranks"}])
    content["contrasts"] = [{"name": "c", "weights": {"nothing": 1}}]
    assert len(mistakes_in(content, tmp_path)) == 4


def test_a_file_of_another_kind_is_recognised() -> None:
    with pytest.raises(ConfigError, match="this file is one of configs/protocols; one of configs/glm is needed"):
        read_glm(str(CONFIGS / "protocols" / "demo.toml"))
    with pytest.raises(ConfigError, match="this file is one of configs/glm; one of configs/protocols is needed"):
        read_protocol(str(CONFIGS / "glm" / "parametric.toml"))


def test_a_name_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(ConfigError, match="did you mean 'parametric'"):
        read_glm("parametrics")


def places(value: Any, keys: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    below = [one for key, inner in entries for one in places(inner, (*keys, key))]
    return [keys, *below] if keys else below


VALUES: list[Any] = [
    "",
    "x",
    "choice",
    0,
    -1,
    2.5,
    10**400,
    float("nan"),
    float("inf"),
    True,
    [],
    [[]],
    {},
    [{}],
    ["n/a"],
]
VALUES += [{"min": 2}, {"max": "x"}, {"min": float("nan")}, {"a": 1}, {"column": "rank"}, [{"column": "rank"}]]
SHIPPED = [tomllib.loads(path.read_text()) for path in sorted((CONFIGS / "glm").glob("*.toml"))]


@given(st.data())
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_plain_words(data: st.DataObject) -> None:
    content = copy.deepcopy(data.draw(st.sampled_from(SHIPPED)))
    for _ in range(data.draw(st.integers(1, 3))):
        *above, last = data.draw(st.sampled_from(places(content)))
        here: Any = content
        for key in above:
            here = here[key]
        if data.draw(st.booleans()):
            here[last] = copy.deepcopy(data.draw(st.sampled_from(VALUES)))
        elif isinstance(here, dict):
            here["extra"] = here.pop(last)
        if not places(content):
            break
    result = checked(Glm, content, [lambda glm: columns_are_there(glm, COLUMNS_TO_MODEL)])
    if isinstance(result, Section):
        return
    assert result
    for mistake in result:
        assert not MARKS_OF_CODE.search(str(mistake)), mistake
