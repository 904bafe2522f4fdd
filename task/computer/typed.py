"""Commands as they are to be typed on this computer, for messages that the operator copies."""

import shlex
import subprocess
import sys
from pathlib import Path

_PROGRAM = Path(__file__).resolve().parents[2] / "run_session.py"


def as_typed(*words: str) -> str:
    """Give a command of this program with the Python and the place that it runs from, quoted for the terminal."""
    command = [sys.executable, str(_PROGRAM), *words]
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)
