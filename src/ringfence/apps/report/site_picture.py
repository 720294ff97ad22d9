"""A site as a picture: zones with phones and servers, firewalls, and what is opened across them."""

from collections.abc import Iterator

from ringfence.apps.report.document import DrawnCrossing, SitePicture, ZoneBox
from ringfence.model.address import ANY_PORT, Network
from ringfence.model.flow import Flow, Party, Role
from ringfence.model.registration import flows
from ringfence.model.site import Site, Zone
from ringfence.policy.words import networks_words

_MOST_GROUPS = 4  # of a zone by name


def site_picture(site: Site) -> SitePicture:
    """Groups beyond a few are counted; a flow of many zones crosses each pair of them."""
    found = flows(site)
    crossings: dict[tuple[str, str], dict[str, None]] = {}
    for flow in found:
        for pair in _pairs(site, flow):
            crossings.setdefault(pair, {})[_service(flow)] = None
    return SitePicture(
        "Zones, and what is opened from one to another (an arrow begins where the first packet comes from)",
        tuple(_box(site, zone, found) for zone in site.zones),
        tuple(firewall.name for firewall in site.firewalls),
        tuple(DrawnCrossing(*pair, tuple(services)) for pair, services in crossings.items()),
    )


def _pairs(site: Site, flow: Flow) -> Iterator[tuple[str, str]]:
    for source in _zones(site, flow.initiator):
        for destination in _zones(site, flow.responder):
            if source != destination:
                yield source, destination


def _zones(site: Site, party: Party) -> tuple[str, ...]:
    if party.role is Role.DISCOVERY_GROUP:
        # Who listens to the group is where the gatekeepers are.
        return tuple(dict.fromkeys(_name(site, each.address) for each in site.groups[0].gatekeepers))
    return tuple(dict.fromkeys(_name(site, network) for network in party.networks))


def _name(site: Site, where: object) -> str:
    name = site.zone_of(where)  # type: ignore[arg-type]
    assert name is not None, f"{where} is in no zone"
    return name


def _service(flow: Flow) -> str:
    if flow.icmp_type is not None:
        return "icmp echo"
    ports = flow.responder_ports
    return f"{flow.protocol.word} {'any port' if ports == ANY_PORT else ports}"


def _box(site: Site, zone: Zone, found: tuple[Flow, ...]) -> ZoneBox:
    groups = [group for group in site.groups if site.zone_of(group.voice.network) == zone.name]
    named = [f"phones {group.name} {group.voice.network}" for group in groups[:_MOST_GROUPS]]
    more = [f"and {len(groups) - _MOST_GROUPS} more groups"] if len(groups) > _MOST_GROUPS else []
    parties = dict.fromkeys(
        (str(party.role), party.networks)
        for flow in found
        for party in (flow.initiator, flow.responder)
        if party.role not in {Role.HANDSET, Role.DISCOVERY_GROUP}
    )
    hosts: dict[str, dict[Network, None]] = {}
    for role, networks in parties:
        for network in networks:
            if site.zone_of(network) == zone.name:  # type: ignore[arg-type]
                hosts.setdefault(role, {})[network] = None
    servers = [f"{role} {networks_words(tuple(networks))}" for role, networks in hosts.items()]
    return ZoneBox(zone.name, (*named, *more, *servers), bool(groups))
