"""The events table, made from journals of whole runs."""

from pathlib import Path

import pandas as pd
import pytest

from task.record.columns import NAMES, TRIAL_TYPES
from task.record.events import events_of, planned_events, read_events, write_events
from task.record.history import attempt_of, attempts_of, tally_before, that_count
from task.record.journal import Journal, read_journal
from task.record.kinds.answers import Share
from task.record.kinds.marks import End, Ready
from task.record.kinds.screen import Onset
from task.record.layout import Dataset, LabelError, Person, checked_label
from task.record.records import first, of_kind
from task.scene import share
from task.scene.feedback import Feedback
from tests.factories import a_plan, facts_in, simulate_session


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory):
    return simulate_session(tmp_path_factory.mktemp("data"), "relational_value")


@pytest.fixture(scope="module")
def tables(session) -> list[pd.DataFrame]:
    return [events_of(read_journal(attempt.journal)) for attempt in session[2]]


def test_a_table_has_the_documented_columns_and_types(tables: list[pd.DataFrame]) -> None:
    for table in tables:
        assert list(table.columns) == NAMES
        assert NAMES[:3] == ["onset", "duration", "trial_type"]
        assert set(table["trial_type"]) <= set(TRIAL_TYPES)
        assert table["onset"].is_monotonic_increasing
        assert (table["duration"] > 0).all()


def test_every_event_lies_at_its_plan_and_lasts_as_planned(tables: list[pd.DataFrame]) -> None:
    for table in tables:
        assert (table["onset"] - table["planned_onset"]).abs().max() <= 1 / 120 + 1e-9
        assert (table["duration"] - table["planned_duration"]).abs().max() <= 1 / 60 + 1e-9


def test_every_trial_has_its_choice_and_what_follows_from_it(tables: list[pd.DataFrame]) -> None:
    for table in tables:
        for number, trial in table.groupby("trial"):
            kinds = trial["trial_type"].tolist()
            if kinds[0] == "choice_miss":
                assert kinds == ["choice_miss", "too_slow"], number
                assert trial["decider"].isna().all()
                assert trial[["rank", "spots", "match"]].isna().all().all()
                continue
            feedback = trial.iloc[1]
            assert kinds[:2] == ["choice", "feedback"]
            assert (feedback["match"] == "match") == (feedback["rank"] <= feedback["spots"])
            assert trial["decider"].isin([trial.iloc[0]["left"], trial.iloc[0]["right"]]).all()
            assert trial.iloc[0]["decider"] == trial.iloc[0][trial.iloc[0]["side"]]
            shares = kinds[2:]
            assert len(shares) == (feedback["match"] == "match")
            assert set(shares) <= {"share", "share_miss"}


def test_a_row_holds_only_what_had_been_shown_by_then(tables: list[pd.DataFrame]) -> None:
    table = pd.concat(tables)
    choices = table[table["trial_type"].str.startswith("choice")]
    assert choices[["rank", "spots", "match", "share", "points"]].isna().all().all()
    separate = simulate_and_read("separate_feedback")
    match, rank = separate[separate["trial_type"] == "match"], separate[separate["trial_type"] == "rank"]
    assert match["rank"].isna().all()
    assert match["match"].notna().all()
    assert rank["rank"].notna().all()
    assert rank["match"].notna().all()


def simulate_and_read(protocol: str) -> pd.DataFrame:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        _, _, attempts = simulate_session(Path(folder), protocol)
        return events_of(read_journal(attempts[0].journal))


def test_misses_and_shares_without_a_press_are_conditions_of_their_own(tables: list[pd.DataFrame]) -> None:
    table = pd.concat(tables)
    misses = table[table["trial_type"].isin(["choice_miss", "share_miss"])]
    assert len(misses) > 0
    assert misses["response_time"].isna().all()
    assert misses["side"].isna().all()
    kept = table[table["trial_type"] == "share_miss"]
    assert (kept["share"] == "keep").all()
    answered = table[table["trial_type"].isin(["choice", "share"])]
    assert answered["response_time"].between(0, 3).all()


def test_the_table_survives_its_file(tables: list[pd.DataFrame], tmp_path: Path) -> None:
    write_events(tables[0], tmp_path / "e.tsv")
    text = (tmp_path / "e.tsv").read_text()
    assert "n/a" in text
    assert "\r" not in text
    assert ",," not in text
    assert "\t\t" not in text
    pd.testing.assert_frame_equal(read_events(tmp_path / "e.tsv"), tables[0], atol=5e-5, check_dtype=True)


def test_a_run_cut_off_anywhere_gives_its_events_so_far(session, tmp_path: Path) -> None:
    path = session[2][0].journal
    whole = events_of(read_journal(path))
    lines = path.read_bytes().splitlines(keepends=True)
    for count in range(1, len(lines), 7):
        cut = tmp_path / path.name
        cut.write_bytes(b"".join(lines[:count]))
        table = events_of(read_journal(cut))
        assert list(table.columns) == NAMES
        assert table["onset"].tolist() == whole["onset"].tolist()[: len(table)]
        if len(table) > 1:  # all but the event in progress are as they will be
            pd.testing.assert_frame_equal(
                table[:-1][["onset", "duration"]], whole[: len(table) - 1][["onset", "duration"]]
            )
        assert attempt_of(cut).cause == "cut off"


def test_planned_events_are_those_of_a_run_in_which_everything_matches() -> None:
    plan = a_plan("relational_value")
    table = planned_events(plan, plan.run(1, 1))
    assert table["trial_type"].tolist() == ["choice", "feedback", "share"] * 36
    assert table[["decider", "rank", "match", "response_time", "points"]].isna().all().all()
    assert (table["onset"] == table["planned_onset"]).all()


