"""Tables and JSON that people keep by hand: ours goes in, and every byte of theirs stays, or all is left alone."""

import codecs
import csv
import errno
import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from task.record.hand_kept import LeftAlone, amend
from task.record.members import with_members
from task.record.tables import with_row, without_rows
from tests.fuzzing import examples

KEY = "participant_id"
OURS = {KEY: "sub-01", "order_index": "7", "avatar_set": "neutral", "protocol": "demo"}
ENCODINGS = {
    "utf-8": (b"", "utf-8"),
    "utf-8 with a mark": (codecs.BOM_UTF8, "utf-8"),
    "utf-16": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "utf-16 of the other order": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "utf-32": (codecs.BOM_UTF32_LE, "utf-32-le"),
    "code page": (b"", "cp1252"),
}
CELLS = st.sampled_from(
    [
        "",
        " ",
        "31",
        "n/a",
        "Müller",
        "l'été",
        'said ""',
        "5' tall",
        '"in quotes"',
        '"a ""b"" c"',
        "2,5",
        "3;4",
        "a  b",
        "€",
    ]
)


@dataclass
class Drawn:
    """A table as somebody may have left it, line by line with each line's end, and the bytes of it."""

    lines: list[list[str]]
    ends: list[str]
    mark: bytes
    codec: str

    @property
    def content(self) -> bytes:
        text = "".join("\t".join(cells) + end for cells, end in zip(self.lines, self.ends, strict=True))
        return self.mark + text.encode(self.codec)


@st.composite
def tables(draw: st.DrawFn, misfits: bool = False) -> Drawn:
    """A table with several rows of one person, columns of one name, blanks, quotes, any line ends and encodings."""
    names = draw(
        st.lists(st.sampled_from(["age", "age", "sex", '"group"', " protocol", "order_index", ""]), max_size=5)
    )
    if draw(st.booleans()):  # all of ours are there, so that no line has to get more columns
        names = [*[name for name in names if name not in (" protocol", "order_index")], *list(OURS)[1:]]
    assume(sum("protocol" in name for name in names) < 2 and names.count("order_index") < 2)
    at = draw(st.integers(0, len(names)))
    names.insert(at, draw(st.sampled_from([KEY, f'"{KEY}"', f" {KEY} "])))
    people = st.sampled_from(["sub-01", "sub-1", "sub-010", "sub-02", '"sub-01"', " sub-01 ", "sub-03", "01", "n/a"])
    lines = [names]
    for person in draw(st.lists(people, max_size=6)):
        cells = draw(st.lists(CELLS, min_size=len(names), max_size=len(names)))
        cells[at] = person
        if misfits and draw(st.booleans()):
            cells = draw(st.sampled_from([cells[:-1], [*cells, "more"]]))
        lines.append(cells)
    for _ in range(draw(st.integers(0, 2))):
        lines.insert(draw(st.integers(0, len(lines))), draw(st.sampled_from([[""], ["", ""], ["  "]])))
    ends = [draw(st.sampled_from(["\n", "\r\n", "\r"])) for _ in lines]
    if draw(st.booleans()):
        ends = [ends[0]] * len(ends)
    if any(cell.strip() for cell in lines[-1]) and draw(st.booleans()):
        ends[-1] = ""
    mark, codec = ENCODINGS[draw(st.sampled_from(list(ENCODINGS)))]
    for i, end in enumerate(ends[:-1]):  # a lone CR before an empty line with LF would be one end
        assume(not (end == "\r" and ends[i + 1] == "\n" and not "".join(lines[i + 1])))
    return Drawn(lines, ends, mark, codec)


def bare(cell: str) -> str:
    """A cell as a spreadsheet shows it."""
    return [*next(csv.reader([cell.strip()], delimiter="\t"), []), ""][0].strip()


def parted(text: str) -> list[tuple[list[str], str]]:
    found = re.findall(r"([^\r\n]*)(\r\n|\r|\n|\Z)", text)
    return [(line.split("\t"), end) for line, end in found if line or end]


