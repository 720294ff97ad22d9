"""The zones of a site as a device is told of them."""

from collections.abc import Mapping
from ipaddress import IPv4Network
from types import MappingProxyType

from ringfence.firewalls.common.document import Zone
from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.site import Site

_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def device_zones(site: Site, names: Mapping[str, str] = _NO_NAMES) -> tuple[Zone, ...]:
    """Each zone by `names`, the site's word for the interface, or its own name.

    InputError for a name that a device does not take.
    """
    # The discovery group (H.225.0 Appendix IV) has no place of its own: who listens to it is where the
    # gatekeepers are, and a handset may ask it whatever the site says.
    answering = {site.zone_of(each.address) for group in site.groups for each in group.gatekeepers}
    group = (IPv4Network(DISCOVERY_GROUP),)
    return tuple(
        Zone(
            names.get(zone.name) or zone.interface or zone.name,
            (*zone.networks, *(group if zone.name in answering else ())),
        )
        for zone in site.zones
    )
