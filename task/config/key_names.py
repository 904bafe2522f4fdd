"""The names of keys, as PsychoPy gives them on any of the three systems; to import PsychoPy takes seconds.

People write them as they are printed on the key, or as other programs call them: those are known, too, to say what the
right name is.
"""

import re

from task.config.base import nearest

_NAMED = """
    space return escape tab backspace insert delete home end pageup pagedown
    left right up down pause menu function capslock scrolllock numlock
    lshift rshift lctrl rctrl lalt ralt lwindows rwindows lcommand rcommand loption roption
    minus equal comma period slash backslash semicolon apostrophe less pound
    grave quoteleft bracketleft bracketright
    num_add num_subtract num_multiply num_divide num_decimal num_enter num_equal
"""
KEY_NAMES = frozenset(
    [
        *"abcdefghijklmnopqrstuvwxyz0123456789",
        *(f"f{number}" for number in range(1, 20)),
        *(f"num_{number}" for number in range(10)),
        *_NAMED.split(),
    ]
)
_SIGNS = {
    **{"-": "minus", "=": "equal", ",": "comma", ".": "period", "/": "slash", "\\": "backslash", ";": "semicolon"},
    **{"'": "apostrophe", "<": "less", "#": "pound", "`": "grave", "[": "bracketleft", "]": "bracketright"},
    **{" ": "space", "\t": "tab", "\n": "return", "\r": "return", "+": "num_add", "*": "num_multiply"},
}
_ELSEWHERE = {
    **{"enter": "return", "esc": "escape", "del": "delete", "ins": "insert", "bksp": "backspace", "caps": "capslock"},
    **{"pgup": "pageup", "prior": "pageup", "pgdn": "pagedown", "pgdown": "pagedown", "next": "pagedown"},
    **{"dot": "period", "hyphen": "minus", "dash": "minus", "hash": "pound", "quote": "apostrophe", "plus": "num_add"},
    **{"control": "ctrl", "cmd": "command", "win": "windows", "altgr": "ralt"},
}
_ON_NUMBER_PAD = {
    **{"+": "add", "plus": "add", "-": "subtract", "minus": "subtract", "*": "multiply", "times": "multiply"},
    **{"/": "divide", "slash": "divide", ".": "decimal", ",": "decimal", "period": "decimal", "dot": "decimal"},
    **{"=": "equal", "return": "enter"},
}


def key_named(written: str) -> str | None:
    """Give the name of the key that somebody most likely meant, as num_5 for "numpad5"; None if none is near."""
    if written in _SIGNS:
        return _SIGNS[written]
    small = re.sub(r"^(.+)[\s_-]([lr])$", r"\2\1", written.strip().lower())  # Shift_L
    small = re.sub(r"[\s_]", "", small)
    on_pad = re.fullmatch(r"(?:num(?:ber|eric)?(?:pad)?|keypad|kp)(.+)", small)
    if on_pad and (name := f"num_{_ON_NUMBER_PAD.get(on_pad[1], on_pad[1])}") in KEY_NAMES:
        return name
    small = re.sub("-|arrow|key|bar", "", small)
    if of_side := re.fullmatch("(left|right|l|r)?(shift|ctrl|control|alt|option|cmd|command|win|windows)", small):
        small = (of_side[1] or "left")[0] + _ELSEWHERE.get(of_side[2], of_side[2])
    name = _SIGNS.get(small) or _ELSEWHERE.get(small, small)
    return name if name in KEY_NAMES else nearest(small, KEY_NAMES)
