"""Draws: the same on every machine and in every year, and even."""

import hashlib
import json
from collections import Counter
from itertools import islice, permutations

import numpy as np
import pytest

from task.plan.draw import Draw


def raw_words(*names: str | int) -> np.random.PCG64:
    """NumPy's generator, seeded by the first 16 bytes of the names' SHA-256."""
    text = json.dumps(names, separators=(",", ":"))
    return np.random.PCG64(int.from_bytes(hashlib.sha256(text.encode("ascii")).digest()[:16], "big"))


def test_draws_are_those_of_pcg64_seeded_by_the_names() -> None:
    raw = raw_words(1, "Zoë", "trials")
    expected = [int(raw.random_raw()) % 1000 for _ in range(50)]
    draw = Draw(1, "Zoë", "trials")
    assert [draw.below(1000) for _ in range(50)] == expected


def test_a_word_that_would_favour_small_numbers_is_thrown_away() -> None:
    limit = 2**63 + 1  # nearly every second word is too large to stand for a number below it
    raw = raw_words("large")
    expected = list(islice((word for word in iter(lambda: int(raw.random_raw()), None) if word < limit), 50))
    draw = Draw("large")
    assert [draw.below(limit) for _ in range(50)] == expected


@pytest.mark.parametrize(("bits", "words"), [(63, 1), (64, 1), (65, 2), (128, 2), (129, 3)])
def test_numbers_beyond_a_word_are_made_of_as_many_as_they_need(bits: int, words: int) -> None:
    limit = 2**bits - 1
    raw = raw_words("words", bits)
    value = 0
    for _ in range(words):
        value = value * 2**64 + int(raw.random_raw())
    assert Draw("words", bits).below(limit) == value % limit


def test_every_order_is_equally_likely() -> None:
    draw = Draw("orders")
    orders = Counter(tuple(draw.shuffled("abcd")) for _ in range(4800))
    assert set(orders) == set(permutations("abcd"))
    assert all(abs(count - 200) < 5 * 200**0.5 for count in orders.values())


def test_what_is_shuffled_stays_as_it_was() -> None:
    items = [1, 2, 3, 4, 5]
    Draw("items").shuffled(items)
    assert items == [1, 2, 3, 4, 5]
