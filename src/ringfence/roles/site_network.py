"""What a proof's network consists of: the topology, and who is where in it."""

from dataclasses import dataclass
from ipaddress import IPv4Address

from ringfence.model.topology import Topology


@dataclass(frozen=True, slots=True)
class SiteNetwork:
    """`nodes`: the node of each server address; several roles may share one machine. `strangers`: an address
    in each zone beyond the firewalls that nobody at the site has. `firewalls`: nodes by firewall.
    `signalling`: where each far end of calls has its signalling.
    """

    topology: Topology
    nodes: dict[IPv4Address, str]
    strangers: dict[str, IPv4Address]
    firewalls: dict[str, str]
    uplinks: tuple[IPv4Address, ...]
    near: tuple[IPv4Address, ...]
    signalling: dict[IPv4Address, IPv4Address]
