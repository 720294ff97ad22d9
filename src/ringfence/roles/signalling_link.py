"""How the far ends of calls reach the gatekeeper in a proof: by a link of their own, which meets no firewall.

A proof is of one group's rules; whether another group's phones register is proved when its turn comes. So
what far ends say to the gatekeeper is real, and goes where none of the rules under test can stop it; their
audio goes by the addresses that the site gives them.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.model.topology import Interface, Node, Route, Segment, Topology

# RFC 2544: never anybody's own; another part of it is a link between router and firewall.
_NETWORK = IPv4Network("198.19.0.0/24")
_SEGMENT = "far-signalling"
_PORT = "signalling"


def linked(
    topology: Topology, gatekeepers: Mapping[IPv4Address, str], far: Collection[str]
) -> tuple[Topology, dict[str, IPv4Address]]:
    """The topology with the link, and each far end's address on it, by nodes; `gatekeepers`: theirs."""
    if not far:
        return topology, {}
    names = list(dict.fromkeys((*gatekeepers.values(), *far)))
    own = {name: _NETWORK[number] for number, name in enumerate(names, 1)}
    ways = {address: own[name] for address, name in gatekeepers.items()}
    nodes = tuple(
        _on_link(node, own[node.name], ways if node.name in far else {}) if node.name in own else node
        for node in topology.nodes
    )
    segments = (*topology.segments, Segment(_SEGMENT))
    return replace(topology, segments=segments, nodes=nodes), {name: own[name] for name in far}


def _on_link(node: Node, address: IPv4Address, ways: Mapping[IPv4Address, IPv4Address]) -> Node:
    """A router gets no route: what it forwards for others would go by it too."""
    interface = Interface(_PORT, _SEGMENT, (IPv4Interface((address, _NETWORK.prefixlen)),))
    routes = (
        ()
        if node.forwards
        else tuple(Route(IPv4Network(gatekeeper), via) for gatekeeper, via in ways.items() if via != address)
    )
    return replace(node, interfaces=(*node.interfaces, interface), routes=(*node.routes, *routes))
