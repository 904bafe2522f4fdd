"""How bytes that arrive are written as the code of a stroke: one word of printable characters, without blanks.

Site files and the processes that read the devices share this. It imports nothing, so that these start at once.
"""

BLANK = "%"
"""The code of a packet in which there is no text: no other text is written so."""
LONGEST = 200
"""The bytes of a line or packet that its code is made of."""


def byte_code(byte: int) -> str:
    """Write a byte: as its character ("5") if that is printable and no space, else as a number ("0x05")."""
    return chr(byte) if 0x21 <= byte <= 0x7E else f"0x{byte:02x}"


def text_code(text: bytes) -> str:
    """Write a line or a packet: its text, without blanks around it; %20 and the like stand for all other bytes."""
    stripped = text[:LONGEST].strip()
    return "".join(chr(byte) if 0x21 <= byte <= 0x7E and byte != 0x25 else f"%{byte:02x}" for byte in stripped) or BLANK


BYTE_CODES = tuple(byte_code(byte) for byte in range(256))
