"""What all tests share: home, temporary folder and virtual screen of their own, so that nobody's desktop is touched."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from task.record.layout import Dataset
from task.screens.virtual_screen import virtual_screen


@pytest.fixture(scope="session", autouse=True)
def _home_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(tmp_path_factory.mktemp("home")))
        patch.setenv("TMPDIR", str(tmp_path_factory.mktemp("temporary")))
        patch.setattr(tempfile, "tempdir", None)
        patch.delenv("DISPLAY", raising=False)
        yield


@pytest.fixture(scope="session")
def display(_home_of_its_own: None) -> Iterator[str]:
    """A virtual screen, named in DISPLAY; its name."""
    with virtual_screen(1280, 960) as name:
        yield name


@pytest.fixture
def without_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(os.environ, "DISPLAY", raising=False)


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    """A dataset of the test's own, empty."""
    return Dataset(tmp_path / "simulated")
