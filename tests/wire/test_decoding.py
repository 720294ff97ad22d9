"""A message of whatever kind as a person gives it: whole, or broken off."""

from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire import call_signalling, decoding, dhcp, ras, tpkt
from ringfence.wire.dhcp_options import DhcpMessageType
from ringfence.wire.h225 import CallIdentifier, ReleaseCompleteUUIE, UnregistrationConfirm
from ringfence.wire.h225.values import protocol_identifier
from ringfence.wire.q931 import ElementId, InformationElement
from support.captures.recorded_site import dhcp_message, rrq

RRQ = rrq(4711)
RELEASE = call_signalling.encode(
    call_signalling.signal(
        77,
        ("releaseComplete", ReleaseCompleteUUIE(protocolIdentifier=protocol_identifier(4))),
        elements=(InformationElement(ElementId.CAUSE, b"\x80\x90"),),
    )
)
NAMED = call_signalling.encode(
    call_signalling.signal(
        78,
        (
            "releaseComplete",
            ReleaseCompleteUUIE(
                protocolIdentifier=protocol_identifier(4), callIdentifier=CallIdentifier(guid=bytes(16))
            ),
        ),
    )
)
STREAM = tpkt.frame(RELEASE) * 2
DISCOVER = dhcp_message(DhcpMessageType.DISCOVER, dhcp.Op.BOOTREQUEST, 7)


@pytest.mark.parametrize(
    ("octets", "length", "kind", "shown", "hidden"),
    [
        (RRQ, len(RRQ) - 3, "ras", "requestSeqNum: 4711", "willSupplyUUIEs"),
        (RELEASE, len(RELEASE) - 2, "call", "Cause: 16", "callIdentifier"),
        (DISCOVER, 245, "dhcp", "option 53", "option 55"),
        (DISCOVER, 96, "dhcp", "xid: 0x00000007", "option 53"),
        (STREAM, len(STREAM) - 2, "tpkt", "TPKT 2, breaks off", "TPKT 3"),
        (tpkt.frame(RELEASE), 20, "tpkt", "Cause: 16", "callIdentifier"),
        (RELEASE, len(RELEASE) - 1, "call", "call reference: 77", "callIdentifier"),
        (NAMED, len(NAMED) - 3, "call", "H.225.0 version 4", "guid"),
        (tpkt.frame(NAMED), 4 + len(NAMED) - 3, "tpkt", "H.225.0 version 4", "guid"),
    ],
    ids=[
        *("RAS", "call signalling", "DHCP", "header of DHCP", "stream", "first of a stream"),
        *("its call", "its H.323 part", "that in a stream"),
    ],
)  # fmt: skip
def test_what_stands_before_the_fault_is_shown(
    octets: bytes, length: int, kind: str, shown: str, hidden: str
) -> None:
    decoded = decoding.decode_any(octets[:length])
    assert decoded.kind == kind
    assert decoded.fault is not None
    assert decoded.fault.offset is not None
    assert shown in "\n".join(decoded.lines)
    assert hidden not in "\n".join(decoded.lines)
    assert decoding.decode_any(octets).fault is None


@given(st.sampled_from([(RRQ, "ras"), (RELEASE, "call"), (NAMED, "call"), (STREAM, "tpkt")]), st.data())
def test_no_more_is_shown_than_was_there(message: tuple[bytes, str], data: st.DataObject) -> None:
    """Every line of a message that breaks off stands in the whole one, but for the words that say so."""
    octets, kind = message
    whole = {line.strip() for line in decoding.decode_any(octets).lines} | {"User-user"}
    try:
        decoded = decoding.decode_any(octets[: data.draw(st.integers(0, len(octets) - 1))], kind)
    except DecodeError as error:
        assert str(error).count("at octet") <= 1
        return  # nothing was read
    assert decoded.fault is None or str(decoded.fault).count("at octet") <= 1
    assert all(line.strip() in whole or line.endswith(", breaks off") for line in decoded.lines)


@pytest.mark.parametrize("length", [30, 44, 100, 236, 240])
def test_no_bootp_is_a_gatekeeper_request(length: int) -> None:
    """A request of BOOTP is mostly zeros, which the packed encoding reads as empty components."""
    octets = dhcp.encode(
        dhcp.DhcpMessage(
            dhcp.Op.BOOTREQUEST, 0x1234, bytes.fromhex("001b4f000001"), giaddr=IPv4Address("10.20.0.1")
        )
    )[:length]
    try:
        assert decoding.decode_any(octets).kind == "dhcp"
    except DecodeError as error:
        assert "dhcp" in str(error)
        assert "ras" not in str(error)


def test_octets_without_a_mark_are_none_of_ours() -> None:
    with pytest.raises(DecodeError, match="not a message of a known kind"):
        decoding.decode_any(b"\xff" * 12)


def test_a_whole_message_needs_no_mark() -> None:
    octets = ras.encode(UnregistrationConfirm(requestSeqNum=4711))
    assert decoding.decode_any(octets).lines == ["UnregistrationConfirm", "  requestSeqNum: 4711"]
