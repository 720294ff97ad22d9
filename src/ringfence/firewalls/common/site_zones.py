"""The zones of a site as a device is told of them."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType

from ringfence.firewalls.common.document import Zone
from ringfence.model.address import Network
from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.errors import InputError
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


def servers_zone(site: Site, zones: Iterable[Zone]) -> str:
    """The one of `zones` in which the site's first gatekeeper lives; '' for none."""
    first = next((each.address for group in site.groups for each in group.gatekeepers), None)
    return next(
        (zone.name for zone in zones for net in zone.networks if first is not None and first in net), ""
    )


def joined_zones(zones: Iterable[Zone]) -> tuple[Zone, ...]:
    """Zones of several sites at one device: those of one name are one.

    InputError where a network lies behind two of them.
    """
    found: dict[str, tuple[Network, ...]] = {}
    for zone in zones:
        found[zone.name] = tuple(dict.fromkeys((*found.get(zone.name, ()), *zone.networks)))
    behind: dict[Network, str] = {}
    for name, networks in found.items():
        for network in networks:
            if behind.setdefault(network, name) != name:
                raise InputError(
                    f"{network} lies behind {behind[network]} at one site and behind {name} at another",
                    where="zones",
                    remedy="name the zones as the firewall names its interfaces, in the sites or by --zone",
                )
    return tuple(Zone(name, networks) for name, networks in found.items())
