"""Match expressions of `nft -j list ruleset` (libnftables-json(5)) as boxes of packets.

What a match does not say with certainty about a packet's five fields is not understood, and raises.
"""

from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network
from typing import Any, TypeAlias

from ringfence.model.address import Network
from ringfence.policy.space import (
    DESTINATION,
    DESTINATION_PORT,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TOP,
    WITH_PORTS,
    Box,
    Intervals,
    boxes,
    complement,
    joined,
    networks,
    whole,
)

Json: TypeAlias = Any
Sets: TypeAlias = Mapping[str, list[Json]]
Interfaces: TypeAlias = Mapping[str, tuple[Network, ...]]

# IANA assigned internet protocol numbers, by the names that nft prints.
_PROTOCOLS = {
    "icmp": 1,
    "igmp": 2,
    "tcp": 6,
    "udp": 17,
    "dccp": 33,
    "gre": 47,
    "esp": 50,
    "ah": 51,
    "icmpv6": 58,
    "ipv6-icmp": 58,
    "ospf": 89,
    "sctp": 132,
    "udplite": 136,
}
_ICMP_TYPES = {
    "echo-reply": 0,
    "destination-unreachable": 3,
    "source-quench": 4,
    "redirect": 5,
    "echo-request": 8,
    "router-advertisement": 9,
    "router-solicitation": 10,
    "time-exceeded": 11,
    "parameter-problem": 12,
    "timestamp-request": 13,
    "timestamp-reply": 14,
}
_ICMPV6_TYPES = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
}
_FAMILIES = {"ipv4": 4, "ipv6": 6, "ip": 4, "ip6": 6}


class NotUnderstood(Exception):  # noqa: N818  an answer, not a fault
    """An expression outside what we can turn into packet sets; never leaves the reader."""


class Match:
    """The conjunction of a rule's matches, narrowed one by one."""

    def __init__(self, versions: frozenset[int]) -> None:
        self.fields: dict[int, list[Intervals]] = {
            version: [whole(version, field) for field in range(5)] for version in versions
        }

    def narrow(self, field: int, allowed: Callable[[int], Intervals]) -> None:
        """Keep of `field` what `allowed` (of the IP version) holds."""
        for version, fields in self.fields.items():
            fields[field] = meet(fields[field], allowed(version))

    def plain(self) -> bool:
        """Nothing has been narrowed."""
        return all(
            intervals == whole(version, field)
            for version, fields in self.fields.items()
            for field, intervals in enumerate(fields)
        )

    def boxes(self) -> tuple[Box, ...]:
        # nft leaves "meta nfproto ipv4" out of a listing beside ICMP, and ipv6 beside ICMPv6: the protocol
        # implies the family (RFC 792, RFC 4443). Where both families are still open, it is read so.
        for number, implied in ((1, 4), (58, 6)):
            if len(self.fields) > 1 and self.fields[implied][PROTOCOL] == ((number, number),):
                self.fields = {implied: self.fields[implied]}
        return tuple(
            box
            for version, f in self.fields.items()
            for box in boxes(version, (f[0], f[1], f[2], f[3], f[4]))
        )


def meet(a: Intervals, b: Intervals) -> Intervals:
    shared = ((max(x[0], y[0]), min(x[1], y[1])) for x in a for y in b)
    return joined((low, high) for low, high in shared if low <= high)


def narrow(match: Match, expression: Json, sets: Sets, interfaces: Interfaces) -> None:
    """Narrow `match` by one JSON match expression. Raises NotUnderstood."""
    operator, left, right = expression.get("op"), expression.get("left"), expression.get("right")
    values = _values(right, sets)
    if "payload" in left:
        _payload(match, left["payload"], operator, values)
    elif "meta" in left:
        _meta(match, left["meta"].get("key"), operator, (values, interfaces))
    else:
        raise NotUnderstood("match on something other than addresses, ports, types or interfaces")


