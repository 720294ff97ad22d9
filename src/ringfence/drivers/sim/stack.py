"""The IP layer of one node: what is for this host, where the rest goes, and what ICMP says when it cannot.

As in Linux, any of the host's addresses is accepted on any of its interfaces (a server's answer to giaddr
arrives on the uplink), and may be used as a source on any of them. Datagrams are not fragmented.
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network
from typing import NamedTuple, Protocol

from ringfence.drivers.sim.clock import Clock
from ringfence.drivers.sim.frames import Frame, IpPacket
from ringfence.drivers.sim.neighbours import Neighbours
from ringfence.drivers.sim.segment import NodePort, PortListener
from ringfence.model import packet as model
from ringfence.model.address import LIMITED_BROADCAST, UNSPECIFIED, Address
from ringfence.model.packet import DESTINATION_UNREACHABLE, ECHO_REPLY, ECHO_REQUEST, Packet
from ringfence.wire.ethernet import BROADCAST, Arp, multicast_mac
from ringfence.wire.frame import datagram_of
from ringfence.wire.icmp import ERRORS, HOST_UNREACHABLE, NET_UNREACHABLE, TIME_EXCEEDED, quoting

NO_NEIGHBOUR = "no answer to ARP"
_SOMEBODY = IPv4Address("192.0.2.0")  # stands for a router whose address is not known (RFC 5737)


class LostPacket(NamedTuple):
    """A packet that ended at `node` for a reason other than the policy."""

    time: float
    node: str
    packet: Packet
    why: str


class Upper(Protocol):
    """What sits on the IP layer. `interface` is where a packet came in, "" when it never left the host."""

    def udp(self, packet: Packet, interface: str) -> bool:
        """False: nobody listens on that port."""

    def tcp(self, packet: IpPacket) -> None: ...

    def icmp(self, packet: Packet) -> None:
        """An echo reply or an error; requests have been answered already."""

    def unreachable(self, packet: Packet) -> None:
        """A packet of this host's own whose next hop did not answer ARP."""


class Forwarding(Protocol):
    """What a packet meets on its way through a node that filters."""

    def arrives(self, packet: Packet) -> Packet:
        """The packet with the destination that it is routed by."""

    def forwards(self, packet: Packet, arrived: Packet) -> Packet | None:
        """The packet as it leaves; None: it is dropped. `arrived`: as it was before `arrives`."""

    def receives(self, packet: Packet) -> None:
        """The packet ends at the node itself."""


