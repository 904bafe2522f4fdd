"""What is put into another language comes out of it as it went in: read back by that language, where it is here."""

import random
import re
import subprocess
import sys
from collections.abc import Iterator

import pandas as pd
import pytest

from task.computer.quoting import as_tsv, for_matlab, for_sh, for_tcl, for_terminal, for_tsv, for_windows
from task.computer.typed import as_typed

SPECIAL = " '\"\\$`[]{}()<>|&;*?!#~%^=+,:@-_./\n\tabz09äß日\u2028"
KNOWN = [
    "",
    "plain/path-1.txt",
    "O'Neil's",
    "two  blanks",
    '"quoted"',
    "[exec rm]",
    "$HOME",
    "${x}",
    "a\\",
    "\\n",
    "a\nb",
    "{",
    "}{",
    "#comment",
    "-n",
    "`date`",
    "it''s",
    "%PATH%",
    "a&b",
    "~",
]


def texts() -> Iterator[str]:
    """Known traps, and texts drawn from what languages give a meaning to."""
    yield from KNOWN
    draw = random.Random(1)
    for _ in range(300):
        yield "".join(draw.choices(SPECIAL, k=draw.randint(1, 12)))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no sh")
def test_sh_reads_back_every_word() -> None:
    words = list(texts())
    script = "printf '%s\\0' " + " ".join(map(for_sh, words))
    read = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=True).stdout.decode()
    assert read.split("\0")[:-1] == words


def test_tcl_reads_back_every_word() -> None:
    tkinter = pytest.importorskip("tkinter")
    tcl = tkinter.Tcl()
    for word in texts():
        tcl.eval(f"set fmri(custom1) {for_tcl(word)}\n")
        assert tcl.getvar("fmri(custom1)") == word


def read_by_matlab(text: str) -> str:
    """Read a character vector, or a row of them, by the rules of MATLAB's manual."""
    inside = text.removeprefix("[").removesuffix("]") if text.startswith("[") else text
    assert "\n" not in text and "\r" not in text
    found = re.findall(r"'((?:[^']|'')*)'|char\((\d+)\)", inside)
    rebuilt = " ".join(f"char({code})" if code else f"'{quoted}'" for quoted, code in found)
    assert rebuilt == inside and (text.startswith("[") or len(found) == 1)
    return "".join(chr(int(code)) if code else quoted.replace("''", "'") for quoted, code in found)


def test_matlab_reads_back_every_text() -> None:
    for text in texts():
        assert read_by_matlab(for_matlab(text)) == text
    assert for_matlab("O'Neil") == "'O''Neil'"


def read_by_windows(line: str) -> list[str]:
    """Part a command line by the rules of Microsoft's C run-time, as its documentation gives them."""
    words: list[str] = []
    word, is_quoted, has_begun, i = "", False, False, 0
    while i < len(line):
        run = len(re.match(r"\\*", line[i:])[0])  # type: ignore[index]
        if run and line[i + run : i + run + 1] == '"':
            word, i, has_begun = word + "\\" * (run // 2), i + run, True
            if run % 2:
                word, i = word + '"', i + 1
            continue
        if run:
            word, i, has_begun = word + "\\" * run, i + run, True
        elif line[i] == '"':
            is_quoted, has_begun, i = not is_quoted, True, i + 1
        elif line[i] in " \t" and not is_quoted:
            words, word, has_begun, i = [*words, word] if has_begun else words, "", False, i + 1
        else:
            word, has_begun, i = word + line[i], True, i + 1
    return [*words, word] if has_begun else words


def test_a_windows_terminal_reads_back_every_word() -> None:
    words = list(texts())
    assert read_by_windows(" ".join(map(for_windows, words))) == words


@pytest.mark.parametrize("word", ["a&b", "a|b", "(x86)", "a^b", "a>b", "a;b", "a,b", ""])
def test_what_joins_or_ends_commands_on_windows_stands_in_double_quotes(word: str) -> None:
    assert for_windows(word) == f'"{word}"'


def test_a_command_is_quoted_for_the_terminal_that_is_here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert for_terminal("export", "--data", "my data") == "export --data 'my data'"
    assert as_typed("rescue").endswith("run_session.py rescue")
    monkeypatch.setattr(sys, "platform", "win32")
    assert for_terminal("export", "--data", "my data") == 'export --data "my data"'


def test_a_table_reads_back_cell_by_cell() -> None:
    words = [text for text in texts() if text.strip()]
    table = pd.DataFrame({"words": [*words, None], "number": [0.5] * len(words) + [None], "yes": True})
    header, *lines = as_tsv(table, "%.4f").removesuffix("\n").split("\n")
    assert header == "words\tnumber\tyes"
    assert lines == [f"{for_tsv(word)}\t0.5000\tTrue" for word in words] + ["n/a\tn/a\tTrue"]
    assert any('"' in line for line in lines)


def test_a_cell_of_a_table_has_neither_tab_nor_line_break() -> None:
    for text in texts():
        cell = for_tsv(text)
        assert len(cell.splitlines()) <= 1 and "\t" not in cell
        assert cell.split() == text.split()
    assert for_tsv("a\r\n\tb  c") == "a b  c"
