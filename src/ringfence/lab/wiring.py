"""The shared description of a network as namespaces, bridges and cables.

Every segment is a bridge in one switch namespace. A handset that can change VLAN hangs on one port of that
switch, which moves from bridge to bridge; with `trunk` it hangs on its own small switch instead, and the
line between the two switches carries 802.1Q tags.
"""

from dataclasses import dataclass

from ringfence.lab.topology import End, LabLink, LabNode, LabRoute, LabTopology, TrunkLink
from ringfence.model import topology as model

SWITCH = "switch"
PHONE_SWITCH = "phone-switch"
LINE = "line"
TAGGED_PORT = "near"  # of a trunk: the phone's end, see TrunkLink


@dataclass(frozen=True, slots=True)
class PhonePort:
    """The switch port that a handset hangs on, and the bridge of each VLAN it may move to (0: untagged)."""

    switch: str
    port: str
    bridges: dict[int, str]


@dataclass(frozen=True, slots=True)
class LabWiring:
    """`taps`: the tap's name by (namespace, interface). `phone_ports`: by (node, interface)."""

    topology: LabTopology
    taps: dict[tuple[str, str], str]
    phone_ports: dict[tuple[str, str], PhonePort]


def wire(network: model.Topology, *, trunk: bool) -> LabWiring:
    """How the lab builds `network`. Raises ValueError where `trunk` is asked for and nothing is tagged."""
    macs = network.macs()
    segments = {segment.name: segment for segment in network.segments}
    nodes = [_node(node) for node in network.nodes]
    nodes.append(LabNode(SWITCH, bridges=tuple(segments)))
    links: list[LabLink] = []
    trunks: list[TrunkLink] = []
    phone_ports: dict[tuple[str, str], PhonePort] = {}
    taps = {(tap.node, tap.interface): tap.name for tap in network.taps}
    for number, (node, interface) in enumerate(network.interfaces()):
        mac = macs[node.name, interface.name].hex(":")
        end = End(node.name, interface.name, interface.addresses, mac)
        switch = SWITCH
        if interface.trunk:
            names = (interface.segment, *interface.trunk)
            if trunk:
                switch = PHONE_SWITCH
                nodes.append(LabNode(PHONE_SWITCH, bridges=names))
                trunks.append(_line(segments, interface))
                taps = {
                    (LINE, TAGGED_PORT) if place == (node.name, interface.name) else place: name
                    for place, name in taps.items()
                }
            bridges = {0: interface.segment} | {segments[name].vlan: name for name in interface.trunk}
            phone_ports[node.name, interface.name] = PhonePort(switch, f"p{number}", bridges)
        links.append(LabLink(end, End(switch, f"p{number}", bridge=interface.segment)))
    if trunk and not trunks:
        raise ValueError("no handset of this site changes VLAN, so no link carries tags")
    return LabWiring(LabTopology(tuple(nodes), tuple(links), tuple(trunks)), taps, phone_ports)


def _node(node: model.Node) -> LabNode:
    routes = tuple(LabRoute(route.destination, route.via) for route in node.routes)
    return LabNode(node.name, forwarding=node.forwards, routes=routes)


def _line(segments: dict[str, model.Segment], interface: model.Interface) -> TrunkLink:
    untagged = _strand(interface.segment, None)
    tagged = (_strand(name, segments[name].vlan) for name in interface.trunk)
    return TrunkLink(LINE, (untagged, *tagged))


def _strand(segment: str, vlan: int | None) -> LabLink:
    name = f"line-{vlan or 0}"
    return LabLink(End(PHONE_SWITCH, name, bridge=segment), End(SWITCH, name, bridge=segment), vlan=vlan)
