"""Small words of messages that several rooms need."""

from collections.abc import Sequence


def and_others(names: Sequence[str], what: str = "") -> str:
    """Give the first of some names, and how many others there are, as in "sub-01 and 3 other runs".

    Parameters
    ----------
    names : sequence of str
        At least one.
    what : str
        What they are, for one of them, as in "run"; left out, nothing is said of it.
    """
    count = len(names) - 1
    if not count:
        return names[0]
    return f"{names[0]} and {count} other{f' {what}' if what else ''}{'s' * (count > 1)}"
