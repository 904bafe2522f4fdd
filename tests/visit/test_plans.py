"""The plan that a session is performed by: found, made, made anew or made again, and what of that is on record."""

from dataclasses import replace
from pathlib import Path

import pytest

from task.config.mistakes import ConfigError
from task.plan.plan import PlanError, read_plan, save_plan
from task.record.journal import Journal
from task.record.layout import ROOT, Dataset, Person
from task.record.lock import LockedError, locked
from task.visit.plans import found_plan, new_plan, order_index_of, plan_for
from task.visit.requests import RequestError, checked_request, dataset_of, options_of
from tests.config.toml_files import as_toml, changed
from tests.factories import a_protocol, a_site


@pytest.fixture
def asked(tmp_path: Path):
    """A request for a participant of whom there is nothing yet."""
    return checked_request(participant="07", session=None, protocol="demo", site=a_site(), data=tmp_path)


def made_of(request) -> tuple[object, ...]:
    """What the participant's saved plan was made of."""
    plan = read_plan(request.dataset.plan(request.person))
    return plan.seed, plan.order_index, plan.avatar_set, plan.protocol.name, plan.participant, plan.session


def test_a_first_plan_is_made_of_the_usual_and_saved(asked) -> None:
    told: list[str] = []
    plan, decisions = plan_for(asked, told.append)
    assert (told, decisions) == ([], [])
    assert made_of(asked) == (1, 7, "neutral", "demo", "07", None)
    assert read_plan(asked.dataset.plan(asked.person)) == plan
    of_session = replace(asked, person=Person("07", "2"), seed=0, order_index=0, avatar_set="feminine")
    plan_for(of_session, told.append)
    assert made_of(of_session) == (0, 0, "feminine", "demo", "07", "2")


def test_a_plan_that_fits_is_performed_as_it_was_saved(asked) -> None:
    first, _ = plan_for(replace(asked, seed=9, avatar_set="masculine"), print)
    path = asked.dataset.plan(asked.person)
    before = path.stat().st_mtime_ns, path.read_bytes()
    for same in (asked, replace(asked, seed=9), replace(asked, order_index=7), replace(asked, avatar_set="masculine")):
        assert plan_for(same, pytest.fail) == (first, [])
    assert (path.stat().st_mtime_ns, path.read_bytes()) == before


@pytest.mark.parametrize(
    ("differs", "made"),
    [
        ({"seed": 0}, (0, 3, "feminine", "demo")),
        ({"order_index": 0}, (9, 0, "feminine", "demo")),
        ({"avatar_set": "neutral"}, (9, 3, "neutral", "demo")),
        ({"protocol": a_protocol("separate_feedback")}, (9, 3, "feminine", "separate_feedback")),
    ],
)
def test_a_plan_of_which_no_trial_was_shown_is_made_anew_in_what_differs(
    asked, differs: dict[str, object], made: tuple[object, ...]
) -> None:
    plan_for(replace(asked, seed=9, order_index=3, avatar_set="feminine"), print)
    told: list[str] = []
    plan, decisions = plan_for(replace(asked, **differs), told.append)
    assert made_of(asked)[:4] == made
    assert (plan.seed, decisions) == (made[0], [])
    (line,) = told
    assert line.startswith("The saved plan differed in: ") and "No trial had been shown" in line


def test_to_look_for_a_plan_saves_and_asks_nothing(asked, begun) -> None:
    found = found_plan(asked)
    assert (found.to_save, found.has_begun, found.differs_in) == (found.plan, False, [])
    assert list(asked.dataset.root.glob("sourcedata/sub-07")) == []
    found = found_plan(begun)
    assert (found.to_save, found.has_begun, found.differs_in) == (None, True, [])
    found = found_plan(replace(begun, seed=5))
    assert (found.to_save, found.has_begun, found.differs_in) == (None, True, ["seed"])
    assert found.decisions == ["the saved plan was performed, though the request differs in: seed"]


def test_a_lost_plan_is_made_again_of_the_first_journal_that_gives_it(begun) -> None:
    path = begun.dataset.plan(begun.person)
    before = path.read_bytes()
    path.unlink()
    broken = begun.dataset.journal(begun.person, 1, 1)
    broken.write_bytes(b"nothing of it\n")
    told: list[str] = []
    _, decisions = plan_for(begun, told.append)
    assert path.read_bytes() == before
    assert decisions == ["the plan's file was missing and was made again from the journals"]
    assert told == [f"The saved plan was missing and was made again from the journals: {path}"]
    path.unlink()
    begun.dataset.journal(begun.person, 2, 1).write_bytes(b"nor of this\n")
    with pytest.raises(RequestError, match="cannot be made again from the journals"):
        plan_for(begun, print)
    assert not path.exists()


