"""Configuration files to test with: a shipped one with some values changed, written as TOML."""

import copy
import datetime
import json
import tomllib
from pathlib import Path
from typing import Any

from task.config.read import CONFIGS, ConfigError, read_protocol, read_site, read_wording

READERS = {"protocols": read_protocol, "sites": read_site, "wording": read_wording}
GONE = object()
"""Stands for a value in a change: the key is taken out."""


def shipped(file: str) -> dict[str, Any]:
    """The content of a shipped file, such as "protocols/demo"."""
    return tomllib.loads((CONFIGS / f"{file}.toml").read_text(encoding="utf-8"))


def changed(file: str, changes: dict[str, Any]) -> dict[str, Any]:
    """The content of a shipped file with changes such as {"slots.0.name": "first"}."""
    content = shipped(file)
    for path, value in changes.items():
        *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]
        here: Any = content
        for key in keys:
            here = here.setdefault(key, {}) if isinstance(here, dict) else here[key]
        if value is GONE:
            del here[last]
        elif isinstance(here, list) and last == len(here):
            here.append(copy.deepcopy(value))
        else:
            here[last] = copy.deepcopy(value)
    return content


def as_toml(content: dict[str, Any]) -> str:
    """Write a file's content as TOML."""
    return "".join(f"{_key(key)} = {_value(value)}\n" for key, value in content.items())


def mistakes_in(kind: str, content: dict[str, Any] | str, folder: Path) -> ConfigError:
    """The error with which a file of this content is refused; its name is lab.toml."""
    file = folder / "lab.toml"
    file.write_text(content if isinstance(content, str) else as_toml(content), encoding="utf-8")
    try:
        READERS[kind](str(file))
    except ConfigError as error:
        return error
    raise AssertionError("this file was not refused")


def _key(key: str) -> str:
    return json.dumps(key, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return _key(value)
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(one)}" for key, one in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return repr(value)
