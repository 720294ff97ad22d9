from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringfence.model.errors import DecodeError
from ringfence.model.packet import Packet, Protocol, TcpFlags
from ringfence.wire.ethernet import EthernetFrame, VlanTag, encode_ethernet
from ringfence.wire.frame import datagram_of, decode_frame, frame_of, packet_of
from ringfence.wire.ipv4 import Ipv4Packet, encode_ipv4
from support.checksums import header_checksum_holds, transport_checksum_holds

PHONE_MAC, ROUTER_MAC = bytes.fromhex("001b4f000001"), bytes.fromhex("0200000000fe")
PHONE, GATEKEEPER = IPv4Address("10.20.0.50"), IPv4Address("10.30.0.10")
GRQ = Packet(Protocol.UDP, PHONE, 49300, GATEKEEPER, 1719, payload=b"\x00\x00\x00\x01")


def test_tagged_frame_tells_its_vlan() -> None:
    dissected = decode_frame(frame_of(GRQ, source_mac=PHONE_MAC, destination_mac=ROUTER_MAC, vlan=20, ttl=63))
    assert dissected is not None
    assert dissected.packet == GRQ
    assert dissected.vlan == 20
    assert dissected.ip.ttl == 63
    assert dissected.ethernet.source == PHONE_MAC


def test_priority_tag_is_no_vlan() -> None:
    frame = EthernetFrame(ROUTER_MAC, PHONE_MAC, 0x0800, datagram_of(GRQ), (VlanTag(0, priority=6),))
    dissected = decode_frame(encode_ethernet(frame))
    assert dissected is not None
    assert (dissected.vlan, dissected.packet) == (0, GRQ)


def test_padding_is_no_payload() -> None:
    frame = frame_of(GRQ, source_mac=PHONE_MAC, destination_mac=ROUTER_MAC).ljust(60, b"\0")
    assert packet_of(frame) == GRQ


def test_tcp_keeps_sequence_numbers_beside_the_packet() -> None:
    syn = Packet(Protocol.TCP, GATEKEEPER, 61440, PHONE, 1720, TcpFlags.SYN)
    frame = frame_of(
        syn, source_mac=ROUTER_MAC, destination_mac=PHONE_MAC, sequence=42, options=b"\2\4\5\xb4"
    )
    dissected = decode_frame(frame)
    assert dissected is not None
    assert dissected.tcp is not None
    assert dissected.packet == syn
    assert (dissected.tcp.sequence, dissected.tcp.options) == (42, b"\2\4\5\xb4")


def test_arp_and_foreign_protocols_are_no_packets() -> None:
    arp = encode_ethernet(EthernetFrame(ROUTER_MAC, PHONE_MAC, 0x0806, bytes(28)))
    ospf = encode_ipv4(Ipv4Packet(PHONE, GATEKEEPER, 89, bytes(20)))
    assert decode_frame(arp) is None
    assert packet_of(encode_ethernet(EthernetFrame(ROUTER_MAC, PHONE_MAC, 0x0800, ospf))) is None


def test_later_fragment_is_no_packet_but_is_seen() -> None:
    fragment = encode_ipv4(Ipv4Packet(PHONE, GATEKEEPER, 17, bytes(20), fragment_offset=1480))
    dissected = decode_frame(encode_ethernet(EthernetFrame(ROUTER_MAC, PHONE_MAC, 0x0800, fragment)))
    assert dissected is not None
    assert dissected.packet is None
    assert dissected.ip.fragment_offset == 1480


def test_ipv6_packet_makes_no_ipv4_frame() -> None:
    packet = Packet(Protocol.UDP, IPv6Address("::1"), 1, IPv6Address("::2"), 2)
    with pytest.raises(ValueError, match="not IPv4"):
        datagram_of(packet)


addresses = st.integers(0, 2**32 - 1).map(IPv4Address)
ports = st.integers(0, 0xFFFF)
octets = st.integers(0, 255)
packets = st.one_of(
    st.builds(
        Packet, st.just(Protocol.UDP), addresses, ports, addresses, ports, payload=st.binary(max_size=99)
    ),
    st.builds(
        Packet,
        st.just(Protocol.TCP),
        addresses,
        ports,
        addresses,
        ports,
        octets.map(TcpFlags),
        st.binary(max_size=99),
    ),
    st.builds(
        Packet,
        st.just(Protocol.ICMP),
        addresses,
        octets,
        addresses,
        octets,
        payload=st.binary(min_size=4, max_size=99),
    ),
)


@given(packets, st.integers(0, 4095))
def test_packet_comes_back_with_right_checksums(packet: Packet, vlan: int) -> None:
    frame = frame_of(packet, source_mac=PHONE_MAC, destination_mac=ROUTER_MAC, vlan=vlan)
    dissected = decode_frame(frame)
    assert dissected is not None
    assert dissected.packet == packet
    assert dissected.vlan == vlan
    assert header_checksum_holds(dissected.ethernet.payload)
    if packet.protocol is not Protocol.ICMP:
        assert transport_checksum_holds(
            dissected.ip.payload, packet.source, packet.destination, packet.protocol
        )


@given(st.binary(max_size=120))
def test_any_frame_is_a_packet_or_none_or_refused(tail: bytes) -> None:
    try:
        packet_of(PHONE_MAC + ROUTER_MAC + b"\x08\x00\x45" + tail)
    except DecodeError:
        return
