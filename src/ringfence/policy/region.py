"""The packets between a site's two zones: all that a check of its firewall is about."""

from collections.abc import Iterable
from ipaddress import IPv4Network

from ringfence.model.address import Network
from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.site import Site
from ringfence.policy.space import Box, boxes, networks, whole


def between(site: Site) -> dict[str, tuple[Box, ...]]:
    """The packets of each way between two zones that a firewall joins.

    Discovery (H.225.0 Appendix IV) goes from the phones to its group, which has no zone.
    """
    phones = {site.zone_of(group.voice.network) for group in site.groups}
    answering = {site.zone_of(each.address) for group in site.groups for each in group.gatekeepers}
    found: dict[str, tuple[Box, ...]] = {}
    for here in site.zones:
        for there in site.zones:
            if here is there or not zones_joined(site, here.name, there.name):
                continue
            asked = here.name in phones and there.name in answering
            group = (IPv4Network(DISCOVERY_GROUP),) if asked else ()
            found[f"{here.name} to {there.name}"] = packets_between(here.networks, (*there.networks, *group))
    return found


def zones_joined(site: Site, here: str, there: str) -> bool:
    """Whether some firewall joins these two zones directly."""
    return any({here, there} <= set(firewall.zones) for firewall in site.firewalls)


def packets_between(sources: Iterable[Network], destinations: Iterable[Network]) -> tuple[Box, ...]:
    """Every IPv4 packet from any of the sources to any of the destinations."""
    return boxes(4, (networks(sources), networks(destinations), whole(4, 2), whole(4, 3), whole(4, 4)))
