"""Entries of extended access lists, which two families of device write alike but for the mask."""

from collections.abc import Callable, Container, Iterable, Mapping
from types import MappingProxyType
from typing import TypeAlias

from ringfence.firewalls.common.document import Device
from ringfence.firewalls.common.scope import ZonePair
from ringfence.firewalls.common.shape import is_host, is_icmp, shape_word
from ringfence.model.address import ANY_PORT, Network, PortRange
from ringfence.model.policy import Rule

AddressForm: TypeAlias = Callable[[Network], str]
GroupNames: TypeAlias = Mapping[tuple[Network, ...], str]  # object groups by their members
_NO_GROUPS: GroupNames = MappingProxyType({})


def with_mask(network: Network) -> str:
    """`host A`, `A MASK`, or a prefix for IPv6; "any4" and "any6" keep the family of a wildcard."""
    if network.prefixlen == 0:
        return f"any{network.version}"
    if is_host(network):
        return f"host {network.network_address}"
    return str(network) if network.version == 6 else f"{network.network_address} {network.netmask}"


def with_wildcard(network: Network) -> str:
    """`host A` or `A WILDCARD`; the list is an IPv4 list, so "any" is every IPv4 address."""
    if network.prefixlen == 0:
        return "any"
    if is_host(network):
        return f"host {network.network_address}"
    return f"{network.network_address} {network.hostmask}"


def entries(
    rule: Rule,
    address: AddressForm,
    groups: GroupNames = _NO_GROUPS,
    *,
    established: bool = False,
) -> list[str]:
    """`permit udp host A eq 67 host B eq 67` for every pair of addresses, in numbers, not service names.

    An end that is one of `groups` is written as that object group. `established` admits TCP segments with ACK
    or RST only; it is given to replies, never to openers.
    """
    ends = [
        (source, destination)
        for source in _end(rule.source, address, groups)
        for destination in _end(rule.destination, address, groups)
    ]
    verb = shape_word(rule, "permit", "deny")
    if is_icmp(rule):
        name = "icmp" if rule.version == 4 else "icmp6"
        kind = "" if rule.icmp_type is None else f" {rule.icmp_type}"
        return [f"{verb} {name} {a} {b}{kind}" for a, b in ends]
    tail = " established" if established and rule.protocol.word == "tcp" else ""
    first, second = _ports(rule.source_ports), _ports(rule.destination_ports)
    return [f"{verb} {rule.protocol.word} {a}{first} {b}{second}{tail}" for a, b in ends]


def final_denies(
    pairs: Iterable[ZonePair], zone: str, address: AddressForm, versions: Container[int], *, log: bool
) -> list[str]:
    """What ends the list of packets that come in from `zone`: nothing else goes to the other zones.

    `versions` are the families that the list filters.
    """
    return [
        f"deny ip {address(source)} {address(destination)}{' log' if log else ''}"
        for pair in pairs
        if pair.source_zone == zone
        for source, destination in pair.ways
        if source.version in versions
    ]


def bind_commands(bind: Iterable[str], device: Device, rest: str) -> tuple[str, ...]:
    """The lines that bind lists, or for a device that others use too what has to be done before, and why.

    They are comments then: pasted as they stand they would stop all that the lists do not speak of. `rest`
    is what passes where no list was bound.
    """
    if device.exclusive:
        return tuple(bind)
    return (
        "! a bound list ends in a deny of everything: first add to the end of each of ours the entries of "
        f"the list that is bound there now or, where none is, {rest}",
        "! then type these lines without the ! in front:",
        *(f"! {line}" for line in bind),
    )


def bound_list(zone: str) -> str:
    """What stands for the list that is bound in on the interface towards a zone."""
    return f"{zone.upper()}_IN"


def bound_lists(zones: Iterable[str]) -> str:
    """The same in words, for a person who has to put the device's own names in their place."""
    each = (f"{bound_list(zone)} is the list bound in on the interface towards the {zone}" for zone in zones)
    return f"at the top; {', '.join(each)}"


def _end(networks: tuple[Network, ...], address: AddressForm, groups: GroupNames) -> list[str]:
    if networks in groups:
        return [f"object-group {groups[networks]}"]
    return [address(network) for network in networks]


def _ports(ports: PortRange) -> str:
    if ports == ANY_PORT:
        return ""
    return f" eq {ports.first}" if ports.first == ports.last else f" range {ports.first} {ports.last}"
