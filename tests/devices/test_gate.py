"""How much may pass, and what is said of the rest, on times that are made up."""

from itertools import pairwise

from task.devices.gate import BURST, PER_SECOND, TELL_EVERY_S, Gate


def gate(*codes: str) -> tuple[Gate, list[tuple[float, str]]]:
    said: list[tuple[float, str]] = []
    return Gate(codes, lambda now, text: said.append((now, text))), said


def send(gate: Gate, code: str, per_second: float, start: float, seconds: float) -> int:
    """Send a code evenly, looking at the clock after each; give how many passed."""
    passed = 0
    for n in range(round(per_second * seconds)):
        now = start + n / per_second
        passed += len(gate.through([(now, code)]))
        gate.tell(now)
    return passed


def test_a_thousand_a_second_pass_for_as_long_as_it_takes() -> None:
    made, said = gate("5")

    assert send(made, "5", PER_SECOND, 100.0, 60.0) == PER_SECOND * 60
    assert not made.is_babbling(160.0)
    assert said == []


def test_a_burst_passes_whole_and_what_is_beyond_is_counted() -> None:
    made, said = gate()

    assert len(made.through([(100.0, "x")] * 30_000)) == BURST
    assert made.is_babbling(100.5)
    made.tell(100.5)
    assert said == []  # the count goes on for a second
    made.tell(101.0)
    assert [text.split(" strokes")[0] for _, text in said] == ["babbling: 10000"]


def test_noise_takes_nothing_from_a_code_that_means_something() -> None:
    made, said = gate("5", "1")
    made.through([(100.0, chr(0x100 + n % 500)) for n in range(100_000)])

    assert made.through([(100.0, "5"), (100.0, "1"), (100.0, "noise")]) == [(100.0, "5"), (100.0, "1")]
    made.tell(110.0)
    assert "of them" not in said[0][1]


def test_noise_that_goes_on_is_told_every_ten_seconds() -> None:
    made, said = gate()
    send(made, "x", 5000.0, 100.0, 60.0)
    times = [time for time, _ in said]

    assert 5 <= len(said) <= 60 / TELL_EVERY_S + 1
    assert all(b - a >= TELL_EVERY_S for a, b in pairwise(times))


def test_what_passes_and_what_is_told_add_up() -> None:
    made, said = gate()
    passed = send(made, "x", 5000.0, 100.0, 30.0)
    made.tell(1000.0)
    told = sum(int(text.split()[1]) for _, text in said)

    assert passed + told == 150_000


def test_the_rest_is_told_a_second_after_it_ended() -> None:
    made, said = gate()
    send(made, "x", 5000.0, 100.0, 17.0)
    told = len(said)
    made.tell(117.9)
    assert len(said) == told
    made.tell(118.1)

    assert len(said) == told + 1
    made.tell(200.0)
    assert len(said) == told + 1


def test_the_rest_is_told_at_once_when_nothing_can_be_said_any_more() -> None:
    made, said = gate()
    made.through([(100.0, "x")] * (int(BURST) + 1))
    made.tell(100.0, is_last=True)

    assert [text.split(" as noise")[0] for _, text in said] == ["babbling: 1 stroke dropped"]
