"""Reading configuration files, by name or from a file."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from task.computer.files import listed
from task.computer.refusals import PathError, as_path, what_is_too_long
from task.config.avatars import avatar_sets, pictures_in
from task.config.base import NAME_RULE, Found, Plain, Section, as_name, is_name, nearest, one_of, what_backslashes_mean
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
    "file_of",
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

    A wording that it names by a file is sought beside it, and then named by its whole path: wherever one stands, and
    also when the protocol is read again from a saved plan, it is that file.

    Raises
    ------
    ConfigError
        If there is no such file, or with all that is wrong in it.
    """
    path = file_of("protocols", name_or_file)
    protocol = _read("protocols", path, Protocol, (partial(_wording_is_there, beside=path.parent), _avatars_are_there))
    wording = protocol.wording
    whole = wording if wording in names_in("wording") else str(file_of("wording", wording, path.parent).resolve())
    return protocol.model_copy(update={"wording": whole})


def read_site(name_or_file: str) -> Site:
    """Read a site by its name in ``configs/sites`` or from a file; raise ConfigError if it is wrong."""
    return _read("sites", file_of("sites", name_or_file), Site)


def read_wording(name_or_file: str) -> Wording:
    """Read a wording by its name in ``configs/wording`` or from a file; raise ConfigError if it is wrong."""
    return _read("wording", file_of("wording", name_or_file), Wording)


def read_glm(name_or_file: str, columns: Columns | None = None) -> Glm:
    """Read what to model by its name in ``configs/glm`` or from a file; raise ConfigError if it is wrong.

    With ``columns``, filters and modulators are held against the columns and words that there are.
    """
    more_checks = () if columns is None else (partial(columns_are_there, columns=columns),)
    return _read("glm", file_of("glm", name_or_file), Glm, more_checks)


def names_in(folder: str) -> list[str]:
    """Names that can be given for the files that a folder of ``configs`` holds."""
    return sorted(filter(is_name, _stems_in(folder)))


def _stems_in(folder: str) -> list[str]:
    return [path.stem for path in listed(CONFIGS / folder, "*.toml")]


def _read(folder: str, path: Path, model: type[Model], more_checks: MoreChecks = ()) -> Model:
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
    if not is_name(path.stem):
        yield Mistake("the file's name", as_written(path.stem), f"{NAME_RULE}; and then .toml{_to_rename(path.stem)}")
    elif shipped.is_file() and not path.samefile(shipped):
        yield Mistake("the file's name", as_written(path.stem), f"another one, as configs/{folder} has a {path.name}")


def _is_made_for(model: type[Section], raw: dict[str, Any]) -> bool:
    """Whether the file has all that a file of this kind needs, beside its name."""
    needed = {key for key, field in model.model_fields.items() if field.is_required()} - {"name"}
    return needed <= set(raw)


def _to_rename(stem: str) -> str:
    return f": rename it, as to {name}.toml" if (name := as_name(stem)) else ""


def file_of(folder: str, name_or_file: str, beside: Path = Path()) -> Path:
    """Find a configuration file by its name in a folder of ``configs``, or by its path.

    Parameters
    ----------
    folder : str
        The folder of ``configs``.
    name_or_file : str
        A name in it, as it is written there; or a path, which ends in .toml or has a slash in it.
    beside : Path
        The folder that a path starts from if it is not whole; left out, where one stands.

    Raises
    ------
    ConfigError
        If there is no such name or file; it says what was likely meant.
    """
    names = names_in(folder)
    if not _is_path(name_or_file):
        return _file_of_name(folder, name_or_file, names)
    try:
        path = beside / as_path(name_or_file)
        if path.exists():
            return path
        problem = "there is no such file" + f", sought in {beside}" * (beside != Path() and beside in path.parents)
        near = nearest(path.stem, names) if path.name == name_or_file else None
        problem += f". Did you mean the name '{near}', without .toml?" if near else ""
    except OSError as error:
        problem = what_is_too_long(path, error) or f"the file cannot be read ({error.strerror})"
    except PathError as error:
        problem = str(error)
    except ValueError:
        problem = "no file can have such a name"
    raise ConfigError(name_or_file[:80], problem=problem)


