"""Reading configuration files, by name or from a file."""

from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from task.config.avatars import avatar_sets, pictures_in
from task.config.base import NAME_RULE, Found, Plain, Section, is_name, one_of, what_backslashes_mean
from task.config.checking import MoreChecks, checked
from task.config.finding import CONFIGS, file_of, is_path, names_in, place_of_name, shown, to_rename
from task.config.glm import Columns, Glm, columns_are_there
from task.config.mistakes import ConfigError, Mistake, as_written
from task.config.protocol import Protocol
from task.config.site import Site
from task.config.toml_text import parsed
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


def _read(folder: str, path: Path, model: type[Model], more_checks: MoreChecks = ()) -> Model:
    source = shown(path)
    try:
        raw = parsed(path, source)
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
    shipped = place_of_name(folder, path.stem)
    if not is_name(path.stem):
        yield Mistake("the file's name", as_written(path.stem), f"{NAME_RULE}; and then .toml{to_rename(path.stem)}")
    elif shipped.is_file() and not path.samefile(shipped):
        yield Mistake("the file's name", as_written(path.stem), f"another one, as configs/{folder} has a {path.name}")


def _is_made_for(model: type[Section], raw: dict[str, Any]) -> bool:
    """Whether the file has all that a file of this kind needs, beside its name."""
    needed = {key for key, field in model.model_fields.items() if field.is_required()} - {"name"}
    return needed <= set(raw)


def _wording_is_there(protocol: Protocol, beside: Path) -> Iterator[Found]:
    wording = protocol.wording
    try:
        file_of("wording", wording, beside)
    except ConfigError as error:
        missing = f"; {what_backslashes_mean(wording) or error.problem}" if is_path(wording) else ""
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
