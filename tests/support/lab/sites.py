"""A worked description: one branch office behind a firewall, as the tests build it."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.lab.topology import End, Link, Node, Route, Topology, TrunkLink

DATA, VOICE = 10, 20
PHONE = IPv4Interface("10.20.0.50/24")
PHONE_DATA = IPv4Interface("10.10.0.50/24")
GATEKEEPER = IPv4Interface("10.30.0.12/24")
FILES = IPv4Interface("10.30.0.11/24")
_EVERYWHERE = IPv4Network("0.0.0.0/0")


def _host(name: str, gateway: str) -> Node:
    return Node(name, routes=(Route(_EVERYWHERE, IPv4Address(gateway)),))


def _server(name: str, address: str) -> Link:
    return Link(End(name, "eth0", (IPv4Interface(address),)), End("serverswitch", name, bridge="servers"))


def branch_office(*, trunk: bool = False) -> Topology:
    """Handset, switch with two VLANs, router, firewall, server zone; a neighbour in each zone."""
    lines = (
        Link(
            End("phone", "data", (PHONE_DATA,), "02:00:00:00:00:50"), End("switch", "p1d", bridge="vl-data")
        ),
        Link(End("phone", "voice", (PHONE,)), End("switch", "p1v", bridge="vl-voice"), vlan=VOICE),
    )
    links = (
        Link(
            End("desktop", "eth0", (IPv4Interface("10.10.0.99/24"),)), End("switch", "p2d", bridge="vl-data")
        ),
        Link(
            End("router", "data", (IPv4Interface("10.10.0.1/24"),)), End("switch", "up-d", bridge="vl-data")
        ),
        Link(
            End("router", "voice", (IPv4Interface("10.20.0.1/24"),)), End("switch", "up-v", bridge="vl-voice")
        ),
        Link(
            End("router", "uplink", (IPv4Interface("10.255.0.1/30"),)),
            End("firewall", "inside", (IPv4Interface("10.255.0.2/30"),)),
        ),
        Link(
            End("firewall", "servers", (IPv4Interface("10.30.0.1/24"),)),
            End("serverswitch", "up", bridge="servers"),
        ),
        _server("dhcp", "10.30.0.10/24"),
        _server("files", str(FILES)),
        _server("gatekeeper", str(GATEKEEPER)),
        _server("outsider", "10.30.0.66/24"),
    )
    handset_net = IPv4Network("10.0.0.0/11")
    nodes = (
        _host("phone", "10.20.0.1"),
        _host("desktop", "10.10.0.1"),
        Node("switch", bridges=("vl-data", "vl-voice")),
        Node("router", forwarding=True, routes=(Route(_EVERYWHERE, IPv4Address("10.255.0.2")),)),
        Node("firewall", forwarding=True, routes=(Route(handset_net, IPv4Address("10.255.0.1")),)),
        Node("serverswitch", bridges=("servers",)),
        *(_host(name, "10.30.0.1") for name in ("dhcp", "files", "gatekeeper", "outsider")),
    )
    if trunk:
        return Topology(nodes, links, (TrunkLink("line1", lines),))
    return Topology(nodes, (*lines, *links))
