"""Keys that say when they are let go of: the quickest finger presses twice, a bounce and a repeat press once."""

import pytest

from task.devices.releases import Releases


def again(*events: tuple[float, str]) -> list[bool]:
    """What is said of each press, of keys that go down (small letters) and up (capitals)."""
    releases, said = Releases(), []
    for time, what in events:
        if what.isupper():
            releases.let_go(what.lower(), time)
        else:
            said.append(releases.press(what, time))
    return said


@pytest.mark.parametrize("lifted_s", [0.045, 0.1, 1.0])
def test_a_key_that_was_let_go_of_and_pressed_again_was_pressed_twice(lifted_s: float) -> None:
    assert again((1.0, "a"), (1.005, "A"), (1.005 + lifted_s, "a")) == [False, False]


@pytest.mark.parametrize("lifted_s", [0.0, 0.004, 0.03])
@pytest.mark.parametrize("held_s", [0.002, 0.1, 3.0])
def test_a_key_that_is_down_again_at_once_was_never_let_go_of(held_s: float, lifted_s: float) -> None:
    assert again((1.0, "a"), (1.0 + held_s, "A"), (1.0 + held_s + lifted_s, "a")) == [False, True]


@pytest.mark.parametrize("pause_s", [0.03, 0.25, 1.0])
def test_a_press_of_a_key_that_is_down_still_is_a_repeat(pause_s: float) -> None:
    assert again((1.0, "a"), (1.0 + pause_s, "a"), (1.03 + pause_s, "a")) == [False, True, True]


def test_a_release_that_was_lost_costs_no_later_press() -> None:
    assert again((1.0, "a"), (3.0, "a"), (3.1, "A"), (4.0, "a")) == [False, False, False]


def test_keys_are_let_go_of_each_by_itself() -> None:
    assert again((1.0, "a"), (1.01, "b"), (1.02, "A"), (1.03, "c"), (1.1, "a")) == [False] * 4
