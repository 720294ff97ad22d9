"""Random rule lists that often overlap, and first-match evaluation written as plainly as can be."""

from ipaddress import IPv4Address, ip_network

from hypothesis import strategies as st

from ringfence.model.address import ANY_PORT, PortRange
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule
from ringfence.policy.space import Point

NETS = [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "10.1.0.0/24",
    "10.1.0.30/32",
    "10.1.0.31/32",
    "10.1.1.0/24",
    "255.255.255.255/32",
]
PORTS = [
    ANY_PORT,
    PortRange(0, 0),
    PortRange(67, 67),
    PortRange(67, 68),
    PortRange(1024, 65535),
    PortRange(65535, 65535),
]
addresses = st.lists(st.sampled_from(NETS), min_size=1, max_size=2, unique=True).map(
    lambda words: tuple(ip_network(word) for word in words)
)


@st.composite
def rule_lists(draw: st.DrawFn) -> Policy:
    rules = []
    for number in range(draw(st.integers(1, 5))):
        protocol = draw(st.sampled_from([Protocol.TCP, Protocol.UDP, Protocol.ICMP]))
        icmp = protocol is Protocol.ICMP
        rules.append(
            Rule(
                f"r{number}",
                draw(addresses),
                draw(addresses),
                protocol,
                ANY_PORT if icmp else draw(st.sampled_from(PORTS)),
                ANY_PORT if icmp else draw(st.sampled_from(PORTS)),
                draw(st.sampled_from([None, 0, 8])) if icmp else None,
                draw(st.sampled_from(Action)),
            )
        )
    return Policy("p", tuple(rules))


def verdict(policy: Policy, at: Point) -> bool:
    """First match wins, written as plainly as can be."""
    for rule in policy.rules:
        source, destination = IPv4Address(at.source), IPv4Address(at.destination)
        if rule.protocol != at.protocol or not any(source in net for net in rule.source):
            continue
        if not any(destination in net for net in rule.destination):
            continue
        if rule.protocol is Protocol.ICMP:
            if rule.icmp_type not in {None, at.source_port}:
                continue
        elif at.source_port not in rule.source_ports or at.destination_port not in rule.destination_ports:
            continue
        return rule.action is Action.PERMIT
    return False
