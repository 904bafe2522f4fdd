"""Pulses and presses from the network, inside of their reading process: UDP and TCP, on the named address only."""

import errno
import select
import socket
import time
from contextlib import suppress

from task.config.codes import text_code
from task.devices.gate import Arrived
from task.devices.source import WAIT_S, Bytes, Lines, Say, Settings, SourceError, splitter

_CONNECT_S = 3.0
_AT_ONCE = 65536
_AT_MOST = 20  # boxes that are connected at a time


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
        self._settings = settings
        self._socket = socket.socket(_family(settings["address"]), socket.SOCK_DGRAM)

    def open(self) -> None:
        """Open the port."""
        self._socket.close()
        self._socket = socket.socket(_family(self._settings["address"]), socket.SOCK_DGRAM)
        try:
            self._socket.bind((self._settings["address"], self._settings["port"]))
        except OSError as error:
            raise SourceError(_what_to_check("UDP", self._settings, error)) from None
        self._socket.settimeout(WAIT_S)

    def read(self) -> list[Arrived]:
        """Wait for a packet."""
        try:
            data = self._socket.recv(_AT_ONCE)
        except TimeoutError:
            return []
        stamp = time.perf_counter()
        if self._settings["splits"] == "packets":
            return [(stamp, text_code(data))]
        return splitter(self._settings["splits"]).feed(stamp, data + b"\n" * (self._settings["splits"] == "lines"))

    def close(self) -> None:
        """Close the port."""
        self._socket.close()


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

    def _add(self, stream: socket.socket, who: str) -> None:
        stream.setblocking(False)
        stream.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        self._streams[stream] = (who, splitter(self._settings["splits"]))
