"""Checking the content of a configuration file: all of its mistakes at once.

pydantic sees to types and limits. Where these are wrong, values cannot all be held against each other: so an unknown
key is put right in a copy, what is sound is put together, and every check is made that it suffices for.
"""

import copy
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from typing import Annotated, Any, NamedTuple, TypeVar, cast, get_args, get_origin

from pydantic import TypeAdapter, ValidationError

from task.config.base import Check, Found, Section, nearest, one_of
from task.config.mistakes import Keys, Mistake, as_written, dotted, what_is_allowed, what_is_needed
from task.config.places import place_of, sections_in, tables_in, tags_of

Model = TypeVar("Model", bound=Section)
MoreChecks = Iterable[Callable[[Any], Iterable[Found]]]


class _Mistakes:
    """The mistakes found so far, each once, with the keys that lead to them in the file."""

    def __init__(self) -> None:
        self.keys: set[Keys] = set()
        self._placed: dict[Mistake, tuple[int, ...]] = {}

    def add(self, keys: Keys, found: str, allowed: str, raw: Any) -> None:
        keys, order = _in_file(keys, raw)
        self.keys.add(keys)
        self._placed.setdefault(Mistake(dotted(keys, raw), found, allowed), order)

    def in_order(self) -> list[Mistake]:
        return sorted(self._placed, key=lambda mistake: self._placed[mistake])


def checked(model: type[Model], raw: dict[str, Any], more_checks: MoreChecks = ()) -> Model | list[Mistake]:
    """Give the content of a file as its model, or all of the mistakes in it, in the order of the file.

    Parameters
    ----------
    model : type of Section
        Describes the file.
    raw : dict
        The file's content.
    more_checks : iterable of callable
        Checks of the whole, beyond the model's own.
    """
    mistakes = _Mistakes()
    whole, errors = _validated(model, raw)
    raw = copy.deepcopy(raw) if errors else raw
    while unknown := [error["loc"] for error in errors if error["type"] == "extra_forbidden"]:
        for loc in unknown:
            _put_right(model, loc, raw, mistakes)
        whole, errors = _validated(model, raw)
    for error in errors:
        _add_error(model, error, raw, mistakes)
    sound = whole or _sound(model, raw, mistakes.keys)
    for keys, table in _tables(sound, ()):
        if keys:
            _make(table.checks(), keys, raw, mistakes)
    if mistakes.keys:
        sound = _sound(model, raw, mistakes.keys)
    _make([*sound.checks(), *(partial(more, sound) for more in more_checks)], (), raw, mistakes)
    return mistakes.in_order() or sound


def _validated(model: type[Model], raw: Any) -> tuple[Model | None, list[Any]]:
    try:
        return model.model_validate(raw), []
    except ValidationError as error:
        return None, error.errors(include_url=False)


def _make(checks: Iterable[Check], keys: Keys, raw: Any, mistakes: _Mistakes) -> None:
    """Make checks, each as far as it goes: a value that is wrong in itself is missing from what is sound."""
    for check in checks:
        try:
            for one in check():
                mistakes.add(keys + one.keys, as_written(one.value), one.allowed, raw)
        except AttributeError:
            if not mistakes.keys:
                raise


def _add_error(model: type[Section], error: Any, raw: Any, mistakes: _Mistakes) -> None:
    """Say an error of pydantic in our own words."""
    loc, kind, found = error["loc"], error["type"], error["input"]
    if kind == "missing" and isinstance(loc[-1], int):  # a list that is too short
        loc, kind = loc[:-1], "too_short"
    if kind == "too_short" and isinstance(found, list) and "ctx" in error and len(found) >= error["ctx"]["min_length"]:
        return  # only for members that are wrong, of which each is said
    place = place_of(model, loc, raw)
    tags = tags_of(sections_in(place.annotation))
    if kind == "refused":
        mistakes.add(place.keys, as_written(found), error["ctx"]["allowed"], raw)
    elif kind == "missing":
        mistakes.add(place.keys, "nothing", what_is_needed(place), raw)
    elif kind in ("union_tag_invalid", "union_tag_not_found") and tags and isinstance(found, dict):
        tag = found.get(tags[0])
        mistakes.add((*place.keys, tags[0]), as_written(tag), one_of(tag, tags[1]), raw)
    else:
        mistakes.add(place.keys, as_written(found), what_is_allowed(place, found), raw)


