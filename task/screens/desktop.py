"""The desktop that the window opens on: the screen that the site names, or what there is instead.

Where there is no such screen, PsychoPy takes the first one and logs a warning that nobody reads: the operator
then sees the task, and the participant the desktop.
"""

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from task.config.site import ScreenSettings
from task.screens.errors import ScreenError


def import_psychopy() -> tuple[Any, Any]:
    """Import what needs a display, late: it takes seconds.

    Returns
    -------
    visual, pyglet : module
        ``psychopy.visual``, and what it draws with.

    Raises
    ------
    ScreenError
        If there is no display, or if PsychoPy cannot read the preferences that it keeps for each user.
    """
    if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
        raise ScreenError(_no_display("DISPLAY is not set"))
    try:
        from psychopy import logging
    except Exception as error:  # whatever it meets in files that people and other versions have changed
        raise ScreenError(_what_keeps_psychopy(error)) from error
    logging.console.setLevel(logging.ERROR)
    try:
        import pyglet  # type: ignore[import-untyped]

        pyglet.canvas.get_display()
        from psychopy import event, visual
    except Exception as error:
        if type(error).__name__ != "NoSuchDisplayException":
            raise
        raise ScreenError(_no_display(f"DISPLAY is {os.environ.get('DISPLAY')!r}")) from None
    event.globalKeys.remove("all")  # such as a key that ends the program, set in preferences that an account shares
    return visual, pyglet


def window_size(pyglet: Any, settings: ScreenSettings) -> tuple[int, int]:
    """Give the size of the window in pixels: the site's, or that of the whole screen.

    Raises
    ------
    ScreenError
        If there is no such screen, or if the window does not fit onto it.
    """
    screens = [(screen.width, screen.height) for screen in pyglet.canvas.get_display().get_screens()]
    if settings.screen >= len(screens):
        found = ", ".join(f"{i} ({_by(size)})" for i, size in enumerate(screens))
        count = "one screen" if len(screens) == 1 else f"{len(screens)} screens"
        raise ScreenError(
            f"there is no screen {settings.screen}: this computer has {count}, {found}. Connect the "
            "participant's screen and let the desktop extend onto it (not mirror it), or change screen in "
            "the site file's [display]"
        )
    width, height = screens[settings.screen]
    if settings.full_screen:
        return width, height
    if settings.size_px[0] > width or settings.size_px[1] > height:
        raise ScreenError(
            f"a window of {_by(settings.size_px)} pixels does not fit onto screen {settings.screen}, which "
            f"has {_by((width, height))}. Change size_px in the site's [display], or set full_screen = true"
        )
    return settings.size_px


def _what_keeps_psychopy(error: Exception) -> str:
    """Say why PsychoPy cannot be imported, and which of the files that it reads for it is at fault."""
    home = os.environ.get("APPDATA") if sys.platform == "win32" else os.environ.get("HOME")
    if home is None:
        return "PsychoPy cannot be loaded: it looks for its preferences in the home folder, and HOME is not set"
    folder = Path(home, "psychopy3" if sys.platform == "win32" else ".psychopy3")
    for path in sorted(folder.glob("*.cfg")):
        with suppress(OSError):
            content = path.read_bytes()
            try:
                content.decode("utf-8")
            except UnicodeDecodeError as where:
                line = content.count(b"\n", 0, where.start) + 1
                return (
                    f"PsychoPy cannot read its preferences: {path} is not text in UTF-8 (line {line}). Save it as "
                    "UTF-8, or rename it: PsychoPy makes a new one"
                )
    return (
        f"PsychoPy cannot be loaded: {error} ({type(error).__name__}). If that is about its preferences, which it "
        f"keeps in {folder}: rename that folder, and PsychoPy makes a new one; else run `make setup` again"
    )


def _no_display(found: str) -> str:
    return f"there is no display for a window ({found}): start on a desktop, or with xvfb-run -a before it"


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]}x{size[1]}"
