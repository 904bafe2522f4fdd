"""The sources of strokes that a room can have: what the site file says of each, and which codes each can send."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import unquote_to_bytes

from pydantic import AfterValidator, Field

from task.config.base import Check, Found, PositiveSeconds, Section, refusal, what_backslashes_mean
from task.config.codes import BLANK, BYTE_CODES, text_code
from task.config.key_names import KEY_NAMES, key_named


def _of_one_line(text: str) -> str:
    if meant := what_backslashes_mean(text):
        raise refusal(meant)
    return text


Text = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(_of_one_line)]
PortNumber = Annotated[int, Field(ge=1, le=65535)]
StatusPin = Literal["pin10", "pin11", "pin12", "pin13", "pin15"]


class KeyboardSettings(Section):
    """A keyboard, or any box that types, with this in its product's name; or all that no other device reads."""

    kind: Literal["keyboard"]
    product: Text | None = None

    @property
    def place(self) -> tuple[str, ...]:
        """What only one device can have: the product; those without one count as one."""
        return ("product", "keyboard", self.product.casefold()) if self.product else ("kind", "keyboard")

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if no key has this one; nothing if one has."""
        if code in KEY_NAMES or re.fullmatch(r"key[0-9]+", code):
            return ""
        near = key_named(code)
        hint = f'did you mean "{device}:{near}"? ' if near else ""
        keys = "a small letter, a digit, space, return, escape, left, f1, num_1, ..."
        return f"{hint}a key's name after the colon: {keys}"


class EmulatedScannerSettings(Section):
    """A scanner that exists in software only: what it starts is kept apart from a study's data."""

    kind: Literal["emulated_scanner"]
    starts_after_s: PositiveSeconds = 3.0

    @property
    def place(self) -> tuple[str, ...]:
        """What only one device can have: there is one scanner."""
        return ("kind", "emulated_scanner")

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if this is none of them."""
        return "" if code == "pulse" else f'"{device}:pulse"'


class SerialSettings(Section):
    """A serial port, or a USB adapter that looks like one: bytes, each a stroke, or lines."""

    kind: Literal["serial"]
    port: Text
    baud: Annotated[int, Field(ge=50, le=4_000_000)] = 115_200
    splits: Literal["bytes", "lines"] = "bytes"
    bits: Annotated[int, Field(ge=5, le=8)] = 8
    parity: Literal["none", "even", "odd", "mark", "space"] = "none"
    stop_bits: Annotated[int, Field(ge=1, le=2)] = 1

    @property
    def place(self) -> tuple[str, ...]:
        """What only one device can have: the port."""
        return ("port", self.port.casefold())

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if the port can never send this one."""
        return _byte_allowed(device, code, self.bits) if self.splits == "bytes" else _text_allowed(device, code, "line")


class ParallelSettings(Section):
    """The status pins of a parallel port, each a stroke when it becomes active."""

    kind: Literal["parallel"]
    address: Text
    pins: Annotated[tuple[StatusPin, ...], Field(min_length=1, max_length=5, strict=False)]
    active: Literal["high", "low"] = "high"

    @property
    def place(self) -> tuple[str, ...]:
        """What only one device can have: the port."""
        return ("address", "parallel", self.address.casefold())

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if this is none of the pins that are read."""
        pins = ", ".join(f'"{device}:{pin}"' for pin in self.pins)
        return "" if code in self.pins else f"one of the pins that this device reads: {pins}"


class _Network(Section):
    """What devices in the network share."""

    address: Text
    port: PortNumber

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._address_is_a_number,)

    def _address_is_a_number(self) -> Iterator[Found]:
        try:
            ip_address(self.address)
        except ValueError:
            yield Found(("address",), self.address, 'an IP address such as "127.0.0.1" (of this computer itself)')

    @property
    def place(self) -> tuple[str, ...]:
        """What only one device can have: the port at an address."""
        return ("port", type(self).__name__, self.address, str(self.port))


class UdpSettings(_Network):
    """Packets that are sent to this computer: ``address`` is the one of its own at which it listens."""

    kind: Literal["udp"]
    splits: Literal["packets", "bytes", "lines"] = "packets"

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if no packet can be this one."""
        return (
            _byte_allowed(device, code)
            if self.splits == "bytes"
            else _text_allowed(device, code, self.splits.removesuffix("s"))
        )


class TcpSettings(_Network):
    """A stream of bytes or lines: from whoever connects to ``address`` of this computer, or from the box at it."""

    kind: Literal["tcp"]
    role: Literal["listen", "connect"]
    splits: Literal["bytes", "lines"] = "bytes"

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if the stream can never bring this one."""
        return _byte_allowed(device, code) if self.splits == "bytes" else _text_allowed(device, code, "line")


class LslSettings(Section):
    """Markers of the Lab Streaming Layer, from the one stream of this name or type."""

    kind: Literal["lsl"]
    stream: Text | None = None
    type: Text | None = None

    def checks(self) -> Iterable[Check]:
        """Give the checks of this table."""
        return (self._is_one_stream,)

    def _is_one_stream(self) -> Iterator[Found]:
        if (self.stream is None) == (self.type is None):
            allowed = 'the stream\'s name; or instead type, such as "Markers"; one of the two, not both'
            yield Found(("stream",), self.stream, allowed)

    @property
    def place(self) -> tuple[str, ...]:
        """What only one device can have: the stream."""
        return ("stream" if self.stream else "type", "lsl", self.stream or "", self.type or "")

    def codes_allowed(self, device: str, code: str) -> str:
        """Say which codes are allowed if no marker is written so."""
        return _text_allowed(device, code, "marker")


SourceSettings = (
    KeyboardSettings
    | EmulatedScannerSettings
    | SerialSettings
    | ParallelSettings
    | UdpSettings
    | TcpSettings
    | LslSettings
)
DeviceSettings = Annotated[SourceSettings, Field(discriminator="kind")]


def _byte_allowed(device: str, code: str, bits: int = 8) -> str:
    """Say which codes are allowed if no byte is written so."""
    if code in BYTE_CODES[: 2**bits]:
        return ""
    allowed = 'a printable character after the colon, such as "5"; any other byte as a number such as "0x05"'
    allowed += f', up to "0x{2**bits - 1:02x}" with {bits} bits' if bits < 8 else ""
    number = int(code, 16) if re.fullmatch(r"0[xX][0-9a-fA-F]{1,2}", code) else 2**bits
    number = ord(code) if len(code) == 1 and code.isascii() else number
    return f'"{device}:{BYTE_CODES[number]}", as this byte is written so' if number < 2**bits else allowed


def _text_allowed(device: str, code: str, what: str) -> str:
    """Say which codes are allowed if no line, packet or marker is written so."""
    written = BLANK if code == BLANK else text_code(unquote_to_bytes(code))
    is_possible = code != BLANK or what != "line"  # blank lines are no strokes
    ends = what == "line" and {"%0a", "%0d"} & set(re.findall("%..", written))
    if written == code and is_possible and not ends:
        return ""
    if ends or not is_possible or written == BLANK:
        return f'the text of a {what} after the colon, without blanks around it; a blank inside is "%20", "%" is "%25"'
    return f'"{device}:{written}", as this is written so'