class Stack:
    """`firewall`: what is asked before a packet is forwarded, where there is one."""

    def __init__(
        self,
        name: str,
        ports: tuple[NodePort, ...],
        clock: Clock,
        upper: Upper,
        *,
        forwards: bool,
        lost: Callable[[LostPacket], None],
    ) -> None:
        self.name = name
        self.ports = {port.name: port for port in ports}
        self.forwards = forwards
        self.firewall: Forwarding | None = None
        self.local: dict[IPv4Address, NodePort] = {}
        self.groups: set[tuple[Address, str]] = set()
        self._clock = clock
        self._upper = upper
        self._lost = lost
        self._routes: list[tuple[IPv4Network, IPv4Address]] = []
        self._gateways: dict[NodePort, IPv4Address] = {}
        self._multicast: dict[tuple[Address, str], tuple[NodePort, ...]] = {}
        self._paths: dict[Address, tuple[NodePort, IPv4Address] | None] = {}
        self._identification = 0
        self._neighbours = {port: Neighbours(port, clock, self._no_answer) for port in ports}
        for port in ports:
            port.receive = self._receive
            for interface in port.fixed:
                self.add_address(port, interface.ip, interface.network)

    # Configuration

    def add_address(self, port: NodePort, address: IPv4Address, network: IPv4Network) -> None:
        port.addresses[address] = network
        port.listen(PortListener("asked for", address))
        self.local[address] = port
        self._paths.clear()

    def announce(self, port: NodePort, address: IPv4Address) -> None:
        self._neighbours[port].announce(address)

    def remove_address(self, port: NodePort, address: Address) -> bool:
        """Its default router goes with the last address. False: the port does not have it."""
        if not isinstance(address, IPv4Address) or port.addresses.pop(address, None) is None:
            return False
        self.local.pop(address)
        port.ignore(PortListener("asked for", address))
        if not port.addresses:
            self._gateways.pop(port, None)
        self._paths.clear()
        return True

    def add_route(self, destination: IPv4Network, via: IPv4Address) -> None:
        self._routes.append((destination, via))
        self._paths.clear()

    def add_multicast_route(self, group: IPv4Address, arrives: str, leaves: tuple[str, ...]) -> None:
        self._multicast[group, arrives] = tuple(self.ports[name] for name in leaves)

    def set_gateway(self, port: NodePort, router: IPv4Address) -> None:
        self._gateways[port] = router
        self._paths.clear()

    def route_back(self, port: NodePort, mac: bytes) -> None:
        """Everything beyond the own networks goes to the neighbour with this MAC address, whatever its IP
        address is."""
        self._neighbours[port].know(_SOMEBODY, mac)
        if self._gateways.get(port) != _SOMEBODY:
            self.set_gateway(port, _SOMEBODY)

    def moved(self, port: NodePort) -> None:
        """The port is on another segment."""
        self._neighbours[port].forget()

    def reset(self) -> None:
        """Back to the addresses and the VLAN of the description."""
        for port in self.ports.values():
            for address in port.addresses.keys() - {interface.ip for interface in port.fixed}:
                self.remove_address(port, address)
            port.use(0)
            self._neighbours[port].forget()
        self.groups.clear()

    # Sending

    def send(
        self, packet: Packet, *, interface: str = "", link_destination: bytes = b"", ttl: int = 64
    ) -> bool:
        """From this host. False, and noted as lost: there is no way to the destination."""
        return self.output(IpPacket(packet, ttl), interface, link_destination)

    def output(self, packet: IpPacket, interface: str = "", link_destination: bytes = b"") -> bool:
        destination = packet.packet.destination
        if destination in self.local:
            self._clock.after(0.0, self._deliver, packet, "")
            return True
        self._identification = (self._identification + 1) & 0xFFFF
        packet = packet._replace(identification=self._identification)
        if destination == LIMITED_BROADCAST or _is_group(destination):
            port = self._port_for_many(packet.packet, interface)
            if port is None:
                return self._lose(packet, "which interface to send it from is not said")
            port.transmit(Frame(port.mac, _mac_of_many(destination), packet))
            return True
        if link_destination:
            port = self.ports[interface] if interface else None
            if port is None:
                path = self._path(destination)
                port = path[0] if path else None
            if port is None:
                return self._lose(packet, "no route")
            port.transmit(Frame(port.mac, link_destination, packet))
            return True
        return self._route(packet) or self._lose(packet, "no route")

    def source_for(self, destination: Address, interface: str) -> Address:
        """What an unspecified source becomes: an address of the interface it leaves by, if there is one."""
        if interface:
            port: NodePort | None = self.ports[interface]
        elif destination == LIMITED_BROADCAST or _is_group(destination):
            port = next(iter(self.ports.values()))
        else:
            path = self._path(destination)
            port = path[0] if path else None
        return next(iter(port.addresses), UNSPECIFIED) if port else UNSPECIFIED

    def _port_for_many(self, packet: Packet, interface: str) -> NodePort | None:
        if interface:
            return self.ports[interface]
        if len(self.ports) == 1:
            return next(iter(self.ports.values()))
        if _is_group(packet.destination) and isinstance(packet.source, IPv4Address):
            return self.local.get(packet.source)
        return None

    def _route(self, packet: IpPacket) -> bool:
        destination = packet.packet.destination
        path = self._path(destination)
        if path is None:
            return False
        port, neighbour = path
        if neighbour == destination and _is_directed_broadcast(destination, port):
            port.transmit(Frame(port.mac, BROADCAST, packet))
        else:
            self._neighbours[port].send(packet, neighbour)
        return True

    def _path(self, destination: Address) -> tuple[NodePort, IPv4Address] | None:
        """The port and the neighbour: the longest prefix wins, own networks before routes."""
        try:
            return self._paths[destination]
        except KeyError:
            path = self._paths[destination] = self._find_path(destination)
            return path

    def _find_path(self, destination: Address) -> tuple[NodePort, IPv4Address] | None:
        if not isinstance(destination, IPv4Address):
            return None
        best: tuple[int, NodePort, IPv4Address] | None = None
        for port in self.ports.values():
            for network in port.addresses.values():
                if destination in network and (best is None or network.prefixlen > best[0]):
                    best = network.prefixlen, port, destination
        for network, via in self._routes:
            if destination in network and (best is None or network.prefixlen > best[0]):
                port_of_via = self._attached(via)
                if port_of_via is not None:
                    best = network.prefixlen, port_of_via, via
        if best is None:
            for port, router in self._gateways.items():
                return port, router
            return None
        return best[1], best[2]

    def _attached(self, neighbour: IPv4Address) -> NodePort | None:
        for port in self.ports.values():
            if any(neighbour in network for network in port.addresses.values()):
                return port
        return None

    # Receiving

    def _receive(self, port: NodePort, frame: Frame) -> None:
        content = frame.content
        if isinstance(content, Arp):
            self._neighbours[port].receive(content)
            return
        for_many = frame.destination[0] & 1 or content.packet.destination == LIMITED_BROADCAST
        if for_many and content.packet.destination not in self.local:
            self._receive_many(port, content)
            return
        arrived = content.packet
        if self.firewall is not None:
            content = content._replace(packet=self.firewall.arrives(arrived))
        if content.packet.destination in self.local:
            if self.firewall is not None:
                self.firewall.receives(content.packet)
            self._deliver(content, port.name)
        elif self.forwards:
            self._forward(content, arrived)
        elif not port.addresses and content.packet.protocol is model.Protocol.UDP:
            # A host without an address takes its first one from a frame addressed to its MAC
            # (RFC 2131 section 4.1).
            self._upper.udp(content.packet, port.name)
        else:
            self._lose(content, "this host does not have that address")

    def _receive_many(self, port: NodePort, packet: IpPacket) -> None:
        inner = packet.packet
        if _is_group(inner.destination):
            if (inner.destination, port.name) in self.groups or (inner.destination, "") in self.groups:
                self._upper.udp(inner, port.name)
            leaves = self._multicast.get((inner.destination, port.name)) if self.forwards else None
            passed = self._through(inner, inner) if leaves and packet.ttl > 1 else None
            if leaves and passed is not None:
                onward = packet._replace(packet=passed, ttl=packet.ttl - 1)
                for leaf in leaves:
                    leaf.transmit(Frame(leaf.mac, _mac_of_many(inner.destination), onward))
        elif inner.protocol is model.Protocol.UDP and (
            inner.destination == LIMITED_BROADCAST or _is_directed_broadcast(inner.destination, port)
        ):
            self._upper.udp(inner, port.name)

    def _deliver(self, packet: IpPacket, interface: str) -> None:
        inner = packet.packet
        match inner.protocol:
            case model.Protocol.UDP:
                if not self._upper.udp(inner, interface):
                    self._lose(packet, "nobody listens on that port")
                    self._complain(inner, DESTINATION_UNREACHABLE, 3, inner.destination)
            case model.Protocol.TCP:
                self._upper.tcp(packet)
            case model.Protocol.ICMP if inner.source_port == ECHO_REQUEST:
                self.send(
                    Packet(
                        inner.protocol, inner.destination, ECHO_REPLY, inner.source, 0, payload=inner.payload
                    )
                )
            case model.Protocol.ICMP:
                self._upper.icmp(inner)
            case model.Protocol.ICMPV6:
                pass

    def _forward(self, packet: IpPacket, arrived: Packet) -> None:
        inner = packet.packet
        if self._path(inner.destination) is None:
            self._lose(packet, "no route")
            self._complain(inner, DESTINATION_UNREACHABLE, NET_UNREACHABLE)
            return
        if packet.ttl <= 1:
            self._lose(packet, "time to live exceeded")
            self._complain(inner, TIME_EXCEEDED, 0)
            return
        passed = self._through(inner, arrived)
        if passed is not None:
            self._route(packet._replace(packet=passed, ttl=packet.ttl - 1))

    def _through(self, packet: Packet, arrived: Packet) -> Packet | None:
        return packet if self.firewall is None else self.firewall.forwards(packet, arrived)

    def _no_answer(self, packet: IpPacket) -> None:
        self._lose(packet, NO_NEIGHBOUR)
        if packet.packet.source in self.local:
            self._upper.unreachable(packet.packet)
        else:
            self._complain(packet.packet, DESTINATION_UNREACHABLE, HOST_UNREACHABLE)

    def _complain(self, about: Packet, icmp_type: int, code: int, source: Address | None = None) -> None:
        """An ICMP error to the sender, never about an error or to nobody (RFC 1122 section 3.2.2)."""
        if about.protocol is model.Protocol.ICMP and about.source_port in ERRORS:
            return
        path = self._path(about.source)
        if about.source == UNSPECIFIED or path is None:
            return
        sender = source or next(iter(path[0].addresses))
        body = quoting(datagram_of(about))
        self.send(Packet(model.Protocol.ICMP, sender, icmp_type, about.source, code, payload=body))

    def _lose(self, packet: IpPacket, why: str) -> bool:
        self._lost(LostPacket(self._clock.now, self.name, packet.packet, why))
        return False


def _is_group(address: Address) -> bool:
    return int(address) >> 28 == 14  # 224.0.0.0/4; the library's own test is ten times slower


def _is_directed_broadcast(address: Address, port: NodePort) -> bool:
    return any(address == network.broadcast_address for network in port.addresses.values())


def _mac_of_many(destination: Address) -> bytes:
    if isinstance(destination, IPv4Address) and destination != LIMITED_BROADCAST:
        return multicast_mac(destination)
    return BROADCAST
