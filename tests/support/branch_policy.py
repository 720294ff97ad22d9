"""The branch office of the writers' tests: a relay with two addresses, handsets, one server site."""

from ipaddress import ip_network

from ringfence.firewalls.common.capability import Need
from ringfence.firewalls.common.document import Device, Zone
from ringfence.model.address import EPHEMERAL, Network, PortRange, port
from ringfence.model.packet import ECHO_REQUEST, Protocol
from ringfence.model.policy import Policy, Rule


def nets(*words: str) -> tuple[Network, ...]:
    return tuple(ip_network(word) for word in words)


HANDSETS = nets("10.20.0.0/22")
UPLINK = nets("10.9.0.2")
GIADDR = nets("10.20.0.1")
DHCP = nets("10.1.0.10")
FILES = nets("10.1.0.20")
# Adjacent on purpose: .30 and .31 must never become a /31.
GATEKEEPERS = nets("10.1.0.30", "10.1.0.31")

BRANCH = Policy(
    "branch",
    (
        Rule("dhcp-relay", UPLINK, DHCP, Protocol.UDP, port(67), port(67)),
        Rule("dhcp-giaddr", DHCP, GIADDR, Protocol.UDP, port(67), port(67)),
        Rule("dhcp-renew", HANDSETS, DHCP, Protocol.UDP, port(68), port(67)),
        Rule("files", HANDSETS, FILES, Protocol.TCP, EPHEMERAL, port(80)),
        Rule("ras", HANDSETS, GATEKEEPERS, Protocol.UDP, port(49300), port(1719)),
        Rule("ras-notify", GATEKEEPERS, HANDSETS, Protocol.UDP, port(1719), port(49300)),
        Rule("signal", GATEKEEPERS, HANDSETS, Protocol.TCP, PortRange(61440, 61444), port(1720)),
        Rule("echo", HANDSETS, GATEKEEPERS, Protocol.ICMP, icmp_type=ECHO_REQUEST),
    ),
)

DEVICE = Device(
    zones=(
        Zone("phones", nets("10.20.0.0/22", "10.9.0.0/24", "fd20::/64")),
        Zone("servers", nets("10.1.0.0/24", "fd01::/64")),
    ),
)

_PORT_BLIND = frozenset({Need.SOURCE_PORT})
# What has to be given up before the branch can be written for a target at all.
ACCEPTED = {
    "azure-nsg": frozenset({Need.ICMP_TYPE}),
    "aws-sg": _PORT_BLIND,
    "aws-sg-json": _PORT_BLIND,
    "aws-nacl": _PORT_BLIND | {Need.LOCAL_ADDRESS},
    "aws-nacl-json": _PORT_BLIND | {Need.LOCAL_ADDRESS},
    "gcp": _PORT_BLIND | {Need.ICMP_TYPE},
    "kubernetes": _PORT_BLIND,
}


def branch_for(target: str) -> Policy:
    """The branch as far as the target has words for it: Kubernetes has none for ICMP."""
    return BRANCH.without("echo") if target == "kubernetes" else BRANCH
