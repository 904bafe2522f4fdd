"""What a record is: a frozen dataclass for each kind, made from the facts of a line, and made into them again.

The kinds themselves stand in ``task.record.kinds``.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, TypeVar, Union, get_args, get_origin, get_type_hints

from task.computer.modules import import_all

Facts = dict[str, Any]
"""A record as a JSON object: ``n``, ``kind``, and then its fields in their order."""


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


_DEFINED: dict[str, type["Record"]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """A fact of a run.

    Attributes
    ----------
    n : int
        Its number in its journal, from 0; -1 as long as it stands in none.
    more : dict
        Facts that this program does not know, as a newer one wrote them.
    """

    n: int = -1
    more: Facts = field(default_factory=dict)

    def __init_subclass__(cls) -> None:
        _DEFINED[cls.__name__.lower()] = cls

    @property
    def kind(self) -> str:
        """The name of its kind in the journal."""
        return type(self).__name__.lower()


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed(Record):
    """A fact that has a time."""

    t: Annotated[float, About("Time on the clock that stamps everything", "s")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Record):
    """A record that is kept as it stands: of a kind that this program does not know, or not as its kind has to be.

    Attributes
    ----------
    name : str
        The name of its kind in the journal.
    problem : str
        In what it is not as its kind has to be; empty if the kind is not known.
    """

    name: str
    problem: str = ""

    @property
    def kind(self) -> str:
        """The name of its kind in the journal."""
        return self.name


@cache
def kinds_of_record() -> dict[str, type[Record]]:
    """Give every kind of record by its name in the journal: all that the modules of ``task.record.kinds`` define."""
    import_all("task.record.kinds")
    return {name: kind for name, kind in _DEFINED.items() if kind.__module__.startswith("task.record.kinds.")}


Kind = TypeVar("Kind", bound=Record)


def first(records: Iterable[Record], kind: type[Kind]) -> Kind | None:
    """Give the first record of a kind, or None."""
    return next((record for record in records if isinstance(record, kind)), None)


def of_kind(records: Iterable[Record], kind: type[Kind]) -> list[Kind]:
    """Give the records of a kind, in their order."""
    return [record for record in records if isinstance(record, kind)]


def readable(record: Kind) -> Kind:
    """Give a record back if it can be read from a journal as it is; for values that no type checker has seen.

    Raises
    ------
    TypeError
        If one of its fields has a value that it cannot have.
    """
    read = from_facts(to_facts(record))
    if isinstance(read, Unknown):
        raise TypeError(f"{read.kind} {read.problem}: it could not be read again")
    return record


def stamp_of(record: Record) -> float | None:
    """Give the time of a record, on the clock that stamps everything; None if it has none."""
    t = record.more.get("t") if isinstance(record, Unknown) else getattr(record, "t", None)
    return t if isinstance(t, float | int) else None


# --- from records to facts, and back ---------------------------------------------------------------------------------


def to_facts(record: Record, n: int | None = None) -> Facts:
    """Give a record as a JSON object, with its own number or with another."""
    facts: Facts = {"n": record.n if n is None else n, "kind": record.kind}
    if not isinstance(record, Unknown):
        _put(record, facts)
    facts.update(record.more)
    return facts


def _put(value: Any, facts: Facts) -> None:
    for one in fields_of(type(value)):
        found = getattr(value, one.name)
        if one.beside is None:
            if not (one.about.if_any and found == one.default):
                facts[one.name] = found
        elif type(found) is one.beside.unknown:
            facts[one.name] = found.name
        else:
            facts[one.name] = type(found).__name__
            _put(found, facts)


def from_facts(facts: Facts) -> Record:
    """Make a record of a JSON object that has ``n`` and ``kind``; this never fails, and loses nothing."""
    rest = dict(facts)
    n, name = rest.pop("n"), rest.pop("kind")
    kind, problem = kinds_of_record().get(name), ""
    if kind is not None:
        try:
            values = _take(kind, rest)
            return kind(n=n, more=rest, **values)
        except Misfit as misfit:
            problem = str(misfit)
            rest = {key: value for key, value in facts.items() if key not in ("n", "kind")}
    return Unknown(n=n, name=name, problem=problem, more=rest)


def _take(kind: type, rest: Facts) -> Facts:
    """Take the fields of a dataclass out of facts; raise Misfit if they are not as they have to be."""
    values: Facts = {}
    lacking, wrong = [], None
    for one in fields_of(kind):
        found = rest.pop(one.name, MISSING)
        if found is MISSING:
            if one.default is MISSING:
                lacking.append(one.name)
        elif type(found) in one.plain:
            values[one.name] = found
        elif one.beside is None:
            try:
                values[one.name] = one.read(found)
            except Misfit:
                wrong = wrong or f"has {one.name} {_in_short(found)} (allowed: {one.allowed})"
        elif type(found) is not str:
            wrong = wrong or f"has {one.name} {_in_short(found)} (allowed: text)"
        else:
            known = one.beside.classes().get(found)
            values[one.name] = one.beside.unknown(found) if known is None else known(**_take(known, rest))
    if lacking or wrong:
        raise Misfit(f"lacks {', '.join(lacking)}" if lacking else wrong)
    return values


def _in_short(found: Any) -> str:
    text = repr(found)
    return text if len(text) <= 40 else f"{text[:37]}..."


class Misfit(ValueError):
    """A value that its field cannot have, or a record without a field that it has to have."""


# --- the fields of a kind --------------------------------------------------------------------------------------------


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
    """Give the fields of a kind of record, but for ``n`` and ``more``, or of another dataclass, in their order."""
    known = _FIELDS.get(kind)
    if known is not None:
        return known
    hints = get_type_hints(kind, include_extras=True)
    found = []
    for one in fields(kind):
        if one.name in ("n", "more") and issubclass(kind, Record):
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
