"""Rules of a config.xml as a filter of two sides has them.

From the pfSense documentation ("Rule Processing Order", "Floating Rules") and the OPNsense manual ("Rules"):
floating rules, those of groups of interfaces, then those of interfaces, which are about what comes in; the
first that matches decides. Both forms of OPNsense are read, the older (`filter`) and the newer
(`OPNsense/Firewall/Filter`). What is not understood doubts the rule, and what was understood bounds it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import ParamSpec, TypeVar

from ringfence.firewalls.common.behind import Behind
from ringfence.firewalls.common.service_names import PROTOCOLS
from ringfence.firewalls.common.sides import IN, OUT, SideRule, by_interfaces
from ringfence.firewalls.common.xml_tree import XmlNode
from ringfence.firewalls.opnsense.aliases import XmlAliases
from ringfence.firewalls.opnsense.ports import switched_on
from ringfence.model.policy import Action
from ringfence.policy.matches import NotUnderstood
from ringfence.policy.space import Box, Intervals, boxes, joined
from ringfence.policy.terms import ANY, EVERYWHERE, Addresses, number, outside, union

_T = TypeVar("_T")
_P = ParamSpec("_P")
_ACTIONS = {"pass": Action.PERMIT, "block": Action.DENY, "reject": Action.DENY}
_ALL: Intervals = ((0, 255),)
_ICMPS = frozenset({"icmp", "icmp6", "icmpv6", "ipv6-icmp"})
_TYPES: Mapping[str, int] = {
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
    "trace": 30,
}
# What narrows a rule, or sends what it passes another way: with a value the rule is not understood.
_NARROWING = frozenset(
    (
        *("gateway", "sched", "tagged", "os", "dscp", "tos", "vlanprio", "srcmac", "dstmac", "prio"),
        *(
            "max",
            "max-src-nodes",
            "max-src-conn",
            "max-src-states",
            "max-src-conn-rate",
            "max-src-conn-rates",
        ),
        *("tcpflags1", "tcpflags2", "overload", "replyto", "divert-to", "received-on", "adaptivestart"),
        *("adaptiveend",),
    )
)


@dataclass(slots=True)
class XmlRule:
    """One rule in either form. `floating` and `group` tell how early it is asked."""

    line: int
    action: str
    name: str
    quick: bool
    directions: tuple[str, ...]
    interfaces: tuple[str, ...]
    other_interfaces: bool = False
    family: str = "inet"
    protocol: str = ""
    icmp: str = ""
    ends: tuple["XmlEnd", "XmlEnd"] = field(default_factory=lambda: (XmlEnd(), XmlEnd()))
    keeps: bool = True
    any_segment: bool = False
    floating: bool = False
    doubts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        ways = "/".join(self.directions)
        where = ",".join(self.interfaces) or "any interface"
        source, destination = (str(end) for end in self.ends)
        return f"{self.action} {ways} on {where} {self.protocol or 'any'} {source} to {destination}"


@dataclass(frozen=True, slots=True)
class XmlEnd:
    words: tuple[str, ...] = ("any",)
    negated: bool = False
    ports: tuple[str, ...] = ()

    def __str__(self) -> str:
        ports = f" port {','.join(self.ports)}" if self.ports else ""
        return f"{'not ' * self.negated}{','.join(self.words)}{ports}"


def older_rule(node: XmlNode) -> XmlRule:
    """`filter/rule`, of pfSense and of OPNsense."""
    floating = switched_on(node.first("floating"))
    quick = node.first("quick")
    ways = {"out": (OUT,), "any": (IN, OUT)}.get(node.value("direction"), (IN,))
    return XmlRule(
        node.line,
        node.value("type") or "pass",
        node.value("descr"),
        switched_on(quick) if floating else quick is None or switched_on(quick),
        ways,
        _listed(node.value("interface")),
        switched_on(node.first("interfacenot")),
        node.value("ipprotocol") or "inet",
        node.value("protocol").lower(),
        node.value("icmptype") or node.value("icmp6-type"),
        (_older_end(node.first("source")), _older_end(node.first("destination"))),
        "none" not in node.value("statetype"),
        switched_on(node.first("tcpflags_any")),
        floating,
        _doubts(node),
    )


def newer_rule(node: XmlNode) -> XmlRule:
    """`OPNsense/Firewall/Filter/rules/rule`."""
    names = _listed(node.value("interface"))
    return XmlRule(
        node.line,
        node.value("action") or "pass",
        node.value("description") or node.value("descr"),
        node.first("quick") is None or switched_on(node.first("quick")),
        {"out": (OUT,), "any": (IN, OUT)}.get(node.value("direction"), (IN,)),
        names,
        switched_on(node.first("interfacenot")),
        node.value("ipprotocol") or "inet",
        node.value("protocol").lower(),
        node.value("icmptype") or node.value("icmp6type"),
        (_newer_end(node, "source"), _newer_end(node, "destination")),
        "none" not in node.value("statetype"),
        switched_on(node.first("tcpflags_any")),
        len(names) != 1 or switched_on(node.first("interfacenot")),
        _doubts(node),
    )


def _listed(value: str) -> tuple[str, ...]:
    return tuple(word for word in value.replace(",", " ").split() if word != "any")


def _doubts(node: XmlNode) -> list[str]:
    found = []
    for child in node.children:
        value = child.text or " ".join(inner.text for inner in child.children)
        if child.tag in _NARROWING and value.strip() not in {"", "none", "default", "0", "any"}:
            found.append(f"{child.tag} {value.strip()[:40]}")
    return found


def _older_end(node: XmlNode | None) -> XmlEnd:
    if node is None:
        return XmlEnd()
    words = tuple(node.value(tag) for tag in ("network", "address") if node.value(tag))
    port = node.value("port")
    return XmlEnd(
        words or ("any",), switched_on(node.first("not")), (port,) if port and port != "any" else ()
    )


def _newer_end(node: XmlNode, side: str) -> XmlEnd:
    words = tuple(node.value(f"{side}_net").replace(",", " ").split()) or ("any",)
    ports = tuple(node.value(f"{side}_port").replace(",", " ").split())
    ports = tuple(port for port in ports if port != "any")
    return XmlEnd(words, switched_on(node.first(f"{side}_not")), ports)


def side_rules(
    rule: XmlRule, aliases: XmlAliases, groups: Mapping[str, tuple[str, ...]], where: Behind
) -> Iterator[tuple[str, SideRule]]:
    """The rule as each of its ways sees it."""
    why = rule.doubts[0] if rule.doubts else ""
    action = _ACTIONS.get(rule.action)
    if action is None:
        why = why or f"action {rule.action[:40]}"
    found, reason = _packets(rule, aliases)
    first_only = rule.keeps and action is Action.PERMIT and not rule.any_segment
    whole = SideRule(
        rule.line,
        " ".join(rule.name.split())[:80],
        rule.text,
        None if rule.doubts else action,
        found,
        rule.quick,
        rule.keeps and action is Action.PERMIT,
        why or reason,
        first_only,
    )
    names = expanded(rule.interfaces, groups)
    for way in rule.directions:
        if not names:
            yield way, whole
            continue
        split = by_interfaces(found, names, where, way, others=rule.other_interfaces)
        yield way, replace(whole, boxes=split.sure)
        if split.perhaps:
            yield way, replace(whole, boxes=split.perhaps, why=whole.why or split.why)


def expanded(names: tuple[str, ...], groups: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one for name in names for one in groups.get(name, (name,))))


def _both(found: Addresses) -> Addresses:
    return {version: found.get(version, ()) for version in (4, 6)}


def _packets(rule: XmlRule, aliases: XmlAliases) -> tuple[tuple[Box, ...], str]:
    """The packets of the rule, and what of it was not understood."""
    why: list[str] = []
    source, destination = (_try(why, EVERYWHERE, _addresses, end, aliases) for end in rule.ends)
    first, second = (_try(why, ANY, _ports, end, aliases) for end in rule.ends)
    protocols = _try(why, _ALL, _protocols, rule)
    types = _try(why, ANY, _types, rule)
    ported = first != ANY or second != ANY
    if ported and rule.protocol not in {"tcp", "udp", "tcp/udp", "sctp"}:
        why.append("ports without a protocol that has them")
        first = second = ANY
    if types != ANY:
        first, second = types, ANY
    versions = {"inet": (4,), "inet6": (6,), "inet46": (4, 6)}.get(rule.family, (4, 6))
    found: list[Box] = []
    for version in versions:
        if version in source and version in destination:
            found += boxes(version, (source[version], destination[version], protocols, first, second))
    return tuple(found), why[0] if why else ""


def _try(why: list[str], unknown: _T, read: Callable[_P, _T], *given: _P.args, **more: _P.kwargs) -> _T:
    """What `read` gives; `unknown` where that is not understood, which `why` then says."""
    try:
        return read(*given, **more)
    except NotUnderstood as error:
        why.append(str(error))
        return unknown


def _addresses(end: XmlEnd, aliases: XmlAliases) -> Addresses:
    found = union(aliases.host(word) for word in end.words)
    return outside(_both(found)) if end.negated else found


def _ports(end: XmlEnd, aliases: XmlAliases) -> Intervals:
    return joined(one for word in end.ports for one in aliases.port(word)) if end.ports else ANY


def _protocols(rule: XmlRule) -> Intervals:
    word = rule.protocol
    if word in {"", "any"}:
        return _ALL
    if word == "tcp/udp":
        return ((6, 6), (17, 17))
    known = PROTOCOLS.get("ipv6-icmp" if word == "icmp" and rule.family == "inet6" else word)
    found = number(word, 255) if known is None else known
    return ((found, found),)


def _types(rule: XmlRule) -> Intervals:
    """Types of ICMP by their words, of ICMPv6 by their numbers; without any every type."""
    words = [word for word in rule.icmp.replace(",", " ").split() if word != "any"]
    if not words or rule.protocol not in _ICMPS:
        return ANY
    if rule.family == "inet46":
        raise NotUnderstood("types of ICMP for both families")
    known = _TYPES if rule.family == "inet" else {}
    found = [known[word] if word in known else number(word, 255) for word in words]
    return joined((kind, kind) for kind in found)