def _is_path(name_or_file: str) -> bool:
    return name_or_file.lower().endswith(".toml") or "/" in name_or_file or "\\" in name_or_file


def _file_of_name(folder: str, name: str, names: list[str]) -> Path:
    stems = _stems_in(folder)
    if name in stems:
        return CONFIGS / folder / f"{name}.toml"
    meant = next((stem for stem in stems if not is_name(stem) and stem.lower() == name.lower()), None)
    if meant:
        renamed = f"a name has {NAME_RULE}{_to_rename(meant)}"
        raise ConfigError(name, problem=f"configs/{folder} has {meant}.toml, which cannot be named so: {renamed}")
    known = one_of(name, names, quote="'")
    problem = f"there is no such name in configs/{folder}; {known}. Or give a .toml file"
    raise ConfigError(name[:80] or "''", problem=problem)


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
    at = re.search(r"at line (\d+), column (\d+)", message)
    lines = text.splitlines()
    whole = lines[int(at[1]) - 1] if at and int(at[1]) <= len(lines) else ""
    line = whole.strip()[:80]
    hint = next((hint for pattern, hint in _HINTS if re.search(pattern, f"{message}\n{line}")), "")
    hint = _on_backslashes(whole, int(at[2])) if at and re.search("Unescaped|Invalid hex", message) else hint
    return "\n  ".join(filter(None, [f"this is not valid TOML: {message}", line, hint]))


def _on_backslashes(line: str, column: int) -> str:
    """Say how the text in double quotes at this column is written, in which a backslash is no sign of TOML's."""
    texts = [found for found in re.finditer(r'"([^"]*)"', line) if found.start() < column <= found.end()]
    text = texts[0][1] if texts else ""
    if not text or "'" in text:
        return r"In double quotes a backslash is written twice: \\."
    return f"A backslash stands for itself in single quotes only: '{text}'."


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


def _wording_is_there(protocol: Protocol, beside: Path) -> Iterator[Found]:
    wording = protocol.wording
    try:
        file_of("wording", wording, beside)
    except ConfigError as error:
        missing = f"; {what_backslashes_mean(wording) or error.problem}" if _is_path(wording) else ""
        names = one_of(wording, names_in("wording"))
        yield Found(("wording",), wording, f"a name in configs/wording, {names}; or a .toml file{missing}")


def _avatars_are_there(protocol: Protocol) -> Iterable[Found]:
    avatar_set, sets = protocol.deciders.avatar_set, avatar_sets()
    if avatar_set not in sets:
        yield Found(("deciders", "avatar_set"), avatar_set, one_of(avatar_set, sets))
        return
    pictures, needed, every = len(pictures_in(avatar_set)), protocol.deciders_needed, protocol.deciders.renew_every_runs
    if needed <= pictures:
        return
    at_once, count = protocol.deciders_at_once, protocol.runs.count
    if every is not None and at_once <= pictures:
        fewest = -(-count // (pictures // at_once))
        allowed = f"{fewest} or more, or left out" if fewest < count else "left out"
        yield Found(
            ("deciders", "renew_every_runs"),
            every,
            f"{allowed}, for the same Deciders in all runs: {at_once} at a time and new ones every {every} of {count} "
            f'runs, the session needs {needed} avatars, and "{avatar_set}" has {pictures}; or add pictures to '
            f"stimuli/avatars/{avatar_set}",
        )
    else:
        yield Found(
            ("deciders", "avatar_set"),
            Plain(f'"{avatar_set}", which has {pictures} pictures'),
            f"a set with a picture for each of the session's {needed} Deciders (one of each type and kind); or add "
            f"pictures to stimuli/avatars/{avatar_set}, or take fewer types or kinds",
        )
