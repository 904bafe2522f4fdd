"""The serial port, or an adapter that looks like one, inside of its reading process."""

import errno
import os
import sys
import time
from contextlib import suppress

import serial

from task.devices.gate import Arrived
from task.devices.source import WAIT_S, Say, Settings, SourceError, splitter

_PARITIES = {"none": "N", "even": "E", "odd": "O", "mark": "M", "space": "S"}


class SerialPort:
    """Bytes or lines from a serial port."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings = settings
        self._port = serial.Serial()

    def open(self) -> None:
        """Open the port; what waits in it came before, and pyserial throws it away."""
        settings = self._settings
        try:
            self._port = serial.Serial(
                settings["port"],
                settings["baud"],
                settings["bits"],
                _PARITIES[settings["parity"]],
                settings["stop_bits"],
                timeout=WAIT_S,
                exclusive=True if os.name == "posix" else None,
            )
        except (OSError, ValueError) as error:
            raise SourceError(_what_to_check(settings["port"], error)) from None
        with suppress(OSError, ValueError, NotImplementedError):
            self._port.set_low_latency_mode(True)  # Linux; where it is refused, the latency timer tells
        self._splitter = splitter(settings["splits"])

    def read(self) -> list[Arrived]:
        """Wait for the first byte, and take what came right behind it; each stamped once it is here, never before."""
        first = self._port.read(1)
        stamp = time.perf_counter()
        if not first:
            return []
        others = self._port.read(self._port.in_waiting)
        others_stamp = time.perf_counter()
        return self._splitter.feed(stamp, first) + self._splitter.feed(others_stamp, others)

    def close(self) -> None:
        """Close the port."""
        with suppress(OSError):
            self._port.close()


def _what_to_check(port: str, error: Exception) -> str:
    number, text = getattr(error, "errno", None), str(error)
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO) or "FileNotFoundError" in text:
        return f"there is no serial port {port!r}. Found: {_ports()}. Check plug, power, and the name in the site file"
    is_denied = number == errno.EACCES or "PermissionError" in text
    if number in (errno.EBUSY, errno.EWOULDBLOCK) or (is_denied and sys.platform == "win32"):
        return f"serial port {port!r} is in use by another program. Close that one, then start again"
    if is_denied:
        return (
            f"this user may not open serial port {port!r}. Type `sudo usermod -a -G dialout $USER`, then log out and "
            "in again (on some systems the group has another name: `ls -l` shows it)"
        )
    return f"serial port {port!r} cannot be used: {text}"


def _ports() -> str:
    from serial.tools.list_ports import comports

    return ", ".join(sorted(repr(port.device) for port in comports())) or "none at all"
