"""RTP and RTCP: octets of RFC 3550, and whatever comes back from a peer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire.rtp import (
    PCMA,
    ReceptionReport,
    RtcpReport,
    RtpPacket,
    decode_rtcp,
    decode_rtp,
    encode_rtcp,
    encode_rtp,
)

WORD = st.integers(0, 0xFFFFFFFF)
PACKETS = st.builds(
    RtpPacket,
    # With the marker bit 64-95 would be read as RTCP (RFC 5761 section 4).
    payload_type=st.integers(0, 63) | st.integers(96, 127),
    sequence=st.integers(0, 0xFFFF),
    timestamp=WORD,
    ssrc=WORD,
    payload=st.binary(max_size=200),
    marker=st.booleans(),
)
BLOCKS = st.builds(ReceptionReport, ssrc=WORD, lost=st.integers(-(1 << 23), (1 << 23) - 1), highest=WORD)
REPORTS = st.builds(
    RtcpReport,
    ssrc=WORD,
    cname=st.text("abc.@0123", max_size=40),
    sent=st.none() | st.tuples(WORD, WORD),
    reports=st.lists(BLOCKS, max_size=3).map(tuple),
)


@given(PACKETS)
def test_rtp_comes_back(packet: RtpPacket) -> None:
    assert decode_rtp(encode_rtp(packet)) == packet


@given(REPORTS)
def test_rtcp_comes_back_in_whole_words(report: RtcpReport) -> None:
    data = encode_rtcp(report)
    assert len(data) % 4 == 0
    assert decode_rtcp(data) == report


def test_the_octets_are_those_of_the_standard() -> None:
    """Written by hand from the figures of sections 5.1 and 6.4.2."""
    packet = RtpPacket(PCMA, 1, 160, 0x01020304, b"\xd5\xd5", marker=True)
    assert encode_rtp(packet).hex() == "80880001000000a001020304d5d5"
    report = RtcpReport(0x01020304, "ab", None, (ReceptionReport(0x05060708, -1, 10),))
    first = "81c90007 01020304 05060708 00ffffff 0000000a 00000000 00000000 00000000"
    names = "81ca0003 01020304 01026162 00000000"
    assert encode_rtcp(report) == bytes.fromhex(first + names)


def test_extension_sources_and_padding_are_no_audio() -> None:
    head, sources = "b1000001000000a001020304", "aaaaaaaa"
    assert decode_rtp(bytes.fromhex(f"{head}{sources}bede0001ffffffff1111 000002")).payload == b"\x11\x11\x00"


@given(st.binary(max_size=60))
def test_no_octets_of_a_peer_raise_anything_else(data: bytes) -> None:
    for decode in (decode_rtp, decode_rtcp):
        try:
            decode(data)
        except DecodeError:
            continue


@pytest.mark.parametrize("kind", [200, 201, 202])
def test_rtcp_is_no_rtp(kind: int) -> None:
    with pytest.raises(DecodeError):
        decode_rtp(bytes([0x80, kind]) + bytes(30))
