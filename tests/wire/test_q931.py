"""Q.931: octets written out by hand, codesets, lengths, and what is inside the elements a call needs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import q931
from ringfence.wire.q931 import ElementId, InformationElement, Message, MessageType
from ringfence.wire.q931_elements import (
    SPEECH,
    Cause,
    Number,
    cause_element,
    decode_cause,
    decode_number,
    display,
    display_text,
    number_element,
)

SETUP = Message(
    call_reference=1,
    from_destination=False,
    message_type=MessageType.SETUP,
    elements=(
        InformationElement(ElementId.SENDING_COMPLETE),
        SPEECH,
        display("Alice"),
        number_element(ElementId.CALLED_PARTY_NUMBER, Number("2001", type_of_number=0, numbering_plan=1)),
        InformationElement(0x5D, b"\x01"),
        InformationElement(ElementId.USER_USER, b"\x05" + bytes(300)),
    ),
)


def test_octets() -> None:
    head = "0802000105a10403 8090a22805 416c6963657005 81 323030315d01017e012d05"
    assert q931.encode(SETUP).hex() == head.replace(" ", "") + "00" * 300
    assert q931.decode(q931.encode(SETUP)) == SETUP


def test_direction_is_the_top_bit_of_the_call_reference() -> None:
    message = Message(0x1234, True, MessageType.INFORMATION)
    assert q931.encode(message).hex() == "080292347b"
    assert q931.decode(bytes.fromhex("080292347b")) == message


@pytest.mark.parametrize(
    ("shift", "locked"),
    [(0x96, True), (0x9E, False)],
    ids=["locking", "for one element"],
)
def test_codesets(shift: int, locked: bool) -> None:
    """In another codeset 0x7e is no User-user element and has one octet of length."""
    foreign = bytes((shift, 0x7E, 1, 0xAA))
    again = bytes((0x28, 1, 0x41)) if locked else bytes((0x7E, 0, 1, 0x05))
    data = bytes.fromhex("0802000105") + foreign + again
    message = q931.decode(data)
    assert q931.encode(message) == data
    assert message.find(ElementId.USER_USER) == (None if locked else b"\x05")
    assert message.find(ElementId.DISPLAY) is None


@pytest.mark.parametrize(
    ("octets", "what", "offset"),
    [
        ("", "truncated", 0),
        ("08020001", "truncated", 4),
        ("0902000105", "protocol discriminator 9", 0),
        ("0801010500", "call reference of 1 octets", 1),
        ("0802000185", "extension bit", 4),
        ("08020001050403 80", "0x04 is truncated", 5),
        ("0802000105a17e", "0x7e is truncated", 7),
        ("0802000105a17e00", "0x7e is truncated", 8),
    ],
)
def test_refused(octets: str, what: str, offset: int) -> None:
    with pytest.raises(DecodeError, match=what) as caught:
        q931.decode(bytes.fromhex(octets))
    assert caught.value.offset == offset


@given(st.binary(max_size=120).map(lambda tail: bytes.fromhex("0802000105") + tail) | st.binary(max_size=40))
def test_random_octets_are_refused_or_repeated(data: bytes) -> None:
    try:
        message = q931.decode(data)
    except DecodeError:
        return
    assert q931.encode(message) == data


@pytest.mark.parametrize(
    "message",
    [
        Message(0x8000, False, MessageType.SETUP),
        Message(1, False, 0x85),
        Message(1, False, MessageType.SETUP, (InformationElement(ElementId.DISPLAY, bytes(256)),)),
    ],
)
def test_not_encoded(message: Message) -> None:
    with pytest.raises(ValueError, match=r"not in|information element"):
        q931.encode(message)


def test_cause() -> None:
    assert cause_element(16).content.hex() == "8090"
    assert decode_cause(cause_element(17, location=10).content) == Cause(17, 10)
    # Octet 3a stands in between when octet 3 has no extension bit.
    assert decode_cause(bytes.fromhex("008090")) == Cause(16, 0)
    with pytest.raises(DecodeError):
        decode_cause(b"\x80")


@pytest.mark.parametrize(
    ("party", "octets"),
    [
        (Number("2001", type_of_number=4, numbering_plan=9), "c932303031"),
        (Number("2001", presentation=0x21), "01a132303031"),
        (Number(""), "81"),
    ],
)
def test_numbers(party: Number, octets: str) -> None:
    element = number_element(ElementId.CALLING_PARTY_NUMBER, party)
    assert element.content.hex() == octets
    assert decode_number(element.content) == party


def test_numbers_refused() -> None:
    for octets in (b"", b"\x01"):
        with pytest.raises(DecodeError):
            decode_number(octets)


def test_display_has_a_limit() -> None:
    assert display_text(display("Zoë").content) == "Zoë"
    with pytest.raises(ValueError, match="83"):
        display("x" * 83)


def test_names() -> None:
    assert q931.name(MessageType.RELEASE_COMPLETE) == "ReleaseComplete"
    assert q931.name(0x66) == "message type 0x66"
