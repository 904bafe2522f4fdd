"""What a first-level analysis models, as data: conditions by a filter on the events, modulators and contrasts.

The forms of a filter are a closed list (a value, a list of values, a range); there is no expression language.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PrivateAttr

from task.config.base import Check, Found, Name, Section, one_of, refusal

Columns = Mapping[str, tuple[str, ...] | None]
"""The columns that there are, each with its words; without words any are taken; None for a column of numbers."""

MISSING = "n/a"
_WANTED = 'a value, a list of values, or a range like { min = 1, max = 4 }; "n/a" stands for what is missing'
_RESERVED = re.compile(r"constant|drift_\d+")  # columns that a design matrix has by itself
_DURATION = '"measured", "response_time", "impulse", or a number of seconds'


@dataclass(frozen=True)
class OneOf:
    """A filter that takes some values."""

    values: tuple[str | float, ...]


@dataclass(frozen=True)
class Between:
    """A filter that takes the numbers of a range, its ends included."""

    low: float
    high: float


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and value == value


def _wanted(value: Any) -> Any:
    if isinstance(value, OneOf | Between):
        return value
    if isinstance(value, dict) and value and set(value) <= {"min", "max"} and all(map(_is_number, value.values())):
        return Between(value.get("min", float("-inf")), value.get("max", float("inf")))
    values = value if isinstance(value, list | tuple) else [value]
    if not values or not all(isinstance(one, str) or _is_number(one) for one in values):
        raise refusal(_WANTED)
    return OneOf(tuple(values))


def _a_duration(value: Any) -> Any:
    if value in ("measured", "response_time", "impulse") or (_is_number(value) and 0 < value <= 600):
        return value
    raise refusal(_DURATION)


Wanted = Annotated[Any, BeforeValidator(_wanted), Field(description=_WANTED)]
Number = Annotated[float, Field(allow_inf_nan=False)]


class Modulator(Section):
    """A column whose values modulate a condition; centred over the condition's events of each run, never scaled."""

    column: str
    name: Name | None = None
    values: dict[str, Number] = Field(default={})

    @property
    def label(self) -> str:
        """What it is called beside its condition."""
        return self.name or self.column


class Condition(Section):
    """Events that are modelled together: which, from when, how long, and by what they are modulated."""

    name: Name
    where: Annotated[dict[str, Wanted], Field(min_length=1)]
    at: Literal["event", "press"] = "event"
    duration: Annotated[Any, BeforeValidator(_a_duration), Field(description=_DURATION)] = "measured"
    modulators: Annotated[tuple[Modulator, ...], Field(max_length=20, strict=False)] = ()

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._a_press_has_no_length_of_its_own,)

    @property
    def regressors(self) -> list[str]:
        """Names of its columns in a design matrix: its own, then those of its modulators."""
        return [self.name, *(f"{self.name}_by_{one.label}" for one in self.modulators)]

    def _a_press_has_no_length_of_its_own(self) -> Iterator[Found]:
        if self.at == "press" and self.duration in ("measured", "response_time"):
            yield Found(
                ("duration",), self.duration, '"impulse" or a number of seconds, as the condition is at = "press"'
            )


class Contrast(Section):
    """A question to the model: weights of conditions and modulators; all others have 0."""

    name: Name
    weights: Annotated[dict[str, Number], Field(min_length=1)]


