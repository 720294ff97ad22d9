"""How packets get from host to host: routes, firewalls and bad cables, in one step as long as nothing delays.

A packet is judged by the firewalls on its way when it is sent, some fifty microseconds a hop early; where a
cable delays it, what lies behind the cable is decided when it gets there.
"""

from collections.abc import Callable
from ipaddress import IPv4Address
from typing import Any, TypeAlias

from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.flows.host import FlowHost
from ringfence.drivers.sim.flows.segment import FlowPort, FlowSegment, Ip
from ringfence.drivers.sim.stack import LostPacket
from ringfence.model import packet as model
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED
from ringfence.model.defaults import DHCP_CLIENT_PORT
from ringfence.model.packet import DESTINATION_UNREACHABLE, Packet
from ringfence.wire.frame import datagram_of
from ringfence.wire.icmp import HOST_UNREACHABLE, NET_UNREACHABLE, TIME_EXCEEDED, quoting

# Called with the host that a packet reached, the packet as it arrived, the interface, and what was given.
Arrived: TypeAlias = Callable[[FlowHost, Packet, str, Any], None]


class _Trip:
    """A packet on its way to one host, where `then` is called (`Carrier.send`).

    `delay`: seconds until it is where it has been followed to.
    """

    __slots__ = ("at_once", "delay", "given", "packet", "then", "ttl")

    def __init__(self, packet: Packet, then: Arrived, given: Any, at_once: bool) -> None:
        self.packet = packet
        self.then = then
        self.given = given
        self.at_once = at_once
        self.ttl = 64
        self.delay = 0.0

    def copy(self) -> "_Trip":
        """Of a packet that a cable delivers twice."""
        other = _Trip(self.packet, self.then, self.given, self.at_once)
        other.ttl, other.delay = self.ttl, self.delay
        return other


_EVERYBODY = int(LIMITED_BROADCAST)
# A neighbour that has not answered is asked again each second, three times in all (arp(7): mcast_solicit).
_ASKED, _EVERY = 3, 1.0
# What cables are shown of ARP, which there is none of.
_QUESTION = Packet(model.Protocol.UDP, UNSPECIFIED, 0, UNSPECIFIED, 0)
# RFC 2131 figure 1: the client's hardware address in a DHCP message.
_CHADDR, _CHADDR_END = 28, 34


