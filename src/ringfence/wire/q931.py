"""Q.931 messages as H.225.0 clause 7.3 uses them: a header, and information elements kept in their order.

Elements that we have no name for are kept as they came, so that a message is encoded to the octets it had.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import IntEnum
from typing import NamedTuple

from ringfence.model.errors import DecodeError

PROTOCOL_DISCRIMINATOR = 8
# H.225.0 clause 7.2.2: always two octets, of which the top bit is the flag.
CALL_REFERENCE_OCTETS = 2


class MessageType(IntEnum):
    """Message types of Q.931 table 4-2 that H.225.0 table 3 lets through."""

    ALERTING = 0x01
    CALL_PROCEEDING = 0x02
    PROGRESS = 0x03
    SETUP = 0x05
    CONNECT = 0x07
    SETUP_ACKNOWLEDGE = 0x0D
    CONNECT_ACKNOWLEDGE = 0x0F
    RELEASE = 0x4D
    RELEASE_COMPLETE = 0x5A
    FACILITY = 0x62
    NOTIFY = 0x6E
    STATUS_INQUIRY = 0x75
    INFORMATION = 0x7B
    STATUS = 0x7D


class ElementId(IntEnum):
    """Information elements of Q.931 table 4-3 (codeset 0)."""

    BEARER_CAPABILITY = 0x04
    CAUSE = 0x08
    CALL_STATE = 0x14
    FACILITY = 0x1C
    PROGRESS_INDICATOR = 0x1E
    NOTIFICATION_INDICATOR = 0x27
    DISPLAY = 0x28
    KEYPAD = 0x2C
    SIGNAL = 0x34
    CONNECTED_NUMBER = 0x4C
    CALLING_PARTY_NUMBER = 0x6C
    CALLED_PARTY_NUMBER = 0x70
    USER_USER = 0x7E
    SENDING_COMPLETE = 0xA1


class InformationElement(NamedTuple):
    """One information element; one with bit 8 of its identifier set is that octet alone."""

    identifier: int
    content: bytes = b""


class Message(NamedTuple):
    """`call_reference` is 0-32767; `from_destination` its flag: from the side that did not open the call."""

    call_reference: int
    from_destination: bool
    message_type: int
    elements: tuple[InformationElement, ...] = ()

    def find(self, identifier: int) -> bytes | None:
        """The content of the first such element in codeset 0."""
        for codeset, element in _in_codesets(self.elements):
            if codeset == 0 and element.identifier == identifier:
                return element.content
        return None


def decode(data: bytes) -> Message:
    """A message without its TPKT; raises DecodeError, whose `read` is the Message that it breaks off.

    A User-user element that breaks off is the last in it, as far as it goes: nearly all of H.323 is in there.
    """
    if len(data) < 5:
        raise DecodeError("Q.931: truncated", len(data))
    if data[0] != PROTOCOL_DISCRIMINATOR:
        raise DecodeError(f"Q.931: protocol discriminator {data[0]} instead of {PROTOCOL_DISCRIMINATOR}", 0)
    if data[1] != CALL_REFERENCE_OCTETS:
        raise DecodeError(f"Q.931: call reference of {data[1]} octets instead of {CALL_REFERENCE_OCTETS}", 1)
    reference = int.from_bytes(data[2:4], "big")
    if data[4] & 0x80:
        raise DecodeError(f"Q.931: message type {data[4]:#x} has its extension bit set", 4)
    elements: list[InformationElement] = []
    try:
        elements.extend(_elements(data))
    except DecodeError as error:
        begun = (error.read,) if isinstance(error.read, InformationElement) else ()
        error.read = Message(reference & 0x7FFF, reference >= 0x8000, data[4], (*elements, *begun))
        raise
    return Message(reference & 0x7FFF, reference >= 0x8000, data[4], tuple(elements))


def encode(message: Message) -> bytes:
    """The octets of a message; raises ValueError for numbers or elements that do not fit."""
    if not 0 <= message.call_reference < 0x8000:
        raise ValueError(f"call reference {message.call_reference} is not in 0..32767")
    if not 0 <= message.message_type < 0x80:
        raise ValueError(f"message type {message.message_type} is not in 0..127")
    reference = message.call_reference | message.from_destination << 15
    parts = [bytes((PROTOCOL_DISCRIMINATOR, CALL_REFERENCE_OCTETS, *reference.to_bytes(2, "big")))]
    parts.append(bytes((message.message_type,)))
    for codeset, (identifier, content) in _in_codesets(message.elements):
        parts.append(bytes((identifier,)))
        if identifier & 0x80:
            continue
        width = _length_octets(codeset, identifier)
        if len(content) >> 8 * width:
            raise ValueError(f"information element {identifier:#04x} of {len(content)} octets")
        parts.append(len(content).to_bytes(width, "big") + content)
    return b"".join(parts)


def _elements(data: bytes) -> Iterator[InformationElement]:
    locked = codeset = 0
    at = 5
    while at < len(data):
        start, identifier = at, data[at]
        at += 1
        if identifier & 0x80:
            yield InformationElement(identifier)
            locked, codeset = _shifted(identifier, locked)
            continue
        width = _length_octets(codeset, identifier)
        length = int.from_bytes(data[at : at + width], "big")
        at += width + length
        if at > len(data):
            what = f"Q.931: information element {identifier:#04x} is truncated"
            if codeset or identifier != ElementId.USER_USER:
                raise DecodeError(what, start)
            raise DecodeError(what, len(data), InformationElement(identifier, data[at - length :]))
        yield InformationElement(identifier, data[at - length : at])
        codeset = locked


def _in_codesets(elements: tuple[InformationElement, ...]) -> list[tuple[int, InformationElement]]:
    result = []
    locked = codeset = 0
    for element in elements:
        result.append((codeset, element))
        if element.identifier & 0x80:
            locked, codeset = _shifted(element.identifier, locked)
        else:
            codeset = locked
    return result


def _shifted(identifier: int, locked: int) -> tuple[int, int]:
    """The codeset from here on, and that of the next element (Q.931 clause 4.5.3 and 4.5.4)."""
    if identifier & 0xF0 != 0x90:
        return locked, locked
    if identifier & 0x08:
        return locked, identifier & 0x07
    return identifier & 0x07, identifier & 0x07


def _length_octets(codeset: int, identifier: int) -> int:
    # H.225.0 clause 7.2.2: a User-user element is too long for one octet of length.
    return 2 if codeset == 0 and identifier == ElementId.USER_USER else 1


def name(message_type: int) -> str:
    """`CallProceeding` for 2; the number when Q.931 or H.225.0 has no such message."""
    try:
        return MessageType(message_type).name.title().replace("_", "")
    except ValueError:
        return f"message type {message_type:#04x}"
