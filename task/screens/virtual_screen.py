"""A virtual screen (Xvfb) for machines without a display: for piloting, pictures and tests, never for a session."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class ScreenMissing(Exception):
    """There is neither a display nor a way to make a virtual one."""


_MARK = "TASK_VIRTUAL_SCREEN"


def is_on_virtual_screen() -> bool:
    """Say whether the display is one that this program started."""
    return _MARK in os.environ


def has_display() -> bool:
    """Say whether a window can be opened here."""
    return sys.platform in ("win32", "darwin") or bool(os.environ.get("DISPLAY"))


def again_on_a_virtual_screen(size_px: tuple[int, int], *more: str) -> int:
    """Start this program again, as it was typed, on a virtual screen, and give its exit status.

    It is a process of its own because whoever has had a window cannot outlive the screen that it was on.

    Parameters
    ----------
    size_px : tuple of int
        Width and height of the screen.
    *more : str
        Options to add to what was typed.
    """
    with virtual_screen(*size_px), ignoring_interrupts():
        return subprocess.run([sys.executable, *sys.argv, *more], env=os.environ | {_MARK: "1"}).returncode


@contextmanager
def ignoring_interrupts() -> Iterator[None]:
    """Leave Ctrl-C to the program that was started: the terminal sends it to both."""
    # a handler, unlike SIG_IGN, is not handed on to that program, which would never hear of Ctrl-C
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def virtual_screen(width: int = 1280, height: int = 720) -> Iterator[str]:
    """Start a virtual screen, and name it in DISPLAY until the block is left.

    Parameters
    ----------
    width, height : int
        Size in pixels.

    Raises
    ------
    ScreenMissing
        If Xvfb is not installed, or does not start.
    """
    program = shutil.which("Xvfb")
    if program is None:
        raise ScreenMissing(
            "There is no display, and Xvfb, which makes a virtual one, is not installed. Run `make setup`, or on "
            "Debian and Ubuntu: sudo apt-get install xvfb"
        )
    reading, writing = os.pipe()
    command = [
        program,
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        f"{width}x{height}x24",
        "-nolisten",
        "tcp",
        "-noreset",
    ]
    server = subprocess.Popen(
        command,
        pass_fds=[writing],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # where Ctrl-C in the terminal does not reach it: the run has to end before its screen
    )
    os.close(writing)
    before = os.environ.get("DISPLAY")
    try:
        with os.fdopen(reading) as pipe:
            number = pipe.readline().strip()
        if not number:
            raise ScreenMissing(f"{program} did not start; try it by hand: {' '.join(command[:1])} :99")
        os.environ["DISPLAY"] = f":{number}"
        yield os.environ["DISPLAY"]
    finally:
        if before is None:
            os.environ.pop("DISPLAY", None)
        else:
            os.environ["DISPLAY"] = before
        _stop(server)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """End the screen; asked once is not enough, since an X server sleeps on if asked just as it goes to sleep."""
    for ask in (*[server.terminate] * 5, server.kill):
        ask()
        with suppress(subprocess.TimeoutExpired):
            server.wait(timeout=1)
            return
