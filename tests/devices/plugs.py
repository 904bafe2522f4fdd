"""Plugs keyboards into an X display, types on them, and unplugs them: ``python tests/devices/plugs.py DISPLAY``.

A keyboard is a "master" that X makes on demand, with a keyboard below it on which XTEST types. ``Plugs`` starts the
program from a test and talks to it; it is a program of its own because whoever has used a display cannot outlive it.
"""

import ctypes
import json
import subprocess
import sys
import time


class Plugs:
    """The plugs of a display. A keyboard that is called "Box" is listed there as "Box XTEST keyboard"."""

    def __init__(self, display: str) -> None:
        command = [sys.executable, __file__, display]
        self._program = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._plugged: list[str] = []

    def plug(self, keyboard: str) -> None:
        self._ask("plug", keyboard)
        self._plugged.append(keyboard)

    def unplug(self, keyboard: str) -> None:
        self._ask("unplug", keyboard)
        self._plugged.remove(keyboard)

    def press(self, keyboard: str, key: str) -> None:
        """Press a key for some milliseconds; the display's first keyboard is "Virtual core"."""
        self._ask("press", keyboard, key)

    def close(self) -> None:
        for keyboard in [*self._plugged]:
            self.unplug(keyboard)
        self._program.communicate()

    def _ask(self, *words: str) -> None:
        assert self._program.stdin is not None and self._program.stdout is not None
        self._program.stdin.write(json.dumps(words) + "\n")
        self._program.stdin.flush()
        assert self._program.stdout.readline() == "done\n"


class _Add(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("name", ctypes.c_char_p),
        ("send_core", ctypes.c_int),
        ("enable", ctypes.c_int),
    )


class _Remove(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("device", ctypes.c_int),
        ("mode", ctypes.c_int),
        ("pointer", ctypes.c_int),
        ("keyboard", ctypes.c_int),
    )


_ADD, _REMOVE, _FLOATING = 1, 2, 2


def main() -> None:
    from Xlib import XK, X, display
    from Xlib.ext import xinput, xtest

    x11, xi = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXi.so.6")
    x11.XOpenDisplay.restype, x11.XOpenDisplay.argtypes = ctypes.c_void_p, [ctypes.c_char_p]
    x11.XSync.argtypes = [ctypes.c_void_p, ctypes.c_int]
    xi.XIChangeHierarchy.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    xi.XISetClientPointer.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int]
    server = x11.XOpenDisplay(sys.argv[1].encode())
    fingers = display.Display(sys.argv[1])
    fingers.xinput_query_version()
    window = fingers.screen().root.create_window(0, 0, 1, 1, 0, X.CopyFromParent)
    fingers.sync()

    def pointer(keyboard: str) -> int:
        devices = fingers.xinput_query_device(xinput.AllDevices).devices
        return next(one.deviceid for one in devices if one.name == f"{keyboard} pointer")

    def change(how: ctypes.Structure) -> None:
        assert xi.XIChangeHierarchy(server, ctypes.byref(how), 1) == 0

    for line in sys.stdin:
        what, keyboard, *key = json.loads(line)
        if what == "plug":
            change(_Add(_ADD, keyboard.encode(), 1, 1))
        elif what == "unplug":
            change(_Remove(_REMOVE, pointer(keyboard), _FLOATING, 0, 0))
        else:
            xi.XISetClientPointer(server, window.id, pointer(keyboard))  # whose keyboard these fingers type on
            x11.XSync(server, 0)
            code = fingers.keysym_to_keycode(XK.string_to_keysym(key[0]))
            for kind in (X.KeyPress, X.KeyRelease):
                xtest.fake_input(fingers, kind, code)
                fingers.sync()
                time.sleep(0.005)
        x11.XSync(server, 0)
        print("done", flush=True)


if __name__ == "__main__":
    main()
