"""Packets sent at the firewall from either side, with any source address: what a stranger might try."""

import socket
from collections.abc import Sequence
from ipaddress import IPv4Address
from types import TracebackType

from ringfence.lab.topology import Lab
from ringfence.model import topology as model
from ringfence.model.packet import Packet
from ringfence.wire.frame import frame_of


class Injector:
    """Writes frames to a firewall's own MAC address on the segment that the source lives behind.

    `firewalls` are nodes, the one that the phones meet first before the others.
    """

    def __init__(self, lab: Lab, network: model.Topology, firewalls: Sequence[str]) -> None:
        self._sockets: dict[tuple[str, str], tuple[socket.socket, bytes, bytes]] = {}
        self._lab = lab
        self._network = network
        self._firewalls = [network.node(name) for name in firewalls]
        self._macs = network.macs()

    def __enter__(self) -> "Injector":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for raw, _, _ in self._sockets.values():
            raw.close()

    def send(self, packet: Packet) -> None:
        """Send one packet. Raises OSError when the kernel has no room."""
        raw, source, target = self._opened(*self._side(packet))
        raw.send(frame_of(packet, source_mac=source, destination_mac=target))

    def _opened(self, firewall: str, interface: model.Interface) -> tuple[socket.socket, bytes, bytes]:
        place = firewall, interface.name
        if place not in self._sockets:
            node, neighbour = _neighbour(self._network, firewall, interface.segment)
            raw = self._lab[node].socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            raw.bind((neighbour, 0))
            self._sockets[place] = raw, self._macs[node, neighbour], self._macs[place]
        return self._sockets[place]

    def _side(self, packet: Packet) -> tuple[str, model.Interface]:
        """Where the packet would come in: at the firewall beside its source, or the first with a route."""
        address = packet.source
        assert isinstance(address, IPv4Address)
        for firewall in self._firewalls:
            for interface in firewall.interfaces:
                if any(address in given.network for given in interface.addresses):
                    return firewall.name, interface
        for firewall in self._firewalls:
            via = next((route.via for route in firewall.routes if address in route.destination), None)
            for interface in firewall.interfaces:
                if via is not None and any(via in given.network for given in interface.addresses):
                    return firewall.name, interface
        raise ValueError(f"no firewall has a way to {address}")


def _neighbour(network: model.Topology, firewall: str, segment: str) -> tuple[str, str]:
    """The last other node on the segment, which plays no role: a stranger, or the router."""
    return [
        (node.name, interface.name)
        for node, interface in network.interfaces()
        if interface.segment == segment and node.name != firewall
    ][-1]
