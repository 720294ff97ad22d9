"""One rule of pf: what it does, which way, and which packets it meets.

From pf.conf(5) of OpenBSD 7.5 and FreeBSD 14, "PACKET FILTERING", "PARAMETERS" and "GRAMMAR". What is not
understood is kept with its reason: then what was understood bounds the packets that the rule can concern.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS, SERVICE_PORTS
from ringfence.firewalls.pf.cursor import WordCursor
from ringfence.firewalls.pf.tables import Tables
from ringfence.model.policy import Action
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import ICMP_LIKE, WITH_PORTS, Interval, Intervals, complement, joined
from ringfence.policy.terms import ANY, BOTH_VERSIONS, EVERYWHERE, Addresses, number, outside, union

_TYPES: Mapping[str, int] = {
    **{name.replace("-", ""): value for name, value in ICMP_TYPES.items()},
    "echorep": 0,
    "unreach": 3,
    "squench": 4,
    "redir": 5,
    "althost": 6,
    "echoreq": 8,
    "routeradv": 9,
    "routersol": 10,
    "timex": 11,
    "paramprob": 12,
    "timereq": 13,
    "timerep": 14,
    "inforeq": 15,
    "inforep": 16,
    "maskreq": 17,
    "maskrep": 18,
}
_TYPES6: Mapping[str, int] = {
    **{name.replace("-", ""): value for name, value in ICMPV6_TYPES.items()},
    "unreach": 1,
    "toobig": 2,
    "timex": 3,
    "paramprob": 4,
    "echoreq": 128,
    "echorep": 129,
    "routersol": 133,
    "routeradv": 134,
    "neighbrsol": 135,
    "neighbradv": 136,
    "redir": 137,
}
_PORTS: Mapping[str, int] = {**SERVICE_PORTS, "http": 80, "https": 443}
_FLAGS: Mapping[str, int] = {"F": 1, "S": 2, "R": 4, "P": 8, "A": 16, "U": 32, "E": 64, "W": 128}
_SYN = 2
_LATER = (16, 24, 17, 18)  # ACK, PSH ACK, FIN ACK, SYN ACK: RFC 9293 section 3.1
# What may refuse a state though the rule passes: pf.conf(5), "STATEFUL TRACKING OPTIONS".
_LIMITS = frozenset({"max", "max-src-states", "max-src-conn", "max-src-conn-rate", "max-src-nodes"})
_HARMLESS_STATE = frozenset(
    (
        "no-sync",
        "pflow",
        "sloppy",
        "if-bound",
        "floating",
        "source-track",
        "rule",
        "global",
        "flush",
        "overload",
    )
)
_ALL = ((0, 255),)


@dataclass(slots=True)
class PfRule:
    """`directions` are the ways it looks at; `interfaces` None: any.

    `action` None with `passes_on`: a match rule, which decides nothing. `flags` None: any segment.
    """

    action: Action | None = None
    passes_on: bool = False
    directions: tuple[str, ...] = ("in", "out")
    quick: bool = False
    interfaces: tuple[str, ...] | None = None
    but_interfaces: tuple[str, ...] = ()
    received_on: str = ""
    versions: frozenset[int] = BOTH_VERSIONS
    protocols: Intervals | None = None
    sources: Addresses = field(default_factory=lambda: EVERYWHERE)
    destinations: Addresses = field(default_factory=lambda: EVERYWHERE)
    source_ports: Intervals = ANY
    destination_ports: Intervals = ANY
    types: Intervals = ANY
    codes: Intervals = ANY
    flags: tuple[int, int] | None = None
    flags_said: bool = False
    keeps: bool = True
    translates: bool = False
    label: str = ""
    never: bool = False
    why: str = ""

    def doubt(self, why: str) -> None:
        self.why = self.why or why

    @property
    def first_only(self) -> bool:
        """Whether it meets of TCP the opening segment alone; a rule that keeps state does unless it says."""
        flags = (_SYN, _SYN | 16) if self._by_default() else self.flags
        return flags is not None and not any(found & flags[1] == flags[0] for found in _LATER)

    @property
    def never_first(self) -> bool:
        return self.flags is not None and not self._by_default() and _SYN & self.flags[1] != self.flags[0]

    def _by_default(self) -> bool:
        return not self.flags_said and self.action is Action.PERMIT and self.keeps


def parse_pf_rule(words: Sequence[str], tables: Tables) -> PfRule:
    """The rule of the statement, whose first word is pass, block or match."""
    rule, cursor = PfRule(), WordCursor(words)
    try:
        _head(rule, cursor)
        _hosts(rule, cursor, tables)
        while cursor.peek():
            _option(rule, cursor)
    except NotUnderstood as error:
        rule.doubt(str(error))
    if rule.action is Action.DENY or rule.passes_on:
        rule.keeps = False
    return rule


def _head(rule: PfRule, cursor: WordCursor) -> None:
    action = cursor.next()
    rule.action = {"pass": Action.PERMIT, "block": Action.DENY}.get(action)
    rule.passes_on = action == "match"
    if action == "block" and cursor.take("drop", "return", "return-rst", "return-icmp", "return-icmp6"):
        cursor.parenthesis()
    while word := cursor.take("in", "out", "log", "log-all", "quick"):
        if word in {"in", "out"}:
            rule.directions = (word,)
        elif word == "quick":
            rule.quick = True
        else:
            cursor.parenthesis()
    if cursor.take("on"):
        _interfaces(rule, cursor)
    while word := cursor.take("route-to", "reply-to", "dup-to", "rdomain", "inet", "inet6", "proto"):
        if word in {"inet", "inet6"}:
            rule.versions = frozenset({4 if word == "inet" else 6})
        elif word == "proto":
            rule.protocols = joined(_protocol(member) for member in cursor.listed())
        elif word == "rdomain":
            raise NotUnderstood(f"rdomain {cursor.next()[:20]}")
        else:
            _routed(rule, cursor, word)


def _interfaces(rule: PfRule, cursor: WordCursor) -> None:
    if cursor.take("any"):
        return
    names: list[str] = []
    for member in cursor.listed():
        if member[0] == "!":
            rule.but_interfaces = (*rule.but_interfaces, member[-1])
        else:
            names.append(member[-1])
    rule.interfaces = tuple(names) if names else None
    if names and rule.but_interfaces:
        raise NotUnderstood("interfaces of a list, and others that are excepted")


def _routed(rule: PfRule, cursor: WordCursor, word: str) -> None:
    """Answers that are led back by the interface they came from go where they would go anyway."""
    inner = cursor.parenthesis() or list(next(cursor.listed()))
    own = rule.interfaces or ()
    if word == "reply-to" and inner[:1] and inner[0] in own:
        return
    rule.doubt(f"{word} {' '.join(inner)[:40]}")


def _protocol(member: Sequence[str]) -> Interval:
    word = " ".join(member).lower()
    known = PROTOCOLS.get(word)
    found = number(word, 255) if known is None else known
    return found, found


def _hosts(rule: PfRule, cursor: WordCursor, tables: Tables) -> None:
    if cursor.take("all"):
        return
    if cursor.take("from"):
        rule.sources, rule.source_ports = _end(rule, cursor, tables)
    if cursor.take("to"):
        rule.destinations, rule.destination_ports = _end(rule, cursor, tables)


def _end(rule: PfRule, cursor: WordCursor, tables: Tables) -> tuple[Addresses, Intervals]:
    addresses: Addresses = EVERYWHERE
    if cursor.peek() not in {"port", "os", ""}:
        parts: list[Addresses] = []
        for member in cursor.listed():
            try:
                parts.append(_host(member, tables))
            except NotUnderstood as error:
                rule.doubt(str(error))
                parts.append(EVERYWHERE)
        addresses = parts[0] if len(parts) == 1 else union(parts)
    ports = ANY
    if cursor.take("port"):
        ports = joined(one for member in cursor.listed() for one in _port(member))
    if cursor.take("os"):
        raise NotUnderstood(f"os {cursor.next()[:20]}")
    return addresses, ports


def _host(member: Sequence[str], tables: Tables) -> Addresses:
    if member[0] == "!":
        return _every_family(outside(_whole_families(_host(member[1:], tables))))
    return tables.host(member)


def _whole_families(found: Addresses) -> Addresses:
    """Absent families as empty ones, so that their complement is everything."""
    return {version: found.get(version, ()) for version in EVERYWHERE}


def _every_family(found: Addresses) -> Addresses:
    return {version: intervals for version, intervals in found.items() if intervals}


def _port(member: Sequence[str]) -> Intervals:
    match member:
        case ["=", word] | [word]:
            first, colon, last = word.partition(":")
            low = _port_number(first) if first or not colon else 0
            return ((low, low if not colon else _port_number(last) if last else 65535),)
        case ["!=" | "!", word]:
            low = _port_number(word)
            return complement(((low, low),), 65535)
        case [("<" | "<=") as sign, word]:
            return _span(0, _port_number(word) - (sign == "<"))
        case [(">" | ">=") as sign, word]:
            return _span(_port_number(word) + (sign == ">"), 65535)
        case [low_, "><", high_]:
            return _span(_port_number(low_) + 1, _port_number(high_) - 1)
        case [low_, "<>", high_]:
            return complement(_span(_port_number(low_), _port_number(high_)), 65535)
    raise NotUnderstood(f"port {' '.join(member)[:40]}")


def _span(low: int, high: int) -> Intervals:
    return ((low, high),) if low <= high else ()


def _port_number(word: str) -> int:
    return _PORTS[word] if word in _PORTS else number(word)


def _option(rule: PfRule, cursor: WordCursor) -> None:
    word = cursor.next()
    apply = _OPTIONS.get(word)
    if apply is None:
        raise NotUnderstood(f"option {word[:40]}")
    apply(rule, cursor)


def _flags(rule: PfRule, cursor: WordCursor) -> None:
    rule.flags_said = True
    word = cursor.next()
    if word == "any":
        rule.flags = None
        return
    wanted, slash, mask = word.partition("/")
    if not slash or not set(wanted + mask) <= _FLAGS.keys():
        raise NotUnderstood(f"flags {word[:20]}")
    bits = [sum({_FLAGS[letter] for letter in part}) for part in (wanted, mask or "FSRPAUEW")]
    rule.flags = (bits[0], bits[1])
    later = {found & bits[1] == bits[0] for found in _LATER}
    if len(later) > 1:
        raise NotUnderstood(f"flags {word[:20]}, which some later segments have and others have not")


def _icmp(rule: PfRule, cursor: WordCursor) -> None:
    six = rule.protocols == ((58, 58),)
    names = _TYPES6 if six else _TYPES
    types: list[Interval] = []
    codes: list[Interval] = []
    for member in cursor.listed():
        word = member[0].replace("-", "")
        known = names.get(word)
        kind = number(word, 255) if known is None else known
        types.append((kind, kind))
        if cursor.take("code"):
            found = number(cursor.next(), 255)
            codes.append((found, found))
    if codes and len(types) > 1:
        raise NotUnderstood("ICMP types of which some have codes")
    rule.types, rule.codes = joined(types), tuple(codes) or _ALL


def _state(rule: PfRule, cursor: WordCursor) -> None:
    cursor.take("state")
    for word in cursor.parenthesis():
        if word in _LIMITS:
            raise NotUnderstood(f"a limit on states ({word})")
        known = word in _HARMLESS_STATE or word == "," or word[:1] in "<0123456789/"
        if not known and not word.startswith(("tcp.", "udp.", "icmp.", "other.", "frag", "interval", "src.")):
            raise NotUnderstood(f"state option {word[:40]}")


def _no(rule: PfRule, cursor: WordCursor) -> None:
    if not cursor.take("state"):
        raise NotUnderstood("no of what")
    rule.keeps = False


def _label(rule: PfRule, cursor: WordCursor) -> None:
    rule.label = cursor.next()


def _value(_rule: PfRule, cursor: WordCursor) -> None:
    """An option with a value, or a list in parentheses, that decides about no packet."""
    if not cursor.parenthesis():
        cursor.next()


def _nothing(_rule: PfRule, _cursor: WordCursor) -> None:
    """An option that decides about no packet."""


def _set(rule: PfRule, cursor: WordCursor) -> None:
    words = cursor.parenthesis() or [cursor.next(), cursor.next()]
    if not {"prio", "queue", "tos", "delay"} & set(words[:1]):
        raise NotUnderstood(f"set {' '.join(words)[:40]}")


def _translation(rule: PfRule, cursor: WordCursor) -> None:
    rule.translates = True
    while cursor.peek():
        cursor.next()


def _fragments(rule: PfRule, _cursor: WordCursor) -> None:
    rule.never = True  # the packets that are judged here are whole


def _received(rule: PfRule, cursor: WordCursor) -> None:
    rule.received_on = cursor.next()


def _scrub(_rule: PfRule, cursor: WordCursor) -> None:
    cursor.parenthesis()


_OPTIONS: Mapping[str, Callable[[PfRule, WordCursor], None]] = {
    "flags": _flags,
    "icmp-type": _icmp,
    "icmp6-type": _icmp,
    "keep": _state,
    "modulate": _state,
    "synproxy": _state,
    "no": _no,
    "label": _label,
    "ridentifier": _value,
    "allow-opts": _nothing,
    "tag": _value,
    "queue": _value,
    "dnqueue": _value,
    "dnpipe": _value,
    "set": _set,
    "scrub": _scrub,
    "fragment": _fragments,
    "received-on": _received,
    "nat-to": _translation,
    "rdr-to": _translation,
    "binat-to": _translation,
    "af-to": _translation,
}


def pf_services(rule: PfRule) -> list[tuple[Intervals, Intervals, Intervals]]:
    """Protocols with ports, or with types and codes of ICMP; NotUnderstood for ports of what has none."""
    protocols = rule.protocols if rule.protocols is not None else _ALL
    numbers = {low for low, high in protocols if low == high}
    if rule.types != ANY:
        if rule.protocols is None or not numbers <= ICMP_LIKE or len(protocols) != len(numbers):
            raise NotUnderstood("an ICMP type without its protocol")
        return [(protocols, rule.types, rule.codes if rule.codes != _ALL else ANY)]
    ported = rule.source_ports != ANY or rule.destination_ports != ANY
    if ported and (rule.protocols is None or not numbers <= WITH_PORTS):
        raise NotUnderstood("ports without a protocol that has them")
    return [(protocols, rule.source_ports, rule.destination_ports)]
