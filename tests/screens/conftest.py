"""What the tests of the screens share."""

import pytest

from task.config.protocol import Protocol
from task.config.read import read_protocol, read_site, read_wording
from task.config.site import ScreenSettings
from task.config.wording import Wording


@pytest.fixture(scope="session")
def wording() -> Wording:
    return read_wording("en")


@pytest.fixture(scope="session")
def protocol() -> Protocol:
    return read_protocol("demo")


@pytest.fixture(scope="session")
def settings() -> ScreenSettings:
    return read_site("laptop").display.model_copy(update={"size_px": (960, 540)})
