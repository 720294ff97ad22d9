"""The matches of iptables: what each option asks of a packet, as conditions.

From iptables(8) and iptables-extensions(8) 1.8.9. What is not understood raises NotUnderstood.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from ringfence.firewalls.common.address_types import CLEAR, NOT_OWN, ROUTED, addresses_of_type
from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.netfilter.kinds import (
    ACK,
    ESTABLISHED,
    FIN,
    INVALID,
    NEW,
    PSH,
    RELATED,
    RST,
    STATES,
    SYN,
    UNTRACKED,
    URG,
    Condition,
)
from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS, SERVICE_PORTS
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import (
    DESTINATION,
    DESTINATION_PORT,
    PROTOCOL,
    SOURCE,
    SOURCE_PORT,
    TOP,
    WITH_PORTS,
    Interval,
    Intervals,
    complement,
    joined,
)
from ringfence.policy.terms import number, prefix, span

_STATES = {
    "INVALID": INVALID,
    "ESTABLISHED": ESTABLISHED,
    "NEW": NEW,
    "RELATED": RELATED,
    "UNTRACKED": UNTRACKED,
}
_TRANSLATED_STATES = frozenset({"SNAT", "DNAT"})  # states that only translation gives
_FLAGS = {"FIN": FIN, "SYN": SYN, "RST": RST, "PSH": PSH, "ACK": ACK, "URG": URG}
_ALL_FLAGS = sum(_FLAGS.values())
_MODULES = frozenset(
    (
        *("tcp", "udp", "sctp", "dccp", "udplite", "icmp", "icmp6", "ipv6-icmp", "comment", "conntrack"),
        *("state", "multiport", "iprange", "addrtype", "rpfilter", "pkttype", "policy", "recent"),
    )
)


@dataclass(slots=True)
class RuleParser:
    """One rule in the reading: its conditions so far, and what of its options others depend on."""

    version: int
    where: Behind
    translated: frozenset[str]
    assumed: dict[str, None]
    parts: list[Condition]
    protocols: list[int] = field(default_factory=list)
    comment: str = ""
    stated: bool = False  # --ctstate was asked for, and --ctdir
    directed: bool = False

    def doubt(self, why: str) -> None:
        for part in self.parts:
            part.doubt(why)

    def narrow(self, field_: int, allowed: Intervals, *, negated: bool = False) -> None:
        kept = complement(allowed, TOP[self.version][field_]) if negated else allowed
        for part in self.parts:
            part.match.narrow(field_, lambda _: kept)

    def never(self) -> None:
        for part in self.parts:
            part.never()


def apply_option(parser: RuleParser, option: str, values: tuple[str, ...], *, negated: bool) -> None:
    """Narrow the parser's conditions by one option with its values. Raises NotUnderstood."""
    if option not in MATCHES:
        raise NotUnderstood(f"option {option[:40]}")
    takes, apply = MATCHES[option]
    if takes != len(values):
        raise NotUnderstood(f"option {option} with {len(values)} values")
    apply(parser, values, negated)


def _module(_parser: RuleParser, values: tuple[str, ...], _negated: bool) -> None:
    if values[0] not in _MODULES:
        raise NotUnderstood(f"match module {values[0][:40]}")


def _comment(parser: RuleParser, values: tuple[str, ...], _negated: bool) -> None:
    parser.comment = " ".join(values[0].split())[:80]


