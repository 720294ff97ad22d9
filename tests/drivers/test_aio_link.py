"""Datagrams to a link address of our choice: their headers, and that the kernel takes them."""

import fcntl
import socket
import struct

import pytest

from ringfence.actors.io import Bind, DatagramReceived, SendDatagram
from ringfence.drivers.aio.link import ipv4_udp
from ringfence.model.address import TransportAddress, transport
from ringfence.model.packet import Packet, Protocol
from ringfence.wire.frame import packet_of
from support.networks import Namespaces, Puppet

ETHERNET = bytes(12) + b"\x08\x00"


@pytest.mark.parametrize("data", [b"", b"odd", b"even", b"\xff\xff" * 300])
def test_the_headers_are_what_our_own_decoder_accepts(data: bytes) -> None:
    source, destination = transport("10.1.0.1", 67), transport("10.1.0.77", 68)
    sent = SendDatagram(source, destination, data, "eth0", link_destination=bytes(6))
    assert packet_of(ETHERNET + ipv4_udp(sent)) == Packet(
        Protocol.UDP, source.ip, source.port, destination.ip, destination.port, payload=data
    )


@pytest.mark.kernel
def test_it_reaches_the_link_address_and_no_other() -> None:
    network = Namespaces()
    try:
        server, client = network.place(), network.place()
        mac = network.lab["host2"].run(_mac_of_eth0)
        source, to = TransportAddress(server.address, 67), TransportAddress(client.address, 68)
        receiver = Puppet((Bind(to),))
        network.attach(client, receiver)
        elsewhere = SendDatagram(source, to, b"not yours", "eth0", link_destination=b"\x02\0\0\0\0\x99")
        offer = SendDatagram(source, to, b"OFFER", "eth0", link_destination=mac)
        network.attach(server, Puppet((Bind(source), elsewhere, offer)))
        assert network.until(lambda: bool(receiver.got(DatagramReceived)))
        assert receiver.got(DatagramReceived) == [DatagramReceived(source, to, b"OFFER", "eth0")]
        assert network.findings == []
    finally:
        network.close()


def _mac_of_eth0() -> bytes:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        reply = fcntl.ioctl(probe, 0x8927, struct.pack("16s16x", b"eth0"))  # SIOCGIFHWADDR
    return reply[18:24]
