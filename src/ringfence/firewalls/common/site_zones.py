"""The zones of a site as a device is told of them."""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from types import MappingProxyType

from ringfence.firewalls.common.document import Zone
from ringfence.model.address import Network
from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.errors import InputError
from ringfence.model.site import Site
from ringfence.policy.space import meet
from ringfence.policy.terms import Addresses

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


def zones_where_placed(
    site: Site, given: Iterable[Zone], placed: Mapping[str, Addresses]
) -> tuple[Zone, ...]:
    """`given`, and the rest of the site's networks by the names of the device behind which they live.

    `placed` are the addresses behind each name of a configuration. A network that is behind none of them
    alone, or whose zone the site gives an interface, keeps the name that the site has for it.
    """
    found: dict[str, list[Network]] = {zone.name: list(zone.networks) for zone in given}
    told = [net for nets in found.values() for net in nets]
    for own, zone in zip(device_zones(site), site.zones, strict=True):
        rest = [net for net in own.networks if not any(_inside(net, each) for each in told)]
        homes = {} if zone.interface else {net: _home(net, placed) for net in rest}
        known = next((home for home in homes.values() if home), own.name)
        for net in rest:
            # A group lives nowhere: who listens to it is in the zone.
            name = known if net.is_multicast else homes.get(net) or own.name
            found.setdefault(name, []).append(net)
    return tuple(Zone(name, tuple(nets)) for name, nets in found.items())


def _inside(net: Network, other: Network) -> bool:
    return net.version == other.version and int(other[0]) <= int(net[0]) and int(net[-1]) <= int(other[-1])


def _home(net: Network, placed: Mapping[str, Addresses]) -> str:
    """The one name behind which the whole network lives, or nothing."""
    span = ((int(net[0]), int(net[-1])),)
    homes = [name for name, behind in placed.items() if meet(span, behind.get(net.version, ())) == span]
    return homes[0] if len(homes) == 1 else ""
