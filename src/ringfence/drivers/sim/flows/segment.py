"""Broadcast domains and ports, as far as they decide who hears what."""

from collections.abc import Mapping
from ipaddress import IPv4Address, IPv4Network
from typing import TYPE_CHECKING, Any, TypeAlias

from ringfence.drivers.sim.links import Link
from ringfence.model.packet import Packet

if TYPE_CHECKING:
    from ringfence.drivers.sim.flows.host import FlowHost

# Addresses are numbers here: the library's own take ten times as long to look up.
Ip: TypeAlias = int


class FlowSegment:
    """One broadcast domain: which port has which address, who listens to which UDP port or group."""

    __slots__ = ("listening", "macs", "members", "name", "owners", "vlan")

    def __init__(self, name: str, vlan: int) -> None:
        self.name = name
        self.vlan = vlan
        self.owners: dict[Ip, FlowPort] = {}
        self.macs: dict[bytes, FlowPort] = {}
        self.listening: dict[int, dict[FlowPort, None]] = {}
        self.members: dict[Ip, dict[FlowPort, None]] = {}


class FlowPort:
    """A host's interface. `segments`: what its switch port carries, by tag; 0 is untagged.

    `known`: neighbours it has spoken with; a packet to one that has gone is lost in silence, as to a MAC
    address that nobody has any more. `waiting`: packets to others, until they are known.
    """

    __slots__ = (
        "addresses",
        "broadcasts",
        "fixed",
        "host",
        "known",
        "link",
        "mac",
        "name",
        "segment",
        "segments",
        "up",
        "vlan",
        "waiting",
    )

    def __init__(self, host: "FlowHost", name: str, mac: bytes, segments: Mapping[int, FlowSegment]) -> None:
        self.host = host
        self.name = name
        self.mac = mac
        self.segments = segments
        self.addresses: dict[IPv4Address, IPv4Network] = {}
        self.broadcasts: tuple[Ip, ...] = ()  # of its networks
        self.fixed: frozenset[IPv4Address] = frozenset()
        self.known: set[Ip] = set()
        self.link: Link[Packet] | None = None
        self.up = True
        self.vlan = 0
        self.segment: FlowSegment | None = None
        self.waiting: dict[Ip, list[Any]] | None = None

    def use(self, vlan: int) -> None:
        """Leave the segment and join the one with this tag, if the switch port carries it."""
        self._leave()
        self.vlan = vlan
        segment = self.segment = self.segments.get(vlan) if self.up else None
        if segment is None:
            return
        segment.macs[self.mac] = self
        for address in self.addresses:
            segment.owners[int(address)] = self
        for number in self.host.heard:
            segment.listening.setdefault(number, {})[self] = None
        for group in self.host.groups_at(self):
            segment.members.setdefault(group, {})[self] = None

    def _leave(self) -> None:
        segment = self.segment
        if segment is None:
            return
        segment.macs.pop(self.mac, None)
        for address in self.addresses:
            if segment.owners.get(int(address)) is self:
                del segment.owners[int(address)]
        for number in self.host.heard:
            segment.listening.get(number, {}).pop(self, None)
        for group in self.host.groups_at(self):
            segment.members.get(group, {}).pop(self, None)

    def forget(self) -> None:
        """Another segment: nothing is known about it, and what waits here is lost."""
        self.known.clear()
        self.waiting = None

    def switch(self, up: bool) -> None:
        """Plug the cable in or pull it out."""
        self.up = up
        self.use(self.vlan)

    def own(self, address: IPv4Address, network: IPv4Network) -> None:
        self.addresses[address] = network
        self._count_broadcasts()
        if self.segment is not None:
            self.segment.owners[int(address)] = self

    def disown(self, address: IPv4Address) -> bool:
        """False: it does not have it."""
        if self.addresses.pop(address, None) is None:
            return False
        self._count_broadcasts()
        if self.segment is not None and self.segment.owners.get(int(address)) is self:
            del self.segment.owners[int(address)]
        return True

    def _count_broadcasts(self) -> None:
        self.broadcasts = tuple({int(network.broadcast_address) for network in self.addresses.values()})
