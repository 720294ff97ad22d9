"""Packets that open something by a rule, at the end where they were sent and at the other."""

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.capture.dissect import Datagram
from ringfence.capture.frame import Tap
from ringfence.diagnosis.dialogue import dhcp_message
from ringfence.diagnosis.pairs.pairing import content_key
from ringfence.diagnosis.ras_view import ras_view
from ringfence.model.address import Address
from ringfence.model.defaults import DHCP_CLIENT_PORT, DHCP_SERVER_PORT
from ringfence.model.flow import Role
from ringfence.model.packet import ECHO_REQUEST, Protocol, TcpFlags
from ringfence.model.policy import Rule
from ringfence.model.site import Site
from ringfence.wire.dhcp import DhcpMessage, Op
from ringfence.wire.dhcp_options import DhcpMessageType

_DHCP = frozenset({DHCP_SERVER_PORT, DHCP_CLIENT_PORT})


@dataclass(frozen=True, slots=True)
class OpeningPacket:
    """A packet that opens something; `passed`: it arrived, or was answered."""

    packet: Datagram
    passed: bool


@dataclass(frozen=True, slots=True)
class _Dhcp:
    packet: Datagram
    message: DhcpMessage


class WalkEnds:
    """The recordings of a walk. `idle`: seconds after which the firewall has forgotten every UDP flow."""

    def __init__(self, site: Site, recorded: Mapping[Tap, Sequence[Datagram]], idle: float) -> None:
        self.idle = idle
        self.both = len(recorded) == 2
        self.recorded = {tap: sorted(packets, key=_time) for tap, packets in recorded.items()}
        self._site = site
        self._near = site.zone_of(site.groups[0].voice.network)
        self._keys = {tap: {_key(each) for each in packets} for tap, packets in recorded.items()}
        self._heard: dict[Hashable, list[Datagram]] = {}
        for tap, packets in self.recorded.items():
            for each in packets:
                if self.home(each.source) is not tap:
                    self._heard.setdefault((tap, _conversation(each)), []).append(each)
        self.dhcp = {tap: list(_dhcp(packets)) for tap, packets in self.recorded.items()}

    def home(self, address: Address) -> Tap:
        """At which end an address lives."""
        near = isinstance(address, IPv4Address) and self._site.zone_of(address) == self._near
        return Tap.HANDSETS if near else Tap.SERVERS

    def arrived(self, packet: Datagram, sent: Tap) -> bool:
        """Whether what one end sent arrived at the other, or was answered where that was not recorded."""
        other = Tap.SERVERS if sent is Tap.HANDSETS else Tap.HANDSETS
        if other in self._keys:
            return _key(packet) in self._keys[other]
        heard = self._heard.get((sent, _conversation(packet)), ())
        return any(each.time >= packet.time and _answers(each, packet) for each in heard)


def opening_packets(rule: Rule, ends: WalkEnds) -> Iterator[OpeningPacket]:
    """The packets that meet this rule because the firewall remembers nothing of their flow."""
    for tap, packets in ends.recorded.items():
        alive: dict[Hashable, float] = {}
        for packet in packets:
            home = ends.home(packet.source)
            passed = home is not tap or ends.arrived(packet, tap)
            conversation = _conversation(packet)
            known = packet.time - alive.get(conversation, -ends.idle - 1) <= ends.idle
            if passed:
                alive[conversation] = packet.time
            # With both recordings each packet is counted at its own end alone.
            counted = home is tap or not ends.both
            if counted and not known and _may_open(packet) and matches(rule, packet):
                yield OpeningPacket(packet, passed)


def opened_by_relay(rule: Rule, ends: WalkEnds) -> Iterator[OpeningPacket]:
    """What a relay agent asks, and what it is answered: the phone's end sees the phone's part of both."""
    near, far = ends.dhcp.get(Tap.HANDSETS), ends.dhcp.get(Tap.SERVERS)
    asks = any(flow.responder.role is Role.DHCP_SERVER for flow in rule.because)
    if far is not None:
        own = [each for each in far if matches(rule, each.packet)]
        if asks:
            yield from (OpeningPacket(each.packet, True) for each in own)
            yield from _never_arrived(own, far, near or ())
        else:
            heard = _answered_after(near if near is not None else far, relayed=near is None)
            yield from (OpeningPacket(each.packet, each.message.xid in heard) for each in own)
    elif near is not None:
        yield from _as_the_phone_sees_it(rule, near, asks=asks)


