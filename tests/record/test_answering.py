"""What answers and strokes say of a run: told at once where it matters, and summed up at the end."""

import pytest

from task.record.answering import Answering, answering_of
from task.record.kinds.answers import Choice, Share
from task.record.kinds.marks import Ready
from task.record.kinds.strokes import Press, Strokes
from task.record.records import Record
from tests.factories import a_head

MEANT = {
    "pulse": ("scanner:5",),
    "left": ("box:1",),
    "right": ("box:2",),
    "abort": ("keys:escape",),
    "abort_presses": 2,
}
READY = Ready(t=0.0)


def press(t: float, code: str = "1", meaning: str | None = "left", device: str = "box", **facts: bool) -> Press:
    return Press(t=t, device=device, code=code, meaning=meaning, **facts)


def unknown(t: float, code: str = "b", device: str = "box", **facts: bool) -> Press:
    return press(t, code, None, device, **facts)


def choice(trial: int, side: str | None = "left", took_s: float = 0.8) -> Choice:
    missed = side is None
    return Choice(trial=trial, side=side, response_time=None if missed else took_s, decider=None if missed else "D1")


def share(trial: int, side: str | None = "left", took_s: float = 0.8) -> Share:
    return Share(trial=trial, side=side, response_time=None if side is None else took_s, share="keep", points=30)


def after(*records: Record) -> Answering:
    """What is to be said of a journal with these records."""
    return answering_of([a_head(site={"strokes": MEANT}), READY, *records])


def told(*records: Record) -> list[str]:
    """What is told at once, in the order of the records."""
    answering = Answering(MEANT)
    return [warning for record in (READY, *records) for warning in answering.take(record)]


def worries(*records: Record) -> list[str]:
    """What somebody should think about after the run."""
    return [said.text for said in after(*records).sentences() if said.is_worrying]


def alternating(count: int) -> list[Record]:
    return [choice(trial, "left" if trial % 2 else "right") for trial in range(1, count + 1)]


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_run_that_was_answered_says_only_how_many_were() -> None:
    records = [*alternating(10), choice(11, None), share(1), share(3, None)]
    assert told(*records) == []
    assert after(*records).sentences() == [
        ("Answered: 10 of 11 choices and 1 of 2 shares.", False),
    ]


def test_a_run_without_a_choice_has_nothing_to_say() -> None:
    assert after().sentences() == []
    assert Answering(MEANT).no_answers == ""


def test_the_third_miss_in_a_row_is_told_at_once_and_again_after_an_answer() -> None:
    missed = [choice(trial, None) for trial in range(2, 8)]
    said = told(choice(1), *missed[:2])
    assert said == []
    said = told(choice(1), *missed)
    assert len(said) == 1
    assert said[0].startswith("3 questions in a row were not answered.")
    assert len(told(choice(1), *missed, choice(8), *missed)) == 2


def test_a_share_that_is_missed_counts_in_a_row_with_choices() -> None:
    assert len(told(choice(1), share(1, None), choice(2, None), choice(3, None))) == 1


@pytest.mark.parametrize(
    ("strokes", "why"),
    [
        ([], "No press of box:1 or box:2 has come at all: look whether the box is on"),
        ([unknown(1.0), unknown(2.0)], "What does come means nothing here: box:b (2 times)."),
        ([press(1.0)], "Presses do come, but none while a question takes them"),
        ([press(1.0, repeat=True)], "No press of box:1 or box:2 has come at all"),
        ([press(-1.0, before_ready=True)], "No press of box:1 or box:2 has come at all"),
    ],
)
def test_what_is_told_of_misses_says_what_the_box_does_meanwhile(strokes: list[Record], why: str) -> None:
    records = [*strokes, *(choice(trial, None) for trial in range(1, 4))]
    assert told(*records)[-1].startswith(f"None of the first 3 questions was answered. {why}")
    assert worries(*records)[0].startswith(f"NONE of its 3 choices was answered. {why}")


def test_a_participant_who_answered_before_and_presses_nothing_any_more_may_be_asleep() -> None:
    missed = [choice(trial, None) for trial in range(2, 5)]
    assert "Is the participant awake" in told(press(1.0), choice(1), *missed)[0]


def test_a_run_with_no_answer_at_all_is_said_to_be_one() -> None:
    answering = after(choice(1, None), choice(2, None))
    assert answering.no_answers == "NONE of its 2 choices was answered"
    assert after(choice(1, None), choice(2)).no_answers == ""


def test_most_choices_missed_is_worse_than_a_row_of_them_and_a_row_worse_than_some() -> None:
    most = [choice(trial, None if trial > 4 else "left" if trial % 2 else "right") for trial in range(1, 10)]
    assert worries(*most) == ["Most of the choices, 5 of 9, were missed."]
    row = [choice(trial, None if 3 <= trial <= 5 else "left" if trial % 2 else "right") for trial in range(1, 10)]
    assert worries(*row) == ["3 questions in a row were not answered (trials 3 to 5)."]
    some = [choice(trial, None if trial % 3 == 0 else "left" if trial % 2 else "right") for trial in range(1, 10)]
    assert worries(*some) == []


