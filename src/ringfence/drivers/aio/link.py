"""A UDP datagram to a link address that we choose, past ARP: how a relay answers a client without an address.

RFC 2131 section 4.1: with the BROADCAST flag clear the reply goes to the client's hardware address and to
`yiaddr`, for which the client cannot answer ARP yet.
"""

import socket
import struct

from ringfence.actors.io import SendDatagram
from ringfence.drivers.aio.linux import SocketFactory
from ringfence.model.packet import Protocol
from ringfence.wire.ipv4 import checksum

_ETHERTYPE_IPV4 = 0x0800


def send_on_link(sockets: SocketFactory, command: SendDatagram, interface: str) -> None:
    """Send `command` as one frame on `interface`; OSError when that or the privilege is lacking."""
    if not interface:
        raise OSError("no interface is named")
    with sockets(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sock:
        sock.setblocking(False)
        address = (interface, _ETHERTYPE_IPV4, 0, 0, command.link_destination)
        sock.sendto(ipv4_udp(command), address)


def ipv4_udp(command: SendDatagram) -> bytes:
    """The datagram with its UDP (RFC 768) and IPv4 (RFC 791) headers, checksums filled in."""
    source, destination = command.source, command.destination
    length = 8 + len(command.data)
    udp = struct.pack("!HHHH", source.port, destination.port, length, 0) + command.data
    pseudo = source.ip.packed + destination.ip.packed + struct.pack("!BBH", 0, Protocol.UDP, length)
    udp = udp[:6] + (checksum(pseudo + udp) or 0xFFFF).to_bytes(2, "big") + udp[8:]
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 0, 0, command.ttl, Protocol.UDP, 0)
    head += source.ip.packed + destination.ip.packed
    return head[:10] + checksum(head).to_bytes(2, "big") + head[12:] + udp
