"""The site: one room's screen, devices and keys, and nothing about the science."""

from collections.abc import Iterable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from task.config.base import Check, Found, Name, PositiveSeconds, Section, nearest
from task.config.sources import DeviceSettings, EmulatedScannerSettings, KeyboardSettings

Centimetres = Annotated[float, Field(ge=5, le=500, allow_inf_nan=False)]
Pixels = Annotated[int, Field(ge=240, le=20_000)]
Visible = Annotated[float, Field(ge=0.2, le=1, allow_inf_nan=False)]
DeviceAndCode = Annotated[
    str,
    Field(
        pattern=r"^[^:]+:[\s\S]+$",
        max_length=100,
        description='text like "keyboard:f": a device of this file, a colon, and the code that it sends',
    ),
]
Stroked = Annotated[tuple[DeviceAndCode, ...], Field(max_length=50, strict=False)]
MEANINGS = ("pulse", "manual_start", "left", "right", "abort", "alarm")
EMULATED_PULSE = "emulated_scanner:pulse"


class PhotodiodePatch(Section):
    """A square that turns white with each onset, for a photodiode stuck onto that corner of the screen."""

    corner: Literal["top_left", "top_right", "bottom_left", "bottom_right"] = "bottom_left"
    size_px: Annotated[int, Field(ge=8, le=400)] = 60
    white_s: Annotated[float, Field(ge=0.02, le=0.5, allow_inf_nan=False)] = 0.1


class ScreenSettings(Section):
    """The screen that the participant sees. Sizes as seen by the participant, for the record and for BIDS."""

    screen: Annotated[int, Field(ge=0, le=15)] = 0
    full_screen: bool = True
    size_px: Annotated[tuple[Pixels, Pixels], Field(strict=False)] = (1280, 720)
    width_cm: Centimetres
    height_cm: Centimetres
    distance_cm: Centimetres
    refresh_hz: Annotated[float, Field(ge=20, le=500, allow_inf_nan=False)] = 60.0
    mirror_horizontal: bool = False
    mirror_vertical: bool = False
    visible_width: Visible = 1.0
    visible_height: Visible = 1.0
    measured_lag_s: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0
    photodiode: PhotodiodePatch | None = None

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._has_the_shape_of_a_screen,)

    def _has_the_shape_of_a_screen(self) -> Iterator[Found]:
        if not 1 / 4 <= self.width_cm / self.height_cm <= 4:
            yield Found(
                ("height_cm",),
                self.height_cm,
                f"a quarter of width_cm ({self.width_cm:g}) to four times it, as no screen is so narrow",
            )


class Strokes(Section):
    """What each stroke means, written as "device:code"."""

    pulse: Stroked = ()
    manual_start: Stroked = ()
    left: Annotated[Stroked, Field(min_length=1)]
    right: Annotated[Stroked, Field(min_length=1)]
    abort: Annotated[Stroked, Field(min_length=1)] = ("keyboard:escape",)
    alarm: Stroked = ()
    abort_presses: Annotated[int, Field(ge=1, le=5)] = 2
    abort_within_s: PositiveSeconds = 1.0

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._mean_one_thing_each, self._can_start_a_run)

    def _mean_one_thing_each(self) -> Iterator[Found]:
        seen: dict[str, str] = {}
        for meaning in MEANINGS:
            for i, stroke in enumerate(getattr(self, meaning, ())):
                if stroke in seen:
                    means = "stands here already" if seen[stroke] == meaning else f"means {seen[stroke]} already"
                    yield Found((meaning, i), stroke, f"one meaning for each stroke; this one {means}")
                seen.setdefault(stroke, meaning)

    def _can_start_a_run(self) -> Iterator[Found]:
        if not self.pulse and not self.manual_start:
            yield Found(
                ("pulse",), self.pulse or None, "at least one stroke, or one of manual_start: no run could start"
            )

    @property
    def meanings(self) -> dict[tuple[str, str], str]:
        """What each (device, code) means."""
        pairs: dict[tuple[str, str], str] = {}
        for meaning in MEANINGS:
            for stroke in getattr(self, meaning):
                device, _, code = stroke.partition(":")
                pairs[device, code] = meaning
        return pairs


