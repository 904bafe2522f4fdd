"""Tables for people."""

import pytest

from task.computer.tables import print_table


def test_columns_are_as_wide_as_what_is_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "N", "what"), [("a", 1, "x"), ("longer", 1000, "")], "<><")
    assert capsys.readouterr().out == "  name        N   what\n  a           1   x\n  longer   1000\n"


def test_a_table_without_rows_has_its_headings(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(("name", "N"), [], "<>")
    assert capsys.readouterr().out == "  name   N\n"