def _put_right(model: type[Section], loc: Keys, raw: Any, mistakes: _Mistakes) -> None:
    """Say that a key is not known, and put it where it was most likely meant to be, so that all else is read."""
    table = place_of(model, loc[:-1], raw)
    key, known = str(loc[-1]), list(sections_in(table.annotation)[0].model_fields)
    here = raw
    for step in table.keys:
        here = here[step]
    near, home = nearest(key, known), _home(model, key, raw)
    allowed = f"here can stand: {', '.join(known)}"
    if home is not None:
        allowed = f"it belongs {home.said}" + ("" if home.is_free else ", where it stands already")
    elif near:
        allowed = f"did you mean {near}? {allowed}"
    mistakes.add((*table.keys, key), f"{as_written(here[key])}, but there is no such key", allowed, raw)
    value, meant = here[key], None
    if home is not None and home.is_free:
        (raw.setdefault(home.table, {}) if home.table else raw)[key] = value
    elif home is None and near not in here:
        meant = near
    entries = [(meant if name == key else name, one) for name, one in here.items()]
    here.clear()
    here.update((name, one) for name, one in entries if name is not None)


class _Home(NamedTuple):
    """Where else a key is allowed: a table ("" for the file itself), and whether it does not stand there yet."""

    table: str
    is_free: bool

    @property
    def said(self) -> str:
        return f"in [{self.table}]" if self.table else "at the top, before the first table in [ ]"


def _home(model: type[Section], key: str, raw: dict[str, Any]) -> _Home | None:
    homes = [_Home("", key not in raw)] if key in model.model_fields else []
    for name, table in tables_in(model):
        there = raw.get(name, {})
        if key in table.model_fields and isinstance(there, dict):
            homes.append(_Home(name, key not in there))
    return max(homes, key=lambda home: home.is_free, default=None)


def _sound(model: type[Model], raw: dict[str, Any], wrong: set[Keys]) -> Model:
    """Put together what is sound in a table; the rest is missing, and asking for it raises AttributeError."""
    values: dict[str, Any] = {}
    for key, field in model.model_fields.items():
        below = {keys[1:] for keys in wrong if keys[:1] == (key,)}
        sections, parts = sections_in(field.annotation), get_args(field.annotation)
        if () in below:
            continue
        if key not in raw:
            if not field.is_required():
                values[key] = field.default
        elif not below:
            with suppress(ValidationError):
                field_type = cast(Any, Annotated[field.annotation, field])
                values[key] = TypeAdapter(field_type).validate_python(raw[key])
        elif len(sections) == 1:
            values[key] = _sound(sections[0], raw[key], below)
        elif get_origin(field.annotation) is tuple and sections_in(parts[0]) and all(len(k) > 1 for k in below):
            values[key] = tuple(
                _sound(sections_in(parts[0])[0], one, {keys[1:] for keys in below if keys[0] == i})
                for i, one in enumerate(raw[key])
            )
    sound = model.model_construct(**values)
    for key in set(sound.__dict__) - set(values):  # defaults in the place of what is wrong
        del sound.__dict__[key]
    return cast(Model, sound)


def _tables(value: Any, keys: Keys) -> Iterator[tuple[Keys, Section]]:
    """Give every table of a model, with the keys that lead to it."""
    if isinstance(value, Section):
        yield keys, value
        for key in value.model_fields_set:
            yield from _tables(getattr(value, key), (*keys, key))
    elif isinstance(value, tuple):
        for i, one in enumerate(value):
            yield from _tables(one, (*keys, i))


def _in_file(keys: Keys, raw: Any) -> tuple[Keys, tuple[int, ...]]:
    """Leave out the keys below a value that is no table in the file; give their order in the file, too."""
    kept: list[str | int] = []
    order: list[int] = []
    here = raw
    for key in keys:
        if isinstance(here, dict):
            order.append(list(here).index(key) if key in here else len(here))
            here = here.get(str(key))
        elif isinstance(here, list) and isinstance(key, int):
            order.append(key)
            here = here[key] if key < len(here) else None
        elif kept and here is not None:
            break
        kept.append(key)
    return tuple(kept), tuple(order)
