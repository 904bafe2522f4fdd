"""The preflight of a room as an operator starts it: a real window, real key events, and an eye behind a mirror."""

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageGrab

from task.plan.plan import save_plan
from task.record.layout import ROOT, Person
from tests.factories import simulate_session
from tests.presser import Presser

SHORT = str(ROOT / "tests" / "short.toml")
TR_S = 0.5
SIZE = (800, 600)
SITE = """
[display]
screen = {screen}
full_screen = false
size_px = [800, 600]
width_cm = 40.0
height_cm = 30.0
distance_cm = 100.0
mirror_horizontal = {horizontal}
mirror_vertical = {vertical}
[devices]
keyboard = {{ kind = "keyboard" }}
{devices}
[strokes]
pulse = ["{pulse}"]
left = ["keyboard:1"]
right = ["keyboard:2"]
alarm = [{alarm}]
abort_within_s = 30.0
"""
HANDS = ["left button", "right button", "left and right of the picture", "top and bottom of the picture", "pulses"]

Act = Callable[[], object]


class Room:
    """A preflight as a program of its own, somebody who answers what it asks, and the mirror that they look into."""

    def __init__(self, folder: Path, display: str | None) -> None:
        self.site, self.data, self.display = folder / "room.toml", folder / "data", display
        self.is_mirrored, self.is_upside_down = False, False
        self.describe()
        self.presser = Presser(display) if display else None
        self.program: subprocess.Popen[str] | None = None
        self.told: list[str] = []

    def describe(self, **changes: Any) -> None:
        values = {
            "screen": 0,
            "alarm": "",
            "horizontal": "false",
            "vertical": "false",
            "pulse": "keyboard:5",
            "devices": "",
        } | changes
        self.site.write_text(SITE.format(**values))

    def press(self, *keys: str) -> None:
        assert self.presser is not None
        self.presser.press(*((0.3 + 0.05 * i, key) for i, key in enumerate(keys)))  # as soon as a person can

    def pulse(self, interval_s: float = TR_S, doubled: bool = False) -> None:
        assert self.presser is not None
        twice = (0.0, 0.04) if doubled else (0.0,)
        self.presser.press(*((0.3 + interval_s * i + more, "5") for i in range(8) for more in twice))

    def start(self, *words: str) -> "subprocess.Popen[str]":
        command = [sys.executable, str(ROOT / "run_session.py"), "check", "--site", str(self.site), *words]
        command += ["--data", str(self.data)]
        env = {key: value for key, value in os.environ.items() if key != "DISPLAY"}
        if self.display:
            env["DISPLAY"] = self.display
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        self.program = subprocess.Popen(command, **pipes, text=True, env=env)
        return self.program

    def check(self, answers: dict[str, Act] | None = None, *words: str, protocol: str = SHORT) -> dict[str, Any]:
        """Check the room, do what was asked for, and give the JSON object."""
        program = self.start("--json", "--protocol", protocol, *words)
        assert program.stderr is not None and program.stdout is not None
        for line in program.stderr:
            self.told.append(line)
            for asked, act in (answers or {}).items():
                if asked in line:
                    act()
        output = program.stdout.read()
        assert "Traceback" not in output + "".join(self.told)
        record: dict[str, Any] = json.loads(output)
        assert program.wait(timeout=60) == record["exit_status"]
        record["rows"] = {row["name"]: row for row in record["results"]}
        return record

    def somebody_able(self) -> dict[str, Act]:
        """Do all that is asked for, as somebody does who sees what the mirror shows."""
        return {
            "LEFT BUTTON": lambda: self.press("1"),
            "RIGHT BUTTON": lambda: self.press("2"),
            "SIDE": lambda: self.press("1" if self.sees_dot(((148, 300), (652, 300))) == 0 else "2"),
            "ABOVE": lambda: self.press("1" if self.sees_dot(((400, 96), (400, 504))) == 0 else "2"),
            "Start the scanner": self.pulse,
        }

    def sees_dot(self, places: tuple[tuple[int, int], tuple[int, int]]) -> int:
        """Wait until there is a dot at just one of two places, and say which."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            picture = self.seen()
            is_there = [min(picture.getpixel(place)) > 200 for place in places]
            if sum(is_there) == 1:
                return is_there.index(True)
            time.sleep(0.02)
        pytest.fail("no dot was seen")

    def seen(self) -> Image.Image:
        whole = ImageGrab.grab(xdisplay=self.display).convert("RGB")
        left, top = (whole.width - SIZE[0]) // 2, (whole.height - SIZE[1]) // 2
        picture = whole.crop((left, top, left + SIZE[0], top + SIZE[1]))
        if self.is_mirrored:
            picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        return picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM) if self.is_upside_down else picture

    def close(self) -> None:
        if self.presser is not None:
            self.presser.close()
        if self.program is not None:
            self.program.kill()
            self.program.communicate()


@pytest.fixture
def room(tmp_path: Path, display: str) -> Iterator[Room]:
    made = Room(tmp_path, display)
    yield made
    made.close()


@pytest.fixture
def dark_room(tmp_path: Path) -> Iterator[Room]:
    """A room without a display."""
    made = Room(tmp_path, None)
    yield made
    made.close()


def statuses(record: dict[str, Any], *names: str) -> list[str]:
    return [record["rows"][name]["status"] for name in names]


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_a_room_that_works_passes_and_nothing_is_written(room: Room) -> None:
    answers = room.somebody_able() | {"LEFT BUTTON": lambda: room.press("g", "1")}
    room.data.mkdir()
    (room.data / "note.txt").write_text("mine")
    before = files_below(room.data)
    record = room.check(answers, "--participant", "07")
    assert record["exit_status"] == 0, record
    assert statuses(record, *HANDS) == ["pass"] * 5
    assert record["rows"]["left button"]["found"] == "keyboard:1 arrived"
    assert record["rows"]["pulses"]["measured"]["tr_s"] == pytest.approx(TR_S, abs=0.02)
    assert record["rows"]["pulses"]["measured"]["count"] == 5
    other = record["rows"]["other strokes"]
    assert other["status"] == "warn" and "keyboard:g (1 times)" in other["found"]
    assert "run 1 of 2 would be next" in record["rows"]["participant"]["found"]
    assert record["rows"]["saved plan"]["status"] == "warn"
    assert record["rows"]["flips"]["status"] == "warn" and "paces itself" in record["rows"]["flips"]["found"]
    assert record["rows"]["refresh rate"]["measured"]["frames"] == 240
    assert statuses(record, "window's focus", "data folder", "clock", "device keyboard") == ["pass"] * 4
    assert files_below(room.data) == before and [path.name for path in room.data.iterdir()] == ["note.txt"]


@pytest.mark.parametrize(("mirrored", "upside_down"), [(True, False), (False, True)])
def test_a_mirror_that_the_site_file_forgets_is_found_by_the_dot(room: Room, mirrored: bool, upside_down: bool) -> None:
    room.is_mirrored, room.is_upside_down = mirrored, upside_down
    record = room.check(room.somebody_able())
    wrong, right = HANDS[2:4] if mirrored else (HANDS[3], HANDS[2])
    assert record["exit_status"] == 1
    assert statuses(record, wrong, right) == ["fail", "pass"]
    setting = "mirror_horizontal" if mirrored else "mirror_vertical"
    assert f"Set {setting} = true" in record["rows"][wrong]["advice"]


def test_a_mirror_that_the_site_file_knows_passes_and_doubled_pulses_are_pointed_out(room: Room) -> None:
    room.is_mirrored = room.is_upside_down = True
    room.describe(horizontal="true", vertical="true")
    record = room.check(room.somebody_able() | {"Start the scanner": lambda: room.pulse(doubled=True)})
    assert record["exit_status"] == 0, record
    assert statuses(record, *HANDS) == ["pass"] * 4 + ["warn"]
    assert "doubled pulses" in record["rows"]["pulses"]["found"]


def test_nobody_pressing_fails_within_the_time_limit_and_says_that_no_key_arrived_at_all(room: Room) -> None:
    record = room.check(None, "--time-limit", "1")
    assert record["exit_status"] == 1
    assert statuses(record, *HANDS) == ["fail", "fail", "not asked", "not asked", "fail"]
    assert "no key arrived at all within 1 s: keyboard:1" in record["rows"]["left button"]["found"]
    assert "Input Monitoring" in record["rows"]["left button"]["advice"]
    assert record["rows"]["pulses"]["found"] == "no pulse came"
    assert "other strokes" not in record["rows"]


def test_exchanged_buttons_an_unknown_code_and_another_tr_are_each_named(room: Room) -> None:
    answers = {
        "LEFT BUTTON": lambda: room.press("2"),
        "RIGHT BUTTON": lambda: room.press("5", "g"),
        "the ALARM once": lambda: room.press("a"),
        "Start the scanner": lambda: (room.press("a"), room.pulse(1.5 * TR_S)),
    }
    room.describe(alarm='"keyboard:a"')
    record = room.check(answers, "--time-limit", "3")
    rows = record["rows"]
    assert record["exit_status"] == 1
    assert "keyboard:2 arrived, which means right here" in rows["left button"]["found"]
    assert "keyboard:g arrived, which means nothing" in rows["right button"]["found"]
    assert 'right = ["keyboard:g"]' in rows["right button"]["advice"]
    assert rows["alarm"]["status"] == "pass"
    assert sum("the participant calls" in line for line in room.told) == 1
    assert rows["left and right of the picture"]["status"] == "not asked"
    assert "the protocol says 0.5 s" in rows["pulses"]["found"] and "tr_s" in rows["pulses"]["advice"]
    assert rows["pulses"]["measured"]["tr_s"] == pytest.approx(1.5 * TR_S, abs=0.02)


def test_a_screen_that_is_not_there_fails_and_all_else_is_still_checked(room: Room) -> None:
    room.describe(screen=3)
    record = room.check(room.somebody_able())
    assert record["exit_status"] == 1
    assert "there is no screen 3" in record["rows"]["screen"]["found"]
    assert statuses(record, *HANDS) == ["pass", "pass", "not asked", "not asked", "pass"]


def test_a_device_that_cannot_be_opened_is_one_row_and_a_serial_trigger_is_still_measured(room: Room) -> None:
    ours, theirs = pty.openpty()
    devices = f'trigger = {{ kind = "serial", port = "{os.ttyname(theirs)}" }}\n'
    devices += 'box = { kind = "serial", port = "/dev/tty_that_is_not_there" }'
    room.describe(devices=devices, pulse="trigger:t")

    def pulse() -> None:
        for _ in range(6):
            os.write(ours, b"t")
            time.sleep(TR_S)

    record = room.check(room.somebody_able() | {"Start the scanner": pulse})
    assert record["exit_status"] == 1
    assert statuses(record, "device box", "device trigger", *HANDS) == ["fail", *["pass"] * 6]
    assert "tty_that_is_not_there" in record["rows"]["device box"]["found"]
    assert record["rows"]["adapter of trigger"]["status"] == "not asked"
    os.close(ours)
    os.close(theirs)


def test_without_a_person_nothing_is_asked_and_what_is_piped_is_plain(room: Room) -> None:
    program = room.start("--no-person", "--protocol", SHORT)
    output, _ = program.communicate(timeout=100)
    assert program.returncode == 0, output
    assert "not asked  left button: --no-person" in output
    assert "not asked  pulses: --no-person" in output
    assert "pass       device keyboard: open" in output
    assert re.search(r"\nNothing failed; \d+ warnings?\.\n$", output)
    assert "\x1b" not in output and "Press the" not in output
    assert not room.data.exists()


@pytest.mark.parametrize("how", ["ctrl_c", "escape"])
def test_the_operator_can_end_it_with_status_3_and_sees_what_was_checked(room: Room, how: str) -> None:
    def end() -> None:
        if how == "ctrl_c":
            assert room.program is not None
            room.program.send_signal(signal.SIGINT)
        else:
            room.press("Escape", "Escape")

    record = room.check({"LEFT BUTTON": end})
    assert record["exit_status"] == 3
    assert record["rows"]["screen"]["status"] == "warn"
    assert "left button" not in record["rows"]
    assert any("Ended by the operator" in line for line in room.told)


def test_without_a_display_screen_and_keyboard_fail_and_the_rest_is_checked(dark_room: Room) -> None:
    record = dark_room.check()
    assert record["exit_status"] == 1
    assert statuses(record, "screen", "device keyboard", "disk", "programs") == ["fail", "fail", "pass", "pass"]
    assert record["rows"]["left button"]["found"] == "no device could be opened"
    assert "DISPLAY is not set" in record["rows"]["device keyboard"]["found"]


def test_a_broken_site_file_has_status_2_with_all_its_mistakes_and_asks_nothing(dark_room: Room) -> None:
    dark_room.describe(screen=99, horizontal='"yes"')
    record = dark_room.check()
    assert record["exit_status"] == 2
    assert [row["name"] for row in record["results"]] == ["site file", "protocol file", "wording file"]
    assert "2 mistakes" in record["rows"]["site file"]["found"]
    assert "mirror_horizontal" in record["rows"]["site file"]["found"]
    assert dark_room.told == []


def test_a_site_that_is_not_there_is_no_file_to_correct(dark_room: Room) -> None:
    dark_room.site = Path("laptob")
    record = dark_room.check()
    assert record["exit_status"] == 2
    row = record["rows"]["site file"]
    assert "there is no such name in configs/sites; did you mean 'laptop'" in row["found"]
    assert row["advice"] == ""
    program = dark_room.start()
    assert program.communicate(timeout=60)[0].endswith("This room is not ready: site file failed.\n")


def test_a_label_that_cannot_be_used_has_status_2(dark_room: Room) -> None:
    program = dark_room.start("--participant", "a/b")
    assert program.communicate(timeout=60)[1].startswith("participant 'a/b': a label has letters")
    assert program.returncode == 2


def test_a_data_folder_that_cannot_be_written_fails_with_its_name(dark_room: Room) -> None:
    dark_room.data.write_text("a file, and no folder")
    record = dark_room.check(None, "--no-person")
    assert record["rows"]["data folder"]["status"] == "fail"
    assert str(dark_room.data) in record["rows"]["data folder"]["found"]
    assert dark_room.data.read_text() == "a file, and no folder"


def test_a_saved_plan_that_does_not_fit_fails_once_runs_were_performed_with_it(dark_room: Room) -> None:
    dataset, plan, _ = simulate_session(dark_room.data)
    words = ("--no-person", "--participant", "01")
    missing = dark_room.check(None, *words, protocol="demo")["rows"]["saved plan"]
    assert missing["status"] == "warn" and "though there are journals" in missing["found"]
    save_plan(plan, dataset.plan(Person("01")))
    before = files_below(dark_room.data)
    record = dark_room.check(None, *words)
    row = record["rows"]["saved plan"]
    assert row["status"] == "fail"
    assert "does not fit protocol short in: name, runs" in row["found"]
    assert "--saved-plan" in row["advice"]
    assert "holds simulated runs" in record["rows"]["participant"]["found"]
    assert dark_room.check(None, *words, protocol="demo")["rows"]["saved plan"]["status"] == "pass"
    assert files_below(dark_room.data) == before


def test_a_saved_plan_that_nothing_was_performed_with_is_only_pointed_out(dark_room: Room) -> None:
    words = ["plan", "--participant", "01", "--protocol", "demo", "--data", str(dark_room.data)]
    subprocess.run([sys.executable, str(ROOT / "run_session.py"), *words], check=True, capture_output=True)
    before = files_below(dark_room.data)
    record = dark_room.check(None, "--no-person", "--participant", "01")
    assert statuses(record, "saved plan", "participant") == ["warn", "pass"]
    assert "makes it anew" in record["rows"]["saved plan"]["advice"]
    assert files_below(dark_room.data) == before


def test_nothing_but_the_object_reaches_standard_output_whatever_libraries_write_there() -> None:
    code = (
        "import os\nfrom task.cli.check import _output_for\n"
        "with _output_for(True) as (show, tell):\n"
        "    os.write(1, b'noise of a library')\n    print('more noise')\n    tell('press')\n    show([], 0, {})\n"
        "print('after')\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert json.loads(done.stdout.removesuffix("after\n"))["results"] == []
    assert "noise of a library" in done.stderr and "more noise" in done.stderr and "press" in done.stderr


def test_in_a_terminal_it_is_a_table(dark_room: Room) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "run_session.py"), "check", "--site", str(dark_room.site), "--no-person"]
    env = {key: value for key, value in os.environ.items() if key not in ("DISPLAY", "NO_COLOR")}
    env |= {"TERM": "xterm", "COLUMNS": "120"}
    with subprocess.Popen([*command, "--data", str(dark_room.data)], stdout=theirs, stderr=theirs, env=env) as program:
        shown = b""
        while program.poll() is None or select.select([ours], [], [], 0.2)[0]:
            if select.select([ours], [], [], 0.2)[0]:
                shown += os.read(ours, 65536)
    os.close(ours)
    os.close(theirs)
    text = shown.decode()
    assert program.returncode == 1
    assert "what to do" in text and "\x1b[1;31mfail" in text
    assert re.search(r"This room is not ready: screen, device keyboard failed(; \d+ warnings?)?\.\s*$", text)
