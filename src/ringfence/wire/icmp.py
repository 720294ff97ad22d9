"""ICMP (RFC 792): echo, and the errors that quote the packet they are about."""

import struct
from dataclasses import dataclass

from ringfence.model.errors import DecodeError
from ringfence.model.packet import DESTINATION_UNREACHABLE, Packet, Protocol
from ringfence.wire.ipv4 import checksum, decode_ipv4

TIME_EXCEEDED = 11
# The types that quote a packet (RFC 792; 5 is redirect, 12 parameter problem, 4 the obsolete source quench).
ERRORS = frozenset({DESTINATION_UNREACHABLE, 4, 5, TIME_EXCEEDED, 12})

NET_UNREACHABLE = 0  # codes of destination unreachable
HOST_UNREACHABLE = 1
PORT_UNREACHABLE = 3

_PORTS = struct.Struct("!HH")


@dataclass(frozen=True, slots=True)
class IcmpMessage:
    """`body` is everything behind the checksum: the rest of the header (4 octets) and the data."""

    type: int
    code: int
    body: bytes


def decode_icmp(data: bytes) -> IcmpMessage:
    if len(data) < 8:
        raise DecodeError("ICMP header cut short", len(data))
    return IcmpMessage(data[0], data[1], data[4:])


def encode_icmp(message: IcmpMessage) -> bytes:
    start = bytes((message.type, message.code))
    return start + checksum(start + b"\0\0" + message.body).to_bytes(2, "big") + message.body


@dataclass(frozen=True, slots=True)
class Echo:
    """The body of an echo request or reply: identifier and sequence 0-65535."""

    identifier: int
    sequence: int
    data: bytes = b""


def decode_echo(body: bytes) -> Echo:
    if len(body) < _PORTS.size:
        raise DecodeError("ICMP echo cut short", len(body))
    identifier, sequence = _PORTS.unpack_from(body)
    return Echo(identifier, sequence, body[_PORTS.size :])


def encode_echo(echo: Echo) -> bytes:
    return _PORTS.pack(echo.identifier, echo.sequence) + echo.data


def decode_quoted(body: bytes) -> Packet:
    """The packet that an error is about: its addresses, protocol and ports, or for ICMP type and code.

    Routers quote the IP header and at least 8 octets (RFC 792), so flags and payload may be missing; an
    ICMP quote keeps identifier and sequence in `payload`. DecodeError for a protocol outside `Protocol` and
    for a fragment without ports.
    """
    inner = decode_ipv4(body[4:])
    if inner.fragment_offset:
        raise DecodeError("the quoted packet is a later fragment", 4)
    try:
        protocol = Protocol(inner.protocol)
    except ValueError:
        raise DecodeError(f"the quoted packet is of protocol {inner.protocol}", 4) from None
    data = inner.payload
    if protocol in {Protocol.ICMP, Protocol.ICMPV6}:
        message = decode_icmp(data)
        return Packet(
            protocol, inner.source, message.type, inner.destination, message.code, payload=message.body
        )
    if len(data) < _PORTS.size:
        raise DecodeError("the quoted packet is cut before its ports", 4)
    source_port, destination_port = _PORTS.unpack_from(data)
    return Packet(protocol, inner.source, source_port, inner.destination, destination_port)


def quoting(datagram: bytes) -> bytes:
    """The body of an error about the IPv4 packet `datagram`: its header and 8 octets (RFC 792)."""
    return b"\0\0\0\0" + datagram[: (datagram[0] & 15) * 4 + 8]
