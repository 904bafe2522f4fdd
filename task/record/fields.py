"""The fields of a dataclass as a journal has them: what each tells, what it can have, and how it is read from JSON."""

from collections.abc import Callable, Mapping
from dataclasses import fields
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

NO_FACT = {"is a fact": False}
"""Metadata of a field that is not read from a journal like the others."""


class About(NamedTuple):
    """What a field of a record tells.

    Attributes
    ----------
    text : str
        What it is, in words.
    unit : str
        Its unit, if it has one.
    since : int
        The first format of the journal that has it; in older ones it has its default.
    if_any : bool
        Whether it is left out of the journal where it has its default, as then there is nothing to tell.
    """

    text: str
    unit: str = ""
    since: int = 1
    if_any: bool = False


class Beside(NamedTuple):
    """Marks a field that is a value of several facts: its class's name, and beside it that class's own fields.

    Attributes
    ----------
    classes : callable
        Gives the dataclasses that it may be of, by their names.
    unknown : type
        Takes a ``name`` that is none of these.
    """

    classes: Callable[[], Mapping[str, type]]
    unknown: Callable[[str], Any]


class Misfit(ValueError):
    """A value that its field cannot have, or a record without a field that it has to have."""


class Field(NamedTuple):
    """A field of a dataclass, for whoever reads it from JSON, writes it to JSON, or describes it.

    Attributes
    ----------
    name : str
        Its name, in the class and in the journal.
    about : About
        What it tells.
    default : object
        What it has where the journal has nothing; MISSING if every record of its kind has to have it.
    plain : frozenset of type
        A value of one of these types is taken as it is.
    read : callable
        Takes any other value from JSON and gives it as the field has it; raises Misfit if it cannot have it.
    allowed : str
        What it can have, in words.
    beside : Beside or None
        Where it is a value of several facts.
    """

    name: str
    about: About
    default: Any
    plain: frozenset[type]
    read: Callable[[Any], Any]
    allowed: str
    beside: Beside | None


_FIELDS: dict[type, tuple[Field, ...]] = {}


def fields_of(kind: type[Any]) -> tuple[Field, ...]:
    """Give the fields of a kind of record, or of another dataclass, in the order in which they stand in a journal."""
    known = _FIELDS.get(kind)
    if known is not None:
        return known
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for one in fields(kind):
        if one.metadata == NO_FACT:
            continue
        hint, *notes = get_args(hints[one.name]) if get_origin(hints[one.name]) is Annotated else (hints[one.name],)
        about = next((note for note in notes if isinstance(note, About)), About(""))
        beside = next((note for note in notes if isinstance(note, Beside)), None)
        plain = frozenset() if beside else _plain(hint)
        read, allowed = (_refuse, "") if beside else (_reader(hint), in_words(hint))
        found.append(Field(one.name, about, one.default, plain, read, allowed, beside))
    _FIELDS[kind] = tuple(found)
    return _FIELDS[kind]


_PLAIN: dict[Any, frozenset[type]] = {
    float: frozenset({float, int}),
    int: frozenset({int}),
    str: frozenset({str}),
    bool: frozenset({bool}),
    NoneType: frozenset({NoneType}),
}
_WORDS = {float: "number", int: "whole number", str: "text", bool: "true or false", NoneType: "null"}


def _members(hint: Any) -> tuple[Any, ...]:
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)


def _plain(hint: Any) -> frozenset[type]:
    """Give the types whose values are taken as they are."""
    return frozenset().union(*(_PLAIN.get(one, ()) for one in _members(hint)))


def _refuse(found: Any) -> Any:
    raise Misfit


def _reader(hint: Any) -> Callable[[Any], Any]:
    """Make what takes a value from JSON and gives it as a field of this type has it."""
    members = _members(hint)
    if len(members) > 1:
        readers = [_reader(one) for one in members]

        def of_any(found: Any) -> Any:
            for read in readers:
                try:
                    return read(found)
                except Misfit:
                    continue
            raise Misfit

        return of_any
    origin, inner = get_origin(hint), get_args(hint)
    if hint in _PLAIN:
        return lambda found: found if type(found) in _PLAIN[hint] else _refuse(found)
    if origin is Literal:
        return lambda found: found if type(found) is str and found in inner else _refuse(found)
    if origin is dict:
        value = _reader(inner[1])
        return lambda found: {k: value(v) for k, v in found.items()} if type(found) is dict else _refuse(found)
    if origin is tuple and inner[1:] == (...,):
        each = _reader(inner[0])
        return lambda found: tuple(map(each, found)) if type(found) in (list, tuple) else _refuse(found)
    if origin is tuple:
        parts = [_reader(one) for one in inner]

        def of_parts(found: Any) -> Any:
            if type(found) not in (list, tuple) or len(found) != len(parts):
                raise Misfit
            return tuple(read(value) for read, value in zip(parts, found, strict=True))

        return of_parts
    if hint is Any:
        return lambda found: found
    raise TypeError(f"a record cannot have a field of the type {hint}")


def in_words(hint: Any) -> str:
    """Say what a field of a type can have, in the words of JSON."""
    members = _members(hint)
    if len(members) > 1:
        *others, last = map(in_words, members)
        return f"{', '.join(others)} or {last}"
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Literal:
        return " or ".join(f'"{value}"' for value in inner)
    if origin is tuple:
        what = in_words(inner[0]) if inner[1:] == (...,) else ", ".join(map(in_words, inner))
        return f"list of {what}" if inner[1:] == (...,) else f"[{what}]"
    return "object" if origin is dict else str(_WORDS.get(hint, "anything"))
