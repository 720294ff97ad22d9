"""One iptables rule: its matches as boxes of packets, its target, its states."""

from dataclasses import dataclass, field
from itertools import pairwise

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS
from ringfence.policy.matches import Match, NotUnderstood
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
    whole,
)
from ringfence.policy.terms import Addresses, number, prefix, span

_STATES = frozenset({"INVALID", "ESTABLISHED", "NEW", "RELATED", "UNTRACKED"})
_MODULES = frozenset(
    (
        *("tcp", "udp", "sctp", "dccp", "udplite", "icmp", "icmp6", "ipv6-icmp"),
        *("comment", "conntrack", "state", "multiport", "iprange"),
    )
)
_OPTIONS = {
    "-s": "source",
    "--source": "source",
    "-d": "destination",
    "--destination": "destination",
    "-p": "protocol",
    "--protocol": "protocol",
    "-i": "in",
    "--in-interface": "in",
    "-o": "out",
    "--out-interface": "out",
    "-m": "module",
    "--match": "module",
    "-j": "target",
    "--jump": "target",
    "-g": "goto",
    "--goto": "goto",
    "--sport": "sport",
    "--source-port": "sport",
    "--dport": "dport",
    "--destination-port": "dport",
    "--sports": "sport",
    "--source-ports": "sport",
    "--dports": "dport",
    "--destination-ports": "dport",
    "--icmp-type": "icmp",
    "--icmpv6-type": "icmp",
    "--src-range": "source",
    "--dst-range": "destination",
    "--ctstate": "state",
    "--state": "state",
    "--comment": "comment",
    "--tcp-flags": "flags",
    "--syn": "syn",
}
# Targets that let the packet go on to the next rule.
PASSING = frozenset(
    (
        *("LOG", "NFLOG", "ULOG", "MARK", "CONNMARK", "CONNSECMARK", "SECMARK", "CLASSIFY", "DSCP", "TOS"),
        *("TTL", "HL", "TCPMSS", "AUDIT", "TRACE", "CHECKSUM", "CT", "NOTRACK", "SET", "LED", "TEE"),
    )
)
TRANSLATING = frozenset(("SNAT", "DNAT", "MASQUERADE", "REDIRECT", "NETMAP"))
_ENDS = {"source": SOURCE, "destination": DESTINATION, "in": SOURCE, "out": DESTINATION}


@dataclass(slots=True)
class Parsed:
    """A rule as far as it was understood; `why` says what was not, and then `match` only bounds it.

    `opens` is False when it cannot match the first segment of a TCP connection.
    """

    match: Match
    version: int
    target: str = ""
    goto: bool = False
    states: frozenset[str] | None = None
    comment: str = ""
    opens: bool = True
    why: str = ""
    protocols: list[int] = field(default_factory=list)

    @property
    def source(self) -> Intervals:
        return self._of(SOURCE)

    @property
    def destination(self) -> Intervals:
        return self._of(DESTINATION)

    def _of(self, field_: int) -> Intervals:
        return self.match.fields[self.version][field_]

    @property
    def narrowed_source(self) -> bool:
        return self.source != whole(self.version, SOURCE)

    @property
    def narrowed_destination(self) -> bool:
        return self.destination != whole(self.version, DESTINATION)

    def narrow(self, field_: int, allowed: Intervals, *, negated: bool = False) -> None:
        kept = complement(allowed, TOP[self.version][field_]) if negated else allowed
        self.match.narrow(field_, lambda _: kept)


def parse(words: tuple[str, ...], version: int, where: Behind) -> Parsed:
    """The rule behind `-A CHAIN`. Nothing raises: what is not understood is in `why`."""
    parsed = Parsed(Match(frozenset({version})), version)
    # The target first: where it says nothing of the packet's fate, the matches do not matter.
    for option, value in pairwise(words):
        kind = _OPTIONS.get(option)
        if kind in {"target", "goto"} and not parsed.target:
            parsed.target, parsed.goto = value, kind == "goto"
    at, negated = 0, False
    while at < len(words):
        option = words[at]
        if option == "!":
            negated, at = True, at + 1
            continue
        kind = _OPTIONS.get(option, "")
        takes = {"syn": 0, "flags": 2}.get(kind, 1)
        values = words[at + 1 : at + 1 + takes]
        if kind in {"target", "goto"}:
            # What follows are the target's own options; a match among them would be lost, which widens.
            if words[at + 2 : at + 3] not in {(), ("--reject-with",)} and parsed.target not in PASSING:
                parsed.why = parsed.why or f"{words[at + 2]} after the target"
            break
        try:
            if not kind or len(values) < takes:
                raise NotUnderstood(f"option {option}")
            _apply(parsed, kind, values, where, negated=negated)
        except NotUnderstood as error:
            parsed.why = parsed.why or str(error)
            if not kind:
                break
        at, negated = at + 1 + takes, False
    return parsed


