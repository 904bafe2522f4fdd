"""Where configuration files lie, and which of them is meant by a name or a path."""

from pathlib import Path

from task.computer.files import listed
from task.computer.refusals import PathError, as_path, what_is_too_long
from task.config.base import NAME_RULE, as_name, is_name, nearest, one_of
from task.config.mistakes import ConfigError

CONFIGS = Path(__file__).resolve().parents[2] / "configs"


def names_in(folder: str) -> list[str]:
    """Names that can be given for the files that a folder of ``configs`` holds."""
    return sorted(filter(is_name, _stems_in(folder)))


def place_of_name(folder: str, name: str) -> Path:
    """Where the file of a name would lie."""
    return CONFIGS / folder / f"{name}.toml"


def _stems_in(folder: str) -> list[str]:
    return [path.stem for path in listed(CONFIGS / folder, "*.toml")]


def to_rename(stem: str) -> str:
    """Say what to rename a file to whose name is none, if that is plain."""
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
    if not is_path(name_or_file):
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


def is_path(name_or_file: str) -> bool:
    """Whether this is meant as a file's path, and not as a name."""
    return name_or_file.lower().endswith(".toml") or "/" in name_or_file or "\\" in name_or_file


def _file_of_name(folder: str, name: str, names: list[str]) -> Path:
    stems = _stems_in(folder)
    if name in stems:
        return place_of_name(folder, name)
    meant = next((stem for stem in stems if not is_name(stem) and stem.lower() == name.lower()), None)
    if meant:
        renamed = f"a name has {NAME_RULE}{to_rename(meant)}"
        raise ConfigError(name, problem=f"configs/{folder} has {meant}.toml, which cannot be named so: {renamed}")
    known = one_of(name, names, quote="'")
    problem = f"there is no such name in configs/{folder}; {known}. Or give a .toml file"
    raise ConfigError(name[:80] or "''", problem=problem)


def shown(path: Path) -> str:
    """Give a file's place for messages: short if it is one of ``configs``."""
    whole = path.resolve()
    return whole.relative_to(CONFIGS.parent).as_posix() if CONFIGS in whole.parents else str(path)
