"""The packets between a site's two zones: all that a check of its firewall is about."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from ringfence.model.address import Network
from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.site import Site
from ringfence.policy.space import Box, boxes, networks, whole

TO_SERVERS = "handsets to servers"
TO_HANDSETS = "servers to handsets"


def between(site: Site) -> dict[str, tuple[Box, ...]]:
    """The packets of each way; discovery (H.225.0 Appendix IV) goes from the handsets to its group."""
    handsets, servers = site.zones.handsets, site.zones.servers
    return {
        TO_SERVERS: packets_between(handsets, (*servers, IPv4Network(DISCOVERY_GROUP))),
        TO_HANDSETS: packets_between(servers, handsets),
    }


def packets_between(sources: Iterable[Network], destinations: Iterable[Network]) -> tuple[Box, ...]:
    """Every IPv4 packet from any of the sources to any of the destinations."""
    return boxes(4, (networks(sources), networks(destinations), whole(4, 2), whole(4, 3), whole(4, 4)))
