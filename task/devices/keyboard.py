"""Keyboards, and every box that types: read from Psychtoolbox's own queues, which its own thread fills and stamps.

A queue holds every press and every release, however short; ``psychopy.hardware.keyboard`` is passed by because its
``getKeys`` gives either keys that are still held or keys that are released, and so loses presses of a few
milliseconds. Key names are PsychoPy's.

On Linux and macOS each keyboard has a queue of its own, so that a trigger box and the operator's keyboard can be told
apart though both type "5"; Windows merges all keyboards into one. X11 also has keyboards that stand for several others
("masters"): these are never read, so a press arrives once.

Psychtoolbox lists the keyboards once, when it is loaded, and cannot be made to do so again. On Linux the X server is
watched: what is unplugged is told; plugged in again it has its old number as a rule, and is read as before; a keyboard
that is new is told, and read after the next start. On macOS and Windows nothing of this is noticed.
"""

import os
import sys
import time
from dataclasses import dataclass, field
from typing import Any, ClassVar

from task.devices.foreign_clock import ForeignClock
from task.devices.notice_limit import NoticeLimit
from task.devices.releases import Releases
from task.devices.strokes import DeviceError, Notice, Stroke
from task.devices.x_keyboards import XKeyboards, ignore_errors

_LOOK_EVERY_S = 1.0


@dataclass
class _Queue:
    """What one keyboard types, as Psychtoolbox collects it.

    ``number`` is the X server's for the keyboard; none of the others is asked for where there is no such server.
    """

    events: Any
    number: int
    product: str
    is_plugged: bool = True
    is_ours: bool = True
    releases: Releases = field(default_factory=Releases)


