"""What keeps PsychoPy from being loaded is said in words, with the file that is at fault."""

import subprocess
import sys
from pathlib import Path

import pytest

from task.record.layout import ROOT

LOADING = """
from task.screens.desktop import import_psychopy
from task.screens.errors import ScreenError
try:
    import_psychopy()
    print("loaded")
except ScreenError as error:
    print(error)
"""


def loading(display: str, **environment: str) -> str:
    command = [sys.executable, "-c", LOADING]
    env = {"DISPLAY": display, "PYTHONIOENCODING": "utf-8", **environment}
    return subprocess.run(command, env=env, cwd=ROOT, capture_output=True, encoding="utf-8", check=True).stdout


@pytest.mark.skipif(sys.platform == "win32", reason="preferences lie elsewhere there")
def test_preferences_that_are_not_utf_8_are_named_with_their_line(display: str, tmp_path: Path) -> None:
    folder = tmp_path / ".psychopy3"
    folder.mkdir()
    (folder / "appData.cfg").write_bytes("# Grüße\n".encode())
    preferences = folder / "userPrefs.cfg"
    preferences.write_bytes(b"[general]\n# Gr\xfc\xdfe\n")
    said = loading(display, HOME=str(tmp_path))
    assert f"PsychoPy cannot read its preferences: {preferences} is not text in UTF-8 (line 2). Save it as" in said
    preferences.rename(folder / "old")
    assert loading(display, HOME=str(tmp_path)).endswith("loaded\n")


@pytest.mark.skipif(sys.platform == "win32", reason="there is no HOME there")
def test_without_a_home_and_with_a_file_in_its_place_it_is_said_what_psychopy_misses(
    display: str, tmp_path: Path
) -> None:
    assert "HOME is not set" in loading(display)
    (tmp_path / ".psychopy3").write_text("a file")
    said = loading(display, HOME=str(tmp_path))
    assert "PsychoPy cannot be loaded" in said and f"which it keeps in {tmp_path / '.psychopy3'}" in said
