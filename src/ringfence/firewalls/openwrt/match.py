"""OpenWrt: what the options of one section of the firewall ask of a packet.

From the OpenWrt user guide, "Firewall configuration", and firewall4 (root/usr/share/ucode/fw4.uc): a rule of
several protocols is a rule for each, ports belong to TCP and UDP alone, and a family that is not said is that
of the addresses. What is not understood doubts the rule, and what was understood bounds it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.netfilter.alternatives import Alternatives
from ringfence.firewalls.common.netfilter.kinds import Condition
from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS, SERVICE_PORTS
from ringfence.firewalls.openwrt.uci import UciSection
from ringfence.policy.matches import Match, NotUnderstood
from ringfence.policy.space import (
    DESTINATION,
    DESTINATION_PORT,
    SOURCE,
    SOURCE_PORT,
    Interval,
    Intervals,
    joined,
)
from ringfence.policy.terms import Addresses, number, prefix_or_span, union

# What says nothing of which packets a rule meets.
_SAID_ELSEWHERE = frozenset(
    (
        *(
            "name",
            "_name",
            "enabled",
            "src",
            "dest",
            "target",
            "family",
            "proto",
            "log",
            "log_limit",
            "counter",
        ),
        *("set_mark", "set_xmark", "set_dscp", "set_helper", "dest_ip", "dest_port", "src_ip", "src_port"),
        *("icmp_type", "ipset", "reflection", "reflection_src", "reflection_zone", "src_dip", "src_dport"),
        *("snat_ip", "snat_port", "utc_time"),
    )
)
_ANY = frozenset({"any", "all", "*", "0"})


@dataclass(slots=True)
class AddressSet:
    """A named set: the side it is compared with, and its members; `why` says what is not known of them."""

    side: str
    members: Addresses
    why: str = ""


@dataclass(slots=True)
class SectionMatch:
    """What the sections of one text have in common: where things live, and the named sets."""

    where: Behind
    sets: Mapping[str, AddressSet]

    def begin(self, versions: frozenset[int]) -> Alternatives:
        return Alternatives(self.where, [Condition(Match(versions))])


class UciEnds(NamedTuple):
    """The options that say addresses and ports of each end."""

    source: str = "src_ip"
    source_port: str = "src_port"
    destination: str = "dest_ip"
    destination_port: str = "dest_port"


FORWARDED = UciEnds()
# Of a redirection: the destination that a packet has before it is redirected.
REDIRECTED = UciEnds(destination="src_dip", destination_port="src_dport")


def alternatives_of(section: UciSection, known: SectionMatch, options: UciEnds = FORWARDED) -> Alternatives:
    """The packets that a section is about, but for its zones."""
    said = _families(section, options)
    versions = {"ipv4": {4}, "4": {4}, "ipv6": {6}, "6": {6}}.get(section.get("family").lower())
    whole = known.begin(frozenset(versions or set().union(*said) or {4, 6}))
    if len(said) > 1 and said[0] != said[1]:
        whole.doubt("its ends are of different families")
    ways: list[Alternatives] = []
    for protocol in section.all("proto") or ["tcpudp"]:
        way = whole.copy()
        _try(way, _protocol, section, protocol.lower(), options)
        ways.append(way)
    whole.either(ways)
    _try(whole, _address, section, options.source, SOURCE)
    _try(whole, _address, section, options.destination, DESTINATION)
    if section.get("ipset"):
        _try(whole, _set, known, section)
    for option in section.values:
        if option not in _SAID_ELSEWHERE:
            whole.doubt(f"option {option[:40]}")
    return whole


def _families(section: UciSection, options: UciEnds) -> list[set[int]]:
    """The families of the addresses at each end that has any."""
    ends = (section.all(options.source), section.all(options.destination))
    return [{6 if ":" in word else 4 for word in words} for words in ends if words]


def _try(way: Alternatives, apply: Callable[..., None], *given: object) -> None:
    try:
        apply(way, *given)
    except NotUnderstood as error:
        way.doubt(str(error))


def _protocol(way: Alternatives, section: UciSection, word: str, options: UciEnds) -> None:
    negated, name = word.startswith("!"), word.removeprefix("!")
    if name in _ANY:
        if negated:
            way.never()
        return
    if name in {"tcpudp", "tcp-udp"}:
        way.protocols(((6, 6), (17, 17)), negated=negated)
    elif name == "icmp":
        _icmp(way, section.all("icmp_type"))
        return
    else:
        known = PROTOCOLS.get(name)
        found = number(name, 255) if known is None else known
        way.protocols(((found, found),), negated=negated)
    if name in {"tcp", "udp", "tcpudp", "tcp-udp", "6", "17"} and not negated:
        for option, field in (
            (options.source_port, SOURCE_PORT),
            (options.destination_port, DESTINATION_PORT),
        ):
            _ports(way, section.all(option), field)


def _ports(way: Alternatives, words: Sequence[str], field: int) -> None:
    positive = [word for word in words if not word.startswith("!")]
    if positive:
        way.ports(field, joined(_port(word) for word in positive))
    negative = [word[1:] for word in words if word.startswith("!") and len(word) > 1]
    if negative:
        way.ports(field, joined(_port(word) for word in negative), negated=True)
    if "!" in words:
        raise NotUnderstood("a negation apart from its word")


def _port(word: str) -> Interval:
    if word in SERVICE_PORTS:
        return SERVICE_PORTS[word], SERVICE_PORTS[word]
    first, mark, last = word.replace(":", "-").partition("-")
    low = number(first)
    high = number(last) if mark else low
    if low > high:
        raise NotUnderstood(f"port range {word[:40]} is reversed")
    return low, high


def _icmp(way: Alternatives, words: Sequence[str]) -> None:
    """ICMP of IPv4 and ICMPv6 of IPv6, each with those of the types that it has."""
    ways: list[Alternatives] = []
    for version, protocol, names in ((4, 1, ICMP_TYPES), (6, 58, ICMPV6_TYPES)):
        part = way.copy()
        for condition in part.parts:
            condition.match.only({version})
        part.parts = [condition for condition in part.parts if condition.match.fields]
        if not part.parts:
            continue
        part.protocols(((protocol, protocol),))
        types = [found for word in words if (found := _type(word, names)) is not None]
        if words and not types:
            continue
        if not words:
            ways.append(part)
        for kinds, codes in types:
            one = part.copy()
            one.icmp(kinds, codes)
            ways.append(one)
    if not ways:
        raise NotUnderstood(f"icmp_type {' '.join(words)[:40]}")
    way.either(ways)


def _type(word: str, names: Mapping[str, int]) -> tuple[Intervals, Intervals] | None:
    """`echo-request`, `8`, `3/4`; None for a name that this family does not have."""
    kind, slash, code = word.partition("/")
    known = names.get(kind)
    if known is None and not kind.isdigit():
        return None
    found = number(kind, 255) if known is None else known
    codes = ((number(code, 255),) * 2,) if slash else ((0, 255),)
    return ((found, found),), codes


def _address(way: Alternatives, section: UciSection, option: str, side: int) -> None:
    words = section.all(option)
    positive = [word for word in words if not word.startswith("!")]
    negative = [word[1:] for word in words if word.startswith("!")]
    if positive:
        way.narrow(side, union(prefix_or_span(word) for word in positive))
    if negative:
        way.narrow(side, union(prefix_or_span(word) for word in negative), negated=True)


def _set(way: Alternatives, known: SectionMatch, section: UciSection) -> None:
    words = section.get("ipset").replace(",", " ").split()
    negated = words[0].startswith("!") if words else False
    name = words[0].removeprefix("!") if words else ""
    found = known.sets.get(name)
    if found is None or found.why:
        raise NotUnderstood(found.why if found else f"set {name[:40]} is not defined")
    side = words[1] if len(words) > 1 else found.side
    if len(words) > 2 or side not in {"src", "dst", "dest"}:
        raise NotUnderstood(f"set {' '.join(words)[:40]}")
    way.narrow(SOURCE if side == "src" else DESTINATION, found.members, negated=negated)


def sets_of(sections: Sequence[UciSection]) -> dict[str, AddressSet]:
    """The named sets of addresses."""
    found: dict[str, AddressSet] = {}
    for one in sections:
        name, kinds = one.get("name"), one.all("match")
        why = ""
        if len(kinds) != 1 or kinds[0].rpartition("_")[2] not in {"ip", "net"}:
            why = f"set {name[:40]} compares {' '.join(kinds)[:40]}"
        elif {"loadfile", "external", "timeout"} & one.values.keys():
            why = f"set {name[:40]} has members that the text does not name"
        try:
            members = union(prefix_or_span(word) for word in one.all("entry"))
        except NotUnderstood as error:
            members, why = {}, why or str(error)
        side = kinds[0].partition("_")[0] if kinds else ""
        found[name] = AddressSet({"dest": "dst"}.get(side, side), members, why)
    return found
