"""Pieces that several writers are made of."""

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from ringfence.firewalls.common.document import Device, lies_within
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.packet import Protocol
from ringfence.model.policy import Action, Policy, Rule

UNVERIFIED = "written from the vendor's reference; not tested on a device"


def is_icmp(rule: Rule) -> bool:
    return rule.protocol in {Protocol.ICMP, Protocol.ICMPV6}


def is_host(network: Network) -> bool:
    return network.prefixlen == network.max_prefixlen


def short(network: Network) -> str:
    """An address for a host, address/length for a network."""
    return str(network.network_address) if is_host(network) else str(network)


def pairs(rule: Rule) -> Iterator[tuple[Network, Network]]:
    """Every source with every destination: for targets with one address at each end, and never merged."""
    for source in rule.source:
        for destination in rule.destination:
            yield source, destination


def versioned(stem: str, policy: Policy) -> str:
    """A name that changes with the rules: the new list is made beside the old, then bound in its place."""
    parts = [
        (
            r.id,
            r.source,
            r.destination,
            r.protocol,
            r.source_ports,
            r.destination_ports,
            r.icmp_type,
            r.action,
        )
        for r in policy.rules
    ]
    return f"{stem}-{zlib.crc32(repr((parts, policy.stateful)).encode()):08x}"


def address_name(stem: str, network: Network) -> str:
    return f"{stem}-{short(network).replace('/', '_').replace(':', '.')}"


def service_name(stem: str, rule: Rule) -> str:
    """`ringfence-udp-49300-1719`: protocol, source and destination port together, or the ICMP type."""
    if is_icmp(rule):
        return f"{stem}-{rule.protocol.word}-{'any' if rule.icmp_type is None else rule.icmp_type}"
    return f"{stem}-{rule.protocol.word}-{rule.source_ports}-{rule.destination_ports}"


def networks_of(rules: Iterable[Rule]) -> list[Network]:
    return list(dict.fromkeys(net for rule in rules for net in (*rule.source, *rule.destination)))


def one_service_each(rules: Iterable[Rule]) -> list[Rule]:
    """The first rule of every distinct service."""
    found: dict[str, Rule] = {}
    for rule in rules:
        found.setdefault(service_name("", rule), rule)
    return list(found.values())


def one_family(policy: Policy, target: str) -> int:
    """The IP version of a policy for a target that takes one family in a text; InputError on a mix."""
    versions = {rule.version for rule in policy.rules}
    if len(versions) != 1:
        raise InputError(
            "IPv4 and IPv6 rules in one policy",
            where=f"policy {policy.name}",
            remedy=f"{target} takes one family in a text: render the two families apart",
        )
    return versions.pop()


def shape_word(rule: Rule, permit: str, deny: str) -> str:
    return permit if rule.action is Action.PERMIT else deny


@dataclass(frozen=True, slots=True)
class Attachment:
    """A rule as a filter on one inside host or network sees it: traffic from or to `peers`."""

    inside: Network
    inbound: bool
    peers: tuple[Network, ...]
    rule: Rule


def inside_networks(device: Device, target: str) -> tuple[Network, ...]:
    """The networks of the zone that the filter is attached to; InputError when no zone is named."""
    named = (
        [zone for zone in device.zones if zone.name == device.inside] if device.inside else device.zones[-1:]
    )
    if not named:
        raise InputError(
            f"{target} filters at the hosts of one zone, and no such zone is named",
            where="device zones",
            remedy="name the zone that lies behind this filter",
        )
    # A multicast group is nobody's own address.
    return tuple(net for net in named[0].networks if not net.is_multicast)


def met_inside(policy: Policy, device: Device, target: str) -> tuple[Policy, tuple[str, ...]]:
    """The rules whose packets meet a filter at the hosts of one zone, and the ids of the others.

    InputError when none of them does.
    """
    inside = inside_networks(device, target)
    kept = tuple(
        rule
        for rule in policy.rules
        if any(_is_local(net, inside) for net in (*rule.source, *rule.destination))
    )
    if policy.rules and not kept:
        raise InputError(
            f"no rule has an end at {', '.join(map(str, inside))}, where {target} filters",
            where="device zones",
            remedy="name the zone that lies behind this filter: --inside ZONE",
        )
    left = tuple(rule.id for rule in policy.rules if rule not in kept)
    return replace(policy, rules=kept), left


def _is_local(network: Network, inside: tuple[Network, ...]) -> bool:
    return network.is_multicast or any(lies_within(network, around) for around in inside)


def attachments(rule: Rule, inside: tuple[Network, ...], target: str) -> list[Attachment]:
    """The rule at each inside end; InputError when neither end lies inside."""

    found = [Attachment(net, True, rule.source, rule) for net in rule.destination if _is_local(net, inside)]
    found += [Attachment(net, False, rule.destination, rule) for net in rule.source if _is_local(net, inside)]
    ends = (rule.destination, rule.source)
    covered = any(all(_is_local(net, inside) for net in end) for end in ends)
    if not found or not covered:
        raise InputError(
            f"{target} filters at {', '.join(map(str, inside))}, and neither end of the rule lies wholly "
            f"there",
            where=f"rule {rule.id}",
            remedy="name the zone that lies behind this filter (--inside ZONE), or leave the rule to another",
        )
    return found
