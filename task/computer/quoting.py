"""Text put into another language, by that language's own rules: the one place that knows them.

JSON has its own writer (``files.as_json``).
"""

import csv
import re
import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_CONTROL = r"[\x00-\x1f\x7f-\x9f\u2028\u2029]"
_PLAIN_ON_WINDOWS = re.compile(r"[\w./\\:+=@~-]+")


def for_sh(text: str) -> str:
    """Quote a word for a POSIX shell.

    Between single quotes every character stands for itself; a single quote itself cannot be there, and is written
    between double ones (POSIX.1-2017, Shell Command Language, 2.2 Quoting).
    """
    return shlex.quote(text)


def for_windows(text: str) -> str:
    r"""Quote a word for a Windows terminal.

    A program parts its line at blanks outside of double quotes; a double quote inside is written ``\"``, and only
    backslashes before one are doubled (Microsoft C, "Parsing C command-line arguments"). ``& | < > ^ ( )`` end or join
    commands for cmd.exe unless they stand between double quotes ("cmd", remarks). ``%NAME%`` cannot be quoted there.
    """
    if _PLAIN_ON_WINDOWS.fullmatch(text):
        return text
    return '"' + re.sub(r'(\\*)("|\Z)', lambda found: found[1] * 2 + found[2].replace('"', r"\""), text) + '"'


def for_terminal(*words: str) -> str:
    """Quote the words of a command for whoever types it on this computer."""
    return " ".join(map(for_windows if sys.platform == "win32" else for_sh, words))


def for_tcl(text: str) -> str:
    r"""Quote a word for Tcl, in double quotes as FEAT writes them.

    Between double quotes ``$``, ``[`` and a backslash are substituted, and a double quote ends the word: a backslash
    before each of them takes that away (Tcl(n), rules 4, 7, 8 and 9). Braces need nothing there.
    """
    return '"' + re.sub(r'[\\"$\[\]]', r"\\\g<0>", text) + '"'


def for_matlab(text: str) -> str:
    r"""Quote a text for MATLAB, as a character vector.

    Between single quotes every character stands for itself, and a single quote is written twice; the text ends with its
    line (MATLAB, "Represent text with character vectors"). So control characters are written as ``char(10)``.
    """
    parts = [one for one in re.split(rf"({_CONTROL})", text) if one]
    written = [
        f"char({ord(one)})" if re.fullmatch(_CONTROL, one) else one.replace("'", "''").join("''") for one in parts
    ]
    return f"[{' '.join(written)}]" if len(written) > 1 else "".join(written) or "''"


def as_tsv(table: "pd.DataFrame", float_format: str) -> str:
    """Give the text of a table of tab-separated values as BIDS wants it: ``n/a`` for what is missing, LF, no quotes."""

    def cell(value: object) -> object:
        return for_tsv(value) if isinstance(value, str) else value

    words = {name: table[name].map(cell, na_action="ignore") for name in table.select_dtypes(exclude="number")}
    text: str = table.assign(**words).to_csv(
        sep="\t",
        na_rep="n/a",
        index=False,
        float_format=float_format,
        lineterminator="\n",
        quoting=csv.QUOTE_NONE,
        quotechar="\x07",  # comes in no cell, so that a quotation mark stands for itself
    )
    return text


def for_tsv(text: str) -> str:
    """Make a text one cell of a table of tab-separated values.

    A tab would end the cell, and a line break the row, and there is no quoting (IANA, text/tab-separated-values): each
    becomes a blank.
    """
    return re.sub(f"{_CONTROL}+", " ", text)