@settings(max_examples=examples(400), deadline=None)
@given(tables())
def test_ours_is_put_in_and_every_byte_of_theirs_stays(drawn: Drawn) -> None:
    after = with_row(drawn.content, KEY, OURS)
    assert after.startswith(drawn.mark)
    new = parted(after[len(drawn.mark) :].decode(drawn.codec))
    header = next(cells for cells in drawn.lines if any(cell.strip() for cell in cells))
    names = [bare(cell) for cell in header]
    added = [name for name in OURS if name not in names]
    at = names.index(KEY)
    is_there = any(len(cells) == len(header) and bare(cells[at]) in ("sub-01", "01") for cells in drawn.lines)
    theirs = list(zip(drawn.lines, drawn.ends, strict=True))
    if not is_there:
        (ours,) = (line for line in new if line[0][at : at + 1] == ["sub-01"])
        assert ours[0] == [OURS.get(name, "n/a" if name else "") for name in [*names, *added]]
        new.remove(ours)
        if not drawn.ends[-1] and new[-1][1]:  # the last line got an end, as ours came behind it
            assert ours[1] == ""
            theirs[-1] = (theirs[-1][0], new[-1][1])
    assert len(new) == len(theirs)
    for (cells, end), (was, end_was) in zip(new, theirs, strict=True):
        assert end == end_was
        if was is header:
            assert cells == [*was, *added]
        elif not any(cell.strip() for cell in was):
            assert cells == was
        elif bare(was[at]) in ("sub-01", "01"):
            all_names, before = [*names, *added], [*was, *["n/a"] * len(added)]
            assert cells == [
                OURS[name] if name in OURS and name != KEY and bare(cell) != OURS[name] else cell
                for name, cell in zip(all_names, before, strict=True)
            ]
        else:
            assert cells == [*was, *["n/a"] * len(added)]
    assert with_row(after, KEY, OURS) == after


@settings(max_examples=examples(300), deadline=None)
@given(tables(misfits=True))
def test_a_line_that_does_not_fit_is_never_touched(drawn: Drawn) -> None:
    header = next(cells for cells in drawn.lines if any(cell.strip() for cell in cells))
    names = [bare(cell) for cell in header]
    at = names.index(KEY)
    full = [cells for cells in drawn.lines if any(cell.strip() for cell in cells)]
    misfits = [cells for cells in full if len(cells) != len(header)]
    ours = [cells for cells in misfits if len(cells) > at and bare(cells[at]) in ("sub-01", "01")]
    needs_columns = not set(OURS) <= set(names)
    try:
        after = with_row(drawn.content, KEY, OURS)
    except LeftAlone as why:
        assert ours or (misfits and needs_columns)
        said = re.fullmatch(r"line (\d+) has (\d+) columns?, and the header (\d+) columns?", str(why))
        assert said and drawn.lines[int(said[1]) - 1] in misfits
        assert [int(said[2]), int(said[3])] == [len(drawn.lines[int(said[1]) - 1]), len(header)]
        return
    assert not ours and not (misfits and needs_columns)
    text = after[len(drawn.mark) :].decode(drawn.codec)
    assert all("\t".join(cells) in text for cells in misfits)