def _never_arrived(
    own: Sequence[_Dhcp], far: Sequence[_Dhcp], near: Iterable[_Dhcp]
) -> Iterator[OpeningPacket]:
    """A phone's requests of which nothing reached a server, where nothing at all came by this rule."""
    if own:
        return
    arrived = {each.message.xid for each in far}
    for each in near:
        broadcast = each.message.op == Op.BOOTREQUEST and not int(each.message.ciaddr)
        if broadcast and each.message.xid not in arrived:
            yield OpeningPacket(each.packet, False)


def _answered_after(seen: Iterable[_Dhcp], *, relayed: bool) -> set[int]:
    """The exchanges in which a server's answer came to the phone: it has it, or goes on to a REQUEST."""
    if relayed:
        return {each.message.xid for each in seen if each.message.message_type is DhcpMessageType.REQUEST}
    return {each.message.xid for each in seen if each.message.op == Op.BOOTREPLY}


def _as_the_phone_sees_it(rule: Rule, near: Sequence[_Dhcp], *, asks: bool) -> Iterator[OpeningPacket]:
    answers = [each for each in near if each.message.op == Op.BOOTREPLY]
    through = [each for each in answers if asks or _is_for(rule, each.message.giaddr)]
    yield from (OpeningPacket(each.packet, True) for each in through)
    answered = {each.message.xid for each in answers}
    if not through:
        for each in near:
            broadcast = each.message.op == Op.BOOTREQUEST and not int(each.message.ciaddr)
            if broadcast and each.message.xid not in answered:
                yield OpeningPacket(each.packet, False)


def _is_for(rule: Rule, address: Address) -> bool:
    return any(address in network for network in rule.destination)


def matches(rule: Rule, packet: Datagram) -> bool:
    """Whether a packet is of the kind that the rule permits."""
    if packet.protocol != rule.protocol or not _within(rule, packet):
        return False
    if rule.protocol in {Protocol.ICMP, Protocol.ICMPV6}:
        return rule.icmp_type is None or packet.source_port == rule.icmp_type
    return packet.source_port in rule.source_ports and packet.destination_port in rule.destination_ports


def _within(rule: Rule, packet: Datagram) -> bool:
    return any(packet.source in network for network in rule.source) and _is_for(rule, packet.destination)


def packet_line(packet: Datagram) -> str:
    """`10.1.0.30:61440 > 10.20.0.128:1720 SYN`"""
    return f"{packet.ends()} {_words(packet)}".rstrip()


def _words(packet: Datagram) -> str:
    if packet.protocol == Protocol.TCP:
        return "SYN" if packet.flags & TcpFlags.SYN else ""
    if packet.protocol == Protocol.ICMP:
        return "echo request" if packet.source_port == ECHO_REQUEST else f"ICMP type {packet.source_port}"
    if _DHCP & {packet.source_port, packet.destination_port}:
        message = dhcp_message(packet.payload)
        kind = None if message is None else message.message_type
        return "DHCP" if kind is None else f"DHCP {kind.name}"
    view = ras_view(packet.payload)
    return "" if view is None else f"{view.message} {view.number}"


def _may_open(packet: Datagram) -> bool:
    if packet.protocol == Protocol.TCP:
        return packet.flags & (TcpFlags.SYN | TcpFlags.ACK) == TcpFlags.SYN
    return packet.protocol != Protocol.ICMP or packet.source_port == ECHO_REQUEST


def _conversation(packet: Datagram) -> Hashable:
    if packet.protocol == Protocol.ICMP:
        return packet.protocol, frozenset((packet.source, packet.destination))
    here, there = (packet.source, packet.source_port), (packet.destination, packet.destination_port)
    return packet.protocol, frozenset((here, there))


def _answers(reply: Datagram, asked: Datagram) -> bool:
    """Whether it may be the answer, by what both protocols number."""
    if asked.protocol == Protocol.ICMP:
        return reply.payload == asked.payload
    if asked.protocol == Protocol.UDP:
        return _number(reply) == _number(asked)
    return True


def _number(packet: Datagram) -> int | None:
    if _DHCP & {packet.source_port, packet.destination_port}:
        message = dhcp_message(packet.payload)
        return None if message is None else message.xid
    view = ras_view(packet.payload)
    return None if view is None else view.number


def _key(packet: Datagram) -> Hashable:
    """What is the same at both ends; where a packet holds too little to be known by, its ports too."""
    found = content_key(packet)
    ports = packet.protocol, packet.source_port, packet.destination_port
    return found or (*ports, packet.flags, packet.sequence, packet.payload)


def _dhcp(packets: Iterable[Datagram]) -> Iterator[_Dhcp]:
    for packet in packets:
        if packet.protocol == Protocol.UDP and _DHCP & {packet.source_port, packet.destination_port}:
            message = dhcp_message(packet.payload)
            if message is not None:
                yield _Dhcp(packet, message)


def _time(packet: Datagram) -> float:
    return packet.time
