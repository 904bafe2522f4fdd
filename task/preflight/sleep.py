"""When the computer would turn the screen dark by itself, as far as each system can be asked.

Tried on Linux only; what Windows and macOS answer is read as their own manuals show it.
"""

import os
import re
import subprocess
import sys

_SILENT = "this system cannot be asked"


def screen_sleep() -> tuple[list[str], str]:
    """Ask the system when the screen goes dark.

    Returns
    -------
    comes : list of str
        What would come, and when.
    unknown : str
        What could not be asked; empty if everything could.
    """
    if sys.platform == "win32":
        return _of_windows()
    if sys.platform == "darwin":
        return of_pmset(_said_by("pmset", "-g"))
    return _of_linux()


def of_pmset(said: str | None) -> tuple[list[str], str]:
    """Read what macOS's ``pmset -g`` says: minutes, 0 for never."""
    found = re.search(r"^\s*displaysleep\s+(\d+)", said or "", re.MULTILINE)
    if found is None:
        return [], _SILENT
    minutes = int(found[1])
    return ([f"the display sleeps after {minutes} min"] if minutes else []), "macOS does not tell about screen savers"


def of_powercfg(said: str | None) -> tuple[list[str], str]:
    """Read what Windows' ``powercfg /query ... VIDEOIDLE`` says: in any language, its last two numbers are seconds."""
    numbers = [int(number, 16) for number in re.findall(r"0x([0-9a-fA-F]{8})\s*$", said or "", re.MULTILINE)]
    if len(numbers) < 2:
        return [], _SILENT
    plugged, battery = numbers[-2:]
    comes = [f"the display sleeps after {plugged / 60:g} min when plugged in"] if plugged else []
    return comes + ([f"the display sleeps after {battery / 60:g} min on battery"] if battery else []), ""


def of_gsettings(said: str | None) -> tuple[list[str], str]:
    """Read what GNOME's ``gsettings get org.gnome.desktop.session idle-delay`` says: seconds, 0 for never."""
    found = re.fullmatch(r"uint32 (\d+)", (said or "").strip())
    if found is None:
        return [], "GNOME does not tell"
    seconds = int(found[1])
    return ([f"GNOME blanks the screen after {seconds / 60:g} min"] if seconds else []), ""


def _of_linux() -> tuple[list[str], str]:
    desktop = os.environ.get("XDG_CURRENT_DESKTOP", "")
    comes, unknown = _of_x()
    if "GNOME" in desktop.upper():
        more, unknown = of_gsettings(_said_by("gsettings", "get", "org.gnome.desktop.session", "idle-delay"))
        comes += more
    elif desktop:
        unknown = unknown or f"{desktop} has settings of its own, which were not asked"
    return comes, unknown


def _of_x() -> tuple[list[str], str]:
    """Ask the X server, as ``xset q`` does."""
    from Xlib.display import Display
    from Xlib.error import DisplayError

    try:
        server = Display()
    except (DisplayError, OSError):
        return [], "there is no display to ask"
    try:
        seconds = server.get_screen_saver().timeout
        comes = [f"the screen saver comes after {seconds / 60:g} min"] if seconds > 0 else []
        if server.has_extension("DPMS") and server.dpms_capable().capable and server.dpms_info().state:
            times = server.dpms_get_timeouts()
            first = min((t for t in (times.standby_timeout, times.suspend_timeout, times.off_timeout) if t), default=0)
            comes += [f"the display sleeps after {first / 60:g} min"] if first else []
    finally:
        server.close()
    return comes, "Wayland cannot be asked" if os.environ.get("WAYLAND_DISPLAY") else ""


def _of_windows() -> tuple[list[str], str]:
    comes, unknown = of_powercfg(_said_by("powercfg", "/query", "SCHEME_CURRENT", "SUB_VIDEO", "VIDEOIDLE"))
    if sys.platform == "win32":
        import ctypes

        is_on, after_s = ctypes.c_int(), ctypes.c_uint()
        asked = ctypes.windll.user32.SystemParametersInfoW
        if not (asked(0x0010, 0, ctypes.byref(is_on), 0) and asked(0x000E, 0, ctypes.byref(after_s), 0)):
            unknown = unknown or _SILENT
        elif is_on.value:
            comes.append(f"the screen saver comes after {after_s.value / 60:g} min")
    return comes, unknown


def _said_by(*command: str) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=True)
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout
