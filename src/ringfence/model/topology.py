"""A network to run the parties in: the one description that simulator and namespace lab are built from.

Pure description: who plays which role on a node, and which policy a filtering node enforces, is told to the
network that is built from it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network


@dataclass(frozen=True, slots=True)
class Segment:
    """One broadcast domain. `vlan` (1-4094) is its tag where it shares a link; 0: it is never tagged."""

    name: str
    vlan: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.vlan <= 4094:
            raise ValueError(f"segment {self.name}: VLAN {self.vlan} is outside 0-4094")


@dataclass(frozen=True, slots=True)
class Interface:
    """A port of a node on a switch port whose untagged VLAN is `segment`.

    `trunk` names further segments that the switch port carries tagged: a handset moves to one with
    `SetVlan`. `mac` is written 02:00:00:00:00:01; empty: `Topology.macs` chooses one.
    """

    name: str
    segment: str
    addresses: tuple[IPv4Interface, ...] = ()
    mac: str = ""
    trunk: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """Packets to `destination` go to the neighbour `via`. Networks of own interfaces need none."""

    destination: IPv4Network
    via: IPv4Address


@dataclass(frozen=True, slots=True)
class MulticastRoute:
    """A static route: what arrives for `group` on `arrives` is forwarded to every one of `leaves`."""

    group: IPv4Address
    arrives: str
    leaves: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A host; with `forwards` a router, with `filters` a router that enforces the policy under test."""

    name: str
    interfaces: tuple[Interface, ...]
    routes: tuple[Route, ...] = ()
    multicast_routes: tuple[MulticastRoute, ...] = ()
    forwards: bool = False
    filters: bool = False

    def __post_init__(self) -> None:
        _distinct(f"node {self.name}: interface", (interface.name for interface in self.interfaces))
        if self.filters and not self.forwards:
            raise ValueError(f"node {self.name} filters but does not forward: nothing would reach its policy")
        own = {interface.name for interface in self.interfaces}
        for route in self.multicast_routes:
            if unknown := {route.arrives, *route.leaves} - own:
                raise ValueError(f"node {self.name}: multicast route names interface {min(unknown)}")
            if not route.group.is_multicast:
                raise ValueError(f"node {self.name}: {route.group} is not a multicast group")

    def interface(self, name: str) -> Interface:
        for interface in self.interfaces:
            if interface.name == name:
                return interface
        raise KeyError(f"node {self.name} has no interface {name}")


@dataclass(frozen=True, slots=True)
class TapPoint:
    """Record every frame, both ways, at this interface; tagged as they are on that link.

    Several taps may share a name: a side of a firewall that has more than one interface.
    """

    name: str
    node: str
    interface: str


@dataclass(frozen=True, slots=True)
class Topology:
    """Segments, nodes and taps. ValueError names what does not fit together."""

    segments: tuple[Segment, ...]
    nodes: tuple[Node, ...]
    taps: tuple[TapPoint, ...] = ()

    def __post_init__(self) -> None:
        _distinct("segment", (segment.name for segment in self.segments))
        _distinct("node", (node.name for node in self.nodes))
        _distinct("tap at", (f"{tap.node}.{tap.interface}" for tap in self.taps))
        self._check_interfaces()
        ports = {(node.name, interface.name) for node, interface in self.interfaces()}
        for tap in self.taps:
            if (tap.node, tap.interface) not in ports:
                raise ValueError(f"tap {tap.name}: there is no interface {tap.node}.{tap.interface}")

    def _check_interfaces(self) -> None:
        tags = {segment.name: segment.vlan for segment in self.segments}
        seen: set[tuple[str, IPv4Address]] = set()
        for node, interface in self.interfaces():
            where = f"interface {node.name}.{interface.name}"
            for name in (interface.segment, *interface.trunk):
                if name not in tags:
                    raise ValueError(f"{where}: there is no segment {name}")
            if untagged := [name for name in interface.trunk if not tags[name]]:
                raise ValueError(f"{where}: segment {untagged[0]} has no VLAN, so it cannot be tagged")
            _distinct(f"{where}: VLAN", (str(tags[name]) for name in interface.trunk))
            for address in interface.addresses:
                if (interface.segment, address.ip) in seen:
                    raise ValueError(f"{where}: {address.ip} is already used on {interface.segment}")
                seen.add((interface.segment, address.ip))
        self.macs()

    def interfaces(self) -> Iterator[tuple[Node, Interface]]:
        """Every port of every node, in the order of the description."""
        for node in self.nodes:
            for interface in node.interfaces:
                yield node, interface

    def node(self, name: str) -> Node:
        for node in self.nodes:
            if node.name == name:
                return node
        raise KeyError(f"there is no node {name}")

    def macs(self) -> dict[tuple[str, str], bytes]:
        """The six octets of every (node, interface), chosen where none is written.

        Chosen addresses are locally administered (IEEE 802c) and depend on the order of the description
        only, so a simulated and a real capture of one topology show the same ones.
        """
        chosen: dict[tuple[str, str], bytes] = {}
        owners: dict[bytes, str] = {}
        for number, (node, interface) in enumerate(self.interfaces(), start=1):
            where = f"{node.name}.{interface.name}"
            octets = (
                mac_octets(interface.mac) if interface.mac else b"\x02\x72\x66" + number.to_bytes(3, "big")
            )
            if octets in owners:
                raise ValueError(f"interfaces {owners[octets]} and {where} have the same MAC address")
            owners[octets] = where
            chosen[node.name, interface.name] = octets
        return chosen


def mac_octets(text: str) -> bytes:
    """`mac_octets("02:00:00:00:00:01")`; ValueError when it is no individual (not group) address."""
    try:
        octets = bytes.fromhex(text.replace(":", "").replace("-", ""))
    except ValueError:
        octets = b""
    if len(octets) != 6 or octets[0] & 1:
        raise ValueError(f"{text!r} is no individual MAC address")
    return octets


def _distinct(what: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{what} {name} is there twice")
        seen.add(name)
