"""Reading configuration files, and saying all that is wrong with one at once."""

import difflib
import re
import tomllib
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from task.config import protocol as protocol_module
from task.config import site as site_module
from task.config.base import AcrossMistake, Section
from task.config.protocol import Protocol
from task.config.site import Site
from task.config.wording import Wording

Model = TypeVar("Model", bound=Section)
Checks = Iterable[tuple[tuple[str, ...], Callable[[Any], Iterable[AcrossMistake]]]]
CONFIGS = Path(__file__).resolve().parents[2] / "configs"


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
        super().__init__("\n".join([f"{source}: {problem or count}", *map(str, self.mistakes)]))


def read_protocol(name_or_file: str) -> Protocol:
    """Read a protocol by its name in ``configs/protocols`` or from a file; raise ConfigError if it is wrong."""
    return _read("protocols", name_or_file, Protocol, protocol_module.CHECKS)


def read_site(name_or_file: str) -> Site:
    """Read a site by its name in ``configs/sites`` or from a file; raise ConfigError if it is wrong."""
    return _read("sites", name_or_file, Site, site_module.CHECKS)


def read_wording(name_or_file: str) -> Wording:
    """Read a wording by its name in ``configs/wording`` or from a file; raise ConfigError if it is wrong."""
    return _read("wording", name_or_file, Wording, ())


def names_in(folder: str) -> list[str]:
    """Names of the files that a folder of ``configs`` holds."""
    return sorted(path.stem for path in (CONFIGS / folder).glob("*.toml"))


def _read(folder: str, name_or_file: str, model: type[Model], checks: Checks) -> Model:
    path = _find(folder, name_or_file)
    shown = _shown(path)
    raw = _parse(path, shown)
    tables: dict[str, Any] = {}
    mistakes: list[Mistake] = []
    try:
        checked = model.model_validate(raw)
        tables = dict(checked)
    except ValidationError as error:
        errors = error.errors(include_url=False)
        mistakes = [_mistake_of(one, model, raw) for one in errors]
        tables = _good_tables({str(one["loc"][0]) for one in errors}, raw, model)
        checked = model.model_construct(**tables)
    for needed, check in checks:
        if set(needed) <= set(tables):
            mistakes += [Mistake(_dotted(keys, raw), _quoted(found), allowed) for keys, found, allowed in check(checked)]
    if mistakes:
        raise ConfigError(shown, mistakes)
    return checked


