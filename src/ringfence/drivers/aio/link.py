"""A UDP datagram to a link address that we choose, past ARP: how a relay answers a client without an address.

RFC 2131 section 4.1: with the BROADCAST flag clear the reply goes to the client's hardware address and to
`yiaddr`, for which the client cannot answer ARP yet.
"""

import socket
from ipaddress import IPv4Address

from ringfence.actors.io import SendDatagram
from ringfence.drivers.aio.linux import SocketFactory
from ringfence.model.packet import Protocol
from ringfence.wire.ethernet import ETHERTYPE_IPV4
from ringfence.wire.ipv4 import Ipv4Packet, encode_ipv4
from ringfence.wire.transport import UdpDatagram, encode_udp


def send_on_link(sockets: SocketFactory, command: SendDatagram, interface: str) -> None:
    """Send `command` as one frame on `interface`; OSError when that or the privilege is lacking."""
    if not interface:
        raise OSError("no interface is named")
    with sockets(socket.AF_PACKET, socket.SOCK_DGRAM, 0) as sock:
        sock.setblocking(False)
        sock.sendto(ipv4_udp(command), (interface, ETHERTYPE_IPV4, 0, 0, command.link_destination))


def ipv4_udp(command: SendDatagram) -> bytes:
    """The datagram with its UDP and IPv4 headers; OSError for IPv6, which has no such answers."""
    source, destination = command.source, command.destination
    if not (isinstance(source.ip, IPv4Address) and isinstance(destination.ip, IPv4Address)):
        raise OSError(f"{destination} is not IPv4")
    datagram = UdpDatagram(source.port, destination.port, command.data)
    octets = encode_udp(datagram, source.ip, destination.ip)
    packet = Ipv4Packet(source.ip, destination.ip, Protocol.UDP, octets, command.ttl, dont_fragment=False)
    return encode_ipv4(packet)
