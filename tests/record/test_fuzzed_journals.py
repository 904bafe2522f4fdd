"""Whatever has become of a journal, it gives a table that is true as far as it goes, or a clear message."""

import copy
import shutil
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from task.export.dataset import export_person
from task.record.events import events_of
from task.record.history import attempts_of
from task.record.journal import JournalError, read_journal
from task.record.layout import Dataset, LabelError, Person, checked_label, run_and_attempt
from task.record.lines import lines_of
from task.record.records import Facts
from tests.factories import facts_in, simulate_session
from tests.fuzzing import examples

ANN = Person("01")
KEPT_FOR_ALL = TemporaryDirectory()


@lru_cache
def session() -> Dataset:
    """A simulated session of two runs."""
    return simulate_session(Path(KEPT_FOR_ALL.name))[0]


@lru_cache
def whole(run: int = 1) -> bytes:
    return session().journals(ANN)[run - 1].read_bytes()


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A journal to which one or two things have happened on its disk."""
    content = whole()
    for _ in range(draw(st.integers(1, 2))):
        lines = content.splitlines(keepends=True)
        at = draw(st.integers(0, max(len(lines) - 1, 0)))
        match draw(st.sampled_from(["cut", "flip", "swap", "double", "foreign", "lose", "zeros", "other", "blank"])):
            case "cut":
                content = content[: draw(st.integers(0, len(content)))]
                continue
            case "flip":
                place = draw(st.integers(0, max(len(content) - 1, 0)))
                changed = bytearray(content)
                changed[place : place + 1] = bytes(
                    byte ^ (1 << draw(st.integers(0, 7))) for byte in content[place : place + 1]
                )
                content = bytes(changed)
                continue
            case "zeros":  # what some file systems leave where the power failed
                place = draw(st.integers(0, len(content)))
                length = draw(st.integers(1, 5000))
                content = content[:place] + bytes(len(content[place : place + length])) + content[place + length :]
                continue
            case "swap":
                lines[at : at + 2] = lines[at : at + 2][::-1]
            case "double":
                lines[at:at] = lines[at : at + 1]
            case "foreign":
                lines[at:at] = [draw(st.binary(max_size=80)) + b"\n"]
            case "lose":
                del lines[at : at + draw(st.integers(1, 3))]
            case "other":  # a line of the other run's journal
                others = whole(2).splitlines(keepends=True)
                lines[at : at + 1] = [others[min(at, len(others) - 1)]]
            case "blank":
                lines[at:at] = [draw(st.sampled_from([b"\n", b" \n", b"\r\n", b"null\n", b"[]\n", b"{}\n"]))]
        content = b"".join(lines)
    return content


@given(damaged())
@settings(deadline=None, max_examples=examples(150), suppress_health_check=list(HealthCheck))
def test_a_fuzzed_journal_gives_true_records_or_a_clear_message(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        path.write_bytes(content)
        try:
            records = read_journal(path)
        except JournalError as error:
            assert str(path) in str(error)
            return
    true = {run: read_journal(session().journals(ANN)[run - 1]) for run in (1, 2)}
    own = next(run for run in (1, 2) if records[0] == true[run][0])
    assert records == true[own][: len(records)]
    table, complete = events_of(records), events_of(true[own])
    assert len(table) <= len(complete)
    sure = max(len(table) - 1, 0)  # the last event may have been going on
    assert table[:sure].equals(complete[:sure])


VALUES: list[Any] = [None, True, -1, 0, 1e300, "", "x" * 300, "../..", [], {}, [[]], {"a": 1}, "\u2028", 10**30]


@st.composite
def strange(draw: st.DrawFn) -> list[Facts]:
    """A journal whose lines are sound, and what stands in them is not: as from another version, or by hand."""
    records = facts_in(session().journals(ANN)[0])
    for _ in range(draw(st.integers(1, 3))):
        record = draw(st.sampled_from(records))
        here: Any = record
        while isinstance(here, dict | list) and here:
            keys = list(here) if isinstance(here, dict) else list(range(len(here)))
            key = draw(st.sampled_from(keys))
            if isinstance(here[key], dict | list) and here[key] and draw(st.booleans()):
                here = here[key]
                continue
            if draw(st.booleans()):
                here[key] = copy.deepcopy(draw(st.sampled_from(VALUES)))
            elif isinstance(here, dict):
                del here[key]
            break
    return records


@given(strange())
@settings(deadline=None, max_examples=examples(60), suppress_health_check=list(HealthCheck))
def test_a_fuzzed_dataset_is_exported_with_notes_and_never_breaks(records: list[Facts]) -> None:
    with TemporaryDirectory() as folder:
        dataset = Dataset(Path(folder))
        shutil.copytree(session().root / "sourcedata", dataset.root / "sourcedata")
        journal, untouched = dataset.journals(ANN)
        journal.write_bytes(b"".join(lines_of(records)))
        exported = export_person(dataset, ANN)
        assert dataset.events(ANN, run_and_attempt(untouched)[0]) in exported.events
        assert len(attempts_of(dataset, ANN)) == 2


@given(st.text(max_size=40))
@example("../../etc")
@example("sub-01")
@example("01\n")
@example("ä1")
@example("\u0661")  # a digit, but no ASCII one
@settings(deadline=None, max_examples=examples(300))
def test_a_fuzzed_label_never_leaves_its_dataset(label: str) -> None:
    try:
        bare = checked_label("participant", label)
    except LabelError as error:
        assert "a label has letters a-z and digits only" in str(error)
        return
    assert bare.isascii() and bare.isalnum()
    dataset = Dataset(Path("/data"))
    for path in (
        dataset.plan(Person(bare)),
        dataset.journal(Person(bare, bare), 1, 1),
        dataset.events(Person(bare), 1),
    ):
        assert path.resolve().is_relative_to("/data")
        assert "\n" not in str(path)


@given(st.text(max_size=60))
@settings(deadline=None, max_examples=examples(200))
def test_a_fuzzed_file_name_is_a_journal_s_or_refused(name: str) -> None:
    try:
        run, attempt = run_and_attempt(Path(name))
    except ValueError as error:
        assert "is not named like a journal" in str(error)
    else:
        assert run >= 0 and attempt >= 0


def test_bad_labels_are_refused_before_anything_is_written() -> None:
    for label in ("", " ", ".", "..", "a/b", "a\\b", "CON:", "x" * 33, "sub-", "sub-a_b", "\x00"):
        with pytest.raises(LabelError):
            checked_label("participant", label)
