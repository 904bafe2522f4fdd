"""Markers of the Lab Streaming Layer, from a real stream on this computer."""

import sys
import time
import uuid
from pathlib import Path
from typing import Any

import pytest
from pylsl import StreamInfo, StreamOutlet, local_clock

from task.devices.reader import Reader
from task.devices.strokes import DeviceError
from tests.devices.wires import Heard, within_deadline


@pytest.fixture(autouse=True)
def _on_this_computer_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = tmp_path / "lsl_api.cfg"
    settings.write_text("[multicast]\nResolveScope = machine\n")
    monkeypatch.setenv("LSLAPICFG", str(settings))


def a_stream(name: str, channels: int = 1, format: str = "string") -> StreamOutlet:
    return StreamOutlet(StreamInfo(name, "Markers", channels, 0, format, uuid.uuid4().hex))


def settings(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "lsl", "stream": name, "type": None} | more


def test_a_marker_is_a_stroke_with_its_senders_stamp(request: pytest.FixtureRequest) -> None:
    name = f"markers-{uuid.uuid4().hex}"
    outlet = a_stream(name)
    reader = Reader("lsl", settings(name))
    request.addfinalizer(reader.close)
    reader.open()
    markers = Heard(reader)
    assert within_deadline(outlet.have_consumers)
    before = time.perf_counter()
    outlet.push_sample(["left hand"], local_clock() - 0.5)  # it happened half a second ago
    outlet.push_sample(["5"])
    after = time.perf_counter()

    first, second = markers.until(2)

    assert (first.code, second.code) == ("left%20hand", "5")
    assert before - 0.5 - 0.05 < first.time < after - 0.5 + 0.05
    assert before - 0.05 < second.time < after + 0.05
    assert markers.notices == []


def test_a_stamp_that_cannot_be_true_is_not_believed(request: pytest.FixtureRequest) -> None:
    name = f"markers-{uuid.uuid4().hex}"
    outlet = a_stream(name, format="float32")
    reader = Reader("lsl", settings(name))
    request.addfinalizer(reader.close)
    reader.open()
    markers = Heard(reader)
    assert within_deadline(outlet.have_consumers)
    before = time.perf_counter()
    outlet.push_sample([5.0], local_clock() + 1000.0)

    (stroke,) = markers.until(1)

    assert stroke.code == "5"
    assert before < stroke.time < time.perf_counter()
    assert any("off the clock" in text for text in markers.until_told("its stamps"))


def test_a_stream_that_is_not_there_is_refused_with_those_that_are(request: pytest.FixtureRequest) -> None:
    present = f"present-{uuid.uuid4().hex}"
    outlet = a_stream(present)

    with pytest.raises(DeviceError, match=rf"no streams with name 'absent' .* Streams found: .*{present}"):
        Reader("lsl", settings("absent")).open()
    assert outlet is not None


def test_a_stream_of_many_channels_is_no_marker_stream() -> None:
    name = f"eeg-{uuid.uuid4().hex}"
    outlet = a_stream(name, channels=8, format="float32")

    with pytest.raises(DeviceError, match="has 8 channels; markers have one"):
        Reader("lsl", settings(name)).open()
    assert outlet is not None


def test_without_pylsl_it_is_refused_with_the_cure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pylsl.py").write_text("raise ImportError('No module named pylsl')")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(DeviceError, match=r"pylsl, .* cannot be loaded .*uv pip install pylsl"):
        Reader("lsl", settings("any")).open()
    assert "pylsl" in sys.modules  # here it is installed
