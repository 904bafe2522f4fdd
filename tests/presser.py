"""Presses real keys on an X display, in a program of its own: ``python tests/presser.py DISPLAY``.

It says "ready" once it can press. Each line that it then reads is a schedule: a JSON list of presses, each a list of
the seconds from now, how long to hold in seconds, and the key. For each press it prints a line, in the order in which
the X server had them: the time on the clock (perf_counter, which all programs of a computer share on Linux) just
before the press, and the key. A press waits until the one before it is released. It ends after the last press once
its input has ended.

``Presser`` starts it from a test and talks to it.
"""

import heapq
import json
import subprocess
import sys
import threading
import time
from queue import Empty, SimpleQueue

Press = tuple[float, str]


class Presser:
    """Fingers on a display; made once it is ready, so that what is asked for comes when it was asked for."""

    def __init__(self, display: str) -> None:
        self._program = subprocess.Popen(
            [sys.executable, __file__, display], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._coming = 0
        self._pressed: list[Press] = []
        if self._answer() != "ready\n":
            self.close()
            raise RuntimeError(f"the presser could not use display {display}")

    def press(self, *schedule: Press, hold: float = 0.005) -> None:
        """Press keys some seconds from now, beside those still to come; this returns at once."""
        self._coming += len(schedule)
        assert self._program.stdin is not None
        self._program.stdin.write(json.dumps([[after, hold, key] for after, key in schedule]) + "\n")
        self._program.stdin.flush()

    def pressed(self) -> list[Press]:
        """Wait for the last press, and give the time just before each and its key: all so far, in order."""
        while self._coming:
            at, key = self._answer().split()
            self._pressed.append((float(at), key))
            self._coming -= 1
        return self._pressed

    def close(self) -> None:
        """Take the fingers off."""
        self._program.kill()
        self._program.communicate()

    def _answer(self) -> str:
        assert self._program.stdout is not None
        return self._program.stdout.readline()


def main() -> None:
    from Xlib import XK, X, display
    from Xlib.ext import xtest

    server = display.Display(sys.argv[1])
    schedules: SimpleQueue[str | None] = SimpleQueue()
    threading.Thread(target=_read_into, args=(schedules,), daemon=True).start()
    print("ready", flush=True)
    coming: list[tuple[float, int, float, str]] = []
    count, more_may_come = 0, True
    while coming or more_may_come:
        try:
            line = schedules.get(timeout=max(0.0, coming[0][0] - time.perf_counter()) if coming else None)
        except Empty:
            _, _, hold, key = heapq.heappop(coming)
            code = server.keysym_to_keycode(XK.string_to_keysym(key))
            print(time.perf_counter(), key, flush=True)
            for kind, wait in ((X.KeyPress, hold), (X.KeyRelease, 0.0)):
                xtest.fake_input(server, kind, code)
                server.sync()
                time.sleep(wait)
            continue
        more_may_come = line is not None
        now = time.perf_counter()
        for after, hold, key in json.loads(line or "[]"):
            heapq.heappush(coming, (now + after, count, hold, key))
            count += 1


def _read_into(schedules: SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        schedules.put(line)
    schedules.put(None)


if __name__ == "__main__":
    main()
