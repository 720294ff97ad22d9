"""Which packets each firewall of a site translates, and what peers then call a phone."""

from ipaddress import IPv4Address, IPv4Network

from ringfence.model.address import Address, TransportAddress
from ringfence.model.defaults import DISCOVERY_GROUP
from ringfence.model.nat import Nat, NatKind, NatRule
from ringfence.model.site import Firewall, Site


def nat_rules(site: Site, firewall: Firewall) -> tuple[NatRule, ...]:
    """What the firewall translates; the discovery group is where the gatekeepers are."""
    decided: dict[tuple[str, str], Nat] = {}
    for entry in firewall.nat:
        decided.setdefault((entry.source, entry.destination), entry)
    gatekeepers = {site.zone_of(each.address) for group in site.groups for each in group.gatekeepers}
    known = {zone.name for zone in site.zones}
    found = []
    for (_, there), entry in decided.items():
        if entry.kind is not NatKind.NONE and there in known:
            group = (IPv4Network(DISCOVERY_GROUP),) if there in gatekeepers else ()
            found.append(NatRule(entry, (*site.zone(there).networks, *group)))
    return tuple(found)


def seen_at(site: Site, phone: IPv4Address, peer: Address) -> Address:
    """The address by which this peer knows a phone, as far as it can be told before a packet."""
    for firewall in site.firewalls:
        for rule in nat_rules(site, firewall):
            if rule.concerns(peer):
                return rule.nat.outward(phone)
    return phone


def end_seen_at(site: Site, phone: IPv4Address, end: TransportAddress, peer: Address) -> TransportAddress:
    """An end of the phone's as this peer knows it, the port kept; any other end as it is."""
    return TransportAddress(seen_at(site, phone, peer), end.port) if end.ip == phone else end
