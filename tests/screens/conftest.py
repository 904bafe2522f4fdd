"""A virtual display of our own, so that real windows open wherever the tests run."""

import os
import subprocess
from collections.abc import Iterator

import pytest

from task.config.protocol import Protocol
from task.config.read import read_protocol, read_site, read_wording
from task.config.site import ScreenSettings
from task.config.wording import Wording


@pytest.fixture(scope="session")
def display(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start an X server without a screen, on any free number; PsychoPy gets a home folder that it may fill."""
    read_end, write_end = os.pipe()
    size = ["-screen", "0", "1280x960x24"]
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write_end), *size, "-nolisten", "tcp", "-noreset"],
        pass_fds=[write_end],
        stderr=subprocess.DEVNULL,
    )
    os.close(write_end)
    with os.fdopen(read_end) as number, pytest.MonkeyPatch.context() as patch:
        name = f":{number.readline().strip()}"
        patch.setenv("DISPLAY", name)
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        yield name
    server.terminate()
    server.wait()


@pytest.fixture(scope="session")
def wording() -> Wording:
    return read_wording("en")


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return read_protocol("demo")


@pytest.fixture(scope="session")
def settings() -> ScreenSettings:
    return read_site("laptop").display.model_copy(update={"size_px": (960, 540)})
