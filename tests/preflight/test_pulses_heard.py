"""Listening to a scanner during the preflight, over a real socket: it comes to an end, however the scanner pulses."""

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from task.config.protocol import Protocol
from task.config.read import read_protocol, read_site, read_wording
from task.preflight.devices import devices
from task.preflight.pulses import pulses
from task.preflight.room import Room
from task.record.layout import Dataset

SITE = """
[display]
size_px = [800, 600]
width_cm = 40.0
height_cm = 30.0
distance_cm = 100.0
[devices]
net = {{ kind = "udp", address = "127.0.0.1", port = {port} }}
[strokes]
pulse = ["net:5"]
left = ["net:1"]
right = ["net:2"]
abort = ["net:q"]
"""


@pytest.fixture
def port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def scanner(port: int) -> Iterator[None]:
    """Send a pulse every half second until the test is over."""
    over = threading.Event()

    def send() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            while not over.wait(0.5):
                sender.sendto(b"5", ("127.0.0.1", port))

    thread = threading.Thread(target=send)
    thread.start()
    yield
    over.set()
    thread.join()


@pytest.mark.usefixtures("scanner")
def test_a_scanner_that_goes_on_pulsing_fails_where_one_pulse_is_expected(port: int, tmp_path: Path) -> None:
    site = tmp_path / "room.toml"
    site.write_text(SITE.format(port=port))
    once = {"scan": {"tr_s": 0.5, "pulses": "first_only"}}
    protocol = Protocol.model_validate(read_protocol("demo").model_dump() | once, strict=False)
    room = Room(read_site(str(site)), protocol, read_wording("en"), Dataset(tmp_path), None, tell=lambda _: None)
    with room.closing:
        assert [result.status for result in devices(room)] == ["pass"]
        (result,) = pulses(room)
    assert result.status == "fail"
    assert "came, where the protocol expects one" in result.found
    assert "every_volume" in result.advice
