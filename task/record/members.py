"""Members of a JSON object that people keep by hand: put in, and nothing else changed."""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from task.computer.files import as_json
from task.record.hand_kept import LeftAlone, edited


def with_members(content: bytes, ours: Mapping[str, Any], *, theirs_count: bool = False) -> bytes:
    """Put members into a JSON object; what else it holds stays as it is, down to its blanks.

    Parameters
    ----------
    content : bytes
        The object, in any encoding; may be empty.
    ours : mapping of str to object
        Values by name.
    theirs_count : bool
        Whether a member that is there already stays as it is.

    Raises
    ------
    LeftAlone
        If it is no JSON object.
    """

    def edit(text: str) -> str:
        if not text.strip():
            return as_json(dict(ours)) + text
        try:
            is_object = isinstance(json.loads(text), dict)
        except json.JSONDecodeError as error:
            raise LeftAlone(f"line {error.lineno}, column {error.colno} is no JSON: {error.msg}") from None
        except (RecursionError, ValueError) as error:
            raise LeftAlone(f"it cannot be read: {error}") from None
        if not is_object:
            raise LeftAlone("it holds no JSON object")
        members = list(_members(text))
        start = text.index("{") + 1
        between = text[start : members[0].start] if members else "\n  "
        indent = between if "\n" in between else None
        new = [name for name in ours if name not in {member.name for member in members}]
        end = members[-1].end if members else start
        added = ",".join(f"{between or ' '}{json.dumps(name)}: {_written(ours[name], indent)}" for name in new)
        if added and members:
            added = f",{added}"
        elif added and "\n" not in text[end : text.index("}", end)]:
            added = f"{added}\n"
        text = text[:end] + added + text[end:]
        for member in reversed(members):
            if member.name in ours and not theirs_count and json.dumps(member.value) != json.dumps(ours[member.name]):
                text = text[: member.at] + _written(ours[member.name], indent) + text[member.end :]
        return text

    return edited(content, edit)


@dataclass(frozen=True)
class _Member:
    """A member of a JSON object: where it starts, where its value stands, and what it is."""

    name: str
    start: int
    at: int
    end: int
    value: Any


def _members(text: str) -> Iterable[_Member]:
    """Find the members of a text that holds a JSON object."""
    place, read = text.index("{") + 1, json.JSONDecoder().raw_decode
    while (start := _past(r"[\s,]*", text, place)) < len(text) and text[start] != "}":
        name, place = read(text, start)
        at = _past(r"[\s:]*", text, place)
        value, place = read(text, at)
        yield _Member(name, start, at, place, value)


def _past(pattern: str, text: str, place: int) -> int:
    found = re.compile(pattern).match(text, place)
    return found.end() if found else place


def _written(value: Any, indent: str | None) -> str:
    """Give a value as JSON, laid out as its neighbours are."""
    if indent is None:
        return json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False, indent=2).replace("\n", indent)
