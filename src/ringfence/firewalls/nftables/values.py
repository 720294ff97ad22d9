"""Values of libnftables-json(5) as intervals and bits: addresses, numbers, names of either."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

from ringfence.firewalls.common.service_names import PROTOCOLS, SERVICE_PORTS
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Interval, Intervals, complement, joined
from ringfence.policy.terms import Addresses, prefix

Json: TypeAlias = Any
Reader: TypeAlias = Callable[[Json], Interval]

# nft(8) "ICMP TYPE TYPE", "ICMPV6 TYPE TYPE", "ICMP CODE TYPE"; the codes are printed with the names of
# destination-unreachable whatever the type is.
ICMP_TYPES = {
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
    "info-request": 15,
    "info-reply": 16,
    "address-mask-request": 17,
    "address-mask-reply": 18,
}
ICMPV6_TYPES = {
    "destination-unreachable": 1,
    "packet-too-big": 2,
    "time-exceeded": 3,
    "parameter-problem": 4,
    "echo-request": 128,
    "echo-reply": 129,
    "mld-listener-query": 130,
    "mld-listener-report": 131,
    "mld-listener-done": 132,
    "mld-listener-reduction": 132,
    "nd-router-solicit": 133,
    "nd-router-advert": 134,
    "nd-neighbor-solicit": 135,
    "nd-neighbor-advert": 136,
    "nd-redirect": 137,
    "router-renumbering": 138,
    "ind-neighbor-solicit": 141,
    "ind-neighbor-advert": 142,
    "mld2-listener-report": 143,
}
ICMP_CODES = {
    "net-unreachable": 0,
    "host-unreachable": 1,
    "prot-unreachable": 2,
    "port-unreachable": 3,
    "frag-needed": 4,
    "net-prohibited": 9,
    "host-prohibited": 10,
    "admin-prohibited": 13,
}
ICMPV6_CODES = {
    "no-route": 0,
    "admin-prohibited": 1,
    "addr-unreachable": 3,
    "port-unreachable": 4,
    "policy-fail": 5,
    "reject-route": 6,
}


def named(names: Mapping[str, int], top: int) -> Reader:
    """Reads a number up to `top`, or one of the names."""

    def value(given: Json) -> Interval:
        number = names.get(given) if isinstance(given, str) else given
        if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number <= top:
            raise NotUnderstood(f"value {_short(given)}")
        return number, number

    return value


port = named(SERVICE_PORTS, 65535)
protocol = named({**PROTOCOLS, "udplite": 136, "sctp": 132, "dccp": 33, "comp": 108}, 255)


def address(version: int) -> Reader:
    """Reads an address or a prefix of this IP version."""

    def span(value: Json) -> Interval:
        found = _address(value)
        if version not in found:
            raise NotUnderstood(f"address {_short(value)} in a match on IPv{version}")
        return found[version][0]

    return span


def _address(value: Json) -> Addresses:
    try:
        if isinstance(value, dict):
            inner = value["prefix"]
            return prefix(f"{inner['addr']}/{inner['len']}")
        return prefix(value) if isinstance(value, str) and "/" not in value else prefix("")
    except (KeyError, TypeError, NotUnderstood) as error:
        raise NotUnderstood(f"address {_short(value)}") from error


def compared(operator: str, values: list[Json], of: Reader, top: int) -> Intervals:
    """The numbers up to `top` that stand in this relation to one of the values."""
    spans = [_span(value, of) for value in values]
    if operator in {"==", "in"}:
        return (spans[0],) if len(spans) == 1 else joined(spans)
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


def _span(value: Json, of: Reader) -> Interval:
    if isinstance(value, dict) and "range" in value:
        ends = value["range"]
        if not isinstance(ends, list) or len(ends) != 2:
            raise NotUnderstood(f"a range without two ends, {_short(value)}")
        low, high = of(ends[0])[0], of(ends[1])[1]
        if low > high:
            # nft 1.0.6 makes one range of `sport < B` and `dport > A` that follow each other.
            raise NotUnderstood(f"a range that is reversed, {_short(value)}")
        return low, high
    if isinstance(value, dict) and "prefix" not in value:
        raise NotUnderstood(f"value {_short(value)}")
    return of(value)


def bits(value: Json, names: Mapping[str, int]) -> int:
    """A number, a name, or several joined by "|"."""
    if isinstance(value, dict) and set(value) == {"|"}:
        value = value["|"]
    if isinstance(value, list):
        found = 0
        for part in value:
            found |= bits(part, names)
        return found
    known = names.get(value) if isinstance(value, str) else value
    if isinstance(known, bool) or not isinstance(known, int) or known < 0:
        raise NotUnderstood(f"value {_short(value)}")
    return known


def bit_test(
    operator: str, right: Json, values: Iterable[Json] | None, names: Mapping[str, int], mask: int
) -> Callable[[int], bool]:
    """What a match of bits asks for (nft(8), "bitmask"); `values` are the members where `right` is a set."""
    if values is not None:
        among = {bits(value, names) for value in values}
        if operator in {"==", "in"}:
            return lambda found: found & mask in among
        if operator == "!=":
            return lambda found: found & mask not in among
        raise NotUnderstood(f"operator {operator}")
    wanted = bits(right, names)
    tests: dict[str, Callable[[int], bool]] = {
        "in": lambda found: found & mask & wanted != 0,
        "!": lambda found: found & mask & wanted == 0,
        "==": lambda found: found & mask == wanted,
        "!=": lambda found: found & mask != wanted,
    }
    if operator not in tests:
        raise NotUnderstood(f"operator {operator}")
    return tests[operator]


def _short(value: Json) -> str:
    return str(value)[:60]