class Keyboard:
    """One keyboard; or all of them that no other device reads.

    Parameters
    ----------
    name : str
        The device's name in the site file.
    product : str, optional
        A part of the product's name as Psychtoolbox gives it, in small or capital letters.
    """

    _reading: ClassVar[dict[int, "Keyboard"]] = {}
    """Who reads which of Psychtoolbox's keyboards: it has one queue for each in the whole program."""

    def __init__(self, name: str, product: str | None = None) -> None:
        self._name, self._product = name, product
        self._queues: dict[int, _Queue] = {}
        self._strange: set[int] = set()
        self._plugs: XKeyboards | None = None
        self._look_at = 0.0
        self._names: dict[int, str] = {}
        self._waiting: list[Stroke] = []
        self._notices: list[Notice] = []
        self._limit = NoticeLimit(lambda now, text: self._notices.append(Notice(now, name, text)))

    def open(self) -> None:
        """Start to listen; raise DeviceError if Psychtoolbox or the keyboard is missing."""
        self.close()
        if sys.platform.startswith("linux") and not os.environ.get("DISPLAY"):
            # Psychtoolbox would take the whole program down with it
            raise self._error("without a display (DISPLAY is not set) no key can be read")
        if self._product and sys.platform == "win32":
            raise self._error(
                "Windows merges all keyboards into one, so that none can be told from the others by its product. Take "
                "this device out of the site file and let the keyboard have its strokes; or connect the box by a "
                "serial port"
            )
        try:
            from psychopy.hardware.keyboard import keyNames
            from psychtoolbox import GetSecs, hid
        except ImportError as error:
            raise self._error(
                f"Psychtoolbox, which stamps key presses, cannot be loaded ({error}). "
                "Run `make setup`; on Linux it needs the system library libjack-jackd2-0"
            ) from None
        self._names = keyNames
        self._watch_plugs()
        _, _, found = hid.get_keyboard_indices()
        if self._plugs is not None:
            found = [one for one in found if int(one["interfaceID"]) in self._plugs.names]
        if not found:
            raise self._error("no keyboard was found. Plug it in, then start again")
        for one in self._chosen(found):
            index = int(one["index"])
            queue = hid.Keyboard(index, 10_000)
            self._queues[index] = _Queue(queue, int(one["interfaceID"] or 0), one["product"])
            self._reading[index] = self
            queue.queue_start()
            queue.flush(2)
        self._clock = ForeignClock(GetSecs)

    def read(self, until: float) -> list[Stroke]:
        """Give the presses stamped up to ``until``, in order."""
        if not self._queues:
            return []
        now = time.perf_counter()
        self._clock.look()
        if self._clock.jump_s:
            moved = f"the computer's clock was set by {self._clock.jump_s:+.3f} s; the times of keys are kept right"
            self._limit.say(now, moved)
        if now >= self._look_at:
            self._look_at = now + _LOOK_EVERY_S
            self._look_at_plugs(now)
        for queue in self._queues.values():
            while queue.events.flush():
                event, _ = queue.events.queue_get_event()
                if event and queue.is_ours:
                    self._take(queue, int(event["Keycode"]), bool(event["Pressed"]), event["Time"])
        self._waiting.sort()
        due = [stroke for stroke in self._waiting if stroke.time <= until]
        self._waiting = self._waiting[len(due) :]
        self._limit.tell(now)
        return due

    def _take(self, queue: _Queue, number: int, is_press: bool, stamp: float) -> None:
        time_s = self._clock.on_our_clock(stamp)
        if not is_press:
            queue.releases.let_go(number, time_s)
            return
        again = queue.releases.press(number, time_s)
        self._waiting.append(Stroke(time_s, self._names.get(number, f"key{number}"), self._name, again))

    def notices(self) -> list[Notice]:
        """Give what there is to know since the last call: keyboards that went or came, a clock that was set."""
        notices, self._notices = self._notices, []
        return notices

    def close(self) -> None:
        """Stop listening."""
        self._look_at_plugs(time.perf_counter())
        self._limit.tell(time.perf_counter(), is_last=True)
        if self._queues and sys.platform.startswith("linux"):
            ignore_errors()
        for index, queue in self._queues.items():
            del self._reading[index]
            queue.events.queue_stop()
            queue.events._release_queue()
        self._queues = {}
        if self._plugs is not None:
            self._plugs.close()
            self._plugs = None

    def _chosen(self, found: list[Any]) -> list[Any]:
        """Choose this device's keyboards among all, and take them from the device that reads what nobody else does."""
        if self._product is None:
            return [one for one in found if one["index"] not in self._reading]
        chosen = [one for one in found if self._product.casefold() in one["product"].casefold()]
        if not chosen:
            names = ", ".join(repr(one["product"]) for one in found)
            raise self._error(
                f"no keyboard has {self._product!r} in its product's name. Found: {names}. Check its plug, or put a "
                "part of one of these names into the site file"
            )
        for one in chosen:
            other = self._reading.get(int(one["index"]))
            if other is not None and other._product is not None:
                raise self._error(
                    f"keyboard {one['product']!r} has {self._product!r} in its name, and also {other._product!r}, by "
                    f"which device {other._name!r} reads it already. Write more of the name into the site file"
                )
            if other is not None:
                del other._queues[int(one["index"])]
        return chosen

    def _is_ours(self, product: str) -> bool:
        """Say whether a keyboard with this name is for this device to read."""
        if self._product is not None:
            return self._product.casefold() in product.casefold()
        others = (other._product for other in self._reading.values() if other._product is not None)
        return not any(other.casefold() in product.casefold() for other in others)

    def _watch_plugs(self) -> None:
        if not sys.platform.startswith("linux"):
            return
        try:
            self._plugs = XKeyboards()
        except Exception as error:  # whatever the display says; the keys come by another way
            self._limit.say(time.perf_counter(), f"a keyboard that is unplugged will not be noticed ({error})")

    def _look_at_plugs(self, now: float) -> None:
        """Find out which keyboards went and came, and say so."""
        unplugged = None if self._plugs is None else self._plugs.look()
        if self._plugs is None or unplugged is None:
            return
        names = self._plugs.names
        gone: list[str] = []
        back: list[str] = []
        strange: list[str] = []
        for queue in self._queues.values():
            if queue.is_plugged and (queue.number in unplugged or queue.number not in names):
                gone.append(queue.product)
                queue.is_plugged = False
            if not queue.is_plugged and queue.number in names:
                queue.product, queue.is_plugged = names[queue.number], True
                queue.is_ours = self._is_ours(queue.product)
                (back if queue.is_ours else strange).append(queue.product)
        read = {queue.number for device in self._reading.values() for queue in device._queues.values()}
        new = {number for number, name in names.items() if number not in read and self._is_ours(name)}
        strange += [names[number] for number in sorted(new - self._strange)]
        self._strange = new
        if gone:
            self._limit.say(now, f"gone: {_quoted(gone)}. Check plug and power; other keyboards are read as before")
        if back:
            self._limit.say(now, f"back: {_quoted(back)}; what was typed in between is lost")
        if strange:
            what = f"plugged in, but not read until the program is started again: {_quoted(strange)}"
            self._limit.say(now, f"{what}. If it is needed, end the run and start again")

    def _error(self, text: str) -> DeviceError:
        return DeviceError(f"device {self._name!r}: {text}")


def _quoted(products: list[str]) -> str:
    return ", ".join(repr(product) for product in products)