def _find(folder: str, name_or_file: str) -> Path:
    is_file_name = name_or_file.endswith(".toml") or "/" in name_or_file or "\\" in name_or_file
    path = Path(name_or_file) if is_file_name else CONFIGS / folder / f"{name_or_file}.toml"
    if path.exists():
        return path
    if is_file_name:
        raise ConfigError(name_or_file, problem="there is no such file")
    names = names_in(folder)
    near = difflib.get_close_matches(name_or_file, names, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    raise ConfigError(
        name_or_file, problem=f"no such name in configs/{folder}{hint} It has: {', '.join(names)}. Or name a .toml file"
    )


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(CONFIGS.parent).as_posix()
    except ValueError:
        return str(path)


def _parse(path: Path, shown: str) -> dict[str, Any]:
    if path.is_dir():
        raise ConfigError(shown, problem="this is a folder; a .toml file is needed")
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(shown, problem="this is not a text file in UTF-8; a .toml file is needed") from None
    except OSError as error:
        raise ConfigError(shown, problem=f"the file cannot be read ({error.strerror})") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise ConfigError(shown, problem=f"this is not valid TOML: {error}") from None


def _good_tables(wrong: set[str], raw: dict[str, Any], model: type[Model]) -> dict[str, Any]:
    """Read the tables that have no mistake, so that checks across tables can still say what they find."""
    good: dict[str, Any] = {}
    for key, field in model.model_fields.items():
        if key in wrong:
            continue
        if key in raw:
            good[key] = TypeAdapter(Annotated[field.annotation, field]).validate_python(raw[key])
        elif not field.is_required():
            good[key] = field.default
    return good


def _mistake_of(error: Any, model: type[BaseModel], raw: dict[str, Any]) -> Mistake:
    """Say a pydantic error in the words of this project."""
    loc = _keys_in_file(error["loc"], raw)
    kind, context, found = error["type"], error.get("ctx", {}), error["input"]
    if kind == "mistake":
        key, found = context["key"], context["found"]
        loc += tuple(key.split(".")) if key else ()
        return Mistake(_dotted(loc, raw), _quoted(found), context["allowed"])
    if kind == "extra_forbidden":
        known = _keys_allowed(model, loc[:-1], raw)
        near = difflib.get_close_matches(loc[-1], known, n=1)
        hint = f"did you mean {near[0]}? Here can stand: " if near else "here can stand: "
        return Mistake(_dotted(loc, raw), f"{_quoted(found)}, a key that is not known", hint + ", ".join(known))
    if kind == "missing":
        return Mistake(_dotted(loc, raw), "nothing", "this key is needed")
    if kind in ("literal_error", "union_tag_invalid"):
        expected = context.get("expected") or context.get("expected_tags", "")
        names = re.findall(r"'([^']*)'", expected)
        found = context.get("tag", found)
        if kind == "union_tag_invalid":
            loc += (context["discriminator"].strip("'"),)
        near = difflib.get_close_matches(str(found), names, n=1)
        hint = f"did you mean {near[0]!r}? One of: " if near else "one of: "
        return Mistake(_dotted(loc, raw), _quoted(found), hint + ", ".join(map(repr, names)))
    if kind == "union_tag_not_found":
        return Mistake(_dotted(loc, raw), _quoted(found), f"a table with the key {context['discriminator']}")
    limits = {name: f"{value:g}" if isinstance(value, float) else value for name, value in context.items()}
    return Mistake(_dotted(loc, raw), _quoted(found), _ALLOWED.get(kind, "{msg}").format(msg=error["msg"], **limits))


_ALLOWED = {
    "float_type": "a number",
    "int_type": "a whole number",
    "string_type": "text in quotes",
    "bool_type": "true or false",
    "model_type": "a table",
    "dict_type": "a table",
    "model_attributes_type": "a table",
    "tuple_type": "a list",
    "finite_number": "a number, neither nan nor inf",
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "too_short": "a list of at least {min_length}",
    "too_long": "a list of at most {max_length}",
    "string_too_short": "words, not an empty text",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "text that matches {pattern}",
}


def _keys_in_file(loc: Iterable[str | int], raw: Any) -> tuple[str, ...]:
    """Leave out of a pydantic location what does not stand in the file, such as the name of a union's member."""
    keys: list[str] = []
    here = raw
    for step in loc:
        if isinstance(here, dict) and step not in here and step in here.values():
            continue  # the tag that picks a union's member
        if isinstance(here, dict):
            here = here.get(str(step))
        elif isinstance(here, list) and isinstance(step, int):
            here = here[step] if step < len(here) else None
        elif keys and not isinstance(here, list):
            continue  # a member of a union of which nothing stands in the file, such as a plain number's "fixed"
        keys.append(str(step))
    return tuple(keys)


def _keys_allowed(model: type[BaseModel], loc: tuple[str, ...], raw: Any) -> list[str]:
    """List the keys that may stand in the table at ``loc``."""
    annotation: Any = model
    here = raw
    for step in loc:
        here = here[int(step)] if isinstance(here, list) else here[step]
        options = [annotation] if isinstance(annotation, type) else _models_in(annotation)
        fields = [option.model_fields[step] for option in options if step in getattr(option, "model_fields", {})]
        if fields:
            annotation = fields[0].annotation
    options = _models_in(annotation)
    tags = {str(here[key]) for key in ("distribution", "kind") if isinstance(here, dict) and key in here}
    tagged = [o for o in options if tags & set(map(str, _tags_of(o)))]
    return sorted({key for option in tagged or options for key in option.model_fields})


def _tags_of(model: type[BaseModel]) -> tuple[Any, ...]:
    for key in ("distribution", "kind"):
        if key in model.model_fields:
            return typing.get_args(model.model_fields[key].annotation)
    return ()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    """Find the models that a type annotation is made of."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in typing.get_args(annotation) for model in _models_in(part)]


def _dotted(keys: Iterable[str], raw: Any) -> str:
    """Write keys as slots[2].name, with the name of a list's entry beside its number."""
    text, here = "", raw
    for key in keys:
        if isinstance(here, list) and key.isdigit():
            here = here[int(key)] if int(key) < len(here) else None
            name = f' "{here["name"]}"' if isinstance(here, dict) and isinstance(here.get("name"), str) else ""
            text += f"[{int(key) + 1}{name}]"
        else:
            here = here.get(key) if isinstance(here, dict) else None
            text += f".{key}" if text else key
    return text


def _quoted(found: Any) -> str:
    """Show a value as it would stand in the file, and not at length."""
    if found is None:
        return "nothing"
    if isinstance(found, bool):
        return str(found).lower()
    text = f'"{found}"' if isinstance(found, str) else str(found)
    return text if len(text) <= 80 else text[:77] + "..."
