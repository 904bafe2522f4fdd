"""Opens the keyboard device in a program of its own and prints each stroke: ``python listener.py LAST_KEY``.

It says "listening" first, and ends with the stroke of the last key.
"""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from task.devices.keyboard import Keyboard


def main() -> None:
    keyboard, codes = Keyboard("keyboard"), []
    keyboard.open()
    print("listening", flush=True)
    while sys.argv[1] not in codes:
        time.sleep(1 / 60)
        for stroke in keyboard.read(time.perf_counter()):
            print(stroke.time, stroke.code, stroke.device, flush=True)
            codes.append(stroke.code)
    keyboard.close()


if __name__ == "__main__":
    main()
