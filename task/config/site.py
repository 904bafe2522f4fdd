"""The site: one room's screen, devices and keys, and nothing about the science."""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field, model_validator

from task.config.base import AcrossMistake, Section, mistake
from task.config.durations import PositiveSeconds

Length = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Stroked = Annotated[
    tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*:\S+$")], ...],
    Field(strict=False),
]
MEANINGS = ("pulse", "manual_start", "left", "right", "abort", "alarm")
EMULATED_PULSE = "emulated_scanner:pulse"


class ScreenSettings(Section):
    """The screen that the participant sees. Sizes as seen by the participant, for the record and for BIDS."""

    screen: Annotated[int, Field(ge=0)] = 0
    full_screen: bool = True
    size_px: Annotated[
        tuple[Annotated[int, Field(ge=320)], Annotated[int, Field(ge=240)]], Field(strict=False)
    ] = (1280, 720)
    width_cm: Length
    height_cm: Length
    distance_cm: Length
    refresh_hz: Annotated[float, Field(ge=20, le=500, allow_inf_nan=False)] = 60.0
    mirror_horizontal: bool = False
    mirror_vertical: bool = False
    visible_width: Annotated[float, Field(gt=0.2, le=1, allow_inf_nan=False)] = 1.0
    visible_height: Annotated[float, Field(gt=0.2, le=1, allow_inf_nan=False)] = 1.0
    measured_lag_s: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = 0.0


class KeyboardSettings(Section):
    """A keyboard, or any box that types."""

    kind: Literal["keyboard"]


class EmulatedScannerSettings(Section):
    """A scanner that exists in software only: what it starts is kept apart from a study's data."""

    kind: Literal["emulated_scanner"]
    starts_after_s: PositiveSeconds = 3.0


DeviceSettings = Annotated[KeyboardSettings | EmulatedScannerSettings, Field(discriminator="kind")]


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

    @model_validator(mode="after")
    def _one_meaning_each(self) -> "Strokes":
        seen: dict[str, str] = {}
        for meaning in MEANINGS:
            for i, stroke in enumerate(getattr(self, meaning)):
                if stroke in seen:
                    raise mistake(
                        f"{meaning}.{i}", stroke, f"one meaning for each stroke; it already means {seen[stroke]}"
                    )
                seen[stroke] = meaning
        return self

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

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    description: str = ""
    display: ScreenSettings
    devices: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], DeviceSettings]
    strokes: Strokes

    @property
    def is_emulated(self) -> bool:
        """Whether pulses come from the emulated scanner."""
        return any(device.kind == "emulated_scanner" for device in self.devices.values())

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


def _check_devices(site: Site) -> Iterator[AcrossMistake]:
    known = ", ".join(sorted(site.devices)) or "none yet"
    for meaning in MEANINGS:
        for i, stroke in enumerate(getattr(site.strokes, meaning)):
            if stroke.partition(":")[0] not in site.devices:
                yield (
                    ("strokes", meaning, str(i)),
                    stroke,
                    f"before the colon, a device of this file's [devices] ({known})",
                )


CHECKS = ((("devices", "strokes"), _check_devices),)
"""Checks across tables: the tables that each needs, and the check."""
