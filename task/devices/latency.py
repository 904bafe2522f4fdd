"""How long a USB serial adapter may hold bytes back before it passes them on."""

from pathlib import Path

_ADAPTERS = Path("/sys/bus/usb-serial/devices")


def latency_timer_ms(port: str, adapters: Path = _ADAPTERS) -> int | None:
    """Give the latency timer of a USB serial adapter in milliseconds.

    An FTDI adapter holds bytes back for up to that time, 16 ms as it comes, so that pulses are stamped late and
    unevenly; 1 ms is good. Opening the port asks Linux for 1 ms: read it while the port is open.

    Parameters
    ----------
    port : str
        The port as the site file names it, such as "/dev/ttyUSB0" or a link to that.
    adapters : Path
        Where Linux describes the adapters.

    Returns
    -------
    int or None
        None if this adapter has no such timer, or if this system does not show it (anything but Linux).
    """
    try:
        return int((adapters / Path(port).resolve().name / "latency_timer").read_text())
    except (OSError, ValueError):
        return None