@settings(max_examples=examples(300), deadline=None)
@given(tables(misfits=True))
def test_a_person_is_taken_out_and_every_other_byte_stays(drawn: Drawn) -> None:
    after = without_rows(drawn.content, KEY, "sub-01")
    header = next(cells for cells in drawn.lines if any(cell.strip() for cell in cells))
    at = [bare(cell) for cell in header].index(KEY)
    kept = [
        "\t".join(cells) + end
        for cells, end in zip(drawn.lines, drawn.ends, strict=True)
        if not (len(cells) > at and bare(cells[at]) in ("sub-01", "01"))
    ]
    assert after == drawn.mark + "".join(kept).encode(drawn.codec)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"id;age\nsub-01;31\n", "line 1 has no column participant_id, or its columns are not parted by tabs"),
        (b"\n\nage\tsex\n", "line 3 has no column participant_id, or"),
        (b"participant_id\tage\tparticipant_id\n", "line 1: columns 1 and 3 are all named participant_id"),
        (b"participant_id\tprotocol\tprotocol\n", "line 1: columns 2 and 3 are all named protocol"),
        (b"participant_id\tage\nsub-09\n", "line 2 has 1 column, and the header 2 columns"),
        (b"participant_id\torder_index\tavatar_set\tprotocol\nsub-01\t1\n", "line 2 has 2 columns, and the header 4"),
        (b'participant_id\tnote\nsub-09\t"two\nlines"\n', "line 2, column 2: a quotation mark opens the cell"),
        (b'participant_id\tnote\tage\nsub-09\t"a\tb"\n', "line 2, column 2: a quotation mark opens"),
        ("participant_id\tage\n".encode("utf-16-le"), "byte 2 is zero"),
        (b"\xff\xfe\x00", "it begins as UTF-16-LE, and cannot be read as such from byte 3 on"),
        (b"\xef\xbb\xbfparticipant_id\tM\xfcller\n", "it begins as UTF-8, and cannot be read as such from byte 20 on"),
    ],
)
def test_what_is_not_sure_is_left_alone_and_it_is_said_where(content: bytes, why: str) -> None:
    with pytest.raises(LeftAlone, match=f"^{re.escape(why)}"):
        with_row(content, KEY, OURS)


def test_no_letter_is_put_into_an_old_code_page_that_nobody_knows() -> None:
    with pytest.raises(LeftAlone, match="'ü' cannot be written into it"):
        with_row(b"participant_id\tname\nsub-02\tM\xfcller\n", KEY, {**OURS, "protocol": "für alle"})


def test_a_row_stands_in_order_if_all_stand_in_it_and_else_at_the_end() -> None:
    ours = {KEY: "sub-02"}
    assert with_row(b"participant_id\nsub-01\nsub-03\n", KEY, ours) == b"participant_id\nsub-01\nsub-02\nsub-03\n"
    assert with_row(b"participant_id\nsub-03\nsub-01\n", KEY, ours) == b"participant_id\nsub-03\nsub-01\nsub-02\n"
    assert with_row(b"participant_id\nsub-01\n\n\n", KEY, ours) == b"participant_id\nsub-01\nsub-02\n\n\n"
    assert with_row(b"", KEY, {**ours, "age": "3"}) == b"participant_id\tage\nsub-02\t3\n"
    assert with_row(b"\r\n", KEY, ours) == b"participant_id\r\nsub-02\r\n\r\n"


def test_what_stood_in_the_place_of_ours_is_told() -> None:
    told: list[str] = []
    table = b'participant_id\tprotocol\tage\nsub-01\tpilot\t3\nsub-01\t"demo"\t4\nsub-01\tn/a\t5\n'
    after = with_row(table, KEY, {KEY: "sub-01", "protocol": "demo"}, told.append)
    assert after == b'participant_id\tprotocol\tage\nsub-01\tdemo\t3\nsub-01\t"demo"\t4\nsub-01\tdemo\t5\n'
    assert told == ["protocol of sub-01 was 'pilot', and is 'demo' now"]


def test_a_value_cannot_break_a_table() -> None:
    after = with_row(b"", KEY, {KEY: "sub-01", "protocol": "a\tb\nc"})
    assert after == b"participant_id\tprotocol\nsub-01\ta b c\n"


@pytest.mark.parametrize("content", [b"", b"\n", b"a\tb\nsub-01\t2\n", b'note\n"sub-01\n', b"participant_id\n"])
def test_what_has_no_such_rows_stays_when_a_person_is_taken_out(content: bytes) -> None:
    assert without_rows(content, KEY, "sub-01") == content