class Site(Section):
    """A whole site file."""

    name: Name
    description: str = ""
    display: ScreenSettings
    devices: Annotated[dict[Name, DeviceSettings], Field(max_length=20)]
    strokes: Strokes

    def checks(self) -> Iterable[Check]:
        """Give the checks across tables."""
        return (
            self._devices_are_right,
            self._devices_are_apart,
            self._strokes_can_come,
            self._emulated_scanner_pulses,
        )

    @property
    def is_emulated(self) -> bool:
        """Whether pulses come from the emulated scanner."""
        return any(device.kind == "emulated_scanner" for device in self.devices.values())

    def in_a_window(self) -> "Site":
        """Give this site with its picture in a window on the first screen, for machines without the room's own."""
        display = self.display.model_copy(update={"screen": 0, "full_screen": False})
        return self.model_copy(update={"display": display})

    def with_emulated_scanner(self) -> "Site":
        """Give this site with the emulated scanner beside its own devices, and pulses from nowhere else."""
        if self.is_emulated:
            return self
        device, _, _ = EMULATED_PULSE.partition(":")
        return self.model_copy(
            update={
                "devices": {**self.devices, device: EmulatedScannerSettings(kind="emulated_scanner")},
                "strokes": self.strokes.model_copy(update={"pulse": (EMULATED_PULSE,)}),
            }
        )

    def codes_of(self, device: str) -> set[str]:
        """Give the codes of a device that mean something here."""
        return {code for name, code in self.strokes.meanings if name == device}

    def _devices_are_right(self) -> Iterator[Found]:
        for name, device in self.devices.items():
            for check in device.checks():
                for found in check():
                    yield Found(("devices", name, *found.keys), found.value, found.allowed)

    def _devices_are_apart(self) -> Iterator[Found]:
        """No two devices read the same source."""
        seen: dict[tuple[str, ...], str] = {}
        for name, device in self.devices.items():
            key, *_ = device.place
            if device.place in seen and key == "kind":
                yield Found(
                    ("devices", name),
                    device.model_dump(exclude_none=True),
                    f'one device of kind "{device.kind}", which "{seen[device.place]}" is already: '
                    + (
                        "all keyboards count as one, but for those with a product of their own"
                        if device.kind == "keyboard"
                        else "there is one scanner"
                    ),
                )
            elif device.place in seen:
                yield Found(
                    ("devices", name, key),
                    getattr(device, key),
                    f'another one: device "{seen[device.place]}" reads this already, and each stroke arrives once',
                )
            seen.setdefault(device.place, name)
        emulated_name = EMULATED_PULSE.partition(":")[0]
        if emulated_name in self.devices and self.devices[emulated_name].kind != "emulated_scanner":
            found = self.devices[emulated_name].model_dump()
            yield Found(("devices", emulated_name), found, "another name for a device that is no emulated scanner")

    def _strokes_can_come(self) -> Iterator[Found]:
        """Every stroke is one that a device of this site can send."""
        known = ", ".join(f'"{name}:"' for name in sorted(self.devices)) or "there is no device yet"
        for meaning in MEANINGS:
            for i, stroke in enumerate(getattr(self.strokes, meaning, ())):
                name, _, code = stroke.partition(":")
                device = self.devices.get(name)
                if device is None:
                    allowed = f"{self._stroke_meant(name, code)}a device of [devices] before the colon: {known}"
                elif device.kind == "emulated_scanner":
                    allowed = f'"{name}:pulse", meaning a pulse' if (meaning, code) != ("pulse", "pulse") else ""
                else:
                    allowed = device.codes_allowed(name, code)
                if allowed:
                    yield Found(("strokes", meaning, i), stroke, allowed)

    def _stroke_meant(self, name: str, code: str) -> str:
        """Ask whether the stroke of the device that has nearly this name was meant; nothing if none has."""
        near = nearest(name.strip(), self.devices)
        if near is None:
            return ""
        wrong = self.devices[near].codes_allowed(near, code)
        return f"{wrong}; and " if wrong else f'did you mean "{near}:{code}"? '

    def _emulated_scanner_pulses(self) -> Iterator[Found]:
        for name, device in self.devices.items():
            pulse = f"{name}:pulse"
            if device.kind == "emulated_scanner" and self.strokes.pulse != (pulse,):
                yield Found(
                    ("strokes", "pulse"),
                    self.strokes.pulse,
                    f'["{pulse}"], as pulses come from the emulated scanner or from a real one, never from both',
                )


def simulated_site() -> Site:
    """Give the site of simulated runs, which needs no room: an emulated scanner and two keys that nobody presses."""
    return Site(
        name="simulated",
        description="No room: virtual time, without a screen.",
        display=ScreenSettings(width_cm=40.0, height_cm=22.5, distance_cm=100.0),
        devices={"keyboard": KeyboardSettings(kind="keyboard")},
        strokes=Strokes(left=("keyboard:f",), right=("keyboard:j",), pulse=("keyboard:5",)),
    ).with_emulated_scanner()
