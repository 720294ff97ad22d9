"""What is inside the information elements of Q.931 that a call needs."""

from __future__ import annotations

from typing import NamedTuple

from ringfence.model.errors import DecodeError
from ringfence.wire.q931 import ElementId, InformationElement

# Speech, circuit mode, 64 kbit/s, G.711 mu-law (Q.931 clause 4.5.5): what voice-only endpoints send.
SPEECH = InformationElement(ElementId.BEARER_CAPABILITY, bytes((0x80, 0x90, 0xA2)))


class Cause(NamedTuple):
    """Why a call was cleared or refused: value 0-127 (Q.850), location 0-15 (Q.931 table 4-13)."""

    value: int
    location: int = 0


class Number(NamedTuple):
    """Digits of a party, with type of number 0-7 and numbering plan 0-15; octet 3a where one was sent."""

    digits: str
    type_of_number: int = 0
    numbering_plan: int = 1
    presentation: int | None = None


def display(text: str) -> InformationElement:
    """Display; raises ValueError when the text has more than 82 octets (Q.931 clause 4.5.16)."""
    content = text.encode("latin-1", "replace")
    if len(content) > 82:
        raise ValueError(f"a display of {len(content)} octets, at most 82 are allowed")
    return InformationElement(ElementId.DISPLAY, content)


def display_text(content: bytes) -> str:
    """The text of a Display, whatever its octets."""
    return content.decode("latin-1")


def cause_element(value: int, location: int = 0) -> InformationElement:
    """Cause, ITU-T coding (Q.931 clause 4.5.12)."""
    return InformationElement(ElementId.CAUSE, bytes((0x80 | location & 0x0F, 0x80 | value & 0x7F)))


def decode_cause(content: bytes) -> Cause:
    """Raises DecodeError when the cause value is missing."""
    # Octet 3a (recommendation) follows when the extension bit of octet 3 is clear.
    at = 1 if content and content[0] & 0x80 else 2
    if len(content) <= at:
        raise DecodeError("Cause: truncated", len(content))
    return Cause(content[at] & 0x7F, content[0] & 0x0F)


def number_element(identifier: int, party: Number) -> InformationElement:
    """A calling, called or connected number; raises ValueError for digits that are not IA5."""
    kind = party.type_of_number << 4 | party.numbering_plan
    head = bytes((0x80 | kind,)) if party.presentation is None else bytes((kind, 0x80 | party.presentation))
    return InformationElement(identifier, head + party.digits.encode("ascii"))


def decode_number(content: bytes) -> Number:
    """Raises DecodeError when octet 3 is missing."""
    if not content:
        raise DecodeError("party number: truncated", 0)
    kind = content[0]
    extended = not kind & 0x80
    if extended and len(content) < 2:
        raise DecodeError("party number: truncated", 1)
    return Number(
        digits=content[1 + extended :].decode("latin-1"),
        type_of_number=kind >> 4 & 0x07,
        numbering_plan=kind & 0x0F,
        presentation=content[1] & 0x7F if extended else None,
    )