class Carrier:
    """`delay`: seconds from port to port. `lost` hears of packets that end for want of a way."""

    __slots__ = ("_clock", "_delay", "_lost")

    def __init__(self, clock: Clock, delay: float, lost: Callable[[LostPacket], None]) -> None:
        self._clock = clock
        self._delay = delay
        self._lost = lost

    def send(
        self, host: FlowHost, packet: Packet, then: Arrived, given: Any = None, *, at_once: bool = False
    ) -> bool:
        """From `host` to one address. False, and noted as lost: there is no way to it.

        `at_once`: `then` need not wait for the packet's way, unless a cable delays it: what it does cannot be
        told from doing it a little later.
        """
        destination = int(packet.destination)
        if destination in host.local:
            self._clock.after(0.0, then, host, packet, "", given)
            return True
        way = host.way(destination)
        if way is None:
            self.lose(host, packet, "no route")
            return False
        self._out(way[0], way[1], _Trip(packet, then, given, at_once))
        return True

    def send_to_many(self, port: FlowPort, packet: Packet, ttl: int) -> None:
        """Out of `port`, to a group or to everybody on the segment."""
        if port.segment is None:
            return
        if port.link is None:
            self._spread(port, port.segment, packet, ttl)
        else:
            for extra in port.link(packet):
                self._clock.after(extra, self._spread, port, port.segment, packet, ttl)

    def send_to_mac(self, port: FlowPort, mac: bytes, packet: Packet) -> None:
        """Out of `port`, to the port of this MAC address, whatever the packet says."""
        target = port.segment.macs.get(mac) if port.segment is not None else None
        if target is None:
            return
        for extra in _through(port, target, packet):
            trip = _Trip(packet, _udp_received, None, True)
            self._clock.after(self._delay + extra, self._enter, target, trip)

    # One packet to one host

    def _out(self, port: FlowPort, neighbour: Ip, trip: _Trip) -> None:
        """Out of a port of the host that sends or forwards it, to the next host."""
        if neighbour in port.broadcasts:
            self.send_to_many(port, trip.packet, trip.ttl)
        else:
            self._hop(port, neighbour, trip)

    def _hop(self, port: FlowPort, neighbour: Ip, trip: _Trip) -> None:
        if neighbour not in port.known and not self._ask(port, neighbour, trip):
            return
        segment = port.segment
        target = segment.owners.get(neighbour) if segment is not None else None
        if target is None:
            return  # a MAC address that nobody has any more
        trip.delay += self._delay
        copies = _through(port, target, trip.packet)
        for extra in copies:
            own = trip if len(copies) == 1 else trip.copy()
            if extra:
                self._clock.after(own.delay + extra, self._enter_late, target, own)
            else:
                self._enter(target, own)

    # Who has an address: what ARP does to packets, without its frames

    def _ask(self, port: FlowPort, neighbour: Ip, trip: _Trip) -> bool:
        """Whether the neighbour is known now; else the packet waits for that, or for nobody to answer."""
        waiting = port.waiting.get(neighbour) if port.waiting is not None else None
        if waiting is not None:
            waiting.append(trip)
            return False
        wait = self._meet(port, neighbour)
        if wait == 0.0:
            return True
        if port.waiting is None:
            port.waiting = {}
        waiting = port.waiting[neighbour] = [trip]
        self._asked(port, neighbour, waiting, wait, 1)
        return False

    def _asked(
        self, port: FlowPort, neighbour: Ip, waiting: list[_Trip], wait: float | None, attempt: int
    ) -> None:
        if wait is not None:
            self._clock.after(wait, self._answered, port, neighbour, waiting)
        self._clock.after(_EVERY, self._again, port, neighbour, waiting, attempt)

    def _answered(self, port: FlowPort, neighbour: Ip, waiting: list[_Trip]) -> None:
        if port.waiting is None or port.waiting.get(neighbour) is not waiting:
            return
        if port.segment is not None:
            port.known.add(neighbour)
            for trip in port.waiting.pop(neighbour):
                self._hop(port, neighbour, trip)

    def _again(self, port: FlowPort, neighbour: Ip, waiting: list[_Trip], attempt: int) -> None:
        if port.waiting is None or port.waiting.get(neighbour) is not waiting:
            return
        if attempt == _ASKED:
            for trip in port.waiting.pop(neighbour):
                self._no_answer(port.host, trip.packet)
            return
        wait = self._meet(port, neighbour)
        if wait == 0.0:
            for trip in port.waiting.pop(neighbour):
                self._hop(port, neighbour, trip)
        else:
            self._asked(port, neighbour, waiting, wait, attempt + 1)

    def _no_answer(self, host: FlowHost, packet: Packet) -> None:
        self.lose(host, packet, "no answer to ARP")
        if int(packet.source) in host.local:
            host.unreachable(packet)
        else:
            self.complain(host, packet, HOST_UNREACHABLE)

    def _enter_late(self, port: FlowPort, trip: _Trip) -> None:
        trip.delay = 0.0
        if port.segment is not None:  # it may have lost its link meanwhile
            self._enter(port, trip)

    def _enter(self, port: FlowPort, trip: _Trip) -> None:
        """Into the host behind this port."""
        host, arrived = port.host, trip.packet
        packet = arrived
        if host.firewall is not None:
            packet = trip.packet = host.firewall.arrives(arrived)
        if int(packet.destination) in host.local:
            if host.firewall is not None:
                host.firewall.receives(packet)
            self._land(port, trip)
        elif host.forwards:
            self._forward(host, arrived, trip)
        elif not port.addresses and packet.protocol is model.Protocol.UDP:
            # A host without an address takes its first one from a frame addressed to its MAC
            # (RFC 2131 section 4.1).
            host.udp(packet, port.name)
        else:
            self.lose(host, packet, "this host does not have that address")

    def _forward(self, host: FlowHost, arrived: Packet, trip: _Trip) -> None:
        packet = trip.packet
        way = host.way(int(packet.destination))
        if way is None:
            self.lose(host, packet, "no route")
            self.complain(host, packet, NET_UNREACHABLE)
            return
        if trip.ttl <= 1:
            self.lose(host, packet, "time to live exceeded")
            self.complain(host, packet, 0, TIME_EXCEEDED)
            return
        passed = packet if host.firewall is None else host.firewall.forwards(packet, arrived)
        if passed is not None:
            trip.packet = passed
            trip.ttl -= 1
            self._out(way[0], way[1], trip)

    def _land(self, port: FlowPort, trip: _Trip) -> None:
        if trip.at_once:
            trip.then(port.host, trip.packet, port.name, trip.given)
        else:
            self._clock.after(trip.delay, self._touch, port, port.segment, trip)

    def _touch(self, port: FlowPort, segment: FlowSegment, trip: _Trip) -> None:
        if port.segment is segment:  # it may have moved to another VLAN, or lost its link, on the way
            trip.then(port.host, trip.packet, port.name, trip.given)

    def _meet(self, port: FlowPort, neighbour: Ip) -> float | None:
        """Ask for an address, and be told: the seconds that bad cables take for that; None: nobody answers.

        Where it takes none, the two know each other now.
        """
        target = port.segment.owners.get(neighbour) if port.segment is not None else None
        if target is None:
            return None
        asked, told = _through(port, target, _QUESTION), _through(target, port, _QUESTION)
        if not asked or not told:
            return None
        wait = asked[0] + told[0]
        if not wait:
            port.known.add(neighbour)
        # Who asks tells its own address.
        for own, network in port.addresses.items():
            if IPv4Address(neighbour) in network:
                self._clock.after(asked[0], target.known.add, int(own))
        return wait

    # One packet to many

    def _spread(self, sender: FlowPort, segment: FlowSegment, packet: Packet, ttl: int) -> None:
        bad = [
            port for port in self._hearing(segment, packet) if port.link is not None and port is not sender
        ]
        self._clock.after(self._delay, self._flood, sender, segment, packet, ttl)
        for port in bad:
            assert port.link is not None
            for extra in port.link(packet):
                self._clock.after(self._delay + extra, self._hear, port, segment, packet, ttl)

    def _flood(self, sender: FlowPort, segment: FlowSegment, packet: Packet, ttl: int) -> None:
        # One action for all the ports with good cables.
        for port in tuple(self._hearing(segment, packet)):
            if port is not sender and port.link is None:
                self._hear(port, segment, packet, ttl)

    def _hearing(self, segment: FlowSegment, packet: Packet) -> dict[FlowPort, None]:
        destination = int(packet.destination)
        if destination >> 28 == 14:
            return segment.members.get(destination, {})
        if packet.protocol is not model.Protocol.UDP:
            return {}
        listening = segment.listening.get(packet.destination_port, {})
        if packet.destination_port == DHCP_CLIENT_PORT:
            # A client takes no notice of what is for another's hardware address (RFC 2131 section 4.4.1), and
            # in a boot storm every client's answers go to all the others.
            only = segment.macs.get(packet.payload[_CHADDR:_CHADDR_END])
            return {only: None} if only in listening else {}
        return listening

    def _hear(self, port: FlowPort, segment: FlowSegment, packet: Packet, ttl: int) -> None:
        if port.segment is not segment:
            return
        host, destination = port.host, int(packet.destination)
        if destination >> 28 == 14:
            if host.joined(destination, port.name):
                host.udp(packet, port.name)
            leaves = host.multicast.get((destination, port.name)) if host.forwards and ttl > 1 else None
            passed = packet
            if leaves and host.firewall is not None:
                through = host.firewall.forwards(packet, packet)
                leaves, passed = (leaves, through) if through is not None else ((), packet)
            for leaf in leaves or ():
                self.send_to_many(leaf, passed, ttl - 1)
        elif destination == _EVERYBODY or destination in port.broadcasts:
            host.udp(packet, port.name)

    # What goes wrong

    def lose(self, host: FlowHost, packet: Packet, why: str) -> None:
        self._lost(LostPacket(self._clock.now, host.name, packet, why))

    def complain(
        self, host: FlowHost, about: Packet, code: int, icmp_type: int = DESTINATION_UNREACHABLE
    ) -> None:
        """An ICMP error to who opens a stream; of one about a datagram no machine hears."""
        if about.protocol is not model.Protocol.TCP or about.source == UNSPECIFIED:
            return
        way = host.way(int(about.source))
        if way is None or not way[0].addresses:
            return
        sender = next(iter(way[0].addresses))
        body = quoting(datagram_of(about))
        error = Packet(model.Protocol.ICMP, sender, icmp_type, about.source, code, payload=body)
        self.send(host, error, _received)


def _received(host: FlowHost, packet: Packet, interface: str, _given: object) -> None:
    host.receive(packet, interface)


def _udp_received(host: FlowHost, packet: Packet, interface: str, _given: object) -> None:
    host.udp(packet, interface)


def _through(port: FlowPort, target: FlowPort, packet: Packet) -> tuple[float, ...]:
    """When copies get through both cables, in seconds beyond what good ones take."""
    if port.link is None and target.link is None:
        return _GOOD
    out = (0.0,) if port.link is None else port.link(packet)
    if target.link is None:
        return out
    return tuple(extra + more for extra in out for more in target.link(packet))


_GOOD = (0.0,)
