"""The matches of one firewall rule of the Vyatta family, by their words in the tree.

From the VyOS User Guide, "Firewall" (1.3, 1.4 and 1.5), the EdgeOS User Guide, and what their configuration
becomes (vyos-1x, python/vyos/template.py and firewall.py). What is not understood raises NotUnderstood.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from ringfence.firewalls.common.address_types import CLEAR
from ringfence.firewalls.common.netfilter.alternatives import Alternatives
from ringfence.firewalls.common.reading import Objects
from ringfence.firewalls.common.service_names import ICMP_TYPES, ICMPV6_TYPES, PROTOCOLS, SERVICE_PORTS
from ringfence.firewalls.vyos.tree import ConfigNode
from ringfence.policy.matches import NotUnderstood
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

_ADDRESS_GROUPS = ("address-group", "network-group", "ipv6-address-group", "ipv6-network-group")
# What says nothing of which packets a rule meets.
_NOT_MATCHES = frozenset(
    (
        *("action", "description", "log", "log-options", "jump-target", "queue", "queue-options"),
        *(
            "offload-target",
            "set",
            "translation",
            "type",
            "exclude",
            "add-address-to-group",
            "synproxy",
            "inside-address",
            "outside-address",
        ),
        *("load-balance", "original-port", "forward-to", "modify"),
    )
)
_SIDES: Mapping[str, tuple[int, int]] = {
    "source": (SOURCE, SOURCE_PORT),
    "destination": (DESTINATION, DESTINATION_PORT),
}
_WAYS: Mapping[str, int] = {"inbound-interface": SOURCE, "outbound-interface": DESTINATION}


@dataclass(slots=True)
class RuleGroups:
    """RuleGroups by kind and name, interfaces among them."""

    addresses: Objects[Addresses]
    ports: Objects[Intervals]
    interfaces: dict[str, tuple[str, ...]]


def groups_of(root: ConfigNode) -> RuleGroups:
    """Every group; what is not understood in one makes those rules unclear that use it."""
    found = RuleGroups(Objects("group", union), Objects("port group", _together), {})
    for kind in _ADDRESS_GROUPS:
        for name, node in root.at("firewall", "group").items(kind):
            key = f"{kind} {name}"
            found.addresses.define(key)
            for word in ("address", "network"):
                for value in node.values(word):
                    found.addresses.add_read(key, prefix_or_span, value)
            for other in node.values("include"):
                found.addresses.add_read(key, _included, found, f"{kind} {other}")
    for name, node in root.at("firewall", "group").items("port-group"):
        found.ports.define(name)
        for value in node.values("port"):
            found.ports.add_read(name, _ports, value)
        for other in node.values("include"):
            found.ports.add_read(name, found.ports.find, other)
    for name, node in root.at("firewall", "group").items("interface-group"):
        found.interfaces[name] = node.values("interface")
    return found


def _included(groups: RuleGroups, key: str) -> Addresses:
    return groups.addresses.find(key)


def _together(parts: Iterable[Intervals]) -> Intervals:
    return joined(one for part in parts for one in part)


@dataclass(slots=True)
class TreeMatch:
    """One rule in the reading; `assumed` gathers the sentences on which it rests."""

    alternatives: Alternatives
    groups: RuleGroups
    version: int
    assumed: dict[str, None]
    translates: frozenset[str]


def apply_node(match: TreeMatch, rule: ConfigNode) -> None:
    """Narrow the rule by each word of its node; what is not understood doubts it."""
    for word in sorted(rule.children, key=lambda word: word != "protocol"):  # ports hang on it
        if word in _NOT_MATCHES:
            continue
        apply = _MATCHERS.get(word)
        for side, ends in _SIDES.items():
            if word == side:
                apply = _end(*ends)
        if word in _WAYS:
            apply = _interface(_WAYS[word])
        try:
            if apply is None:
                raise NotUnderstood(f"match {word[:40]}")
            apply(match, rule.at(word))
        except NotUnderstood as error:
            match.alternatives.doubt(str(error))


_Apply = Callable[[TreeMatch, ConfigNode], None]


def _end(side: int, port: int) -> _Apply:
    def apply(match: TreeMatch, node: ConfigNode) -> None:
        for word, inner in node.children.items():
            if word == "address" and len(inner.children) == 1:
                _address(match, side, next(iter(inner.children)))
            elif word == "port" and inner.children:
                value = ",".join(inner.children)
                match.alternatives.ports(port, _ports(value.removeprefix("!")), negated=value[0] == "!")
            elif word == "group":
                _group(match, (side, port), inner)
            elif word == "address-mask" or word not in {"address", "port"}:
                raise NotUnderstood(f"{node.text.rpartition(' ')[2]} {word[:40]}")
            else:
                raise NotUnderstood(f"{word} has no value, or several")

    return apply


def _address(match: TreeMatch, side: int, value: str) -> None:
    found = prefix_or_span(value.removeprefix("!"))
    if match.version not in found:
        raise NotUnderstood(f"address {value[:40]} of the other family")
    match.alternatives.narrow(side, found, negated=value.startswith("!"))


def _group(match: TreeMatch, ends: tuple[int, int], node: ConfigNode) -> None:
    for kind, inner in node.children.items():
        for name in inner.children:
            negated, name_ = name.startswith("!"), name.removeprefix("!")
            if kind == "port-group":
                match.alternatives.ports(ends[1], match.groups.ports.find(name_), negated=negated)
            elif kind in _ADDRESS_GROUPS:
                six = "ipv6-" if match.version == 6 and not kind.startswith("ipv6-") else ""
                found = match.groups.addresses.find(f"{six}{kind} {name_}")
                match.alternatives.narrow(ends[0], found, negated=negated)
            else:
                raise NotUnderstood(f"{kind[:40]} {name_[:40]}")


def _interface(side: int) -> _Apply:
    def apply(match: TreeMatch, node: ConfigNode) -> None:
        kinds = {"name", "interface-name"}
        for word, inner in node.children.items():
            if word in kinds and len(inner.children) == 1:
                name = next(iter(inner.children))
                _one_interface(match, side, (name.removeprefix("!"),), negated=name[0] == "!")
            elif word in {"group", "interface-group"} and len(inner.children) == 1:
                name = next(iter(inner.children))
                if name.removeprefix("!") not in match.groups.interfaces:
                    raise NotUnderstood(f"interface group {name[:40]} is not defined")
                members = match.groups.interfaces[name.removeprefix("!")]
                _one_interface(match, side, members, negated=name[0] == "!")
            elif not inner.children:  # nat of 1.3 and EdgeOS: the name stands here
                _one_interface(match, side, (word.removeprefix("!"),), negated=word[0] == "!")
            else:
                raise NotUnderstood(f"{node.text.rpartition(' ')[2]} {word[:40]}")

    return apply


def _one_interface(match: TreeMatch, side: int, names: tuple[str, ...], *, negated: bool) -> None:
    if "any" in names:
        if negated:
            match.alternatives.never()
        return
    match.alternatives.interfaces(side, names, negated=negated)


def _protocol(match: TreeMatch, node: ConfigNode) -> None:
    if len(node.children) != 1:
        raise NotUnderstood("protocol has no value, or several")
    word = next(iter(node.children)).lower()
    negated, name = word.startswith("!"), word.removeprefix("!")
    if name in {"all", "any"}:
        return
    if name in {"tcp_udp", "tcp-udp"}:
        match.alternatives.protocols(((6, 6), (17, 17)), negated=negated)
        return
    known = PROTOCOLS.get(name)
    found = number(name, 255) if known is None else known
    match.alternatives.protocols(((found, found),), negated=negated)


def _ports(value: str) -> Intervals:
    return joined(_port(word) for word in value.split(","))


def _port(word: str) -> Interval:
    if word in SERVICE_PORTS:
        return SERVICE_PORTS[word], SERVICE_PORTS[word]
    first, dash, last = word.partition("-")
    low = number(first)
    high = number(last) if dash else low
    if low > high:
        raise NotUnderstood(f"port range {word[:40]} is reversed")
    return low, high


def _icmp(match: TreeMatch, node: ConfigNode) -> None:
    names = ICMP_TYPES if match.version == 4 else ICMPV6_TYPES
    types: Intervals = ((0, 255),)
    codes: Intervals = ((0, 255),)
    for word, inner in node.children.items():
        value = next(iter(inner.children), "")
        if word == "type-name" and value in {"any"}:
            continue
        if word == "type-name" and value in names:
            types = ((names[value], names[value]),)
        elif word in {"type", "code"} and "/" not in value:
            known = names.get(value) if word == "type" else None
            found = number(value, 255) if known is None else known
            types, codes = (((found, found),), codes) if word == "type" else (types, ((found, found),))
        else:
            raise NotUnderstood(f"ICMP {word[:40]} {value[:40]}")
    if (types, codes) != (((0, 255),), ((0, 255),)):
        match.alternatives.icmp(types, codes)


def _states(match: TreeMatch, node: ConfigNode) -> None:
    """`state established enable` (1.3), `state established` (1.4); a state may be switched off."""
    on = [name for name, inner in node.children.items() if not inner.has("disable")]
    match.alternatives.states(on)


def _flags(match: TreeMatch, node: ConfigNode) -> None:
    """`tcp flags SYN,!ACK` (1.3), `tcp flags syn`, `tcp flags not ack` (1.4)."""
    if set(node.children) != {"flags"}:
        raise NotUnderstood(f"tcp {' '.join(node.children)[:40]}")
    flags = node.at("flags")
    words = [part for word in flags.children if word != "not" for part in word.split(",")]
    off = [*flags.values("not"), *(word[1:] for word in words if word.startswith("!"))]
    on = [word for word in words if not word.startswith("!")]
    if "ALL" in on or "all" in on:
        raise NotUnderstood("tcp flags ALL")
    match.alternatives.protocols(((6, 6),))
    match.alternatives.flags(on, off)


def _ipsec(match: TreeMatch, node: ConfigNode) -> None:
    match.assumed[CLEAR] = None
    for word in node.children:
        if word in {"match-ipsec", "match-ipsec-in", "match-ipsec-out"}:
            match.alternatives.never()
        elif word not in {"match-none", "match-none-in", "match-none-out"}:
            raise NotUnderstood(f"ipsec {word[:40]}")


def _fragment(match: TreeMatch, node: ConfigNode) -> None:
    if node.has("match-frag"):  # the packets that are judged here are whole
        match.alternatives.never()


def _nat_state(match: TreeMatch, node: ConfigNode) -> None:
    """Whether a connection is translated: its source is not yet, where it opens."""
    kind = node.value("nat")
    if kind not in {"destination", "source"}:
        raise NotUnderstood("connection-status of another kind")
    if kind not in match.translates:
        match.alternatives.never()
        return
    for part in match.alternatives.parts:
        part.redirected = kind == "destination"
    raise NotUnderstood("a state that translation gives")


_MATCHERS: Mapping[str, _Apply] = {
    "protocol": _protocol,
    "icmp": _icmp,
    "icmpv6": _icmp,
    "state": _states,
    "tcp": _flags,
    "ipsec": _ipsec,
    "fragment": _fragment,
    "connection-status": _nat_state,
}