def _payload(match: Match, payload: Json, operator: str, values: list[Json]) -> None:
    protocol, field = payload.get("protocol"), payload.get("field")
    if protocol in {"ip", "ip6"}:
        version = _FAMILIES[protocol]
        match.fields = {v: f for v, f in match.fields.items() if v == version}
        if field in {"saddr", "daddr"}:
            wanted = _compared(operator, values, _address_of(version), TOP[version][SOURCE])
            match.narrow(SOURCE if field == "saddr" else DESTINATION, lambda _: wanted)
            return
        # The next header of IPv6 need not be the transport, behind an extension header.
        if (protocol, field) == ("ip", "protocol"):
            wanted = _compared(operator, values, _protocol, 255)
            match.narrow(PROTOCOL, lambda _: wanted)
            return
    elif field in {"sport", "dport"} and (protocol == "th" or _PROTOCOLS.get(protocol) in WITH_PORTS):
        carriers = WITH_PORTS if protocol == "th" else {_PROTOCOLS[protocol]}
        match.narrow(PROTOCOL, lambda _: joined((number, number) for number in carriers))
        wanted = _compared(operator, values, _number, 65535)
        match.narrow(SOURCE_PORT if field == "sport" else DESTINATION_PORT, lambda _: wanted)
        return
    elif protocol in {"icmp", "icmpv6"} and field in {"type", "code"}:
        number = _PROTOCOLS[protocol]
        names = _ICMP_TYPES if protocol == "icmp" else _ICMPV6_TYPES
        match.narrow(PROTOCOL, lambda _: ((number, number),))
        wanted = _compared(operator, values, lambda value: _named(value, names), 65535)
        match.narrow(SOURCE_PORT if field == "type" else DESTINATION_PORT, lambda _: wanted)
        return
    raise NotUnderstood(f"match on {protocol} {field}")


def _meta(match: Match, key: str, operator: str, given: tuple[list[Json], Interfaces]) -> None:
    values, interfaces = given
    if key == "l4proto":
        wanted = _compared(operator, values, _protocol, 255)
        match.narrow(PROTOCOL, lambda _: wanted)
    elif key in {"nfproto", "protocol"}:
        if not all(value in _FAMILIES for value in values) or operator not in {"==", "!=", "in"}:
            raise NotUnderstood(f"meta {key} {values}")
        chosen = {_FAMILIES[value] for value in values}
        match.fields = {v: f for v, f in match.fields.items() if (v in chosen) == (operator != "!=")}
    elif key in {"iifname", "oifname", "iif", "oif"}:
        if operator not in {"==", "in"} or not all(value in interfaces for value in values):
            raise NotUnderstood(f"interface {', '.join(map(str, values))} has no networks named for it")
        behind = [network for value in values for network in interfaces[value]]
        field = SOURCE if key.startswith("iif") else DESTINATION
        match.narrow(field, lambda v: networks(net for net in behind if net.version == v))
    else:
        raise NotUnderstood(f"match on meta {key}")


def _compared(
    operator: str, values: list[Json], of: Callable[[Json], tuple[int, int]], top: int
) -> Intervals:
    spans = [_span(value, of) for value in values]
    if operator in {"==", "in"}:
        return joined(spans)
    if operator == "!=":
        return complement(joined(spans), top)
    if len(spans) == 1 and spans[0][0] == spans[0][1]:
        value = spans[0][0]
        low, high = {
            "<": (0, value - 1),
            "<=": (0, value),
            ">": (value + 1, top),
            ">=": (value, top),
        }.get(operator, (1, 0))
        if low <= high:
            return ((low, high),)
    raise NotUnderstood(f"operator {operator}")


def _span(value: Json, of: Callable[[Json], tuple[int, int]]) -> tuple[int, int]:
    if isinstance(value, dict) and "range" in value:
        low, high = value["range"]
        return of(low)[0], of(high)[1]
    if isinstance(value, dict) and "prefix" not in value:
        raise NotUnderstood(f"value {value}")
    return of(value)


def _values(right: Json, sets: Sets) -> list[Json]:
    if isinstance(right, str) and right.startswith("@"):
        if right[1:] not in sets:
            raise NotUnderstood(f"set {right} is not listed")
        return sets[right[1:]]
    if isinstance(right, dict) and "set" in right:
        inner = right["set"]
        return list(inner) if isinstance(inner, list) else [inner]
    return list(right) if isinstance(right, list) else [right]


def _address_of(version: int) -> Callable[[Json], tuple[int, int]]:
    def span(value: Json) -> tuple[int, int]:
        try:
            if isinstance(value, dict):
                prefix = value["prefix"]
                net = ip_network(f"{prefix['addr']}/{prefix['len']}", strict=False)
                family = net.version
                found = int(net.network_address), int(net.broadcast_address)
            else:
                host = ip_address(value)
                family, found = host.version, (int(host), int(host))
        except (ValueError, KeyError, TypeError) as error:
            raise NotUnderstood(f"address {value}") from error
        if family != version:
            raise NotUnderstood(f"address {value} in a match on IPv{version}")
        return found

    return span


def _number(value: Json) -> tuple[int, int]:
    # Service names depend on the /etc/services of the box that printed them.
    if not isinstance(value, int) or not 0 <= value <= 65535:
        raise NotUnderstood(f"port {value}")
    return value, value


def _protocol(value: Json) -> tuple[int, int]:
    return _named(value, _PROTOCOLS)


def _named(value: Json, names: Mapping[str, int]) -> tuple[int, int]:
    number = names.get(value) if isinstance(value, str) else value
    if not isinstance(number, int) or not 0 <= number <= 255:
        raise NotUnderstood(f"value {value}")
    return number, number
