"""Which firewalls and zones a group's packets meet, and who is next on the way."""

from ipaddress import IPv4Address

from ringfence.model.kinds import Kind
from ringfence.model.packet import Packet
from ringfence.model.registration import procedure
from ringfence.model.site import Firewall, Site
from ringfence.roles.far_ends import far_ends


def used_firewalls(site: Site) -> tuple[Firewall, ...]:
    """Those that a flow of the site's first group crosses, and those that are the router of a VLAN of it.

    The first is the one that the phones' packets meet first.
    """
    group = site.groups[0]
    names: dict[str, None] = {}
    for _, vlan in group.vlans:
        owner = site.own_addresses.get(vlan.router)
        if owner is not None:
            names[owner] = None
    here = site.zone_of(group.voice.network)
    for flow in procedure(site, Kind((group,))):
        near = [name for name in flow.crosses if here in site.firewall(name).zones]
        names.update(dict.fromkeys((*near, *flow.crosses)))
    return tuple(site.firewall(name) for name in names)


def used_zones(site: Site, firewalls: tuple[Firewall, ...]) -> tuple[str, ...]:
    """The zones of the group and its servers, and those that join two of the firewalls."""
    group = site.groups[0]
    used = {site.zone_of(group.voice.network)}
    used |= {site.zone_of(each.address) for each in (*site.servers, *far_ends(site))}
    for zone in site.zones:
        if sum(zone.name in firewall.zones for firewall in firewalls) > 1:
            used.add(zone.name)
    return tuple(zone.name for zone in site.zones if zone.name in used)


def next_hop(site: Site, firewall: Firewall, target: str) -> tuple[str, str] | None:
    """The next firewall towards a zone, and the zone in which both are; None: this one joins it itself."""
    if target in firewall.zones:
        return None
    best: tuple[int, str, str] | None = None
    for zone in firewall.zones:
        try:
            path = site.way(zone, target)
        except KeyError:
            continue
        if path and path[0] != firewall.name and (best is None or len(path) < best[0]):
            best = len(path), path[0], zone
    return None if best is None else (best[1], best[2])


def on_the_way(site: Site, packet: Packet) -> tuple[str, ...]:
    """The firewalls between the packet's ends; a group of the discovery kind is where the gatekeepers are."""
    group = site.groups[0]
    assert isinstance(packet.source, IPv4Address)
    assert isinstance(packet.destination, IPv4Address)
    far = group.gatekeepers[0].address if packet.destination.is_multicast else packet.destination
    here, there = site.zone_of(packet.source), site.zone_of(far)
    routers = tuple(
        owner
        for address in (packet.source, far)
        for _, vlan in group.vlans
        if address in vlan.network and (owner := site.own_addresses.get(vlan.router)) is not None
    )
    if here is None or there is None:
        return tuple(dict.fromkeys(routers))
    return tuple(dict.fromkeys((*routers, *site.way(here, there))))
