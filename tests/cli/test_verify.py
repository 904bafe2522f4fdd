"""``verify``: it finds what differs, what is missing and what is broken, says where, and changes nothing."""

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from task.cli.verify import verify
from task.export.dataset import export_all
from task.plan.plan import read_plan, save_plan
from task.record.correction import move_zero
from task.record.layout import Dataset, LabelError, Person
from task.record.lock import locked
from task.record.records import Facts
from task.record.spare import make_ready, place_for
from task.visit.requests import RequestError
from tests.cli.test_commands import SHORT, assert_no_traceback, typed
from tests.export.conftest import ANN, BEN, EVE, GUS_A, GUS_B, abort_at, cut_off, perform, plan_of, rewrite
from tests.factories import a_protocol


@pytest.fixture(scope="module")
def _dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    dataset, demo = Dataset(tmp_path_factory.mktemp("data") / "simulated"), a_protocol()
    perform(dataset, demo, run=1, person=ANN, typed=abort_at(40))
    perform(dataset, demo, run=1, person=ANN)
    perform(dataset, demo, run=2, person=ANN)
    perform(dataset, demo, run=1, person=BEN, typed=abort_at(2))
    cut_off(perform(dataset, demo, run=1, person=BEN), trial=5)
    perform(dataset, demo, person=EVE, scanner_starts_after_s=30, typed=[(2, "space")])
    perform(dataset, a_protocol("separate_feedback"), person=GUS_A)
    perform(dataset, a_protocol("relational_value"), person=GUS_B)
    export_all(dataset)
    return dataset


@pytest.fixture
def dataset(_dataset: Dataset, tmp_path: Path) -> Dataset:
    """Runs that are complete, ended early, cut off and started by hand, of several sessions; and their export."""
    copied = Dataset(tmp_path / "simulated")
    shutil.copytree(_dataset.root, copied.root)
    return copied


Said = tuple[int, str]


@pytest.fixture
def verified(dataset: Dataset, capsys: pytest.CaptureFixture[str]) -> Callable[..., Said]:
    """Verify the dataset; give the exit status and what was said, and see that nothing was written."""

    def run(participant: str | None = None) -> Said:
        before = contents(dataset)
        status = verify(data=dataset.root, participant=participant)
        assert contents(dataset) == before
        return status, capsys.readouterr().out

    return run


def contents(dataset: Dataset) -> dict[Path, tuple[bytes, int]]:
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in dataset.root.rglob("*") if p.is_file()}


def journal_of(dataset: Dataset, person: Person, run: int = 1, attempt: int = 1) -> Path:
    return dataset.journal(person, run, attempt)


MAKES_AGAIN = "`export` makes what differs or is missing again"
DO_NOT_EXPORT = "do not `export` before their journals are restored"


def line_of(said: str, name: str) -> str:
    return next(line for line in said.splitlines() if line.startswith(f"{name}:"))


def test_a_dataset_with_all_sorts_of_runs_is_well(verified: Callable[..., Said]) -> None:
    status, said = verified()
    assert status == 0, said
    assert line_of(said, "sub-01 run 1 attempt 1").endswith("ok (as far as it goes: aborted by the operator)")
    assert line_of(said, "sub-01 run 1 attempt 2").endswith("ok (complete)")
    assert line_of(said, "sub-02 run 1 attempt 2").endswith("ok (as far as it goes: cut off)")
    assert line_of(said, "sub-07_ses-a run 1 attempt 1").endswith("ok (complete)")
    assert len(re.findall(r"^sub-", said, re.MULTILINE)) == 8
    assert "8 runs of 4 participants" in said
    assert said.rstrip().endswith("every events file is what its journal says.")


def test_one_participant_is_checked_alone(verified: Callable[..., Said], dataset: Dataset) -> None:
    dataset.events(EVE, 1).unlink()
    status, said = verified("sub-01")
    assert status == 0
    assert "3 runs of 1 participant." in said
    assert verified("05")[0] == 1


