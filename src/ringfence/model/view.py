"""A site as one of its firewalls sees it: what lies beyond another is behind one of its own zones."""

from dataclasses import replace

from ringfence.model.site import Firewall, Site, Zone


def seen_from(site: Site, firewall: Firewall) -> Site:
    """The site with this firewall alone; zones that it does not join are networks of one that it does."""
    if len(site.firewalls) == 1:
        return site
    behind: dict[str, list[str]] = {zone: [zone] for zone in firewall.zones}
    for zone in site.zones:
        if zone.name not in behind and (near := _near(site, firewall, zone)) is not None:
            behind[near].append(zone.name)
    zones = tuple(
        replace(
            site.zone(name),
            networks=tuple(network for each in behind[name] for network in site.zone(each).networks),
        )
        for name in firewall.zones
    )
    return replace(site, zones=zones, firewalls=(firewall,))


def _near(site: Site, firewall: Firewall, zone: Zone) -> str | None:
    """The zone of the firewall from which the other is fewest firewalls away, this one not among them."""
    ways = []
    for name in firewall.zones:
        try:
            path = site.way(name, zone.name)
        except KeyError:
            continue
        if firewall.name not in path:
            ways.append((len(path), name))
    return min(ways)[1] if ways else None
