"""Opens keyboards in a program of its own and prints what comes: ``python listener.py LAST_KEY [DEVICE=PRODUCT ...]``.

It says "listening" first, or why not. A line is a stroke, or a notice that begins with "!". It ends with the stroke of
the last key. Without devices it opens one that is called "keyboard"; "DEVICE=" has no product. With "--window" it has
what a window brings along: an X error handler in Python.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from task.devices.keyboard import Keyboard
from task.devices.strokes import DeviceError


def main() -> None:
    last, *named = (word for word in sys.argv[1:] if word != "--window")
    if "--window" in sys.argv:
        import pyglet.canvas.xlib  # noqa: F401
    keyboards = [Keyboard(name, product or None) for name, _, product in (one.partition("=") for one in named)]
    keyboards = keyboards or [Keyboard("keyboard")]
    try:
        for keyboard in keyboards:
            keyboard.open()
    except DeviceError as error:
        print(f"refused: {error}")
        return
    print("listening", flush=True)
    codes: list[str] = []
    while last not in codes:
        time.sleep(1 / 60)
        for keyboard in keyboards:
            for stroke in keyboard.read(time.perf_counter()):
                print(stroke.time, stroke.code, stroke.device, flush=True)
                codes.append(stroke.code)
            for notice in keyboard.notices():
                print("!", f"{notice.device}: {notice.text}", flush=True)
    for keyboard in keyboards:
        keyboard.close()


if __name__ == "__main__":
    main()
