"""Between an Ethernet frame and the packet a firewall sees in it."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.packet import Packet, Protocol
from ringfence.wire.ethernet import ETHERTYPE_IPV4, EthernetFrame, VlanTag, decode_ethernet, encode_ethernet
from ringfence.wire.icmp import IcmpMessage, decode_icmp, encode_icmp
from ringfence.wire.ipv4 import Ipv4Packet, decode_ipv4, encode_ipv4
from ringfence.wire.transport import TcpSegment, UdpDatagram, decode_tcp, decode_udp, encode_tcp, encode_udp


@dataclass(frozen=True, slots=True)
class Dissected:
    """A frame that carries IPv4, and each layer of it.

    `packet` is None for protocols outside `Protocol` and for later fragments, which bear no ports; of a
    first fragment it holds the part of the payload that is there. `tcp` is there for sequence numbers.
    """

    ethernet: EthernetFrame
    ip: Ipv4Packet
    packet: Packet | None
    tcp: TcpSegment | None = None

    @property
    def vlan(self) -> int:
        """The VLAN of the outermost tag; 0 for an untagged frame and for a priority tag."""
        return self.ethernet.tags[0].vid if self.ethernet.tags else 0


def decode_frame(frame: bytes) -> Dissected | None:
    """None when the frame carries no IPv4. DecodeError when what it carries is nonsense."""
    ethernet = decode_ethernet(frame)
    if ethernet.ethertype != ETHERTYPE_IPV4:
        return None
    ip = decode_ipv4(ethernet.payload)
    packet, tcp = _transport_of(ip)
    return Dissected(ethernet, ip, packet, tcp)


def packet_of(frame: bytes) -> Packet | None:
    """What a firewall keys on; None where there is no such thing. DecodeError as `decode_frame`."""
    dissected = decode_frame(frame)
    return dissected.packet if dissected else None


def _transport_of(ip: Ipv4Packet) -> tuple[Packet | None, TcpSegment | None]:
    if ip.fragment_offset:
        return None, None
    if ip.protocol == Protocol.UDP:
        udp = decode_udp(ip.payload)
        source_port, destination_port = udp.source_port, udp.destination_port
        return (
            Packet(
                Protocol.UDP, ip.source, source_port, ip.destination, destination_port, payload=udp.payload
            ),
            None,
        )
    if ip.protocol == Protocol.TCP:
        tcp = decode_tcp(ip.payload)
        packet = Packet(
            Protocol.TCP,
            ip.source,
            tcp.source_port,
            ip.destination,
            tcp.destination_port,
            tcp.flags,
            tcp.payload,
        )
        return packet, tcp
    if ip.protocol == Protocol.ICMP:
        icmp = decode_icmp(ip.payload)
        return Packet(Protocol.ICMP, ip.source, icmp.type, ip.destination, icmp.code, payload=icmp.body), None
    return None, None


def datagram_of(
    packet: Packet,
    *,
    ttl: int = 64,
    identification: int = 0,
    sequence: int = 0,
    acknowledgement: int = 0,
    window: int = 64240,
    options: bytes = b"",
) -> bytes:
    """The IPv4 packet, checksums included. The last four are TCP's. ValueError for an IPv6 packet."""
    source, destination = packet.source, packet.destination
    if not (isinstance(source, IPv4Address) and isinstance(destination, IPv4Address)):
        raise ValueError(f"{packet} is not IPv4")
    match packet.protocol:
        case Protocol.UDP:
            udp = UdpDatagram(packet.source_port, packet.destination_port, packet.payload)
            payload = encode_udp(udp, source, destination)
        case Protocol.TCP:
            tcp = TcpSegment(
                packet.source_port,
                packet.destination_port,
                sequence,
                acknowledgement,
                packet.flags,
                window,
                packet.payload,
                options,
            )
            payload = encode_tcp(tcp, source, destination)
        case Protocol.ICMP:
            payload = encode_icmp(IcmpMessage(packet.source_port, packet.destination_port, packet.payload))
        case Protocol.ICMPV6:
            raise ValueError(f"{packet} is not IPv4")
    return encode_ipv4(
        Ipv4Packet(source, destination, packet.protocol, payload, ttl, identification, dont_fragment=True)
    )


def frame_of(
    packet: Packet,
    *,
    source_mac: bytes,
    destination_mac: bytes,
    vlan: int = 0,
    ttl: int = 64,
    identification: int = 0,
    sequence: int = 0,
    acknowledgement: int = 0,
    window: int = 64240,
    options: bytes = b"",
) -> bytes:
    """The Ethernet frame; `vlan` 0: untagged. See `datagram_of`."""
    datagram = datagram_of(
        packet,
        ttl=ttl,
        identification=identification,
        sequence=sequence,
        acknowledgement=acknowledgement,
        window=window,
        options=options,
    )
    tags = (VlanTag(vlan),) if vlan else ()
    return encode_ethernet(EthernetFrame(destination_mac, source_mac, ETHERTYPE_IPV4, datagram, tags))
