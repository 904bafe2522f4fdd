"""The names of keys, as PsychoPy gives them on any of the three systems; to import PsychoPy takes seconds."""

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
