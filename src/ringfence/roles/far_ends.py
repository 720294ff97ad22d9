"""The ends of audio beyond the firewalls: gateways, and of phones that are reached alike the first."""

from dataclasses import dataclass, replace
from ipaddress import IPv4Address

from ringfence.model.address import PortRange
from ringfence.model.kinds import Kind
from ringfence.model.media import far_phones
from ringfence.model.site import Group, MediaPhones, Site, Vlan, Zone


@dataclass(frozen=True, slots=True)
class FarEnd:
    """A machine that exchanges RTP with the phone under test; a gateway plays tones to it too."""

    address: IPv4Address
    ports: PortRange
    plays_tones: bool


def far_ends(site: Site) -> tuple[FarEnd, ...]:
    """Those of the site's first group that a firewall stands before."""
    group, media = site.groups[0], site.media
    if media is None:
        return ()
    gateways = (
        FarEnd(each.address, each.ports, plays_tones=True)
        for each in media.gateways
        if site.crossed(group.voice, each.address)
    )
    phones = (
        FarEnd(_ordinary(site, end.voice), end.ports, plays_tones=False)
        for end in _firsts(site, Kind((group,)), group.name)
    )
    return (*dict.fromkeys(gateways), *phones)


def representatives(site: Site, group: Group) -> tuple[MediaPhones, ...]:
    """Of the phones that those of the group talk to, one of each sort."""
    return tuple(_firsts(site, Kind((group,)), group.name))


def _firsts(site: Site, kind: Kind, name: str) -> list[MediaPhones]:
    if site.media is None:
        return []
    sorts = far_phones(site, kind, site.media)
    return [next(each for each in phones if each.group != name) for _, _, phones in sorts]


def _ordinary(site: Site, vlan: Vlan) -> IPv4Address:
    """An address in the middle of the network that the site gives nobody."""
    taken = {server.address for server in site.servers} | set(site.own_addresses) | {vlan.router}
    middle = int(vlan.network.network_address) + vlan.network.num_addresses // 2
    return next(free for number in range(middle, middle + 64) if (free := IPv4Address(number)) not in taken)


def with_far_phones(site: Site, whole: Site, far: tuple[MediaPhones, ...]) -> Site:
    """A site of one group with those far ends of audio that stand for all; one that a firewall routes is in a
    zone of its own, as the firewall has it on a port of its own.
    """
    media = whole.media
    if media is None:
        return site
    zones, firewalls = list(site.zones), list(site.firewalls)
    for each in far:
        owner = whole.own_addresses.get(each.voice.router)
        if owner is None:
            continue
        name = f"{each.group}.phones"
        zones = [
            replace(zone, networks=tuple(n for n in zone.networks if n != each.voice.network))
            for zone in zones
        ]
        zones.append(Zone(name, (each.voice.network,)))
        firewalls = [
            replace(wall, zones=(*wall.zones, name)) if wall.name == owner else wall for wall in firewalls
        ]
    kept = {zone.name for zone in zones if zone.networks}
    return replace(
        site,
        zones=tuple(zone for zone in zones if zone.name in kept),
        firewalls=tuple(replace(w, zones=tuple(z for z in w.zones if z in kept)) for w in firewalls),
        media=replace(media, phones=(media.of(site.groups[0]), *far)),
    )
