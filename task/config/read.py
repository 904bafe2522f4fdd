"""Reading configuration files, by name or from a file."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from task.config.avatars import avatar_sets, pictures_in
from task.config.base import LONGEST_NAME, NAME_PATTERN, NAME_RULE, Found, Plain, Section, nearest, one_of
from task.config.checking import MoreChecks, checked
from task.config.glm import Columns, Glm, columns_are_there
from task.config.mistakes import ConfigError, Mistake, as_written
from task.config.protocol import Protocol
from task.config.site import Site
from task.config.wording import Wording

__all__ = [
    "CONFIGS",
    "ConfigError",
    "Mistake",
    "names_in",
    "read_glm",
    "read_protocol",
    "read_site",
    "read_wording",
]

Model = TypeVar("Model", bound=Section)
CONFIGS = Path(__file__).resolve().parents[2] / "configs"
MODELS: dict[str, type[Section]] = {"protocols": Protocol, "sites": Site, "wording": Wording, "glm": Glm}


def read_protocol(name_or_file: str) -> Protocol:
    """Read a protocol by its name in ``configs/protocols`` or from a file.

    Raises
    ------
    ConfigError
        If there is no such file, or with all that is wrong in it.
    """
    return _read("protocols", name_or_file, Protocol, (_wording_is_there, _avatars_are_there))


def read_site(name_or_file: str) -> Site:
    """Read a site by its name in ``configs/sites`` or from a file; raise ConfigError if it is wrong."""
    return _read("sites", name_or_file, Site)


def read_wording(name_or_file: str) -> Wording:
    """Read a wording by its name in ``configs/wording`` or from a file; raise ConfigError if it is wrong."""
    return _read("wording", name_or_file, Wording)


def read_glm(name_or_file: str, columns: Columns | None = None) -> Glm:
    """Read what to model by its name in ``configs/glm`` or from a file; raise ConfigError if it is wrong.

    With ``columns``, filters and modulators are held against the columns and words that there are.
    """
    more_checks = () if columns is None else (partial(columns_are_there, columns=columns),)
    return _read("glm", name_or_file, Glm, more_checks)


def names_in(folder: str) -> list[str]:
    """Names of the files that a folder of ``configs`` holds."""
    return sorted(path.stem for path in (CONFIGS / folder).glob("*.toml"))


def _read(folder: str, name_or_file: str, model: type[Model], more_checks: MoreChecks = ()) -> Model:
    path = _find(folder, name_or_file)
    source = _shown(path)
    try:
        raw = _parsed(path, source)
        for other, described in MODELS.items():
            if _is_made_for(described, raw) and not _is_made_for(model, raw):
                raise ConfigError(
                    source, problem=f"this file is one of configs/{other}; one of configs/{folder} is needed"
                )
        mistakes = list(_mistakes_in_name(raw, path, folder))
        result = checked(model, {**raw, "name": "unnamed" if mistakes else path.stem}, more_checks)
    except RecursionError:
        raise ConfigError(source, problem="lists or tables are nested too deeply in each other") from None
    if isinstance(result, list):
        raise ConfigError(source, [*mistakes, *result])
    if mistakes:
        raise ConfigError(source, mistakes)
    return result


def _mistakes_in_name(raw: dict[str, Any], path: Path, folder: str) -> Iterator[Mistake]:
    """Check what a file is called, which is its name: so a copy never passes for its original."""
    if "name" in raw:
        allowed = f'nothing: take this line out; a file\'s name is what the file is called, here "{path.stem}"'
        yield Mistake("name", as_written(raw["name"]), allowed)
    shipped = CONFIGS / folder / path.name
    if not re.fullmatch(NAME_PATTERN, path.stem) or len(path.stem) > LONGEST_NAME:
        yield Mistake("the file's name", as_written(path.stem), f"{NAME_RULE}; and then .toml")
    elif shipped.is_file() and not path.samefile(shipped):
        yield Mistake("the file's name", as_written(path.stem), f"another one, as configs/{folder} has a {path.name}")


def _is_made_for(model: type[Section], raw: dict[str, Any]) -> bool:
    """Whether the file has all that a file of this kind needs, beside its name."""
    needed = {key for key, field in model.model_fields.items() if field.is_required()} - {"name"}
    return needed <= set(raw)


def _find(folder: str, name_or_file: str) -> Path:
    is_file = name_or_file.lower().endswith(".toml") or "/" in name_or_file or "\\" in name_or_file
    path = Path(name_or_file) if is_file else CONFIGS / folder / f"{name_or_file}.toml"
    try:
        if path.exists():
            return path
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "no file can have such a name"
        raise ConfigError(name_or_file[:80], problem=f"the file cannot be read ({reason})") from None
    names = names_in(folder)
    if is_file:
        near = nearest(path.stem, names)
        hint = f". Did you mean the name '{near}', without .toml?" if near and path.name == str(path) else ""
        raise ConfigError(name_or_file, problem=f"there is no such file{hint}")
    known = one_of(name_or_file, names, quote="'")
    raise ConfigError(
        name_or_file or "''", problem=f"there is no such name in configs/{folder}; {known}. Or give a .toml file"
    )


def _shown(path: Path) -> str:
    try:
        return path.resolve().relative_to(CONFIGS.parent).as_posix()
    except ValueError:
        return str(path)


def _parsed(path: Path, source: str) -> dict[str, Any]:
    if not path.is_file():
        what = "a folder" if path.is_dir() else "not a file of text"
        raise ConfigError(source, problem=f"this is {what}; a .toml file is needed")
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = _place_in_text(error)
        problem = f"this is not text in UTF-8 ({where}); a .toml file is needed, saved as UTF-8"
        raise ConfigError(source, problem=problem) from None
    except OSError as error:
        raise ConfigError(source, problem=f"the file cannot be read ({error.strerror})") from None
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(source, problem=_not_toml(str(error), text)) from None
    except ValueError:  # of Python's own, such as for a number of thousands of digits
        raise ConfigError(source, problem="this is not valid TOML: a value in it cannot be read") from None
    if not raw:
        raise ConfigError(source, problem="there is nothing in this file; copy one that is shipped, and change it")
    return raw


def _place_in_text(error: UnicodeDecodeError) -> str:
    """Give the line of what is no UTF-8, and the word, as in K?ln."""
    before, rest = error.object[: error.start], error.object[error.start :]
    found = [*re.findall(rb"\w{0,20}$", before)[:1], *re.findall(rb"^[\w\x80-\xff]{1,20}", rest)]
    word = b"".join(found).decode("ascii", "replace").replace("\ufffd", "?")
    line = before.count(b"\n") + 1
    return f"line {line}, near {word}"


def _not_toml(message: str, text: str) -> str:
    """Say why a text is not TOML, with the line that it is about."""
    at = re.search(r"at line (\d+)", message)
    lines = text.splitlines()
    line = lines[int(at[1]) - 1].strip()[:80] if at and int(at[1]) <= len(lines) else ""
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, f"{message}\n{line}")), "")
    return "\n  ".join(filter(None, [f"this is not valid TOML: {message}", line, hint]))


_HINTS = (
    (
        r"^(Invalid|Illegal).*\n[^#]*[\u201c\u201d\u201e\u2018\u2019]",
        'Use straight quotes, such as "text", and no curly ones.',
    ),
    (r"Illegal character '\\n'", "A quotation mark is missing on this line."),
    (r"Expected \"'\"|Unterminated string", "The quotation mark that ends a text is missing."),
    (
        r"Unclosed inline table|key part.*\n.*\{",
        "A } is missing on this line. A table in { } stands on one line, without a comma at its end.",
    ),
    (r"Unclosed array", "A ] is missing on this line or before it, or else a comma or a quotation mark."),
    (
        r"(table|array) declaration",
        "A ] is missing: a table begins with [name], one of a list with [[name]].",
    ),
    (
        r"twice|overwrite|namespace",
        "Each key and each [table] stands once; only tables of a list, such as [[slots]], come again.",
    ),
    (r"\n.*=\s*[+-]?\d+,\d", "Numbers have a decimal point, no comma."),
    (r"\n.*=\s*(True|False|TRUE|FALSE|yes|no)\b", "Yes and no are written true and false."),
    (r"\n.*=\s*[A-Za-z_]", "Text stands in quotes."),
    (r"\n.*=\s*[.][0-9]|\n.*=\s*[0-9]+[.]\s*(#|$)", "Numbers have a digit on both sides of the decimal point."),
)
"""What people often get wrong: a pattern for the message and the line, and what to do."""


def _wording_is_there(protocol: Protocol) -> Iterator[Found]:
    names, wording = names_in("wording"), protocol.wording
    if wording not in names and not (wording.lower().endswith(".toml") and Path(wording).is_file()):
        yield Found(("wording",), wording, f"a name in configs/wording, {one_of(wording, names)}; or a .toml file")


def _avatars_are_there(protocol: Protocol) -> Iterable[Found]:
    avatar_set, sets = protocol.deciders.avatar_set, avatar_sets()
    if avatar_set not in sets:
        yield Found(("deciders", "avatar_set"), avatar_set, one_of(avatar_set, sets))
        return
    pictures, needed = len(pictures_in(avatar_set)), protocol.deciders_needed
    if pictures < needed:
        yield Found(
            ("deciders", "avatar_set"),
            Plain(f'"{avatar_set}", which has {pictures} pictures'),
            f"a set with a picture for each of the session's {needed} Deciders (a Decider of each type and kind, "
            "anew with each renewal); add pictures to stimuli/avatars, or change types, kinds or renew_every_runs",
        )
