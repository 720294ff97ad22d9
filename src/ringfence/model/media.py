"""The flows of media: RTP and RTCP of phones, with gateways and with one another.

Each direction is a flow of its own. State lets answers back only where somebody has spoken, and an end that
is muted or suppresses silence does not: tones and announcements reach a phone that has sent nothing.
"""

from collections.abc import Iterator

from ringfence.model import citations
from ringfence.model.address import PortRange
from ringfence.model.flow import Basis, Flow, Party, Role
from ringfence.model.kinds import Kind
from ringfence.model.packet import Protocol
from ringfence.model.parties import Way, alike, handsets, hosts_as
from ringfence.model.site import Media, MediaPhones, Site, Vlan
from ringfence.model.stage import Stage

# A login reply of Communication Manager 18; Avaya's network region begins at 2048 by default.
MEDIA_PORTS = PortRange(2048, 3329)
_PORTS = {
    MEDIA_PORTS: citations.REGION_PORTS,
    PortRange(49152, 53246): citations.IP_OFFICE_MEDIA,
    PortRange(4000, 10000): citations.MEDIA_1600,
}


def media_range(number: int) -> PortRange:
    """The administered range that a port of RTP or RTCP is of, the narrowest known; else its pair."""
    known = sorted((each for each in _PORTS if number in each), key=len)
    return known[0] if known else PortRange(number & ~1, number | 1)


def media_flows(site: Site, kind: Kind) -> Iterator[Flow]:
    """Both directions between these phones and every other end of RTP; none where the site has no media."""
    media = site.media
    if media is not None:
        yield from _with_gateways(site, kind, media)
        yield from _with_phones(site, kind, media)


def media_ports(site: Site, kind: Kind) -> PortRange:
    """The ports of RTP and RTCP at these phones."""
    return MEDIA_PORTS if site.media is None else site.media.of(kind.first).ports


def far_phones(site: Site, kind: Kind, media: Media) -> Iterator[tuple[Way, str, list[MediaPhones]]]:
    """The phones that these talk to directly through a firewall: the way, their zone, and they."""
    mine = media.of(kind.first)
    if not mine.direct:
        return
    found: dict[object, tuple[Way, str, list[MediaPhones]]] = {}
    for each in media.phones:
        if not each.direct:
            continue
        key = (each.zone, site.own_addresses.get(each.voice.router), each.ports)
        if key not in found:
            found[key] = (way_between(site, mine.voice, each.voice), each.zone, [])
        found[key][2].append(each)
    for way, zone, phones in found.values():
        # One group that a firewall routes meets it on no way to itself.
        if way and [each.group for each in phones] != [kind.first.name]:
            yield way, zone, phones


def way_between(site: Site, one: Vlan, other: Vlan) -> Way:
    """The firewalls between two VLANs, seen from the first; none where nothing joins their zones."""
    here, there = site.zone_of(one.network), site.zone_of(other.network)
    try:
        way = site.way(here or "", there or "")
    except KeyError:
        return ()
    first, last = site.own_addresses.get(one.router), site.own_addresses.get(other.router)
    if first is not None and first not in way[:1]:
        way = (first, *way)
    if last is not None and last not in way[-1:]:
        way = (*way, last)
    return way


def _with_gateways(site: Site, kind: Kind, media: Media) -> Iterator[Flow]:
    ports = media.of(kind.first).ports
    for path, same in alike(site, kind.first.voice, media.gateways, lambda each: each.ports):
        ends = (handsets(kind), hosts_as(Role.MEDIA_GATEWAY, same))
        yield from _both_ways(
            ("media-to-gateway", "media-from-gateway"),
            ends,
            (ports, same[0].ports),
            path,
            citations.MEDIA_GATEWAYS,
        )


def _with_phones(site: Site, kind: Kind, media: Media) -> Iterator[Flow]:
    """Groups that one firewall routes are one flow from all of them to all of them: no packet between two
    phones of one VLAN gets to that firewall, so it does no harm that their network is at both ends.
    """
    ports = media.of(kind.first).ports
    here = media.of(kind.first).zone
    for path, there, phones in far_phones(site, kind, media):
        far = Party(Role.HANDSET, tuple(dict.fromkeys(each.voice.network for each in phones)), there)
        together = kind.first.voice.network in far.networks
        near = far if together else Party(Role.HANDSET, handsets(kind).networks, here)
        names = (f"media-{here}-to-{there}", f"media-{there}-to-{here}")[: 1 if together else 2]
        yield from _both_ways(names, (near, far), (ports, phones[0].ports), path, citations.MEDIA_DIRECT)


def _both_ways(
    names: tuple[str, ...],
    ends: tuple[Party, Party],
    ports: tuple[PortRange, PortRange],
    path: Way,
    *basis: Basis,
) -> Iterator[Flow]:
    known = (
        *basis,
        citations.RTP,
        citations.MEDIA_SILENCE,
        citations.MEDIA_REGION,
        *(_PORTS[each] for each in sorted(set(ports)) if each in _PORTS),
    )
    for way, name in enumerate(names):
        yield Flow(
            name,
            Stage.MEDIA,
            ends[way],
            ends[1 - way],
            Protocol.UDP,
            ports[way],
            ports[1 - way],
            "RTP and RTCP (SRTP and SRTCP on the same ports)",
            known,
            crosses=path[:: 1 - 2 * way],
        )
