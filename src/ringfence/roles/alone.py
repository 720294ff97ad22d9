"""One group of a site as a site of its own: what a proof builds and boots."""

from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from ringfence.model.address import Network
from ringfence.model.network_set import NetworkSet
from ringfence.model.policy import Policy
from ringfence.model.registration import flows
from ringfence.model.site import Group, Site, Zone
from ringfence.roles.far_ends import representatives, with_far_phones


def alone(site: Site, group: Group) -> Site:
    """The site as if the group were its only one; networks and addresses of other groups are left out."""
    if len(site.groups) == 1:
        return site
    far = representatives(site, group)
    own = [vlan.network for _, vlan in group.vlans] + [each.voice.network for each in far]
    others = [vlan.network for each in site.groups if each is not group for _, vlan in each.vlans]
    others = [network for network in others if network not in own]
    served = (*group.servers, *site.everybodys)
    # A server that stands in another group's VLAN is reached there.
    serving = {net for net in others if any(server.address in net for server in served)}
    elsewhere = NetworkSet(net for net in others if net not in serving)
    firewalls = tuple(
        replace(each, addresses=tuple(a for a in each.addresses if not elsewhere.has(a)))
        for each in site.firewalls
    )
    hosts = {server.address for server in served}
    hosts |= {address for each in firewalls for address in each.addresses}
    for _, vlan in group.vlans:
        hosts |= {vlan.router, *((vlan.uplink,) if vlan.uplink else ())}
        hosts |= set(vlan.relay.addresses) if vlan.relay else set()
    zones = tuple(
        replace(zone, networks=tuple(dict.fromkeys((*_serving_in(site, zone, serving), *kept))))
        for zone in site.zones
        if (kept := _inhabited(zone, hosts, own))
    )
    names = {zone.name for zone in zones}
    joined = (replace(each, zones=tuple(z for z in each.zones if z in names)) for each in firewalls)
    one = replace(site, zones=zones, firewalls=tuple(joined), groups=(group,))
    return with_far_phones(one, site, far)


def _serving_in(site: Site, zone: Zone, serving: set[IPv4Network]) -> list[IPv4Network]:
    return sorted(network for network in serving if site.zone_of(network) == zone.name)


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
    pairs = dict.fromkeys((flow.initiator.networks, flow.responder.networks) for flow in flows(site))
    group = site.groups[0].name
    kept = []
    for rule in policy.rules:
        if not any(group in flow.groups for flow in rule.because):
            continue
        source: dict[Network, None] = {}
        destination: dict[Network, None] = {}
        for here, there in pairs:
            froms = [network for network in rule.source if network in here]
            tos = [network for network in rule.destination if network in there]
            if froms and tos:
                source.update(dict.fromkeys(froms))
                destination.update(dict.fromkeys(tos))
        if source:
            kept.append(replace(rule, source=tuple(source), destination=tuple(destination)))
    return Policy(policy.name, tuple(kept), policy.stateful)
