"""What is said on a call-signalling connection."""

import pytest

from ringfence.model.flow import Role
from ringfence.wire import call_signalling, h225, tpkt
from ringfence.wire.q931 import ElementId, MessageType
from ringfence.wire.q931_elements import decode_cause
from support.actors.signalling_talk import released, session, talk


@pytest.mark.parametrize("chunk", [1, 3, 1000])
def test_the_first_exchange(chunk: int) -> None:
    handset = session(Role.HANDSET, sends_setup=True)
    gatekeeper = session(Role.GATEKEEPER, sends_setup=False)
    assert talk(handset, gatekeeper, chunk) == [
        "Setup",
        "CallProceeding",
        "Connect",
        "Information",
        "Information",
    ]
    assert handset.established
    assert gatekeeper.established


def test_setup_by_the_gatekeeper_leads_to_the_same_end() -> None:
    handset = session(Role.HANDSET, sends_setup=False)
    gatekeeper = session(Role.GATEKEEPER, sends_setup=True)
    assert talk(gatekeeper, handset) == ["Setup", "CallProceeding", "Connect", "Information", "Information"]
    assert handset.established
    assert gatekeeper.established


def test_setup_has_call_reference_one_and_names_no_destination() -> None:
    (message,), _ = tpkt.split(session(Role.HANDSET, sends_setup=True).open())
    signal = call_signalling.decode(message)
    assert (signal.call_reference, signal.from_destination) == (1, False)
    match signal.body:
        case ("setup", h225.SetupUUIE() as setup):
            assert setup.destinationAddress is None
            assert setup.destCallSignalAddress is None
        case other:
            raise AssertionError(other)


def test_the_destination_sets_the_call_reference_flag() -> None:
    gatekeeper = session(Role.GATEKEEPER, sends_setup=False)
    (said,) = gatekeeper.receive(session(Role.HANDSET, sends_setup=True).open())
    messages, _ = tpkt.split(said.octets)
    assert all(call_signalling.decode(message).from_destination for message in messages)


def test_a_status_inquiry_is_answered_with_the_call_state() -> None:
    handset = session(Role.HANDSET, sends_setup=True)
    inquiry = h225.StatusInquiryUUIE(
        protocolIdentifier=(0, 0, 8, 2250, 0, 2), callIdentifier=h225.CallIdentifier(guid=bytes(16))
    )
    signal = call_signalling.signal(1, ("statusInquiry", inquiry), from_destination=True)
    (said,) = handset.receive(tpkt.frame(call_signalling.encode(signal)))
    (message,), _ = tpkt.split(said.octets)
    status = call_signalling.decode(message)
    assert status.message_type == MessageType.STATUS
    contents = {element.identifier: element.content for element in status.elements}
    assert decode_cause(contents[ElementId.CAUSE]).value == 30
    assert contents[ElementId.CALL_STATE] == b"\x0a"


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        (released(), "ReleaseComplete"),
        (b"GET / HTTP/1.1\r\n", "TPKT"),
        (tpkt.frame(b"\x08\x02\x00"), "not understood"),
        (b"\x03\x00\xff\xff" + bytes(100), "TPKT"),
    ],
)
def test_what_ends_a_session(octets: bytes, why: str) -> None:
    (said,) = session(Role.GATEKEEPER, sends_setup=False).receive(octets)
    assert why in said.over


def test_an_empty_tpkt_is_nothing() -> None:
    assert list(session(Role.GATEKEEPER, sends_setup=False).receive(b"\x03\x00\x00\x04" * 3)) == []
