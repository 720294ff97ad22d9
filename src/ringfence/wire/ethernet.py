"""Ethernet II frames, IEEE 802.1Q tags (one, stacked, or a priority tag with VID 0) and ARP (RFC 826)."""

import struct
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.errors import DecodeError

ETHERTYPE_IPV4 = 0x0800
ETHERTYPE_ARP = 0x0806
CUSTOMER_TAG = 0x8100  # IEEE 802.1Q
SERVICE_TAG = 0x88A8  # IEEE 802.1ad
_TAGS = frozenset({CUSTOMER_TAG, SERVICE_TAG, 0x9100})  # 0x9100: stacked tags before 802.1ad

BROADCAST = b"\xff" * 6

_HEADER = struct.Struct("!6s6sH")
_TAG = struct.Struct("!HH")
_ARP = struct.Struct("!HHBBH6s4s6s4s")


@dataclass(frozen=True, slots=True)
class VlanTag:
    """`vid` 0-4095, of which 0 says priority only: the frame belongs to the port's own VLAN."""

    vid: int
    priority: int = 0
    drop_eligible: bool = False
    tpid: int = CUSTOMER_TAG


@dataclass(frozen=True, slots=True)
class EthernetFrame:
    """`tags` outermost first. A value of `ethertype` below 0x600 is an 802.3 length and kept as such."""

    destination: bytes
    source: bytes
    ethertype: int
    payload: bytes
    tags: tuple[VlanTag, ...] = ()


def decode_ethernet(data: bytes) -> EthernetFrame:
    """Padding stays in the payload: only the layer above knows its own length."""
    if len(data) < _HEADER.size:
        raise DecodeError(f"Ethernet frame of {len(data)} octets", 0)
    destination, source, ethertype = _HEADER.unpack_from(data)
    offset = _HEADER.size
    tags: list[VlanTag] = []
    while ethertype in _TAGS:
        if len(data) < offset + _TAG.size:
            raise DecodeError("802.1Q tag cut short", offset)
        control, inner = _TAG.unpack_from(data, offset)
        tags.append(VlanTag(control & 0xFFF, control >> 13, bool(control & 0x1000), ethertype))
        ethertype = inner
        offset += _TAG.size
    return EthernetFrame(destination, source, ethertype, data[offset:], tuple(tags))


def encode_ethernet(frame: EthernetFrame) -> bytes:
    """Adds no padding to the minimum size: a network card does that."""
    parts = [frame.destination, frame.source]
    for tag in frame.tags:
        control = tag.priority << 13 | tag.drop_eligible << 12 | tag.vid
        parts.append(_TAG.pack(tag.tpid, control))
    parts.append(frame.ethertype.to_bytes(2, "big"))
    parts.append(frame.payload)
    return b"".join(parts)


def tag_frame(frame: bytes, control: int) -> bytes:
    """The frame with an 802.1Q tag of this control information (IEEE 802.1Q 9.6) after its addresses."""
    return frame[:12] + _TAG.pack(CUSTOMER_TAG, control) + frame[12:]


@dataclass(frozen=True, slots=True)
class Arp:
    """RFC 826 for IPv4 over Ethernet. `operation` 1: request, 2: reply."""

    operation: int
    sender_mac: bytes
    sender_ip: IPv4Address
    target_mac: bytes
    target_ip: IPv4Address


ARP_REQUEST = 1
ARP_REPLY = 2


def decode_arp(data: bytes) -> Arp:
    if len(data) < _ARP.size:
        raise DecodeError("ARP cut short", len(data))
    hardware, protocol, mac_length, ip_length, operation, *addresses = _ARP.unpack_from(data)
    if (hardware, protocol, mac_length, ip_length) != (1, ETHERTYPE_IPV4, 6, 4):
        raise DecodeError("ARP for something other than IPv4 over Ethernet", 0)
    sender_mac, sender_ip, target_mac, target_ip = addresses
    return Arp(operation, sender_mac, IPv4Address(sender_ip), target_mac, IPv4Address(target_ip))


def encode_arp(arp: Arp) -> bytes:
    return _ARP.pack(
        1,
        ETHERTYPE_IPV4,
        6,
        4,
        arp.operation,
        arp.sender_mac,
        arp.sender_ip.packed,
        arp.target_mac,
        arp.target_ip.packed,
    )


def multicast_mac(group: IPv4Address) -> bytes:
    """The low 23 bits of the group behind 01:00:5e (RFC 1112 section 6.4)."""
    return b"\x01\x00\x5e" + (int(group) & 0x7FFFFF).to_bytes(3, "big")
