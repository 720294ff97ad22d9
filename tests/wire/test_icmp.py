from ipaddress import IPv4Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.model.packet import DESTINATION_UNREACHABLE, ECHO_REQUEST, Packet, Protocol
from ringfence.wire.frame import datagram_of
from ringfence.wire.icmp import (
    PORT_UNREACHABLE,
    Echo,
    IcmpMessage,
    decode_echo,
    decode_icmp,
    decode_quoted,
    encode_echo,
    encode_icmp,
    quoting,
)
from support.checksums import icmp_checksum_holds

PHONE, GATEKEEPER = IPv4Address("10.20.0.50"), IPv4Address("10.30.0.10")


def test_echo_request_as_on_the_wire() -> None:
    octets = encode_icmp(IcmpMessage(ECHO_REQUEST, 0, encode_echo(Echo(1, 2, b"ab"))))
    assert octets == bytes.fromhex("0800 969a 0001 0002 6162")
    assert icmp_checksum_holds(octets)
    assert decode_echo(decode_icmp(octets).body) == Echo(1, 2, b"ab")


@pytest.mark.parametrize("protocol", [Protocol.UDP, Protocol.TCP])
def test_error_quotes_addresses_and_ports(protocol: Protocol) -> None:
    original = Packet(protocol, PHONE, 49300, GATEKEEPER, 1719, payload=bytes(100))
    error = IcmpMessage(DESTINATION_UNREACHABLE, PORT_UNREACHABLE, quoting(datagram_of(original)))
    assert len(error.body) == 4 + 20 + 8
    assert decode_quoted(error.body) == Packet(protocol, PHONE, 49300, GATEKEEPER, 1719)


def test_error_quotes_the_echo_identifier() -> None:
    original = Packet(Protocol.ICMP, PHONE, ECHO_REQUEST, GATEKEEPER, 0, payload=encode_echo(Echo(77, 5)))
    quoted = decode_quoted(quoting(datagram_of(original)))
    assert quoted == original


def test_error_about_a_later_fragment_is_refused() -> None:
    later = bytes.fromhex("4500001c 000100b9 40110000 c0a80001 c0a800c7") + bytes(8)
    with pytest.raises(DecodeError, match="fragment"):
        decode_quoted(quoting(later))


def test_error_about_an_unknown_protocol_is_refused() -> None:
    with pytest.raises(DecodeError, match="protocol 89"):
        decode_quoted(quoting(bytes.fromhex("4500001c 00010000 40590000 c0a80001 c0a800c7") + bytes(8)))


@given(st.integers(0, 255), st.integers(0, 255), st.binary(min_size=4, max_size=60))
def test_what_is_encoded_is_decoded(kind: int, code: int, body: bytes) -> None:
    message = IcmpMessage(kind, code, body)
    octets = encode_icmp(message)
    assert decode_icmp(octets) == message
    assert icmp_checksum_holds(octets)


@given(st.binary(max_size=60))
def test_any_octets_decode_or_are_refused(data: bytes) -> None:
    for decode in (decode_icmp, decode_echo, decode_quoted):
        try:
            decode(data)
        except DecodeError:
            continue
