"""The base of every configuration table, and the one way to say that a value is wrong."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic_core import PydanticCustomError

AcrossMistake = tuple[tuple[str, ...], Any, str]
"""A mistake that shows only across tables: the keys that lead to the value, the value found, what is allowed."""


class Section(BaseModel):
    """A table of a configuration file: unknown keys are refused, values never converted, nothing changes later."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


def mistake(key: str | None, found: Any, allowed: str) -> PydanticCustomError:
    """Make the error for a value that is of the right type and still cannot be.

    Parameters
    ----------
    key : str or None
        The key below the table that is being checked (dots for deeper ones); None if the value itself is meant.
    found : Any
        The value found.
    allowed : str
        What is allowed, in words that follow "allowed:".
    """
    return PydanticCustomError("mistake", "{allowed}", {"key": key, "found": found, "allowed": allowed})
