"""UDP (RFC 768) and TCP (RFC 9293) headers with their checksums; TCP options are kept as octets."""

import struct
from dataclasses import dataclass

from ringfence.model.address import Address
from ringfence.model.errors import DecodeError
from ringfence.model.packet import NO_FLAGS, Protocol, TcpFlags
from ringfence.wire.ipv4 import checksum

_UDP = struct.Struct("!HHHH")
_TCP = struct.Struct("!HHIIBBHHH")
_TCP_FLAGS = tuple(TcpFlags(bits) for bits in range(256))  # an IntFlag look-up costs more than the header


@dataclass(frozen=True, slots=True)
class UdpDatagram:
    """`missing`: octets that the header announces and a capture or a fragment does not hold."""

    source_port: int
    destination_port: int
    payload: bytes
    missing: int = 0


def decode_udp(data: bytes) -> UdpDatagram:
    """The checksum is not judged: offloading network cards hand captures wrong ones."""
    if len(data) < _UDP.size:
        raise DecodeError("UDP header cut short", len(data))
    source, destination, length, _ = _UDP.unpack_from(data)
    if length < _UDP.size:
        raise DecodeError(f"UDP length {length}", 4)
    return UdpDatagram(source, destination, data[_UDP.size : length], max(0, length - len(data)))


def encode_udp(datagram: UdpDatagram, source: Address, destination: Address) -> bytes:
    length = _UDP.size + len(datagram.payload) + datagram.missing
    if length > 0xFFFF:
        raise ValueError(f"UDP datagram of {length} octets")
    header = _UDP.pack(datagram.source_port, datagram.destination_port, length, 0)
    octets = header + datagram.payload
    # A sum of zero is sent as all ones: zero means "no checksum" (RFC 768).
    total = checksum(pseudo_header(source, destination, Protocol.UDP, length) + octets) or 0xFFFF
    return header[:6] + total.to_bytes(2, "big") + datagram.payload


@dataclass(frozen=True, slots=True)
class TcpSegment:
    """`options` padded to a multiple of 4 octets; `reserved` the four bits before the flags."""

    source_port: int
    destination_port: int
    sequence: int
    acknowledgement: int = 0
    flags: TcpFlags = NO_FLAGS
    window: int = 64240
    payload: bytes = b""
    options: bytes = b""
    urgent: int = 0
    reserved: int = 0


def decode_tcp(data: bytes) -> TcpSegment:
    """The checksum is not judged: offloading network cards hand captures wrong ones."""
    if len(data) < _TCP.size:
        raise DecodeError("TCP header cut short", len(data))
    source, destination, sequence, acknowledgement, offset, flags, window, _, urgent = _TCP.unpack_from(data)
    header = (offset >> 4) * 4
    if header < _TCP.size:
        raise DecodeError(f"TCP header of {header} octets", 12)
    if len(data) < header:
        raise DecodeError("TCP options cut short", len(data))
    return TcpSegment(
        source,
        destination,
        sequence,
        acknowledgement,
        _TCP_FLAGS[flags],
        window,
        data[header:],
        data[_TCP.size : header],
        urgent,
        offset & 15,
    )


def encode_tcp(segment: TcpSegment, source: Address, destination: Address) -> bytes:
    """ValueError when options are no multiple of 4 octets or exceed 40."""
    header = _TCP.size + len(segment.options)
    if header % 4 or header > 60:
        raise ValueError("TCP options come in units of 4 octets, at most 40")
    octets = bytearray(
        _TCP.pack(
            segment.source_port,
            segment.destination_port,
            segment.sequence,
            segment.acknowledgement,
            header // 4 << 4 | segment.reserved,
            segment.flags,
            segment.window,
            0,
            segment.urgent,
        )
    )
    octets += segment.options
    octets += segment.payload
    total = checksum(pseudo_header(source, destination, Protocol.TCP, len(octets)) + octets)
    octets[16:18] = total.to_bytes(2, "big")
    return bytes(octets)


def pseudo_header(source: Address, destination: Address, protocol: int, length: int) -> bytes:
    """What UDP and TCP checksums cover besides themselves (RFC 768, RFC 9293; RFC 8200 section 8.1)."""
    if source.version == 4:
        return source.packed + destination.packed + struct.pack("!HH", protocol, length)
    return source.packed + destination.packed + struct.pack("!II", length, protocol)