class Glm(Section):
    """A whole file: what to model, and what to ask of it."""

    name: Name
    description: str = ""
    conditions: Annotated[tuple[Condition, ...], Field(max_length=100, strict=False)]
    contrasts: Annotated[tuple[Contrast, ...], Field(max_length=100, strict=False)] = ()
    _stamp: str = PrivateAttr("no file")
    _source: str = PrivateAttr("")

    def checks(self) -> Iterable[Check]:
        """Give the checks across tables."""
        return (
            self._has_conditions,
            self._regressors_differ,
            self._contrasts_differ,
            self._contrasts_ask_for_what_is_there,
        )

    @property
    def stamp(self) -> str:
        """The file that it was read from, and that file's digest."""
        return self._stamp

    @property
    def source(self) -> str:
        """By what it is read again: its name, if it is one of ``configs/glm``, or else its file."""
        return self._source or self.name

    def stamped(self, stamp: str, source: str) -> Self:
        """Give the same with another stamp and source."""
        copied = self.model_copy()
        copied._stamp, copied._source = stamp, source
        return copied

    @property
    def regressors(self) -> list[str]:
        """Names of all conditions and modulators, in the order of the file."""
        return [name for condition in self.conditions for name in condition.regressors]

    @property
    def columns_used(self) -> set[str]:
        """Names of the columns that filters and modulators look at."""
        modulators = [one for condition in self.conditions for one in condition.modulators]
        return {one.column for one in modulators} | {key for one in self.conditions for key in one.where}

    def _has_conditions(self) -> Iterator[Found]:
        if not self.conditions:
            yield Found(("conditions",), [], "at least one table: [[conditions]]")

    def _regressors_differ(self) -> Iterator[Found]:
        seen: set[str] = set()
        for i, condition in enumerate(self.conditions):
            if _RESERVED.fullmatch(condition.name):
                allowed = "another name, as constant and drift_1, drift_2, ... are columns of every design matrix"
                yield Found(("conditions", i, "name"), condition.name, allowed)
            for name in condition.regressors:
                if name in seen:
                    allowed = f"names that make every condition and modulator different; {name} comes twice"
                    yield Found(("conditions", i, "name"), condition.name, allowed)
                seen.add(name)

    def _contrasts_differ(self) -> Iterator[Found]:
        names = [one.name for one in self.contrasts]
        for i, name in enumerate(names):
            if name in names[:i]:
                yield Found(("contrasts", i, "name"), name, "a name that no other contrast has")

    def _contrasts_ask_for_what_is_there(self) -> Iterator[Found]:
        names = self.regressors
        for i, contrast in enumerate(self.contrasts):
            for name, weight in contrast.weights.items():
                if name not in names:
                    yield Found(
                        ("contrasts", i, "weights", name),
                        weight,
                        f"the name of a condition or modulator: {one_of(name, names, '')}",
                    )
            if not any(contrast.weights.values()):
                yield Found(("contrasts", i, "weights"), contrast.weights, "a weight that is not 0")


def columns_are_there(glm: Glm, columns: Columns) -> Iterator[Found]:
    """Check that filters and modulators name columns and words that there are."""
    for i, condition in enumerate(glm.conditions):
        for column, wanted in condition.where.items():
            keys = ("conditions", i, "where", column)
            if column not in columns:
                yield Found(keys, wanted_as_written(wanted), f"the name of a column: {one_of(column, columns, '')}")
            elif isinstance(wanted, Between) and columns[column] is not None:
                yield Found(
                    keys, wanted_as_written(wanted), f"no range, as {column} holds words: a word, or a list of words"
                )
            else:
                yield from _words_are_there(keys, wanted, columns[column])
        for j, modulator in enumerate(condition.modulators):
            place = ("conditions", i, "modulators", j)
            words = columns.get(modulator.column)
            if modulator.column not in columns:
                yield Found((*place, "column"), modulator.column, one_of(modulator.column, columns))
            elif words is None and modulator.values:
                yield Found((*place, "values"), modulator.values, f"left out, as {modulator.column} holds numbers")
            elif words is not None and not modulator.values:
                table = ", ".join(f"{word} = {i}" for i, word in enumerate(words or ("a_word", "another")))
                yield Found((*place, "values"), None, f"a number for each word of {modulator.column}, as {{ {table} }}")
            elif words:
                for word in set(modulator.values) - set(words):
                    yield Found(
                        (*place, "values", word),
                        modulator.values[word],
                        f"a word of {modulator.column}: {one_of(word, words)}",
                    )


def _words_are_there(keys: tuple[str | int, ...], wanted: Any, words: tuple[str, ...] | None) -> Iterator[Found]:
    for value in wanted.values if isinstance(wanted, OneOf) else ():
        if value == MISSING:
            continue
        if words is None and isinstance(value, str):
            yield Found(keys, value, 'numbers (without quotes), or "n/a"')
        elif words is not None and not isinstance(value, str):
            yield Found(keys, value, f"words: {one_of(value, words)}" if words else "words in quotes")
        elif words and value not in words:
            yield Found(keys, value, one_of(value, [*words, MISSING]))


def wanted_as_written(wanted: OneOf | Between) -> Any:
    """Give a filter as it stands in a file."""
    if isinstance(wanted, OneOf):
        return list(wanted.values) if len(wanted.values) > 1 else wanted.values[0]
    ends = {"min": wanted.low, "max": wanted.high}
    return {key: end for key, end in ends.items() if abs(end) != float("inf")}