def test_nobody_is_taken_out_of_a_table_whose_rows_are_not_sure() -> None:
    table = b'participant_id\tnote\nsub-02\t"two\nsub-01\tlines"\n'
    with pytest.raises(LeftAlone, match="line 2, column 2"):
        without_rows(table, KEY, "sub-01")
    assert without_rows(table, KEY, "sub-03") == table
    with pytest.raises(LeftAlone, match="line 2, column 2"):
        without_rows(table.replace(b"sub-01", b"01"), KEY, "sub-01")


# --- JSON -------------------------------------------------------------------------------------------------------------

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(["age", "a b", "order_index", "protocol", "}", '"', "ü"])
LAYOUTS = [{"indent": 2}, {"indent": 4}, {"indent": "\t"}, {}, {"separators": (",", ":")}, {"indent": 0}]
MEMBERS = {"order_index": {"Description": "Place"}, "protocol": [1, 2.5], "avatar_set": "x"}


@settings(max_examples=examples(300), deadline=None)
@given(
    st.dictionaries(NAMES, VALUES, max_size=5),
    st.sampled_from(LAYOUTS),
    st.sampled_from(["", "\n", " \n\n"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([ENCODINGS["utf-8"], ENCODINGS["utf-8 with a mark"], ENCODINGS["utf-16"]]),
)
def test_members_are_added_and_every_byte_of_theirs_stays(
    theirs: dict[str, Any], layout: dict[str, Any], end: str, line_end: str, encoding: tuple[bytes, str]
) -> None:
    mark, codec = encoding
    text = (end + json.dumps(theirs, **layout) + end).replace("\n", line_end)
    before = mark + text.encode(codec)
    after = with_members(before, MEMBERS, theirs_count=True)
    assert json.loads(after[len(mark) :].decode(codec)) == {**MEMBERS, **theirs}
    same = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), len(before))
    assert after.endswith(before[same:])  # one piece was put in, or none
    assert with_members(after, MEMBERS, theirs_count=True) == after
    ours_count = with_members(before, MEMBERS)
    found = json.loads(ours_count[len(mark) :].decode(codec))
    assert found == {**theirs, **MEMBERS} and list(found)[: len(theirs)] == list(theirs)
    assert with_members(ours_count, MEMBERS) == ours_count


def test_members_of_others_keep_their_blanks_and_their_figures() -> None:
    theirs = b'{\n    "weight": 1.50, "order_index" :  {},\n\n    "age": {"Units":"years"}\n}\n'
    after = with_members(theirs, {"order_index": 1, "new": [1]})
    new = b',\n    "new": [\n      1\n    ]'
    assert after == b'{\n    "weight": 1.50, "order_index" :  1,\n\n    "age": {"Units":"years"}' + new + b"\n}\n"
    assert with_members(b'{"a": 1, "a": 2}', {"a": 3}) == b'{"a": 3, "a": 3}'
    assert with_members(b'{"a": 1}', {"a": 1.0, "b": 2}) == b'{"a": 1.0, "b": 2}'
    assert with_members(b"", {"a": 1}) == b'{\n  "a": 1\n}\n'


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b'{\n  "age": 3,\n}\n', "line 3, column 1 is no JSON: "),
        (b"[1]", "it holds no JSON object"),
        (b'{"a": ' + b"9" * 5000 + b"}", "it cannot be read: "),
        (b"[" * 100000, "it cannot be read: "),
        (b"\xff\xfe{", "it begins as UTF-16-LE"),
    ],
)
def test_what_is_no_json_object_is_left_alone_and_it_is_said_where(content: bytes, why: str) -> None:
    with pytest.raises(LeftAlone, match=f"^{re.escape(why)}"):
        with_members(content, MEMBERS)


# --- files ------------------------------------------------------------------------------------------------------------


def upper(content: bytes) -> bytes:
    return content.upper()


def test_a_file_is_changed_or_made_and_nothing_is_written_if_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "new" / "table.tsv"
    amend(path, lambda content: content + b"a")
    assert path.read_bytes() == b"a"
    path.chmod(0o640)
    amend(path, upper)
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"A", 0o640)
    before = path.stat()
    amend(path, upper)
    assert path.stat() == before
    assert [one.name for one in path.parent.iterdir()] == ["table.tsv"]