def test_a_journal_that_cannot_be_read_does_not_doubt_the_plan(begun) -> None:
    Journal(begun.dataset.journal(begun.person, 1, 2), durable=False).close()
    assert found_plan(begun).told == []


def test_a_scan_that_has_changed_is_on_record_and_the_file_stays(begun) -> None:
    path = begun.dataset.plan(begun.person)
    before = path.read_bytes()
    changes = {"tr_s": 1.0, "volumes": 130}
    plan, decisions = plan_for(replace(begun, protocol=a_protocol("demo", scan=changes)), print)
    assert (plan.protocol.scan.tr_s, plan.protocol.scan.volumes) == (1.0, 130)
    assert decisions == ["[scan] is that of protocol demo, and not the one saved with the plan"]
    assert path.read_bytes() == before


@pytest.mark.parametrize(("run", "is_there"), [(1, True), (2, True), (3, False), (0, False)])
def test_a_run_that_no_plan_has_is_refused_before_anything_is_saved(asked, run: int, is_there: bool) -> None:
    if is_there:
        plan_for(replace(asked, run=run), print)
    else:
        with pytest.raises(RequestError, match=f"run {run}: the plan of protocol 'demo' has runs 1 to 2"):
            plan_for(replace(asked, run=run), print)
    assert asked.dataset.plan(asked.person).exists() == is_there


@pytest.mark.parametrize(("label", "index"), [("07", 7), ("pilot12", 12), ("a3b40", 40), ("000", 0)])
def test_the_order_index_is_the_number_that_the_label_ends_in_unless_given(label: str, index: int) -> None:
    assert order_index_of(Person(label), None) == index
    assert order_index_of(Person(label), 0) == 0
    assert order_index_of(Person("anna"), 4) == 4
    with pytest.raises(RequestError, match=r"'anna' does not end in a number.*--order-index"):
        order_index_of(Person("anna"), None)


def test_too_few_avatars_are_told_by_the_set_that_was_asked_for(asked) -> None:
    with pytest.raises(ConfigError, match="did you mean 'feminine'"):
        new_plan(replace(asked, avatar_set="femine"))


def test_data_go_to_the_folder_named_or_to_that_of_their_kind(tmp_path: Path) -> None:
    real = a_site().model_copy(update={"devices": {"keyboard": a_site().devices["keyboard"]}})
    assert dataset_of(None, a_site()) == Dataset(ROOT / "data" / "pilot")
    assert dataset_of(None, real) == Dataset(ROOT / "data" / "study")
    assert dataset_of(tmp_path, real) == dataset_of(tmp_path, a_site()) == Dataset(tmp_path)


def test_a_command_about_a_person_names_session_and_dataset_by_whole_paths(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = ["--data", str(tmp_path / "study")]
    assert options_of(Dataset(Path("study")), Person("01")) == ["--participant", "01", *data]
    assert options_of(Dataset(Path("study")), Person("01", "2")) == ["--participant", "01", "--session", "2", *data]


def test_a_protocol_that_lies_elsewhere_is_taken_from_the_plan(asked, tmp_path: Path) -> None:
    (tmp_path / "fr.toml").write_text(as_toml(changed("wording/en", {})))
    file = tmp_path / "ours.toml"
    file.write_text(as_toml(changed("protocols/demo", {"wording": "fr.toml", "runs.count": 3})))
    words = {"participant": "07", "session": None, "site": a_site(), "data": tmp_path}
    plan_for(checked_request(protocol=str(file), **words), print)
    file.unlink()
    again = checked_request(protocol=None, **words)
    assert (again.protocol.name, again.protocol.runs.count, again.wording.name) == ("ours", 3, "fr")
    asked.dataset.plan(asked.person).write_text("{}")
    with pytest.raises(PlanError):
        checked_request(protocol=None, **words)


def test_a_protocol_of_the_configs_is_taken_as_its_file_has_it_now(asked, tmp_path: Path) -> None:
    plan, _ = plan_for(asked, print)
    old = plan.protocol.model_copy(update={"description": "of last year"})
    save_plan(plan.model_copy(update={"protocol": old}), asked.dataset.plan(asked.person))
    again = checked_request(participant="07", session=None, protocol=None, site=a_site(), data=tmp_path)
    assert again.protocol == asked.protocol


def test_no_plan_is_changed_while_another_program_is_at_work_for_the_participant(asked, begun) -> None:
    from task.cli.plan import plan

    words = {"participant": "07", "session": None, "protocol": "demo", "data": asked.dataset.root}
    with locked(asked.dataset, asked.person), pytest.raises(LockedError, match="at work for sub-07"):
        plan(**words)
    assert not asked.dataset.plan(asked.person).exists()
    assert plan(**words) == 0
    assert asked.dataset.plan(asked.person).exists()
