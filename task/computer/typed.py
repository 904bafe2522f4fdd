"""Commands as they are to be typed on this computer, for messages that the operator copies."""

import sys
from pathlib import Path

from task.computer.quoting import for_terminal

_PROGRAM = Path(__file__).resolve().parents[2] / "run_session.py"


def as_typed(*words: str) -> str:
    """Give a command of this program with the Python and the place that it runs from, quoted for the terminal."""
    return for_terminal(sys.executable, str(_PROGRAM), *words)
