"""One host: addresses and routes, its UDP ports, its streams, the machines that run on it.

As in Linux, any of the host's addresses is accepted on any of its interfaces, and may be used as a source on
any of them.
"""

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, Protocol

from ringfence.actors.io import DatagramReceived, EchoReplied, LinkChanged, StreamFault
from ringfence.drivers.sim.datagrams import UdpPorts
from ringfence.drivers.sim.firewall import SimulatedFirewall
from ringfence.drivers.sim.flows.segment import FlowPort, Ip
from ringfence.drivers.sim.flows.service import ServiceQueue
from ringfence.drivers.sim.flows.table import StreamTable
from ringfence.model import packet as model
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address, TransportAddress
from ringfence.model.errors import DecodeError
from ringfence.model.packet import DESTINATION_UNREACHABLE, ECHO_REPLY, ECHO_REQUEST, Packet
from ringfence.wire.icmp import PORT_UNREACHABLE, decode_echo, decode_quoted

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.process import FlowProcess

_NO_MULTICAST: dict[tuple[Ip, str], tuple[FlowPort, ...]] = {}


class Sending(Protocol):
    """How a host sends (`Carrier.send`)."""

    def __call__(
        self,
        host: "FlowHost",
        packet: Packet,
        then: "Callable[[FlowHost, Packet, str, Any], None]",
        given: Any = None,
        *,
        at_once: bool = False,
    ) -> bool: ...


