"""What a check found: a row of the table."""

from dataclasses import dataclass, field
from typing import Any, Literal

Status = Literal["pass", "warn", "fail", "not asked"]


@dataclass(frozen=True)
class Result:
    """What was found of one thing.

    Attributes
    ----------
    name : str
        What was looked at.
    status : str
        "fail": no session like this; "warn": think about it first; "not asked": it could not, or should not, be asked.
    found : str
        What was found, in plain words.
    advice : str
        What to do; empty if there is nothing to do, or if what was found says it.
    measured : dict
        Numbers behind it, for machines.
    """

    name: str
    status: Status
    found: str
    advice: str = ""
    measured: dict[str, Any] = field(default_factory=dict)


def passed(name: str, found: str, **measured: Any) -> Result:
    """All is well with this."""
    return Result(name, "pass", found, "", measured)


def warned(name: str, found: str, advice: str, **measured: Any) -> Result:
    """A session is possible, but somebody should think about this first."""
    return Result(name, "warn", found, advice, measured)


def failed(name: str, found: str, advice: str = "", **measured: Any) -> Result:
    """A session should not be started like this."""
    return Result(name, "fail", found, advice, measured)


def not_asked(name: str, why: str, advice: str = "") -> Result:
    """Nothing is known of this: it could not be asked, or should not be."""
    return Result(name, "not asked", why, advice)
