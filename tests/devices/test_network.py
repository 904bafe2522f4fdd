"""Strokes from the network: real packets and real connections, on this computer's own address."""

import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from task.devices.network import UdpPort
from task.devices.notice_limit import HANDFUL
from task.devices.reader import Reader
from task.devices.source import WAIT_S
from task.devices.strokes import DeviceError
from tests.devices.wires import Heard, within_deadline

HERE = "127.0.0.1"
PROJECT = Path(__file__).resolve().parents[2]


def free_port(kind: int) -> int:
    with socket.socket(socket.AF_INET, kind) as asked:
        asked.bind((HERE, 0))
        return int(asked.getsockname()[1])


@pytest.fixture
def opened() -> Iterator[Callable[..., Heard]]:
    readers: list[Reader] = []

    def open_with(*codes: str, **settings: Any) -> Heard:
        reader = Reader("net", {"address": HERE} | settings, codes)
        readers.append(reader)
        reader.open()
        return Heard(reader)

    yield open_with
    for reader in readers:
        reader.close()


@pytest.fixture
def udp() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        yield sender


def test_each_packet_is_a_stroke_stamped_after_it_was_sent(opened: Any, udp: socket.socket) -> None:
    port = free_port(socket.SOCK_DGRAM)
    net = opened(kind="udp", port=port, splits="packets")
    before = time.perf_counter()
    for packet in (b"5", b"left hand\r\n", b"\xff", b""):
        udp.sendto(packet, (HERE, port))

    strokes = net.until(4)

    assert net.codes == ["5", "left%20hand", "%ff", "%"]
    assert before < strokes[0].time < strokes[1].time < time.perf_counter()


@pytest.mark.parametrize(
    ("splits", "codes"), [("bytes", ["a", "b", "0x0a", "c", "d"]), ("lines", ["ab", "c", "d"])], ids=["bytes", "lines"]
)
def test_packets_can_be_split(splits: str, codes: list[str], opened: Any, udp: socket.socket) -> None:
    port = free_port(socket.SOCK_DGRAM)
    net = opened(kind="udp", port=port, splits=splits)
    udp.sendto(b"ab\nc", (HERE, port))
    udp.sendto(b"d", (HERE, port))

    net.until_code("d")

    assert net.codes == codes


@pytest.mark.parametrize(("size", "per_second"), [(1, 4000), (100, 8000)])
def test_noise_packets_take_no_pulse_away(size: int, per_second: int, opened: Any, udp: socket.socket) -> None:
    port = free_port(socket.SOCK_DGRAM)
    net = opened("5", kind="udp", port=port, splits="packets")
    while not net.notices:  # more than the gate lets through: from here on it babbles
        for _ in range(50):
            udp.sendto(b"x" * size, (HERE, port))
        net.listen()
    is_over = threading.Event()

    def make_noise() -> None:
        start, sent = time.perf_counter(), 0
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as noisy:
            while not is_over.is_set():
                for _ in range(round((time.perf_counter() - start) * per_second) - sent):
                    noisy.sendto(b"x" * size, (HERE, port))
                    sent += 1
                time.sleep(0.002)

    noise = threading.Thread(target=make_noise)
    noise.start()
    for _ in range(13):
        udp.sendto(b"5", (HERE, port))
        time.sleep(0.1)
    within_deadline(lambda: (net.listen(), net.codes.count("5") == 13)[1])
    is_over.set()
    noise.join()

    assert net.codes.count("5") == 13


def test_packets_that_the_system_threw_away_are_counted_and_told(udp: socket.socket) -> None:
    said: list[str] = []
    settings = {"kind": "udp", "address": HERE, "port": free_port(socket.SOCK_DGRAM), "splits": "packets"}
    port = UdpPort(settings, lambda now, text: said.append(text))
    port.open()
    sent = 50_000
    for _ in range(sent):  # nobody takes them meanwhile
        udp.sendto(b"x" * 500, (HERE, settings["port"]))
    arrived = 0
    while new := len(port.read()):
        arrived += new
    udp.sendto(b"5", (HERE, settings["port"]))  # the count comes with the next one
    arrived += len(port.read())
    time.sleep(2 * WAIT_S)
    port.read()
    port.close()

    assert 0 < arrived < sent
    assert f"{sent + 1 - arrived} lost since the port was opened" in said[-1]


def test_a_port_is_open_on_the_named_address_only(opened: Any) -> None:
    port = free_port(socket.SOCK_STREAM)
    opened(kind="tcp", port=port, role="listen", splits="bytes")

    listening = subprocess.run(["cat", "/proc/net/tcp", "/proc/net/tcp6"], capture_output=True, text=True).stdout
    addresses = [line.split()[1] for line in listening.splitlines() if f":{port:04X}" in line.split()[1]]

    assert addresses == [f"0100007F:{port:04X}"]


@pytest.mark.parametrize(("kind", "more"), [("udp", {"splits": "packets"}), ("tcp", {"role": "listen"})])
def test_a_port_in_use_is_refused(kind: str, more: dict[str, str], opened: Any) -> None:
    port = free_port(socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM)
    opened(kind=kind, port=port, **{"splits": "bytes"} | more)

    with pytest.raises(DeviceError, match=rf"{kind.upper()} port {port} at 127.0.0.1 is in use by another program"):
        opened(kind=kind, port=port, **{"splits": "bytes"} | more)


