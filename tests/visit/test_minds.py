"""Who the simulated participant is, as asked for on the command line."""

from pathlib import Path

import pytest

from task.record.journal import read_journal
from task.record.kinds.head import head_in
from tests.cli.test_commands import SHORT, assert_no_traceback, typed


@pytest.mark.parametrize(
    ("words", "facts"),
    [
        (("--mind", "ranks", "--beta", "2"), {"w": 1.0, "beta": 2.0, "learning_rates": None}),
        (("--mind", "outcomes"), {"w": 0.0}),
        (("--w", "0.3", "--beta", "1.5"), {"w": 0.3, "beta": 1.5}),
        (("--mind", "chance"), {"beta": 0.0}),
        (("--mind", "rescorla_wagner"), {"learning_rates": [0.3, 0.3]}),
        (("--mind", "rescorla_wagner", "--learning-rates", "0.1", "0.9", "--w", "0.4"), {"learning_rates": [0.1, 0.9]}),
    ],
)
def test_the_mind_that_was_asked_for_plays_and_is_on_record(tmp_path: Path, words: tuple, facts: dict) -> None:
    done = typed("simulate", "--participants", "1", "--protocol", SHORT, "--data", str(tmp_path), *words)
    assert done.returncode == 0, done.stderr
    for journal in tmp_path.rglob("*_journal.jsonl"):
        said = head_in(read_journal(journal)).simulated_participant
        assert {key: said[key] for key in facts} == facts


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mind", "learned"), "--mind learned: one of learner, outcomes, ranks, rescorla_wagner, chance"),
        (("--w", "1.2"), "--w 1.2: a number from 0"),
        (("--w", "nan"), "--w nan: a number from 0"),
        (("--beta", "-1"), "--beta -1: a number from 0"),
        (("--beta", "inf"), "--beta inf: a number from 0"),
        (("--mind", "chance", "--beta", "5"), "--beta: --mind chance has none (it takes none of these)"),
        (("--mind", "outcomes", "--w", ".8"), "--w: --mind outcomes has none (it takes --beta)"),
        (("--learning-rates", "0.1", "0.2"), "--learning-rates: --mind learner has none (it takes --w and --beta)"),
        (("--mind", "rescorla_wagner", "--learning-rates", "0.1", "2"), "--learning-rates 0.1 2: two numbers from 0"),
    ],
)
def test_a_mind_that_cannot_be_is_refused(tmp_path: Path, words: tuple, said: str) -> None:
    done = typed("simulate", "--participants", "1", "--protocol", SHORT, "--data", str(tmp_path), *words)
    assert done.returncode == 2
    assert said in done.stderr
    assert_no_traceback(done)
    assert not list(tmp_path.iterdir())