def test_a_zero_that_was_moved_is_no_failure_once_it_is_exported(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    move_zero(journal_of(dataset, ANN, 2), -2.0, "the scanner stored all volumes")
    status, said = verified()
    assert status == 1
    assert f"{dataset.events(ANN, 2)}: differs from what its journal gives" in said
    export_all(dataset)
    status, said = verified()
    assert status == 0, said
    assert "remark: zero was moved by -2.0000 s after the run: the scanner stored all volumes" in said


# --- events files ----------------------------------------------------------------------------------------------------


def change_a_digit(path: Path) -> None:
    text = path.read_text()
    path.write_text(
        text.replace("match\t", "no_match\t", 1) if path.suffix == ".tsv" else text.replace("true", "false")
    )


@pytest.mark.parametrize("suffix", [".tsv", ".json"])
def test_an_events_file_that_differs_by_little_is_named(
    verified: Callable[..., Said], dataset: Dataset, suffix: str
) -> None:
    path = dataset.events(ANN, 1).with_suffix(suffix)
    change_a_digit(path)
    status, said = verified()
    assert status == 1
    assert f"{path}: differs from what its journal gives" in said
    assert "1 file is not as it should be: `export`" in said
    assert "BROKEN" not in said


def test_events_beside_their_journal_are_compared_as_well(verified: Callable[..., Said], dataset: Dataset) -> None:
    path = dataset.attempt_events(journal_of(dataset, ANN))
    change_a_digit(path)
    status, said = verified()
    assert status == 1
    assert f"{path}: differs" in said


def test_events_files_that_are_missing_or_too_many_are_named(verified: Callable[..., Said], dataset: Dataset) -> None:
    missing = dataset.events(GUS_A, 1)
    missing.unlink()
    extra = [dataset.events(ANN, 3), dataset.attempt_events(journal_of(dataset, ANN, 1, 2))]
    for path in extra:
        path.write_text("onset\tduration\n")
    status, said = verified()
    assert status == 1
    assert f"{missing}: missing" in said
    assert all(f"{path}: no journal gives it" in said for path in extra)
    assert "1 file is not as it should be: `export`" in said  # which leaves those of no journal alone
    assert said.count("move this file away") == 2


def test_events_of_other_tasks_are_none_of_ours(verified: Callable[..., Said], dataset: Dataset) -> None:
    (dataset.root / ANN.folder / "func" / "sub-01_task-rest_run-01_events.tsv").write_text("onset\tduration\n")
    (dataset.root / ANN.folder / "func" / "sub-01_task-decider_run-01_bold.json").write_text("{}")
    assert verified()[0] == 0


# --- journals and plans ----------------------------------------------------------------------------------------------


def of(records: list[Facts], kind: str) -> Facts:
    return next(record for record in records if record["kind"] == kind)


def another_card(records: list[Facts]) -> None:
    decks = records[0]["planned_run"]["decks"]
    decks["D1"][0], decks["D1"][1] = decks["D1"][1], decks["D1"][0]


TAMPERED: dict[str, tuple[Callable[[list[Facts]], object], str]] = {
    "points": (lambda r: of(r, "end").update(points=1), "broken: the end says 1 points"),
    "rank": (lambda r: of(r, "feedback").update(rank=9), "broken: trial 1: the feedback is"),
    "seed": (lambda r: r[0].update(seed=99), "broken: its head differs from the saved plan in: seed"),
    "deck": (another_card, "broken: the run that its head holds is not version 1 of run 1 of the saved plan"),
    "run": (
        lambda r: r[0]["planned_run"].update(run=9),
        "broken: the run that its head holds is not version 1 of run 9 of the saved plan",
    ),
    "no digest": (lambda r: r[0].pop("plan_digest"), "the head of this journal lacks plan_digest"),
    "Deciders": (
        lambda r: r[0]["deciders"][0].update(avatar="neutral/99"),
        "broken: its head differs from the saved plan in: deciders",
    ),
    "protocol": (
        lambda r: r[0]["protocol"]["trust_game"].update(invested=20),
        "broken: its head differs from the saved plan in: protocol",
    ),
    "attempt": (lambda r: r[0].update(attempt=2), "its first line says run 1, attempt 2. Name it so again"),
    "head": (lambda r: r[0].pop("deciders"), "the head of this journal lacks deciders"),
}


@pytest.mark.parametrize("what", TAMPERED)
def test_a_journal_that_was_changed_is_broken(verified: Callable[..., Said], dataset: Dataset, what: str) -> None:
    tamper, found = TAMPERED[what]
    rewrite(journal_of(dataset, EVE), tamper)
    status, said = verified()
    assert status == 1
    assert line_of(said, "sub-05 run 1 attempt 1").endswith("BROKEN")
    assert found in said
    assert "1 broken: keep the journals as they are" in said
    assert said.count("BROKEN") == 1


def doubled(lines: list[bytes]) -> list[bytes]:
    return [*lines[:40], lines[39], *lines[40:]]


def without_one(lines: list[bytes]) -> list[bytes]:
    return [*lines[:40], *lines[41:]]


def spoilt(lines: list[bytes]) -> list[bytes]:
    return [*lines[:40], lines[40].replace(b'"', b"'"), *lines[41:]]


@pytest.mark.parametrize("damage", [doubled, without_one, spoilt])
def test_a_line_that_is_damaged_doubled_or_missing_is_named(
    verified: Callable[..., Said], dataset: Dataset, damage: Callable[[list[bytes]], list[bytes]]
) -> None:
    journal = journal_of(dataset, EVE)
    journal.write_bytes(b"".join(damage(journal.read_bytes().splitlines(keepends=True))))
    status, said = verified()
    assert status == 1
    assert "broken: line 41 of the journal is damaged or out of its place" in said


def test_a_journal_that_cannot_be_read_at_all_is_broken(verified: Callable[..., Said], dataset: Dataset) -> None:
    journal_of(dataset, EVE).write_bytes(b"\x00\x01\n")
    status, said = verified()
    assert status == 1
    assert line_of(said, "sub-05 run 1 attempt 1").endswith("BROKEN")
    assert "this journal cannot be read, as its first line, the head, is damaged" in said
    assert f"{dataset.events(EVE, 1)}: no journal gives it" in said
    assert DO_NOT_EXPORT in said and MAKES_AGAIN not in said


def lines_of(journal: Path) -> list[bytes]:
    return journal.read_bytes().splitlines(keepends=True)


@pytest.mark.parametrize("left", [50, -5, 0])
def test_an_events_file_that_has_outlived_its_journal_is_not_to_be_made_again(
    verified: Callable[..., Said], dataset: Dataset, left: int
) -> None:
    """Whether a line in the middle was damaged, the end was lost, or all of it."""
    journal, table = journal_of(dataset, ANN, 2), dataset.events(ANN, 2)
    lines = lines_of(journal)
    journal.write_bytes(b"".join(spoilt(lines) if left == 50 else lines[:left]))
    status, said = verified()
    assert status == 1
    assert line_of(said, "sub-01 run 2 attempt 1").endswith("BROKEN")
    assert str(table.with_suffix("")) in said
    assert DO_NOT_EXPORT in said
    assert MAKES_AGAIN not in said
    assert "stopped before its first record" not in said


def test_an_emptied_journal_of_an_earlier_attempt_is_broken_and_the_others_are_not(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    journal_of(dataset, ANN, 1, 1).write_bytes(b"")
    status, said = verified()
    assert status == 1
    table = dataset.attempt_events(journal_of(dataset, ANN, 1, 1))
    assert f"broken: nothing is left in it of what {table} was made from" in said
    assert said.count("BROKEN") == 1
    assert line_of(said, "sub-01 run 1 attempt 2").endswith("ok (complete)")


def test_a_run_whose_last_attempt_has_lost_its_end_is_not_exported_as_the_attempt_before(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    journal = perform(dataset, a_protocol(), run=1, person=ANN)
    export_all(dataset)
    assert verified()[0] == 0
    journal.write_bytes(b"".join(lines_of(journal)[:-5]))
    status, said = verified()
    assert status == 1
    assert line_of(said, "sub-01 run 1 attempt 3").endswith("BROKEN")
    assert f"it has lost its end, from which {dataset.events(ANN, 1)} was made" in said
    assert MAKES_AGAIN not in said


def test_a_decision_about_zero_that_was_lost_is_noticed(verified: Callable[..., Said], dataset: Dataset) -> None:
    journal = journal_of(dataset, ANN, 2)
    before = journal.read_bytes()
    move_zero(journal, -2.0, "the scanner stored all volumes")
    export_all(dataset)
    journal.write_bytes(before)
    status, said = verified()
    assert status == 1
    assert "it lacks the decision to move zero by -2.0 s" in said
    assert MAKES_AGAIN not in said


def test_a_run_that_was_cut_off_and_never_exported_is_no_loss(verified: Callable[..., Said], dataset: Dataset) -> None:
    """Its events take the place of the earlier attempt's, which its own journal gives: `export` may be used."""
    for path in (journal_of(dataset, ANN, 1, 2), dataset.attempt_events(journal_of(dataset, ANN))):
        path.unlink()
    dataset.attempt_events(journal_of(dataset, ANN)).with_suffix(".json").unlink()
    for suffix in (".tsv", ".json"):
        dataset.events(ANN, 1).with_suffix(suffix).unlink()
    export_all(dataset)
    assert verified("01")[0] == 0
    cut_off(perform(dataset, a_protocol(), run=1, person=ANN), trial=5)
    status, said = verified("01")
    assert status == 1
    assert "BROKEN" not in said
    assert MAKES_AGAIN in said and DO_NOT_EXPORT not in said
    export_all(dataset)
    assert verified("01")[0] == 0


def test_a_plan_that_was_changed_is_said_once_and_breaks_no_run(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    path = dataset.plan(ANN)
    plan = json.loads(path.read_text())
    trial = plan["runs"][0]["trials"][0]
    trial["left"], trial["right"] = trial["right"], trial["left"]
    path.write_text(json.dumps(plan))
    status, said = verified()
    assert status == 1
    assert said.count("the saved plan was changed since run 1. Restore it from your backup") == 1
    assert f"{path}: the saved plan was changed" in said
    assert "BROKEN" not in said and "broken" not in said
    assert MAKES_AGAIN not in said


def test_what_is_being_recorded_is_left_out_until_it_has_ended(verified: Callable[..., Said], dataset: Dataset) -> None:
    journal = perform(dataset, a_protocol(), run=1, person=ANN)
    whole = journal.read_bytes()
    for left in (0, 300, len(whole) // 2):
        journal.write_bytes(whole[:left])
        with locked(dataset, ANN):
            status, said = verified()
        assert status == 0, said
        assert line_of(said, "sub-01 run 1 attempt 3").endswith("is being performed now, and is left out")
        assert "cut off, and is checked" not in line_of(said, "sub-01 run 2 attempt 1")
        assert line_of(said, "sub-02 run 1 attempt 2").endswith("ok (as far as it goes: cut off)")
    status, said = verified()
    assert status == 1
    assert line_of(said, "sub-01 run 1 attempt 3").endswith("ok (as far as it goes: cut off)")


def test_a_copy_of_a_journal_under_another_name_is_found(verified: Callable[..., Said], dataset: Dataset) -> None:
    journal = journal_of(dataset, EVE)
    shutil.copy(journal, journal_of(dataset, EVE, 2))
    stray = journal.with_name("copy_of_journal.jsonl")
    shutil.copy(journal, stray)
    status, said = verified()
    assert status == 1
    own = "by its first line this is the journal of sub-05, run 1, attempt 1, which lies in its own place"
    assert f"{journal_of(dataset, EVE, 2)}: {own}. This copy counts nowhere" in said
    assert "sub-05 run 1 attempt 2" not in said
    assert f"{stray}: not named like the journal of a run" in said


def test_a_lost_plan_is_a_remark_and_a_spoilt_one_is_not(verified: Callable[..., Said], dataset: Dataset) -> None:
    dataset.plan(EVE).unlink()
    status, said = verified()
    assert status == 0
    assert said.count("remark: there is no saved plan to hold the runs against") == 1
    dataset.plan(EVE).write_text("{}")
    status, said = verified()
    assert status == 1
    assert "this saved plan cannot be read: protocol: Field required; and 8 more" in said
    assert "BROKEN" not in said


def test_the_scan_of_a_run_may_differ_from_that_of_the_saved_plan(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    plan = read_plan(dataset.plan(EVE))
    scan = plan.protocol.scan.model_copy(update={"pulses_before_zero": 3})
    save_plan(plan.model_copy(update={"protocol": plan.protocol.model_copy(update={"scan": scan})}), dataset.plan(EVE))
    assert verified()[0] == 0


def test_sides_that_do_not_even_out_over_two_runs_are_broken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    dataset, demo = Dataset(tmp_path), a_protocol()
    plan = plan_of(demo, ANN)
    turned = []
    for run in plan.runs:
        trials = [t.model_copy(update={"left": t.right, "right": t.left}) for t in run.trials] if run.run == 2 else None
        turned.append(run.model_copy(update={"trials": tuple(trials)}) if trials else run)
    monkeypatch.setattr("tests.export.conftest.plan_of", lambda *_: plan.model_copy(update={"runs": tuple(turned)}))
    for run_number in (1, 2):
        perform(dataset, demo, run=run_number, person=ANN)
    export_all(dataset)
    assert verify(data=tmp_path, participant=None) == 1
    said = capsys.readouterr().out
    assert line_of(said, "sub-01 run 1 attempt 1").endswith("ok (complete)")
    assert "do not even out over runs 1 and 2" in said


def test_a_run_with_very_much_that_is_wrong_does_not_fill_the_screen(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    def shift(records: list[Facts]) -> None:
        for record in records:
            if record["kind"] == "onset":
                record["t"] += 0.5

    rewrite(journal_of(dataset, EVE), shift)
    status, said = verified("05")
    assert status == 1
    assert re.search(r"broken: and \d+ more", said)
    assert len(said.splitlines()) < 20


# --- what was typed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("participant", "error"), [("99", RequestError), ("a/b", LabelError)])
def test_who_is_not_there_is_bad_input(dataset: Dataset, participant: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        verify(data=dataset.root, participant=participant)


def test_as_typed_in_a_terminal(tmp_path: Path) -> None:
    empty = typed("verify", "--data", str(tmp_path))
    assert empty.returncode == 2
    assert "holds no journals" in empty.stderr
    assert typed("simulate", "--participants", "2", "--protocol", SHORT, "--data", str(tmp_path)).returncode == 0
    done = typed("verify", "--data", str(tmp_path))
    assert done.returncode == 0, done.stdout
    assert "4 runs of 2 participants" in done.stdout
    sidecar = next(tmp_path.glob("sub-01/func/*.json"))
    sidecar.write_text(json.dumps({**json.loads(sidecar.read_text()), "Seed": 99}))
    done = typed("verify", "--data", str(tmp_path))
    assert done.returncode == 1
    assert f"{sidecar}: differs" in done.stdout
    assert_no_traceback(done)


def test_events_of_people_without_a_journal_are_named(verified: Callable[..., Said], dataset: Dataset) -> None:
    (person, *_) = dataset.people()
    shutil.rmtree(dataset.sourcedata(person))
    status, said = verified()
    assert status == 1
    assert f"{dataset.events(person, 1)}: no journal gives it" in said


def test_a_program_that_was_stopped_before_its_first_record_is_nobody_s_fault(
    verified: Callable[..., Said], dataset: Dataset
) -> None:
    (person, *_) = dataset.people()
    for attempt, content in ((8, b""), (9, b'{"n":0,"ki')):
        journal_of(dataset, person, 1, attempt).write_bytes(content)
    _, said = verified()
    assert "stopped before its first record was on disk" in said
    assert "BROKEN" not in said


def test_a_journal_without_its_checksums_is_pointed_out(verified: Callable[..., Said], dataset: Dataset) -> None:
    (person, *_) = dataset.people()
    journal = dataset.journals(person)[0]
    lines = journal.read_bytes().splitlines()
    journal.write_bytes(b"".join(line.rpartition(b',"crc"')[0] + b"}\n" for line in lines))
    assert "its lines have no checksums" in verified()[1]


def test_a_copy_that_was_left_behind_is_pointed_out(
    verified: Callable[..., Said], dataset: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (person, *_) = dataset.people()
    journal = dataset.journals(person)[0]
    copy = place_for(journal)
    make_ready(copy, journal)
    copy.write_bytes(journal.read_bytes())
    status, said = verified()
    assert status == 1
    assert f"{journal}: a copy was left behind in {copy}" in said
