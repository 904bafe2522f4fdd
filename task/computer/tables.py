"""Tables for people: columns as wide as what is in them, as plain lines that any terminal and any file takes."""

from collections.abc import Iterable, Sequence


def print_table(headings: Sequence[str], rows: Iterable[Sequence[object]], align: str) -> None:
    """Print a table, two blanks from the margin.

    Parameters
    ----------
    headings : sequence of str
        Of the columns.
    rows : iterable of sequence
        What is in each, shown as ``str`` gives it.
    align : str
        For each column "<", to the left as words are, or ">", to the right as numbers are.
    """
    lines = [tuple(headings), *(tuple(map(str, row)) for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for line in lines:
        cells = (f"{cell:{side}{width}}" for cell, side, width in zip(line, align, widths, strict=True))
        print(("  " + "   ".join(cells)).rstrip())


def in_words(name: str) -> str:
    """Give a name of the program's as words."""
    return name.replace("_", " ")
