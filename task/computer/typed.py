"""Commands as they are to be typed on this computer, for messages that the operator copies."""

import sys
from collections.abc import Mapping
from pathlib import Path

from task.computer.quoting import for_terminal

_PROGRAM = Path(__file__).resolve().parents[2] / "run_session.py"


def as_typed(*words: str) -> str:
    """Give a command of this program with the Python and the place that it runs from, quoted for the terminal."""
    return for_terminal(sys.executable, str(_PROGRAM), *words)


def typed_again(*words: str, without: Mapping[str, bool]) -> str:
    """Give the command that was typed now, with some more words and without some options, as it is to be typed.

    Parameters
    ----------
    *words : str
        What comes at its end.
    without : mapping of str to bool
        The options that it is not to have, such as --run, and whether each has a value.
    """
    kept, typed = [], iter(sys.argv[1:])
    for word in typed:
        option, _, value = word.partition("=")
        if option not in without:
            kept.append(word)
        elif without[option] and not value:
            next(typed, None)
    return as_typed(*kept, *words)