def _address(end: int) -> "_Match":
    def apply(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
        found = joined(one for word in values[0].split(",") for one in _addresses(word, parser.version))
        parser.narrow(end, found, negated=negated)

    return apply


def _addresses(value: str, version: int) -> Intervals:
    first, dash, last = value.partition("-")
    found = span(first, last) if dash else prefix(value)
    if version not in found:
        raise NotUnderstood(f"address {value} of the other family")
    return found[version]


def _interface(side: int) -> "_Match":
    def apply(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
        if values[0] == "+":
            if negated:
                parser.never()
            return
        parts = parser.parts
        parser.parts = [
            one for part in parts for one in part.behind(side, values, parser.where, negated=negated)
        ]

    return apply


def _protocol(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    value = values[0].lower()
    if value in {"all", "0"}:
        return
    named = PROTOCOLS.get(value)
    protocol = number(value, 255) if named is None else named
    if not negated:
        parser.protocols.append(protocol)
    parser.narrow(PROTOCOL, ((protocol, protocol),), negated=negated)


def _ports(*fields: int) -> "_Match":
    def apply(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
        if len(parser.protocols) != 1 or parser.protocols[0] not in WITH_PORTS:
            raise NotUnderstood("ports without a protocol that has them")
        wanted = joined(_port_range(word) for word in values[0].split(","))
        if negated or len(fields) == 1:
            for field_ in fields:
                parser.narrow(field_, wanted, negated=negated)
            return
        # multiport --ports: either end, so one alternative for each.
        others = [part.copy() for part in parser.parts]
        for part, field_ in [(p, fields[0]) for p in parser.parts] + [(p, fields[1]) for p in others]:
            part.match.narrow(field_, lambda _: wanted)
        parser.parts += others

    return apply


def _port(word: str) -> int:
    return SERVICE_PORTS[word] if word in SERVICE_PORTS else number(word)


def _port_range(word: str) -> Interval:
    first, colon, last = word.partition(":")
    low = _port(first) if first or not colon else 0
    high = low if not colon else _port(last) if last else 65535
    if low > high:
        raise NotUnderstood(f"port range {word} is reversed")
    return low, high


def _icmp(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    names = ICMP_TYPES if parser.version == 4 else ICMPV6_TYPES
    if parser.protocols != [1 if parser.version == 4 else 58]:
        raise NotUnderstood("an ICMP type without its protocol")
    value = values[0]
    if value in {"any", "255"}:  # icmp_type_code_match: every type, or with "!" none
        if negated:
            parser.never()
        return
    type_, slash, code = value.partition("/")
    known = names.get(type_)
    low = number(type_, 255) if known is None else known
    if slash and negated:
        raise NotUnderstood("a negated ICMP type and code")
    parser.narrow(SOURCE_PORT, ((low, low),), negated=negated)
    if slash:
        parser.narrow(DESTINATION_PORT, ((number(code, 255),) * 2,))


def _state(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    named = frozenset(values[0].split(","))
    if not named <= _STATES.keys() | _TRANSLATED_STATES:
        raise NotUnderstood(f"state {values[0][:40]}")
    if named & parser.translated:
        if named != {"DNAT"} or negated:
            raise NotUnderstood("a state that translation gives")
        for part in parser.parts:
            part.redirected = True
        parser.doubt("a state that translation gives")
        return
    wanted = frozenset(_STATES[name] for name in named & _STATES.keys())
    for part in parser.parts:
        part.states &= STATES - wanted if negated else wanted


def _direction(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    if values[0] not in {"ORIGINAL", "REPLY"}:
        raise NotUnderstood(f"direction {values[0][:40]}")
    wanted = (values[0] == "REPLY") != negated
    for part in parser.parts:
        part.replies &= {wanted}
    parser.directed = True


def _flags(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    if parser.protocols != [6]:
        raise NotUnderstood("TCP flags without -p tcp")
    mask, wanted = (_flag_bits(word) for word in values)
    for part in parser.parts:
        part.of_segment(lambda found: (found & mask == wanted) != negated)


def _flag_bits(word: str) -> int:
    if word == "ALL":
        return _ALL_FLAGS
    names = [] if word == "NONE" else word.split(",")
    if not all(name in _FLAGS for name in names):
        raise NotUnderstood(f"TCP flags {word[:40]}")
    return sum({_FLAGS[name] for name in names})


def _syn(parser: RuleParser, _values: tuple[str, ...], negated: bool) -> None:
    _flags(parser, ("FIN,SYN,RST,ACK", "SYN"), negated)


def _address_type(end: int) -> "_Match":
    def apply(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
        parser.assumed[NOT_OWN] = None
        found = (one for word in values[0].split(",") for one in addresses_of_type(word, parser.version))
        parser.narrow(end, joined(found), negated=negated)

    return apply


def _packet_type(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    parser.narrow(DESTINATION, addresses_of_type(values[0], parser.version), negated=negated)


def _reverse_path(parser: RuleParser, _values: tuple[str, ...], _negated: bool) -> None:
    parser.assumed[ROUTED] = None
    parser.never()


def _ipsec(parser: RuleParser, values: tuple[str, ...], negated: bool) -> None:
    if values[0] not in {"none", "ipsec"}:
        raise NotUnderstood(f"policy {values[0][:40]}")
    parser.assumed[CLEAR] = None
    if (values[0] == "ipsec") != negated:
        parser.never()


def _fragments(parser: RuleParser, _values: tuple[str, ...], negated: bool) -> None:
    # The packets judged here are whole.
    if not negated:
        parser.never()


def _nothing(_parser: RuleParser, _values: tuple[str, ...], negated: bool) -> None:
    if negated:
        raise NotUnderstood("a negation that is not known here")


_Match: TypeAlias = Callable[[RuleParser, tuple[str, ...], bool], None]
# By option: how many values it takes, and what it does.
MATCHES: Mapping[str, tuple[int, _Match]] = {
    "-m": (1, _module),
    "-s": (1, _address(SOURCE)),
    "-d": (1, _address(DESTINATION)),
    "--src-range": (1, _address(SOURCE)),
    "--dst-range": (1, _address(DESTINATION)),
    "-i": (1, _interface(SOURCE)),
    "-o": (1, _interface(DESTINATION)),
    "-p": (1, _protocol),
    "-f": (0, _fragments),
    "-c": (2, _nothing),
    "-4": (0, _nothing),
    "-6": (0, _nothing),
    "--comment": (1, _comment),
    "--sport": (1, _ports(SOURCE_PORT)),
    "--sports": (1, _ports(SOURCE_PORT)),
    "--dport": (1, _ports(DESTINATION_PORT)),
    "--dports": (1, _ports(DESTINATION_PORT)),
    "--port": (1, _ports(SOURCE_PORT, DESTINATION_PORT)),
    "--icmp-type": (1, _icmp),
    "--ctstate": (1, _state),
    "--state": (1, _state),
    "--ctdir": (1, _direction),
    "--tcp-flags": (2, _flags),
    "--syn": (0, _syn),
    "--src-type": (1, _address_type(SOURCE)),
    "--dst-type": (1, _address_type(DESTINATION)),
    "--pkt-type": (1, _packet_type),
    "--loose": (0, _nothing),
    "--validmark": (0, _nothing),
    "--accept-local": (0, _nothing),
    "--invert": (0, _reverse_path),
    "--dir": (1, _nothing),
    "--pol": (1, _ipsec),
    # recent --set adds the source to a list and lets every packet on; --rcheck and --update ask the list.
    "--set": (0, _nothing),
    "--name": (1, _nothing),
    "--rsource": (0, _nothing),
    "--rdest": (0, _nothing),
    "--mask": (1, _nothing),
}
