"""The base of every configuration table, and how a check says that a value is wrong."""

import difflib
import json
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Annotated, Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError


class Found(NamedTuple):
    """A value that is of the right type and still cannot be.

    The keys lead from the table that is checked to the value; places in a list count from 0.
    """

    keys: tuple[str | int, ...]
    value: Any
    allowed: str


class Plain(str):
    """A value found that is said in words, and so stands without quotes."""


Check = Callable[[], Iterable[Found]]


class Section(BaseModel):
    """A table of a configuration file: unknown keys are refused, values not converted, nothing changes.

    The checks are made where a lab's file is read, and nowhere else: what was recorded under other checks can
    always be read again.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table, beyond the type and the limits of each value."""
        return ()


def refusal(allowed: str) -> PydanticCustomError:
    """Make the error by which the validator of a single value refuses it."""
    return PydanticCustomError("refused", "{allowed}", {"allowed": allowed})


def what_backslashes_mean(text: str) -> str:
    """Say what is allowed in the place of a text with line ends and the like in it; nothing if there are none.

    In double quotes TOML takes the backslashes of a path or port for such signs: what was typed is given back.
    """
    if not any(unicodedata.category(letter) == "Cc" for letter in text):
        return ""
    return f"one line of text; a backslash stands for itself in single quotes only: '{json.dumps(text)[1:-1]}'"


def nearest(found: Any, names: Iterable[str]) -> str | None:
    """Give the name that somebody most likely meant, if there is one; small and capital letters are the same."""
    by_small_letters = {name.lower(): name for name in names}
    near = difflib.get_close_matches(str(found)[:80].lower(), by_small_letters, n=1)
    return by_small_letters[near[0]] if near else None


def one_of(found: Any, names: Iterable[str], quote: str = '"') -> str:
    """Say which names are allowed, the nearest one first."""
    names = list(names)
    near = nearest(found, names)
    hint = f"did you mean {quote}{near}{quote}? " if near else ""
    return f"{hint}one of: " + ", ".join(f"{quote}{name}{quote}" for name in names)


NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
LONGEST_NAME = 60
NAME_RULE = f"small letters, digits and _, beginning with a letter, at most {LONGEST_NAME} of them"
Name = Annotated[str, Field(pattern=NAME_PATTERN, max_length=LONGEST_NAME, description=NAME_RULE)]


PositiveSeconds = Annotated[float, Field(gt=0, le=600, allow_inf_nan=False)]


def is_name(text: str) -> bool:
    """Whether a file, a device or a slot may be called so."""
    return re.fullmatch(NAME_PATTERN, text) is not None and len(text) <= LONGEST_NAME


def as_name(text: str) -> str:
    """Give the name that is nearest to a text, such as my_room for "My Room"; nothing if no letter is in it."""
    ascii_only = unicodedata.normalize("NFKD", text.casefold()).encode("ascii", "ignore").decode()
    return re.sub(r"^[^a-z]+", "", re.sub(r"[^a-z0-9]+", "_", ascii_only))[:LONGEST_NAME].strip("_")
