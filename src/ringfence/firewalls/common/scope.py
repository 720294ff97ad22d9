"""Which packets a rule set decides: those between the zones that its rules are about, and no others."""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network, IPv6Network, collapse_addresses
from typing import NamedTuple

from ringfence.firewalls.common.document import Device, Zone, lies_within
from ringfence.model.address import Network
from ringfence.model.errors import InputError
from ringfence.model.policy import Policy, Rule


class ZonePair(NamedTuple):
    """One way between two zones, each with the networks that are its own."""

    source_zone: str
    destination_zone: str
    sources: tuple[Network, ...]
    destinations: tuple[Network, ...]

    @property
    def ways(self) -> Iterator[tuple[Network, Network]]:
        """Every network of the one zone with every network of the other, of one family each."""
        for source in self.sources:
            for destination in self.destinations:
                if source.version == destination.version:
                    yield source, destination

    def of(self, version: int) -> tuple[tuple[Network, ...], tuple[Network, ...]]:
        """The networks of one family at each end."""
        return (
            tuple(net for net in self.sources if net.version == version),
            tuple(net for net in self.destinations if net.version == version),
        )


def zone_pairs(policy: Policy, device: Device) -> tuple[ZonePair, ...]:
    """Both ways between each two zones that some rule joins, in the order of the rules.

    A network inside one of another zone belongs to the more specific one alone. InputError where fewer than
    two zones are named, an end of a rule lies in none, or no rule goes from one to another: such a rule set
    would decide over other traffic, or not over the rule's.
    """
    if len(device.zones) < 2:
        raise InputError(
            "two zones have to be named: what no rule permits is dropped between them only",
            where="device zones",
            remedy="name the networks on both sides of the firewall",
        )
    own = {zone.name: _own(zone, device.zones) for zone in device.zones}
    joined: dict[tuple[str, str], None] = {}
    for rule in policy.rules:
        for a, b in _joined_by(rule, own):
            joined[a, b] = joined[b, a] = None
    if not joined:
        raise InputError("no rule goes from one zone of the device to another", where=f"policy {policy.name}")
    senders = {name: tuple(net for net in own[name] if not net.is_multicast) for name in own}
    return tuple(ZonePair(a, b, senders[a], own[b]) for a, b in joined)


def _joined_by(rule: Rule, own: dict[str, tuple[Network, ...]]) -> list[tuple[str, str]]:
    sources, destinations = (_touched(end, own) for end in (rule.source, rule.destination))
    if not sources or not destinations:
        raise InputError(
            "one of its ends lies in no zone of the device",
            where=f"rule {rule.id}",
            remedy="name the zone or interface behind which it is",
        )
    # What stays within a zone does not cross the firewall, and no rule of ours decides over it.
    return [(a, b) for a in sources for b in destinations if a != b]


def _touched(end: tuple[Network, ...], own: dict[str, tuple[Network, ...]]) -> list[str]:
    return [
        name
        for name, networks in own.items()
        if any(lies_within(net, around) or lies_within(around, net) for net in end for around in networks)
    ]


def _own(zone: Zone, zones: Sequence[Zone]) -> tuple[Network, ...]:
    """The zone's networks less those of other zones that lie inside them."""
    holes = [net for other in zones if other is not zone for net in other.networks]
    four = [net for net in zone.networks if isinstance(net, IPv4Network)]
    six = [net for net in zone.networks if isinstance(net, IPv6Network)]
    left: list[Network] = [*collapse_addresses(four), *collapse_addresses(six)]
    for hole in holes:
        left = [part for net in left for part in _less(net, hole)]
    return tuple(left)


def _less(network: Network, hole: Network) -> list[Network]:
    if network == hole or not lies_within(hole, network):
        return [network]
    # address_exclude is typed for each family, and takes its own only.
    return sorted(network.address_exclude(hole))  # type: ignore[arg-type]
