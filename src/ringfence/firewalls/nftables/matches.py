"""Match expressions of `nft -j list ruleset` (libnftables-json(5)) as conditions.

What a match does not say with certainty about a packet is not understood: the condition then is a bound.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringfence.firewalls.common.address_types import NOT_OWN, ROUTED, addresses_of_type
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.netfilter.kinds import Condition
from ringfence.firewalls.nftables.values import (
    ICMP_CODES,
    ICMP_TYPES,
    ICMPV6_CODES,
    ICMPV6_TYPES,
    Json,
    address,
    bit_test,
    bits,
    compared,
    named,
    port,
    protocol,
)
from ringfence.policy.matches import Match, NotUnderstood
from ringfence.policy.space import (
    DESTINATION,
    DESTINATION_PORT,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TOP,
    WITH_PORTS,
    Intervals,
    complement,
    joined,
    meet,
)

_STATES = {"invalid": 1, "established": 2, "related": 4, "new": 8, "untracked": 64}
_FLAGS = {"fin": 1, "syn": 2, "rst": 4, "psh": 8, "ack": 16, "urg": 32, "ecn": 64, "cwr": 128}
_STATUS = {"expected": 1, "seen-reply": 2, "assured": 4, "confirmed": 8, "snat": 16, "dnat": 32, "dying": 512}
_DIRECTIONS = {"original": 0, "reply": 1}
_FAMILIES = {"ipv4": 4, "ipv6": 6, "ip": 4, "ip6": 6, 2: 4, 10: 6, 0x0800: 4, 0x86DD: 6}
_FAMILIES |= {0x0008: 4, 0xDD86: 6}  # nft 1.0.6 --numeric swaps the octets of an EtherType
_CARRIERS = {"tcp": 6, "udp": 17, "dccp": 33, "sctp": 132, "udplite": 136}
_HEADERS = {**_CARRIERS, "icmp": 1, "icmpv6": 58}
_ANY_CARRIER = joined((number, number) for number in WITH_PORTS)
# if_packet.h: a frame to this host is one to an address of a host.
_CASTS = {"host": "unicast", 0: "unicast", "broadcast": "broadcast", 1: "broadcast"}
_CASTS |= {"unicast": "unicast", "multicast": "multicast", 2: "multicast"}
_ALL = (1 << 32) - 1
MOST_COMBINATIONS = 50_000  # of one rule: sets of pairs multiply


@dataclass(slots=True)
class Names:
    """What a rule may refer to: sets and verdict maps of its table, interfaces, and what the whole text has.

    `translated` are the statements of the ruleset that translate addresses. `assumed` gathers on what a
    reading rests.
    """

    sets: Mapping[str, list[Json]]
    where: Behind
    translated: frozenset[str] = frozenset()
    assumed: dict[str, None] = field(default_factory=dict)
    _intervals: dict[tuple[str, str, str], Intervals] = field(default_factory=dict)

    def addresses(self, operator: str, right: Json, version: int) -> Intervals:
        """The addresses that stand in this relation to a value or to a set, which is read once."""
        key = (right, operator, str(version)) if isinstance(right, str) and right.startswith("@") else None
        if key is not None and key in self._intervals:
            return self._intervals[key]
        values = _values(right, self.members(right))
        found = compared(operator, values, address(version), TOP[version][SOURCE])
        if key is not None:
            self._intervals[key] = found
        return found

    def members(self, right: Json) -> list[Json] | None:
        """The members where `right` is a set; None for a value. NotUnderstood: a set that is not listed."""
        if isinstance(right, str) and right.startswith("@"):
            if right[1:] not in self.sets:
                raise NotUnderstood(f"set {right} is not listed, or changes at run time")
            return self.sets[right[1:]]
        if isinstance(right, dict) and "set" in right:
            inner = right["set"]
            return list(inner) if isinstance(inner, list) else [inner]
        return None


def matched(parts: list[Condition], expression: Json, names: Names) -> list[Condition]:
    """The conditions, each narrowed by one match expression; doubted where that is not understood."""
    left, operator, right = expression.get("left"), expression.get("op"), expression.get("right")
    if not isinstance(left, dict) or not isinstance(operator, str):
        raise NotUnderstood("match of a form that is not known here")
    if len(parts) * _alternatives(left, right, names) > MOST_COMBINATIONS:
        whole = Condition(Match(frozenset(version for part in parts for version in part.match.fields)))
        whole.doubt("too many combinations to follow")
        return [whole]
    out: list[Condition] = []
    for part in parts:
        try:
            out += _narrowed(part, left, operator, right, names)
        except NotUnderstood as error:
            part.doubt(str(error))
            out.append(part)
    return out


def _alternatives(left: Json, right: Json, names: Names) -> int:
    """Into how many a condition may divide: one for each pair of a set of pairs."""
    if "concat" not in left:
        return 1
    try:
        return len(names.members(right) or [right])
    except NotUnderstood:
        return 1


def _narrowed(part: Condition, left: Json, operator: str, right: Json, names: Names) -> list[Condition]:
    if "concat" not in left:
        # Narrowed as far as it was understood: a bound, where the rest was not.
        return _compared(part, left, operator, right, names)
    if part.why:
        return [part]  # a bound already: it need not be divided
    if operator not in {"==", "in"}:
        raise NotUnderstood(f"operator {operator} on several fields together")
    members = names.members(right)
    return [
        one
        for value in ([right] if members is None else members)
        for one in equal(part.copy(), left, value, names)
    ]


def equal(part: Condition, left: Json, value: Json, names: Names) -> list[Condition]:
    """The condition with `left` equal to one value, of several fields perhaps."""
    if "concat" not in left:
        return _compared(part, left, "==", value, names)
    values = value.get("concat") if isinstance(value, dict) else None
    if not isinstance(values, list) or len(values) != len(left["concat"]):
        raise NotUnderstood("a value of other fields than the match")
    parts = [part]
    for one, wanted in zip(left["concat"], values, strict=True):
        parts = [after for before in parts for after in _compared(before, one, "==", wanted, names)]
        if len(parts) > MOST_COMBINATIONS:
            raise NotUnderstood("too many combinations to follow")
    return parts


def _compared(part: Condition, left: Json, operator: str, right: Json, names: Names) -> list[Condition]:
    mask, inner = _ALL, left
    if "&" in left:
        inner, given = left["&"]
    elif "|" in left or "^" in left or "<<" in left:
        raise NotUnderstood("arithmetic on a field")
    else:
        given = None
    kind, body = next(iter(inner.items()))
    if kind == "payload" and body.get("field") == "flags" and body.get("protocol") == "tcp":
        mask = _ALL if given is None else bits(given, _FLAGS)
        part.of_segment(bit_test(operator, right, names.members(right), _FLAGS, mask))
        return [part]
    if kind == "ct" and body.get("key") == "state":
        mask = _ALL if given is None else bits(given, _STATES)
        part.states = frozenset(
            filter(bit_test(operator, right, names.members(right), _STATES, mask), part.states)
        )
        return [part]
    if given is not None:
        raise NotUnderstood("a mask on a field")
    if kind == "payload":
        _payload(part, body, operator, right, names)
        return [part]
    values = _values(right, names.members(right))
    if kind == "meta":
        return _meta(part, str(body.get("key")), operator, values, names)
    if kind == "ct":
        _connection(part, body, operator, right, names)
    elif kind == "fib":
        _route(part, body, operator, values, names)
    else:
        raise NotUnderstood(f"match on {kind}")
    return [part]


def _values(right: Json, members: list[Json] | None) -> list[Json]:
    if members is not None:
        return [one["elem"]["val"] if isinstance(one, dict) and "elem" in one else one for one in members]
    return list(right) if isinstance(right, list) else [right]


def _payload(part: Condition, payload: Json, operator: str, right: Json, names: Names) -> None:
    match = part.match
    name, field_ = payload.get("protocol"), payload.get("field")
    if payload.get("base") == "transport" and payload.get("len") == 16 and payload.get("offset") in {0, 16}:
        name, field_ = "th", "sport" if payload["offset"] == 0 else "dport"
    if name in {"ip", "ip6"}:
        version = _FAMILIES[name]
        match.only({version})
        if field_ in {"saddr", "daddr"}:
            wanted = names.addresses(operator, right, version)
            match.narrow(SOURCE if field_ == "saddr" else DESTINATION, lambda _: wanted)
            return
        values = _values(right, names.members(right))
        # The next header of IPv6 need not be the transport, behind an extension header.
        if (name, field_) == ("ip", "protocol"):
            wanted = compared(operator, values, protocol, 255)
            match.narrow(PROTOCOL, lambda _: wanted)
            return
        if field_ == "version":
            return
    elif field_ in {"sport", "dport"} and (name == "th" or name in _CARRIERS):
        if name == "th" and not _carries_ports(match):
            # nft 1.0.6 lists the rule so whether it asked for no protocol, or for one without ports: of ICMP
            # its type and code are compared then.
            raise NotUnderstood("ports of no protocol with ports: say which, as in meta l4proto { tcp, udp }")
        if name != "th":
            carrier = _CARRIERS[name]
            match.narrow(PROTOCOL, lambda _: ((carrier, carrier),))
        wanted = compared(operator, _values(right, names.members(right)), port, 65535)
        match.narrow(SOURCE_PORT if field_ == "sport" else DESTINATION_PORT, lambda _: wanted)
        return
    elif name in {"icmp", "icmpv6"} and field_ in {"type", "code"}:
        _icmp(part, name, field_, operator, _values(right, names.members(right)))
        return
    raise NotUnderstood(f"match on {name} {field_}")


def _carries_ports(match: Match) -> bool:
    """Whether the match has only protocols with ports left."""
    return all(fields[PROTOCOL] == meet(fields[PROTOCOL], _ANY_CARRIER) for fields in match.fields.values())


def with_header(part: Condition, name: str) -> None:
    """Narrow to the packets that have such a header. NotUnderstood for one that is not known here."""
    if name in _FAMILIES:
        part.match.only({_FAMILIES[name]})
    elif name in _HEADERS:
        number = _HEADERS[name]
        part.match.narrow(PROTOCOL, lambda _: ((number, number),))
    elif name != "th" or not _carries_ports(part.match):
        raise NotUnderstood(f"a field of {name[:40]}")


def _icmp(part: Condition, name: str, field_: str, operator: str, values: list[Json]) -> None:
    number = 1 if name == "icmp" else 58
    part.match.narrow(PROTOCOL, lambda _: ((number, number),))
    tables = {
        ("icmp", "type"): ICMP_TYPES,
        ("icmp", "code"): ICMP_CODES,
        ("icmpv6", "type"): ICMPV6_TYPES,
        ("icmpv6", "code"): ICMPV6_CODES,
    }
    wanted = compared(operator, values, named(tables[name, field_], 255), 65535)
    part.match.narrow(SOURCE_PORT if field_ == "type" else DESTINATION_PORT, lambda _: wanted)


def _meta(part: Condition, key: str, operator: str, values: list[Json], names: Names) -> list[Condition]:
    match = part.match
    if key == "l4proto":
        wanted = compared(operator, values, protocol, 255)
        match.narrow(PROTOCOL, lambda _: wanted)
    elif key in {"nfproto", "protocol"}:
        chosen = {_FAMILIES.get(value) for value in values}
        if operator not in {"==", "!=", "in"} or (None in chosen and key == "nfproto"):
            raise NotUnderstood(f"meta {key} {values}")
        match.only({v for v in match.fields if (v in chosen) == (operator != "!=")})
    elif key in {"iifname", "oifname", "iif", "oif"}:
        if operator not in {"==", "in", "!="} or not all(isinstance(value, str) for value in values):
            raise NotUnderstood(f"meta {key} {operator}")
        side = SOURCE if key.startswith("iif") else DESTINATION
        return part.behind(side, values, names.where, negated=operator == "!=")
    elif key == "pkttype":
        casts = [_CASTS.get(value) for value in values]
        _of_type(part, DESTINATION, operator, casts)
    else:
        raise NotUnderstood(f"match on meta {key}")
    return [part]


def _of_type(part: Condition, side: int, operator: str, values: Iterable[Json]) -> None:
    """Packets by the kind of an address: a group, everybody on a network, one of a host."""
    if operator not in {"==", "in", "!="}:
        raise NotUnderstood(f"operator {operator}")
    found = {v: joined(one for value in values for one in addresses_of_type(value, v)) for v in TOP}

    def kept(version: int) -> Intervals:
        return complement(found[version], TOP[version][side]) if operator == "!=" else found[version]

    part.match.narrow(side, kept)


def _connection(part: Condition, body: Json, operator: str, right: Json, names: Names) -> None:
    key = body.get("key")
    if key == "direction":
        test = bit_test(operator, right, names.members(right), _DIRECTIONS, _ALL)
        part.replies = frozenset(way for way in part.replies if test(int(way)))
        part.flowless = False  # without a connection the match ends the rule (nft_ct_get_eval)
    elif key == "status" and operator == "in" and not bits(right, _STATUS) & ~_given(names.translated):
        part.never()
    elif key == "status" and operator == "in" and bits(right, _STATUS) == _STATUS["dnat"]:
        part.redirected = True
        part.doubt("match on ct status")
    else:
        raise NotUnderstood(f"match on ct {key}")


def _given(translated: frozenset[str]) -> int:
    """The bits of ct status that no connection has, where nothing but `translated` changes addresses."""
    found = 0
    for bit, statements in (("snat", {"snat", "masquerade", "xt"}), ("dnat", {"dnat", "redirect", "xt"})):
        if not statements & translated:
            found |= _STATUS[bit]
    return found


def _route(part: Condition, body: Json, operator: str, values: list[Json], names: Names) -> None:
    """What the routing table says of an address; nft(8), "FIB EXPRESSIONS"."""
    result, flags = body.get("result"), body.get("flags") or []
    if result == "type" and ("saddr" in flags) != ("daddr" in flags):
        names.assumed[NOT_OWN] = None
        _of_type(part, SOURCE if "saddr" in flags else DESTINATION, operator, values)
    elif result == "oif" and "saddr" in flags and values in ([True], [False]) and operator in {"==", "!="}:
        names.assumed[ROUTED] = None
        if (values == [True]) != (operator == "=="):
            part.never()
    else:
        raise NotUnderstood(f"match on fib {result}")
