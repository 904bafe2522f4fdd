"""The devices: opened as for a run, one after the other, so that one that is missing does not hide the others."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from task.devices.latency import latency_timer_ms
from task.devices.sources import device_of
from task.devices.strokes import DeviceError
from task.preflight.results import Result, failed, not_asked, passed, warned
from task.preflight.room import Room
from task.screens.desktop import import_psychopy
from task.screens.errors import ScreenError

_SLOW_ADAPTER_MS = 2


def devices(room: Room) -> Iterator[Result]:
    """Open each device of the site."""
    for name, settings in room.site.devices.items():
        row = f"device {name}"
        if settings.kind == "emulated_scanner":
            advice = "Fine for trying things out. For a session take a site file with the room's own trigger."
            yield warned(row, "EMULATED: its pulses come from this program and from no scanner", advice)
            continue
        try:
            if settings.kind == "keyboard":
                import_psychopy()  # Psychtoolbox, asked for a keyboard without a display, ends the program on Linux
            device = device_of(name, settings, room.site.codes_of(name))
            room.closing.callback(device.close)
            device.open()
        except (DeviceError, ScreenError) as error:
            room.not_open.add(name)
            yield failed(row, str(error))
            continue
        room.devices.append(device)
        yield passed(row, f"open ({settings.kind})")
    if not room.devices:
        room.no_hands = room.no_hands or "no device could be opened"


def adapters(room: Room) -> Iterator[Result]:
    """How long a USB serial adapter holds bytes back before it hands them on, where that can be read."""
    for name, settings in room.site.devices.items():
        if settings.kind != "serial":
            continue
        port, row = settings.port, f"adapter of {name}"
        held = latency_timer_ms(port)
        if held is None:
            advice = (
                "If it is an FTDI adapter, set its latency timer to 1 ms (Windows: device manager, port, advanced)."
            )
            yield not_asked(row, f"{port} shows no latency timer on this system", advice)
        elif held > _SLOW_ADAPTER_MS:
            yield warned(
                row,
                f"{port} holds bytes back for up to {held} ms (latency timer), and stamps come that much late",
                f"Set it to 1 ms: echo 1 | sudo tee /sys/bus/usb-serial/devices/{Path(port).resolve().name}"
                "/latency_timer",
                latency_timer_ms=held,
            )
        else:
            yield passed(row, f"{port} holds bytes back for at most {held} ms", latency_timer_ms=held)


def other_strokes(room: Room) -> Iterator[Result]:
    """What arrived and means nothing here, so that a lab finds out what its boxes send; and what devices had to say."""
    unknown = Counter(f"{one.device}:{one.code}" for one in room.heard if room.meaning(one) is None)
    if unknown:
        most = ", ".join(f"{stroke} ({count} times)" for stroke, count in unknown.most_common(10))
        more = f" and {len(unknown) - 10} other codes" if len(unknown) > 10 else ""
        advice = "If a box or button sends one of these, write it under [strokes] of the site file, as it stands here."
        yield warned("other strokes", f"arrived, but mean nothing at this site: {most}{more}", advice, **unknown)
    for device in room.devices:
        for notice in device.notices():
            yield warned(f"device {notice.device}", notice.text, "Check its cable and its settings.")
