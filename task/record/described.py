"""The tables of docs/data.md: every kind of record and its fields, made from the classes that define them.

``make docs`` puts them into the document, between the lines that say so.
"""

from dataclasses import MISSING
from importlib import import_module
from itertools import groupby
from pathlib import Path

from task.computer.files import write_text
from task.record.fields import Field, fields_of
from task.record.layout import ROOT
from task.record.records import Record, kinds_of_record
from task.scene.base import scenes_by_slot_name

DOCUMENT = ROOT / "docs" / "data.md"
BEGIN = "<!-- Made by `make docs` from task/record/kinds, down to the end: change it there. -->\n"


def tables() -> str:
    """Give the tables of all kinds, those of a module together, the head first."""
    kinds = sorted(kinds_of_record().values(), key=lambda kind: (kind.__name__ != "Head", kind.__module__))
    parts = []
    for module, ours in groupby(kinds, key=lambda kind: kind.__module__):
        parts += [f"## {_first_line(import_module(module)).rstrip('.')}", *map(_table, ours)]
    return "\n\n".join([*parts, "## The scenes of an onset", _scenes()]) + "\n"


def _table(kind: type[Record]) -> str:
    rows = [_row(one) for one in fields_of(kind)]
    return "\n".join([f"### `{kind.__name__.lower()}`", "", _first_line(kind), "", *_head_of_table(), *rows])


def _head_of_table() -> tuple[str, str]:
    return "| field | | unit | since format | what it tells |", "|---|---|---|---|---|"


def _row(one: Field) -> str:
    allowed = "name of a scene" if one.beside else one.allowed.removesuffix(" or null" if one.about.if_any else "")
    return f"| `{one.name}` | {_cell(allowed)} | {one.about.unit} | {_since(one)} | {_cell(one.about.text)} |"


def _since(one: Field) -> str:
    """Say which records of the kind have a field."""
    is_late = one.default is not MISSING and not one.about.if_any and one.about.since == 1
    return f"{one.about.since}{', if any' * one.about.if_any}{', not at first' * is_late}"


def _scenes() -> str:
    rows = []
    for name, scene in sorted(scenes_by_slot_name().items()):
        own = ", ".join(f"`{one.name}` ({_cell(one.allowed)})" for one in fields_of(scene))
        rows.append(f"| `{scene.__name__}` | `{name}` | {own} | {_cell(_first_line(scene))} |")
    return "\n".join(["| scene | in a protocol | fields beside it | what it shows |", "|---|---|---|---|", *rows])


def _first_line(documented: object) -> str:
    return (documented.__doc__ or "").partition("\n")[0]


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def with_tables(document: str) -> str:
    """Give the document with the tables of now behind what was written by hand."""
    by_hand, begin, _ = document.partition(BEGIN)
    if not begin:
        raise ValueError(f"the document lacks the line {BEGIN.strip()}")
    return f"{by_hand}{BEGIN}\n{tables()}"


def main(path: Path = DOCUMENT) -> None:
    """Make the tables of the document again."""
    write_text(path, with_tables(path.read_text(encoding="utf-8")))


if __name__ == "__main__":
    main()
