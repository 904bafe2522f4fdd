"""Presses real keys on an X display, as a program of its own: ``python tests/presser.py DISPLAY < schedule``.

The schedule has a line for each press: the time on the clock (perf_counter, which all programs of a computer share on
Linux), how long to hold in seconds, and the key. It prints when each press was made, as the X server had it.
"""

import sys
import time

from Xlib import XK, X, display
from Xlib.ext import xtest


def main() -> None:
    server = display.Display(sys.argv[1])
    for line in sys.stdin:
        at, hold, key = line.split()
        code = server.keysym_to_keycode(XK.string_to_keysym(key))
        while (remaining := float(at) - time.perf_counter()) > 0:
            time.sleep(min(remaining, 0.2))
        for kind, wait in ((X.KeyPress, float(hold)), (X.KeyRelease, 0.0)):
            xtest.fake_input(server, kind, code)
            server.sync()
            if kind == X.KeyPress:
                print(time.perf_counter(), key, flush=True)
            time.sleep(wait)


if __name__ == "__main__":
    main()
