"""ARP at one port: who has which address on this segment (RFC 826)."""

from collections.abc import Callable
from ipaddress import IPv4Address

from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.segment import NodePort, PortListener
from ringfence.wire.ethernet import ARP_REPLY, ARP_REQUEST, BROADCAST, Arp

_TRIES = 3  # requests, a second apart, before the packets that wait are given up (arp(7): mcast_solicit)
_EVERY = 1.0
_WAITING = 100  # packets kept for one address meanwhile

_NOBODY = bytes(6)


class Neighbours:
    """Resolved addresses do not age; an announcement or any later ARP of theirs corrects them."""

    __slots__ = ("_clock", "_given_up", "_known", "_port", "_waiting")

    def __init__(self, port: NodePort, clock: Clock, given_up: Callable[[IpPacket], None]) -> None:
        self._port = port
        self._clock = clock
        self._given_up = given_up
        self._known: dict[IPv4Address, bytes] = {}
        self._waiting: dict[IPv4Address, list[IpPacket]] = {}

    def send(self, packet: IpPacket, neighbour: IPv4Address) -> None:
        """Transmit to this neighbour, when it has answered who it is."""
        mac = self._known.get(neighbour)
        if mac is not None:
            self._port.transmit(Frame(self._port.mac, mac, packet))
            return
        waiting = self._waiting.get(neighbour)
        if waiting is None:
            self._waiting[neighbour] = [packet]
            self._port.listen(PortListener("from", neighbour))
            self._ask(neighbour, self._source(neighbour, packet), 1)
        elif len(waiting) < _WAITING:
            waiting.append(packet)

    def receive(self, arp: Arp) -> None:
        mine = arp.target_ip in self._port.addresses
        if mine or arp.sender_ip in self._known or arp.sender_ip in self._waiting:
            self._learn(arp.sender_ip, arp.sender_mac)
        if mine and arp.operation == ARP_REQUEST and arp.sender_ip != arp.target_ip:
            answer = Arp(ARP_REPLY, self._port.mac, arp.target_ip, arp.sender_mac, arp.sender_ip)
            self._port.transmit(Frame(self._port.mac, arp.sender_mac, answer))

    def know(self, neighbour: IPv4Address, mac: bytes) -> None:
        """Who that is, without asking."""
        self._learn(neighbour, mac)

    def announce(self, address: IPv4Address) -> None:
        """Correct what others believe about a new address (RFC 2131 section 4.4.1, RFC 5227 section 2.3)."""
        arp = Arp(ARP_REQUEST, self._port.mac, address, _NOBODY, address)
        self._port.transmit(Frame(self._port.mac, BROADCAST, arp))

    def forget(self) -> None:
        """Another segment: nothing known about it, and what waits here is lost."""
        for address in (*self._known, *self._waiting):
            self._port.ignore(PortListener("from", address))
        self._known.clear()
        self._waiting.clear()

    def _learn(self, address: IPv4Address, mac: bytes) -> None:
        if address.packed == b"\0\0\0\0":  # an address probe (RFC 5227) tells nothing
            return
        self._known[address] = mac
        self._port.listen(PortListener("from", address))
        for packet in self._waiting.pop(address, ()):
            self._port.transmit(Frame(self._port.mac, mac, packet))

    def _ask(self, neighbour: IPv4Address, source: IPv4Address, attempt: int) -> None:
        arp = Arp(ARP_REQUEST, self._port.mac, source, _NOBODY, neighbour)
        self._port.transmit(Frame(self._port.mac, BROADCAST, arp))
        waiting = self._waiting[neighbour]
        self._clock.after(_EVERY, self._again, neighbour, source, attempt, waiting)

    def _again(
        self, neighbour: IPv4Address, source: IPv4Address, attempt: int, waiting: list[IpPacket]
    ) -> None:
        if self._waiting.get(neighbour) is not waiting:
            return
        if attempt < _TRIES:
            self._ask(neighbour, source, attempt + 1)
            return
        self._port.ignore(PortListener("from", neighbour))
        for packet in self._waiting.pop(neighbour):
            self._given_up(packet)

    def _source(self, neighbour: IPv4Address, packet: IpPacket) -> IPv4Address:
        """An address of this port in the neighbour's network, as Linux chooses with arp_announce=1."""
        for address, network in self._port.addresses.items():
            if neighbour in network:
                return address
        source = packet.packet.source
        return source if isinstance(source, IPv4Address) else neighbour