class FlowHost:
    """Without a machine it still answers echo requests, refuses streams, and forwards if it may.

    `local`: its addresses, as numbers. `heard`: UDP ports that were ever bound. `queue`: where what it is
    asked waits, when it has a capacity.
    """

    __slots__ = (
        "_gateways",
        "_groups",
        "_routes",
        "_send",
        "_ways",
        "datagrams",
        "firewall",
        "forwards",
        "heard",
        "local",
        "multicast",
        "name",
        "ports",
        "processes",
        "queue",
        "streams",
    )

    def __init__(self, name: str, send: Sending, *, forwards: bool) -> None:
        self.name = name
        self.forwards = forwards
        self.ports: dict[str, FlowPort] = {}
        self.local: dict[Ip, FlowPort] = {}
        self.heard: tuple[int, ...] = ()
        self.datagrams = UdpPorts()
        self.streams = StreamTable()
        self.processes: list[FlowProcess] = []
        self.firewall: SimulatedFirewall | None = None
        self.queue: ServiceQueue | None = None
        self.multicast = _NO_MULTICAST
        self._groups: set[tuple[Ip, str]] | None = None
        self._routes: tuple[tuple[IPv4Network, IPv4Address], ...] = ()
        self._gateways: dict[str, Ip] = {}
        self._ways: list[tuple[int, int, FlowPort, Ip]] | None = None
        self._send = send

    # Addresses and routes

    def add_address(self, port: FlowPort, address: IPv4Address, network: IPv4Network) -> None:
        port.own(address, network)
        self.local[int(address)] = port
        self._ways = None

    def remove_address(self, port: FlowPort, address: Address) -> bool:
        """Its default router goes with the last address. False: the port does not have it."""
        if not isinstance(address, IPv4Address) or not port.disown(address):
            return False
        del self.local[int(address)]
        if not port.addresses:
            self._gateways.pop(port.name, None)
        self._ways = None
        return True

    def set_routes(self, routes: tuple[tuple[IPv4Network, IPv4Address], ...]) -> None:
        self._routes, self._ways = routes, None

    def set_gateway(self, port: FlowPort, router: IPv4Address) -> None:
        self._gateways[port.name] = int(router)
        self._ways = None

    def way(self, destination: Ip) -> tuple[FlowPort, Ip] | None:
        """The port and the neighbour: the longest prefix wins, own networks before routes."""
        ways = self._ways
        if ways is None:
            ways = self._ways = self._sorted_ways()
        for mask, network, port, via in ways:
            if destination & mask == network:
                return port, via or destination
        for name, router in self._gateways.items():
            return self.ports[name], router
        return None

    def _sorted_ways(self) -> list[tuple[int, int, FlowPort, Ip]]:
        """Mask, network, port, and the neighbour (0: the destination itself), longest prefix first."""
        found: list[tuple[int, int, FlowPort, Ip]] = []
        for port in self.ports.values():
            for network in port.addresses.values():
                found.append((int(network.netmask), int(network.network_address), port, 0))
        own = tuple(found)
        for network, via in self._routes:
            number = int(via)
            attached = next((port for mask, base, port, _ in own if number & mask == base), None)
            if attached is not None:
                found.append((int(network.netmask), int(network.network_address), attached, number))
        found.sort(key=lambda way: -way[0])
        return found

    def source_for(self, destination: Address, interface: str) -> Address:
        """What an unspecified source becomes: an address of the interface it leaves by, if there is one."""
        if interface:
            port: FlowPort | None = self.ports[interface]
        elif destination == LIMITED_BROADCAST or int(destination) >> 28 == 14:
            port = next(iter(self.ports.values()))
        else:
            way = self.way(int(destination))
            port = way[0] if way else None
        return next(iter(port.addresses), UNSPECIFIED) if port else UNSPECIFIED

    def port_for_many(self, packet: Packet, interface: str) -> FlowPort | None:
        if interface:
            return self.ports[interface]
        if len(self.ports) == 1:
            return next(iter(self.ports.values()))
        return self.local.get(int(packet.source)) if int(packet.destination) >> 28 == 14 else None

    # What ports are wanted for

    def hear(self, number: int) -> None:
        """Broadcasts to this UDP port are for this host."""
        if number not in self.heard:
            self.heard = (*self.heard, number)
            for port in self.ports.values():
                if port.segment is not None:
                    port.segment.listening.setdefault(number, {})[port] = None

    def join(self, group: Ip, interface: str) -> None:
        self._groups = {*(self._groups or ()), (group, interface)}
        for port in self.ports.values():
            if port.segment is not None and interface in {"", port.name}:
                port.segment.members.setdefault(group, {})[port] = None

    def joined(self, group: Ip, interface: str) -> bool:
        groups = self._groups or ()
        return (group, interface) in groups or (group, "") in groups

    def groups_at(self, port: FlowPort) -> Iterator[Ip]:
        """The groups that this port has packets of: for the host itself, or to forward."""
        for group, interface in (*(self._groups or ()), *self.multicast):
            if interface in {"", port.name}:
                yield group

    # Power and cables

    def stop(self) -> None:
        """Cut the power: machines, ports and what they configured are gone, without a word."""
        for process in self.processes:
            process.stop()
        self.processes.clear()
        self.datagrams.clear()
        self.streams.vanish()
        for port in self.ports.values():
            for address in port.addresses.keys() - port.fixed:
                self.remove_address(port, address)
            port.forget()
            port.use(0)
        if self._groups is not None:
            for port in self.ports.values():
                port.switch(False)  # leaves the groups' lists
            self._groups = None
            for port in self.ports.values():
                port.switch(True)

    def switch_links(self, up: bool) -> None:
        """Plug in or pull out every cable."""
        for port in self.ports.values():
            port.switch(up)
        for process in tuple(self.processes):
            process.deliver(LinkChanged(up))

    # What arrives

    def receive(self, packet: Packet, interface: str) -> None:
        """A datagram or ICMP message for this host; segments have their streams to go to."""
        if packet.protocol is model.Protocol.UDP:
            self.udp(packet, interface)
        elif packet.source_port == ECHO_REQUEST:
            self._send(self, _echo_reply(packet), _reply_arrived)
        elif packet.source_port == ECHO_REPLY:
            echo = decode_echo(packet.payload)
            for process in tuple(self.processes):
                process.echo_replied(EchoReplied(packet.source, echo.identifier, echo.sequence))
        elif packet.source_port == DESTINATION_UNREACHABLE:
            self._quoted(packet)

    def udp(self, packet: Packet, interface: str) -> None:
        destination = TransportAddress(packet.destination, packet.destination_port)
        owner = self.datagrams.owner(destination, interface)
        if owner is None:
            return
        source = TransportAddress(packet.source, packet.source_port)
        event = DatagramReceived(source, destination, packet.payload, interface)
        if self.queue is None:
            owner(event)
        elif self.queue.full:
            self.queue.refuse()
        else:
            self.queue.take(owner, event)

    def unreachable(self, packet: Packet) -> None:
        """A packet of this host's own whose next hop does not answer."""
        if packet.protocol is model.Protocol.TCP:
            self.streams.unreachable(packet, StreamFault.UNREACHABLE)

    def _quoted(self, packet: Packet) -> None:
        try:
            quoted = decode_quoted(packet.payload)
        except DecodeError:
            return
        if quoted.protocol is model.Protocol.TCP:
            refused = packet.destination_port == PORT_UNREACHABLE
            self.streams.unreachable(quoted, StreamFault.REFUSED if refused else StreamFault.UNREACHABLE)


def _echo_reply(request: Packet) -> Packet:
    return Packet(
        request.protocol, request.destination, ECHO_REPLY, request.source, 0, payload=request.payload
    )


def _reply_arrived(host: FlowHost, packet: Packet, interface: str, _given: object) -> None:
    host.receive(packet, interface)
