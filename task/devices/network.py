"""Pulses and presses from the network, inside of their reading process: UDP and TCP, on the named address only.

Both are easily flooded by somebody else's program. So packets are taken by the hundred and wait in a large buffer, and
what the system has to throw away is counted where it says so (Linux). A box whose cable is pulled says nothing at all:
the system asks after it every few seconds.
"""

import errno
import select
import socket
import struct
import sys
import time
from contextlib import suppress

from task.config.codes import text_code
from task.devices.gate import Arrived
from task.devices.source import WAIT_S, Bytes, Lines, Say, Settings, SourceError, splitter

_CONNECT_S = 3.0
_AT_ONCE = 65536
_AT_MOST = 20  # boxes that are connected at a time
_PACKETS_AT_ONCE = 500
_BUFFER_BYTES = 4 << 20
_LOST_COUNT = 40 if sys.platform == "linux" else None  # SO_RXQ_OVFL, which Python does not name
_SAY_EVERY_S = 1.0
_CALLER_REST_S = 0.001
# with an idle line the system asks after 5 s, then every 2 s, and gives up after 3 questions without an answer
_ASK_AFTER = {"TCP_KEEPIDLE": 5, "TCP_KEEPALIVE": 5, "TCP_KEEPINTVL": 2, "TCP_KEEPCNT": 3}


def _family(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def _what_to_check(kind: str, settings: Settings, error: OSError) -> str:
    address, port = settings["address"], settings["port"]
    if error.errno == errno.EADDRINUSE:
        return f"{kind} port {port} at {address} is in use by another program. Close that one, or change the port"
    if error.errno == errno.EADDRNOTAVAIL:
        return f"this computer has no address {address} now. Check the network cable, and the site file's address"
    if error.errno == errno.EACCES:
        return f"this user may not open {kind} port {port}. Take one above 1023"
    return f"{kind} port {port} at {address} cannot be used: {error.strerror or error}"


class UdpPort:
    """Packets that are sent to this computer."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings, self._say = settings, say
        self._socket = self._made()
        self._lost, self._lost_told, self._said_at = 0, 0, 0.0

    def open(self) -> None:
        """Open the port."""
        self._socket.close()
        self._socket = self._made()
        self._lost = self._lost_told = 0
        try:
            self._socket.bind((self._settings["address"], self._settings["port"]))
        except OSError as error:
            raise SourceError(_what_to_check("UDP", self._settings, error)) from None

    def read(self) -> list[Arrived]:
        """Wait for a packet, and take those right behind it; each is stamped once it is here."""
        ready, _, _ = select.select([self._socket], [], [], WAIT_S)
        strokes: list[Arrived] = []
        with suppress(BlockingIOError):  # no more of them
            for _ in range(_PACKETS_AT_ONCE if ready else 0):
                data = self._received()
                strokes += self._split(time.perf_counter(), data)
        self._tell_lost(time.perf_counter())
        return strokes

    def close(self) -> None:
        """Close the port."""
        self._socket.close()

    def _made(self) -> socket.socket:
        made = socket.socket(_family(self._settings["address"]), socket.SOCK_DGRAM)
        made.setblocking(False)
        with suppress(OSError):  # what the system allows
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        if _LOST_COUNT is not None:
            made.setsockopt(socket.SOL_SOCKET, _LOST_COUNT, 1)
        return made

    def _received(self) -> bytes:
        if _LOST_COUNT is None:
            return self._socket.recv(_AT_ONCE)
        data, more, _, _ = self._socket.recvmsg(_AT_ONCE, socket.CMSG_SPACE(4))
        for _, kind, value in more:
            if kind == _LOST_COUNT:
                (self._lost,) = struct.unpack("=I", value)
        return data

    def _split(self, stamp: float, data: bytes) -> list[Arrived]:
        splits = self._settings["splits"]
        if splits == "packets":
            return [(stamp, text_code(data))]
        return splitter(splits).feed(stamp, data + b"\n" * (splits == "lines"))

    def _tell_lost(self, now: float) -> None:
        if self._lost != self._lost_told and now > self._said_at + _SAY_EVERY_S:
            self._lost_told, self._said_at = self._lost, now
            self._say(
                now,
                f"packets came too fast: {self._lost} lost since the port was opened, pulses perhaps among them. Find "
                "out what sends to this port",
            )


class TcpPort:
    """Streams of bytes: this computer calls one box, or boxes call this computer."""

    def __init__(self, settings: Settings, say: Say) -> None:
        self._settings, self._say = settings, say
        self._listener: socket.socket | None = None
        self._streams: dict[socket.socket, tuple[str, Bytes | Lines]] = {}

    def open(self) -> None:
        """Listen, or connect."""
        address = (self._settings["address"], self._settings["port"])
        try:
            if self._settings["role"] == "listen":
                self._listener = socket.create_server(address, family=_family(address[0]))
                self._listener.setblocking(False)
            else:
                self._add(socket.create_connection(address, timeout=_CONNECT_S), f"{address[0]} port {address[1]}")
        except OSError as error:
            if self._settings["role"] == "listen":
                raise SourceError(_what_to_check("TCP", self._settings, error)) from None
            raise SourceError(
                f"nobody answers at {address[0]} TCP port {address[1]} ({error.strerror or error}). Check that the box "
                "is on and in the network, its address, and its port"
            ) from None

    def read(self) -> list[Arrived]:
        """Wait for bytes, and for boxes that call."""
        sockets = [*([self._listener] if self._listener else []), *self._streams]
        ready, _, _ = select.select(sockets, [], [], WAIT_S)
        strokes: list[Arrived] = []
        for one in ready:
            if one is self._listener:
                self._accept(one)
                time.sleep(_CALLER_REST_S if len(ready) == 1 else 0.0)  # who calls in a loop gets no whole core
                continue
            who, split = self._streams[one]
            data, reason = b"", "it has hung up"
            try:
                data = one.recv(_AT_ONCE)
            except OSError as error:
                reason = error.strerror or str(error)
            stamp = time.perf_counter()
            if data:
                strokes += split.feed(stamp, data)
                continue
            self._streams.pop(one)[1]
            one.close()
            if self._listener is None:
                raise ConnectionError(reason)
            self._say(stamp, f"{who} is gone ({reason}); it may connect again at any time")
        return strokes

    def close(self) -> None:
        """Hang up."""
        for one in [*([self._listener] if self._listener else []), *self._streams]:
            with suppress(OSError):
                one.close()
        self._listener, self._streams = None, {}

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):  # a caller who has hung up already
            stream, address = listener.accept()
            if len(self._streams) < _AT_MOST:
                self._add(stream, address[0])
                self._say(time.perf_counter(), f"{address[0]} has connected")
            else:
                stream.close()
                self._say(time.perf_counter(), f"{address[0]} was sent away: {_AT_MOST} boxes are connected already")

    def _add(self, stream: socket.socket, who: str) -> None:
        stream.setblocking(False)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for option, value in _ASK_AFTER.items():
            with suppress(OSError, AttributeError):  # each system has its own
                stream.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)
        self._streams[stream] = (who, splitter(self._settings["splits"]))
