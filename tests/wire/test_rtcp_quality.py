"""Avaya's addition to RTCP for monitors: a sample of documentation addresses, and whatever comes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.address import TransportAddress, transport
from ringfence.model.errors import DecodeError
from ringfence.wire.rtcp_quality import QualityReport, decode_quality, encode_quality
from ringfence.wire.rtp import ReceptionReport, RtcpReport, encode_rtcp

SAMPLE = bytes.fromhex(
    "84cc000b 11111111 2d41562d 22222222 e007db00 000000fa 00009c40 000c c0000214 0805 00 02 3e 2e 00 00"
    " 0804 0800 0000"
)
MEANT = QualityReport(
    0x11111111,
    0x22222222,
    packets=250,
    octets=40_000,
    round_trip=12,
    remote=transport("192.0.2.20", 2053),
    payload_type=0,
    frames=2,
    ttl=62,
    dscp=46,
    encryption=0,
    suppression=0,
    source_port=2052,
    destination_port=2048,
)
OCTET, HALF, WORD = st.integers(0, 255), st.integers(0, 0xFFFF), st.integers(0, 0xFFFFFFFF)
REPORTS = st.builds(
    QualityReport,
    ssrc=WORD,
    about=WORD,
    packets=st.none() | WORD,
    octets=st.none() | WORD,
    round_trip=st.none() | HALF,
    buffer=st.none() | HALF,
    remote=st.none() | st.builds(TransportAddress, st.ip_addresses(v=4), HALF),
    payload_type=st.none() | OCTET,
    frames=st.none() | OCTET,
    ttl=st.none() | OCTET,
    dscp=st.none() | OCTET,
    encryption=st.none() | OCTET,
    suppression=st.none() | OCTET,
    source_port=st.none() | HALF,
    destination_port=st.none() | HALF,
)


def test_the_sample_is_read_and_written_octet_for_octet() -> None:
    assert decode_quality(SAMPLE) == MEANT
    assert encode_quality(MEANT) == SAMPLE


@given(REPORTS)
def test_a_report_comes_back_from_behind_others(report: QualityReport) -> None:
    first = encode_rtcp(RtcpReport(1, "10.20.0.128", None, (ReceptionReport(2, 0, 10),)))
    data = encode_quality(report)
    assert len(data) % 4 == 0
    assert decode_quality(first + data) == report


@given(st.binary(max_size=60))
def test_no_octets_raise_anything_else(data: bytes) -> None:
    for octets in (data, SAMPLE[:16] + data):
        try:
            decode_quality(octets)
        except DecodeError:
            continue


def test_fields_of_unknown_size_are_refused() -> None:
    with pytest.raises(DecodeError, match="unknown size"):
        decode_quality(SAMPLE[:16] + bytes.fromhex("f107db00") + SAMPLE[20:])
