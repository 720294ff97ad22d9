"""How one flow fares in the kernel, packet after packet, and which packets those are."""

from dataclasses import dataclass
from ipaddress import IPv4Address
from typing import NamedTuple

from ringfence.model.address import TransportAddress
from ringfence.model.packet import TcpFlags
from ringfence.policy.listing import Moment
from ringfence.policy.space import Point
from ringfence.wire import ras
from ringfence.wire.icmp import IcmpMessage, encode_icmp
from ringfence.wire.ipv4 import Ipv4Packet, encode_ipv4
from ringfence.wire.transport import TcpSegment, UdpDatagram, encode_tcp, encode_udp
from support.differential.full_rrq import full_rrq
from support.differential.routed_firewall import RoutedFirewall, Side

_ICMP, _TCP, _UDP = 1, 6, 17
_SERVERS = int(IPv4Address("10.1.0.0")) >> 8
_DATA = b"1234"


class Sent(NamedTuple):
    moment: Moment
    packet: bytes


@dataclass(frozen=True, slots=True)
class _Ends:
    """A flow's two ends, as its opening packet has them."""

    source: IPv4Address
    destination: IPv4Address
    first: int
    second: int

    def tcp(
        self, flags: TcpFlags, sequence: int, acknowledgement: int, data: bytes = b"", *, back: bool
    ) -> bytes:
        near, far = (self.destination, self.source) if back else (self.source, self.destination)
        first, second = (self.second, self.first) if back else (self.first, self.second)
        segment = TcpSegment(first, second, sequence, acknowledgement, flags, payload=data)
        return encode_ipv4(Ipv4Packet(near, far, _TCP, encode_tcp(segment, near, far)))

    def udp(self, data: bytes, *, back: bool) -> bytes:
        near, far = (self.destination, self.source) if back else (self.source, self.destination)
        first, second = (self.second, self.first) if back else (self.first, self.second)
        return encode_ipv4(
            Ipv4Packet(near, far, _UDP, encode_udp(UdpDatagram(first, second, data), near, far))
        )

    def echo(self, sequence: int, *, back: bool) -> bytes:
        near, far = (self.destination, self.source) if back else (self.source, self.destination)
        message = IcmpMessage(0 if back else self.first, self.second, bytes((0, 7, 0, sequence)) + _DATA)
        return encode_ipv4(Ipv4Packet(near, far, _ICMP, encode_icmp(message)))


def packets(opener: Point, *, answered: bool) -> list[Sent]:
    """The packets of a flow in their order; only the opener where nothing answers it."""
    ends = _Ends(IPv4Address(opener.source), IPv4Address(opener.destination), *opener[4:])
    if opener.protocol == _TCP:
        found = _connection(ends)
    elif opener.protocol == _UDP:
        found = [
            Sent(Moment.OPENS, ends.udp(_DATA, back=False)),
            Sent(Moment.ANSWERS, ends.udp(_DATA, back=True)),
            Sent(Moment.CONTINUES, ends.udp(_DATA, back=False)),
            Sent(Moment.ANSWERS, ends.udp(_DATA, back=True)),
        ]
    else:
        found = [
            Sent(Moment.OPENS, ends.echo(1, back=False)),
            Sent(Moment.ANSWERS, ends.echo(1, back=True)),
            Sent(Moment.CONTINUES, ends.echo(2, back=False)),
        ]
    return found if answered else found[:1]


def _connection(ends: _Ends) -> list[Sent]:
    """A TCP connection with data both ways, ended by both (RFC 9293 sections 3.5 and 3.6)."""
    syn, ack, psh, fin = TcpFlags.SYN, TcpFlags.ACK, TcpFlags.PSH, TcpFlags.FIN
    size = len(_DATA)
    mine, theirs = 1001, 5001
    return [
        Sent(Moment.OPENS, ends.tcp(syn, 1000, 0, back=False)),
        Sent(Moment.ANSWERS, ends.tcp(syn | ack, 5000, mine, back=True)),
        Sent(Moment.CONTINUES, ends.tcp(ack, mine, theirs, back=False)),
        Sent(Moment.CONTINUES, ends.tcp(psh | ack, mine, theirs, _DATA, back=False)),
        Sent(Moment.ANSWERS, ends.tcp(ack, theirs, mine + size, back=True)),
        Sent(Moment.ANSWERS, ends.tcp(psh | ack, theirs, mine + size, _DATA, back=True)),
        Sent(Moment.CONTINUES, ends.tcp(ack, mine + size, theirs + size, back=False)),
        Sent(Moment.ANSWERS, ends.tcp(fin | ack, theirs + size, mine + size, back=True)),
        Sent(Moment.CONTINUES, ends.tcp(fin | ack, mine + size, theirs + size + 1, back=False)),
    ]


def side_of(address: int) -> Side:
    return "servers" if address >> 8 == _SERVERS else "handsets"


def fate(firewall: RoutedFirewall, opener: Point, *, answered: bool) -> tuple[Moment, ...]:
    """The moments at which a packet is stopped, in the order in which they come; none: all pass."""
    lost: dict[Moment, None] = {}
    for sent in packets(opener, answered=answered):
        near = side_of(opener.source)
        far: Side = "servers" if near == "handsets" else "handsets"
        if not firewall.passes(far if sent.moment is Moment.ANSWERS else near, sent.packet):
            lost[sent.moment] = None
        if Moment.OPENS in lost:
            break
    return tuple(lost)


def registered(firewall: RoutedFirewall, handset: int, gatekeeper: int, ports: tuple[int, int]) -> bool:
    """Let a handset send a full RRQ, in which a helper reads where calls are to come: whether it passed."""
    ends = _Ends(IPv4Address(handset), IPv4Address(gatekeeper), *ports)
    octets = ras.encode(
        full_rrq(TransportAddress(ends.source, 1720), TransportAddress(ends.source, ports[0]))
    )
    return firewall.passes("handsets", ends.udp(octets, back=False))
