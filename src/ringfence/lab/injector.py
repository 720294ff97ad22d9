"""Packets sent at the firewall from either side, with any source address: what a stranger might try."""

import socket
from ipaddress import IPv4Address
from types import TracebackType

from ringfence.lab.topology import Lab
from ringfence.model import topology as model
from ringfence.model.packet import Packet
from ringfence.wire.frame import frame_of


class Injector:
    """Writes frames to the firewall's own MAC address on the segment that the source lives behind."""

    def __init__(self, lab: Lab, network: model.Topology, firewall: str) -> None:
        self._sockets: dict[str, tuple[socket.socket, bytes, bytes]] = {}
        self._network = network
        self._firewall = network.node(firewall)
        for interface in self._firewall.interfaces:
            node, neighbour = _neighbour(network, firewall, interface.segment)
            raw = lab[node].socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
            raw.bind((neighbour, 0))
            macs = network.macs()
            self._sockets[interface.name] = (
                raw,
                macs[node, neighbour],
                macs[firewall, interface.name],
            )

    def __enter__(self) -> "Injector":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for raw, _, _ in self._sockets.values():
            raw.close()

    def send(self, packet: Packet) -> None:
        """Send one packet. Raises OSError when the kernel has no room."""
        raw, source, target = self._sockets[self._side(packet)]
        raw.send(frame_of(packet, source_mac=source, destination_mac=target))

    def _side(self, packet: Packet) -> str:
        address = packet.source
        assert isinstance(address, IPv4Address)
        for interface in self._firewall.interfaces:
            if any(address in given.network for given in interface.addresses):
                return interface.name
        via = next(route.via for route in self._firewall.routes if address in route.destination)
        return next(
            interface.name
            for interface in self._firewall.interfaces
            if any(via in given.network for given in interface.addresses)
        )


def _neighbour(network: model.Topology, firewall: str, segment: str) -> tuple[str, str]:
    """The last other node on the segment, which plays no role: a stranger, or the router."""
    return [
        (node.name, interface.name)
        for node, interface in network.interfaces()
        if interface.segment == segment and node.name != firewall
    ][-1]