def _apply(parsed: Parsed, kind: str, values: tuple[str, ...], where: Behind, *, negated: bool) -> None:
    value = values[0] if values else ""
    if kind == "module":
        if value not in _MODULES:
            raise NotUnderstood(f"match module {value}")
    elif kind == "comment":
        parsed.comment = " ".join(value.split())[:80]
    elif kind in {"source", "destination"}:
        parsed.narrow(_ENDS[kind], _addresses(value, parsed.version), negated=negated)
    elif kind in {"in", "out"}:
        if not negated and value == "+":
            return
        behind: Addresses = where.of(value)
        parsed.narrow(_ENDS[kind], behind.get(parsed.version, ()), negated=negated)
    elif kind == "protocol":
        _protocol(parsed, value, negated=negated)
    elif kind in {"sport", "dport"}:
        if len(parsed.protocols) != 1 or parsed.protocols[0] not in WITH_PORTS:
            raise NotUnderstood("ports without a protocol that has them")
        field_ = SOURCE_PORT if kind == "sport" else DESTINATION_PORT
        parsed.narrow(field_, joined(_ports(word) for word in value.split(",")), negated=negated)
    elif kind == "icmp":
        _icmp(parsed, value, negated=negated)
    elif kind == "state":
        named = frozenset(value.split(","))
        if not named <= _STATES:
            raise NotUnderstood(f"state {value}")
        parsed.states = _STATES - named if negated else named
    else:
        _flags(parsed, kind, values, negated=negated)


def _addresses(value: str, version: int) -> Intervals:
    first, dash, last = value.partition("-")
    found = span(first, last) if dash else prefix(value)
    if version not in found:
        raise NotUnderstood(f"address {value} of the other family")
    return found[version]


def _protocol(parsed: Parsed, value: str, *, negated: bool) -> None:
    if value in {"all", "0"}:
        return
    named = PROTOCOLS.get(value)
    protocol = number(value, 255) if named is None else named
    if not negated:
        parsed.protocols.append(protocol)
    parsed.narrow(PROTOCOL, ((protocol, protocol),), negated=negated)


def _ports(word: str) -> Interval:
    first, colon, last = word.partition(":")
    low = number(first) if first or not colon else 0
    high = low if not colon else number(last) if last else 65535
    if low > high:
        raise NotUnderstood(f"port range {word} is reversed")
    return low, high


def _icmp(parsed: Parsed, value: str, *, negated: bool) -> None:
    names = ICMP_TYPES if parsed.version == 4 else ICMPV6_TYPES
    if parsed.protocols != [1 if parsed.version == 4 else 58]:
        raise NotUnderstood("an ICMP type without its protocol")
    if value in {"any", "255"}:
        return
    type_, slash, code = value.partition("/")
    known = names.get(type_)
    low = number(type_, 255) if known is None else known
    if slash and negated:
        raise NotUnderstood("a negated ICMP type and code")
    parsed.narrow(SOURCE_PORT, ((low, low),), negated=negated)
    if slash:
        parsed.narrow(DESTINATION_PORT, ((number(code, 255),) * 2,))


def _flags(parsed: Parsed, kind: str, values: tuple[str, ...], *, negated: bool) -> None:
    """TCP flags, judged for a SYN alone: a first segment has that (RFC 9293 section 3.5)."""
    if parsed.protocols != [6]:
        raise NotUnderstood("TCP flags without -p tcp")
    if kind == "syn":
        hit = True
    else:
        mask, set_ = (frozenset(word.split(",")) - {"NONE"} for word in values)
        hit = set_ == (frozenset({"SYN"}) if mask & {"SYN", "ALL"} else frozenset())
    if hit == negated:
        parsed.opens = False
