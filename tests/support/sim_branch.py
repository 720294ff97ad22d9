"""A branch office as the simulator's tests use it, and short ways to write its addresses and policies.

handset - switch (data VLAN 10 untagged, voice VLAN 20 tagged) - router - firewall - two servers
"""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network, ip_network

from ringfence.actors.journal import JournalEntry
from ringfence.drivers.sim.network import SimulatedNetwork
from ringfence.model.address import ANY_PORT, PortRange, TransportAddress, transport
from ringfence.model.packet import Protocol
from ringfence.model.policy import Policy, Rule
from ringfence.model.topology import Interface, MulticastRoute, Node, Route, Segment, TapPoint, Topology
from ringfence.policy.filter import StatefulFilter

HANDSET, NEIGHBOUR = IPv4Address("10.20.0.50"), IPv4Address("10.20.0.51")
VOICE = IPv4Network("10.20.0.0/24")
GIADDR, UPLINK = IPv4Address("10.20.0.1"), IPv4Address("10.255.0.1")
GATEKEEPER, DHCP = IPv4Address("10.30.0.10"), IPv4Address("10.30.0.5")
GROUP = IPv4Address("224.0.1.41")

_DEFAULT = IPv4Network("0.0.0.0/0")


def interface(name: str, segment: str, *addresses: str, trunk: tuple[str, ...] = ()) -> Interface:
    return Interface(name, segment, tuple(map(IPv4Interface, addresses)), trunk=trunk)


BRANCH = Topology(
    (Segment("data", 10), Segment("voice", 20), Segment("link"), Segment("servers")),
    (
        Node("handset", (interface("eth0", "data", trunk=("voice",)),)),
        Node(
            "neighbour",
            (interface("eth0", "voice", f"{NEIGHBOUR}/24"),),
            (Route(_DEFAULT, GIADDR),),
        ),
        Node(
            "router",
            (
                interface("data", "data", "10.10.0.1/24"),
                interface("voice", "voice", f"{GIADDR}/24"),
                interface("uplink", "link", f"{UPLINK}/30"),
            ),
            (Route(_DEFAULT, IPv4Address("10.255.0.2")),),
            (MulticastRoute(GROUP, "voice", ("uplink",)),),
            forwards=True,
        ),
        Node(
            "firewall",
            (interface("inside", "link", "10.255.0.2/30"), interface("outside", "servers", "10.30.0.1/24")),
            (
                Route(IPv4Network("10.10.0.0/24"), UPLINK),
                Route(VOICE, UPLINK),
                # On the way to nowhere: the neighbour that it names does not exist.
                Route(IPv4Network("10.99.0.0/24"), IPv4Address("10.30.0.99")),
            ),
            (MulticastRoute(GROUP, "inside", ("outside",)),),
            forwards=True,
            filters=True,
        ),
        Node(
            "gatekeeper",
            (interface("eth0", "servers", f"{GATEKEEPER}/24"),),
            (Route(_DEFAULT, IPv4Address("10.30.0.1")),),
        ),
        Node(
            "dhcp",
            (interface("eth0", "servers", f"{DHCP}/24"),),
            (Route(_DEFAULT, IPv4Address("10.30.0.1")),),
        ),
    ),
    (
        TapPoint("trunk", "handset", "eth0"),
        TapPoint("inside", "firewall", "inside"),
        TapPoint("outside", "firewall", "outside"),
    ),
)


def rule(name: str, source: str, destination: str, protocol: Protocol, ports: PortRange = ANY_PORT) -> Rule:
    return Rule(
        name,
        (ip_network(source),),
        (ip_network(destination),),
        protocol,
        destination_ports=ports,
    )


EVERYTHING = Policy(
    "everything",
    tuple(
        rule(f"all-{protocol.word}", "0.0.0.0/0", "0.0.0.0/0", protocol)
        for protocol in (Protocol.UDP, Protocol.TCP, Protocol.ICMP)
    ),
)


def network(
    policy: Policy = EVERYTHING,
    *,
    seed: int = 0,
    keepalive: bool = True,
    observer: Callable[[JournalEntry], None] | None = None,
) -> SimulatedNetwork:
    filters = {"firewall": StatefulFilter(policy)}
    return SimulatedNetwork(BRANCH, filters=filters, seed=seed, keepalive=keepalive, observer=observer)


def at(ip: IPv4Address | str, port: int) -> TransportAddress:
    return transport(str(ip), port)
