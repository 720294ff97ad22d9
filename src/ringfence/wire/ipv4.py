"""IPv4 (RFC 791): header, checksum, options kept as octets, fragments recognised but not reassembled."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.errors import DecodeError

_HEADER = struct.Struct("!BBHHHBBH4s4s")
_DONT_FRAGMENT = 0x4000
_MORE_FRAGMENTS = 0x2000


@dataclass(frozen=True, slots=True)
class Ipv4Packet:
    """One datagram or one fragment of it.

    `fragment_offset` in octets, a multiple of 8. `missing`: octets that the header announces and a capture
    with a short snapshot length did not keep. `options` padded to a multiple of 4.
    """

    source: IPv4Address
    destination: IPv4Address
    protocol: int
    payload: bytes
    ttl: int = 64
    identification: int = 0
    dont_fragment: bool = True
    more_fragments: bool = False
    fragment_offset: int = 0
    tos: int = 0
    options: bytes = b""
    missing: int = 0

    @property
    def fragment(self) -> bool:
        return self.more_fragments or self.fragment_offset > 0


def decode_ipv4(data: bytes) -> Ipv4Packet:
    """Octets behind the announced length (Ethernet padding) are dropped. The checksum is not judged:
    offloading network cards hand captures wrong ones.
    """
    if len(data) < _HEADER.size:
        raise DecodeError("IPv4 header cut short", len(data))
    first, tos, total, identification, fragments, ttl, protocol, _, source, destination = _HEADER.unpack_from(
        data
    )
    if first >> 4 != 4:
        raise DecodeError(f"IP version {first >> 4} where 4 was announced", 0)
    header = (first & 15) * 4
    # A sending host captures what its network card will cut into segments; above 64 KiB the length is 0.
    total = total or len(data)
    if header < _HEADER.size or total < header:
        raise DecodeError(f"IPv4 header of {header} octets in a packet of {total}", 0)
    if len(data) < header:
        raise DecodeError("IPv4 options cut short", len(data))
    return Ipv4Packet(
        IPv4Address(source),
        IPv4Address(destination),
        protocol,
        data[header:total],
        ttl,
        identification,
        bool(fragments & _DONT_FRAGMENT),
        bool(fragments & _MORE_FRAGMENTS),
        (fragments & 0x1FFF) * 8,
        tos,
        data[_HEADER.size : header],
        max(0, total - len(data)),
    )


def encode_ipv4(packet: Ipv4Packet) -> bytes:
    """ValueError when options or offset are no multiple of their unit, or the packet exceeds 65535 octets."""
    header = _HEADER.size + len(packet.options)
    total = header + len(packet.payload) + packet.missing
    if header % 4 or header > 60 or packet.fragment_offset % 8:
        raise ValueError("IPv4 options come in units of 4 octets up to 40, fragment offsets in units of 8")
    if total > 0xFFFF:
        raise ValueError(f"IPv4 packet of {total} octets")
    fragments = packet.dont_fragment * _DONT_FRAGMENT | packet.more_fragments * _MORE_FRAGMENTS
    octets = bytearray(
        _HEADER.pack(
            0x40 | header // 4,
            packet.tos,
            total,
            packet.identification,
            fragments | packet.fragment_offset // 8,
            packet.ttl,
            packet.protocol,
            0,
            packet.source.packed,
            packet.destination.packed,
        )
    )
    octets += packet.options
    octets[10:12] = checksum(octets).to_bytes(2, "big")
    return bytes(octets) + packet.payload


def checksum(data: bytes | bytearray) -> int:
    """The Internet checksum (RFC 1071) of `data` as if its checksum field were zero."""
    # 2**16 is 1 modulo 0xFFFF, so one division of the whole number does what the sum of words with
    # end-around carry does (RFC 1071 section 2), at the speed of long integers.
    if len(data) % 2:
        data = bytes(data) + b"\0"
    total = int.from_bytes(data, "big")
    remainder = total % 0xFFFF
    if remainder == 0 and total:
        remainder = 0xFFFF
    return 0xFFFF - remainder
