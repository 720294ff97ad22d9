from dataclasses import replace
from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.wire.ipv4 import Ipv4Packet, checksum, decode_ipv4, encode_ipv4
from support.checksums import header_checksum_holds

# The header example that is printed in many textbooks: 192.168.0.1 to 192.168.0.199, UDP, sum 0xb861.
TEXTBOOK = bytes.fromhex("45000073 00004000 4011b861 c0a80001 c0a800c7") + bytes(0x73 - 20)


def test_textbook_header() -> None:
    packet = decode_ipv4(TEXTBOOK)
    assert str(packet.source) == "192.168.0.1"
    assert str(packet.destination) == "192.168.0.199"
    assert (packet.protocol, packet.ttl, packet.dont_fragment) == (17, 64, True)
    assert header_checksum_holds(TEXTBOOK)
    assert encode_ipv4(packet) == TEXTBOOK


def test_wrong_checksum_is_told_and_not_refused() -> None:
    offloaded = TEXTBOOK[:10] + b"\0\0" + TEXTBOOK[12:]
    assert not header_checksum_holds(offloaded)
    assert decode_ipv4(offloaded) == decode_ipv4(TEXTBOOK)


def test_padding_behind_the_packet_is_dropped() -> None:
    assert decode_ipv4(TEXTBOOK + bytes(10)) == decode_ipv4(TEXTBOOK)


def test_short_capture_says_what_it_lacks() -> None:
    packet = decode_ipv4(TEXTBOOK[:64])
    assert len(packet.payload) == 44
    assert packet.missing == 0x73 - 64


def test_later_fragment_shows_its_offset() -> None:
    packet = decode_ipv4(bytes.fromhex("4500001c 000120b9 40110000 c0a80001 c0a800c7") + bytes(8))
    assert packet.fragment
    assert packet.more_fragments
    assert packet.fragment_offset == 185 * 8


def test_length_zero_is_a_packet_not_yet_cut_into_segments() -> None:
    packet = decode_ipv4(bytes.fromhex("45000000 00004000 40060000 c0a80001 c0a800c7") + bytes(70000))
    assert len(packet.payload) == 70000


@pytest.mark.parametrize(
    "octets",
    [
        "",
        "45",
        "65000014" + "00" * 16,
        "44000014" + "00" * 16,
        "4f00003c" + "00" * 16,
        "45000013" + "00" * 16,
    ],
)
def test_nonsense_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        decode_ipv4(bytes.fromhex(octets))


def test_oversized_packet_is_not_built() -> None:
    with pytest.raises(ValueError, match="65536"):
        encode_ipv4(Ipv4Packet(IPv4Address(1), IPv4Address(2), 17, bytes(65516)))


def test_checksum_of_zeros_and_of_ones() -> None:
    assert checksum(b"\0\0\0\0") == 0xFFFF
    assert checksum(b"\xff\xff") == 0
    assert checksum(b"\x01") == 0xFEFF


def _words(data: bytes) -> int:
    """RFC 1071 section 4.1 done word by word."""
    total = 0
    for index in range(0, len(data), 2):
        total += int.from_bytes(data[index : index + 2].ljust(2, b"\0"), "big")
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


@given(st.binary(max_size=300))
def test_checksum_is_the_sum_of_words(data: bytes) -> None:
    assert checksum(data) == _words(data)


packets = st.builds(
    Ipv4Packet,
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 255),
    st.binary(max_size=100),
    ttl=st.integers(0, 255),
    identification=st.integers(0, 0xFFFF),
    dont_fragment=st.booleans(),
    more_fragments=st.booleans(),
    fragment_offset=st.integers(0, 8191).map(lambda units: units * 8),
    tos=st.integers(0, 255),
    options=st.integers(0, 10).flatmap(lambda words: st.binary(min_size=words * 4, max_size=words * 4)),
)


@given(packets, st.integers(0, 100))
def test_what_is_encoded_is_decoded(packet: Ipv4Packet, missing: int) -> None:
    packet = replace(packet, missing=missing)
    octets = encode_ipv4(packet)
    assert decode_ipv4(octets) == packet
    assert header_checksum_holds(octets)


@given(st.binary(max_size=80))
def test_any_octets_decode_or_are_refused(data: bytes) -> None:
    try:
        decode_ipv4(data)
    except DecodeError:
        return
