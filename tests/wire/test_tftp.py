"""TFTP packets against RFC 1350, section 5."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire.tftp import TFTP_BLOCK, TftpOpcode, TftpPacket, decode_tftp, encode_tftp

NAMES = st.binary(min_size=1, max_size=80).filter(lambda name: b"\0" not in name)


@pytest.mark.parametrize(
    ("octets", "packet", "text"),
    [
        (b"\0\x01a.scr\0octet\0", TftpPacket(TftpOpcode.RRQ, 0, b"a.scr"), "RRQ a.scr"),
        (b"\0\x03\0\x01abc", TftpPacket(TftpOpcode.DATA, 1, b"abc"), "DATA 1"),
        (b"\0\x04\0\x01", TftpPacket(TftpOpcode.ACK, 1), "ACK 1"),
        (b"\0\x05\0\x01gone\0", TftpPacket(TftpOpcode.ERROR, 1, b"gone"), "ERROR 1 gone"),
    ],
)
def test_packets_of_the_standard(octets: bytes, packet: TftpPacket, text: str) -> None:
    assert decode_tftp(octets) == packet
    assert encode_tftp(packet) == octets
    assert packet.text == text


def test_options_behind_a_request_are_left_aside() -> None:
    assert decode_tftp(b"\0\x01a\0octet\0tsize\x000\0").data == b"a"


@given(NAMES)
def test_a_request_is_read_back(name: bytes) -> None:
    packet = TftpPacket(TftpOpcode.RRQ, 0, name)
    assert decode_tftp(encode_tftp(packet)) == packet


@given(st.integers(0, 65535), st.binary(max_size=TFTP_BLOCK))
def test_a_block_is_read_back(number: int, data: bytes) -> None:
    packet = TftpPacket(TftpOpcode.DATA, number, data)
    assert decode_tftp(encode_tftp(packet)) == packet


@given(st.binary(max_size=600))
def test_any_octets_are_a_packet_or_refused(octets: bytes) -> None:
    try:
        decode_tftp(octets)
    except DecodeError as error:
        assert error.what


NO_PACKETS = [
    b"",
    b"\0\x09",
    b"\0\x01a",
    b"\0\x01\0octet\0",
    b"\0\x01a\0mail\0",
    b"\0\x03\0",
    b"\0\x03\0\x01" + bytes(513),
]


@pytest.mark.parametrize("octets", NO_PACKETS)
def test_what_is_no_packet_is_refused(octets: bytes) -> None:
    with pytest.raises(DecodeError):
        decode_tftp(octets)
