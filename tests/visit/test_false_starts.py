"""A run that ended before its first trial binds nobody: another protocol, order index or avatar set may be taken."""

from collections.abc import Callable
from pathlib import Path

import pytest

from task.config.read import read_protocol, read_site, read_wording
from task.export.verifying import hold_against_plan, performed_runs
from task.plan.plan import read_plan
from task.record.layout import Dataset
from task.visit.plans import found_plan, plan_for
from task.visit.requests import Request, RequestError
from tests.export.conftest import ANN, abort_at, perform


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return Dataset(tmp_path)


@pytest.fixture
def asked(dataset: Dataset) -> Callable[..., Request]:
    def ask(protocol: str = "demo", **more: object) -> Request:
        site = read_site("laptop").with_emulated_scanner()
        return Request(ANN, read_protocol(protocol), site, read_wording("en"), dataset, **more)  # type: ignore[arg-type]

    return ask


def false_start(dataset: Dataset) -> None:
    perform(dataset, read_protocol("demo"), scanner_starts_after_s=30, typed=abort_at(2))


@pytest.mark.parametrize(
    "other", [{"protocol": "separate_feedback"}, {"order_index": 3}, {"avatar_set": "feminine"}, {"seed": 5}]
)
def test_after_a_false_start_something_else_may_be_asked_for_and_what_was_there_is_kept(
    dataset: Dataset, asked: Callable[..., Request], other: dict[str, object]
) -> None:
    false_start(dataset)
    before = dataset.plan(ANN).read_bytes()
    told: list[str] = []
    plan, _ = plan_for(asked(**other), told.append)
    assert plan == read_plan(dataset.plan(ANN))
    assert dataset.plan(ANN).read_bytes() != before
    (kept,) = dataset.sourcedata(ANN).glob("*plan.replaced-*.json")
    assert kept.read_bytes() == before
    assert any("No trial had been shown: it was made anew" in line for line in told)
    performed, _ = performed_runs(dataset, ANN)
    assert list(hold_against_plan(dataset, ANN, performed)) == []
    assert [one.verdict.broken for one in performed] == [[]]


def test_a_second_change_of_mind_overwrites_nothing(dataset: Dataset, asked: Callable[..., Request]) -> None:
    false_start(dataset)
    for seed in (2, 3):
        plan_for(asked(seed=seed), lambda line: None)
    assert len(list(dataset.sourcedata(ANN).glob("*plan.replaced-*.json"))) == 2


def test_once_a_trial_was_shown_the_plan_binds(dataset: Dataset, asked: Callable[..., Request]) -> None:
    false_start(dataset)
    perform(dataset, read_protocol("demo"), typed=abort_at(40))
    before = dataset.plan(ANN).read_bytes()
    assert found_plan(asked(seed=5)).has_begun
    with pytest.raises(RequestError, match="began with the saved plan"):
        plan_for(asked(seed=5), lambda line: None)
    assert dataset.plan(ANN).read_bytes() == before
    assert not list(dataset.sourcedata(ANN).glob("*plan.replaced-*.json"))


def test_a_plan_that_was_lost_after_a_false_start_is_made_as_asked(
    dataset: Dataset, asked: Callable[..., Request]
) -> None:
    false_start(dataset)
    dataset.plan(ANN).unlink()
    plan, decisions = plan_for(asked(order_index=2, avatar_set="masculine"), lambda line: None)
    assert (plan.order_index, plan.deciders[0].avatar.partition("/")[0]) == (2, "masculine")
    assert decisions == []
