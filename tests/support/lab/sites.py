"""A worked description: one branch office behind a firewall, as the tests build it."""

from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from ringfence.lab.topology import End, LabLink, LabNode, LabRoute, LabTopology, TrunkLink

DATA, VOICE = 10, 20
PHONE = IPv4Interface("10.20.0.50/24")
PHONE_DATA = IPv4Interface("10.10.0.50/24")
GATEKEEPER = IPv4Interface("10.30.0.12/24")
FILES = IPv4Interface("10.30.0.11/24")
_EVERYWHERE = IPv4Network("0.0.0.0/0")


def _host(name: str, gateway: str) -> LabNode:
    return LabNode(name, routes=(LabRoute(_EVERYWHERE, IPv4Address(gateway)),))


def _server(name: str, address: str) -> LabLink:
    return LabLink(End(name, "eth0", (IPv4Interface(address),)), End("serverswitch", name, bridge="servers"))


def branch_office(*, trunk: bool = False) -> LabTopology:
    """Handset, switch with two VLANs, router, firewall, server zone; a neighbour in each zone."""
    lines = (
        LabLink(
            End("phone", "data", (PHONE_DATA,), "02:00:00:00:00:50"), End("switch", "p1d", bridge="vl-data")
        ),
        LabLink(End("phone", "voice", (PHONE,)), End("switch", "p1v", bridge="vl-voice"), vlan=VOICE),
    )
    links = (
        LabLink(
            End("desktop", "eth0", (IPv4Interface("10.10.0.99/24"),)), End("switch", "p2d", bridge="vl-data")
        ),
        LabLink(
            End("router", "data", (IPv4Interface("10.10.0.1/24"),)), End("switch", "up-d", bridge="vl-data")
        ),
        LabLink(
            End("router", "voice", (IPv4Interface("10.20.0.1/24"),)), End("switch", "up-v", bridge="vl-voice")
        ),
        LabLink(
            End("router", "uplink", (IPv4Interface("10.255.0.1/30"),)),
            End("firewall", "inside", (IPv4Interface("10.255.0.2/30"),)),
        ),
        LabLink(
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
        LabNode("switch", bridges=("vl-data", "vl-voice")),
        LabNode("router", forwarding=True, routes=(LabRoute(_EVERYWHERE, IPv4Address("10.255.0.2")),)),
        LabNode("firewall", forwarding=True, routes=(LabRoute(handset_net, IPv4Address("10.255.0.1")),)),
        LabNode("serverswitch", bridges=("servers",)),
        *(_host(name, "10.30.0.1") for name in ("dhcp", "files", "gatekeeper", "outsider")),
    )
    if trunk:
        return LabTopology(nodes, links, (TrunkLink("line1", lines),))
    return LabTopology(nodes, (*lines, *links))
