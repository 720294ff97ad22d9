"""Whole call signalling messages: Q.931 around H323-UserInformation."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, per, q931
from ringfence.wire.call_signalling import MESSAGE_TYPES, CallSignal, signal
from ringfence.wire.h225 import (
    CallIdentifier,
    EndpointType,
    H323messagebody,
    InformationUUIE,
    NonStandardParameter,
    SetupUUIE,
    TerminalInfo,
)
from ringfence.wire.h225.values import protocol_identifier
from ringfence.wire.per.notation import UnknownAlternative
from ringfence.wire.q931 import ElementId, InformationElement, MessageType
from ringfence.wire.q931_elements import SPEECH, cause_element, display
from support.peers.pycrate_oracle import Values, alternatives

SETUP = signal(
    1,
    (
        "setup",
        SetupUUIE(
            protocolIdentifier=protocol_identifier(4),
            sourceInfo=EndpointType(terminal=TerminalInfo(), mc=False, undefinedNode=False),
            activeMC=False,
            conferenceID=bytes(16),
            conferenceGoal=("create", True),
            callType=("pointToPoint", True),
            callIdentifier=CallIdentifier(guid=bytes(range(16))),
            fastStart=[b"\x00" * 40],
            mediaWaitForConnect=False,
            canOverlapSend=False,
        ),
    ),
    elements=(SPEECH, display("Alice")),
    h245Tunneling=False,
)
# What a handset says on its permanent call: an octet of CCMS in nonStandardControl.
INFORMATION = signal(
    1,
    (
        "information",
        InformationUUIE(
            protocolIdentifier=protocol_identifier(5), callIdentifier=CallIdentifier(guid=bytes(16))
        ),
    ),
    from_destination=True,
    nonStandardControl=[
        NonStandardParameter(
            nonStandardIdentifier=("object", (2, 16, 840, 1, 113778, 4, 2, 10)),
            data=bytes.fromhex("053800 8002".replace(" ", "")),
        )
    ],
)
RELEASE = CallSignal(1, True, MessageType.RELEASE_COMPLETE, None, (cause_element(16),))


@pytest.mark.parametrize("message", [SETUP, INFORMATION, RELEASE], ids=lambda message: message.name)
def test_there_and_back(message: CallSignal) -> None:
    data = call_signalling.encode(message)
    assert call_signalling.decode(data) == message
    assert q931.decode(data).message_type == message.message_type


def test_user_user_element() -> None:
    """0x7e, two octets of length, 5 for ASN.1, then the octets."""
    data = call_signalling.encode(SETUP)
    octets = per.encode(type(SETUP.user_information), SETUP.user_information)
    assert data.endswith(b"\x7e" + (len(octets) + 1).to_bytes(2, "big") + b"\x05" + octets)
    body = SETUP.body
    assert body is not None
    assert not isinstance(body, UnknownAlternative)
    assert body[0] == "setup"
    assert RELEASE.body is None


@pytest.mark.parametrize(("name", "kind"), alternatives(H323messagebody)[0])
def test_every_body_has_its_message(name: str, kind: Any) -> None:
    body: Any = (name, Values(3, deepest=4).of(kind))
    message = signal(7, body)
    decoded = call_signalling.decode(call_signalling.encode(message))
    assert decoded == message
    assert decoded.message_type == MESSAGE_TYPES[name]


def test_elements_around_keep_their_order() -> None:
    message = SETUP._replace(
        elements=(InformationElement(0x5D, b"\x01\x02"), SPEECH, InformationElement(0xA1))
    )
    assert call_signalling.decode(call_signalling.encode(message)) == message


def test_place_of_a_fault_in_the_user_user_element() -> None:
    data = bytearray(call_signalling.encode(SETUP))
    start = data.index(b"\x7e")
    cut = bytes(data[: start + 20])
    short = cut[: start + 1] + (20 - 3).to_bytes(2, "big") + cut[start + 3 :]
    with pytest.raises(DecodeError, match=r"User-user: h323_uu_pdu\.h323_message_body") as caught:
        call_signalling.decode(short)
    assert caught.value.offset is not None
    assert start + 4 < caught.value.offset <= len(short)


def test_other_user_information_is_refused() -> None:
    message = q931.Message(
        1, False, MessageType.SETUP, (InformationElement(ElementId.USER_USER, b"\x04text"),)
    )
    with pytest.raises(DecodeError, match="not H323-UserInformation"):
        call_signalling.decode(q931.encode(message))


@settings(max_examples=300)
@given(
    st.sampled_from([call_signalling.encode(each) for each in (SETUP, INFORMATION, RELEASE)]),
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 255)), min_size=1, max_size=4),
)
def test_mutated_octets(data: bytes, changes: list[tuple[int, int]]) -> None:
    mutated = bytearray(data)
    for at, octet in changes:
        mutated[at % len(mutated)] = octet
    try:
        message = call_signalling.decode(bytes(mutated))
    except DecodeError as error:
        assert error.offset is None or 0 <= error.offset <= len(data)
    else:
        if all(codeset_shift(element) is False for element in message.elements):
            assert call_signalling.decode(call_signalling.encode(message)) == message


def codeset_shift(element: InformationElement) -> bool:
    """Behind a shift the User-user element, which goes last, would be another one."""
    return element.identifier & 0xF0 == 0x90
