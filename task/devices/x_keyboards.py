"""Which keyboards are plugged in, on Linux: asked of the X server, as Psychtoolbox lists them only once, at its start.

The server tells of each change by itself, so that to look costs a twentieth of a millisecond.
"""

import ctypes

_SLAVE_REMOVED, _DEVICE_DISABLED = 1 << 3, 1 << 7  # from XI2.h


class XKeyboards:
    """The keyboards of the display: ``names`` by their number there, as of the last look."""

    def __init__(self) -> None:
        from Xlib import display, error  # PsychoPy brings it along, on Linux only
        from Xlib.ext import xinput

        self._ended = error.ConnectionClosedError
        self._slave_keyboard, self._all, self._changed = (
            xinput.SlaveKeyboard,
            xinput.AllDevices,
            xinput.HierarchyChanged,
        )
        self._server = display.Display()
        self._server.xinput_query_version()
        self._server.screen().root.xinput_select_events([(self._all, xinput.HierarchyChangedMask)])
        self.names = self._asked()

    def look(self) -> set[int] | None:
        """Give the numbers of devices that were unplugged since the last look; None if nothing has changed at all."""
        unplugged, has_changed = set(), False
        try:
            events = [self._server.next_event() for _ in range(self._server.pending_events())]
        except self._ended:  # the display is gone: whoever draws on it says so
            return None
        for event in events:
            if getattr(event, "evtype", None) == self._changed:
                has_changed = True
                gone = (one for one in event.data["info"] if one["flags"] & (_SLAVE_REMOVED | _DEVICE_DISABLED))
                unplugged |= {one["deviceid"] for one in gone}
        if not has_changed:
            return None
        self.names = self._asked()
        return unplugged

    def close(self) -> None:
        """Let go of the display."""
        self._server.close()

    def _asked(self) -> dict[int, str]:
        devices = self._server.xinput_query_device(self._all).devices
        return {one.deviceid: one.name for one in devices if one.use == self._slave_keyboard and one.enabled}


def ignore_errors() -> None:
    """Let no error that the X server reports halt the program, now that a keyboard's queue is stopped.

    To stop the queue of a keyboard that is gone is such an error. Without a handler it ends the program; and the one of
    the window is in Python: it waits for the interpreter lock, which whoever stops the queue holds, forever. So a
    function of C is taken that needs nothing and does no harm.
    """
    set_handler = ctypes.CDLL("libX11.so.6").XSetErrorHandler
    set_handler.argtypes, set_handler.restype = [ctypes.c_void_p], ctypes.c_void_p
    set_handler(ctypes.cast(ctypes.CDLL(None).getpid, ctypes.c_void_p))
