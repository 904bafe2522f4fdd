"""Makes the device that a site file describes. Nothing is ever made in the place of another."""

from collections.abc import Iterable

from task.config.sources import EmulatedScannerSettings, KeyboardSettings, SourceSettings
from task.devices.keyboard import Keyboard
from task.devices.reader import Reader
from task.devices.strokes import Device


def device_of(name: str, settings: SourceSettings, codes: Iterable[str] = ()) -> Device:
    """Make a real device, not opened yet.

    Parameters
    ----------
    name : str
        The device's name in the site file.
    settings : SourceSettings
        Its settings; an emulated scanner is no real device, and is made where a run is put together.
    codes : iterable of str
        The codes of this device that mean something at this site: noise cannot crowd them out.
    """
    if isinstance(settings, EmulatedScannerSettings):
        raise TypeError("an emulated scanner needs a plan: it is made where a run is put together")
    if isinstance(settings, KeyboardSettings):
        return Keyboard(name, settings.product)
    return Reader(name, settings.model_dump(mode="json"), codes)
