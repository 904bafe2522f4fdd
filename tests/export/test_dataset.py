"""What an export makes of journals, read back with the tools of those who will use it."""

import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from nilearn.glm.first_level import make_first_level_design_matrix

from task.config.protocol import Protocol
from task.config.read import read_protocol
from task.export.dataset import export_all, export_person
from task.record.columns import NAMES
from task.record.events import events_of, read_events
from task.record.journal import read_journal
from task.record.layout import Dataset
from tests.export.conftest import ANN, BEN, DAN, EVE, FAY, GUS_A, GUS_B, IN_THE_FIRST_CHOICE, abort_at, rewrite
from tests.factories import facts_in

Perform = Callable[..., Path]
PROTOCOLS = ("demo", "relational_value", "separate_feedback")


def contents(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def sidecar(events: Path) -> dict[str, Any]:
    return json.loads(events.with_suffix(".json").read_text(encoding="utf-8"))


def validated(root: Path) -> list[dict[str, Any]]:
    """What the official validator finds wrong with a dataset."""
    command = [sys.executable, "-c", "from bids_validator_deno import cli; cli()", str(root), "--format", "json"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return json.loads(answer)["issues"]["issues"]


def text_of(events: pd.DataFrame) -> str:
    """A table to compare with another, to a tenth of a millisecond."""
    return events.to_csv(sep="\t", na_rep="n/a", index=False, float_format="%.4f")


# --- the events tables -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROTOCOLS)
def test_func_holds_the_events_of_each_run_as_the_journals_give_them(
    perform_a_run: Perform, dataset: Dataset, name: str
) -> None:
    protocol = read_protocol(name)
    journals = [perform_a_run(protocol, run=run + 1) for run in range(protocol.runs.count)]
    exported = export_person(dataset, ANN)
    assert exported.events == tuple(dataset.events(ANN, run + 1) for run in range(protocol.runs.count))
    assert exported.onset_folders == (dataset.onsets("fsl/match_by_rank", ANN),)
    for journal, path in zip(journals, exported.events, strict=True):
        journalled = events_of(read_journal(journal))
        assert len(journalled) > protocol.runs.trials
        assert text_of(read_events(path)) == text_of(journalled)


def test_events_are_written_as_bids_wants_them(perform_a_run: Perform, dataset: Dataset, demo: Protocol) -> None:
    perform_a_run(demo)
    (path,) = export_person(dataset, ANN).events
    text = path.read_bytes()
    assert b"\r" not in text and b"nan" not in text.lower() and b"\t\t" not in text
    assert text.decode("utf-8").split("\n")[0].split("\t") == NAMES
    onsets = pd.read_csv(path, sep="\t")["onset"]
    assert list(onsets) == sorted(onsets)


def test_every_events_file_makes_a_design_matrix(mishaps: Dataset) -> None:
    tables = [path for one in export_all(mishaps) for path in one.events]
    assert len(tables) == 8
    for path in tables:
        events = pd.read_csv(path, sep="\t")
        frames = np.arange(2.0, 700.0, 2.0)
        with pytest.warns(UserWarning, match="unexpected columns") as caught:
            matrix = make_first_level_design_matrix(frames, path)
        assert len(caught) == 1, [str(one.message) for one in caught]
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            same = make_first_level_design_matrix(frames, events[["onset", "duration", "trial_type"]])
        pd.testing.assert_frame_equal(matrix, same)
        assert set(events["trial_type"]) <= set(matrix.columns)
        assert (matrix[sorted(set(events["trial_type"]))].abs().max() > 0.1).all()


def test_the_validator_finds_nothing_but_what_a_lab_has_to_fill_in(mishaps: Dataset) -> None:
    export_all(mishaps)
    found = validated(mishaps.root)
    assert {issue["code"] for issue in found} == {"NO_AUTHORS", "TOO_FEW_AUTHORS", "JSON_KEY_RECOMMENDED"}
    assert {issue["location"] for issue in found} == {"/dataset_description.json"}
    recommended = {issue.get("subCode") for issue in found if issue["code"] == "JSON_KEY_RECOMMENDED"}
    assert recommended == {"License", "SourceDatasets"}


def test_the_validator_would_have_found_a_mistake(perform_a_run: Perform, dataset: Dataset, demo: Protocol) -> None:
    perform_a_run(demo)
    (path,) = export_person(dataset, ANN).events
    path.write_text(path.read_text().replace("onset\tduration", "start\tduration", 1))
    assert "error" in {issue["severity"] for issue in validated(dataset.root)}


# --- sidecars --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", PROTOCOLS)
def test_the_sidecar_describes_every_column_and_every_level(
    perform_a_run: Perform, dataset: Dataset, name: str
) -> None:
    perform_a_run(read_protocol(name))
    (path,) = export_person(dataset, ANN).events
    table, described = read_events(path), sidecar(path)
    for column in table:
        assert described[column]["Description"]
        if table[column].dtype == "float64":
            assert described[column]["Units"] == "s"
        elif table[column].dtype != "Int64":
            assert set(table[column].dropna()) <= set(described[column]["Levels"]), column
    assert described["decider"]["Levels"]["D5"] == "high_value_low_outcome, hidden"


def test_the_sidecar_says_what_the_events_were_shown_with(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    def in_a_suite(records: list[dict[str, Any]]) -> None:
        records[0]["site"]["display"] |= {"width_cm": 40.7, "height_cm": 30.5, "distance_cm": 142, "refresh_hz": 75.0}
        records[0]["machine"] |= {"system": "Windows", "release": "11"}
        records[0]["versions"]["psychopy-lib"] = "2026.2.5"
        records[0]["git"] = {"commit": "c" * 40, "changed": ""}
        (display,) = (record for record in records if record["kind"] == "display")
        display |= {"size_px": [1024, 768], "refresh_hz": 59.951}

    rewrite(perform_a_run(demo), in_a_suite)
    (path,) = export_person(dataset, ANN).events
    assert sidecar(path)["TaskName"] == "decider"
    assert sidecar(path)["StimulusPresentation"] == {
        "OperatingSystem": "Windows 11",
        "ScreenDistance": 1.42,
        "ScreenRefreshRate": 59.951,
        "ScreenResolution": [1024, 768],
        "ScreenSize": [0.407, 0.305],
        "SoftwareName": "PsychoPy",
        "SoftwareRRID": "RRID:SCR_006571",
        "SoftwareVersion": "2026.2.5",
        "Code": "swh:1:rev:" + "c" * 40,
    }


def test_code_that_was_not_as_committed_is_not_passed_off_as_the_commit(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    git = {"commit": "c" * 40, "changed": " M task/session/conductor.py"}
    rewrite(perform_a_run(demo), lambda records: records[0].update(git=git))
    (path,) = export_person(dataset, ANN).events
    assert "Code" not in sidecar(path)["StimulusPresentation"]
    assert (sidecar(path)["CodeCommit"], sidecar(path)["CodeIsAsCommitted"]) == ("c" * 40, False)


@pytest.mark.parametrize(
    ("head", "stamps", "name"),
    [
        ({}, (True, True, True), "Decider task: simulated"),
        ({"virtual": False}, (True, False, True), "Decider task: pilot with an emulated scanner"),
        (
            {"virtual": False, "emulated": False, "simulated_participant": None},
            (False, False, False),
            "Decider task: study",
        ),
    ],
)
def test_what_is_not_real_is_stamped_on_every_product(
    perform_a_run: Perform,
    dataset: Dataset,
    demo: Protocol,
    head: dict[str, Any],
    stamps: tuple[bool, ...],
    name: str,
) -> None:
    rewrite(perform_a_run(demo), lambda records: records[0].update(head))
    (path,) = export_person(dataset, ANN).events
    keys = ("EmulatedScanner", "VirtualTime", "SimulatedParticipant")
    assert tuple(sidecar(path)[key] for key in keys) == stamps
    assert json.loads((dataset.root / "dataset_description.json").read_text())["Name"] == name
    onsets = dataset.root / "derivatives" / "onsets" / "dataset_description.json"
    assert json.loads(onsets.read_text())["Name"] == f"{name}, onset files"
    assert (dataset.root / "README").read_text().startswith(name + "\n")


TIMING = (
    "FramesPacedBy", "FlipsWaitForDisplay", "MeasuredRefreshRate", "MeasuredDisplayLag", "DroppedFrames",
    "ScannerPulses", "PulsesPerVolume", "PulsesBeforeZero", "PulsesSinceZero", "VolumesPlanned", "TimeZero",
)  # fmt: skip


def timing(events: Path) -> tuple[Any, ...]:
    """What a sidecar says of the timing, in the order of ``TIMING``."""
    return tuple(sidecar(events)[key] for key in TIMING)


def test_the_sidecar_says_what_the_timing_was_worth(perform_a_run: Perform, dataset: Dataset, demo: Protocol) -> None:
    def with_frames(paced_by: str, flips_wait: bool, lag_s: float, dropped: int) -> Callable[[list[Any]], None]:
        def change(records: list[dict[str, Any]]) -> None:
            (display,) = (record for record in records if record["kind"] == "display")
            display |= {"paced_by": paced_by, "flips_wait": flips_wait, "refresh_hz": 59.951}
            records[0]["site"]["display"]["measured_lag_s"] = lag_s
            at = len(records) - 1
            records[at:at] = [{"kind": "dropped", "t": 60.0 + i, "late_s": 0.017} for i in range(dropped)]
            for number, record in enumerate(records):
                record["n"] = number

        return change

    journal = perform_a_run(demo)
    volumes = demo.volumes
    assert volumes > 30
    shown = ("every_volume", 1, 0, volumes, volumes, "pulse")
    (path,) = export_person(dataset, ANN).events
    assert timing(path) == ("virtual time", "n/a", "n/a", "n/a", 0, *shown)
    rewrite(journal, with_frames("software", False, 0.0, 0))
    export_person(dataset, ANN)
    assert timing(path) == ("software", False, "n/a", "n/a", 0, *shown)
    rewrite(journal, with_frames("display", True, 0.021, 3))
    export_person(dataset, ANN)
    assert timing(path) == ("display", True, 59.951, 0.021, 3, *shown)


def test_the_sidecar_counts_the_pulses_before_zero_apart(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    scan = demo.scan.model_copy(update={"pulses": "every_slice", "pulses_per_volume": 4, "pulses_before_zero": 8})
    perform_a_run(demo.model_copy(update={"scan": scan}))
    (path,) = export_person(dataset, ANN).events
    assert timing(path)[5:] == ("every_slice", 4, 8, 4 * demo.volumes, demo.volumes, "pulse")


def test_a_run_started_by_hand_counts_the_pulses_that_came(mishaps: Dataset, demo: Protocol) -> None:
    (path,) = export_person(mishaps, EVE).events
    before, since, volumes, zero = timing(path)[-4:]
    assert (before, volumes, zero) == (0, demo.volumes, "manual_start")
    (journal,) = mishaps.journals(EVE)
    assert since == sum(record["kind"] == "pulse" for record in facts_in(journal))


def test_volumes_are_those_of_the_protocol_or_as_many_as_cover_the_run(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    def with_scan(**scan: Any) -> int:
        rewrite(journal, lambda records: records[0]["protocol"]["scan"].update(scan))
        (path,) = export_person(dataset, ANN).events
        return sidecar(path)["VolumesPlanned"]

    journal = perform_a_run(demo)
    run_s = float(demo.run_s)
    assert with_scan(volumes=200) == 200
    assert with_scan(volumes=None, tr_s=run_s / 10) == 10
    assert with_scan(volumes=None, tr_s=run_s / 10 - 0.001) == 11


def test_the_readme_explains_every_key_of_the_timing(perform_a_run: Perform, dataset: Dataset, demo: Protocol) -> None:
    perform_a_run(demo)
    (path,) = export_person(dataset, ANN).events
    readme = (dataset.root / "README").read_text()
    explained = {key for key in TIMING if key in readme}
    assert explained == set(TIMING) <= set(sidecar(path))


# --- attempts --------------------------------------------------------------------------------------------------------


def test_func_follows_the_attempt_that_counts(perform_a_run: Perform, dataset: Dataset, demo: Protocol) -> None:
    def attempts_shown() -> tuple[int, list[str]]:
        (path,) = export_person(dataset, ANN).events
        others = sorted(one.name for one in dataset.sourcedata(ANN).glob("*_events.*"))
        return sidecar(path)["Attempt"], [one.split("_attempt-")[1] for one in others]

    perform_a_run(demo, typed=abort_at(30))
    assert attempts_shown() == (1, [])
    second = perform_a_run(demo, typed=abort_at(40))
    assert attempts_shown() == (2, ["01_events.json", "01_events.tsv"])
    second.rename(second.with_suffix(".set_aside"))
    assert attempts_shown() == (1, [])
    second.with_suffix(".set_aside").rename(second)
    perform_a_run(demo)
    complete = (3, ["01_events.json", "01_events.tsv", "02_events.json", "02_events.tsv"])
    assert attempts_shown() == complete
    perform_a_run(demo, typed=abort_at(30))
    assert attempts_shown() == (3, [*complete[1], "04_events.json", "04_events.tsv"])


def test_the_events_of_an_attempt_that_does_not_count_are_its_own(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    aborted, _ = perform_a_run(demo, typed=abort_at(40)), perform_a_run(demo)
    export_person(dataset, ANN)
    path = dataset.attempt_events(aborted)
    assert text_of(read_events(path)) == text_of(events_of(read_journal(aborted)))
    assert sidecar(path)["RunIsComplete"] is False
    assert sidecar(path)["RunEnd"] == "aborted by the operator"


def test_a_run_ended_early_has_its_events_so_far_and_says_so(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    journal = perform_a_run(demo, typed=IN_THE_FIRST_CHOICE)
    exported = export_person(dataset, ANN)
    (event,) = pd.read_csv(exported.events[0], sep="\t").to_dict("records")
    (end,) = (record for record in facts_in(journal) if record["kind"] == "end")
    (zero,) = (record for record in facts_in(journal) if record["kind"] == "zero")
    assert event["onset"] + event["duration"] == pytest.approx(end["t"] - zero["t"], abs=1e-4)
    assert event["duration"] < event["planned_duration"]
    assert any("sub-01, run 1, attempt 1: the run ended early (aborted by the operator)" in n for n in exported.notes)


def test_a_choice_that_was_cut_before_an_answer_is_no_event(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    journal = perform_a_run(demo, plays=False, typed=IN_THE_FIRST_CHOICE)
    assert any(record.get("slot") == "choice" for record in facts_in(journal))
    exported = export_person(dataset, ANN)
    assert (exported.events, exported.onset_folders) == ((), ())
    (note,) = exported.notes
    assert "no events" in note and "before the first choice was made or missed (aborted by the operator)" in note


def test_a_share_that_was_cut_before_an_answer_is_no_event_and_all_before_it_are(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    whole = perform_a_run(demo)
    share = next(r["t"] for r in facts_in(whole) if r["kind"] == "onset" and r["scene"] == "Share")
    whole.unlink()  # the same participant does the same again, up to the abort
    journal = perform_a_run(demo, typed=abort_at(share - 0.25))
    assert any(r["kind"] == "onset" and r["scene"] == "Share" for r in facts_in(journal))
    exported = export_person(dataset, ANN)
    events = read_events(exported.events[0])
    assert set(events["trial_type"]) <= {"choice", "choice_miss", "feedback", "too_slow"}
    assert events["trial_type"].iloc[-1] == "feedback"
    assert next(exported.onset_folders[0].glob("*_run-01_share.txt")).read_text() == "0\t0\t0\n"


def test_a_journal_cut_off_in_the_middle_of_a_line_is_exported_up_to_there(mishaps: Dataset) -> None:
    exported = export_person(mishaps, FAY)
    events = read_events(exported.events[0])
    assert (events["trial"].max(), events["trial_type"].iloc[-1]) == (5, "feedback")
    assert any("ended early (cut off)" in note for note in exported.notes)


def test_a_run_without_an_event_has_no_files_and_a_note(mishaps: Dataset) -> None:
    exported = export_person(mishaps, DAN)
    assert (exported.events, exported.onset_folders) == ((), ())
    assert any("no events" in note and "run 1, attempt 1" in note for note in exported.notes)
    assert not list(mishaps.root.rglob("sub-04*_events.*")) and not list(mishaps.root.rglob("onsets/**/sub-04/*"))


def test_what_an_earlier_export_made_of_a_run_without_events_is_cleared_away(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    journal = perform_a_run(demo)
    export_person(dataset, ANN)
    rewrite(journal, lambda records: records.__delitem__(slice(3, None)))
    assert export_person(dataset, ANN).events == ()
    assert not dataset.events(ANN, 1).exists() and not dataset.events(ANN, 1).with_suffix(".json").exists()
    assert not list(dataset.root.rglob("onsets/**/sub-01/*"))


def test_a_run_started_by_hand_says_so(mishaps: Dataset) -> None:
    exported = export_person(mishaps, EVE)
    assert any("started by hand" in note for note in exported.notes)
    assert sidecar(exported.events[0])["TimeZero"] == "manual_start"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda journal: journal.write_bytes(b""),
        lambda journal: journal.write_bytes(b"\x00" * 4096),
        lambda journal: rewrite(journal, lambda records: records[0].pop("protocol")),
        lambda journal: rewrite(journal, lambda records: records[0].update(site={"name": "elsewhere"})),
        lambda journal: rewrite(journal, lambda records: records[0]["protocol"]["runs"].update(count=0)),
        lambda journal: rewrite(journal, lambda records: records[0].pop("emulated")),
    ],
    ids=["empty", "zeros", "no protocol", "another site format", "a protocol that is none", "not whole"],
)
def test_a_journal_that_cannot_be_read_is_named_and_stops_nothing_else(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol, spoil: Callable[[Path], Any]
) -> None:
    good, spoilt = perform_a_run(demo, run=1), perform_a_run(demo, run=2)
    spoil(spoilt)
    exported = export_person(dataset, ANN)
    assert exported.events == (dataset.events(ANN, 1),)
    (note,) = (note for note in exported.notes if spoilt.name in note)
    assert "\n" not in note and good.name not in note


# --- making again ----------------------------------------------------------------------------------------------------


def test_an_export_made_again_is_the_same_to_the_byte(mishaps: Dataset) -> None:
    export_all(mishaps)
    before = contents(mishaps.root)
    export_all(mishaps)
    assert contents(mishaps.root) == before
    shutil.rmtree(mishaps.root / "derivatives")
    for folder in mishaps.root.glob("sub-*"):
        shutil.rmtree(folder)
    export_all(mishaps)
    assert contents(mishaps.root) == before
    assert not any(b"\r" in content for content in before.values())


def test_an_export_leaves_the_journals_and_plans_alone(mishaps: Dataset) -> None:
    def recorded() -> dict[str, bytes]:
        return {name: text for name, text in contents(mishaps.root / "sourcedata").items() if "_events." not in name}

    before = recorded()
    assert before
    export_all(mishaps)
    assert recorded() == before


def test_an_export_cut_short_leaves_the_file_that_was_there(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol, monkeypatch: pytest.MonkeyPatch
) -> None:
    perform_a_run(demo)
    export_person(dataset, ANN)
    before = contents(dataset.root)

    def half_written(path: Path, content: bytes) -> None:
        path.write_text("onset\tdura")
        raise OSError("no space left on device")

    monkeypatch.setattr(Path, "write_bytes", half_written)
    with pytest.raises(OSError, match="no space"):
        export_person(dataset, ANN)
    assert contents(dataset.root) == before


def test_everybody_is_exported_and_progress_is_told(mishaps: Dataset) -> None:
    told: list[tuple[int, int]] = []
    exported = export_all(mishaps, lambda done, of: told.append((done, of)))
    assert [one.person for one in exported] == mishaps.people()
    assert told == [(done, 8) for done in range(1, 9)]


# --- the dataset's own files -----------------------------------------------------------------------------------------


def test_participants_are_added_and_what_others_wrote_stays(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    table, described = dataset.root / "participants.tsv", dataset.root / "participants.json"
    perform_a_run(demo, person=BEN)
    export_all(dataset)
    assert table.read_text() == "participant_id\torder_index\tavatar_set\tprotocol\nsub-02\t7\tneutral\tdemo\n"
    table.write_bytes(b"\xef\xbb\xbfparticipant_id\tage\tprotocol\r\nsub-03\t31\tother\r\nsub-02\t28\tdemo\r\n")
    described.write_text('{"age": {"Units": "years"}, "protocol": {"Description": "Ours"}}')
    perform_a_run(demo, person=ANN)
    export_all(dataset)
    assert (
        table.read_bytes()
        == (
            "\ufeffparticipant_id\tage\tprotocol\torder_index\tavatar_set\r\n"
            "sub-03\t31\tother\tn/a\tn/a\r\n"
            "sub-02\t28\tdemo\t7\tneutral\r\n"
            "sub-01\tn/a\tdemo\t7\tneutral\r\n"
        ).encode()
    )
    said = json.loads(described.read_text())
    assert said["age"] == {"Units": "years"} and said["protocol"] == {"Description": "Ours"}
    assert set(said) == {"participant_id", "age", "order_index", "avatar_set", "protocol"}


def test_a_participant_with_several_sessions_has_one_row_whichever_was_exported_last(mishaps: Dataset) -> None:
    rows = []
    for session in (GUS_A, GUS_B, GUS_A):
        export_person(mishaps, session)
        rows.append((mishaps.root / "participants.tsv").read_text().splitlines()[1:])
    assert rows == [["sub-07\t7\tneutral\tseparate_feedback, relational_value"]] * 3


@pytest.mark.parametrize("spoilt", [b"\xff\xfe\x00", b"id;age\nsub-01;31\n", b"participant_id\tage\nsub-09\n", b"[1]"])
def test_a_participants_file_that_cannot_be_read_is_left_alone_and_named(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol, spoilt: bytes
) -> None:
    perform_a_run(demo)
    for name in ("participants.tsv", "participants.json"):
        (dataset.root / name).write_bytes(spoilt)
    exported = export_person(dataset, ANN)
    assert exported.events
    for name in ("participants.tsv", "participants.json"):
        assert (dataset.root / name).read_bytes() == spoilt
        (note,) = (note for note in exported.notes if name in note and "left as it is" in note)
        if name.endswith("tsv") and b"09" in spoilt:
            assert note.endswith("left as it is, without sub-01: line 2 has 1 column, and the header 2 columns")


def test_what_people_wrote_into_a_description_or_readme_stays(
    perform_a_run: Perform, dataset: Dataset, demo: Protocol
) -> None:
    perform_a_run(demo)
    export_person(dataset, ANN)
    theirs = [dataset.root / "README", dataset.root / "dataset_description.json"]
    theirs += [dataset.root / "derivatives" / "onsets" / "dataset_description.json"]
    for path in theirs:
        assert path.stat().st_size > 150
        path.write_text("{}")
    export_person(dataset, ANN)
    assert [path.read_text() for path in theirs] == ["{}"] * 3