def test_a_link_stays_a_link_and_what_it_leads_to_is_changed(tmp_path: Path) -> None:
    real, link = tmp_path / "shared" / "table.tsv", tmp_path / "data" / "participants.tsv"
    for folder in (real.parent, link.parent):
        folder.mkdir()
    real.write_bytes(b"a")
    link.symlink_to("../shared/table.tsv")
    amend(link, upper)
    assert link.is_symlink() and os.readlink(link) == "../shared/table.tsv"
    assert real.read_bytes() == b"A" and not real.is_symlink()
    assert len([*real.parent.iterdir(), *link.parent.iterdir()]) == 2


def in_annex(root: Path, name: str, content: bytes | None) -> Path:
    """A file as git-annex keeps it: a link to its content, or to nothing if that was not fetched."""
    kept = root / ".git" / "annex" / "objects" / "Xk" / "1p" / "MD5E-s1--0cc1.tsv" / "MD5E-s1--0cc1.tsv"
    if content is not None:
        kept.parent.mkdir(parents=True)
        kept.write_bytes(content)
        kept.chmod(0o444)
    (root / name).symlink_to(os.path.relpath(kept, (root / name).parent))
    return kept


def test_what_git_annex_keeps_is_left_alone_unless_nothing_would_change(tmp_path: Path) -> None:
    kept = in_annex(tmp_path, "table.tsv", b"a")
    with pytest.raises(LeftAlone, match=r"locked by git-annex; `datalad unlock`"):
        amend(tmp_path / "table.tsv", upper)
    kept.chmod(0o644)  # as on a disk without rights
    with pytest.raises(LeftAlone, match="locked by git-annex"):
        amend(tmp_path / "table.tsv", upper)
    assert kept.read_bytes() == b"a" and (tmp_path / "table.tsv").is_symlink()
    amend(tmp_path / "table.tsv", lambda content: content)


def test_what_was_not_fetched_counts_as_there_and_is_left_alone(tmp_path: Path) -> None:
    in_annex(tmp_path, "link.tsv", None)
    (tmp_path / "pointer.tsv").write_bytes(b"/annex/objects/MD5E-s1--0cc1.tsv\n")  # as on a disk without links
    (tmp_path / "lfs.tsv").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n")
    for name in ("link.tsv", "pointer.tsv", "lfs.tsv"):
        with pytest.raises(LeftAlone, match="fetch that first, as by `datalad get`"):
            amend(tmp_path / name, lambda content: b"x")
    assert (tmp_path / "link.tsv").is_symlink() and (tmp_path / "pointer.tsv").stat().st_size == 33


def test_what_cannot_be_read_or_written_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "folder.tsv"
    folder.mkdir()
    with pytest.raises(LeftAlone, match="it is no file"):
        amend(folder, upper)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(LeftAlone, match="it is no file"):  # and nobody waits for what comes out of it
        amend(tmp_path / "pipe", upper)
    shut = tmp_path / "shut.tsv"
    shut.write_bytes(b"a")
    shut.chmod(0o444)
    with pytest.raises(LeftAlone, match="it is write-protected"):
        amend(shut, upper)
    assert shut.read_bytes() == b"a"


def test_a_place_that_may_not_be_written_to_is_no_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "table.tsv"
    path.write_bytes(b"a")
    for error in (errno.EACCES, errno.ENOSPC):

        def refuse(*more: Any, code: int = error) -> None:
            raise OSError(code, os.strerror(code))

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", refuse)
            expected, said = (LeftAlone, "may not be written to") if error == errno.EACCES else (OSError, "No space")
            with pytest.raises(expected, match=said):
                amend(path, upper)
        assert path.read_bytes() == b"a"
        assert [one.name for one in tmp_path.iterdir()] == ["table.tsv"]
