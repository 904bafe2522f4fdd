"""A stroke is anything that arrives from outside: a pulse, a button, a key; stamped where it arrives."""

from typing import NamedTuple, Protocol


class Stroke(NamedTuple):
    """One input: its time on the clock in seconds, its code, and the name of the device that it came from.

    ``again`` says whether it is the same press once more, held or bouncing; None if the device cannot know.
    """

    time: float
    code: str
    device: str
    again: bool | None = None


class Notice(NamedTuple):
    """What a device has to say of itself, for the operator and the journal: gone, back, babbling.

    Its time on the clock in seconds, the device's name, and plain words.
    """

    time: float
    device: str
    text: str


class DeviceError(Exception):
    """A device that cannot be used; its text says what to check."""


class Device(Protocol):
    """What every source of strokes does."""

    def open(self) -> None:
        """Make ready; raise DeviceError if that cannot be done."""

    def read(self, until: float) -> list[Stroke]:
        """Give the strokes that came since the last call and are stamped up to ``until``, in order."""

    def notices(self) -> list[Notice]:
        """Give what the device has had to say of itself since the last call, in order."""

    def close(self) -> None:
        """Let go of the device; closing twice does no harm."""


class ForeseeableDevice(Device, Protocol):
    """A simulated source, which knows when its next stroke is due."""

    def next_due(self) -> float | None:
        """Give the time of the next stroke on the clock in seconds; None if no stroke is known to come."""
