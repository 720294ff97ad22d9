"""The fields a packet filter looks at, and rule rows as boxes in their space.

Five fields in a fixed order: source, destination, protocol, source port or ICMP type, destination port or
ICMP code. IPv4 and IPv6 are two spaces: no packet is in both, and an address of one is never "any" of the
other.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from typing import NamedTuple, TypeAlias

from ringfence.model.address import ANY_PORT, Address, Network, PortRange
from ringfence.model.packet import Packet, Protocol
from ringfence.model.policy import Action, Policy, Rule

Interval: TypeAlias = tuple[int, int]  # both ends included
Intervals: TypeAlias = tuple[Interval, ...]  # ascending, disjoint, not adjacent
Fields: TypeAlias = tuple[Intervals, Intervals, Intervals, Intervals, Intervals]

FIELDS = 5
SOURCE, DESTINATION, PROTOCOL, SOURCE_PORT, DESTINATION_PORT = range(FIELDS)
TOP = {4: (2**32 - 1, 2**32 - 1, 255, 65535, 65535), 6: (2**128 - 1, 2**128 - 1, 255, 65535, 65535)}

ICMP_LIKE = frozenset({1, 58})
# RFC 768, RFC 9293, RFC 4340, RFC 9260, RFC 3828: ports in the first four octets.
WITH_PORTS = frozenset({6, 17, 33, 132, 136})
_ONE_CARRIER: frozenset[Intervals] = frozenset(((number, number),) for number in WITH_PORTS)
_LAST_TYPE = 255  # ICMP types and codes are octets


class Point(NamedTuple):
    """One packet's header, as a filter keys it; `protocol` is any IANA number."""

    version: int
    source: int
    destination: int
    protocol: int
    source_port: int
    destination_port: int

    def __str__(self) -> str:
        source, destination = _address(self.version, self.source), _address(self.version, self.destination)
        if self.protocol in ICMP_LIKE:
            word = Protocol(self.protocol).word
            return f"{word} type {self.source_port} code {self.destination_port} {source} -> {destination}"
        if self.protocol in WITH_PORTS:
            left, right = (f"[{a}]" if self.version == 6 else str(a) for a in (source, destination))
            ends = f"{left}:{self.source_port} -> {right}:{self.destination_port}"
            return f"{protocol_word(self.protocol)} {ends}"
        return f"{protocol_word(self.protocol)} {source} -> {destination}"


def protocol_word(number: int) -> str:
    return Protocol(number).word if number in set(Protocol) else f"ip-protocol-{number}"


def point(packet: Packet) -> Point:
    return Point(
        packet.source.version,
        int(packet.source),
        int(packet.destination),
        int(packet.protocol),
        packet.source_port,
        packet.destination_port,
    )


@dataclass(frozen=True, slots=True)
class Box:
    """The packets whose every field lies in the intervals given for it."""

    version: int
    fields: Fields


@dataclass(frozen=True, slots=True)
class Place:
    """Where a rule stands in a configuration, as far as its device says so.

    `number` counts from 1 in the device's own way: a line of the text, or a rule's handle; 0: it has none.
    `list` is the list that holds it, in `table` where lists are kept in tables. `way` is how that list is
    bound to an interface; empty for one that is not. `name` is what the device calls the rule in its list.
    """

    number: int = 0
    list: str = ""
    way: str = ""
    table: str = ""
    name: str = ""


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a rule list as it decides: its boxes' packets get its action, if no earlier line took them.

    `id` is the rule's name or its place in a configuration, for people; `text` is how its author wrote it.
    `implicit`: nobody wrote it, the device acts so by itself. `services` are the named services it asks for.
    """

    id: str
    action: Action
    boxes: tuple[Box, ...]
    text: str = ""
    place: Place = NOWHERE
    implicit: bool = False
    services: tuple[str, ...] = ()


def whole(version: int, field: int) -> Intervals:
    return ((0, TOP[version][field]),)


def joined(intervals: Iterable[Interval]) -> Intervals:
    """The same numbers as ascending, disjoint, non-adjacent intervals."""
    out: list[Interval] = []
    for low, high in sorted(intervals):
        if out and low <= out[-1][1] + 1:
            out[-1] = (out[-1][0], max(out[-1][1], high))
        else:
            out.append((low, high))
    return tuple(out)


def meet(a: Intervals, b: Intervals) -> Intervals:
    """The numbers in both; each is ascending and disjoint. Time grows with the sum of their lengths."""
    if len(a) == 1 and len(b) == 1:  # the usual case by far, and the inner loop of sweeps
        low, high = max(a[0][0], b[0][0]), min(a[0][1], b[0][1])
        return ((low, high),) if low <= high else ()
    out: list[Interval] = []
    i = j = 0
    while i < len(a) and j < len(b):
        low, high = max(a[i][0], b[j][0]), min(a[i][1], b[j][1])
        if low <= high:
            out.append((low, high))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return tuple(out)


def complement(intervals: Intervals, top: int) -> Intervals:
    out: list[Interval] = []
    low = 0
    for first, last in intervals:
        if low < first:
            out.append((low, first - 1))
        low = last + 1
    if low <= top:
        out.append((low, top))
    return tuple(out)


def networks(nets: Iterable[Network]) -> Intervals:
    return joined((int(net.network_address), int(net.broadcast_address)) for net in nets)


def port_intervals(port_range: PortRange) -> Intervals:
    return ((port_range.first, port_range.last),)


def boxes(version: int, fields: Fields) -> tuple[Box, ...]:
    """The boxes of a match in normal form; none when a field is empty.

    A match on ports takes only protocols that have ports, or ICMP when it is the one protocol named. Every
    type of ICMP is the whole field, so that two ways of saying "every type" are one set.
    """
    if not all(fields):
        return ()
    source, destination, protocol, source_port, destination_port = fields
    full = (whole(version, SOURCE_PORT), whole(version, DESTINATION_PORT))
    if (source_port, destination_port) == full:
        return (Box(version, (source, destination, protocol, *full)),)
    if all(low == high and low in ICMP_LIKE for low, high in protocol):
        types, codes = _octets(source_port), _octets(destination_port)
        return (Box(version, (source, destination, protocol, types, codes)),) if types and codes else ()
    carriers = protocol
    if protocol not in _ONE_CARRIER:  # nearly every rule names one
        carriers = joined((p, p) for p in WITH_PORTS if any(low <= p <= high for low, high in protocol))
    return (Box(version, (source, destination, carriers, source_port, destination_port)),) if carriers else ()


def _octets(intervals: Intervals) -> Intervals:
    kept = [(low, high) for low, high in intervals if low <= _LAST_TYPE]
    return tuple((low, ANY_PORT.last if high >= _LAST_TYPE else high) for low, high in kept)


def row(rule: Rule) -> Row:
    types = port_intervals(ANY_PORT) if rule.icmp_type is None else ((rule.icmp_type, rule.icmp_type),)
    icmp = rule.protocol in ICMP_LIKE
    return Row(
        rule.id,
        rule.action,
        boxes(
            rule.version,
            (
                networks(rule.source),
                networks(rule.destination),
                ((int(rule.protocol), int(rule.protocol)),),
                types if icmp else port_intervals(rule.source_ports),
                port_intervals(rule.destination_ports),
            ),
        ),
        rule.text,
    )


def rows(policy: Policy) -> tuple[Row, ...]:
    return tuple(row(rule) for rule in policy.rules)


def _address(version: int, number: int) -> Address:
    return IPv4Address(number) if version == 4 else IPv6Address(number)
