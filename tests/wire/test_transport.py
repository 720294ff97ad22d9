from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.model.packet import Protocol, TcpFlags
from ringfence.wire.transport import (
    TcpSegment,
    UdpDatagram,
    decode_tcp,
    decode_udp,
    encode_tcp,
    encode_udp,
)
from support.checksums import transport_checksum_holds

SOURCE, DESTINATION = IPv4Address("10.20.0.50"), IPv4Address("10.30.0.10")


def test_udp_header() -> None:
    octets = encode_udp(UdpDatagram(49300, 1719, b"GRQ"), SOURCE, DESTINATION)
    assert octets[:6] == bytes.fromhex("c094 06b7 000b")
    assert decode_udp(octets + b"padding") == UdpDatagram(49300, 1719, b"GRQ")


def test_udp_sum_of_zero_is_sent_as_ones() -> None:
    # The payload makes the sum of everything else all ones.
    plain = encode_udp(UdpDatagram(1, 2, b"\0\0"), SOURCE, DESTINATION)
    filling = plain[6:8]
    octets = encode_udp(UdpDatagram(1, 2, filling), SOURCE, DESTINATION)
    assert octets[6:8] == b"\xff\xff"
    assert transport_checksum_holds(octets, SOURCE, DESTINATION, Protocol.UDP)


def test_udp_without_checksum_holds() -> None:
    assert transport_checksum_holds(bytes.fromhex("0001 0002 0008 0000"), SOURCE, DESTINATION, Protocol.UDP)


def test_tcp_syn_with_its_options() -> None:
    syn = TcpSegment(61440, 1720, 7, flags=TcpFlags.SYN, options=bytes.fromhex("020405b4"))
    octets = encode_tcp(syn, SOURCE, DESTINATION)
    assert octets[:14] == bytes.fromhex("f000 06b8 00000007 00000000 6002")
    assert decode_tcp(octets) == syn


def test_a_changed_octet_breaks_the_sum() -> None:
    octets = encode_tcp(TcpSegment(1, 2, 3, payload=b"data"), SOURCE, DESTINATION)
    assert transport_checksum_holds(octets, SOURCE, DESTINATION, Protocol.TCP)
    assert not transport_checksum_holds(octets[:-1] + b"!", SOURCE, DESTINATION, Protocol.TCP)


@pytest.mark.parametrize("octets", ["", "0001000200", "0001000200070000"])
def test_nonsense_udp_is_refused(octets: str) -> None:
    with pytest.raises(DecodeError):
        decode_udp(bytes.fromhex(octets))


@pytest.mark.parametrize("offset", ["40", "60"])
def test_nonsense_tcp_header_length_is_refused(offset: str) -> None:
    with pytest.raises(DecodeError):
        decode_tcp(bytes.fromhex("00010002 00000000 00000000" + offset + "02 0000 0000 0000"))


ports = st.integers(0, 0xFFFF)
numbers = st.integers(0, 2**32 - 1)
segments = st.builds(
    TcpSegment,
    ports,
    ports,
    numbers,
    numbers,
    st.integers(0, 255).map(TcpFlags),
    ports,
    st.binary(max_size=60),
    st.integers(0, 10).flatmap(lambda words: st.binary(min_size=words * 4, max_size=words * 4)),
    ports,
    st.integers(0, 15),
)


@given(segments)
def test_tcp_that_is_encoded_is_decoded(segment: TcpSegment) -> None:
    octets = encode_tcp(segment, SOURCE, DESTINATION)
    assert decode_tcp(octets) == segment
    assert transport_checksum_holds(octets, SOURCE, DESTINATION, Protocol.TCP)


@given(ports, ports, st.binary(max_size=100), st.integers(0, 50))
def test_udp_that_is_encoded_is_decoded(source: int, destination: int, payload: bytes, missing: int) -> None:
    datagram = UdpDatagram(source, destination, payload, missing)
    assert decode_udp(encode_udp(datagram, SOURCE, DESTINATION)) == datagram


@given(st.binary(max_size=60))
def test_udp_over_ipv6_has_its_own_pseudo_header(payload: bytes) -> None:
    here, there = IPv6Address("2001:db8::1"), IPv6Address("2001:db8::2")
    octets = encode_udp(UdpDatagram(1, 2, payload), here, there)
    assert transport_checksum_holds(octets, here, there, Protocol.UDP)


@given(st.binary(max_size=60))
def test_any_octets_decode_or_are_refused(data: bytes) -> None:
    for decode in (decode_udp, decode_tcp):
        try:
            decode(data)
        except DecodeError:
            continue
