"""Markers of the Lab Streaming Layer, inside of their reading process. Needs pylsl, which is an optional extra.

A marker bears its sender's stamp. LSL maps that to its own clock here, and that clock is mapped to ours by an offset
sampled at each marker. A stamp that cannot be true is not believed: the time of arrival is taken, and that is said.
"""

import time
from typing import Any

from task.config.codes import text_code
from task.devices.gate import Arrived
from task.devices.source import WAIT_S, Say, Settings, SourceError

_LOOK_S = 3.0
_OLDEST_S = 5.0
_SAY_EVERY_S = 10.0


class LslStream:
    """The markers of the one stream that the site file describes."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._key, self._value = ("name", settings["stream"]) if settings["stream"] else ("type", settings["type"])
        self._say = say
        self._said_at = -_SAY_EVERY_S
        self._inlet: Any = None

    def open(self) -> None:
        """Look for the stream, and subscribe."""
        try:
            import pylsl  # an optional extra
        except (ImportError, RuntimeError, OSError) as error:
            raise SourceError(
                f"pylsl, which reads Lab Streaming Layer, cannot be loaded ({error}). Type "
                "`.venv/bin/uv pip install pylsl`"
            ) from None
        self._pylsl = pylsl
        found = pylsl.resolve_byprop(self._key, self._value, 1, _LOOK_S)
        if len(found) != 1:
            others = ", ".join(sorted(repr(info.name()) for info in pylsl.resolve_streams(1.0))) or "none at all"
            raise SourceError(
                f"{len(found) or 'no'} streams with {self._key} {self._value!r} are in the network; there must be one. "
                f"Streams found: {others}. Start the sender first"
            )
        if found[0].channel_count() != 1:
            raise SourceError(f"stream {found[0].name()!r} has {found[0].channel_count()} channels; markers have one")
        self._inlet = pylsl.StreamInlet(found[0], recover=False, processing_flags=pylsl.proc_clocksync)
        try:
            self._inlet.open_stream(_LOOK_S)
        except (RuntimeError, TimeoutError) as error:
            raise SourceError(f"stream {found[0].name()!r} does not answer ({error}). Start the sender again") from None

    def read(self) -> list[Arrived]:
        """Wait for a marker."""
        try:
            sample, stamp = self._inlet.pull_sample(WAIT_S)
        except self._pylsl.util.LostError:
            raise ConnectionError("its sender has ended") from None
        arrived = time.perf_counter()
        if sample is None:
            return []
        value = sample[0]
        text = f"{value:g}" if isinstance(value, float) else str(value)
        return [(self._on_our_clock(stamp, arrived), text_code(text.encode()))]

    def close(self) -> None:
        """Unsubscribe."""
        self._inlet = None

    def _on_our_clock(self, stamp: float, arrived: float) -> float:
        before, theirs, after = time.perf_counter(), self._pylsl.local_clock(), time.perf_counter()
        age = arrived - (stamp + (before + after) / 2 - theirs)
        if -0.1 < age < _OLDEST_S:
            return arrived - max(age, 0.0)
        if arrived > self._said_at + _SAY_EVERY_S:
            self._said_at = arrived
            self._say(arrived, f"its stamps are {age:.1f} s off the clock: the times of arrival are taken instead")
        return arrived
