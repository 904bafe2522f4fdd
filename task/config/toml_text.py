"""The text of a configuration file as TOML, or why it is none, said to whoever wrote it."""

import re
import tomllib
from pathlib import Path
from typing import Any

from task.config.mistakes import ConfigError


def parsed(path: Path, source: str) -> dict[str, Any]:
    """Read a file; raise ConfigError, which names it by its ``source``, if it holds no settings."""
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