def test_history_adds_up_what_the_runs_that_count_have_shown(session) -> None:
    _, _, attempts = session
    assert [a.run for a in attempts] == [1, 2, 3, 4]
    assert all(a.is_complete and a.attempt == 1 for a in attempts)
    total = tally_before(attempts, run=9)
    assert total.offered == 72
    assert total.answered == sum(total.cells.values())
    assert tally_before(attempts, run=2).offered == 54


def test_the_latest_complete_attempt_counts_or_else_the_latest(session) -> None:
    from dataclasses import replace

    first = session[2][0]
    early = replace(first, attempt=2, cause="aborted by the operator")
    assert that_count([first, early])[1] is first
    assert that_count([replace(first, cause="cut off"), early])[1] is early
    nothing = replace(first, attempt=3, cause="cut off", has_shown_trials=False)
    assert that_count([early, nothing])[1] is early
    again = replace(first, attempt=3)
    assert that_count([first, early, again])[1] is again


def test_the_tally_read_from_a_journal_is_the_dealer_s(session) -> None:
    from task.config.protocol import Protocol
    from task.plan.dealing import Dealer, Tally
    from task.plan.plan import Decider, RunPlan

    before = Tally()
    for attempt in session[2]:
        records = facts_in(attempt.journal)
        head = records[0]
        deciders = [Decider.model_validate(one, strict=False) for one in head["deciders"]]
        planned = RunPlan.model_validate(head["planned_run"], strict=False)
        dealer = Dealer(planned, deciders, Protocol.model_validate(head["protocol"], strict=False), before)
        dealt = [dealer.deal(r["trial"], r["decider"]) for r in records if r["kind"] == "choice"]
        journalled = [((r["rank"], r["spots"]), r["source"]) for r in records if r["kind"] == "feedback"]
        assert [one for one in dealt if one] == journalled
        assert dealer.tally == attempt.tally
        before = before + attempt.tally


def test_attempts_are_found_by_their_names_alone(tmp_path: Path) -> None:
    dataset, person = Dataset(tmp_path), Person("01", "2")
    assert attempts_of(dataset, person) == []
    path = dataset.journal(person, 3, 2)
    assert path.name == "sub-01_ses-2_task-decider_run-03_attempt-02_journal.jsonl"
    journal = Journal(path, durable=False)
    journal.close()
    assert dataset.journals(person) == [path]
    assert dataset.people() == [person]
    assert dataset.journals(Person("01")) == []


@pytest.mark.parametrize("content", [b"", b"{}\n", b'{"n":0,"kind":"head"}\n', b"\xff\n"])
def test_a_journal_that_cannot_be_read_is_an_attempt_all_the_same(tmp_path: Path, content: bytes) -> None:
    dataset, person = Dataset(tmp_path), Person("01")
    path = dataset.journal(person, 2, 3)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    (attempt,) = attempts_of(dataset, person)
    assert (attempt.run, attempt.attempt, attempt.cause, attempt.has_shown_trials) == (2, 3, "unreadable", True)
    assert str(path) in (attempt.problem or "")


def test_files_that_only_look_like_journals_are_left_alone(tmp_path: Path) -> None:
    dataset, person = Dataset(tmp_path), Person("01")
    path = dataset.journal(person, 1, 1)
    path.parent.mkdir(parents=True)
    (path.parent / "sub-01_task-decider_run-x_attempt-1_journal.jsonl").write_text("")
    (path.parent / "sub-01_task-decider_run-01_attempt-01_journal.jsonl.swp").write_text("")
    assert attempts_of(dataset, person) == []


def test_an_event_of_which_nothing_was_seen_is_no_event(session) -> None:
    records = read_journal(session[2][0].journal)
    shown = next(onset for onset in of_kind(records, Onset) if isinstance(onset.scene, Feedback))
    until = records[: shown.n + 1]
    assert events_of(until)["trial_type"].tolist() == ["choice"]
    later = Ready(n=shown.n + 1, t=shown.t + 1.0)
    assert events_of([*until, later])["duration"].tolist()[-1] == pytest.approx(1.0)


def test_a_question_that_the_end_of_the_run_cut_off_is_no_event(session, tmp_path: Path) -> None:
    records = read_journal(session[2][0].journal)
    asked = next(onset for onset in of_kind(records, Onset) if isinstance(onset.scene, share.Share))
    cut = [*records[: asked.n + 1], End(t=asked.t + 0.5, cause="x", points=0)]
    assert events_of(cut)["trial_type"].tolist()[-1] == "feedback"
    answered = first(records, Share)
    cut = [*records[: answered.n + 1], End(t=asked.t + 2.0, cause="x", points=0)]
    assert events_of(cut)["trial_type"].tolist()[-1] in ("share", "share_miss")


@pytest.mark.parametrize(("label", "bare"), [("01", "01"), ("sub-01", "01"), ("AB3", "AB3"), ("pilot7", "pilot7")])
def test_labels_are_letters_and_digits(label: str, bare: str) -> None:
    assert checked_label("participant", label) == bare


@pytest.mark.parametrize("label", ["", "0 1", "../x", "a/b", "sub-", "ä", "01_2", "x" * 40, "0\n", "٣", "sub-sub-1"])
def test_other_labels_are_refused_by_name(label: str) -> None:
    with pytest.raises(LabelError, match=r"participant.*letters a-z and digits only"):
        checked_label("participant", label)
