"""Commands as they are to be typed on this computer, for messages that the operator copies."""

import shlex
import subprocess
import sys

from task.record.layout import ROOT


def as_typed(*words: str) -> str:
    """Give a command of this program with the Python and the place that it runs from, quoted for the terminal."""
    command = [sys.executable, str(ROOT / "run_session.py"), *words]
    return subprocess.list2cmdline(command) if sys.platform == "win32" else shlex.join(command)
