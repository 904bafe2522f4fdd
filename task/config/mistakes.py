"""Saying what is wrong with a configuration file: where, what was found, and what is allowed."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from task.config.base import NAME_RULE, Plain, as_name, one_of
from task.config.places import Place, sections_in, tags_of

Keys = tuple[str | int, ...]
_LONGEST = 80


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong with a file: where, what was found, what is allowed."""

    where: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"  {self.where}\n      found    {self.found}\n      allowed  {self.allowed}"


class ConfigError(Exception):
    """A configuration file that cannot be used; its text is meant for whoever wrote the file."""

    def __init__(self, source: str, mistakes: Iterable[Mistake] = (), problem: str | None = None) -> None:
        self.source, self.mistakes = source, tuple(mistakes)
        count = f"{len(self.mistakes)} mistake{'s' if len(self.mistakes) != 1 else ''}"
        self.problem = problem or count
        super().__init__("\n".join([f"{source}: {self.problem}", *map(str, self.mistakes)]))


def dotted(keys: Keys, raw: Any) -> str:
    """Write keys as slots[2 "feedback"].name: places count from 1, with the name that stands there."""
    text, here = "", raw
    for key in keys:
        if isinstance(key, int):
            here = here[key] if isinstance(here, list) and key < len(here) else None
            name = here.get("name") if isinstance(here, dict) else None
            text += f"[{key + 1} {as_written(name)}]" if isinstance(name, str) else f"[{key + 1}]"
        else:
            here = here.get(key) if isinstance(here, dict) else None
            bare = key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else as_written(key)
            text += f".{bare}" if text else bare
    return text or "the file"


def as_written(found: Any) -> str:
    """Show a value as it would stand in the file, and not at length."""
    text = _written(found, 3)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."


def _written(found: Any, depth: int) -> str:
    if found is None:
        return "nothing"
    if isinstance(found, Plain):
        return str(found)
    if isinstance(found, bool):
        return str(found).lower()
    if isinstance(found, int) and found.bit_length() > 200:
        return "a number of very many digits"
    if isinstance(found, str):
        found = found[: 2 * _LONGEST]
        has_backslashes = "\\" in found and found.isprintable() and "'" not in found
        return f"'{found}'" if has_backslashes else json.dumps(found, ensure_ascii=False)
    if isinstance(found, list | tuple | dict) and not depth:
        return "..."
    if isinstance(found, dict):
        entries = [f"{dotted((key,), None)} = {_written(found[key], depth - 1)}" for key in list(found)[:_LONGEST]]
        return "{ " + ", ".join(entries) + " }" if entries else "an empty table"
    if isinstance(found, list | tuple):
        return "[" + ", ".join(_written(one, depth - 1) for one in found[:_LONGEST]) + "]"
    return str(found)


def what_is_allowed(place: Place, found: Any) -> str:
    """Say which values a place takes, in words; ``found`` is what was found instead."""
    key = next((key for key in reversed(place.keys) if isinstance(key, str)), "")
    base, described = place.annotation, next((i.description for i in place.infos if i.description), None)
    if described:
        name = as_name(found) if described == NAME_RULE and isinstance(found, str) else ""
        return f'did you mean "{name}"? {described}' if name else described
    if sections_in(base):
        tags = tags_of(sections_in(base))
        return f"a table, with {tags[0]} = {' or '.join(map(as_written, tags[1]))}" if tags else "a table"
    if get_origin(base) is Literal:
        return one_of(found, get_args(base))
    low, high = _limits(place.infos)
    unquoted = ", without quotes" if isinstance(found, str) else ""
    if base is bool:
        return f"true or false{unquoted}"
    if base in (int, float):
        what = "a whole number" if base is int else "a number"
        if base is int and isinstance(found, float):
            what += " (no decimal point)"
        if key.endswith("_s"):
            what += " of seconds"
        elif key.endswith("_cm"):
            what += " of centimetres"
        not_a_number = " (not nan, not inf)" if isinstance(found, float) and not math.isfinite(found) else ""
        return " ".join(filter(None, [what, _range(low, high)])) + not_a_number + unquoted
    if base is str:
        return f"text in quotes, 1 to {high} characters" if high else "text in quotes"
    if get_origin(base) is tuple:
        return _list_in_words(place, low, high, found)
    return "a table" if get_origin(base) is dict else "something else"


def what_is_needed(place: Place) -> str:
    """Say what has to stand at a place at which nothing stands."""
    if get_origin(place.annotation) is tuple and sections_in(get_args(place.annotation)[0]):
        return f"these tables are needed, each under [[{_header(place)}]]"
    if isinstance(place.annotation, type) and sections_in(place.annotation):
        return f"this table is needed: [{_header(place)}]"
    if get_origin(place.annotation) is dict:
        return f"this table is needed: [{_header(place)}]"
    return f"this key is needed: {what_is_allowed(place, None)}"


def _header(place: Place) -> str:
    return ".".join(key for key in place.keys if isinstance(key, str))


def _list_in_words(place: Place, low: Any, high: Any, found: Any) -> str:
    first, *others = get_args(place.annotation)
    if sections_in(first):
        tables = f"[[{_header(place)}]]"
        what = f"tables, each under {tables}" if isinstance(found, dict) else f"a list of tables: {tables}"
    elif others and others[-1] is not Ellipsis:
        return f"a list of {1 + len(others)} in square brackets"
    else:
        what = "a list in square brackets"
    limits = [f"at least {low}" if low else "", f"at most {high}" if high else ""]
    return ", ".join([what, *filter(None, limits)])


def _limits(infos: Iterable[FieldInfo]) -> tuple[Any, Any]:
    """Find the lowest and the highest value (or length), written ">0" where the limit itself is not allowed."""
    low: Any = None
    high: Any = None
    for limit in (limit for info in infos for limit in info.metadata):
        low = getattr(limit, "ge", getattr(limit, "min_length", low))
        high = getattr(limit, "le", getattr(limit, "max_length", high))
        low = f">{limit.gt:g}" if getattr(limit, "gt", None) is not None else low
    return low, high


def _range(low: Any, high: Any) -> str:
    lower = "" if low is None else f"more than {low[1:]}" if isinstance(low, str) else f"at least {low:,}"
    upper = "" if high is None else f"at most {high:,}"
    if lower.startswith("at least") and upper:
        return f"from {low} to {high}"
    return " and ".join(filter(None, [lower, upper]))
