"""The stay analysis: which choices count, and what the models make of them."""

import numpy as np
import pandas as pd
import pytest

from task.model.stay import StayError, stay_effects, stays_of
from task.model.trials import Seen, as_arrays


def seen(left: str, right: str, side: str | None, rank: int | None = None, match: bool | None = True) -> Seen:
    spots = None if match is None else 4
    return Seen(0, 1, 1, left, right, side, spots, match, rank)


def stays(*trials: Seen) -> list[list[int]]:
    return stays_of(as_arrays([trials, []], [8, 8])).drop(columns="trial").to_numpy().tolist()


def test_a_decider_that_is_chosen_again_the_next_time_it_is_offered_is_stayed_with() -> None:
    found = stays(
        seen("a", "b", "left", rank=3, match=False),
        seen("c", "b", "left", rank=7),
        seen("b", "a", "right", rank=2),
        seen("c", "a", "right", rank=5),
    )
    assert found == [[0, 3, 0, 1], [0, 7, 1, 0], [0, 2, 1, 1]]


def test_only_the_very_next_offer_counts_and_a_missed_one_leaves_the_choice_out() -> None:
    found = stays(
        seen("a", "b", "left", rank=3),
        seen("a", "c", None, match=None),
        seen("a", "b", "left", rank=4),
        seen("a", "c", "right", rank=1),
    )
    assert found == [[0, 4, 1, 0]]


def test_a_hidden_rank_or_one_that_was_not_seen_makes_no_row() -> None:
    assert stays(seen("a", "b", "left"), seen("a", "b", "left", match=None), seen("a", "b", "left")) == []


def simulated(rank_effect: float, outcome_effect: float, people: int = 30, rows: int = 200) -> pd.DataFrame:
    draw = np.random.default_rng(1)
    table = pd.DataFrame({"participant": np.repeat(np.arange(people), rows)})
    table["rank"] = draw.integers(1, 9, len(table))
    table["match"] = draw.integers(0, 2, len(table))
    better = -(table["rank"] - table["rank"].mean()) / table["rank"].std(ddof=0)
    matched = (table["match"] - table["match"].mean()) / table["match"].std(ddof=0)
    own = draw.normal(0, 0.4, people)[table["participant"]]
    log_odds = 0.3 + (rank_effect + own) * better + outcome_effect * matched
    table["stay"] = (draw.random(len(table)) < 1 / (1 + np.exp(-log_odds))).astype(int)
    return table


def test_effects_of_rank_and_outcome_are_found_with_how_far_people_differ() -> None:
    found = stay_effects(simulated(0.5, -0.2))
    assert found.mixed == pytest.approx([0.3, 0.5, -0.2], abs=0.15)
    assert found.averaged == pytest.approx([0.3, 0.5, -0.2], abs=0.15)
    assert found.spreads[1] == pytest.approx(0.4, abs=0.12)
    assert found.spreads[2] < 0.2
    # what people differ in is known the less well
    assert found.errors[1] > 1.5 * found.errors[2]
    assert (found.choices, found.participants) == (6000, 30)


def test_the_same_choices_give_the_same_effects() -> None:
    table = simulated(0.5, 0.2, people=5)
    assert stay_effects(table).mixed.tolist() == stay_effects(table).mixed.tolist()


def test_too_little_to_fit_is_said() -> None:
    table = simulated(0, 0, people=3)
    with pytest.raises(StayError, match="2 participants"):
        stay_effects(table[table["participant"] < 2])
    with pytest.raises(StayError, match="match does not vary"):
        stay_effects(table[table["match"] == 1])
