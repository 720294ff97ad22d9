"""Addresses, services and their products, as configurations state them, as intervals and boxes.

What is not understood raises NotUnderstood.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import NamedTuple, TypeAlias

from ringfence.model.address import Network
from ringfence.policy.listing import everything
from ringfence.policy.matches import NotUnderstood, touch
from ringfence.policy.space import (
    DESTINATION,
    FIELDS,
    SOURCE,
    TOP,
    Box,
    Fields,
    Interval,
    Intervals,
    boxes,
    complement,
    joined,
    meet,
    whole,
)

BOTH_VERSIONS = frozenset({4, 6})
Addresses: TypeAlias = Mapping[int, Intervals]  # by IP version; a version that is absent has none
EVERYWHERE: Addresses = {version: whole(version, SOURCE) for version in TOP}
ANY: Intervals = ((0, 65535),)  # every port, or every ICMP type or code
# Ten times as fast as ipaddress, which takes what this does not.
_OCTET = "(0|[1-9][0-9]{0,2})"
_PREFIX = re.compile(rf"{_OCTET}\.{_OCTET}\.{_OCTET}\.{_OCTET}(?:/(0|[1-9][0-9]?))?")
_KEPT = 1 << 16  # a long list names the same networks again and again


class Service(NamedTuple):
    """A protocol with its ports, or an ICMP with its type (`source`) and code (`destination`), together."""

    protocol: Intervals
    source: Intervals = ANY
    destination: Intervals = ANY
    versions: frozenset[int] = BOTH_VERSIONS


Services: TypeAlias = tuple[Service, ...]
EVERY_SERVICE: Services = (Service(((0, 255),)),)


def of_protocol(number: int, source: Intervals = ANY, destination: Intervals = ANY) -> Service:
    """ICMP belongs to IPv4 and ICMPv6 to IPv6 (RFC 792, RFC 4443)."""
    versions = {1: frozenset({4}), 58: frozenset({6})}.get(number, BOTH_VERSIONS)
    return Service(((number, number),), source, destination, versions)


def host(word: str) -> IPv4Address | IPv6Address:
    try:
        return ip_address(word)
    except ValueError as error:
        raise NotUnderstood(f"{word[:60]!r} is not an address") from error


def single(word: str) -> Addresses:
    """One address, and nothing longer."""
    if "/" in word:
        raise NotUnderstood(f"{word[:60]!r} is not an address")
    return prefix(word)


@lru_cache(maxsize=_KEPT)
def prefix(word: str) -> Addresses:
    """`10.1.0.0/24`, `fd00::/8` or a single address; host bits may be set."""
    usual = _PREFIX.fullmatch(word)
    if usual is not None:
        parts = [int(part) for part in usual.groups("32")]
        if max(parts[:4]) < 256 and parts[4] <= 32:
            host = (1 << (32 - parts[4])) - 1
            number = (parts[0] << 24 | parts[1] << 16 | parts[2] << 8 | parts[3]) & ~host
            return {4: ((number, number | host),)}
    if "%" in word:
        raise NotUnderstood(f"{word[:60]!r} is an address with a scope")
    address, _, mask = word.partition("/")
    if "." in mask:  # ip_network would take 0.0.0.255 for a wildcard
        return masked(address, mask)
    try:
        net = ip_network(word, strict=False)
    except ValueError as error:
        raise NotUnderstood(f"{word[:60]!r} is not an address") from error
    return {net.version: ((int(net.network_address), int(net.broadcast_address)),)}


def of_networks(nets: Iterable[Network]) -> Addresses:
    """The addresses of networks of both families."""
    return union({net.version: ((int(net.network_address), int(net.broadcast_address)),)} for net in nets)


def span(first: str, last: str) -> Addresses:
    low, high = host(first), host(last)
    if low.version != high.version or int(low) > int(high):
        raise NotUnderstood(f"address range {first} to {last} is reversed or of two families")
    return {low.version: ((int(low), int(high)),)}


def prefix_or_span(word: str) -> Addresses:
    """`10.1.0.0/24`, one address, or `10.1.0.1-10.1.0.9`."""
    first, dash, last = word.partition("-")
    return span(first, last) if dash and "/" not in word else prefix(word)


@lru_cache(maxsize=_KEPT)
def masked(address: str, mask: str) -> Addresses:
    """`10.1.0.0 255.255.255.0`."""
    return _of_mask(address, int(_ipv4(mask)))


@lru_cache(maxsize=_KEPT)
def wildcard(address: str, mask: str) -> Addresses:
    """`10.1.0.0 0.0.0.255`: the ones may differ. Where they are not all at the end it is not understood."""
    return _of_mask(address, int(_ipv4(mask)) ^ 0xFFFFFFFF)


def _ipv4(word: str) -> IPv4Address:
    found = host(word)
    if not isinstance(found, IPv4Address):
        raise NotUnderstood(f"{word} is not an IPv4 address or mask")
    return found


def _of_mask(address: str, mask: int) -> Addresses:
    size = mask ^ 0xFFFFFFFF
    if size & (size + 1):
        raise NotUnderstood(f"the mask of {address} is not contiguous")
    low = int(_ipv4(address)) & mask
    return {4: ((low, low + size),)}


def number(word: str, top: int = 65535) -> int:
    if not (word.isascii() and word.isdigit() and len(word) < 12) or int(word) > top:
        raise NotUnderstood(f"{word[:60]!r} is not a number up to {top}")
    return int(word)


def port_span(word: str) -> Interval:
    """`1719` or `49300-49309`."""
    first, dash, last = word.partition("-")
    low = number(first)
    high = number(last) if dash else low
    if low > high:
        raise NotUnderstood(f"port range {word} is reversed")
    return low, high


def union(parts: Iterable[Addresses]) -> Addresses:
    gathered: dict[int, list[Interval]] = {}
    for part in parts:
        for version, intervals in part.items():
            gathered.setdefault(version, []).extend(intervals)
    return {version: joined(intervals) for version, intervals in gathered.items()}


def outside(addresses: Addresses) -> Addresses:
    """The other addresses of the same families."""
    return {v: complement(found, TOP[v][SOURCE]) for v, found in addresses.items()}


def both(services: Iterable[Services]) -> Services:
    return tuple(dict.fromkeys(service for part in services for service in part))


def match(source: Addresses, destination: Addresses, services: Services) -> tuple[Box, ...]:
    """The packets between them. NotUnderstood when ends and services share no family: never "any"."""
    out: list[Box] = []
    for version in sorted(BOTH_VERSIONS & source.keys() & destination.keys()):
        for service in services:
            if version in service.versions:
                fields = (source[version], destination[version], *service[:3])
                out += boxes(version, (fields[0], fields[1], fields[2], fields[3], fields[4]))
    if not out:
        raise NotUnderstood("its addresses and services share no address family")
    return tuple(out)


def within(parts: tuple[Box, ...], end: int, addresses: Addresses) -> tuple[Box, ...]:
    """What of `parts` has its source or destination (`end`) in `addresses`; perhaps nothing."""
    out: list[Box] = []
    for box in parts:
        fields = [*box.fields]
        fields[end] = meet(fields[end], addresses.get(box.version, ()))
        if fields[end]:
            out.append(Box(box.version, (fields[0], fields[1], fields[2], fields[3], fields[4])))
    return tuple(out)


def boxes_in_both(a: tuple[Box, ...], b: tuple[Box, ...]) -> tuple[Box, ...]:
    """The packets of both, a box for each pair that shares any."""
    out: list[Box] = []
    for x in a:
        for y in b:
            if x.version == y.version and (shared := _shared(x.fields, y.fields)):
                out += boxes(x.version, shared)
    return tuple(out)


def in_both(a: tuple[Box, ...], b: tuple[Box, ...]) -> bool:
    """Whether any packet is in both."""
    for x in a:
        for y in b:
            mine, theirs = x.fields, y.fields
            if (
                touch(mine[0], theirs[0])
                and touch(mine[1], theirs[1])
                and x.version == y.version
                and all(touch(mine[field], theirs[field]) for field in (2, 3, 4))
            ):
                return True
    return False


def _shared(a: Fields, b: Fields) -> Fields | None:
    source = meet(a[0], b[0])
    destination = source and meet(a[1], b[1])
    protocol = destination and meet(a[2], b[2])
    first = protocol and meet(a[3], b[3])
    second = first and meet(a[4], b[4])
    return (source, destination, protocol, first, second) if second else None


def both_ways(parts: tuple[Box, ...]) -> tuple[Box, ...]:
    """`parts` and what answers them."""
    return (*parts, *turned(parts))


def turned(parts: tuple[Box, ...]) -> tuple[Box, ...]:
    """What answers `parts`: ends and ports exchanged, and an ICMP type for its answer where it has one."""
    out: list[Box] = []
    for box in parts:
        source, destination, carried, first, second = box.fields
        answers = _ANSWERS.get(carried)
        if answers is None or first == ANY:
            ports = (first, second) if answers is not None else (second, first)
        else:
            types = (one for one in answers for low, high in first if low <= one <= high)
            ports = (joined((answers[one], answers[one]) for one in types), second)
        if ports[0]:
            out.append(Box(box.version, (destination, source, carried, *ports)))
    return tuple(out)


# RFC 792, RFC 4443: echo and timestamp.
_ANSWERS: Mapping[Intervals, Mapping[int, int]] = {
    ((1, 1),): {0: 8, 8: 0, 13: 14, 14: 13},
    ((58, 58),): {128: 129, 129: 128},
}


def touching(addresses: Addresses) -> tuple[Box, ...]:
    """Every packet from or to the addresses."""
    every = everything()
    return within(every, SOURCE, addresses) + within(every, DESTINATION, addresses)


def without(parts: tuple[Box, ...], cut: tuple[Box, ...], limit: int = 256) -> tuple[Box, ...]:
    """`parts` less `cut`. NotUnderstood when that takes more than `limit` boxes."""
    for away in cut:
        kept: list[Box] = []
        for box in parts:
            kept += _less(box, away) if box.version == away.version and _share(box, away) else [box]
        if len(kept) > limit:
            raise NotUnderstood("too many exceptions to follow")
        parts = tuple(kept)
    return parts


def gathered(parts: tuple[Box, ...], more: tuple[Box, ...]) -> tuple[Box, ...]:
    """The boxes of both; one that differs from the last in a single field widens it."""
    found = list(parts)
    for box in more:
        widened = _widened(found[-1], box) if found else None
        if widened is None:
            found.append(box)
        else:
            found[-1] = widened
    return tuple(found)


def _widened(box: Box, other: Box) -> Box | None:
    differ = [index for index in range(FIELDS) if box.fields[index] != other.fields[index]]
    if len(differ) > 1 or box.version != other.version:
        return None
    fields = [*box.fields]
    for index in differ:
        fields[index] = joined((*box.fields[index], *other.fields[index]))
    return Box(box.version, (fields[0], fields[1], fields[2], fields[3], fields[4]))


def _share(a: Box, b: Box) -> bool:
    return all(touch(mine, theirs) for mine, theirs in zip(a.fields, b.fields, strict=True))


def _less(box: Box, away: Box) -> list[Box]:
    out: list[Box] = []
    fields = [*box.fields]
    for index in range(FIELDS):
        rest = meet(fields[index], complement(away.fields[index], TOP[box.version][index]))
        if rest:
            part = [*fields]
            part[index] = rest
            out.append(Box(box.version, (part[0], part[1], part[2], part[3], part[4])))
        fields[index] = meet(fields[index], away.fields[index])
        if not fields[index]:
            return out
    return out


def is_any_any(source: Addresses, destination: Addresses, services: Services) -> bool:
    """Every service of a family, from all of it to all of it."""
    return any(
        source.get(version) == destination.get(version) == EVERYWHERE[version]
        and any(s.protocol == ((0, 255),) and s.source == s.destination == ANY for s in services)
        for version in BOTH_VERSIONS
    )
