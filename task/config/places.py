"""What may stand at a place in a configuration file, found in the models that describe the file."""

from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin

from pydantic.fields import FieldInfo

from task.config.base import Section


class Place(NamedTuple):
    """A place in a file: its keys as they stand in the file, the type of its value, and what limits the value."""

    keys: tuple[str | int, ...]
    annotation: Any
    infos: tuple[FieldInfo, ...]


def place_of(model: type[Section], loc: tuple[str | int, ...], raw: Any) -> Place:
    """Find the place that a location in pydantic's sense means.

    Such a location has steps that stand in no file: the tag that picks a member of a union, and what a plain
    number is made into.
    """
    keys: list[str | int] = []
    here: Any = raw
    annotation, infos = _bare(model, ())
    above: Any = annotation
    for step in loc:
        if step == "[key]" and get_origin(above) is dict:  # the key of a free table is itself what is wrong
            annotation, infos = _bare(get_args(above)[0], ())
            continue
        sections = sections_in(annotation)
        if get_origin(annotation) in (Union, UnionType) and sections:
            annotation = next((one for one in sections if step in (tags_of([one]) or ("", []))[1]), annotation)
            continue
        above = annotation
        if isinstance(here, dict | list):
            keys.append(step)
            here = _inside(here, step)
        annotation, infos = _bare(*_below(annotation, step))
    return Place(tuple(keys), annotation, infos)


def sections_in(annotation: Any) -> list[type[Section]]:
    """List the tables that a value of this type can be; none for a list of tables."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return [annotation]
    if get_origin(annotation) in (Annotated, Union, UnionType):
        return [one for part in get_args(annotation) for one in sections_in(part)]
    return []


def tags_of(sections: list[type[Section]]) -> tuple[str, list[str]] | None:
    """Give the key whose value says which table it is, such as "kind", and its values."""
    for key in ("distribution", "kind"):
        fields = [one.model_fields[key] for one in sections if key in one.model_fields]
        if fields and get_origin(fields[0].annotation) is Literal:
            return key, [str(tag) for field in fields for tag in get_args(field.annotation)]
    return None


def tables_in(model: type[Section]) -> Iterator[tuple[str, type[Section]]]:
    """Give the tables right below a model, with their keys."""
    for key, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, Section):
            yield key, field.annotation


def _inside(here: dict[str, Any] | list[Any], step: str | int) -> Any:
    if isinstance(here, list):
        return here[step] if isinstance(step, int) and step < len(here) else None
    return here.get(str(step))


def _below(annotation: Any, step: str | int) -> tuple[Any, tuple[FieldInfo, ...]]:
    """Give the type of what stands below a key of a value of this type."""
    arguments = get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, Section) and step in annotation.model_fields:
        field = annotation.model_fields[str(step)]
        return field.annotation, (field,)
    if get_origin(annotation) is tuple and isinstance(step, int):
        return arguments[0] if arguments[-1] is Ellipsis else arguments[min(step, len(arguments) - 1)], ()
    if get_origin(annotation) is dict:
        return arguments[1], ()
    return Any, ()


def _bare(annotation: Any, infos: tuple[FieldInfo, ...]) -> tuple[Any, tuple[FieldInfo, ...]]:
    """Take a type out of Annotated and Optional."""
    while True:
        arguments = get_args(annotation)
        if get_origin(annotation) is Annotated:
            infos += tuple(one for one in arguments[1:] if isinstance(one, FieldInfo))
            annotation = arguments[0]
        elif type(None) in arguments and len(arguments) == 2:
            annotation = next(one for one in arguments if one is not type(None))
        else:
            return annotation, infos
