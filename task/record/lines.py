"""A line of a journal: a JSON object with a checksum at its end, which fits this journal only."""

import json
import zlib
from collections.abc import Iterable, Iterator

from task.record.records import Facts, Record, from_facts

CHECK = b',"crc":'
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""What some editors put before a text."""
"""What stands before the checksum of a line."""


def line_of(facts: Facts, head_check: int = 0) -> bytes:
    """Give a record's facts as a line of a journal, with a checksum at its end.

    Parameters
    ----------
    facts : dict
        What ``to_facts`` gives.
    head_check : int
        The checksum of the journal's head, so that a line fits no other journal; 0 for the head itself.
    """
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))[:-1]
    line = text.encode(errors="backslashreplace")  # half a surrogate pair, as in odd file names, as JSON escapes it
    return line + CHECK + str(zlib.crc32(line, head_check)).encode() + b"}\n"


def lines_of(journal: Iterable[Facts]) -> Iterator[bytes]:
    """Give the lines of a whole journal."""
    head_check = 0
    for facts in journal:
        line = line_of(facts, head_check)
        head_check = head_check or check_of(line)
        yield line


def check_of(line: bytes) -> int:
    """Give the checksum (CRC-32) that a line carries; 0 if it has none."""
    _, has_check, check = line.rpartition(CHECK)
    digits = check.rstrip(b"}\r\n")
    return int(digits) if has_check and digits.isdigit() else 0


def record_of(line: bytes, head_check: int | None = None) -> Record | None:
    """Give the record of a line, without its checksum; None if the line is damaged or no record.

    Parameters
    ----------
    line : bytes
        The line.
    head_check : int, optional
        As for ``line_of``; left out, the checksum is not looked at.
    """
    content, has_check, check = line.rpartition(CHECK)
    if has_check and head_check is not None and check.rstrip(b"\r\n") != b"%d}" % zlib.crc32(content, head_check):
        return None
    try:
        facts = json.loads(content + b"}" if has_check else line)
    except (ValueError, RecursionError):
        return None
    is_record = isinstance(facts, dict) and type(facts.get("n")) is int and isinstance(facts.get("kind"), str)
    return from_facts(facts) if is_record else None
