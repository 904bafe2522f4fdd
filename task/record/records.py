"""What a record is: a frozen dataclass for each kind, made from the facts of a line, and made into them again.

The kinds themselves stand in ``task.record.kinds``.
"""

from collections.abc import Iterable
from dataclasses import MISSING, dataclass, field
from functools import cache
from typing import Annotated, Any, TypeVar

from task.computer.modules import import_all
from task.record.fields import NO_FACT, About, Misfit, fields_of

Facts = dict[str, Any]
"""A record as a JSON object: ``n``, ``kind``, and then its fields in their order."""


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

    n: int = field(default=-1, metadata=NO_FACT)
    more: Facts = field(default_factory=dict, metadata=NO_FACT)

    def __init_subclass__(cls) -> None:
        name = cls.__name__.lower()
        if _DEFINED.setdefault(name, cls).__module__ != cls.__module__:
            raise TypeError(f"{cls.__module__} defines a kind of record {name!r}, as {_DEFINED[name].__module__} does")
        _DEFINED[name] = cls

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
