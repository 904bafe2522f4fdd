"""Serial ports by their reading process: pseudo-terminals that are written to, unplugged, and flooded."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from task.config.codes import BYTE_CODES, LONGEST
from task.devices.gate import BURST
from task.devices.notice_limit import HANDFUL, WITHIN_S
from task.devices.reader import Reader
from task.devices.source import Lines
from task.devices.strokes import DeviceError
from tests.devices.wires import Cable, Heard, serial_settings, within_deadline

PROJECT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cable(tmp_path: Path) -> Iterator[Cable]:
    made = Cable(tmp_path / "ttyBOX")
    yield made
    made.unplug()


@pytest.fixture
def opened() -> Iterator[Callable[..., Heard]]:
    """Opens a device on a cable, and closes it in the end."""
    readers: list[Reader] = []

    def open_on(cable: Cable, codes: tuple[str, ...] = (), name: str = "box", **changes: Any) -> Heard:
        reader = Reader(name, serial_settings(cable.path, **changes), codes)
        readers.append(reader)
        reader.open()
        return Heard(reader)

    yield open_on
    for reader in readers:
        reader.close()


def is_alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_every_byte_is_a_stroke_with_its_time_its_code_and_its_device(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    written = [cable.write(bytes([byte])) for byte in b"5at\x05\xff \n%"]

    strokes = box.until(8)

    assert [stroke.code for stroke in strokes] == ["5", "a", "t", "0x05", "0xff", "0x20", "0x0a", "%"]
    assert {stroke.device for stroke in strokes} == {"box"}
    assert all(before <= stroke.time for before, stroke in zip(written, strokes, strict=True))
    assert all(a.time < b.time for a, b in pairwise(strokes))
    assert strokes[-1].time <= time.perf_counter()


def test_all_256_bytes_arrive_each_as_itself(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    cable.write(bytes(range(256)))

    box.until(256)

    assert tuple(box.codes) == BYTE_CODES
    assert len(set(BYTE_CODES)) == 256


def test_none_of_ten_thousand_is_lost_bursts_included(cable: Cable, opened: Any) -> None:
    box, draw, sent = opened(cable), random.Random(3), b""
    while len(sent) < 10_000:
        burst = bytes(draw.choices(b"512", k=draw.choice([1, 1, 1, 200])))[: 10_000 - len(sent)]
        cable.write(burst)
        sent += burst
        time.sleep(draw.choice([0, 0.0005, 0.002]))

    box.until(10_000)

    assert "".join(box.codes) == sent.decode()
    assert box.notices == []


def test_a_stroke_is_given_once_its_time_has_come(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    cable.write(b"1")
    (first,) = box.until(1)
    after = time.perf_counter()
    cable.write(b"2")
    within_deadline(lambda: box.device._arrived)  # on this side of the pipe

    assert box.device.read(after) == []
    (second,) = box.device.read(time.perf_counter())
    assert (second.code, first.time < after < second.time) == ("2", True)


def test_what_waits_in_the_port_came_before_and_is_no_stroke(cable: Cable, opened: Any) -> None:
    cable.write(b"555")
    box = opened(cable)
    cable.write(b"9")

    assert box.until_code("9") == ["9"]


def test_a_line_is_a_stroke_stamped_at_its_first_byte(cable: Cable, opened: Any) -> None:
    box = opened(cable, splits="lines")
    before = cable.write(b"TR")
    time.sleep(0.3)
    between = cable.write(b"IG\r")
    time.sleep(0.05)
    cable.write(b"\n\n  two words \nna\xc3\xafve 50%\n")

    assert box.until_code("na%c3%afve%2050%25") == ["TRIG", "two%20words", "na%c3%afve%2050%25"]
    assert before <= box.strokes[0].time < between < box.strokes[1].time


def test_a_line_without_an_end_does_not_grow_and_is_cut(cable: Cable, opened: Any) -> None:
    box = opened(cable, splits="lines")
    for _ in range(9):
        cable.write(b"x" * 50)
    cable.write(b"\nend\n")

    assert box.until_code("end") == ["x" * 200, "end"]


def test_a_line_that_never_ends_takes_no_memory() -> None:
    lines = Lines()
    for _ in range(1000):
        assert lines.feed(1.0, b"x" * 1000) == []

    assert len(lines._begun) == LONGEST
    assert lines.feed(2.0, b"\n") == [(1.0, "x" * LONGEST)]


def test_two_ports_are_read_beside_each_other(tmp_path: Path, opened: Any) -> None:
    cables = [Cable(tmp_path / name) for name in ("ttyA", "ttyB")]
    pulses, buttons = (opened(one, name=name) for one, name in zip(cables, ("pulses", "buttons"), strict=True))
    for _ in range(50):
        cables[0].write(b"5")
        cables[1].write(b"1")

    assert [(s.code, s.device) for s in pulses.until(50)] == [("5", "pulses")] * 50
    assert [(s.code, s.device) for s in buttons.until(50)] == [("1", "buttons")] * 50
    for one in cables:
        one.unplug()


def test_settings_of_the_port_are_set(cable: Cable, opened: Any) -> None:
    opened(cable, baud=9600, bits=7, parity="even", stop_bits=2)  # a pseudo-terminal shows no bits and parity

    said = subprocess.run(["stty", "-a", "-F", str(cable.path)], capture_output=True, text=True, check=True).stdout

    assert "speed 9600 baud" in said
    assert {"cstopb", "-echo", "-icanon", "-ixon", "-icrnl"} <= set(said.replace(";", "").split())


def test_unplugged_is_told_once_and_so_is_back(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    cable.write(b"1")
    box.until(1)

    gone = cable.path  # the path goes, and comes back with another terminal behind it
    cable.unplug()
    texts = box.until_told("gone")
    assert len(texts) == 1 and "Check plug and power" in texts[0]
    time.sleep(1.2)  # looked for in vain, twice
    box.listen()
    assert len(box.notices) == 1

    cable.plug_in()
    texts = box.until_told("back")
    cable.write(b"2")

    assert box.until_code("2") == ["1", "2"]
    assert [text.split()[0] for text in texts] == ["gone", "back"]
    assert {notice.device for notice in box.notices} == {"box"}
    assert box.strokes[0].time < box.notices[0].time < box.notices[1].time < box.strokes[1].time
    assert gone.exists()


def test_one_port_that_is_unplugged_leaves_the_other_alone(tmp_path: Path, cable: Cable, opened: Any) -> None:
    other = Cable(tmp_path / "ttyOTHER")
    box, beside = opened(cable), opened(other, name="beside")

    cable.unplug()
    box.until_told("gone")
    other.write(b"7")

    assert beside.until_code("7") == ["7"]
    assert beside.notices == []
    other.unplug()


def test_silence_is_no_fault(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    time.sleep(1.5)  # longer than any waiting inside
    cable.write(b"5")

    assert box.until_code("5") == ["5"]
    assert box.notices == []


def test_noise_is_dropped_and_told_and_crowds_out_no_pulse(cable: Cable, opened: Any) -> None:
    box, draw, pulses = opened(cable, ("5",)), random.Random(1), 0
    noise = bytes(byte for byte in range(256) if byte != ord("5"))
    for _ in range(400):
        cable.write(bytes(draw.choices(noise, k=120)) + b"5")
        pulses += 1
    box.until_told("babbling")
    cable.write(b"55")

    within_deadline(lambda: (box.listen(), box.codes.count("5") == pulses + 2)[1])
    assert box.codes.count("5") == pulses + 2
    assert BURST <= len(box.strokes) < BURST + 400 * 121 / 2
    (told,) = (notice.text for notice in box.notices)
    assert "strokes dropped as noise" in told and "baud rate" in told


def test_a_flood_of_pulses_is_dropped_too_and_named(cable: Cable, opened: Any) -> None:
    box = opened(cable, ("5",))
    for _ in range(60):
        cable.write(b"5" * 1000)
    (told,) = box.until_told("babbling")

    assert 'of them "5"' in told
    assert len(box.strokes) < 60_000


def test_the_rest_of_the_noise_is_told_when_the_device_is_closed(cable: Cable, opened: Any) -> None:
    box = opened(cable, ("5",))
    for _ in range(60):
        cable.write(b"5" * 1000)
    cable.write(b"9")
    box.until_code("9")  # all has been through the gate
    box.device.close()
    box.listen()

    dropped = sum(int(notice.text.split()[1]) for notice in box.notices if notice.text.startswith("babbling"))
    assert dropped + len(box.strokes) == 60_001


def test_a_reading_process_that_was_held_up_says_for_how_long(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    cable.write(b"1")
    box.until(1)
    assert box.notices == []
    os.kill(box.device.process, signal.SIGSTOP)
    cable.write(b"2")
    time.sleep(2.0)
    cable.write(b"3")
    os.kill(box.device.process, signal.SIGCONT)

    (told,) = box.until_told("the reading process was held up for")
    assert float(told.split(" for ")[1].split()[0]) >= 2.0
    assert "what came meanwhile is stamped too late" in told
    assert box.until_code("3") == ["1", "2", "3"]


def test_a_reading_process_that_dies_again_and_again_is_told_a_handful_of_times(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    for _ in range(HANDFUL + 3):
        within_deadline(lambda: box.device.process and is_alive(box.device.process))
        process = box.device.process
        os.kill(process, signal.SIGKILL)
        within_deadline(lambda died=process: box.device.process != died)
    box.device.close()
    box.listen()

    died = [notice.time for notice in box.notices if notice.text.startswith("its reading process died")]
    sums = [notice.text for notice in box.notices if "like this one: its reading process died" in notice.text]
    assert len(died) + sum(int(text.split()[0]) for text in sums) == HANDFUL + 3
    assert all(later - first >= WITHIN_S for first, later in zip(died, died[HANDFUL:], strict=False))


def test_ctrl_c_is_not_for_the_reading_process(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    process = box.device.process
    assert os.getpgid(process) != os.getpgid(0)
    os.kill(process, signal.SIGINT)
    cable.write(b"5")

    assert box.until_code("5") == ["5"]
    assert box.device.process == process


def test_a_reading_process_that_dies_is_told_and_replaced(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    first = box.device.process
    os.kill(first, signal.SIGKILL)

    texts = box.until_told("back")
    cable.write(b"5")

    assert box.until_code("5") == ["5"]
    assert texts[0].startswith("its reading process died")
    assert box.device.process not in (None, first)


def test_the_reading_process_ends_with_the_program_that_started_it(cable: Cable) -> None:
    program = (
        "import sys, time; from task.devices.reader import Reader; from tests.devices.wires import serial_settings\n"
        f"reader = Reader('box', serial_settings({str(cable.path)!r})); reader.open()\n"
        "print(reader.process, flush=True); time.sleep(600)"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert is_alive(child)

    parent.kill()
    parent.communicate()

    assert within_deadline(lambda: not is_alive(child))


def test_closing_ends_the_reading_process_and_frees_the_port(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    process = box.device.process
    box.device.close()
    box.device.close()

    assert not is_alive(process)
    assert box.device.read(time.perf_counter()) == []
    box.device.open()
    cable.write(b"5")
    assert box.until_code("5") == ["5"]


def test_closing_while_the_port_is_gone_does_not_hang(cable: Cable, opened: Any) -> None:
    box = opened(cable)
    cable.unplug()
    box.until_told("gone")
    box.device.close()

    assert box.device.process is None


def test_a_port_that_is_not_there_is_refused_with_what_to_check(tmp_path: Path) -> None:
    reader = Reader("trigger", serial_settings(tmp_path / "ttyUSB9"))

    with pytest.raises(
        DeviceError, match=r"^device 'trigger': there is no serial port .*ttyUSB9'\. Found: .*Check plug"
    ):
        reader.open()
    assert reader.process is None


def test_a_port_in_use_is_refused(cable: Cable, opened: Any) -> None:
    opened(cable)

    with pytest.raises(DeviceError, match="is in use by another program"):
        Reader("second", serial_settings(cable.path)).open()


@pytest.mark.parametrize("what", ["file", "folder"])
def test_what_is_no_serial_port_is_refused(what: str, tmp_path: Path) -> None:
    place = tmp_path / "place"
    place.write_text("") if what == "file" else place.mkdir()

    with pytest.raises(DeviceError, match="cannot be used"):
        Reader("box", serial_settings(place)).open()


def test_a_port_that_is_not_ours_to_open_is_refused_with_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    import serial

    from task.devices.serial_port import SerialPort
    from task.devices.source import SourceError

    def refuse(*_: Any, **__: Any) -> None:  # tests may run as somebody who may open everything
        raise serial.SerialException(13, "could not open port /dev/ttyUSB0: [Errno 13] Permission denied")

    port = SerialPort(serial_settings("/dev/ttyUSB0"), lambda now, text: None)
    monkeypatch.setattr(serial, "Serial", refuse)

    with pytest.raises(SourceError, match="usermod -a -G dialout"):
        port.open()


def test_another_clock_in_the_reading_process_is_refused(cable: Cable, tmp_path: Path, monkeypatch: Any) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import time\nreal = time.perf_counter\ntime.perf_counter = lambda: real() + 0.25\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    with pytest.raises(DeviceError, match="another clock"):
        Reader("box", serial_settings(cable.path)).open()
