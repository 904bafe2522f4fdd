"""Reads a device through a process of its own, so that stamping waits neither for a frame nor for Python.

That process (see ``reading``) stamps; a small thread here only takes its lines out of the pipe. ``time.perf_counter``
is one clock for all processes of a computer on Linux, macOS and Windows; this is not trusted but asked at each start.
"""

import json
import os
import subprocess
import sys
import threading
import time
from bisect import bisect_right
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from task.devices.notice_limit import NoticeLimit
from task.devices.strokes import DeviceError, Notice, Stroke

_ROOT = Path(__file__).resolve().parents[2]
_PATIENCE_S = 30.0
_AGAIN_S = 0.5
_END_S = 3.0


class Reader:
    """A device that is read by a process of its own; if that process dies, another takes its place.

    Parameters
    ----------
    name : str
        The device's name in the site file.
    settings : dict
        Its settings, as in the site file.
    codes : iterable of str
        The codes of this device that mean something at this site.
    """

    def __init__(self, name: str, settings: dict[str, Any], codes: Iterable[str] = ()) -> None:
        self._name = name
        self._settings = {**settings, "codes": sorted(codes)}
        self._arrived: deque[Stroke] = deque()
        self._waiting: list[Stroke] = []
        self._notices: deque[Notice] = deque()
        self._limit = NoticeLimit(lambda now, text: self._notices.append(Notice(now, name, text)))
        self._process: subprocess.Popen[bytes] | None = None
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()
        self._is_closing = threading.Event()

    @property
    def process(self) -> int | None:
        """The number of the reading process; None while there is none."""
        process = self._process
        return None if process is None else process.pid

    def open(self) -> None:
        """Start to listen; raise DeviceError, with what to check, if the source cannot be opened."""
        self.close()
        self._is_closing.clear()
        self._arrived.clear()
        self._notices.clear()
        self._waiting = []
        self._process = self._start(again=False)
        self._thread = threading.Thread(target=self._drain, args=(self._process,), name=self._name, daemon=True)
        self._thread.start()

    def read(self, until: float) -> list[Stroke]:
        """Give the strokes stamped up to ``until``, in order."""
        if not self._arrived and not self._waiting:
            return []
        waiting = self._waiting
        while self._arrived:
            waiting.append(self._arrived.popleft())
        waiting.sort()
        due = bisect_right(waiting, (until, chr(sys.maxunicode)))
        self._waiting = waiting[due:]
        return waiting[:due]

    def notices(self) -> list[Notice]:
        """Give what the device has had to say of itself since the last call."""
        return [self._notices.popleft() for _ in range(len(self._notices))]

    def close(self) -> None:
        """Stop listening."""
        self._is_closing.set()
        with self._lock:
            process, self._process = self._process, None
            if process is not None:
                _end(process)
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def _start(self, again: bool) -> "subprocess.Popen[bytes]":
        """Start the process and wait until its source is open; if ``again``, it opens the source as soon as it can."""
        # Ctrl-C reaches a whole group. No session of its own: Linux shares the processor out by session, and it would
        # wait for its turn
        apart: dict[str, Any] = {"process_group": 0}
        if sys.platform == "win32":
            flags = subprocess.CREATE_NEW_PROCESS_GROUP | subprocess.CREATE_NO_WINDOW
            apart = {"creationflags": flags | subprocess.HIGH_PRIORITY_CLASS}
        path = os.pathsep.join(filter(None, [str(_ROOT), os.environ.get("PYTHONPATH")]))
        process = subprocess.Popen(
            [sys.executable, "-m", "task.devices.reading"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": path},
            **apart,
        )
        assert process.stdin is not None and process.stdout is not None
        too_long = threading.Timer(_PATIENCE_S, process.kill)
        too_long.start()
        try:
            process.stdout.readline()  # it is up
            before = time.perf_counter()
            with suppress(BrokenPipeError):  # it has ended: what it says, or does not say, tells
                process.stdin.write(json.dumps({**self._settings, "again": again}).encode() + b"\n")
                process.stdin.flush()
            theirs = process.stdout.readline().strip()
            after = time.perf_counter()
            if theirs and not before <= float(theirs) <= after:
                raise DeviceError(
                    f"device {self._name!r}: its reading process has another clock ({float(theirs):.6f} s, not "
                    f"{before:.6f} to {after:.6f} s), so its times would be wrong. This system cannot be used"
                )
            answer = process.stdout.readline().decode().strip()
            if answer != "open":
                raise DeviceError(f"device {self._name!r}: {answer or 'its reading process ended without a word'}")
        except BaseException:
            _end(process, close_output=True)
            raise
        finally:
            too_long.cancel()
        return process

    def _drain(self, process: "subprocess.Popen[bytes]") -> None:
        """Take in what the process sends, from process to process, until the device is closed."""
        while True:
            self._take_lines(process)
            _end(process, close_output=True)
            if self._is_closing.is_set():
                self._limit.tell(time.perf_counter(), is_last=True)
                return
            self._limit.say(
                time.perf_counter(),
                "its reading process died; another is being started. What was sent in between is lost",
            )
            while True:
                if self._is_closing.wait(_AGAIN_S):
                    return
                with suppress(DeviceError, OSError):
                    process = self._start(again=True)
                    break
            with self._lock:
                self._process = process
                if self._is_closing.is_set():
                    _end(process, close_output=True)
                    return

    def _take_lines(self, process: "subprocess.Popen[bytes]") -> None:
        assert process.stdout is not None
        name, arrived = self._name, self._arrived
        for line in process.stdout:
            if not line.endswith(b"\n"):  # cut off when the process died
                return
            if line.startswith(b"!"):
                time_s, _, text = line[1:].decode().strip().partition(" ")
                self._limit.say(float(time_s), text)
            else:
                time_s, code = line.decode().split()
                arrived.append(Stroke(float(time_s), code, name))


def _end(process: "subprocess.Popen[bytes]", close_output: bool = False) -> None:
    """Let a reading process end, which it does when its input ends; its output is closed by whoever reads it."""
    assert process.stdin is not None and process.stdout is not None
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if close_output:
        process.stdout.close()
