"""Devices in a site file: which settings are taken, which codes each device can send, and which two cannot be."""

from pathlib import Path
from typing import Any

import pytest

from task.config.codes import BYTE_CODES, byte_code, text_code
from task.config.key_names import KEY_NAMES, key_named
from task.config.read import read_site
from tests.config.toml_files import as_toml, changed, mistakes_in

SERIAL = {"kind": "serial", "port": "/dev/ttyUSB0"}
PARALLEL = {"kind": "parallel", "address": "/dev/parport0", "pins": ["pin10", "pin12"]}
UDP = {"kind": "udp", "address": "127.0.0.1", "port": 5005}
TCP = {"kind": "tcp", "address": "127.0.0.1", "port": 5005, "role": "listen"}
LSL = {"kind": "lsl", "stream": "buttons"}


def site_with(device: dict[str, Any], *codes: str, **more: Any) -> dict[str, Any]:
    """The laptop's site with a device "box", and pulses that it sends."""
    pulses = [f"box:{code}" for code in codes] or ["keyboard:5"]
    return changed("sites/laptop", {"devices.box": device, "strokes.pulse": pulses} | more)


CODES = [
    (SERIAL, ("5", "a", "%", ":", '"', "0x00", "0x20", "0x7f", "0xff")),
    (SERIAL | {"bits": 7}, ("5", "0x7f")),
    (SERIAL | {"splits": "lines"}, ("5", "TRIG", "left%20hand", "50%25", "na%c3%afve", "0x35")),
    (PARALLEL, ("pin10", "pin12")),
    (UDP, ("5", "pulse", "%", "a%0ab")),
    (UDP | {"splits": "bytes"}, ("5", "0x05")),
    (UDP | {"address": "::1", "splits": "lines"}, ("pulse",)),
    (TCP, ("5", "0x05")),
    (TCP | {"role": "connect", "splits": "lines"}, ("pulse",)),
    (LSL, ("5", "pulse", "left%20hand")),
    ({"kind": "lsl", "type": "Markers"}, ("5",)),
]