def test_an_address_that_is_not_of_this_computer_is_refused(opened: Any) -> None:
    with pytest.raises(DeviceError, match=r"this computer has no address 192\.0\.2\.1"):
        opened(kind="udp", address="192.0.2.1", port=5005, splits="packets")


def test_boxes_connect_hang_up_and_come_back(opened: Any) -> None:
    port = free_port(socket.SOCK_STREAM)
    net = opened(kind="tcp", port=port, role="listen", splits="lines")
    with socket.create_connection((HERE, port)) as box:
        box.sendall(b"puls")
        time.sleep(0.05)
        box.sendall(b"e\nhalf a li")
        assert net.until_code("pulse") == ["pulse"]
    net.until_told("127.0.0.1 is gone")
    with socket.create_connection((HERE, port)) as box:
        box.sendall(b"again\n")
        assert net.until_code("again") == ["pulse", "again"]

    texts = [notice.text for notice in net.notices]
    assert texts[:3] == [
        "127.0.0.1 has connected",
        "127.0.0.1 is gone (it has hung up); it may connect again at any time",
        "127.0.0.1 has connected",
    ]


def test_a_second_box_neither_mixes_with_the_first_nor_replaces_it(opened: Any) -> None:
    port = free_port(socket.SOCK_STREAM)
    net = opened(kind="tcp", port=port, role="listen", splits="lines")
    with socket.create_connection((HERE, port)) as first, socket.create_connection((HERE, port)) as second:
        first.sendall(b"one")
        time.sleep(0.05)
        second.sendall(b"two\n")
        net.until_code("two")
        first.sendall(b"\n")

        assert net.until_code("one") == ["two", "one"]


def test_a_box_is_called_and_called_again_when_it_comes_back(opened: Any) -> None:
    with socket.create_server((HERE, 0)) as box:
        port = box.getsockname()[1]
        net = opened(kind="tcp", port=port, role="connect", splits="bytes")
        line, _ = box.accept()
        line.sendall(b"5\xff")
        assert net.until_code("0xff") == ["5", "0xff"]
        line.close()
        net.until_told("gone (it has hung up)")
        line, _ = box.accept()
        net.until_told("back after")
        line.sendall(b"6")

        assert net.until_code("6") == ["5", "0xff", "6"]
        line.close()


def test_a_box_that_does_not_answer_is_refused_with_what_to_check(opened: Any) -> None:
    port = free_port(socket.SOCK_STREAM)

    with pytest.raises(DeviceError, match=rf"nobody answers at 127.0.0.1 TCP port {port} .* Check that the box is on"):
        opened(kind="tcp", port=port, role="connect", splits="bytes")


def test_a_box_that_connects_in_a_loop_is_told_a_handful_of_times_and_disturbs_no_other(opened: Any) -> None:
    port = free_port(socket.SOCK_STREAM)
    net = opened(kind="tcp", port=port, role="listen", splits="bytes")
    with socket.create_connection((HERE, port)) as box:
        for n in range(2000):
            socket.create_connection((HERE, port)).close()
            if n % 200 == 0:
                box.sendall(b"5")
        with socket.create_connection((HERE, port)) as last:
            last.sendall(b"6")
            net.until_code("6")
    net.device.close()
    net.listen()

    texts = [notice.text for notice in net.notices]
    more = [int(text.split()[0]) for text in texts if "more in" in text and text.endswith("has connected")]
    assert net.codes == ["5"] * 10 + ["6"]
    assert HANDFUL <= texts.count("127.0.0.1 has connected") < 1000
    assert texts.count("127.0.0.1 has connected") + sum(more) == 2002


PULLED = """
import fcntl, socket, struct, sys, time
sys.path.insert(0, sys.argv[1])
from task.devices.reader import Reader
from tests.devices.wires import Heard
def cable(plugged):
    with socket.socket() as one:
        flags = struct.unpack("16sh", fcntl.ioctl(one, 0x8913, struct.pack("16sh", b"lo", 0)))[1]
        fcntl.ioctl(one, 0x8914, struct.pack("16sh", b"lo", flags | 1 if plugged else flags & ~1))
cable(True)
with socket.create_server(("127.0.0.1", 0)) as box:
    settings = {"kind": "tcp", "address": "127.0.0.1", "port": box.getsockname()[1], "role": "connect"}
    net = Heard(Reader("net", settings | {"splits": "bytes"}))
    net.device.open()
    line, _ = box.accept()
    line.sendall(b"5")
    assert net.until_code("5") == ["5"]
    cable(False)
    print(net.until_told("gone"))
    net.device.close()
"""


def test_a_box_whose_cable_is_pulled_is_told_within_seconds() -> None:
    """In a network of its own, whose only cable is the loopback."""
    apart = ["unshare", "--user", "--map-root-user", "--net"]
    if subprocess.run([*apart, "true"], capture_output=True).returncode != 0:
        pytest.skip("this system gives nobody a network of their own")

    command = [*apart, sys.executable, "-c", PULLED, str(PROJECT)]
    said = subprocess.run(command, capture_output=True, text=True, timeout=100)

    assert "gone (" in said.stdout, said.stderr
