"""The emulated scanner: pulses as a scanner would send them, for piloting and for tests. Never a stand-in unasked."""

from task.config.protocol import Scan
from task.devices.clock import Clock
from task.devices.strokes import Notice, Stroke


class EmulatedScanner:
    """Pulses of one run, the first some seconds after the scanner was first listened to.

    Parameters
    ----------
    name : str
        The device's name in the site file.
    scan : Scan
        TR and kind of pulses.
    volumes : int
        Stored volumes of the run.
    starts_after_s : float
        Seconds from the first reading to the first pulse.
    clock : RealClock or VirtualClock
        Says when that was.
    """

    def __init__(self, name: str, scan: Scan, volumes: int, starts_after_s: float, clock: Clock) -> None:
        self._name, self._clock = name, clock
        self._starts_after_s = starts_after_s
        slices = scan.pulses_per_volume if scan.pulses == "every_slice" else 1
        self._between = scan.tr_s / slices
        self._count = scan.pulses_before_zero + (1 if scan.pulses == "first_only" else volumes * slices)
        self._first: float | None = None
        self._sent = 0

    def open(self) -> None:
        """Make ready for a scan."""
        self._first, self._sent = None, 0

    def next_due(self) -> float | None:
        """Give the time of the next pulse; None after the last one, and before anybody has listened."""
        if self._first is None or self._sent == self._count:
            return None
        return self._first + self._sent * self._between

    def read(self, until: float) -> list[Stroke]:
        """Give the pulses due up to ``until``; the first reading starts the scan's countdown."""
        if self._first is None:
            self._first = self._clock.now() + self._starts_after_s
        strokes = []
        while (due := self.next_due()) is not None and due <= until:
            strokes.append(Stroke(due, "pulse", self._name))
            self._sent += 1
        return strokes

    def notices(self) -> list[Notice]:
        """There is nothing to know."""
        return []

    def close(self) -> None:
        """Stop the scan."""
        self._sent = self._count