@pytest.mark.parametrize(("device", "codes"), CODES, ids=[str(n) for n in range(len(CODES))])
def test_codes_that_a_device_can_send_are_taken(device: dict[str, Any], codes: tuple[str, ...], tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    file.write_text(as_toml(site_with(device, *codes)))

    assert read_site(str(file)).codes_of("box") == set(codes)


WRONG_CODES = [
    (SERIAL, "0x35", '"box:5"'),
    (SERIAL, "0xFF", '"box:0xff"'),
    (SERIAL, "0x5", '"box:0x05"'),
    (SERIAL, "55", 'a printable character after the colon, such as "5"'),
    (SERIAL, "space", "a printable character"),
    (SERIAL, "ä", "a printable character"),
    (SERIAL, "0x1ff", "a printable character"),
    (SERIAL | {"bits": 7}, "0xff", 'up to "0x7f" with 7 bits'),
    (SERIAL | {"splits": "lines"}, "50%", '"box:50%25"'),
    (SERIAL | {"splits": "lines"}, "%", "the text of a line"),
    (SERIAL | {"splits": "lines"}, "a%0ab", "the text of a line"),
    (SERIAL | {"splits": "lines"}, "%20a", '"box:a"'),
    (SERIAL | {"splits": "lines"}, "naïve", '"box:na%c3%afve"'),
    (PARALLEL, "pin11", '"box:pin10", "box:pin12"'),
    (PARALLEL, "10", '"box:pin10"'),
    (UDP, "%20", "the text of a packet"),
    (UDP, "%C3%AF", '"box:%c3%af"'),
    (LSL, "100%", '"box:100%25"'),
]


@pytest.mark.parametrize(("device", "code", "allowed"), WRONG_CODES)
def test_a_code_that_a_device_can_never_send_is_refused(
    device: dict[str, Any], code: str, allowed: str, tmp_path: Path
) -> None:
    (mistake,) = mistakes_in("sites", site_with(device, code), tmp_path).mistakes

    assert mistake.where == "strokes.pulse[1]"
    assert mistake.found == f'"box:{code}"'
    assert allowed in mistake.allowed


@pytest.mark.parametrize(
    ("written", "key"),
    [
        *(("keyboard:Right Arrow", "right"), ("keyboard:Page Up", "pageup"), ("keyboard: Space Bar", "space")),
        *(("keyboard:=", "equal"), ("keyboard:;", "semicolon"), ("keyboard:[", "bracketleft"), ("keyboard: ", "space")),
        *(("keyboard:numpad5", "num_5"), ("keyboard:NUM 5", "num_5"), ("keyboard:KP_Enter", "num_enter")),
        *(("keyboard:keypad +", "num_add"), ("keyboard:num -", "num_subtract"), ("keyboard:num_lock", "numlock")),
        *(("keyboard:Shift_L", "lshift"), ("keyboard:Right Ctrl", "rctrl"), ("keyboard:alt", "lalt")),
        *(("keyboard:Enter", "return"), ("keyboard:PgDn", "pagedown"), ("keyboard:ArrowUp", "up")),
        *(("keyboard:A", "a"), ("keyboard:key b", "b"), ("keyboard:F1", "f1"), ("keyboard:spce", "space")),
        *(("Keyboard:1", "1"), ("KEYBOARD:a", "a"), ("keybord:Right Arrow", "right"), (" keyboard:=", "equal")),
    ],
)
def test_a_key_that_is_written_as_it_is_called_elsewhere_is_given_its_name(
    written: str, key: str, tmp_path: Path
) -> None:
    (mistake,) = mistakes_in("sites", changed("sites/laptop", {"strokes.right": [written]}), tmp_path).mistakes

    assert (mistake.where, mistake.found) == ("strokes.right[1]", f'"{written}"')
    assert mistake.allowed.startswith(f'did you mean "keyboard:{key}"? ')


@pytest.mark.parametrize("strokes", [["1"], ["1", "2"], ["keyboard:"]])
def test_a_list_whose_members_are_wrong_is_no_mistake_itself(strokes: list[str], tmp_path: Path) -> None:
    mistakes = mistakes_in("sites", changed("sites/laptop", {"strokes.right": strokes}), tmp_path).mistakes

    assert [one.where for one in mistakes] == [f"strokes.right[{place}]" for place in range(1, len(strokes) + 1)]
    assert all(one.allowed.startswith('text like "keyboard:f"') for one in mistakes)


@pytest.mark.parametrize("code", ["key", "altogether", "é"])
def test_what_is_near_no_key_is_given_no_name(code: str, tmp_path: Path) -> None:
    (mistake,) = mistakes_in(
        "sites", changed("sites/laptop", {"strokes.right": [f"keyboard:{code}"]}), tmp_path
    ).mistakes
    assert mistake.allowed.startswith("a key's name after the colon")


CALLED_ELSEWHERE = {
    **{"-": "minus", "=": "equal", ",": "comma", ".": "period", "/": "slash", "\\": "backslash", ";": "semicolon"},
    **{"'": "apostrophe", "<": "less", "#": "pound", "`": "grave", "[": "bracketleft", "]": "bracketright"},
    **{" ": "space", "\t": "tab", "\n": "return", "\r": "return", "+": "num_add", "*": "num_multiply"},
    **{"Enter": "return", "esc": "escape", "del": "delete", "ins": "insert", "bksp": "backspace", "caps": "capslock"},
    **{"PgUp": "pageup", "prior": "pageup", "PgDn": "pagedown", "pgdown": "pagedown", "next": "pagedown"},
    **{"dot": "period", "hyphen": "minus", "dash": "minus", "hash": "pound", "quote": "apostrophe", "plus": "num_add"},
    **{"control": "lctrl", "right ctrl": "rctrl", "Ctrl_R": "rctrl", "cmd": "lcommand", "rcmd": "rcommand"},
    **{"win": "lwindows", "AltGr": "ralt", "alt": "lalt", "right alt": "ralt", "left option": "loption"},
    **{"num plus": "num_add", "num+": "num_add", "kp_minus": "num_subtract", "numpad *": "num_multiply"},
    **{"keypad times": "num_multiply", "kp/": "num_divide", "numpad slash": "num_divide", "num .": "num_decimal"},
    **{"kp ,": "num_decimal", "numeric dot": "num_decimal", "kp_period": "num_decimal", "kp=": "num_equal"},
    **{
        "numpad return": "num_enter",
        "number pad 7": "num_7",
        "qqqq": None,
        "num lock": "numlock",
        "back-space": "backspace",
    },
}


@pytest.mark.parametrize(("written", "name"), CALLED_ELSEWHERE.items())
def test_how_keys_are_called_elsewhere_is_known(written: str, name: str | None) -> None:
    assert key_named(written) == name
    assert name is None or name in KEY_NAMES


def test_the_name_of_a_key_is_its_own_best_suggestion() -> None:
    assert all(key_named(name) == name for name in KEY_NAMES)


@pytest.mark.parametrize("port", [r"\\.\COM12", r"\\.\foo", r"C:\new\port"])
def test_backslashes_in_double_quotes_are_answered_with_the_text_in_single_quotes(port: str, tmp_path: Path) -> None:
    content = as_toml(site_with(SERIAL, "5")).replace('"/dev/ttyUSB0"', f'"{port}"')
    assert port in content
    error = mistakes_in("sites", content, tmp_path)
    assert f"in single quotes only: '{port}'" in str(error)
    if port != r"C:\new\port":
        right = content.replace(f'"{port}"', f"'{port}'")
        (tmp_path / "lab.toml").write_text(right)
        settings = read_site(str(tmp_path / "lab.toml")).devices["box"]
        assert settings.kind == "serial" and settings.port == port


def test_a_value_with_backslashes_is_shown_as_it_can_be_written(tmp_path: Path) -> None:
    both = site_with(SERIAL | {"port": "\\\\.\\COM12"}, "5")
    both["devices"]["other"] = both["devices"]["box"]
    (mistake,) = mistakes_in("sites", both, tmp_path).mistakes
    assert mistake.found == r"'\\.\COM12'"


WRONG_SETTINGS = [
    (SERIAL | {"port": ""}, "devices.box.port", "1 to 200"),
    ({"kind": "keyboard", "product": ""}, "devices.box.product", "1 to 200"),
    (SERIAL | {"baud": 0}, "devices.box.baud", "from 50 to 4000000"),
    (SERIAL | {"bits": 9}, "devices.box.bits", "from 5 to 8"),
    (SERIAL | {"parity": "evn"}, "devices.box.parity", 'did you mean "even"?'),
    (SERIAL | {"splits": "packets"}, "devices.box.splits", '"bytes", "lines"'),
    (SERIAL | {"boud": 9600}, "devices.box.boud", "did you mean baud?"),
    (PARALLEL | {"pins": []}, "devices.box.pins", "at least 1"),
    (PARALLEL | {"pins": ["pin10", "pin9"]}, "devices.box.pins[2]", '"pin10"'),
    (UDP | {"address": "localhost"}, "devices.box.address", "an IP address"),
    (UDP | {"port": 70000}, "devices.box.port", "from 1 to 65535"),
    ({key: TCP[key] for key in ("kind", "address", "port")}, "devices.box.role", '"listen", "connect"'),
    ({"kind": "lsl"}, "devices.box.stream", "the stream's name; or instead type"),
    (LSL | {"type": "Markers"}, "devices.box.stream", "not both"),
    ({"kind": "seriel"}, "devices.box.kind", 'did you mean "serial"?'),
]


@pytest.mark.parametrize(("device", "where", "allowed"), WRONG_SETTINGS)
def test_a_wrong_setting_is_refused_with_what_is_allowed(
    device: dict[str, Any], where: str, allowed: str, tmp_path: Path
) -> None:
    mistakes = {one.where: one.allowed for one in mistakes_in("sites", site_with(device), tmp_path).mistakes}

    assert allowed in mistakes.pop(where)
    assert not mistakes


@pytest.mark.parametrize(
    ("device", "where"),
    [
        (SERIAL | {"baud": 9600}, "port"),
        (PARALLEL, "address"),
        (UDP | {"splits": "bytes"}, "port"),
        (TCP | {"role": "connect"}, "port"),
        (LSL, "stream"),
        ({"kind": "lsl", "type": "Markers"}, "type"),
        ({"kind": "keyboard", "product": "Current Designs"}, "product"),
    ],
)
def test_no_source_is_read_twice(device: dict[str, Any], where: str, tmp_path: Path) -> None:
    twice = site_with(device, **{"devices.again": device})

    (mistake,) = mistakes_in("sites", twice, tmp_path).mistakes

    assert mistake.where == f"devices.again.{where}"
    assert 'device "box" reads this already' in mistake.allowed


def test_a_keyboard_with_a_product_stands_beside_the_one_that_is_all_others(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    box = {"kind": "keyboard", "product": "Current Designs"}
    file.write_text(as_toml(site_with(box, "5", **{"devices.buttons": {"kind": "keyboard", "product": "Cedrus"}})))

    site = read_site(str(file))

    assert [site.devices[name].product for name in ("keyboard", "box", "buttons")] == [
        None,
        "Current Designs",
        "Cedrus",
    ]
    assert site.strokes.meanings["box", "5"] == "pulse"


def test_a_product_in_other_letters_is_the_same(tmp_path: Path) -> None:
    named = [{"kind": "keyboard", "product": product} for product in ("Current Designs", "CURRENT designs")]

    (mistake,) = mistakes_in("sites", site_with(named[0], "5", **{"devices.again": named[1]}), tmp_path).mistakes

    assert (mistake.where, mistake.found) == ("devices.again.product", '"CURRENT designs"')


def test_two_keyboards_without_a_product_are_refused(tmp_path: Path) -> None:
    (mistake,) = mistakes_in("sites", site_with({"kind": "keyboard"}, "5"), tmp_path).mistakes

    assert mistake.where == "devices.box"
    assert "all keyboards count as one, but for those with a product" in mistake.allowed


def test_several_sources_of_a_kind_are_taken(tmp_path: Path) -> None:
    file = tmp_path / "lab.toml"
    devices = {"b": SERIAL | {"port": "COM4"}, "c": UDP, "d": UDP | {"port": 5006}, "e": TCP, "f": TCP | {"port": 5006}}
    file.write_text(as_toml(site_with(SERIAL, **{f"devices.{name}": one for name, one in devices.items()})))

    assert len(read_site(str(file)).devices) == 7


def test_the_emulated_scanners_name_is_its_own(tmp_path: Path) -> None:
    named = changed("sites/laptop", {"devices.emulated_scanner": SERIAL})

    (mistake,) = mistakes_in("sites", named, tmp_path).mistakes

    assert "another name" in mistake.allowed


def test_no_code_holds_a_blank_and_no_two_bytes_or_texts_share_one() -> None:
    assert len({byte_code(byte) for byte in range(256)}) == len(BYTE_CODES) == 256
    texts = [bytes([a, b]) for a in range(33, 256) for b in range(33, 256)]
    codes = {text_code(text) for text in texts}
    assert len(codes) == len(texts)
    assert not any(set(code) & set(" \t\r\n") for code in codes | set(BYTE_CODES))
