"""Rows of a table of tab-separated values that people keep by hand: put in, or taken out, and nothing else changed."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from task.record.hand_kept import LeftAlone, edited

_MISSING = "n/a"


@dataclass(eq=False)
class _Line:
    """A line of a table: its number, its cells, and its own end."""

    number: int
    cells: list[str]
    end: str

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


class _Table:
    """The lines of a table of tab-separated values, which give its text again as it was."""

    def __init__(self, text: str, key: str) -> None:
        parts = re.split(r"(\r\n|\r|\n)", text)
        pairs = zip(parts[::2], [*parts[1::2], ""], strict=True)
        self.lines = [_Line(i, line.split("\t"), end) for i, (line, end) in enumerate(pairs, 1) if line or end]
        self.end = next((line.end for line in self.lines if line.end), "\n")
        if all(line.is_blank for line in self.lines):
            self.lines.insert(0, _Line(1, [key], self.end))
        self.header, *self.rows = [line for line in self.lines if not line.is_blank]
        self.names = [_bare(cell) for cell in self.header.cells]

    def __str__(self) -> str:
        return "".join("\t".join(line.cells) + line.end for line in self.lines)

    def refuse_open_quotes(self) -> None:
        """Refuse a cell that may go on in the next one, or in the next line: it depends on who reads it."""
        for line in self.lines:
            for column, cell in enumerate(line.cells, 1):
                if cell.startswith('"') and cell.count('"') % 2:
                    where = f"line {line.number}, column {column}"
                    raise LeftAlone(f"{where}: a quotation mark opens the cell, and none ends it")

    def place_of(self, name: str) -> int:
        """Give the place of a column in each line."""
        places = [place for place, one in enumerate(self.names) if one == name]
        if not places:
            raise LeftAlone(f"line {self.header.number} has no column {name}, or its columns are not parted by tabs")
        if len(places) > 1:
            numbers = " and ".join(str(place + 1) for place in places)
            raise LeftAlone(f"line {self.header.number}: columns {numbers} are all named {name}")
        return places[0]

    def refuse_misfits(self, rows: Iterable[_Line]) -> None:
        for row in rows:
            if len(row.cells) != len(self.names):
                raise LeftAlone(f"line {row.number} has {_columns(row.cells)}, and the header {_columns(self.names)}")

    def add_columns(self, names: list[str]) -> None:
        """Add columns at the end of every line."""
        if names:
            self.refuse_misfits(self.rows)
        self.header.cells += names
        for row in self.rows:
            row.cells += [_MISSING] * len(names)
        self.names += names

    def add_row(self, at: int, cells: list[str]) -> _Line:
        """Add a row: in the order of what is in one of its columns if all rows stand in it, and else at the end."""
        keys = [_bare(row.cells[at]) if at < len(row.cells) else "" for row in self.rows]
        after = [i for i, key in enumerate(keys) if key > cells[at]] if keys == sorted(keys) else []
        last = self.rows[-1] if self.rows else self.header
        place = self.lines.index(self.rows[after[0]]) if after else self.lines.index(last) + 1
        before = self.lines[place - 1]
        row = _Line(0, cells, before.end)  # as the line before it: another would run into a blank line's own
        if not before.end:  # the file's last line had no end, and has none now
            before.end = self.end
        self.lines.insert(place, row)
        return row


def with_row(
    content: bytes, key: str, row: Mapping[str, str], tell: Callable[[str], None] = lambda said: None
) -> bytes:
    """Put a row into a table of tab-separated values: into those that have its key, or else into a new one.

    Columns of the row that the table lacks are added. Lines, columns and cells of others stay where and as they are.

    Parameters
    ----------
    content : bytes
        The table, in any encoding, with any line ends; may be empty.
    key : str
        The column that says whose a row is.
    row : mapping of str to str
        Values by column, the key among them; the table's other columns are not touched.
    tell : callable
        Is told what stood in the place of ours and is gone.

    Raises
    ------
    LeftAlone
        If something of ours would go where it is not sure that it belongs.
    """

    def edit(text: str) -> str:
        table = _Table(text, key)
        table.refuse_open_quotes()
        at = table.place_of(key)
        theirs = [line for line in table.rows if _is_of(line, at, row[key])]
        table.refuse_misfits(theirs)
        table.add_columns([name for name in row if name not in table.names])
        places = {table.place_of(name): " ".join(value.split()) for name, value in row.items() if name != key}
        if not theirs:
            cells = [_MISSING if name else "" for name in table.names]
            cells[at] = row[key]
            theirs = [table.add_row(at, cells)]
        for line in theirs:
            for place, value in places.items():
                before = _bare(line.cells[place])
                if before == value:
                    continue
                line.cells[place] = value
                if before not in ("", _MISSING):
                    tell(f"{table.names[place]} of {row[key]} was {before!r}, and is {value!r} now")
        return str(table)

    return edited(content, edit)


def without_rows(content: bytes, key: str, whose: str) -> bytes:
    """Take the rows that have a key out of a table; a text that has no such column is no such table, and stays.

    Raises
    ------
    LeftAlone
        If the key is in it, and nobody can tell where rows begin.
    """

    def edit(text: str) -> str:
        table = _Table(text, key)
        places = [place for place, name in enumerate(table.names) if name == key]
        if not places or not table.rows:
            return text
        of_others = [line for line in table.lines if not any(_is_of(line, at, whose) for at in places)]
        if len(of_others) < len(table.lines) or whose in text:
            table.refuse_open_quotes()
        table.lines = of_others
        return str(table)

    return edited(content, edit)


def _is_of(line: _Line, at: int, whose: str) -> bool:
    """Whether a row is of this key, with blanks or quotation marks around it, and with or without its prefix."""
    return at < len(line.cells) and _bare(line.cells[at]).removeprefix("sub-") == whose.removeprefix("sub-")


def _bare(cell: str) -> str:
    bare = cell.strip()
    is_quoted = len(bare) > 1 and bare[0] == bare[-1] == '"'
    return bare[1:-1].replace('""', '"').strip() if is_quoted else bare


def _columns(cells: list[str]) -> str:
    return f"{len(cells)} column{'s' * (len(cells) != 1)}"
