"""``rezero`` as the operator types it, and the command that a run itself suggests."""

import shlex
import subprocess
from pathlib import Path

import pytest

from task.devices.emulated_scanner import EmulatedScanner
from task.devices.strokes import Stroke
from task.record.events import events_of, read_events
from task.record.journal import read_journal
from task.record.kinds.marks import Zero
from task.record.kinds.screen import Onset
from task.record.kinds.train import Train
from task.record.layout import Dataset, Person
from task.record.records import first, of_kind
from task.scene.fixation import Fixation
from tests.cli.test_commands import SHORT, assert_no_traceback, typed
from tests.factories import simulate_session

PERSON = Person("01")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    done = typed("simulate", "--participants", "1", "--protocol", SHORT, "--data", str(tmp_path))
    assert done.returncode == 0, done.stderr
    return Dataset(tmp_path)


def rezero(dataset: Dataset, by: str, reason: str = "the scanner stored all volumes", run: str = "1"):
    words = ("--participant", "01", "--run", run, f"--by={by}", "--reason", reason, "--data", str(dataset.root))
    return typed("rezero", *words)


def test_zero_is_moved_in_events_and_onset_files_and_put_back(dataset: Dataset) -> None:
    path = dataset.events(PERSON, 1)
    before, content = read_events(path), path.read_bytes()
    done = rezero(dataset, "-1.5")
    assert done.returncode == 0, done.stderr
    assert "Zero of run 1 is now 1.500 s earlier than it was in the run: 1.500 s are added to its onsets" in done.stdout
    assert (read_events(path)["onset"] - before["onset"]).round(4).unique().tolist() == [1.5]
    assert '"TimeZeroMovedBy": -1.5' in path.with_suffix(".json").read_text()
    assert "the scanner stored all volumes" in path.with_suffix(".json").read_text()
    (fsl,) = dataset.onsets("fsl/match_by_rank", PERSON).glob("*run-01_choice.txt")
    assert float(fsl.read_text().split()[0]) == pytest.approx(read_events(path)["onset"].min(), abs=1e-3)
    done = rezero(dataset, "0", "it had stored fewer")
    assert "The earlier decision no longer counts: zero moved by -1.500 s" in done.stdout
    assert path.read_bytes() == content


@pytest.mark.parametrize(
    ("by", "reason", "run", "said"),
    [
        ("-2000", "why", "1", "--by -2000: a number of seconds from"),
        ("nan", "why", "1", "--by nan: a number of seconds from"),
        ("1.5", "...", "1", "--reason: say in a few words why"),
        ("2,0", "why", "1", "'2,0': a number of seconds, with a decimal point and no comma, as in 2.0."),
        ("a TR", "why", "1", "'a TR': a number of seconds, with a decimal point and no comma."),
        ("1.5", "why", "7", "sub-01 has no such run or attempt. There are: run 1 attempt 1"),
    ],
)
def test_what_cannot_be_is_refused_with_what_can(dataset: Dataset, by: str, reason: str, run: str, said: str) -> None:
    journal = dataset.journals(PERSON)[0]
    before = journal.read_bytes()
    done = rezero(dataset, by, reason, run)
    assert done.returncode == 2
    assert said in done.stderr
    assert_no_traceback(done)
    assert journal.read_bytes() == before


def test_a_dataset_without_the_participant_is_said_to_be_so(tmp_path: Path) -> None:
    done = rezero(Dataset(tmp_path), "1")
    assert done.returncode == 2
    assert "there is no run of sub-01" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_command_that_the_record_gives_puts_the_onsets_right(tmp_path: Path) -> None:
    original = EmulatedScanner.read

    def missing_the_first(self: EmulatedScanner, until: float) -> list[Stroke]:
        strokes = original(self, until)
        return [stroke for stroke in strokes if stroke.time != self._first]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(EmulatedScanner, "read", missing_the_first)
        dataset, plan, attempts = simulate_session(tmp_path)
    records = read_journal(attempts[0].journal)
    train, zero = first(records, Train), first(records, Zero)
    assert train is not None and zero is not None and train.likely_missed_first
    words = shlex.split(train.command.replace("...", "the scanner stored all volumes"))
    done = subprocess.run(words, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    onsets = read_events(dataset.events(PERSON, 1))["onset"]
    true_zero = zero.t - plan.protocol.scan.tr_s
    shown = [onset.t for onset in of_kind(records, Onset) if onset.scene != Fixation()]
    assert onsets.tolist() == pytest.approx([t - true_zero for t in shown[: len(onsets)]], abs=1e-3)
    assert events_of(records)["onset"].iloc[0] == pytest.approx(onsets.iloc[0] - plan.protocol.scan.tr_s, abs=1e-3)
