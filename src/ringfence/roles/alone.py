"""One group of a site as a site of its own: what a proof builds and boots."""

from collections.abc import Iterable
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.address import Network
from ringfence.model.policy import Policy
from ringfence.model.registration import flows
from ringfence.model.site import Group, Site, Zone


def alone(site: Site, group: Group) -> Site:
    """The site as if the group were its only one; networks and addresses of other groups are left out."""
    if len(site.groups) == 1:
        return site
    own = [vlan.network for _, vlan in group.vlans]
    elsewhere = _Inside(vlan.network for each in site.groups if each is not group for _, vlan in each.vlans)
    firewalls = tuple(
        replace(each, addresses=tuple(a for a in each.addresses if not elsewhere.has(a)))
        for each in site.firewalls
    )
    hosts = {server.address for server in group.servers}
    hosts |= {address for each in firewalls for address in each.addresses}
    for _, vlan in group.vlans:
        hosts |= {vlan.router, *((vlan.uplink,) if vlan.uplink else ())}
        hosts |= set(vlan.relay.addresses) if vlan.relay else set()
    zones = tuple(
        replace(zone, networks=kept) for zone in site.zones if (kept := _inhabited(zone, hosts, own))
    )
    names = {zone.name for zone in zones}
    joined = (replace(each, zones=tuple(z for z in each.zones if z in names)) for each in firewalls)
    return replace(site, zones=zones, firewalls=tuple(joined), groups=(group,))


class _Inside:
    """Whether an address lies in one of many networks, in constant time."""

    def __init__(self, networks: Iterable[IPv4Network]) -> None:
        self._by_length: dict[int, set[int]] = {}
        for network in networks:
            self._by_length.setdefault(network.prefixlen, set()).add(int(network.network_address))

    def has(self, address: IPv4Address) -> bool:
        value = int(address)
        return any(
            value >> (32 - length) << (32 - length) in known for length, known in self._by_length.items()
        )


def _inhabited(zone: Zone, hosts: set[IPv4Address], vlans: list[IPv4Network]) -> tuple[IPv4Network, ...]:
    return tuple(
        network
        for network in zone.networks
        if any(vlan.overlaps(network) for vlan in vlans) or any(host in network for host in hosts)
    )


def policy_alone(policy: Policy, site: Site) -> Policy:
    """The policy as far as it speaks of this site's own parties: other networks of merged rules are gone.

    A packet filter judges each packet by its own addresses: for packets of this site both say the same.
    """
    parties: set[Network] = set()
    for flow in flows(site):
        parties.update(flow.initiator.networks, flow.responder.networks)
    kept = []
    for rule in policy.rules:
        source = tuple(network for network in rule.source if network in parties)
        destination = tuple(network for network in rule.destination if network in parties)
        if source and destination:
            kept.append(replace(rule, source=source, destination=destination))
    return Policy(policy.name, tuple(kept), policy.stateful)