def test_answers_on_one_side_only_are_told() -> None:
    assert worries(*(choice(trial) for trial in range(1, 9))) == [
        "All 8 answers were left: look whether the other button works."
    ]
    assert worries(*(choice(trial) for trial in range(1, 8))) == []
    assert worries(*(choice(trial) for trial in range(1, 9)), share(1, "right")) == []


@pytest.mark.parametrize(("took_s", "in_words"), [(0.0002, "0.2 ms"), (0.016, "16 ms"), (0.149, "149 ms")])
def test_times_that_no_person_has_are_told_at_the_first_and_summed_up(took_s: float, in_words: str) -> None:
    records = [*alternating(2), choice(3, "left", took_s), share(3, "right", 0.149), choice(4, "left", took_s)]
    (said,) = told(*records)
    assert said.startswith(f"Trial 3 was answered {in_words} after the picture: no person is so fast.")
    (worry,) = worries(*records)
    assert worry.startswith("3 answers came faster than any person is (150 ms after the picture)")
    assert f"the fastest after {in_words}: trials 3, 4." in worry


def test_a_quick_person_is_no_worry() -> None:
    assert worries(choice(1, "left", 0.15), choice(2, "right", 0.2)) == []


# --- strokes that mean nothing ---------------------------------------------------------------------------------------


def test_a_code_that_means_nothing_is_told_once_with_what_the_site_knows_of_the_device() -> None:
    (said,) = told(unknown(1.0), unknown(2.0), unknown(3.0))
    assert said.startswith("box:b has come, which means nothing at this site. Of box it knows 1 (left), 2 (right).")
    (said,) = told(unknown(1.0, device="other"))
    assert "Of other it knows nothing." in said


def test_of_many_codes_without_a_meaning_three_of_each_device_are_told_and_that_there_are_more() -> None:
    noise = [unknown(i / 1000, f"0x{i % 40:02x}") for i in range(400)]
    said = told(*noise, unknown(1.0, device="keys"))
    assert len(said) == 5
    assert said[3].startswith("More codes that mean nothing at this site come from box")
    assert said[4].startswith("keys:b has come")
    (worry,) = worries(*noise)
    assert "box:0x00 (10 times)" in worry
    assert "and 35 other codes" in worry


def test_codes_without_a_meaning_are_summed_up_after_the_run() -> None:
    (worry,) = worries(unknown(1.0), unknown(2.0), unknown(3.0, "c"), *alternating(2))
    assert worry == (
        "Strokes came that mean nothing at this site: box:b (2 times), box:c (1 time). Of box it knows 1 (left), "
        "2 (right)."
    )


@pytest.mark.parametrize("facts", [{"before_ready": True}, {"repeat": True}])
def test_what_came_too_early_or_once_more_is_no_new_code(facts: dict[str, bool]) -> None:
    assert told(unknown(1.0, **facts)) == []
    assert worries(unknown(1.0, **facts)) == []


def test_a_flood_is_understood_as_its_strokes_are() -> None:
    strokes = [(i / 100, "box", "b", None) for i in range(3)] + [(0.5, "scanner", "5", "pulse")]
    flood = Strokes(t=0.0, strokes=tuple(strokes), repeats=(1, 2))
    (said,) = told(flood)
    assert said.startswith("box:b has come")
    assert worries(flood)[0].startswith("Strokes came that mean nothing at this site: box:b (1 time).")


# --- repeats ---------------------------------------------------------------------------------------------------------


def held(at: float, for_s: float) -> list[Record]:
    return [press(at), *(press(at + i / 60, repeat=True) for i in range(1, int(for_s * 60) + 1))]


def test_a_box_that_repeats_is_told_of_once_and_its_repeats_are_counted() -> None:
    records = [*held(1.0, 0.5), *held(3.0, 0.5)]
    (said,) = told(*records)
    assert said.startswith("box:1 (left) is sent several times for one press")
    assert "Set the box to send each press once." in said
    (worry,) = worries(*records)
    assert worry.startswith("box:1 (left) was sent 60 more times for presses that were already there")
    assert "on end" not in worry


def test_a_button_that_does_not_come_up_again_is_told_once_and_for_how_long() -> None:
    records = [*held(1.0, 20.0)]
    said = told(*records)
    assert [one.startswith("box:1 (left) has been down for 5 s: it is held, or stuck.") for one in said] == [
        False,
        True,
    ]
    assert "once for 20 s on end" in worries(*records)[0]
    assert len(told(*held(1.0, 4.9))) == 1


def test_a_chance_double_is_no_worry() -> None:
    twice = [press(1.0), press(1.01, repeat=True), press(3.0), press(3.01, repeat=True)]
    assert told(*twice) == worries(*twice) == []


def test_pulses_that_come_twice_are_not_judged_here() -> None:
    strokes = tuple((i / 10, "scanner", "5", "pulse") for i in range(50))
    assert told(Strokes(t=0.0, strokes=strokes)) == worries(Strokes(t=0.0, strokes=strokes)) == []
