"""How many notices of a kind are passed on, on times that are made up."""

from itertools import pairwise

from task.devices.notice_limit import HANDFUL, WITHIN_S, NoticeLimit


def limit() -> tuple[NoticeLimit, list[tuple[float, str]]]:
    said: list[tuple[float, str]] = []
    return NoticeLimit(lambda now, text: said.append((now, text))), said


def test_a_handful_pass_at_once_and_the_others_are_summed_up() -> None:
    made, said = limit()
    for n in range(90_000):
        made.say(100.0 + n / 20_000, f"10.0.0.{n % 250} has connected")
    assert [text for _, text in said] == [f"10.0.0.{n} has connected" for n in range(HANDFUL)]
    made.tell(100.0 + WITHIN_S - 0.1)
    assert len(said) == HANDFUL

    made.tell(100.0 + WITHIN_S)

    assert said[HANDFUL:] == [(110.0, "89995 more in 10 s like this one: 10.0.0.249 has connected")]


def test_a_kind_that_goes_on_is_told_at_every_ten_seconds_and_none_is_lost_count_of() -> None:
    made, said = limit()
    for n in range(100_000):
        made.say(100.0 + n / 1000, "again")
    made.tell(200.0, is_last=True)
    sums = [(now, text) for now, text in said if "more" in text]

    assert len(said) <= (HANDFUL + 1) * 10
    assert all(b - a >= WITHIN_S for (a, _), (b, _) in pairwise(sums[:-1]))
    assert sum(int(text.split()[0]) for _, text in sums) + len(said) - len(sums) == 100_000


def test_one_kind_hides_no_other() -> None:
    made, said = limit()
    for n in range(1000):
        made.say(100.0 + n / 1000, "somebody has connected")
    made.say(101.5, "gone")

    assert said[-1] == (101.5, "gone")


def test_what_came_seldom_is_never_summed_up() -> None:
    made, said = limit()
    for n in range(20):
        made.say(100.0 + 3 * n, "back after 1.0 s")
    made.tell(300.0, is_last=True)

    assert [text for _, text in said] == ["back after 1.0 s"] * 20
