"""docs/data.md says what the code defines, and is made again by one command."""

from pathlib import Path

import pytest

from task.record.described import DOCUMENT, main, tables, with_tables
from task.record.fields import fields_of
from task.record.records import kinds_of_record


def test_the_document_is_what_the_code_defines() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_tables(text) == text, "docs/data.md is not as the kinds of records are: make docs"


def test_every_kind_and_field_has_its_place_in_the_tables() -> None:
    text = tables()
    for name, kind in kinds_of_record().items():
        _, _, behind = text.partition(f"### `{name}`\n")
        table = behind.partition("\n#")[0]
        assert [line.split("`")[1] for line in table.splitlines() if line.startswith("| `")] == [
            one.name for one in fields_of(kind)
        ]


def test_only_what_stands_behind_the_mark_is_made_again(tmp_path: Path) -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    by_hand, mark, _ = text.partition("<!-- Made by")
    old = tmp_path / "data.md"
    old.write_text(
        f"Mine.\n{by_hand}{mark}{text.partition(mark)[2].partition(chr(10))[0]}\nold tables\n", encoding="utf-8"
    )
    main(old)
    assert old.read_text(encoding="utf-8") == f"Mine.\n{text}"


def test_a_document_without_the_mark_is_refused() -> None:
    with pytest.raises(ValueError, match="lacks the line <!-- Made by"):
        with_tables("no tables here")
