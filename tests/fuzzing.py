"""How many examples a fuzzed target gets: as many as it says in the tests, and FUZZ times that in ``make fuzz``."""

import os


def examples(usual: int) -> int:
    return usual * int(os.environ.get("FUZZ", "1"))
