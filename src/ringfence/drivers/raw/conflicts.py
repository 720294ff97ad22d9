"""Who has an address on a wire already, asked before it is used there (RFC 5227 section 2.1)."""

import select
import socket
import time
from collections.abc import Iterable
from ipaddress import IPv4Address

from ringfence.drivers.aio import linux
from ringfence.drivers.raw.packet_socket import PacketSocket
from ringfence.model.address import UNSPECIFIED
from ringfence.model.errors import DecodeError
from ringfence.wire.ethernet import (
    ARP_REQUEST,
    BROADCAST,
    ETHERTYPE_ARP,
    Arp,
    EthernetFrame,
    VlanTag,
    decode_arp,
    decode_ethernet,
    encode_arp,
    encode_ethernet,
)

_PROBES = 2
_BETWEEN = 0.5  # seconds that an answer may take; RFC 5227 leaves 1 to 2 s between probes, and more of them


def holders(interface: str, vlan: int, addresses: Iterable[IPv4Address]) -> dict[IPv4Address, bytes]:
    """The MAC address of whoever answers for each, as far as somebody does. OSError as `PacketSocket`."""
    wanted = tuple(addresses)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        own = linux.interface_mac(any_socket, interface)
    found: dict[IPv4Address, bytes] = {}
    wire = PacketSocket(socket.socket, interface, (own[:4],))
    try:
        for _ in range(_PROBES):
            for address in wanted:
                wire.send(_probe(own, address, vlan))
            _listen(wire, own, found)
    finally:
        wire.close()
    return {address: mac for address, mac in found.items() if address in wanted}


def _probe(own: bytes, address: IPv4Address, vlan: int) -> bytes:
    arp = encode_arp(Arp(ARP_REQUEST, own, UNSPECIFIED, bytes(6), address))
    tags = (VlanTag(vlan),) if vlan else ()
    return encode_ethernet(EthernetFrame(BROADCAST, own, ETHERTYPE_ARP, arp, tags))


def _listen(wire: PacketSocket, own: bytes, found: dict[IPv4Address, bytes]) -> None:
    until = time.monotonic() + _BETWEEN
    while (left := until - time.monotonic()) > 0:
        if not select.select([wire.sock], [], [], left)[0]:
            return
        received = wire.receive()
        if received is None:
            continue
        try:
            frame = decode_ethernet(received.octets)
            arp = decode_arp(frame.payload) if frame.ethertype == ETHERTYPE_ARP else None
        except DecodeError:
            continue
        if arp is not None and arp.sender_mac != own and arp.sender_ip != UNSPECIFIED:
            found[arp.sender_ip] = arp.sender_mac
