"""Opens the keyboard device in a program of its own and prints each stroke: ``python listener.py SECONDS``."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from task.devices.keyboard import Keyboard


def main() -> None:
    keyboard = Keyboard("keyboard")
    keyboard.open()
    print("listening", flush=True)
    until = time.perf_counter() + float(sys.argv[1])
    while time.perf_counter() < until:
        time.sleep(1 / 60)
        for stroke in keyboard.read(time.perf_counter()):
            print(stroke.time, stroke.code, stroke.device, flush=True)
    keyboard.close()


if __name__ == "__main__":
    main()
