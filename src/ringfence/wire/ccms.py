"""CCMS: what an Avaya switch and its handsets say to each other inside Information messages.

The standards do not describe it. What is here was seen on the wire (GnuGk's Avaya mode and captures of it): a
frame is its own length, an address, and elements. Elements without a name are kept as they came.
"""

from __future__ import annotations

from typing import NamedTuple

from ringfence.model.errors import DecodeError
from ringfence.wire.h225.common import NonStandardParameter

# Identifies CCMS frames in nonStandardControl of Information messages on call reference 1.
FRAME_IDENTIFIER = (2, 16, 840, 1, 113778, 4, 2, 10)

# Addresses behind the length octet. A handset reports with the second; its terminal identification was seen
# without the zero, so that one is told apart by what follows.
TO_PHONE = bytes((0x38, 0x11, 0x20))
REPORT = bytes((0x38, 0x00))
OTHER = bytes((0x38,))
TERMINAL_IDENTIFICATION = 0x47

# Switch to phone, one octet each.
SIMPLE = {
    0x40: "ringer off",
    0x4B: "ring",
    0x4C: "ring (attendant)",
    0x82: "activate terminal",
    0x84: "disconnect",
    0x88: "switch-hook inquiry",
    0x89: "off-hook alert",
}
HOOK = {
    (0x80, 0x01): "on-hook",
    (0x81, 0x01): "speaker off",
    (0x80, 0x02): "off-hook",
    (0x81, 0x02): "speaker on",
}
DIAL_PAD = {index + 1: digit for index, digit in enumerate("1234567890*#")}


class CcmsElement(NamedTuple):
    """One element of a frame: its first octet and what belongs to it."""

    identifier: int
    content: bytes = b""

    def __str__(self) -> str:
        return describe(self)


class CcmsFrame(NamedTuple):
    """A CCMS frame: TO_PHONE from the switch, REPORT or OTHER from the handset."""

    address: bytes
    elements: tuple[CcmsElement, ...]

    @property
    def to_phone(self) -> bool:
        return self.address == TO_PHONE


def decode(data: bytes) -> list[CcmsFrame]:
    """The frames in the data of a nonStandardControl, one behind the other; raises DecodeError."""
    frames = []
    at = 0
    while at < len(data):
        length = data[at]
        if length < 1 + len(OTHER) or at + length > len(data):
            raise DecodeError(f"CCMS: frame of {length} octets where {len(data) - at} are left", at)
        frames.append(_frame(data[at : at + length], at))
        at += length
    return frames


def encode(frames: list[CcmsFrame]) -> bytes:
    """The data of a nonStandardControl; raises ValueError for a frame of more than 255 octets."""
    return b"".join(map(_octets, frames))


def parameter(*frames: CcmsFrame) -> NonStandardParameter:
    """Frames as an entry of nonStandardControl."""
    return NonStandardParameter(nonStandardIdentifier=("object", FRAME_IDENTIFIER), data=encode(list(frames)))


def find(parameters: list[NonStandardParameter] | None) -> list[CcmsFrame]:
    """All frames in a nonStandardControl; raises DecodeError."""
    return [
        frame
        for each in parameters or []
        if each.nonStandardIdentifier == ("object", FRAME_IDENTIFIER)
        for frame in decode(each.data)
    ]


def _frame(data: bytes, offset: int) -> CcmsFrame:
    if data.startswith(TO_PHONE, 1):
        return CcmsFrame(TO_PHONE, _elements(data, 1 + len(TO_PHONE), offset, to_phone=True))
    if data.startswith(REPORT, 1):
        return CcmsFrame(REPORT, _elements(data, 1 + len(REPORT), offset, to_phone=False))
    if data.startswith(OTHER, 1):
        return CcmsFrame(OTHER, (CcmsElement(data[2], data[3:]),) if len(data) > 2 else ())
    raise DecodeError(f"CCMS: unknown address {data[1:4].hex()}", offset + 1)


def _elements(data: bytes, start: int, offset: int, *, to_phone: bool) -> tuple[CcmsElement, ...]:
    elements = []
    at = start
    while at < len(data):
        size = _size(data[at]) if to_phone else 1
        if at + 1 + size > len(data):
            raise DecodeError(f"CCMS: element {data[at]:#04x} is truncated", offset + at)
        elements.append(CcmsElement(data[at], data[at + 1 : at + 1 + size]))
        at += 1 + size
    return tuple(elements)


def _size(identifier: int) -> int:
    """Octets behind the identifier of an element of the switch: its low half says so from 0xa0 to 0xaf."""
    return identifier & 0x0F if identifier & 0xF0 == 0xA0 else 0


def _octets(frame: CcmsFrame) -> bytes:
    body = b"".join(bytes((element.identifier,)) + element.content for element in frame.elements)
    data = frame.address + body
    if len(data) + 1 > 0xFF:
        raise ValueError(f"a CCMS frame of {len(data) + 1} octets, at most 255 are possible")
    return bytes((len(data) + 1,)) + data


def variable(content: bytes) -> CcmsElement:
    """An element of the switch with up to 15 octets of content; raises ValueError for more."""
    if len(content) > 0x0F:
        raise ValueError(f"a CCMS element of {len(content)} octets, at most 15 are possible")
    return CcmsElement(0xA0 | len(content), content)


def describe(element: CcmsElement) -> str:
    """`dial pad 5`, `load display 'Alice'`, or the octets of what has no name."""
    identifier, content = element
    match identifier, *content:
        case 0x7F, key if key in DIAL_PAD:
            return f"dial pad {DIAL_PAD[key]}"
        case 0x60, button:
            return f"button {button}"
        case ((0x80 | 0x81), state) if (identifier, state) in HOOK:
            return HOOK[identifier, state]
        case (key,) if key in SIMPLE:
            return SIMPLE[key]
        case _:
            return _describe_variable(element)


def _describe_variable(element: CcmsElement) -> str:
    identifier, content = element
    if identifier == TERMINAL_IDENTIFICATION:
        return f"terminal identification {content.hex()}"
    if identifier & 0xF0 == 0xA0:
        if content[:1] == b"\xe3":
            return f"load display {content[1:].decode('latin-1')!r}"
        if content == b"\xa0\x0b":
            return "terminal identification request"
        if content[:1] == b"\x80" and len(content) == 3:
            return f"lamp or tone {content[1]:#04x} {content[2]:#04x}"
        if content[:2] == b"\xe0\x07":
            return f"set clock {content[2:].hex()}"
    return f"{identifier:#04x} {content.hex()}".rstrip()
